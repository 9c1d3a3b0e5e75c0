//! After any fault in any call, one more apply brings about what a faultless run does: no orphans, no
//! duplicates, and then nothing to do.
//!
//! The calls are those of a faultless run.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tidegate::engine::Stop;
use tidegate::plan::Mode;
use tidegate::provider::Family as _;
use tidegate::simulator::{FaultKind, Faults, Moment};

use super::picture::{Picture, assert_same};
use crate::support::simulated::{Outcome, Simulation};

/// The stacks of the repository that call anyone.
const STACKS: [&str; 2] = ["quickstart", "video-encoder"];

/// What goes wrong, and whether the process dies of it.
pub fn faults() -> Vec<(&'static str, FaultKind, bool)> {
    let denied = FaultKind::Refuse { status: 403, code: "AccessDenied".to_owned(), message: "no".to_owned() };
    let unavailable = |moment| FaultKind::Unavailable { status: 503, moment };
    let hang = |moment| FaultKind::Hang { moment };
    vec![
        ("refused", denied, false),
        ("throttled", FaultKind::Throttle, false),
        ("unavailable before", unavailable(Moment::Before), false),
        ("unavailable after", unavailable(Moment::After), false),
        ("reply lost", FaultKind::LostReply, false),
        ("reset", FaultKind::Reset, false),
        ("no answer", hang(Moment::After), false),
        ("failed in the end", FaultKind::Failed, false),
        ("killed before", hang(Moment::Before), true),
        ("killed after", hang(Moment::After), true),
    ]
}

/// A call, as the so-manieth of its operation.
type Call = (String, u64);

/// How many of the calls are tried.
#[derive(Clone, Copy, PartialEq)]
enum Extent {
    /// The first call of every kind to a cluster's API server: those that change something with every fault.
    Clusters,
    /// Every creation and every deletion of an object with every fault, and the first call of every other kind with some.
    Steps,
    /// Every call that changes something with every fault, and the first of every kind that only reads.
    Calls,
}

fn reads(operation: &str) -> bool {
    let Some(name) = operation.split(':').nth(1) else {
        return operation.ends_with("/read") || operation.ends_with("Credential/action");
    };
    ["Get", "List", "Describe", "get ", "list "].iter().any(|verb| name.starts_with(verb))
}

/// Whether a call begins what a step is for, rather than being one of its details.
fn is_a_step(operation: &str) -> bool {
    let Some(name) = operation.split(':').nth(1) else {
        return operation.ends_with("/write") || operation.ends_with("/delete");
    };
    let details = ["CreatePolicyVersion", "DeletePolicyVersion", "DeleteRolePolicy"];
    let begins = ["Create", "Delete", "patch ", "delete "].iter().any(|verb| name.starts_with(verb));
    begins && !details.contains(&name)
}

/// The calls that a run makes.
fn calls_of(simulation: &Simulation, extent: Extent, run: impl FnOnce()) -> Vec<Call> {
    let seen: Arc<Mutex<BTreeMap<String, u64>>> = Arc::default();
    let noted = Arc::clone(&seen);
    simulation
        .simulator
        .watch(move |operation, _| *noted.lock().unwrap().entry(operation.to_owned()).or_default() += 1);
    run();
    simulation.simulator.watch(|_, _| {});
    let seen = seen.lock().unwrap().clone();
    let every = |operation: &str| match extent {
        Extent::Clusters => false,
        Extent::Steps => is_a_step(operation),
        Extent::Calls => !reads(operation),
    };
    seen.into_iter()
        .filter(|(operation, _)| extent != Extent::Clusters || operation.starts_with("kubernetes:"))
        .flat_map(|(operation, count)| {
            let tried = if every(&operation) { count } else { 1 };
            (1..=tried).map(move |nth| (operation.clone(), nth))
        })
        .collect()
}

/// The faults that a detail meets when only steps meet all.
const FOR_DETAILS: [&str; 3] = ["refused", "reply lost", "killed after"];

/// After these, what is there is not what the state says.
const LEAVES_DOUBT: [&str; 2] = ["reply lost", "failed in the end"];

fn is_tried(extent: Extent, call: &Call, what: &str, kind: &FaultKind) -> bool {
    let enough = match extent {
        Extent::Calls => true,
        Extent::Clusters if reads(&call.0) => what == "refused",
        Extent::Clusters | Extent::Steps => is_a_step(&call.0) || FOR_DETAILS.contains(&what),
    };
    enough && applies(&call.0, kind)
}

/// Only what takes its time can fail in the end.
fn applies(operation: &str, kind: &FaultKind) -> bool {
    let settles = [
        "eks:CreateCluster",
        "eks:CreateNodegroup",
        "eks:CreateAddon",
        "Microsoft.Resources/subscriptions/resourceGroups/delete",
        "Microsoft.ContainerService/managedClusters/write",
        "Microsoft.ContainerService/managedClusters/delete",
        "Microsoft.ContainerService/managedClusters/agentPools/write",
        "Microsoft.ContainerService/managedClusters/agentPools/delete",
        "Microsoft.ServiceBus/namespaces/write",
        "Microsoft.ServiceBus/namespaces/delete",
        "Microsoft.EventHub/namespaces/write",
        "Microsoft.EventHub/namespaces/delete",
        "Microsoft.Storage/storageAccounts/write",
    ];
    *kind != FaultKind::Failed || settles.contains(&operation)
}

struct Case<'a> {
    /// What every trial begins with.
    before: &'a Simulation,
    stack: &'a str,
    expected: &'a Picture,
}

impl Case<'_> {
    /// Applies with a fault, then without, and destroys.
    fn apply_through(&self, call: &Call, kind: &FaultKind, killed: bool, what: &str) {
        let simulation = self.before.fork();
        let stack = simulation.stack(self.stack);
        simulation.simulator.set_faults(Faults::one(&call.0, call.1, kind.clone()));
        let outcome = simulation.run(Some(&stack), Mode::Apply, &Stop::default(), killed);
        simulation.simulator.set_faults(Faults::default());
        let again = match &outcome {
            Outcome::Killed | Outcome::NotPlanned(_) => true,
            Outcome::Applied(_, applied) => !applied.is_complete(),
        };
        if again {
            let (_, applied) = simulation.apply(&stack);
            assert!(applied.is_complete(), "{what}: {:#?}", applied.failed);
        }
        assert_same(&simulation.picture(), self.expected, what);
        simulation.assert_settled(&stack);
        self.destroy(&simulation, what);
    }

    /// Applies with a fault, and destroys at once what there is.
    fn destroy_at_once(&self, call: &Call, kind: &FaultKind, killed: bool, what: &str) {
        let simulation = self.before.fork();
        let stack = simulation.stack(self.stack);
        simulation.simulator.set_faults(Faults::one(&call.0, call.1, kind.clone()));
        drop(simulation.run(Some(&stack), Mode::Apply, &Stop::default(), killed));
        simulation.simulator.set_faults(Faults::default());
        self.destroy(&simulation, what);
    }

    /// Is killed while it destroys, and makes everything again.
    fn apply_after(&self, applied: &Simulation, call: &Call, kind: &FaultKind, what: &str) {
        let simulation = applied.fork();
        let stack = simulation.stack(self.stack);
        simulation.simulator.set_faults(Faults::one(&call.0, call.1, kind.clone()));
        drop(simulation.run(None, Mode::Destroy, &Stop::default(), true));
        simulation.simulator.set_faults(Faults::default());
        let (_, again) = simulation.apply(&stack);
        assert!(again.is_complete(), "{what}: {:#?}", again.failed);
        assert_same(&simulation.picture(), self.expected, what);
        simulation.assert_settled(&stack);
    }

    /// Destroys with a fault, and then without.
    fn destroy_through(&self, applied: &Simulation, call: &Call, kind: &FaultKind, killed: bool, what: &str) {
        let simulation = applied.fork();
        simulation.simulator.set_faults(Faults::one(&call.0, call.1, kind.clone()));
        drop(simulation.run(None, Mode::Destroy, &Stop::default(), killed));
        simulation.simulator.set_faults(Faults::default());
        self.destroy(&simulation, what);
    }

    fn destroy(&self, simulation: &Simulation, what: &str) {
        let (_, applied) = simulation.destroy();
        assert!(applied.is_complete(), "{what}: {:#?}", applied.failed);
        assert_eq!(simulation.objects(), Vec::<String>::new(), "{what}");
        assert!(simulation.state().is_empty(), "{what}");
    }
}

/// One thing that is tried.
enum Trial {
    ApplyThrough,
    DestroyAtOnce,
    DestroyThrough,
    ApplyAfter,
}

/// Says how many pairs of a call and a fault were tried.
fn every_call_meets_every_fault(name: &str, extent: Extent) -> usize {
    every_call_of_meets_every_fault(name, Simulation::repository_text(name), extent)
}

fn every_call_of_meets_every_fault(name: &str, mut text: String, extent: Extent) -> usize {
    let before = Simulation::new(name);
    match extent {
        Extent::Steps => text = without_objects(&text),
        // The cluster is there already.
        Extent::Clusters => drop(before.apply_all(&before.stack(&without_objects(&text)))),
        Extent::Calls => {}
    }
    let applied = before.fork();
    let stack = applied.stack(&text);
    let making = calls_of(&applied, extent, || drop(applied.apply_all(&stack)));
    applied.assert_settled(&stack);
    let expected = applied.picture();
    let destroyed = applied.fork();
    let deleting = calls_of(&destroyed, extent, || drop(destroyed.destroy()));
    let case = Case { before: &before, stack: &text, expected: &expected };
    let mut trials = Vec::new();
    for (what, kind, killed) in faults() {
        for call in making.iter().filter(|call| is_tried(extent, call, what, &kind)) {
            trials.push((Trial::ApplyThrough, call, what, kind.clone(), killed));
            if extent == Extent::Calls || is_a_step(&call.0) && (killed || LEAVES_DOUBT.contains(&what)) {
                trials.push((Trial::DestroyAtOnce, call, what, kind.clone(), killed));
            }
        }
        for call in deleting.iter().filter(|call| is_tried(extent, call, what, &kind)) {
            trials.push((Trial::DestroyThrough, call, what, kind.clone(), killed));
            if killed && is_a_step(&call.0) {
                trials.push((Trial::ApplyAfter, call, what, kind.clone(), killed));
            }
        }
    }
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((trial, call, what, kind, killed)) = trials.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let what = format!("{name}: {} {} {what}", call.0, call.1);
                    match trial {
                        Trial::ApplyThrough => case.apply_through(call, kind, *killed, &what),
                        Trial::DestroyAtOnce => {
                            case.destroy_at_once(call, kind, *killed, &format!("{what}, destroyed"))
                        }
                        Trial::ApplyAfter => {
                            case.apply_after(&applied, call, kind, &format!("{what}, applied after a destroy"));
                        }
                        Trial::DestroyThrough => {
                            case.destroy_through(&applied, call, kind, *killed, &format!("destroying {what}"));
                        }
                    }
                }
            });
        }
    });
    trials.len()
}

/// The stack without what is in its cluster, which is tried by itself.
fn without_objects(text: &str) -> String {
    match (text.find("  # In the cluster."), text.find("\noutputs:")) {
        (Some(from), Some(to)) => format!("{}{}", &text[..from], &text[to..]),
        _ => text.to_owned(),
    }
}

#[test]
fn every_call_to_a_cluster_survives_every_fault() {
    let tried = every_call_meets_every_fault("quickstart", Extent::Clusters);
    println!("quickstart: {tried} pairs of a call to its cluster and a fault");
    assert!(tried > 100, "{tried}");
}

#[test]
fn every_step_of_every_stack_survives_every_fault() {
    for name in STACKS {
        println!("{name}: {} pairs of a step and a fault", every_call_meets_every_fault(name, Extent::Steps));
    }
}

/// Stacks that have every type of Azure between them.
const AZURE: [(&str, &str); 3] = [
    ("messages", include_str!("azure/messages.yaml")),
    ("identities", include_str!("azure/identities.yaml")),
    ("clusters", include_str!("azure/clusters.yaml")),
];

#[test]
fn every_step_in_azure_survives_every_fault() {
    let family = tidegate::cli::simulated_azure(&Simulation::new("azure").simulator);
    let names = family.resource_types().iter().map(|resource_type| format!("type: {}\n", resource_type.name()));
    let missing: Vec<_> = names.filter(|name| !AZURE.iter().any(|(_, text)| text.contains(name))).collect();
    assert!(missing.is_empty(), "{missing:?} is in no stack");
    for (name, text) in AZURE {
        let tried = every_call_of_meets_every_fault(name, text.to_owned(), Extent::Steps);
        println!("{name}: {tried} pairs of a step and a fault");
        assert!(tried > 100, "{tried}");
    }
}

/// `dev/converge`.
#[test]
#[ignore = "takes a quarter of an hour: run it with `dev/converge`"]
fn every_call_of_every_stack_survives_every_fault() {
    for name in STACKS {
        println!("{name}: {} pairs of a call and a fault", every_call_meets_every_fault(name, Extent::Calls));
    }
    for (name, text) in AZURE {
        let tried = every_call_of_meets_every_fault(name, text.to_owned(), Extent::Calls);
        println!("{name}: {tried} pairs of a call and a fault");
    }
    println!("multicloud: {} pairs of a step and a fault", every_call_meets_every_fault("multicloud", Extent::Steps));
}
