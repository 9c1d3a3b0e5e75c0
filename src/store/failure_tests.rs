//! Failures of every system call of a [`LocalFileStore`](super::LocalFileStore), and its ordinary life.

use std::cell::Cell;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::rc::Rc;

use proptest::prelude::*;

use super::files::steps;
use super::samples::{after, any_history, folder_with_everything, history_of_every_kind, names, open, read, recorded};
use super::stacks;
use crate::state::{StateStore, StoreError};

/// Runs `action` again and again, the next of its calls failing each time, until there is no further call.
///
/// A write that fails has written half of what it should.
fn with_every_call_failing(
    mut action: impl FnMut(usize) -> Result<(), StoreError>,
    mut check: impl FnMut(&StoreError),
) {
    for failing in 0.. {
        let calls = Rc::new(Cell::new(0));
        let counted = calls.clone();
        let hook = move |call: &'static str, path: &Path| {
            if counted.replace(counted.get() + 1) != failing {
                return Ok(());
            }
            if call == "write" {
                fs::File::options().append(true).open(path)?.write_all(b"{\"serial\":5,\"crc\":\"0")?;
            }
            Err(io::ErrorKind::StorageFull.into())
        };
        match steps::with(hook, || action(failing)) {
            Err(error) => check(&error),
            Ok(()) if calls.get() <= failing => return,
            // What failed was done in another way.
            Ok(()) => {}
        }
    }
}

#[test]
fn an_append_that_fails_leaves_nothing_and_the_next_one_succeeds() {
    let (folder, state) = folder_with_everything();
    let mut store = open(folder.path());
    store.load().unwrap();
    let journal = folder.path().join("sample.journal");
    let length = fs::metadata(&journal).unwrap().len();
    let mut failures = 0;
    with_every_call_failing(
        |_| store.append(&history_of_every_kind()),
        |error| {
            failures += 1;
            assert!(error.to_string().starts_with("cannot record changes in `"), "{error}");
            assert!(error.hint().unwrap().contains("free some space"));
            assert_eq!(fs::metadata(&journal).unwrap().len(), length);
            assert_eq!(read(folder.path()), Some(state.clone()));
        },
    );
    assert_eq!(failures, 2);
    assert_eq!(read(folder.path()), Some(after(&state, &history_of_every_kind())));
}

#[test]
fn what_could_not_be_cut_off_goes_before_the_next_append() {
    let (folder, state) = folder_with_everything();
    let mut store = open(folder.path());
    store.load().unwrap();
    let broken = |call: &'static str, path: &Path| match call {
        "write" => {
            fs::File::options().append(true).open(path)?.write_all(b"half a line")?;
            Err(io::Error::other("unplugged"))
        }
        "cut" => Err(io::Error::other("unplugged")),
        _ => Ok(()),
    };
    steps::with(broken, || store.append(&[recorded("a", 1)]).unwrap_err());
    assert_eq!(read(folder.path()), Some(state.clone()));
    store.append(&[recorded("b", 1)]).unwrap();
    assert_eq!(read(folder.path()), Some(after(&state, &[recorded("b", 1)])));
}

#[test]
fn a_first_append_that_fails_can_be_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let state = store.load().unwrap();
    with_every_call_failing(
        |_| store.append(&[recorded("a", 1)]),
        |_| {
            assert!(names(folder.path()).iter().all(|name| !name.ends_with(".tmp")));
            assert!(read(folder.path()).is_none_or(|read| read == state));
        },
    );
    assert_eq!(read(folder.path()), Some(after(&state, &[recorded("a", 1)])));
}

#[test]
fn a_compaction_that_fails_changes_nothing() {
    let (folder, state) = folder_with_everything();
    let mut store = open(folder.path());
    store.load().unwrap();
    let mut now = state;
    let mut failures = 0;
    with_every_call_failing(
        |attempt| {
            let entry = recorded("between", attempt as i64);
            let result = store.compact(&now);
            if result.is_err() {
                assert_eq!(read(folder.path()), Some(now.clone()));
                assert!(names(folder.path()).iter().all(|name| !name.ends_with(".tmp")));
                store.append(std::slice::from_ref(&entry))?;
                now.apply(&entry);
                assert_eq!(read(folder.path()), Some(now.clone()), "after call {attempt} failed");
            }
            result
        },
        |_| failures += 1,
    );
    // All but the hard link, in whose place a copy is made.
    assert_eq!(failures, 11);
    drop(store);
    assert_eq!(open(folder.path()).load().unwrap(), now);
}

#[test]
fn nothing_is_written_before_there_is_something_to_say() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let state = store.load().unwrap();
    assert_eq!(store.load().unwrap(), state);
    store.append(&[]).unwrap();
    store.finish(&state).unwrap();
    assert_eq!(names(folder.path()), ["sample.lock"]);
    assert_eq!(read(folder.path()), None);
    assert!(stacks(folder.path()).unwrap().is_empty());
    drop(store);
    assert_ne!(open(folder.path()).load().unwrap().lineage, state.lineage);
}

#[test]
fn finishing_compacts_what_is_worth_it() {
    let folder = tempfile::tempdir().unwrap();
    let size = |name: &str| fs::metadata(folder.path().join(name)).unwrap().len();
    let mut store = open(folder.path());
    let mut state = store.load().unwrap();
    store.append(&[recorded("a", 1)]).unwrap();
    let behind = store.finish(&state).unwrap_err();
    assert!(behind.to_string().starts_with("cannot compact"), "{behind}");
    state.apply(&recorded("a", 1));
    store.finish(&state).unwrap();
    let header = size("sample.journal");
    store.append(&[recorded("a", 2)]).unwrap();
    state.apply(&recorded("a", 2));
    store.finish(&state).unwrap();
    assert!(size("sample.journal") > header);
    for number in 0..400 {
        store.append(&[recorded("a", number)]).unwrap();
        state.apply(&recorded("a", number));
    }
    store.finish(&state).unwrap();
    assert_eq!(size("sample.journal"), header + 2);
    assert_eq!(read(folder.path()), Some(state));
}

#[test]
fn a_reader_beside_a_writer_never_sees_anything_but_a_state() {
    let (folder, state) = folder_with_everything();
    for interrupted in 0..2 {
        // Between its two reads another process goes on and compacts.
        let path = folder.path().to_owned();
        let mut reads = 0;
        let hook = move |_: &'static str, _: &Path| {
            if reads == interrupted {
                let path = path.clone();
                std::thread::spawn(move || go_on_and_compact(&path)).join().unwrap();
            }
            reads += 1;
            Ok(())
        };
        let seen = steps::with(hook, || read(folder.path())).unwrap();
        assert!(seen.serial > state.serial);
    }
}

fn go_on_and_compact(folder: &Path) {
    let mut store = open(folder);
    let mut state = store.load().unwrap();
    store.append(&[recorded("a", 1)]).unwrap();
    state.apply(&recorded("a", 1));
    store.compact(&state).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_happens_in_whatever_order_the_state_reads_back(
        runs in proptest::collection::vec((any_history(), 1..6usize, any::<bool>(), any::<bool>()), 1..5),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(folder.path());
        let mut state = store.load().unwrap();
        for (history, batch, compact, reopen) in runs {
            for entries in history.chunks(batch) {
                store.append(entries).unwrap();
                state = after(&state, entries);
            }
            if state.serial == 0 {
                continue;
            }
            match compact {
                true => store.compact(&state).unwrap(),
                false => store.finish(&state).unwrap(),
            }
            if reopen {
                drop(store);
                store = open(folder.path());
                prop_assert_eq!(store.load().unwrap(), state.clone());
            }
            prop_assert_eq!(read(folder.path()), Some(state.clone()));
        }
        prop_assert!(store.notices().is_empty());
    }
}
