//! A state in a folder: a snapshot, and a journal of what came after it.
//!
//! Knows when which file is read and written, and nothing of what is in them.
//! Invariant: whatever crashes, and when, the files load as the state before the
//! interrupted call, or as that state and a first part of what was being added.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use super::assemble::{Assembled, assemble};
use super::files::{self, Files};
use super::flaw::Flaw;
use super::journal_file::JournalFile;
use super::lock::Lock;
use super::{journal, snapshot};
use crate::address::StackName;
use crate::clock::Clock;
use crate::state::{Entry, Holder, State, StateStore, StoreError};
use crate::value::SealKey;

/// A smaller journal is not worth a compaction, in bytes.
const JOURNAL_WORTH_COMPACTING: u64 = 64 * 1024;

/// Keeps one stack's state in a folder, and everyone else from writing it.
pub struct LocalFileStore {
    files: Files,
    kept: Option<Kept>,
    notices: Vec<String>,
    /// Last, so that it is let go of when everything else is closed.
    _lock: Lock,
}

/// What is on disk, as far as the next change needs to know it.
struct Kept {
    lineage: String,
    serial: u64,
    snapshot_serial: u64,
    /// In bytes.
    snapshot_size: u64,
    /// `None` when there is no journal that goes on to `serial`.
    journal: Option<JournalFile>,
    /// A state that has just begun and is not on disk at all.
    unwritten: Option<State>,
}

impl LocalFileStore {
    /// Locks the state of `stack` for as long as the store lives. Blocks the thread, at most `lock_timeout`.
    ///
    /// # Errors
    /// When another process holds it, or when the folder cannot be written.
    pub fn open(
        folder: &Path,
        stack: &StackName,
        holder: Holder,
        lock_timeout: Duration,
        clock: &dyn Clock,
    ) -> Result<Self, StoreError> {
        let files = Files::new(folder, stack);
        files.create_folder()?;
        let lock = Lock::acquire(&files.lock(), &holder, lock_timeout, clock)?;
        files.remove_leftovers()?;
        Ok(Self { files, kept: None, notices: Vec::new(), _lock: lock })
    }

    /// The state as it stands, without a lock; `None` when there is none.
    ///
    /// May run beside a process that writes: it then sees a state between two of its changes.
    ///
    /// # Errors
    /// When it cannot be read without losing something.
    pub fn read_only(folder: &Path, stack: &StackName) -> Result<Option<State>, StoreError> {
        let files = Files::new(folder, stack);
        let assembled = Texts::read(&files)?.assemble(&files)?;
        Ok(assembled.map(|assembled| assembled.state))
    }

    /// What is on disk, which is read now if it has not been yet.
    fn kept(&mut self) -> Result<&mut Kept, StoreError> {
        if self.kept.is_none() {
            self.load()?;
        }
        match &mut self.kept {
            Some(kept) => Ok(kept),
            None => unreachable!("loading keeps what it found"),
        }
    }

    /// Puts on disk what the next entry needs. Answers the journal to add it to, and the serial it has come to.
    fn begin(&mut self) -> Result<(&mut JournalFile, &mut u64), StoreError> {
        let files = self.files.clone();
        let kept = self.kept()?;
        if let Some(state) = &kept.unwritten {
            kept.snapshot_size = write_snapshot(&files, state, || Ok(()))?;
            kept.unwritten = None;
        }
        let journal = match kept.journal.take() {
            Some(journal) => journal,
            None => new_journal(&files, &kept.lineage, kept.serial)?,
        };
        Ok((kept.journal.insert(journal), &mut kept.serial))
    }

    /// Replaces the snapshot by `state`, which is the one on disk, and begins an empty journal.
    pub(super) fn compact(&mut self, state: &State) -> Result<(), StoreError> {
        let files = self.files.clone();
        let kept = self.kept()?;
        // The snapshot a state begins with is empty: no one wants that back.
        let worth_keeping = kept.snapshot_serial > 0;
        let compacted = write_snapshot(&files, state, || if worth_keeping { files.keep_backup() } else { Ok(()) })
            .and_then(|size| Ok((size, new_journal(&files, &state.lineage, state.serial)?)));
        match compacted {
            Ok((size, journal)) => {
                kept.snapshot_serial = state.serial;
                kept.snapshot_size = size;
                kept.journal = Some(journal);
                Ok(())
            }
            Err(error) => {
                // Either file may be the old one or the new one. Both go together, but the next
                // entry must not go into a journal that has been replaced: read them again.
                self.kept = None;
                Err(error)
            }
        }
    }
}

impl StateStore for LocalFileStore {
    fn load(&mut self) -> Result<State, StoreError> {
        if let Some(Kept { unwritten: Some(state), .. }) = &self.kept {
            return Ok(state.clone());
        }
        let texts = Texts::read(&self.files)?;
        let Some(assembled) = texts.assemble(&self.files)? else {
            let state = begin_state(&self.files)?;
            self.kept = Some(Kept::nothing(&state));
            return Ok(state);
        };
        self.notices.clear();
        let journal = self.files.journal();
        if assembled.torn > 0 {
            self.notices.push(format!(
                "the last {} bytes of `{}` were not written whole, as after a crash, and are left out",
                assembled.torn,
                journal.display()
            ));
        }
        if texts.journal.is_none() && assembled.snapshot_serial > 0 {
            self.notices.push(format!(
                "`{}` is missing: the state is that of its snapshot, serial {}",
                journal.display(),
                assembled.snapshot_serial
            ));
        }
        let torn = assembled.torn > 0;
        self.kept = Some(Kept {
            lineage: assembled.state.lineage.clone(),
            serial: assembled.state.serial,
            snapshot_serial: assembled.snapshot_serial,
            snapshot_size: texts.snapshot.map_or(0, |text| text.len() as u64),
            journal: assembled.journal_end.map(|end| JournalFile::new(journal, end, torn)),
            unwritten: None,
        });
        Ok(assembled.state)
    }

    fn append(&mut self, entries: &[Entry]) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        let path = self.files.journal();
        let (journal, serial) = self.begin()?;
        let lines = journal::entry_lines(*serial, entries)
            .map_err(|error| files::failed("record a change that could not be read back in", &path)(error.into()))?;
        journal.append(&lines)?;
        *serial += entries.len() as u64;
        Ok(())
    }

    /// Compacts when the journal has outgrown the snapshot, or when there is nothing in the snapshot yet.
    fn finish(&mut self, state: &State) -> Result<(), StoreError> {
        let files = self.files.clone();
        let kept = self.kept()?;
        if kept.unwritten.is_some() {
            return Ok(());
        }
        if (&state.lineage, state.serial, &state.stack) != (&kept.lineage, kept.serial, files.stack()) {
            let error = format!("the state to write is at serial {}, the one on disk at {}", state.serial, kept.serial);
            return Err(files::failed("compact", &files.snapshot())(io::Error::other(error)));
        }
        let length = kept.journal.as_ref().map_or(0, JournalFile::length);
        let outgrown = length > JOURNAL_WORTH_COMPACTING.max(kept.snapshot_size);
        let only_begun = kept.snapshot_serial == 0 && kept.serial > 0;
        if outgrown || only_begun { self.compact(state) } else { Ok(()) }
    }

    fn notices(&self) -> &[String] {
        &self.notices
    }
}

impl Kept {
    /// For a state that is in memory only.
    fn nothing(state: &State) -> Self {
        Self {
            lineage: state.lineage.clone(),
            serial: 0,
            snapshot_serial: 0,
            snapshot_size: 0,
            journal: None,
            unwritten: Some(state.clone()),
        }
    }
}

/// What the two files say.
struct Texts {
    snapshot: Option<Vec<u8>>,
    journal: Option<Vec<u8>>,
}

impl Texts {
    fn read(files: &Files) -> Result<Self, StoreError> {
        // The journal first. Should its writer compact in between, the snapshot is newer than the journal,
        // which is skipped; the other way round there could be a gap between the two.
        let journal = files::read(&files.journal())?;
        let snapshot = files::read(&files.snapshot())?;
        Ok(Self { snapshot, journal })
    }

    fn assemble(&self, files: &Files) -> Result<Option<Assembled>, StoreError> {
        let assembled = assemble(files.stack(), self.snapshot.as_deref(), self.journal.as_deref());
        let assembled = assembled.map_err(|flaw| flaw.error(files))?;
        // A backup alone means that someone took the rest away. An empty state would hide that.
        if assembled.is_none() && files.backup().exists() {
            return Err(Flaw::SnapshotMissing.error(files));
        }
        Ok(assembled)
    }
}

/// A state without a past: a random lineage and a random key.
fn begin_state(files: &Files) -> Result<State, StoreError> {
    let (mut lineage, mut seal_key) = ([0; 16], [0; 32]);
    getrandom::fill(&mut lineage)
        .and_then(|()| getrandom::fill(&mut seal_key))
        .map_err(|error| files::failed("draw a key for", &files.snapshot())(io::Error::other(error.to_string())))?;
    let lineage = uuid::Builder::from_random_bytes(lineage).into_uuid().to_string();
    Ok(State::new(files.stack().clone(), lineage, SealKey::from_bytes(seal_key)))
}

/// Puts a snapshot in place, and tells its size in bytes.
fn write_snapshot(
    files: &Files,
    state: &State,
    before_rename: impl FnOnce() -> Result<(), StoreError>,
) -> Result<u64, StoreError> {
    let path = files.snapshot();
    let text = snapshot::write(state).map_err(|error| files::failed("write", &path)(error.into()))?;
    files::replace(&path, &text, before_rename)?;
    Ok(text.len() as u64)
}

/// Puts an empty journal in place.
fn new_journal(files: &Files, lineage: &str, serial: u64) -> Result<JournalFile, StoreError> {
    let path = files.journal();
    let header = journal::header_line(lineage, serial).map_err(|error| files::failed("write", &path)(error.into()))?;
    files::replace(&path, &header, || Ok(()))?;
    Ok(JournalFile::new(path, header.len(), false))
}

/// The stacks that have a state in `folder`, whole or not, in the order of their names.
///
/// # Errors
/// When the folder is there and cannot be read.
pub fn stacks(folder: &Path) -> Result<Vec<StackName>, StoreError> {
    let listed = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        listed => listed.and_then(Iterator::collect::<io::Result<Vec<_>>>),
    };
    let names: BTreeSet<StackName> = listed
        .map_err(files::failed("list the folder", folder))?
        .iter()
        .filter_map(|item| {
            let name = item.file_name();
            let (stack, ending) = name.to_str()?.split_once('.')?;
            matches!(ending, "json" | "journal" | "json.backup").then(|| stack.parse().ok())?
        })
        .collect();
    Ok(names.into_iter().collect())
}
