//! Releases that helm made, or is at.

use super::*;
use crate::providers::helm::operation::converge::{IN_PROGRESS, RELEASE_EXISTS};
use crate::providers::helm::release::{Record, Stored};

const SETTINGS: &str = "/api/v1/namespaces/demo/configmaps/settings";

fn chart(value: &str) -> Chart {
    Chart::new(value, &[("settings.yaml", &config_map("settings", value))])
}

/// A record as helm leaves it, with no mark of ours.
fn helms(bench: &Bench, revision: u64, status: Status, chart: &Chart, method: &str) {
    chart.with(|wanted| {
        let mut record = Record::new("web", "demo", revision, Duration::from_secs(1_700_000_000));
        crate::providers::helm::operation::install::fill(&mut record, &wanted);
        record.set_status(status, "by helm");
        let mut text = record.encode().unwrap();
        if method != "ssa" {
            text = without_method(&text);
        }
        let stored = Stored::new(Record::decode(&text).unwrap(), Duration::from_secs(1_700_000_000));
        bench.run(records::create(&bench.calls(), stored)).unwrap();
    });
}

/// A record in plain JSON, of a Helm that had no other way to apply.
fn without_method(text: &str) -> String {
    use base64::Engine as _;
    use std::io::Read as _;
    let bytes = base64::prelude::BASE64_STANDARD.decode(text).unwrap();
    let mut plain = String::new();
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut plain).unwrap();
    base64::prelude::BASE64_STANDARD.encode(plain.replace("\"apply_method\":\"ssa\",", ""))
}

/// The settings as Helm 3 makes them: by an update, marked as the release's.
fn settings_of_helm_3(bench: &Bench, data: Json) {
    let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": data, "metadata": {"name": "settings",
        "labels": {"app.kubernetes.io/managed-by": "Helm"},
        "annotations": {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "demo"}}});
    let collection = "/api/v1/namespaces/demo/configmaps";
    bench.run(bench.calls().create(collection, &object, crate::providers::kubernetes::Manager::Helm)).unwrap();
}

#[test]
fn a_release_of_others_is_refused_and_can_be_adopted() {
    let bench = Bench::new();
    bench.converge(&chart("one")).unwrap();
    let theirs =
        Chart { owner: Owner { stack: "video".parse().unwrap(), address: "web".parse().unwrap() }, ..chart("one") };
    let undone = bench.converge(&theirs).unwrap_err();
    assert_eq!((undone.begun, undone.error.code.as_deref()), (false, Some(RELEASE_EXISTS)));
    assert!(undone.error.message.ends_with("which belongs to stack shop, web"), "{}", undone.error);
    let adopting = Chart { options: Options { adopt: true, ..theirs.options }, ..theirs };
    let made = bench.converge(&adopting).unwrap();
    assert_eq!((made.revision, made.action), (1, Action::Repaired));
    assert_eq!(bench.history().latest().unwrap().stack(), Some("video"));
}

#[test]
fn what_helm_installed_the_same_is_adopted_without_a_new_revision() {
    let bench = Bench::new();
    settings_of_helm_3(&bench, json!({"a": "one"}));
    helms(&bench, 1, Status::Deployed, &chart("one"), "");
    let adopting = Chart { options: Options { adopt: true, ..Options::default() }, ..chart("one") };
    assert_eq!(bench.converge(&adopting).unwrap().action, Action::Repaired);
    let found = bench.found().unwrap();
    assert_eq!((found.inputs(), found.history.latest().unwrap().stack()), (Some("one"), Some("shop")));
    assert_eq!(bench.statuses(), [(1, Status::Deployed)]);
    let managers = bench.get(SETTINGS).unwrap()["metadata"]["managedFields"].clone();
    assert_eq!(managers.as_array().map(Vec::len), Some(1), "{managers}");
    assert_eq!(managers[0]["operation"], "Apply");
}

#[test]
fn what_a_chart_drops_goes_even_if_helm_3_made_it() {
    let bench = Bench::new();
    settings_of_helm_3(&bench, json!({"a": "one", "dropped": "x"}));
    let before = Chart::new("one", &[("settings.yaml", &format!("{}  dropped: x\n", config_map("settings", "one")))]);
    helms(&bench, 1, Status::Deployed, &before, "");
    bench.patch(SETTINGS, json!({"data": {"theirs": "y"}}));
    let adopting = Chart { options: Options { adopt: true, ..Options::default() }, ..chart("two") };
    let made = bench.converge(&adopting).unwrap();
    assert_eq!((made.revision, made.action), (2, Action::Upgraded));
    assert_eq!(bench.get(SETTINGS).unwrap()["data"], json!({"a": "two", "theirs": "y"}));
    use crate::providers::helm::release::ApplyMethod;
    assert_eq!(bench.found().unwrap().release.apply_method(), ApplyMethod::ServerSide);
}

#[test]
fn what_helm_is_at_is_left_to_it() {
    let adopt = Options { adopt: true, ..Options::default() };
    let cases = [
        (1, Status::PendingInstall, "helm uninstall web --namespace demo"),
        (2, Status::PendingUpgrade, "helm rollback web 1 --namespace demo"),
        (2, Status::PendingRollback, "helm rollback web 1 --namespace demo"),
        (2, Status::Uninstalling, "helm uninstall web --namespace demo"),
    ];
    for (revision, status, way_out) in cases {
        let bench = Bench::new();
        if revision > 1 {
            helms(&bench, 1, Status::Deployed, &chart("one"), "ssa");
        }
        helms(&bench, revision, status, &chart("two"), "ssa");
        let from = bench.changes().len();
        let undone = bench.converge(&Chart { options: adopt, ..chart("three") }).unwrap_err();
        assert_eq!((undone.begun, undone.error.code.as_deref()), (false, Some(IN_PROGRESS)), "{status}");
        let hint = undone.error.hint.unwrap();
        assert!(hint.contains(way_out) && hint.contains(&format!("sh.helm.release.v1.web.v{revision}")), "{hint}");
        assert_eq!(bench.uninstall(CustomResources::Refuse).unwrap_err().code.as_deref(), Some(IN_PROGRESS));
        assert_eq!(bench.changes().len(), from, "nothing was changed");
        assert!(bench.found().unwrap().unfinished.is_some_and(|one| one.status == status && !one.is_by(owner())));
    }
}

#[test]
fn what_helm_upgraded_is_brought_back_to_what_is_wanted() {
    let bench = Bench::new();
    bench.converge(&chart("one")).unwrap();
    let mut first = bench.history().latest().unwrap().clone();
    first.record.set_status(Status::Superseded, "");
    first.annotations.clear();
    bench.run(records::update(&bench.calls(), &mut first)).unwrap();
    helms(&bench, 2, Status::Deployed, &chart("two"), "ssa");
    let path = "/api/v1/namespaces/demo/secrets/sh.helm.release.v1.web.v2";
    bench.patch(path, json!({"metadata": {"labels": {"tidegate/stack": "shop"}}}));
    let made = bench.converge(&chart("one")).unwrap();
    assert_eq!((made.revision, made.action), (3, Action::Upgraded));
}

#[test]
fn a_release_whose_history_helm_kept_is_installed_anew() {
    let bench = Bench::new();
    helms(&bench, 3, Status::Uninstalled, &chart("one"), "ssa");
    assert!(bench.found().is_none());
    let made = bench.converge(&chart("two")).unwrap();
    assert_eq!((made.revision, made.action), (4, Action::Installed));
}
