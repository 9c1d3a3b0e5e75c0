//! How lines get to the end of a journal: whole and lasting, or not at all.
//!
//! Knows nothing of what they say.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::files::{failed, step};
use crate::state::StoreError;

pub(super) struct JournalFile {
    path: PathBuf,
    /// Opened when there is something to write.
    file: Option<File>,
    /// Up to here everything is whole and on disk.
    length: u64,
    /// There is something behind `length` that must go first.
    torn: bool,
}

impl JournalFile {
    pub(super) fn new(path: PathBuf, length: usize, torn: bool) -> Self {
        Self { path, file: None, length: length as u64, torn }
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Adds `lines` with one write and one sync.
    ///
    /// # Errors
    /// When they could not be made to last; the file is then as long as before.
    pub(super) fn append(&mut self, lines: &[u8]) -> Result<(), StoreError> {
        let file = match self.file.take() {
            Some(file) => file,
            None => OpenOptions::new().append(true).open(&self.path).map_err(failed("open for writing", &self.path))?,
        };
        let file = self.file.insert(file);
        if self.torn {
            // Synced by itself, so that no crash leaves new lines in front of old remains.
            cut(file, &self.path, self.length).map_err(failed("cut the torn end off", &self.path))?;
            self.torn = false;
        }
        if let Err(error) = write_synced(file, &self.path, lines) {
            // If even this fails the next append has to do it first.
            self.torn = cut(file, &self.path, self.length).is_err();
            return Err(failed("record changes in", &self.path)(error));
        }
        self.length += lines.len() as u64;
        Ok(())
    }
}

fn write_synced(file: &mut File, path: &Path, lines: &[u8]) -> io::Result<()> {
    step("write", path)?;
    file.write_all(lines)?;
    step("sync", path)?;
    file.sync_data()
}

fn cut(file: &File, path: &Path, length: u64) -> io::Result<()> {
    step("cut", path)?;
    file.set_len(length)?;
    step("sync", path)?;
    file.sync_data()
}
