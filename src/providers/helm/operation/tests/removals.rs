//! Releases that go.

use super::*;
use crate::providers::helm::operation::custom_resources::REMAIN;
use crate::providers::kubernetes::Propagation;

pub(super) const BOATS: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: boats.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: boats, kind: Boat }
  versions:
  - name: v1
    served: true
    storage: true
    schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object, x-kubernetes-preserve-unknown-fields: true } } } }
";

const COLLECTION: &str = "/apis/example.com/v1/namespaces/demo/boats";
const DEFINITION: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/boats.example.com";

fn boat(name: &str, finalizers: &[&str]) -> Json {
    json!({"apiVersion": "example.com/v1", "kind": "Boat", "metadata": {"name": name, "finalizers": finalizers}, "spec": {}})
}

/// A release that defines boats and has one of its own.
fn boats() -> Chart {
    let own = "apiVersion: example.com/v1\nkind: Boat\nmetadata:\n  name: own\nspec: {}\n";
    Chart::new("one", &[("crd.yaml", BOATS), ("boat.yaml", own), ("deployment.yaml", &deployment("example.org/web:1"))])
}

#[test]
fn a_release_goes_with_all_it_had() {
    let bench = Bench::new();
    let before = bench.picture();
    bench.converge(&web("one", "example.org/web:1")).unwrap();
    bench.converge(&web("two", "example.org/web:2")).unwrap();
    let from = bench.changes().len();
    assert_eq!(bench.uninstall(CustomResources::Refuse), Ok(vec![]));
    assert_eq!(bench.statuses(), []);
    let left: Vec<_> = bench.picture().into_keys().filter(|key| !before.contains_key(key)).collect();
    assert_eq!(left, ["Job demo/before"], "hooks stay as their policies say");
    let changes = bench.changes().split_off(from);
    let place = |what: &str| {
        changes.iter().position(|one| one.contains(what)).unwrap_or_else(|| panic!("{what}: {changes:#?}"))
    };
    let order = [
        "web.v2",
        "jobs/going",
        "DELETE /api/v1/namespaces/demo/services/web",
        "DELETE /apis/apps/v1/namespaces/demo/deployments/web",
        "configmaps/settings",
        "jobs/gone",
        "web.v1",
    ];
    assert!(order.map(place).is_sorted(), "{changes:#?}");
    assert!(changes.last().is_some_and(|last| last.ends_with("web.v2")), "{changes:#?}");
    assert_eq!(bench.uninstall(CustomResources::Refuse), Ok(vec![]), "what is gone is gone");
}

#[test]
fn custom_resources_of_others_hold_a_release() {
    let bench = Bench::new();
    bench.converge(&boats()).unwrap();
    bench.put(COLLECTION, boat("theirs", &[]));
    let from = bench.changes().len();
    let error = bench.uninstall(CustomResources::Refuse).unwrap_err();
    assert_eq!(error.code.as_deref(), Some(REMAIN));
    assert!(error.message.ends_with("would take it along: Boat demo/theirs"), "{}", error.message);
    assert_eq!(bench.changes().len(), from, "nothing was changed");
    // The same for an upgrade that drops the definition.
    let undone = bench.converge(&web("two", "example.org/web:2")).unwrap_err();
    assert_eq!((undone.begun, undone.error.code.as_deref()), (false, Some(REMAIN)));
    assert_eq!(bench.uninstall(CustomResources::Delete), Ok(vec![]));
    let changes = bench.changes().split_off(from);
    let place = |what: &str| changes.iter().position(|one| one.contains(what)).unwrap();
    let order = ["boats/own", "PUT", "deployments/web", "customresourcedefinitions/boats"].map(place);
    assert!(order.is_sorted() && place("boats/theirs") < order[1], "{changes:#?}");
    assert!(!bench.picture().keys().any(|key| key.contains("boats")));
}

#[test]
fn a_definition_that_is_dropped_goes_after_what_the_release_has_of_it() {
    let bench = Bench::new();
    bench.converge(&boats()).unwrap();
    let from = bench.changes().len();
    assert_eq!(bench.converge(&web("two", "example.org/web:2")).map(|made| made.revision), Ok(2));
    let changes = bench.changes().split_off(from);
    let place = |what: &str| changes.iter().position(|one| one.starts_with("DELETE") && one.contains(what)).unwrap();
    assert!(place("boats/own") < place("customresourcedefinitions/boats"), "{changes:#?}");
    assert!(!bench.picture().keys().any(|key| key.contains("boats")));
}

#[test]
fn what_hangs_is_named_with_what_holds_it() {
    let bench = Bench::new();
    bench.converge(&boats()).unwrap();
    bench.put(COLLECTION, boat("theirs", &["example.com/anchor"]));
    let error = bench.uninstall(CustomResources::Delete).unwrap_err();
    assert!(
        error.message.contains("Boat demo/theirs") && error.message.contains("example.com/anchor"),
        "{}",
        error.message
    );
    assert_eq!(bench.statuses(), [(1, Status::Deployed)], "the release is as it was");
    bench.patch(&format!("{COLLECTION}/theirs"), json!({"metadata": {"finalizers": null}}));
    assert_eq!(bench.uninstall(CustomResources::Delete), Ok(vec![]));
}

#[test]
fn definitions_of_the_crds_folder_stay() {
    let bench = Bench::new();
    let chart = Chart {
        crds: vec![CrdFile { name: "crds/boats.yaml".to_owned(), text: BOATS.to_owned() }],
        ..Chart::new("one", &[("a.yaml", &config_map("a", "b"))])
    };
    bench.converge(&chart).unwrap();
    assert!(bench.get(DEFINITION).unwrap()["metadata"].get("annotations").is_none());
    bench.put(COLLECTION, boat("theirs", &[]));
    bench.uninstall(CustomResources::Refuse).unwrap();
    assert!(bench.get(DEFINITION).is_some() && bench.get(&format!("{COLLECTION}/theirs")).is_some());
}

#[test]
fn what_is_kept_or_no_longer_the_releases_stays_and_is_told() {
    let bench = Bench::new();
    let kept = config_map("data", "a")
        .replace("  name: data\n", "  name: data\n  annotations: { helm.sh/resource-policy: keep }\n");
    bench
        .converge(&Chart::new(
            "one",
            &[("a.yaml", &kept), ("b.yaml", &config_map("b", "c")), ("c.yaml", &config_map("c", "d"))],
        ))
        .unwrap();
    let lost = json!({"metadata": {"annotations": {"meta.helm.sh/release-name": "other"}}});
    bench.patch("/api/v1/namespaces/demo/configmaps/b", lost);
    let kept = bench.uninstall(CustomResources::Refuse).unwrap();
    let told: Vec<_> = kept.iter().map(|kept| format!("{}: {}", kept.id, kept.why)).collect();
    assert_eq!(
        told,
        [
            "ConfigMap demo/data: its annotation helm.sh/resource-policy says `keep`",
            "ConfigMap demo/b: it is not the release's any more"
        ]
    );
    assert_eq!(bench.statuses(), []);
}

#[test]
fn a_definition_may_go_at_any_moment() {
    let bench = Bench::new();
    bench.converge(&boats()).unwrap();
    let own = format!("{COLLECTION}/own");
    bench.run(bench.calls().delete(&own, None, Propagation::Background)).unwrap();
    bench.run(bench.calls().delete(DEFINITION, None, Propagation::Background)).unwrap();
    let mut seen = [0, 0];
    for delay in (0..1500).step_by(15) {
        let bench = bench.fork(usize::MAX);
        bench.run(crate::clock::Clock::sleep(&bench.clock, std::time::Duration::from_millis(delay)));
        seen[usize::from(bench.get(DEFINITION).is_some())] += 1;
        assert_eq!(bench.uninstall(CustomResources::Refuse), Ok(vec![]), "after {delay} ms");
    }
    assert!(seen.iter().all(|count| *count > 5), "{seen:?}");
}
