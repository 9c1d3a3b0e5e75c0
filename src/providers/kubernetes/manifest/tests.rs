use super::*;
use crate::value::Kind as ValueKind;
use crate::value::SealKey;
use proptest::prelude::*;

fn yaml(text: &str) -> Value {
    Value::from(serde_yaml::from_str::<serde_json::Value>(text).unwrap())
}

fn told(text: &str) -> Vec<String> {
    check(&yaml(text)).into_iter().map(|finding| format!("{} {}", finding.code, finding.path)).collect()
}

const DEPLOYMENT: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata:
  name: worker
  namespace: demo
  labels: {app.kubernetes.io/name: worker, empty: ""}
  annotations: {example.com/note: "any text, of any kind: ✓"}
spec:
  replicas: 3
  selector: {matchLabels: {app: worker}}
  template:
    metadata: {labels: {app: worker}}
    spec: {containers: [{name: worker, image: "worker:1"}]}
"#;

#[test]
fn right_manifests_pass() {
    let right = [
        DEPLOYMENT,
        "{apiVersion: v1, kind: Namespace, metadata: {name: demo}}",
        "{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: demo}, type: Opaque, data: {a: aHVudGVyMg==}, stringData: {b: text}, immutable: true}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: demo}, data: {a.txt: text}, binaryData: {b: AAE=}}",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: 'system:x'}, rules: [], aggregationRule: {}}",
        "{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: worker, namespace: demo}, spec: {}}",
        "{apiVersion: example.com/v1, kind: Widget, metadata: {name: no-namespace-known}, spec: {}, settings: {}}",
        "{apiVersion: example.com/v1, kind: Widget, metadata: {name: w, namespace: demo}, spec: {}}",
        "{apiVersion: example.com/v1, kind: SharingList, metadata: {name: w}, spec: {}}",
        "{apiVersion: autoscaling/v1, kind: HorizontalPodAutoscaler, metadata: {name: w, namespace: demo}, spec: {}}",
        "{apiVersion: autoscaling/v3, kind: HorizontalPodAutoscaler, metadata: {name: w, namespace: demo}, spec: {}}",
        "{apiVersion: admissionregistration.k8s.io/v1beta1, kind: MutatingAdmissionPolicy, metadata: {name: m}, spec: {}}",
        "{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: v1beta1.external.metrics.k8s.io}, spec: {group: external.metrics.k8s.io, version: v1beta1}}",
        "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: widgets.example.com}, spec: {group: example.com, names: {plural: widgets}}}",
        // What `kubectl create --dry-run` prints.
        "{apiVersion: v1, kind: Namespace, metadata: {name: demo, creationTimestamp: null}, status: null}",
    ];
    for manifest in right {
        assert_eq!(check(&yaml(manifest)), [], "{manifest}");
    }
}

/// One mistake each: what replaces what in the deployment above, and what is told.
#[test]
fn one_mistake_is_told_once_and_at_its_place() {
    let cases = [
        ("apiVersion: apps/v1", "", "kubernetes/missing-field "),
        ("apiVersion: apps/v1", "apiversion: apps/v1", "kubernetes/unknown-field apiversion"),
        ("apiVersion: apps/v1", "apiVersion: 1", "kubernetes/wrong-type apiVersion"),
        ("apiVersion: apps/v1", "apiVersion: v1", "kubernetes/wrong-api-version apiVersion"),
        ("apiVersion: apps/v1", "apiVersion: apps/v1alpha1", "kubernetes/wrong-api-version apiVersion"),
        ("apiVersion: apps/v1", "apiVersion: apps/v1/x", "kubernetes/invalid-api-version apiVersion"),
        ("apiVersion: apps/v1", "apiVersion: /v1", "kubernetes/invalid-api-version apiVersion"),
        ("apiVersion: apps/v1", "apiVersion: extensions/v1beta1", "kubernetes/removed-version apiVersion"),
        ("kind: Deployment", "", "kubernetes/missing-field "),
        ("kind: Deployment", "kind: Deploment", "kubernetes/unknown-kind kind"),
        ("kind: Deployment", "kind: deployment", "kubernetes/unknown-kind kind"),
        ("kind: Deployment", "kind: DeploymentList", "kubernetes/list kind"),
        ("kind: Deployment", "kind: List", "kubernetes/list kind"),
        ("  name: worker\n  namespace", "  namespace", "kubernetes/missing-field metadata"),
        ("  name: worker\n  namespace", "  nmae: worker\n  namespace", "kubernetes/unknown-field metadata.nmae"),
        ("  name: worker\n  namespace", "  name: 5\n  namespace", "kubernetes/wrong-type metadata.name"),
        ("  name: worker\n  namespace", "  name: My_Worker\n  namespace", "kubernetes/invalid-name metadata.name"),
        (
            "  name: worker\n  namespace",
            "  generateName: w-\n  namespace",
            "kubernetes/generate-name metadata.generateName",
        ),
        ("  namespace: demo", "", "kubernetes/namespace-missing metadata"),
        ("  namespace: demo", "  namespace: Demo", "kubernetes/invalid-name metadata.namespace"),
        ("  namespace: demo", "  namespace: null", "kubernetes/namespace-missing metadata"),
        ("namespace: demo", "namespace: demo\n  uid: x", "kubernetes/server-set-field metadata.uid"),
        (
            "namespace: demo",
            "namespace: demo\n  managedFields: []",
            "kubernetes/server-set-field metadata.managedFields",
        ),
        ("namespace: demo", "namespace: demo\n  lables: {}", "kubernetes/unknown-field metadata.lables"),
        ("empty: \"\"", "empty: 5", "kubernetes/not-a-string metadata.labels.empty"),
        ("empty: \"\"", "empty: null", "kubernetes/not-a-string metadata.labels.empty"),
        ("empty: \"\"", "empty: a b", "kubernetes/invalid-label metadata.labels.empty"),
        ("empty: \"\"", "-x: a", "kubernetes/invalid-label metadata.labels.-x"),
        ("empty: \"\"", "tidegate/stack: a", "kubernetes/reserved-mark metadata.labels.tidegate/stack"),
        ("\"any text, of any kind: ✓\"", "true", "kubernetes/not-a-string metadata.annotations[\"example.com/note\"]"),
        (
            "example.com/note",
            "kubectl.kubernetes.io/last-applied-configuration",
            "kubernetes/server-set-field metadata.annotations[\"kubectl.kubernetes.io/last-applied-configuration\"]",
        ),
        ("spec:\n  replicas", "specs:\n  replicas", "kubernetes/unknown-field specs"),
        ("spec:\n  replicas", "status: {}\nspec:\n  replicas", "kubernetes/server-set-field status"),
        ("spec:\n  replicas", "data: {}\nspec:\n  replicas", "kubernetes/unknown-field data"),
    ];
    for (right, wrong, expected) in cases {
        let text = DEPLOYMENT.replacen(right, wrong, 1);
        assert_ne!(text, DEPLOYMENT, "{right}");
        assert_eq!(told(&text), [expected], "{wrong}");
    }
}

#[test]
fn other_kinds_have_rules_of_their_own() {
    let cases = [
        ("[]", "kubernetes/wrong-type "),
        ("{apiVersion: v1, kind: Namespace, metadata: {name: a.b}}", "kubernetes/invalid-name metadata.name"),
        (
            "{apiVersion: v1, kind: Namespace, metadata: {name: a, namespace: a}}",
            "kubernetes/namespace-not-allowed metadata.namespace",
        ),
        (
            "{apiVersion: v1, kind: Service, metadata: {name: 1a, namespace: a}}",
            "kubernetes/invalid-name metadata.name",
        ),
        (
            "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: widgets}, spec: {group: example.com, names: {plural: widgets}}}",
            "kubernetes/invalid-name metadata.name",
        ),
        (
            "{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: v1.example.com}, spec: {group: example.com, version: v2}}",
            "kubernetes/invalid-name metadata.name",
        ),
        ("{apiVersion: v1, kind: Namespace, metadata: a}", "kubernetes/wrong-type metadata"),
        ("{apiVersion: v1, kind: Namespace}", "kubernetes/missing-field "),
        ("{apiVersion: v1, kind: Namespace, metdata: {name: a}}", "kubernetes/unknown-field metdata"),
        (
            "{apiVersion: example.com/v1, kind: Widget, metadata: {name: a}, specs: {}}",
            "kubernetes/unknown-field specs",
        ),
        ("{apiVersion: example.com/v1, kind: WidgetList, items: []}", "kubernetes/list kind"),
        ("{apiVersion: keda.sh/v1, kind: ScaledObjct, metadata: {name: a}, spec: {}}", "kubernetes/unknown-kind kind"),
        (
            "{apiVersion: v1, kind: Secret, metadata: {name: a, namespace: a}, data: {a: hunter2}}",
            "kubernetes/not-base64 data.a",
        ),
        (
            "{apiVersion: v1, kind: Secret, metadata: {name: a, namespace: a}, stringData: {a: 5}}",
            "kubernetes/not-a-string stringData.a",
        ),
        (
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: a}, data: {a: 5}}",
            "kubernetes/not-a-string data.a",
        ),
        (
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: a}, data: {a/b: x}}",
            "kubernetes/invalid-key data.a/b",
        ),
        (
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: a}, data: {a: x}, binaryData: {a: AAE=}}",
            "kubernetes/invalid-key binaryData.a",
        ),
    ];
    for (manifest, expected) in cases {
        assert_eq!(told(manifest), [expected], "{manifest}");
    }
}

#[test]
fn what_makes_pods_is_checked() {
    let image = "image: \"worker:1\"";
    let env = |value: &str| format!("{image}, env: [{{name: PORT, value: {value}}}]");
    let variable = "kubernetes/not-a-string spec.template.spec.containers[0].env[0].value";
    let cases = [
        ("  selector: {matchLabels: {app: worker}}", "", "kubernetes/missing-field spec"),
        (
            "{matchLabels: {app: worker}}",
            "{matchLabels: {app: other}}",
            "kubernetes/selector-mismatch spec.selector.matchLabels.app",
        ),
        (
            "{matchLabels: {app: worker}}",
            "{matchLabels: {a: b}}",
            "kubernetes/selector-mismatch spec.selector.matchLabels.a",
        ),
        (
            "metadata: {labels: {app: worker}}",
            "metadata: {labels: {app: worker, v: 1}}",
            "kubernetes/not-a-string spec.template.metadata.labels.v",
        ),
        (
            "metadata: {labels: {app: worker}}",
            "metadata: {labels: {app: worker}, annotations: {scrape: true}}",
            "kubernetes/not-a-string spec.template.metadata.annotations.scrape",
        ),
        ("    metadata: {labels: {app: worker}}\n", "", "kubernetes/selector-mismatch spec.selector.matchLabels.app"),
        (image, &env("8080"), variable),
        (image, &env("true"), variable),
        (image, "}, {name: worker", "kubernetes/duplicate spec.template.spec.containers[1].name"),
    ];
    for (right, wrong, expected) in cases {
        let text = DEPLOYMENT.replacen(right, wrong, 1);
        assert_ne!(text, DEPLOYMENT, "{right}");
        assert_eq!(told(&text), [expected], "{wrong}");
    }
    for right in [env("\"8080\""), env("null"), format!("{image}, env: [{{name: A, valueFrom: {{}}}}]")] {
        assert_eq!(told(&DEPLOYMENT.replacen(image, &right, 1)), [""; 0], "{right}");
    }
    let job = |policy: &str| {
        told(&format!(
            "{{apiVersion: batch/v1, kind: Job, metadata: {{name: a, namespace: a}}, spec: {{template: {{spec: {{{policy}}}}}}}}}"
        ))
    };
    assert_eq!(job("restartPolicy: Never"), [""; 0]);
    assert_eq!(job(""), ["kubernetes/restart-policy spec.template.spec"]);
    assert_eq!(job("restartPolicy: Always"), ["kubernetes/restart-policy spec.template.spec.restartPolicy"]);
    let cron = "{apiVersion: batch/v1, kind: CronJob, metadata: {name: a, namespace: a}, spec: {jobTemplate: {spec: {template: {spec: {containers: []}}}}}}";
    assert_eq!(told(cron), ["kubernetes/restart-policy spec.jobTemplate.spec.template.spec"]);
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: a}, spec: {containers: [{name: a, env: [{name: A, value: 1.5}]}]}}";
    assert_eq!(told(pod), ["kubernetes/not-a-string spec.containers[0].env[0].value"]);
}

#[test]
fn findings_say_what_to_write() {
    let cases = [
        ("empty: \"\"", "empty: 5", "put it in quotes: `\"5\"`"),
        ("empty: \"\"", "empty: true", "put it in quotes: `\"true\"`"),
        ("  name: worker", "  name: My_Worker", "write `my-worker`"),
        ("spec:", "specs:", "did you mean `spec`?"),
        ("apps/v1", "extensions/v1beta1", "write `apiVersion: apps/v1`, and see what changed in its fields"),
        ("apps/v1", "v1", "a Deployment is of `apiVersion: apps/v1`"),
        ("Deployment", "deployment", "did you mean `Deployment`?"),
    ];
    for (right, wrong, help) in cases {
        let findings = check(&yaml(&DEPLOYMENT.replacen(right, wrong, 1)));
        assert_eq!(findings[0].help.as_deref(), Some(help), "{wrong}");
    }
}

#[test]
fn secrets_are_judged_and_not_quoted() {
    let text =
        "{apiVersion: v1, kind: Secret, metadata: {name: a, namespace: a}, stringData: {a: text}, data: {b: text}}";
    let with = |path: &str, leaf: Value| {
        let Value::Map(mut fields) = yaml(text) else { panic!() };
        let (field, key) = path.split_once('.').unwrap();
        let Some(Value::Map(entries)) = fields.get_mut(field) else { panic!() };
        entries.insert(key.to_owned(), leaf);
        check(&Value::Map(fields)).into_iter().filter(|finding| finding.path.to_string() == path).collect::<Vec<_>>()
    };
    let sealed = Value::from("x").into_secret().seal(&SealKey::from_bytes([1; 32]));
    for right in [Value::from("hunter2").into_secret(), Value::Unknown(ValueKind::Any), sealed] {
        assert_eq!(with("stringData.a", right), []);
    }
    let number = with("stringData.a", Value::from(31337).into_secret());
    assert_eq!(number[0].code, "kubernetes/not-a-string");
    let encoded = with("data.b", Value::from("hunter 2").into_secret());
    assert_eq!(encoded[0].code, "kubernetes/not-base64");
    let name = with("metadata.name", Value::from("hunter2").into_secret());
    assert_eq!(name[0].code, "kubernetes/secret-identity");
    assert!(!format!("{number:?} {encoded:?} {name:?}").contains("hunter") && !format!("{number:?}").contains("31337"));
}

#[test]
fn what_is_unknown_may_still_be_right() {
    let Value::Map(fields) = yaml(DEPLOYMENT) else { panic!() };
    let mut pods = fields.clone();
    let Some(Value::Map(spec)) = pods.get_mut("spec") else { panic!() };
    spec.insert("template".to_owned(), Value::Unknown(ValueKind::Map));
    assert_eq!(check(&Value::Map(pods)), []);
    for path in ["apiVersion", "kind", "metadata", "spec"] {
        let Value::Map(mut fields) = yaml(DEPLOYMENT) else { panic!() };
        fields.insert(path.to_owned(), Value::Unknown(ValueKind::Any));
        assert_eq!(check(&Value::Map(fields)), [], "{path}");
    }
    assert_eq!(check(&Value::Unknown(ValueKind::Map)), []);
}

fn any_manifest_part() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Integer),
        ".*".prop_map(Value::String),
        Just(Value::Unknown(ValueKind::String)),
        ".*".prop_map(|text| Value::from(text).into_secret()),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let keys = "[a-z./-]{0,6}|name|namespace|labels|annotations|generateName";
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            proptest::collection::btree_map(keys, inner, 0..4).prop_map(Value::Map),
        ]
    })
}

proptest! {
    #[test]
    fn no_manifest_panics(value in any_manifest_part(), key in "apiVersion|kind|metadata|status|specs") {
        let Value::Map(mut fields) = yaml(DEPLOYMENT) else { panic!() };
        fields.insert(key, value.clone());
        check(&Value::Map(fields));
        check(&value);
    }
}
