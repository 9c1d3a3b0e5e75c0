//! Crashes at every system call of a [`LocalFileStore`](super::LocalFileStore).
//!
//! A crash is a copy of the folder before a call. What a file holds that was not
//! synced may be lost in it, or be zeros, as after a crash of the whole machine.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use tempfile::TempDir;

use super::files::steps;
use super::samples::{after, folder_with_everything, history_of_every_kind, names, open, read, recorded};
use crate::state::{State, StateStore};

/// What a crash leaves of bytes that were written and not synced.
#[derive(Clone, Copy, Debug)]
enum Unsynced {
    Kept,
    Lost,
    Zeros,
}

/// Watches the calls, and copies the folder before each.
#[derive(Default)]
struct Crashes {
    calls: Vec<String>,
    copies: Vec<(String, TempDir)>,
    /// The last call, which has not happened yet when it is announced.
    announced: Option<(&'static str, PathBuf)>,
    /// Up to where a file is synced, for those that are not as a whole.
    synced: BTreeMap<PathBuf, u64>,
}

impl Crashes {
    fn before(&mut self, call: &'static str, path: &Path) {
        self.settle();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = if path.is_dir() { "folder".to_owned() } else { name };
        self.calls.push(format!("{call} {name}"));
        let folder = if path.is_dir() { path } else { path.parent().unwrap() };
        self.copy(folder, &format!("before {call} {name}"));
        if call == "write" && !self.synced.contains_key(path) {
            self.synced.insert(path.to_owned(), fs::metadata(path).unwrap().len());
        }
        self.announced = Some((call, path.to_owned()));
    }

    /// Takes in that the announced call has happened.
    fn settle(&mut self) {
        match self.announced.take() {
            Some(("create", path)) => drop(self.synced.insert(path, 0)),
            Some(("sync", path)) => drop(self.synced.remove(&path)),
            Some(("rename", path)) => {
                let from = PathBuf::from(format!("{}.tmp", path.display()));
                if let Some(length) = self.synced.remove(&from) {
                    self.synced.insert(path, length);
                }
            }
            _ => {}
        }
    }

    fn copy(&mut self, folder: &Path, label: &str) {
        for unsynced in [Unsynced::Kept, Unsynced::Lost, Unsynced::Zeros] {
            let copy = tempfile::tempdir().unwrap();
            for name in names(folder) {
                let mut bytes = fs::read(folder.join(&name)).unwrap();
                if let Some(&synced) = self.synced.get(&folder.join(&name)) {
                    let (synced, length) = (synced as usize, bytes.len());
                    match unsynced {
                        Unsynced::Kept => {}
                        Unsynced::Lost => bytes.truncate(synced),
                        Unsynced::Zeros => bytes[synced.min(length)..].fill(0),
                    }
                }
                fs::File::create(copy.path().join(&name)).unwrap().write_all(&bytes).unwrap();
            }
            self.copies.push((format!("{label}, unsynced {unsynced:?}"), copy));
        }
    }
}

/// Runs `action` on the state in `folder`, and gives its calls and what a crash before each or after all leaves.
fn crashes<T>(folder: &Path, action: impl FnOnce() -> T) -> (T, Crashes) {
    let crashes = Rc::new(RefCell::new(Crashes::default()));
    let watch = crashes.clone();
    let result = steps::with(
        move |call, path| {
            watch.borrow_mut().before(call, path);
            Ok(())
        },
        action,
    );
    let mut crashes = Rc::into_inner(crashes).unwrap().into_inner();
    crashes.settle();
    assert!(crashes.synced.is_empty(), "{:?} was not synced", crashes.synced);
    crashes.copy(folder, "after all");
    (result, crashes)
}

/// Whoever comes after the crash reads one of `expected`, and can go on from it.
fn recovers(label: &str, folder: &Path, expected: &[State]) {
    let seen = read(folder);
    let mut store = open(folder);
    assert!(names(folder).iter().all(|name| !name.ends_with(".tmp")), "{label}: {:?}", names(folder));
    let mut state = store.load().unwrap();
    match seen {
        Some(seen) => {
            assert!(expected.contains(&seen), "{label}: serial {}", seen.serial);
            assert_eq!(state, seen, "{label}");
        }
        None => assert!(expected[0].serial == 0 && state.is_empty(), "{label}: there is no state"),
    }
    store.append(&[recorded("next", 1)]).unwrap();
    state.apply(&recorded("next", 1));
    assert_eq!(read(folder), Some(state.clone()), "{label}");
    store.compact(&state).unwrap();
    drop(store);
    assert_eq!(open(folder).load().unwrap(), state, "{label}");
}

#[test]
fn a_crash_in_the_first_append_leaves_nothing_or_a_first_part() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let state = store.load().unwrap();
    let history = [recorded("a", 1), recorded("b", 2)];
    let ((), crashes) = crashes(folder.path(), || store.append(&history).unwrap());
    let calls = [
        "create sample.json.tmp",
        "write sample.json.tmp",
        "sync sample.json.tmp",
        "rename sample.json",
        "sync folder",
        "create sample.journal.tmp",
        "write sample.journal.tmp",
        "sync sample.journal.tmp",
        "rename sample.journal",
        "sync folder",
        "write sample.journal",
        "sync sample.journal",
    ];
    assert_eq!(crashes.calls, calls);
    let expected: Vec<_> = (0..=2).map(|length| after(&state, &history[..length])).collect();
    for (label, copy) in &crashes.copies {
        let expected = if label.starts_with("after all") { &expected[2..] } else { &expected };
        recovers(label, copy.path(), expected);
    }
}

#[test]
fn a_crash_in_an_append_leaves_a_first_part_of_it() {
    let (folder, state) = folder_with_everything();
    let mut store = open(folder.path());
    store.load().unwrap();
    let history = history_of_every_kind();
    let ((), crashes) = crashes(folder.path(), || store.append(&history).unwrap());
    assert_eq!(crashes.calls, ["write sample.journal", "sync sample.journal"]);
    let expected: Vec<_> = (0..=history.len()).map(|length| after(&state, &history[..length])).collect();
    for (label, copy) in &crashes.copies {
        let expected = if label.starts_with("after all") { &expected[history.len()..] } else { &expected };
        recovers(label, copy.path(), expected);
    }
}

#[test]
fn a_crash_while_a_torn_end_is_cut_off_changes_nothing() {
    let (folder, state) = folder_with_everything();
    let journal = folder.path().join("sample.journal");
    fs::File::options().append(true).open(&journal).unwrap().write_all(b"{\"serial\":99,\"cr").unwrap();
    let mut store = open(folder.path());
    assert_eq!(store.load().unwrap(), state);
    assert_eq!(store.notices().len(), 1);
    assert!(store.notices()[0].starts_with("the last 16 bytes of `"), "{}", store.notices()[0]);
    let ((), crashes) = crashes(folder.path(), || store.append(&[recorded("a", 1)]).unwrap());
    let calls = ["cut sample.journal", "sync sample.journal", "write sample.journal", "sync sample.journal"];
    assert_eq!(crashes.calls, calls);
    let expected = [state.clone(), after(&state, &[recorded("a", 1)])];
    for (label, copy) in &crashes.copies {
        let expected = if label.starts_with("after all") { &expected[1..] } else { &expected };
        recovers(label, copy.path(), expected);
    }
}

#[test]
fn a_crash_in_a_compaction_changes_nothing() {
    let (folder, state) = folder_with_everything();
    let mut store = open(folder.path());
    store.load().unwrap();
    let ((), crashes) = crashes(folder.path(), || store.compact(&state).unwrap());
    let calls = [
        "create sample.json.tmp",
        "write sample.json.tmp",
        "sync sample.json.tmp",
        "link sample.json.backup.tmp",
        "rename sample.json.backup",
        "rename sample.json",
        "sync folder",
        "create sample.journal.tmp",
        "write sample.journal.tmp",
        "sync sample.journal.tmp",
        "rename sample.journal",
        "sync folder",
    ];
    assert_eq!(crashes.calls, calls);
    for (label, copy) in &crashes.copies {
        recovers(label, copy.path(), std::slice::from_ref(&state));
    }
}
