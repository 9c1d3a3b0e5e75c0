//! Objects on a cluster, from a stack to its API server and back. Every test here passes on any real API server too:
//! `TIDEGATE_TEST_KUBECONFIG` names its kubeconfig.

use serde_json::json;

use crate::support::cluster::Cluster;

const NAMESPACE: &str = "
  home: { type: kubernetes.namespace, spec: { cluster: \"${here.connection}\", name: NAMESPACE, labels: { team: video } } }
";

fn object(name: &str, manifest: &str) -> String {
    let manifest = manifest.trim_end().replace('\n', "\n        ");
    format!(
        "  {name}:\n    type: kubernetes.object\n    spec:\n      cluster: ${{here.connection}}\n      wait: false\n      manifest:\n        {manifest}\n"
    )
}

fn settings(data: &str) -> String {
    object(
        "settings",
        &format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: settings, namespace: NAMESPACE }}\ndata: {data}"),
    )
}

fn worker(replicas: u32, image: &str) -> String {
    let text = format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{ name: worker, namespace: NAMESPACE }}
spec:
  replicas: {replicas}
  selector: {{ matchLabels: {{ app: worker }} }}
  template:
    metadata: {{ labels: {{ app: worker }} }}
    spec:
      containers:
        - {{ name: worker, image: \"{image}\", resources: {{ requests: {{ cpu: 0.5, memory: 1024Mi }} }} }}"
    );
    object("worker", &text)
}

#[test]
fn objects_are_made_changed_and_deleted() {
    let cluster = Cluster::start();
    cluster.stack(&format!("{NAMESPACE}{}{}", settings("{ a: one, b: two }"), worker(0, "example.org/worker:1")));
    cluster.apply();
    cluster.is_settled();
    let made = cluster.get("v1 ConfigMap settings").unwrap();
    assert_eq!(made["data"], json!({"a": "one", "b": "two"}));
    assert_eq!(made["metadata"]["labels"]["tidegate/stack"], "it");
    assert_eq!(made["metadata"]["annotations"]["tidegate/address"], "settings");
    assert_eq!(
        cluster.get(&format!("v1 Namespace {}", cluster.namespace)).unwrap()["metadata"]["labels"]["team"],
        "video"
    );

    cluster.stack(&format!("{NAMESPACE}{}{}", settings("{ a: three }"), worker(0, "example.org/worker:2")));
    let plan = cluster.expect(2, "plan --detailed-exitcode");
    assert!(plan.stdout.contains("2 to update"), "{}", plan.stdout);
    cluster.apply();
    cluster.is_settled();
    assert_eq!(cluster.get("v1 ConfigMap settings").unwrap()["data"], json!({"a": "three"}));

    cluster.stack(NAMESPACE);
    cluster.apply();
    cluster.is_settled();
    assert_eq!(cluster.get("apps/v1 Deployment worker"), None);
    cluster.expect(0, "destroy --auto-approve");
    assert_eq!(cluster.get(&format!("v1 Namespace {}", cluster.namespace)), None);
}

#[test]
fn what_an_autoscaler_sets_is_no_drift_and_what_someone_edits_is() {
    let cluster = Cluster::start();
    cluster.stack(&format!("{NAMESPACE}{}", worker(1, "example.org/worker:1")));
    cluster.apply();
    cluster.scale("apps/v1 Deployment worker", 7);
    cluster.is_settled();

    // Another change leaves its number alone.
    cluster.stack(&format!("{NAMESPACE}{}", worker(1, "example.org/worker:2")));
    cluster.apply();
    let live = cluster.get("apps/v1 Deployment worker").unwrap();
    assert_eq!(live["spec"]["replicas"], 7);
    assert_eq!(live["spec"]["template"]["spec"]["containers"][0]["image"], "example.org/worker:2");

    // What belongs to no one is nobody's business, and what is ours is.
    cluster.edit("apps/v1 Deployment worker", &json!({"metadata": {"annotations": {"note": "x"}}}));
    cluster.is_settled();
    cluster.edit("apps/v1 Deployment worker", &json!({"metadata": {"labels": {"tidegate/stack": null}}}));
    let drift = cluster.expect(6, "drift");
    assert!(drift.stdout.contains("ownership marks are gone"), "{}", drift.stdout);
    cluster.apply();
    cluster.is_settled();
    cluster.expect(0, "destroy --auto-approve");
}

#[test]
fn a_field_of_another_manager_is_refused_by_name_and_taken_by_force() {
    let cluster = Cluster::start();
    cluster.stack(&format!("{NAMESPACE}{}", settings("{ a: one }")));
    cluster.apply();
    cluster.change("v1 ConfigMap settings", "someone", &json!({"data": {"a": "theirs"}}));
    let drift = cluster.expect(6, "drift");
    assert!(drift.stdout.contains("theirs"), "{}", drift.stdout);

    let plan = cluster.expect(2, "plan --detailed-exitcode");
    assert!(plan.all().contains("plan/refused") && plan.all().contains("someone"), "{}", plan.all());
    let refused = cluster.expect(1, "apply --auto-approve");
    for word in ["someone", ".data.a", "force_conflicts: true"] {
        assert!(refused.stderr.contains(word), "{word}\n{}", refused.stderr);
    }
    assert_eq!(cluster.get("v1 ConfigMap settings").unwrap()["data"]["a"], "theirs");

    let forced = settings("{ a: one }").replace("wait: false", "force_conflicts: true");
    cluster.stack(&format!("{NAMESPACE}{forced}"));
    cluster.apply();
    cluster.is_settled();
    assert_eq!(cluster.get("v1 ConfigMap settings").unwrap()["data"]["a"], "one");
    cluster.expect(0, "destroy --auto-approve");
}

#[test]
fn what_the_api_does_not_know_is_refused_with_its_place() {
    let cluster = Cluster::start();
    let slip = worker(1, "example.org/worker:1").replace("replicas:", "replica:");
    cluster.stack(&format!("{NAMESPACE}{slip}"));
    let refused = cluster.expect(5, "apply --auto-approve");
    assert!(refused.stderr.contains("replica"), "{}", refused.stderr);
    assert_eq!(cluster.get("apps/v1 Deployment worker"), None);
    cluster.expect(0, "destroy --auto-approve");
}

#[test]
fn a_kind_is_defined_and_used_in_one_apply() {
    let cluster = Cluster::start();
    let group = format!("g{}.tidegate.test", cluster.namespace.replace('-', ""));
    let definition = format!(
        "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{ name: gates.{group} }}
spec:
  group: {group}
  scope: Namespaced
  names: {{ kind: Gate, plural: gates, singular: gate, listKind: GateList }}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: {{ type: object, properties: {{ open: {{ type: boolean }} }} }}
"
    );
    cluster.place.write("stacks/kinds/gate.yaml", &definition);
    let gate = object(
        "gate",
        &format!(
            "apiVersion: {group}/v1\nkind: Gate\nmetadata: {{ name: main, namespace: NAMESPACE }}\nspec: {{ open: true }}"
        ),
    );
    // The definition comes after its use, and nothing says that it is needed.
    let kinds = "  kinds: { type: kubernetes.manifests, spec: { cluster: \"${here.connection}\", objects: \"${manifests('kinds')}\" } }\n";
    cluster.stack(&format!("{NAMESPACE}{gate}{kinds}"));
    cluster.apply();
    cluster.is_settled();
    assert_eq!(cluster.get(&format!("{group}/v1 Gate main")).unwrap()["spec"]["open"], true);
    cluster.expect(0, "destroy --auto-approve");
    assert_eq!(cluster.get(&format!("apiextensions.k8s.io/v1 CustomResourceDefinition gates.{group}")), None);
}

#[test]
fn what_others_made_is_left_alone_until_it_is_adopted() {
    let cluster = Cluster::start();
    cluster.stack(NAMESPACE);
    cluster.apply();
    cluster.change("v1 ConfigMap settings", "someone", &json!({"data": {"a": "one", "z": "theirs"}}));
    cluster.stack(&format!("{NAMESPACE}{}", settings("{ a: one, b: two }")));
    let refused = cluster.expect(1, "apply --auto-approve");
    assert!(refused.stderr.contains("adopt: true"), "{}", refused.stderr);

    let adopted = settings("{ a: one, b: two }").replace("  settings:\n", "  settings:\n    adopt: true\n");
    cluster.stack(&format!("{NAMESPACE}{adopted}"));
    cluster.apply();
    cluster.is_settled();
    assert_eq!(cluster.get("v1 ConfigMap settings").unwrap()["data"], json!({"a": "one", "b": "two", "z": "theirs"}));
    cluster.expect(0, "destroy --auto-approve");
}

#[test]
fn what_cannot_change_in_place_is_replaced() {
    let cluster = Cluster::start();
    cluster.stack(&format!("{NAMESPACE}{}", worker(0, "example.org/worker:1")));
    cluster.apply();
    let before = cluster.get("apps/v1 Deployment worker").unwrap()["metadata"]["uid"].clone();
    let other = worker(0, "example.org/worker:1").replace("app: worker", "app: other");
    cluster.stack(&format!("{NAMESPACE}{other}"));
    let plan = cluster.expect(2, "plan --detailed-exitcode");
    assert!(plan.stdout.contains("1 to replace") && plan.stdout.contains("selector"), "{}", plan.stdout);
    cluster.apply();
    cluster.is_settled();
    assert_ne!(cluster.get("apps/v1 Deployment worker").unwrap()["metadata"]["uid"], before);
    cluster.expect(0, "destroy --auto-approve");
}

#[test]
fn a_secret_is_nowhere_but_in_the_cluster() {
    let mut cluster = Cluster::start();
    let secret = object(
        "password",
        "apiVersion: v1\nkind: Secret\nmetadata: { name: password, namespace: NAMESPACE }\nstringData: { password: \"${vars.secret_word}\", user: me }",
    );
    let declare = |text: &str| format!("{text}variables: {{ secret_word: {{ type: string, secret: true }} }}\n");
    cluster.stack(&declare(&format!("{NAMESPACE}{secret}")));
    cluster.place.set("TIDEGATE_VAR_secret_word", "correct horse battery");
    let applied = cluster.apply();
    cluster.is_settled();
    assert_eq!(cluster.get("v1 Secret password").unwrap()["data"]["password"], "Y29ycmVjdCBob3JzZSBiYXR0ZXJ5");
    let files = cluster.place.files("state").into_values().collect::<String>();
    for text in [applied.all(), files] {
        assert!(!text.contains("correct horse") && !text.contains("Y29ycmVjdC"), "{text}");
    }
    cluster.edit("v1 Secret password", &json!({"stringData": {"password": "changed"}}));
    let drift = cluster.expect(6, "drift");
    assert!(drift.stdout.contains("password") && !drift.stdout.contains("changed\""), "{}", drift.stdout);
    // A key that is no longer wanted goes.
    let less = secret.replace(", user: me", "").replace("wait: false", "force_conflicts: true");
    cluster.stack(&declare(&format!("{NAMESPACE}{less}")));
    cluster.apply();
    cluster.is_settled();
    assert_eq!(cluster.get("v1 Secret password").unwrap()["data"], json!({"password": "Y29ycmVjdCBob3JzZSBiYXR0ZXJ5"}));
    cluster.expect(0, "destroy --auto-approve");
}
