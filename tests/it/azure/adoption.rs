//! What is ours in what is not: parts of namespaces, accounts and identities that other people made.

use serde_json::{Value as Json, json};
use tidegate::engine::Stop;
use tidegate::plan::{Action, Mode};
use tidegate::simulator::{FaultKind, Faults, Moment, azure};

use super::identities::ask;
use crate::support::simulated::{Outcome, Simulation};

/// A type, and what its object is in.
struct Case {
    name: &'static str,
    /// Behind the resource group, in the order in which they are made.
    parents: &'static [&'static str],
    parent: fn() -> Json,
    version: &'static str,
    path: &'static str,
    body: fn() -> Json,
    spec: &'static str,
    /// What others may have it say instead, as no spec here does.
    other: fn() -> Json,
}

const BUS: &str = "/providers/Microsoft.ServiceBus/namespaces/hand-made-bus";

fn cases() -> Vec<Case> {
    let bus = || json!({"location": "westeurope", "sku": {"name": "Standard"}});
    let entity = |name, path, spec| Case {
        name,
        parents: &[BUS],
        parent: bus,
        version: "2024-01-01",
        path,
        body: || json!({"properties": {}}),
        spec,
        other: || json!({"properties": {"enableBatchedOperations": false}}),
    };
    vec![
        entity("azure.servicebus_queue", "/queues/Jobs", "namespace: Hand-made-bus, name: jobs"),
        entity("azure.servicebus_topic", "/topics/events", "namespace: hand-made-bus, name: events"),
        Case {
            parents: &[BUS, "/providers/Microsoft.ServiceBus/namespaces/hand-made-bus/topics/events"],
            ..entity(
                "azure.servicebus_subscription",
                "/topics/events/subscriptions/billing",
                "namespace: hand-made-bus, topic: events, name: billing",
            )
        },
        Case {
            name: "azure.eventhub",
            parents: &["/providers/Microsoft.EventHub/namespaces/hand-made-hubs"],
            parent: bus,
            version: "2024-01-01",
            path: "/eventhubs/jobs",
            body: || json!({"properties": {"partitionCount": 1}}),
            spec: "namespace: hand-made-hubs, name: jobs, partitions: 1",
            other: || json!({"properties": {"partitionCount": 1, "userMetadata": "of the team"}}),
        },
        Case {
            name: "azure.storage_queue",
            parents: &["/providers/Microsoft.Storage/storageAccounts/handmade"],
            parent: || json!({"location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"}),
            version: "2024-01-01",
            path: "/queueServices/default/queues/jobs",
            body: || json!({"properties": {"metadata": {"team": "a"}}}),
            spec: "account: handmade, name: jobs",
            other: || json!({"properties": {"metadata": {"team": "b"}}}),
        },
        Case {
            name: "azure.federated_credential",
            parents: &["/providers/Microsoft.ManagedIdentity/userAssignedIdentities/hand-made"],
            parent: || json!({"location": "westeurope"}),
            version: "2024-11-30",
            path: "/federatedIdentityCredentials/Pods",
            body: || credential("system:serviceaccount:video:encoder"),
            spec: "identity: hand-made, name: pods, issuer: 'https://a.example/', namespace: video, service_account: encoder",
            other: || credential("system:serviceaccount:video:decoder"),
        },
    ]
}

fn credential(subject: &str) -> Json {
    json!({"properties": {"issuer": "https://a.example/", "subject": subject, "audiences": ["api://AzureADTokenExchange"]}})
}

impl Case {
    fn stack(&self, adopt: bool) -> String {
        let adopt = if adopt { "    adopt: true\n" } else { "" };
        let (of, spec) = (self.name, self.spec);
        format!(
            "tidegate: 1\nstack: parts\nresources:\n  part:\n    type: {of}\n{adopt}    spec: {{ resource_group: Main, {spec} }}\n"
        )
    }

    fn put(&self, simulation: &Simulation, path: &str, version: &str, body: &Json) {
        let path = format!("/subscriptions/{}/resourceGroups/main{path}", azure::SUBSCRIPTION);
        let (status, answer) = simulation.block_on(ask(simulation, "PUT", &path, version, body.clone()));
        assert!(matches!(status, 200..=202), "{}: {status} {answer}", self.name);
        simulation.pass(600);
    }

    /// With the parents, which someone else made, whose tags say what these do.
    fn parents(&self, tags: &Json) -> Simulation {
        let simulation = Simulation::new("parts");
        self.put(&simulation, "", "2025-04-01", &json!({"location": "westeurope"}));
        for (depth, path) in self.parents.iter().enumerate() {
            let mut body = if depth == 0 { (self.parent)() } else { json!({"properties": {}}) };
            if depth == 0 {
                body["tags"] = tags.clone();
            }
            self.put(&simulation, path, self.version, &body);
        }
        simulation
    }

    fn put_by_hand(&self, simulation: &Simulation, body: &Json) {
        self.put(simulation, &format!("{}{}", self.parents[0], self.path), self.version, body);
    }

    fn is_there(&self, simulation: &Simulation) -> bool {
        let end = format!("{}{}", self.parents[0], self.path).to_lowercase();
        simulation.objects().iter().any(|key| key.ends_with(&end))
    }

    /// Destroys, and nothing but what was ours is gone.
    fn destroy(&self, simulation: &Simulation) {
        let (_, applied) = simulation.destroy();
        assert!(applied.is_complete(), "{}: {:#?}", self.name, applied.failed);
        assert!(!self.is_there(simulation), "{}", self.name);
        for parent in self.parents {
            let end = parent.to_lowercase();
            assert!(simulation.objects().iter().any(|key| key.ends_with(&end)), "{}: {parent}", self.name);
        }
    }
}

/// Of no one, and of another stack.
fn owners() -> [Json; 2] {
    [json!({}), json!({"tidegate:stack": "other", "tidegate:address": "bus"})]
}

#[test]
fn a_part_that_was_made_by_hand_is_taken_over_and_what_it_is_in_is_not() {
    for (case, tags) in cases().iter().flat_map(|case| owners().map(|tags| (case, tags))) {
        let simulation = case.parents(&tags);
        case.put_by_hand(&simulation, &(case.body)());
        let stack = simulation.stack(&case.stack(true));
        let plan = simulation.apply_all(&stack);
        assert_eq!(plan.changes[&"part".parse().unwrap()].action, Action::Adopt, "{}", case.name);
        simulation.assert_settled(&stack);
        case.destroy(&simulation);
    }
}

#[test]
fn a_part_that_was_made_by_hand_is_left_alone_where_no_one_says_adopt() {
    for (case, tags) in cases().iter().flat_map(|case| owners().map(|tags| (case, tags))) {
        let simulation = case.parents(&tags);
        case.put_by_hand(&simulation, &(case.body)());
        let before = simulation.picture();
        let (_, applied) = simulation.apply(&simulation.stack(&case.stack(false)));
        let errors: Vec<_> = applied.failed.iter().map(|failure| failure.error.as_str()).collect();
        assert!(matches!(errors[..], [error] if error.contains("exists already")), "{}: {errors:?}", case.name);
        assert!(simulation.state().is_empty());
        assert_eq!(simulation.picture(), before, "{}", case.name);
    }
}

#[test]
fn a_part_whose_making_no_one_saw_the_end_of_is_ours_all_the_same() {
    for (case, tags) in cases().iter().flat_map(|case| owners().map(|tags| (case, tags))) {
        for (moment, adopt) in [(Moment::Before, false), (Moment::After, false), (Moment::After, true)] {
            let what = format!("{} {moment:?} {adopt}", case.name);
            let simulation = case.parents(&tags);
            if adopt {
                case.put_by_hand(&simulation, &(case.other)());
            }
            let operation = operation(case);
            simulation.simulator.set_faults(Faults::one(&operation, 1, FaultKind::Hang { moment }));
            let stack = simulation.stack(&case.stack(adopt));
            let outcome = simulation.run(Some(&stack), Mode::Apply, &Stop::default(), true);
            assert!(matches!(outcome, Outcome::Killed), "{what}");
            simulation.simulator.set_faults(Faults::default());
            simulation.apply_all(&stack);
            simulation.assert_settled(&stack);
            case.destroy(&simulation);
        }
    }
}

/// No answer at all, however often it is asked.
#[test]
fn a_part_that_was_made_without_an_answer_is_ours_all_the_same() {
    for case in cases() {
        let simulation = case.parents(&json!({}));
        let fault = |occurrence: u64| {
            format!(
                "{{ operation: '{}', kind: unavailable, effect: after, occurrence: {occurrence} }}",
                operation(&case)
            )
        };
        let faults: Vec<_> = (1..=14).map(fault).collect();
        simulation.set_faults(&format!("faults: [{}]", faults.join(", ")));
        let stack = simulation.stack(&case.stack(false));
        let (_, applied) = simulation.apply(&stack);
        assert!(!applied.is_complete() && case.is_there(&simulation), "{}", case.name);
        simulation.simulator.set_faults(Faults::default());
        simulation.apply_all(&stack);
        simulation.assert_settled(&stack);
        case.destroy(&simulation);
    }
}

/// What was not made when the run ended is made by someone else before the next one.
#[test]
fn a_part_that_someone_else_made_meanwhile_is_not_taken_for_ours() {
    for case in cases() {
        let simulation = case.parents(&json!({}));
        let hang = FaultKind::Hang { moment: Moment::Before };
        simulation.simulator.set_faults(Faults::one(&operation(&case), 1, hang));
        let stack = simulation.stack(&case.stack(false));
        assert!(matches!(simulation.run(Some(&stack), Mode::Apply, &Stop::default(), true), Outcome::Killed));
        simulation.simulator.set_faults(Faults::default());
        case.put_by_hand(&simulation, &(case.other)());
        let (_, applied) = simulation.apply(&stack);
        assert_eq!(applied.failed.len(), 1, "{}", case.name);
        assert!(applied.failed[0].error.contains("exists already"), "{}: {}", case.name, applied.failed[0].error);
        assert!(simulation.state().is_empty() && case.is_there(&simulation), "{}", case.name);
    }
}

/// As permissions name it, such as `Microsoft.ServiceBus/namespaces/queues/write`.
fn operation(case: &Case) -> String {
    let whole = format!("{}{}", case.parents[0], case.path);
    let mut parts = whole.trim_start_matches("/providers/").split('/');
    let service = parts.next().unwrap();
    let kinds: Vec<_> = parts.step_by(2).collect();
    format!("{service}/{}/write", kinds.join("/"))
}
