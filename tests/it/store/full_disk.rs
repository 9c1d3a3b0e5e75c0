//! A disk with no space left.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use tidegate::state::{State, StateStore as _, StoreError};
use tidegate::store::LocalFileStore;

use super::{load, open, part, passed, playing_on_tmpfs, recorded, stack};

#[test]
fn on_a_full_disk_the_state_stays_whole_and_goes_on_when_there_is_space() {
    let test = "store::full_disk::part_on_a_small_disk";
    if let Some(output) = playing_on_tmpfs(test, "size=64k") {
        passed(&output);
    }
}

#[test]
fn part_on_a_small_disk() {
    let Some(folder) = part() else { return };
    nothing_is_written_halfway_at_the_very_start(&folder);
    let mut store = open(&folder).unwrap();
    let mut state = store.load().unwrap();
    store.append(&[recorded("a", 3000)]).unwrap();
    state.apply(&recorded("a", 3000));
    fill(&folder);
    // More than the rest of the last block, so that a part of it could be written.
    let batch: Vec<_> = (0..8).map(|number| recorded(&format!("b{number}"), 1500)).collect();
    storage_full(store.append(&batch));
    seen(&folder, &state);
    storage_full(store.finish(&state));
    seen(&folder, &state);
    fs::remove_file(folder.join("filler")).unwrap();
    store.append(&batch).unwrap();
    batch.iter().for_each(|entry| state.apply(entry));
    store.finish(&state).unwrap();
    drop(store);
    assert_eq!(load(&folder), state);
}

fn nothing_is_written_halfway_at_the_very_start(folder: &Path) {
    // With the file there, only the content of others is lacking.
    File::create(folder.join("sample.lock")).unwrap();
    fill(folder);
    let mut store = open(folder).unwrap();
    storage_full(store.append(&[recorded("a", 3000)]));
    drop(store);
    assert_eq!(LocalFileStore::read_only(folder, &stack()).unwrap(), None);
    fs::remove_file(folder.join("filler")).unwrap();
}

/// Takes every block that is left.
fn fill(folder: &Path) {
    let mut filler = File::create(folder.join("filler")).unwrap();
    while filler.write_all(&[0; 512]).is_ok() {}
}

fn storage_full(result: Result<(), StoreError>) {
    let error = result.unwrap_err();
    assert!(matches!(&error, StoreError::Io { source, .. } if source.kind() == ErrorKind::StorageFull), "{error:?}");
    assert!(error.hint().unwrap().contains("free some space"), "{error:?}");
}

fn seen(folder: &Path, state: &State) {
    assert_eq!(LocalFileStore::read_only(folder, &stack()).unwrap().as_ref(), Some(state));
    let names: Vec<_> = fs::read_dir(folder).unwrap().map(|item| item.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().ends_with(".tmp")), "{names:?}");
}
