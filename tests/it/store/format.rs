//! States as older versions stored them. A file here is never changed: a new format gets new files.

use std::path::{Path, PathBuf};

use tidegate::address::{Address, StackName};
use tidegate::state::{IntentOperation, State, Status};
use tidegate::store::{LocalFileStore, stacks};
use tidegate::value::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/store/format_1")
}

fn read() -> State {
    let stack: StackName = "video-encoder".parse().unwrap();
    assert_eq!(stacks(&folder()).unwrap(), std::slice::from_ref(&stack));
    LocalFileStore::read_only(&folder(), &stack).unwrap().unwrap()
}

#[test]
fn a_snapshot_and_a_journal_of_format_1_still_read() {
    let state = read();
    assert_eq!((state.serial, state.lineage.as_str()), (21, "2b1d7c3e-9f52-4c55-8f0a-6f6f0d6f5a11"));
    let addresses: Vec<_> = state.resources.keys().map(Address::to_string).collect();
    assert_eq!(addresses, ["cluster", "jobs", "policy", "reader[\"eu west\"]", "results"]);
}

#[test]
fn every_field_of_a_record_of_format_1_is_there() {
    let state = read();
    let jobs = &state.resources[&Address::single("jobs")];
    assert_eq!((jobs.resource_type.as_str(), jobs.provider.as_str()), ("aws/queue", "aws"));
    assert_eq!(jobs.provider_settings["region"], Value::from("eu-central-1"));
    assert_eq!((jobs.status, jobs.delete_timeout_s), (Status::Ready, Some(900)));
    assert_eq!((jobs.adopted, jobs.protect, jobs.retain), (true, true, true));
    assert_eq!(jobs.dependencies, [Address::single("cluster"), Address::instance("reader", "eu west")]);
    let attributes = &jobs.attributes;
    assert_eq!(attributes["delay_s"], Value::Integer(5));
    assert_eq!(attributes["ratio"], Value::Float(0.1));
    assert_eq!(attributes["password"], Value::from("hunter2").into_secret().seal(&state.seal_key));
    assert!(attributes["tags"].as_map().unwrap().contains_key("$secret"));
    assert_eq!(state.resources[&Address::single("policy")].status, Status::Incomplete);
}

#[test]
fn what_was_under_way_in_format_1_is_there() {
    let state = read();
    let pending: Vec<_> = state.pending.iter().map(|(serial, intent)| (*serial, intent.token.as_str())).collect();
    assert_eq!(pending, [(8, "t-8"), (20, "t-20"), (21, "t-21")]);
    assert!(matches!(state.pending[&8].operation, IntentOperation::Update { .. }));
    assert!(matches!(state.pending[&20].operation, IntentOperation::Create { .. }));
    assert!(matches!(state.pending[&21].operation, IntentOperation::Delete { deposed: Some(7), .. }));
    let deposed: Vec<_> = state.deposed.keys().map(|(address, since)| (address.to_string(), *since)).collect();
    assert_eq!(deposed, [("results".to_owned(), 7)]);
    assert_eq!(state.reusable_from("aws/queue", "old-queue"), Some(1_700_000_060));
    assert_eq!(state.outputs["url"], Value::from("https://queues.example/jobs"));
}
