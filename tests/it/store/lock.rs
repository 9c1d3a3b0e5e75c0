//! The lock between two processes.

use std::fs::File;
use std::io::Read as _;
use std::process::Stdio;
use std::time::Duration;

use tidegate::state::StoreError;

use super::{load, open, part, playing, recorded};
use tidegate::state::StateStore as _;

#[test]
fn a_killed_process_is_named_while_it_lives_and_lets_go_when_it_dies() {
    let folder = tempfile::tempdir().unwrap();
    let mut other =
        playing("store::lock::part_that_holds_the_lock", folder.path()).stdin(Stdio::piped()).spawn().unwrap();
    while !folder.path().join("held").exists() {
        assert!(other.try_wait().unwrap().is_none(), "it ended without the lock");
        std::thread::sleep(Duration::from_millis(5));
    }
    let Err(error) = open(folder.path()) else { panic!("both hold it") };
    let StoreError::Locked { holder, .. } = &error else { panic!("{error}") };
    assert_eq!((holder.process, holder.command.as_str()), (other.id(), "apply"));
    assert!(error.to_string().contains(&format!("process {} on here", other.id())), "{error}");
    other.kill().unwrap();
    other.wait().unwrap();
    let mut store = open(folder.path()).unwrap();
    assert_eq!(store.load().unwrap().serial, 1);
    store.append(&[recorded("b", 10)]).unwrap();
    drop(store);
    assert_eq!(load(folder.path()).serial, 2);
}

#[test]
fn part_that_holds_the_lock() {
    let Some(folder) = part() else { return };
    let mut store = open(&folder).unwrap();
    store.append(&[recorded("a", 10)]).unwrap();
    File::create(folder.join("held")).unwrap();
    // Until it is killed, or its parent has died.
    let _ = std::io::stdin().read(&mut [0]);
}
