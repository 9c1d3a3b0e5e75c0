//! How much a template may ask for. Charts come from elsewhere, and some never end.

use std::cell::Cell;

/// What ends a rendering that would take too long or too much memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Templates in one another, by `include`, `template` and `tpl`.
    pub(crate) depth: usize,
    /// Bytes that are written or computed, results of functions included.
    pub(crate) bytes: usize,
    /// Actions carried out and functions called.
    pub(crate) steps: u64,
    /// Elements of one list or map that a function gives, and what may be read of one that holds others.
    pub(crate) elements: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 3_000, bytes: 256 * 1024 * 1024, steps: 20_000_000, elements: 1_000_000 }
    }
}

/// What was used up so far.
#[derive(Debug, Default)]
pub(super) struct Used {
    depth: Cell<usize>,
    bytes: Cell<usize>,
    steps: Cell<u64>,
}

impl Used {
    pub(super) fn step(&self, limits: &Limits) -> Result<(), String> {
        let steps = self.steps.get() + 1;
        self.steps.set(steps);
        if steps > limits.steps {
            return Err(format!(
                "stopped after {} steps: a chart takes some thousands, so this one seems never to end",
                limits.steps
            ));
        }
        Ok(())
    }

    pub(super) fn produce(&self, limits: &Limits, bytes: usize) -> Result<(), String> {
        let total = self.bytes.get().saturating_add(bytes);
        self.bytes.set(total);
        if total > limits.bytes {
            return Err(format!(
                "stopped after {} MiB of text: no release may be larger than 1 MiB, so this one cannot be installed",
                limits.bytes / (1024 * 1024)
            ));
        }
        Ok(())
    }

    pub(super) fn enter(&self, limits: &Limits) -> Result<(), String> {
        let depth = self.depth.get() + 1;
        if depth > limits.depth {
            return Err(format!(
                "templates are more than {} deep in one another: some of them include each other without an end",
                limits.depth
            ));
        }
        self.depth.set(depth);
        Ok(())
    }

    pub(super) fn leave(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }
}
