//! A store without files, for tests and for embedding.
//!
//! Clones share what is kept, so a test can drop one as a crash would and go on
//! with another. Entries are kept as the text a journal would hold: what does
//! not survive a disk does not survive this either.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::journal;
use crate::state::{Entry, State, StateStore, StoreError};

#[derive(Clone)]
pub struct MemoryStore(Arc<Mutex<Kept>>);

struct Kept {
    begun: State,
    entries: Vec<String>,
    /// How many appends still succeed before one fails.
    until_failure: Option<usize>,
    finished: usize,
}

impl MemoryStore {
    /// Goes on from `begun`, which may be new.
    pub fn new(begun: State) -> Self {
        Self(Arc::new(Mutex::new(Kept { begun, entries: Vec::new(), until_failure: None, finished: 0 })))
    }

    /// Lets the append after the next `appends` fail as on a full disk, and then none.
    pub fn fail_after(&self, appends: usize) {
        self.kept().until_failure = Some(appends);
    }

    /// Everything that was ever added, in order.
    ///
    /// # Errors
    /// Never, unless the store itself is wrong.
    pub fn entries(&self) -> Result<Vec<Entry>, StoreError> {
        self.kept().entries.iter().map(|text| serde_json::from_str(text).map_err(unreadable)).collect()
    }

    /// How many commands have come to their end.
    pub fn finished(&self) -> usize {
        self.kept().finished
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StateStore for MemoryStore {
    fn load(&mut self) -> Result<State, StoreError> {
        let mut state = self.kept().begun.clone();
        for entry in self.entries()? {
            state.apply(&entry);
        }
        Ok(state)
    }

    fn append(&mut self, entries: &[Entry]) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut kept = self.kept();
        match &mut kept.until_failure {
            Some(0) => {
                kept.until_failure = None;
                return Err(failed("record changes in", io::ErrorKind::StorageFull.into()));
            }
            Some(left) => *left -= 1,
            None => {}
        }
        let texts: Result<Vec<_>, _> = entries.iter().map(journal::entry_text).collect();
        kept.entries.extend(texts.map_err(unreadable)?);
        Ok(())
    }

    fn finish(&mut self, state: &State) -> Result<(), StoreError> {
        let mut kept = self.kept();
        let serial = kept.begun.serial + kept.entries.len() as u64;
        if (&state.lineage, state.serial) != (&kept.begun.lineage, serial) {
            let error = format!("the state to write is at serial {}, the one kept at {serial}", state.serial);
            return Err(failed("compact", io::Error::other(error)));
        }
        kept.finished += 1;
        Ok(())
    }

    fn notices(&self) -> &[String] {
        &[]
    }
}

fn unreadable(error: serde_json::Error) -> StoreError {
    failed("record a change that could not be read back in", error.into())
}

fn failed(doing: &'static str, source: io::Error) -> StoreError {
    StoreError::Io { doing, file: "(memory)".to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::samples::{any_history, begun, folded, recorded};
    use proptest::prelude::*;

    #[test]
    fn what_was_added_outlives_the_store() {
        let mut first = MemoryStore::new(begun());
        let mut second = first.clone();
        first.append(&[recorded("a", 1)]).unwrap();
        drop(first);
        assert_eq!(second.load().unwrap(), folded(&[recorded("a", 1)]));
    }

    #[test]
    fn one_append_fails_when_asked_to_and_leaves_nothing() {
        let mut store = MemoryStore::new(begun());
        store.fail_after(1);
        store.append(&[recorded("a", 1)]).unwrap();
        let error = store.append(&[recorded("b", 1), recorded("c", 1)]).unwrap_err();
        assert!(matches!(error, StoreError::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull));
        store.append(&[recorded("d", 1)]).unwrap();
        let state = folded(&[recorded("a", 1), recorded("d", 1)]);
        assert_eq!(store.load().unwrap(), state);
        store.finish(&state).unwrap();
        assert!(store.finish(&begun()).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_history_reads_back(history in any_history()) {
            let mut store = MemoryStore::new(begun());
            store.append(&history).unwrap();
            prop_assert_eq!(store.load().unwrap(), folded(&history));
        }
    }
}
