//! The helm command on the clusters that releases are installed in.

use std::path::PathBuf;
use std::process::Command;

use crate::support::cluster::Cluster;
use crate::support::served::counterpart;

/// The helm command, with the cluster's kubeconfig and a home of its own.
pub struct Helm<'c> {
    program: PathBuf,
    cluster: &'c Cluster,
    home: tempfile::TempDir,
}

impl<'c> Helm<'c> {
    fn new(cluster: &'c Cluster) -> Option<Self> {
        Some(Self { program: counterpart("helm")?, cluster, home: tempfile::tempdir().unwrap() })
    }

    /// Whether it succeeds, and everything it prints. Arguments are divided by spaces; `NAMESPACE` is the test's own.
    fn run(&self, arguments: &str) -> (bool, String) {
        let arguments = arguments.replace("NAMESPACE", &self.cluster.namespace);
        let place = &self.cluster.place;
        let mut command = Command::new(&self.program);
        command.args(arguments.split_whitespace()).current_dir(place.path(".")).env_clear();
        command.env("HOME", self.home.path()).env("KUBECONFIG", place.path("kubeconfig")).env("NO_PROXY", "127.0.0.1");
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.success(), format!("{}{}", text(&output.stdout), text(&output.stderr)))
    }

    fn does(&self, arguments: &str) -> String {
        let (succeeded, printed) = self.run(arguments);
        assert!(succeeded, "helm {arguments}: {printed}");
        printed
    }
}

fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

#[test]
fn helm_installs_the_stand_in_from_the_simulated_repository() {
    if counterpart("helm").is_none() {
        return;
    }
    let cluster = Cluster::start();
    let (Some(helm), Some(url)) = (Helm::new(&cluster), cluster.url()) else { return };
    helm.does(&format!("repo add kedacore {url}/charts"));
    has(&helm.does("search repo kedacore/keda --versions"), &["2.20.1", "2.18.1", "stand-in"]);
    let role = "--set podIdentity.aws.irsa.enabled=true,podIdentity.aws.irsa.roleArn=arn:aws:iam::1:role/keda";
    let wait = "-n NAMESPACE --wait --timeout 300s";
    let installed = helm.does(&format!("install keda kedacore/keda --version 2.18.1 --create-namespace {role} {wait}"));
    has(&installed, &["STATUS: deployed", "stand-in for KEDA 2.18.1"]);
    has(&helm.does("get manifest keda -n NAMESPACE"), &["eks.amazonaws.com/role-arn: arn:aws:iam::1:role/keda"]);
    let upgraded = helm.does(&format!("upgrade keda kedacore/keda --version 2.20.1 --reuse-values {wait}"));
    has(&upgraded, &["stand-in for KEDA 2.20.1", "REVISION: 2"]);
    helm.does(&format!("uninstall keda {wait}"));
    assert!(!helm.does("list -A").contains("keda"));
}

/// A chart beside the stack, and a release of it.
fn with_chart(cluster: &Cluster, more: &str) {
    let write = |name: &str, text: &str| cluster.place.write(&format!("stacks/trial-chart/{name}"), text);
    write("Chart.yaml", "{ apiVersion: v2, name: trial, version: 0.1.0, appVersion: v1 }");
    write("values.yaml", "{ colour: green, size: 1 }");
    write(
        "templates/settings.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { colour: {{ .Values.colour }}, size: {{ .Values.size | quote }} }\n",
    );
    cluster.stack(&format!(
        "  release:
    type: helm.release
{more}    spec:
      cluster: ${{here.connection}}
      name: trial
      namespace: NAMESPACE
      create_namespace: true
      chart: ./trial-chart
      values: {{ colour: red }}
"
    ));
}

#[test]
fn helm_works_on_what_was_installed_here_and_the_plan_sees_it() {
    if counterpart("helm").is_none() {
        return;
    }
    let cluster = Cluster::start();
    let Some(helm) = Helm::new(&cluster) else { return };
    with_chart(&cluster, "");
    cluster.apply();
    cluster.is_settled();
    has(&helm.does("list -n NAMESPACE"), &["trial", "deployed", "trial-0.1.0", "v1"]);
    has(&helm.does("status trial -n NAMESPACE"), &["STATUS: deployed", "REVISION: 1"]);
    has(&helm.does("get manifest trial -n NAMESPACE"), &["# Source: trial/templates/settings.yaml", "colour: red"]);
    has(&helm.does("get values trial -n NAMESPACE"), &["colour: red"]);
    has(&helm.does("get values trial -n NAMESPACE --all"), &["colour: red", "size: 1"]);
    has(&helm.does("history trial -n NAMESPACE"), &["1 ", "deployed", "Install complete"]);
    // What helm changes is a difference, and an apply puts it back.
    helm.does("upgrade trial stacks/trial-chart -n NAMESPACE --set colour=blue");
    cluster.expect(2, "plan --detailed-exitcode");
    cluster.apply();
    cluster.is_settled();
    has(&helm.does("get values trial -n NAMESPACE"), &["colour: red"]);
    has(&helm.does("history trial -n NAMESPACE"), &["1 ", "2 ", "3 ", "superseded", "deployed"]);
    // So is what helm goes back to.
    helm.does("rollback trial 2 -n NAMESPACE");
    has(&helm.does("get values trial -n NAMESPACE"), &["colour: blue"]);
    cluster.expect(2, "plan --detailed-exitcode");
    cluster.apply();
    cluster.is_settled();
    cluster.expect(0, "destroy --auto-approve");
    assert!(!helm.does("list -A").contains("trial"));
}

#[test]
fn what_helm_installed_is_adopted_as_it_is() {
    if counterpart("helm").is_none() {
        return;
    }
    let cluster = Cluster::start();
    let Some(helm) = Helm::new(&cluster) else { return };
    with_chart(&cluster, "    adopt: true\n");
    helm.does("install trial stacks/trial-chart -n NAMESPACE --create-namespace --set colour=red");
    cluster.apply();
    cluster.is_settled();
    let history = helm.does("history trial -n NAMESPACE");
    assert_eq!(history.lines().count(), 2, "adopting made no revision: {history}");
    has(&helm.does("list -n NAMESPACE"), &["trial", "deployed"]);
}
