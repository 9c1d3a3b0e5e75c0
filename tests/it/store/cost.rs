//! What one change costs: a line of the journal, however large the state.

use std::time::Duration;

use tidegate::address::Address;
use tidegate::clock::SystemClock;
use tidegate::state::{Entry, Holder, Record, StateStore as _, Status};
use tidegate::store::LocalFileStore;
use tidegate::value::{Attributes, Value};

fn recorded(name: &str) -> Entry {
    let record = Record {
        resource_type: "tidegate.data".to_owned(),
        identity: name.to_owned(),
        provider: "tidegate".to_owned(),
        provider_settings: Attributes::new(),
        status: Status::Ready,
        attributes: Attributes::from([("input".to_owned(), Value::from("x".repeat(100)))]),
        dependencies: Vec::new(),
        adopted: false,
        protect: false,
        retain: false,
        delete_timeout_s: None,
    };
    Entry::Recorded { address: Address::single(name), record: Box::new(record) }
}

/// How many bytes one more change adds to the files of a state with so many resources.
fn cost_of_a_change(resources: usize) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let stack = "cost".parse().unwrap();
    let mut store =
        LocalFileStore::open(folder.path(), &stack, Holder::default(), Duration::ZERO, &SystemClock).unwrap();
    let mut state = store.load().unwrap();
    let entries: Vec<_> = (0..resources).map(|number| recorded(&format!("r{number}"))).collect();
    entries.iter().for_each(|entry| state.apply(entry));
    store.append(&entries).unwrap();
    store.finish(&state).unwrap();
    let sizes = || {
        let entries = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap());
        entries.map(|entry| entry.metadata().unwrap().len()).sum::<u64>()
    };
    store.append(&[recorded("first")]).unwrap();
    let before = sizes();
    store.append(&[recorded("other")]).unwrap();
    sizes() - before
}

#[test]
fn a_change_costs_the_same_in_a_large_state_as_in_a_small_one() {
    let (small, large) = (cost_of_a_change(1), cost_of_a_change(5000));
    // The serial has a few more digits.
    assert!(small > 100 && large <= small + 8, "{small} and {large} bytes");
}
