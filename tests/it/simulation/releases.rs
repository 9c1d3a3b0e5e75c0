//! Helm releases in a simulated cluster: installed, changed, taken away, and cut short at every call on the way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::Value as Json;
use tidegate::engine::Stop;
use tidegate::plan::{Action, DriftKind, Mode};
use tidegate::simulator::{FaultKind, Faults, Moment};
use tidegate::value::Value;

use super::picture::{Picture, assert_same};
use crate::support::simulated::{Outcome, Simulation};

const CLUSTER: &str = include_str!("../support/cluster.yaml");

fn chart() -> String {
    format!("{}/tests/charts/parcel", env!("CARGO_MANIFEST_DIR"))
}

/// A stack with a cluster, nodes, and a release with these values.
fn stack(values: &str) -> String {
    format!(
        "{}  parcel:\n    type: helm.release\n    spec:\n      cluster: ${{cluster.connection}}\n      name: parcel\n      namespace: home\n      create_namespace: true\n      chart: {}\n      values: {values}\n",
        CLUSTER.replace("stack: cluster", "stack: it"),
        chart()
    )
}

fn without_release() -> String {
    CLUSTER.replace("stack: cluster", "stack: it")
}

fn object(simulation: &Simulation, end: &str) -> Option<Json> {
    let world = simulation.simulator.world();
    let key = world.objects().find(|key| key.ends_with(end))?.to_owned();
    world.get(&key)
}

fn statuses(simulation: &Simulation) -> Vec<(u64, String)> {
    let world = simulation.simulator.world();
    let keys: Vec<_> = world.objects().filter(|key| key.contains("sh.helm.release.v1.")).map(str::to_owned).collect();
    let label = |secret: &Json, name: &str| secret["metadata"]["labels"][name].as_str().unwrap_or_default().to_owned();
    let secrets = keys.iter().map(|key| world.get::<Json>(key).unwrap());
    let mut all: Vec<_> =
        secrets.map(|secret| (label(&secret, "version").parse().unwrap(), label(&secret, "status"))).collect();
    all.sort();
    all
}

#[test]
fn a_release_is_installed_upgraded_repaired_and_taken_away() {
    let simulation = Simulation::new("it");
    let first = simulation.stack(&stack("{ image: \"example.org/parcel:1\" }"));
    let plan = simulation.plan(&first);
    let planned = plan.changes[&"parcel".parse().unwrap()].after.clone().unwrap();
    let names: Vec<_> = planned["objects"].as_map().unwrap().keys().cloned().collect();
    assert_eq!(
        names,
        ["ConfigMap home/parcel-settings", "Deployment.apps home/parcel", "Stamp.parcel.example.org home/parcel"]
    );
    simulation.apply_all(&first);
    simulation.assert_settled(&first);
    assert_eq!(statuses(&simulation), [(1, "deployed".to_owned())]);
    assert!(object(&simulation, "/jobs/home/parcel-before").is_none(), "a hook that has succeeded is taken away");

    let second = simulation.stack(&stack("{ image: \"example.org/parcel:2\", extra: true }"));
    let plan = simulation.plan(&second);
    let change = &plan.changes[&"parcel".parse().unwrap()];
    let changed: Vec<_> = change.differences.iter().map(|difference| difference.path.to_string()).collect();
    assert!(changed.iter().any(|path| path.contains("containers")), "{changed:?}");
    assert!(changed.iter().any(|path| path.contains("parcel-extra")), "{changed:?}");
    simulation.apply_all(&second);
    simulation.assert_settled(&second);
    assert_eq!(statuses(&simulation), [(1, "superseded".to_owned()), (2, "deployed".to_owned())]);

    // Someone changes an object: that is drift, and mending it is no new revision.
    {
        let mut world = simulation.simulator.world();
        let key = world.objects().find(|key| key.ends_with("/configmaps/home/parcel-settings")).unwrap().to_owned();
        let mut settings: Json = world.get(&key).unwrap();
        settings["data"]["image"] = "elsewhere".into();
        world.put(&key, &settings);
    }
    let plan = simulation.plan(&second);
    assert_eq!(plan.changes[&"parcel".parse().unwrap()].action, Action::Update);
    assert!(plan.drift.iter().any(|drift| matches!(&drift.kind, DriftKind::Changed(changes) if !changes.is_empty())));
    simulation.apply_all(&second);
    simulation.assert_settled(&second);
    assert_eq!(statuses(&simulation).len(), 2);

    // What is no longer wanted goes.
    simulation.apply_all(&first);
    assert!(object(&simulation, "/configmaps/home/parcel-extra").is_none());
    simulation.apply_all(&simulation.stack(&without_release()));
    assert_eq!(statuses(&simulation), []);
    assert!(object(&simulation, "/deployments/home/parcel").is_none());
    simulation.destroy_all();
}

#[test]
fn values_that_are_not_known_yet_show_only_where_they_matter() {
    let text = stack("{ image: \"${cluster_role.arn}\" }");
    let simulation = Simulation::new("it");
    let loaded = simulation.stack(&text);
    let plan = simulation.plan(&loaded);
    let after = plan.changes[&"parcel".parse().unwrap()].after.clone().unwrap();
    let objects = after["objects"].as_map().unwrap();
    assert!(objects["Deployment.apps home/parcel"].has_unknown());
    let settings = objects["ConfigMap home/parcel-settings"].as_map().unwrap();
    assert!(matches!(settings["data"].as_map().unwrap()["image"], Value::Unknown(_)));
    assert!(!settings["metadata"].has_unknown());
    simulation.apply_all(&loaded);
    simulation.assert_settled(&loaded);
    simulation.destroy_all();
}

#[test]
fn a_secret_value_is_in_no_plan_and_in_no_state() {
    const SECRET: &str = "correct-horse-battery";
    let text = stack("{ image: \"${vars.password}\" }")
        .replace("resources:\n", "variables:\n  password: { type: string, secret: true }\nresources:\n");
    let simulation = Simulation::new("it");
    let loaded = simulation.stack_with(&text, ("password", SECRET));
    let plan = simulation.plan(&loaded);
    let change = &plan.changes[&"parcel".parse().unwrap()];
    let shown = format!("{change:?}");
    assert!(shown.contains("(secret)") && !shown.contains(SECRET), "{shown}");
    simulation.apply_all(&loaded);
    simulation.assert_settled(&loaded);
    let state = format!("{:?}", simulation.state());
    assert!(!state.contains(SECRET), "{state}");
    let settings = object(&simulation, "/configmaps/home/parcel-settings").unwrap();
    assert_eq!(settings["data"]["image"], SECRET);
    // Another secret is another revision, and nothing tells more of it than that.
    let other = simulation.stack_with(&text, ("password", "another-horse-battery"));
    let plan = simulation.plan(&other);
    assert_eq!(plan.changes[&"parcel".parse().unwrap()].action, Action::Update);
    simulation.apply_all(&other);
    simulation.assert_settled(&other);
    simulation.destroy_all();
}

#[test]
fn what_others_made_of_a_releases_kinds_keeps_it_from_being_uninstalled() {
    let keda = |more: &str| {
        format!(
            "{}  keda:\n    type: helm.release\n    spec:\n      cluster: ${{cluster.connection}}\n      name: keda\n      namespace: keda\n      create_namespace: true\n      repository: https://kedacore.github.io/charts\n      chart: keda\n      version: ^2.18\n{more}",
            without_release()
        )
    };
    // Another team's, as far as this stack is concerned: it lets go of it and leaves it there.
    let theirs = "  theirs:\n    type: keda.scaled_object\n    on_destroy: retain\n    spec:\n      cluster: ${cluster.connection}\n      name: theirs\n      namespace: keda\n      wait: false\n      spec:\n        scaleTargetRef: { name: nobody }\n        triggers: [{ type: cron, metadata: { timezone: UTC, start: 0 6 * * *, end: 0 20 * * *, desiredReplicas: \"3\" } }]\n";
    let simulation = Simulation::new("it");
    simulation.apply_all(&simulation.stack(&keda(theirs)));
    simulation.apply_all(&simulation.stack(&keda("")));
    let (_, applied) = simulation.apply(&simulation.stack(&without_release()));
    let failed = applied.failed.iter().find(|failed| failed.address.to_string() == "keda").unwrap();
    assert!(failed.error.contains("theirs"), "{}", failed.error);
    let hint = failed.hint.clone().unwrap_or_default();
    assert!(hint.contains("delete_custom_resources"), "{hint}");
    // Told so, they go first.
    simulation.apply_all(&simulation.stack(&keda("      delete_custom_resources: true\n")));
    simulation.apply_all(&simulation.stack(&without_release()));
    assert_eq!(statuses(&simulation), []);
    simulation.destroy_all();
}

/// What goes wrong with one call.
fn faults() -> [(&'static str, FaultKind, bool); 4] {
    [
        ("killed before", FaultKind::Hang { moment: Moment::Before }, true),
        ("killed after", FaultKind::Hang { moment: Moment::After }, true),
        ("reply lost", FaultKind::LostReply, false),
        ("refused", FaultKind::Refuse { status: 403, code: "Forbidden".to_owned(), message: "no".to_owned() }, false),
    ]
}

fn changes_something(operation: &str) -> bool {
    let verb = operation.strip_prefix("kubernetes:").and_then(|rest| rest.split(' ').next());
    verb.is_some_and(|verb| !["get", "list", "watch"].contains(&verb))
}

/// The calls to the cluster that change something, each as the so-manieth of its operation.
fn calls_of(simulation: &Simulation, run: impl FnOnce()) -> Vec<(String, u64)> {
    let seen: Arc<Mutex<BTreeMap<String, u64>>> = Arc::default();
    let noted = Arc::clone(&seen);
    simulation.simulator.watch(move |operation, _| {
        if changes_something(operation) {
            *noted.lock().unwrap().entry(operation.to_owned()).or_default() += 1;
        }
    });
    run();
    simulation.simulator.watch(|_, _| {});
    let seen = seen.lock().unwrap().clone();
    seen.into_iter().flat_map(|(operation, count)| (1..=count).map(move |nth| (operation.clone(), nth))).collect()
}

/// Brings a stack about in a copy of a world, with every fault in every call: one more apply gives what a faultless
/// one does.
fn survives_every_fault(from: &Simulation, text: &str) -> usize {
    let faultless = from.fork();
    let calls = calls_of(&faultless, || {
        faultless.apply_all(&faultless.stack(text));
    });
    assert!(calls.len() > 5, "{calls:?}");
    let expected: Picture = faultless.picture();
    let mut tried = 0;
    for (operation, nth) in &calls {
        for (what, kind, killed) in faults() {
            let what = format!("{operation} {nth}: {what}");
            let simulation = from.fork();
            let stack = simulation.stack(text);
            simulation.simulator.set_faults(Faults::one(operation, *nth, kind));
            let outcome = simulation.run(Some(&stack), Mode::Apply, &Stop::default(), killed);
            simulation.simulator.set_faults(Faults::default());
            let done = matches!(&outcome, Outcome::Applied(_, applied) if applied.is_complete());
            if !done {
                let (_, applied) = simulation.apply(&stack);
                assert!(applied.is_complete(), "{what}: {:#?}", applied.failed);
            }
            assert_same(&simulation.picture(), &expected, &what);
            simulation.assert_settled(&stack);
            let left = statuses(&simulation);
            let is_settled = |status: &str| ["deployed", "superseded", "failed"].contains(&status);
            assert!(left.iter().all(|(_, status)| is_settled(status)), "{what}: {left:?}");
            tried += 1;
        }
    }
    tried
}

#[test]
fn a_release_that_is_cut_short_at_any_call_is_finished_by_the_next_apply() {
    let cluster = Simulation::new("it");
    cluster.apply_all(&cluster.stack(&without_release()));
    let (first, second) = (stack("{ extra: true }"), stack("{ image: \"example.org/parcel:2\" }"));
    let installed = cluster.fork();
    installed.apply_all(&installed.stack(&first));
    let tried = [
        survives_every_fault(&cluster, &first),
        survives_every_fault(&installed, &second),
        survives_every_fault(&installed, &without_release()),
    ];
    println!("releases: {tried:?} pairs of a call and a fault in an install, an upgrade and an uninstall");
}
