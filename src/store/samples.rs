//! States, histories and folders for the tests of this folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use tempfile::TempDir;

use super::LocalFileStore;
use crate::address::{Address, StackName};
use crate::clock::SystemClock;
use crate::state::{Entry, Holder, Intent, IntentOperation, Record, State, StateStore, Status};
use crate::value::{Attributes, Kind, SealKey, Secret, Value};

pub(super) fn stack() -> StackName {
    "sample".parse().unwrap()
}

pub(super) fn begun() -> State {
    State::new(stack(), "5f0c9d52-7a0e-4d0c-8a53-0d1f6f1a2b3c".to_owned(), SealKey::from_bytes([7; 32]))
}

pub(super) fn folded(history: &[Entry]) -> State {
    let mut state = begun();
    for entry in history {
        state.apply(entry);
    }
    state
}

/// The states a history went through, the first one included.
pub(super) fn stages(history: &[Entry]) -> Vec<State> {
    (0..=history.len()).map(|length| folded(&history[..length])).collect()
}

pub(super) fn record(number: i64) -> Record {
    Record {
        resource_type: "aws/queue".to_owned(),
        identity: format!("https://queues.example/{number}"),
        provider: "aws".to_owned(),
        provider_settings: Attributes::from([("region".to_owned(), Value::from("eu-central-1"))]),
        status: Status::Ready,
        attributes: Attributes::from([("visibility_timeout_s".to_owned(), Value::Integer(number))]),
        dependencies: Vec::new(),
        adopted: false,
        protect: false,
        retain: false,
        delete_timeout_s: None,
    }
}

pub(super) fn recorded(name: &str, number: i64) -> Entry {
    Entry::Recorded { address: Address::single(name), record: Box::new(record(number)) }
}

/// One entry of each kind, and none that changes nothing.
pub(super) fn history_of_every_kind() -> Vec<Entry> {
    let create = IntentOperation::Create { planned: Box::new(record(1)) };
    let delete = IntentOperation::Delete { deposed: Some(4), reuse_after_s: 60 };
    vec![
        Entry::Intended(intent(Address::single("jobs"), create.clone())),
        Entry::Succeeded { intent: 1, at_s: 1000, record: Some(Box::new(record(1))) },
        recorded("other", 2),
        Entry::Forgotten { address: Address::single("jobs") },
        Entry::Moved { from: Address::single("other"), to: Address::instance("reader", "a \"b\"\n") },
        Entry::Intended(intent(Address::single("jobs"), delete)),
        Entry::Succeeded { intent: 6, at_s: 1000, record: None },
        Entry::Outputs { values: BTreeMap::from([("url".to_owned(), Value::from("x"))]) },
        Entry::Intended(intent(Address::single("broken"), create)),
        Entry::Failed { intent: 9, partial: Some(Box::new(record(3))) },
        Entry::Forgotten { address: Address::single("broken") },
        recorded("last", 4),
    ]
}

pub(super) fn state_of_some_size() -> State {
    let mut state = folded(&history_of_every_kind());
    for number in 0..5 {
        state.apply(&recorded(&format!("r{number}"), number));
    }
    state
}

pub(super) fn intent(address: Address, operation: IntentOperation) -> Intent {
    Intent {
        address,
        resource_type: "aws/queue".to_owned(),
        identity: "https://queues.example/1".to_owned(),
        provider: "aws".to_owned(),
        provider_settings: Attributes::new(),
        at_s: 1_700_000_000,
        token: "t-1".to_owned(),
        operation,
    }
}

pub(super) fn any_history() -> impl Strategy<Value = Vec<Entry>> {
    proptest::collection::vec(any_entry(), 0..24)
}

/// Few addresses and serials, so that entries have to do with each other.
fn any_entry() -> impl Strategy<Value = Entry> {
    let serial = || 1..16u64;
    let record = || any_record().prop_map(Box::new);
    let maybe = || proptest::option::of(any_record().prop_map(Box::new));
    prop_oneof![
        (any_address(), any_operation()).prop_map(|(address, operation)| Entry::Intended(intent(address, operation))),
        (serial(), any::<u64>(), maybe()).prop_map(|(intent, at_s, record)| Entry::Succeeded {
            intent,
            at_s: at_s / 2,
            record
        }),
        (serial(), maybe()).prop_map(|(intent, partial)| Entry::Failed { intent, partial }),
        (any_address(), record()).prop_map(|(address, record)| Entry::Recorded { address, record }),
        any_address().prop_map(|address| Entry::Forgotten { address }),
        (any_address(), any_address()).prop_map(|(from, to)| Entry::Moved { from, to }),
        proptest::collection::btree_map(".{0,4}", any_value(), 0..3).prop_map(|values| Entry::Outputs { values }),
    ]
}

fn any_operation() -> impl Strategy<Value = IntentOperation> {
    prop_oneof![
        any_record().prop_map(|record| IntentOperation::Create { planned: Box::new(record) }),
        any_record().prop_map(|record| IntentOperation::Update { planned: Box::new(record) }),
        (proptest::option::of(1..16u64), 0..3u64)
            .prop_map(|(deposed, reuse_after_s)| IntentOperation::Delete { deposed, reuse_after_s }),
    ]
}

fn any_address() -> impl Strategy<Value = Address> {
    let keys = proptest::sample::select(vec![None, Some("k"), Some("a b"), Some("\"\n\u{1F30A}{\"serial\":1}")]);
    ("[ab]", keys).prop_map(|(name, key)| match key {
        None => Address::single(&name),
        Some(key) => Address::instance(&name, key),
    })
}

fn any_record() -> impl Strategy<Value = Record> {
    let attributes = proptest::collection::btree_map(".{0,6}", any_value(), 0..3);
    let dependencies = proptest::collection::vec(any_address(), 0..3);
    (".{0,8}", attributes, dependencies, any::<[bool; 4]>(), any::<Option<u64>>()).prop_map(
        |(identity, attributes, dependencies, [ready, adopted, protect, retain], delete_timeout_s)| Record {
            identity,
            attributes,
            dependencies,
            status: if ready { Status::Ready } else { Status::Incomplete },
            adopted,
            protect,
            retain,
            delete_timeout_s,
            ..record(0)
        },
    )
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Integer),
        proptest::num::f64::NORMAL.prop_map(Value::Float),
        ".{0,8}".prop_map(Value::String),
        Just(Value::Unknown(Kind::String)),
        "[a-z]{4}".prop_map(|hash| Value::Secret(Secret::from_hash(hash))),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::List),
            proptest::collection::btree_map("[$a-z]{0,4}", inner, 0..3).prop_map(Value::Map),
        ]
    })
}

pub(super) fn open(folder: &Path) -> LocalFileStore {
    LocalFileStore::open(folder, &stack(), Holder::default(), Duration::ZERO, &SystemClock).unwrap()
}

pub(super) fn read(folder: &Path) -> Option<State> {
    LocalFileStore::read_only(folder, &stack()).unwrap()
}

pub(super) fn after(state: &State, entries: &[Entry]) -> State {
    let mut state = state.clone();
    entries.iter().for_each(|entry| state.apply(entry));
    state
}

/// A folder with a compacted state, a backup, and a journal of some entries.
pub(super) fn folder_with_everything() -> (TempDir, State) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let mut state = store.load().unwrap();
    for _ in 0..3 {
        let history = history_of_every_kind();
        store.append(&history).unwrap();
        state = after(&state, &history);
        store.compact(&state).unwrap();
    }
    store.append(&[recorded("late", 1)]).unwrap();
    state.apply(&recorded("late", 1));
    drop(store);
    assert_eq!(names(folder.path()), ["sample.journal", "sample.json", "sample.json.backup", "sample.lock"]);
    (folder, state)
}

pub(super) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|item| item.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
