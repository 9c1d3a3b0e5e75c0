//! How much a chart may hold: one account for an archive and everything that is packed inside of it.

use super::ChartError;

const MEBIBYTE: u64 = 1024 * 1024;
/// Everything in a chart, unpacked.
pub(super) const WHOLE: u64 = 100 * MEBIBYTE;
/// One file of it.
pub(super) const FILE: u64 = 5 * MEBIBYTE;
/// Files, folders and whatever else is listed. Real charts have a few hundred.
pub(super) const ENTRIES: u32 = 10_000;
/// Charts in charts.
pub(super) const NESTING: u32 = 32;

const SMALLER: &str = "leave out of the chart what its templates do not need, such as with `.helmignore`, and package it \
                       again";

/// What is left.
pub(super) struct Budget {
    bytes: u64,
    entries: u32,
    nesting: u32,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self { bytes: WHOLE, entries: ENTRIES, nesting: NESTING }
    }

    /// As much as tests can fill in no time.
    #[cfg(test)]
    pub(super) fn small() -> Self {
        Self { bytes: 6 * MEBIBYTE, entries: 100, nesting: NESTING }
    }

    pub(super) fn left(&self) -> u64 {
        self.bytes
    }

    /// Accounts for bytes, of which there may not be more than are [left](Self::left).
    ///
    /// # Errors
    /// When there are.
    pub(super) fn take(&mut self, bytes: u64) -> Result<(), ChartError> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or_else(too_large)?;
        Ok(())
    }

    /// # Errors
    /// When there are too many.
    pub(super) fn entry(&mut self) -> Result<(), ChartError> {
        let message = || format!("the chart has more than {ENTRIES} files and folders, which is the limit");
        self.entries =
            self.entries.checked_sub(1).ok_or_else(|| ChartError::new("chart/too-many-files", message(), SMALLER))?;
        Ok(())
    }

    /// Enters a chart inside of a chart.
    ///
    /// # Errors
    /// When they are too deep inside of each other.
    pub(super) fn enter(&mut self) -> Result<(), ChartError> {
        let message = || format!("charts are inside of each other more than {NESTING} deep, which is the limit");
        let help = "name what is that deep as a dependency further up";
        self.nesting = self.nesting.checked_sub(1).ok_or_else(|| ChartError::new("chart/too-deep", message(), help))?;
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.nesting += 1;
    }

    /// # Errors
    /// When a file of this size is too large for a chart.
    pub(super) fn check_file(name: &str, size: u64) -> Result<(), ChartError> {
        if size <= FILE {
            return Ok(());
        }
        let message = format!("`{name}` has {size} bytes, and a file of a chart may have {FILE} (5 MiB)");
        Err(ChartError::new("chart/file-too-large", message, SMALLER))
    }
}

pub(super) fn too_large() -> ChartError {
    let message = format!("unpacked, the chart has more than {WHOLE} bytes (100 MiB), which is the limit");
    ChartError::new("chart/too-large", message, SMALLER)
}
