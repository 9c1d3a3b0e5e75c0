//! A plan and a run with a bit of everything, for the tests of this folder.

use std::collections::BTreeMap;
use std::time::Duration;

use petgraph::graph::DiGraph;
use serde_json::json;

use super::values::tests::attributes;
use crate::address::Address;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::engine::{Event, Phase};
use crate::plan::{
    Action, Change, Drift, DriftKind, Mode, OutputChange, Plan, Reason, ReplaceOrder, Step, StepKind, Summary,
};
use crate::value::{Attributes, FieldChange, Kind, Path, Secret, Value, differences};

fn with(json: serde_json::Value, more: &[(&str, Value)]) -> Attributes {
    let mut all = attributes(json);
    all.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    all
}

pub(super) fn secret(hash: &str) -> Value {
    Value::Secret(Secret::from_hash(hash.to_owned()))
}

fn change(name: &str, action: Action, reason: Reason, before: Option<Attributes>, after: Option<Attributes>) -> Change {
    let fields = |attributes: &Option<Attributes>| {
        let mut fields = attributes.clone()?;
        fields.retain(|name, _| !["arn", "url"].contains(&name.as_str()));
        Some(Value::Map(fields))
    };
    let differences = match action {
        Action::Update | Action::Replace(_) => {
            differences(&Path::default(), fields(&before).as_ref(), fields(&after).as_ref())
        }
        _ => Vec::new(),
    };
    Change {
        address: Address::single(name),
        resource_type: "aws.sqs_queue".to_owned(),
        identity: Some(format!("video-{name}")),
        action,
        reason,
        differences,
        replace_because: Vec::new(),
        before,
        after,
        moved_from: None,
        brief: BTreeMap::new(),
        note: None,
    }
}

pub(super) fn step(name: &str, kind: StepKind, expected: u64) -> Step {
    Step {
        address: Address::single(name),
        kind,
        resource_type: "aws.sqs_queue".to_owned(),
        identity: Some(format!("video-{name}")),
        provider: "aws".to_owned(),
        provider_settings: Attributes::new(),
        expected: Duration::from_secs(expected),
        timeout: Duration::from_secs(300),
        exclusive: None,
        reuse_after: Duration::ZERO,
        not_before_s: None,
    }
}

pub(super) fn empty_plan() -> Plan {
    Plan {
        planned: Default::default(),
        stack: "video".parse().unwrap(),
        mode: Mode::Apply,
        lineage: "lineage".to_owned(),
        serial: 12,
        changes: BTreeMap::new(),
        drift: Vec::new(),
        outputs: Vec::new(),
        steps: DiGraph::new(),
        bookkeeping: Vec::new(),
        left_out: Vec::new(),
        warnings: Diagnostics::default(),
    }
}

fn changes() -> Vec<Change> {
    let unknown = Value::Unknown(Kind::String);
    let arn = |arn: &str| ("arn", Value::from(arn));
    let created = with(
        json!({"name": "video-cluster", "retention": 345600, "dead_letter": {"max_receive_count": 5}, "tags": {"team": "video"}}),
        &[("arn", unknown.clone()), ("url", unknown.clone()), ("password", secret("abc"))],
    );
    let updated = change(
        "jobs",
        Action::Update,
        Reason::Drifted,
        Some(with(
            json!({"name": "video-jobs", "timeout": 600, "tags": {"team": "a", "old": "x"}}),
            &[arn("arn:1"), ("password", secret("abc"))],
        )),
        Some(with(
            json!({"name": "video-jobs", "timeout": 300, "tags": {"team": "b"}}),
            &[arn("arn:1"), ("password", secret("def"))],
        )),
    );
    let mut replaced = change(
        "events",
        Action::Replace(ReplaceOrder::DeleteFirst),
        Reason::CannotUpdate,
        Some(with(json!({"name": "video-events", "fifo": false, "timeout": 30}), &[arn("arn:2")])),
        Some(with(json!({"name": "video-events", "fifo": true, "timeout": 30}), &[("arn", unknown)])),
    );
    replaced.replace_because = vec![Path::field("fifo")];
    let mut moved = change("renamed", Action::NoOp, Reason::Unchanged, None, None);
    moved.moved_from = Some(Address::instance("before", "a"));
    vec![
        change("cluster", Action::Create, Reason::New, None, Some(created)),
        updated,
        replaced,
        moved,
        change("stays", Action::NoOp, Reason::Unchanged, Some(attributes(json!({"body": "not shown"}))), None),
        change("old", Action::Delete, Reason::NotInStack, Some(attributes(json!({"name": "video-old"}))), None),
        change("kept", Action::Forget, Reason::Retained, Some(attributes(json!({"name": "video-kept"}))), None),
        change("taken", Action::Adopt, Reason::Adopted, None, Some(attributes(json!({"name": "video-taken"})))),
    ]
}

pub(super) fn plan() -> Plan {
    let mut steps = DiGraph::new();
    let create = steps.add_node(step("cluster", StepKind::Create, 600));
    let delete = steps.add_node(step("events", StepKind::Delete, 1));
    let again = Step { reuse_after: Duration::from_secs(60), ..step("events", StepKind::Create, 1) };
    let again = steps.add_node(again);
    let update = steps.add_node(step("jobs", StepKind::Update, 2));
    steps.add_node(step("old", StepKind::Delete, 1));
    steps.add_node(step("taken", StepKind::Adopt, 1));
    steps.add_node(step("jobs", StepKind::DeleteDeposed { since: Some(7) }, 1));
    for (first, then) in [(create, update), (delete, again), (again, update)] {
        steps.add_edge(first, then, ());
    }
    let changed =
        FieldChange { path: Path::field("timeout"), before: Some(Value::from(300)), after: Some(Value::from(600)) };
    let drift =
        |name: &str, kind| Drift { address: Address::single(name), resource_type: "aws.sqs_queue".to_owned(), kind };
    let output = |name: &str, before, after| OutputChange { name: name.to_owned(), before, after };
    Plan {
        changes: changes().into_iter().map(|change| (change.address.clone(), change)).collect(),
        drift: vec![drift("jobs", DriftKind::Changed(vec![changed])), drift("lost", DriftKind::Gone)],
        outputs: vec![
            output("token", None, Some(secret("abc"))),
            output("url", Some(Value::from("https://a")), Some(Value::Unknown(Kind::String))),
        ],
        steps,
        left_out: (0..12).map(|number| Address::single(&format!("left{number}"))).collect(),
        warnings: Diagnostic::warning("plan/example", "An example", "something to think about").into(),
        ..empty_plan()
    }
}

/// A run with a success, a retry, a failure and what follows from it.
pub(super) fn events() -> Vec<Event> {
    let address = Address::single;
    let kind = StepKind::Create;
    let ms = Duration::from_millis;
    let started = |name: &str, kind, expected| Event::StepStarted {
        address: address(name),
        kind,
        identity: Some(format!("video-{name}")),
        expected: Duration::from_secs(expected),
    };
    let mut all = before_the_apply();
    all.extend([
        Event::PhaseStarted { phase: Phase::Apply, total: 4 },
        started("jobs", kind, 1),
        started("cluster", kind, 600),
        started("events", StepKind::DeleteDeposed { since: None }, 0),
        Event::StepRetried {
            address: address("jobs"),
            kind,
            error: "sqs:CreateQueue failed with Throttled".to_owned(),
            after: ms(800),
        },
        Event::StepSucceeded {
            address: address("jobs"),
            kind,
            identity: Some("video-jobs".to_owned()),
            elapsed: ms(1200),
        },
        Event::StepProgress {
            address: address("cluster"),
            kind,
            message: "the control plane\nis CREATING".to_owned(),
            elapsed: ms(20_000),
            expected: ms(600_000),
        },
        Event::StepSucceeded {
            address: address("events"),
            kind: StepKind::DeleteDeposed { since: None },
            identity: None,
            elapsed: ms(90_000),
        },
        Event::StepFailed {
            address: address("cluster"),
            kind,
            error: "access denied: `eks:CreateCluster` is not allowed".to_owned(),
            hint: Some("add the action to a policy of the role you use".to_owned()),
            elapsed: ms(61_000),
        },
        interrupted("other"),
        Event::StepSkipped { address: address("nodes"), kind, because: address("cluster") },
        Event::Stopping { running: 1 },
        Event::Applied {
            done: Summary { create: 1, replace: 1, ..Summary::default() },
            failed: 1,
            skipped: 1,
            elapsed: ms(65_000),
        },
    ]);
    all
}

fn interrupted(name: &str) -> Event {
    Event::StepInterrupted {
        address: Address::single(name),
        kind: StepKind::Create,
        waiting_for: "it is CREATING".to_owned(),
        elapsed: Duration::from_secs(64),
    }
}

fn before_the_apply() -> Vec<Event> {
    let address = Address::single;
    vec![
        Event::PhaseStarted { phase: Phase::Recover, total: 1 },
        Event::Recovered { address: address("old"), operation: "create", outcome: "found and recorded".to_owned() },
        Event::PhaseFinished { phase: Phase::Recover },
        Event::PhaseStarted { phase: Phase::Refresh, total: 2 },
        Event::Refreshing { address: address("jobs") },
        Event::Refreshed { address: address("jobs") },
        Event::PhaseFinished { phase: Phase::Refresh },
    ]
}
