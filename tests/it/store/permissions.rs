//! File modes, and folders that cannot be written.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use tidegate::state::{StateStore as _, StoreError};
use tidegate::store::{LocalFileStore, stacks};

use super::{PART, open, part, passed, playing, playing_on_tmpfs, recorded, stack};

#[test]
fn every_file_is_its_owner_s_alone_whatever_the_umask() {
    for umask in ["000", "022", "0277"] {
        let folder = tempfile::tempdir().unwrap();
        let program = playing("store::permissions::part_that_writes_every_file", folder.path());
        let output = Command::new("sh")
            .args(["-c", &format!("umask {umask} && exec \"$@\""), "sh"])
            .arg(program.get_program())
            .args(program.get_args())
            .env(PART, folder.path())
            .output();
        passed(&output.unwrap());
        let mut names = Vec::new();
        for item in fs::read_dir(folder.path()).unwrap() {
            let item = item.unwrap();
            assert_eq!(item.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{item:?} with umask {umask}");
            names.push(item.file_name());
        }
        names.sort();
        assert_eq!(names, ["sample.journal", "sample.json", "sample.json.backup", "sample.lock"]);
    }
}

#[test]
fn part_that_writes_every_file() {
    let Some(folder) = part() else { return };
    let mut store = open(&folder).unwrap();
    let mut state = store.load().unwrap();
    for size in [10, 70_000] {
        store.append(&[recorded("a", size)]).unwrap();
        state.apply(&recorded("a", size));
        store.finish(&state).unwrap();
    }
}

#[test]
fn a_folder_that_is_not_there_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("a/b");
    assert_eq!(LocalFileStore::read_only(&inner, &stack()).unwrap(), None);
    assert!(stacks(&inner).unwrap().is_empty());
    assert!(!inner.exists());
    open(&inner).unwrap().append(&[recorded("a", 1)]).unwrap();
    assert_eq!(stacks(&inner).unwrap(), [stack()]);
}

#[test]
fn what_cannot_be_a_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    File::create(&file).unwrap();
    let error = error_of(open(&file.join("state")));
    assert_eq!(
        error,
        (format!("cannot create the folder `{}`", file.join("state").display()), ErrorKind::NotADirectory)
    );
    let (message, _) = error_of(stacks(&file));
    assert_eq!(message, format!("cannot list the folder `{}`", file.display()));
}

#[test]
fn a_read_only_folder_can_be_read_and_is_not_written() {
    let test = "store::permissions::part_on_a_read_only_disk";
    if let Some(output) = playing_on_tmpfs(test, "ro") {
        passed(&output);
    }
}

#[test]
fn part_on_a_read_only_disk() {
    let Some(folder) = part() else { return };
    assert_eq!(LocalFileStore::read_only(&folder, &stack()).unwrap(), None);
    let lock = folder.join("sample.lock");
    assert_eq!(error_of(open(&folder)), (format!("cannot open `{}`", lock.display()), ErrorKind::ReadOnlyFilesystem));
    cannot_be_made(&folder.join("inner"));
}

fn cannot_be_made(folder: &Path) {
    let (message, kind) = error_of(open(folder));
    assert_eq!(message, format!("cannot create the folder `{}`", folder.display()));
    assert_eq!(kind, ErrorKind::ReadOnlyFilesystem);
}

fn error_of<T>(result: Result<T, StoreError>) -> (String, ErrorKind) {
    let error = result.err().unwrap();
    let message = error.to_string();
    match error {
        StoreError::Io { source, .. } => (message, source.kind()),
        other => panic!("{other:?}"),
    }
}
