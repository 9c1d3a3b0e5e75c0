//! Releases that come about and change.

use super::*;
use crate::provider::ErrorKind;
use crate::providers::helm::operation::ownership::NOT_THIS_RELEASES;

const SETTINGS: &str = "/api/v1/namespaces/demo/configmaps/settings";
const WEB: &str = "/apis/apps/v1/namespaces/demo/deployments/web";

#[test]
fn a_release_is_installed_as_helm_does_it() {
    let bench = Bench::new();
    let made = bench.converge(&web("one", "example.org/web:1")).unwrap();
    assert_eq!((made.revision, made.action), (1, Action::Installed));
    let live = bench.get(WEB).unwrap();
    assert_eq!(live["metadata"]["labels"]["app.kubernetes.io/managed-by"], "Helm");
    let annotations = &live["metadata"]["annotations"];
    assert_eq!(
        (&annotations["meta.helm.sh/release-name"], &annotations["meta.helm.sh/release-namespace"]),
        (&json!("web"), &json!("demo"))
    );
    let managers: Vec<_> = live["metadata"]["managedFields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["manager"].as_str().unwrap(), one["operation"].as_str().unwrap()))
        .collect();
    assert!(managers.contains(&("helm", "Apply")), "{managers:?}");
    assert_eq!(live["status"]["availableReplicas"], 1);
    let found = bench.found().unwrap();
    assert_eq!((found.release.status(), found.release.description()), (Status::Deployed, "Install complete"));
    assert_eq!(
        (found.inputs(), found.history.latest().unwrap().stack(), found.history.latest().unwrap().address()),
        (Some("one"), Some("shop"), Some("web"))
    );
    assert!(found.live.iter().all(Option::is_some) && found.live.len() == 4);
    assert_eq!(found.release.notes(), "");
    // The hook of the beginning stays until the next, the one of the end goes.
    let picture = bench.picture();
    assert!(picture.contains_key("Job demo/before") && !picture.contains_key("Job demo/after"));
    assert!(picture["Job demo/before"]["metadata"]["labels"].get("app.kubernetes.io/managed-by").is_none());
    let changes = bench.changes();
    let place = |what: &str| {
        changes.iter().position(|one| one.contains(what)).unwrap_or_else(|| panic!("{what}: {changes:#?}"))
    };
    let order =
        ["secrets", "jobs/before", "configmaps/settings", "services/web", "deployments/web", "jobs/after"].map(place);
    assert!(order.is_sorted(), "{changes:#?}");
}

#[test]
fn an_upgrade_takes_away_what_is_not_wanted_any_more() {
    let bench = Bench::new();
    bench.converge(&web("one", "example.org/web:1")).unwrap();
    let made = bench.converge(&web("two", "example.org/web:2")).unwrap();
    assert_eq!((made.revision, made.action, made.kept), (2, Action::Upgraded, vec![]));
    assert_eq!(bench.statuses(), [(1, Status::Superseded), (2, Status::Deployed)]);
    let picture = bench.picture();
    assert!(!picture.contains_key("ConfigMap demo/only-one") && picture.contains_key("ConfigMap demo/only-two"));
    assert_eq!(bench.get(SETTINGS).unwrap()["data"]["a"], "two");
    let found = bench.found().unwrap();
    assert_eq!((found.release.description(), next(Some(&found))), ("Upgrade complete", (3, true)));
    assert_eq!(found.release.first_deployed(), bench.history().get(1).unwrap().record.first_deployed());
}

#[test]
fn the_same_again_is_no_new_revision_and_mends_what_was_changed() {
    let bench = Bench::new();
    let chart = web("one", "example.org/web:1");
    bench.converge(&chart).unwrap();
    bench.run(objects_remove(&bench, "ConfigMap", "only-one"));
    bench.patch(WEB, json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": null}}}));
    let made = bench.converge(&chart).unwrap();
    assert_eq!((made.revision, made.action), (1, Action::Repaired));
    assert!(bench.picture().contains_key("ConfigMap demo/only-one"));
    assert_eq!(bench.get(WEB).unwrap()["metadata"]["labels"]["app.kubernetes.io/managed-by"], "Helm");
    // What someone else took over is only taken back when that is asked for.
    bench.patch(SETTINGS, json!({"data": {"a": "changed"}}));
    let undone = bench.converge(&chart).unwrap_err();
    assert!(undone.error.hint.is_some_and(|hint| hint.contains("force_conflicts")));
    let forced = Chart { options: Options { force_conflicts: true, ..chart.options }, ..chart };
    bench.converge(&forced).unwrap();
    assert_eq!(bench.get(SETTINGS).unwrap()["data"]["a"], "one");
    assert_eq!(bench.statuses(), [(1, Status::Deployed)]);
}

async fn objects_remove(bench: &Bench, kind: &str, name: &str) {
    let id = crate::providers::kubernetes::Id::new("v1", kind, Some("demo"), name);
    crate::providers::kubernetes::objects::remove(&bench.calls(), &id).await.unwrap();
}

#[test]
fn what_others_own_is_not_taken_over_unless_told() {
    let bench = Bench::new();
    bench.put(
        "/api/v1/namespaces/demo/configmaps",
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"mine": "b"}}),
    );
    let chart = web("one", "example.org/web:1");
    let undone = bench.converge(&chart).unwrap_err();
    assert_eq!((undone.begun, undone.error.code.as_deref()), (false, Some(NOT_THIS_RELEASES)));
    assert!(undone.error.message.contains("cannot be imported into the current release"), "{}", undone.error);
    assert_eq!(bench.statuses(), []);
    let taking = Chart { options: Options { take_ownership: true, ..chart.options }, ..chart };
    bench.converge(&taking).unwrap();
    assert_eq!(bench.get(SETTINGS).unwrap()["data"], json!({"a": "one", "mine": "b"}));
}

#[test]
fn the_namespace_is_made_when_that_is_asked_for() {
    let bench = Bench::new();
    let mut chart = Chart::new("one", &[("a.yaml", &config_map("a", "b"))]);
    let run = |options: Options| {
        chart.with(|wanted| bench.run(converge(&bench.calls(), &Wanted { namespace: "new", options, ..wanted })))
    };
    let undone = run(Options::default()).unwrap_err();
    assert_eq!(undone.error.kind, ErrorKind::NotFound, "{}", undone.error);
    run(Options { create_namespace: true, ..Options::default() }).unwrap();
    assert_eq!(bench.get("/api/v1/namespaces/new").unwrap()["metadata"]["labels"]["name"], "new");
    chart.inputs = "two".to_owned();
}

#[test]
fn a_failed_upgrade_says_why_and_the_next_one_mends_it() {
    let bench = Bench::new();
    bench.converge(&web("one", "example.org/web:1")).unwrap();
    let undone = bench.converge(&web("two", "example.org/does-not-exist:2")).unwrap_err();
    assert!(undone.begun && undone.error.message.contains("ImagePull"), "{}", undone.error);
    assert_eq!(bench.statuses(), [(1, Status::Deployed), (2, Status::Failed)]);
    let latest = bench.found().unwrap().release;
    assert!(latest.description().starts_with("Upgrade \"web\" failed: "), "{}", latest.description());
    bench.converge(&web("three", "example.org/web:3")).unwrap();
    assert_eq!(bench.statuses(), [(1, Status::Superseded), (2, Status::Failed), (3, Status::Deployed)]);
    // What only the failed one had is gone as well.
    let maps: Vec<_> = bench.picture().into_keys().filter(|key| key.contains("only-")).collect();
    assert_eq!(maps, ["ConfigMap demo/only-three"]);
}

#[test]
fn a_failed_upgrade_goes_back_when_told() {
    let bench = Bench::new();
    bench.converge(&web("one", "example.org/web:1")).unwrap();
    let broken = web("two", "example.org/does-not-exist:2");
    let broken = Chart { options: Options { rollback_on_failure: true, ..broken.options }, ..broken };
    let undone = bench.converge(&broken).unwrap_err();
    assert!(undone.error.message.ends_with("the release is as it was in revision 1 again"), "{}", undone.error);
    assert_eq!(bench.statuses(), [(1, Status::Superseded), (2, Status::Failed), (3, Status::Deployed)]);
    let latest = bench.found().unwrap();
    assert_eq!((latest.release.description(), latest.release.rollback_revision()), ("Rollback to 1", Some(1)));
    assert_eq!(latest.inputs(), Some("one"));
    assert_eq!(bench.get(SETTINGS).unwrap()["data"]["a"], "one");
    assert!(!bench.picture().contains_key("ConfigMap demo/only-two"));
}

#[test]
fn a_failed_installation_is_taken_away_when_told() {
    let bench = Bench::new();
    let before = bench.picture();
    let broken = Chart::new("one", &[("deployment.yaml", &deployment("example.org/does-not-exist:1"))]);
    let undone = bench.converge(&broken).unwrap_err();
    assert_eq!(bench.statuses(), [(1, Status::Failed)], "{}", undone.error);
    bench.uninstall(CustomResources::Refuse).unwrap();
    let broken = Chart { options: Options { rollback_on_failure: true, ..broken.options }, ..broken };
    let undone = bench.converge(&broken).unwrap_err();
    assert!(undone.error.message.ends_with("has been taken away again"), "{}", undone.error);
    assert_eq!((bench.statuses(), bench.picture()), (vec![], before));
}

#[test]
fn a_hook_that_fails_stops_everything() {
    let bench = Bench::new();
    let policy = "    helm.sh/hook-delete-policy: hook-failed\n    helm.sh/hook-output-log-policy: hook-failed\n";
    let chart = Chart::new(
        "one",
        &[("a.yaml", &config_map("a", "b")), ("h.yaml", &hook("check", "pre-install", policy, "example.org/crash:1"))],
    );
    let undone = bench.converge(&chart).unwrap_err();
    let said = &undone.error.message;
    assert!(
        said.contains("pre-install hook web/templates/h.yaml failed") && said.contains("BackoffLimitExceeded"),
        "{said}"
    );
    assert_eq!(bench.statuses(), [(1, Status::Failed)]);
    let picture = bench.picture();
    assert!(!picture.contains_key("ConfigMap demo/a") && !picture.contains_key("Job demo/check"));
    let without = Chart { options: Options { disable_hooks: true, ..chart.options }, ..chart };
    assert_eq!(bench.converge(&without).unwrap().revision, 2);
}

#[test]
fn old_revisions_are_forgotten() {
    let bench = Bench::new();
    for number in 1..6 {
        let chart = Chart::new(&number.to_string(), &[("a.yaml", &config_map("a", &number.to_string()))]);
        bench.converge(&Chart { options: Options { history_max: 3, ..chart.options }, ..chart }).unwrap();
    }
    assert_eq!(bench.statuses(), [(3, Status::Superseded), (4, Status::Superseded), (5, Status::Deployed)]);
}

#[test]
fn a_release_goes_back_to_what_it_was() {
    let bench = Bench::new();
    bench.converge(&web("one", "example.org/web:1")).unwrap();
    bench.converge(&web("two", "example.org/web:2")).unwrap();
    let back = |to: u64| bench.run(rollback(&bench.calls(), ("demo", "web"), owner(), to, Options::default()));
    assert_eq!(back(7).unwrap_err().error.message, "release web has no revision 7 any more; it has 1, 2");
    let made = back(1).unwrap();
    assert_eq!((made.revision, made.action), (3, Action::RolledBack));
    assert_eq!(bench.get(SETTINGS).unwrap()["data"]["a"], "one");
    let found = bench.found().unwrap();
    assert_eq!((found.release.description(), found.inputs()), ("Rollback to 1", Some("one")));
    assert_eq!(bench.converge(&web("one", "example.org/web:1")).unwrap().action, Action::Repaired);
}

#[test]
fn what_is_to_be_kept_is_kept_and_told() {
    let bench = Bench::new();
    let kept = config_map("data", "a")
        .replace("  name: data\n", "  name: data\n  annotations: { helm.sh/resource-policy: keep }\n");
    bench.converge(&Chart::new("one", &[("a.yaml", &kept), ("b.yaml", &config_map("b", "c"))])).unwrap();
    let made = bench.converge(&Chart::new("two", &[("b.yaml", &config_map("b", "c"))])).unwrap();
    let told: Vec<_> = made.kept.iter().map(|kept| kept.id.to_string()).collect();
    assert_eq!(told, ["ConfigMap demo/data"]);
    assert!(bench.picture().contains_key("ConfigMap demo/data"));
}

#[test]
fn a_record_that_no_secret_can_hold_is_refused_before_anything_is_done() {
    let bench = Bench::new();
    let mut noise = String::new();
    let mut state = 1_u64;
    while noise.len() < 3 << 20 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        noise.push_str(&format!("{:x}", state >> 16));
    }
    let before = bench.changes().len();
    let undone = bench.converge(&Chart::new("one", &[("a.yaml", &config_map("a", &noise))])).unwrap_err();
    assert!(!undone.begun && undone.error.message.contains("1024"), "{}", undone.error);
    assert_eq!(bench.changes().len(), before);
}

#[test]
fn a_cluster_says_what_it_can_do() {
    let bench = Bench::new();
    let found = bench.run(capabilities(&bench.calls())).unwrap();
    assert!(found.kube_version.starts_with("v1.34"), "{}", found.kube_version);
    for version in ["v1", "v1/Pod", "apps/v1", "apps/v1/Deployment", "autoscaling/v2"] {
        assert!(found.api_versions.contains(version), "{version}: {:?}", found.api_versions);
    }
}
