use serde_json::json;

use super::*;

fn yaml(text: &str) -> Json {
    serde_yaml::from_str(text).unwrap()
}

fn applied() -> Json {
    yaml(
        r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker, namespace: demo, labels: {app: worker}}
spec:
  replicas: 2
  selector: {matchLabels: {app: worker}}
  template:
    metadata: {labels: {app: worker}}
    spec:
      hostNetwork: false
      volumes: []
      tolerations: [{key: spot, operator: Exists}]
      containers:
        - name: worker
          image: worker:1
          args: [--queue, jobs]
          ports: [{containerPort: 53}, {containerPort: 53, protocol: UDP}]
          resources: {requests: {cpu: 1000m, memory: 0.5Gi}}
        - {name: helper, image: "helper:1"}
"#,
    )
}

fn live() -> Json {
    yaml(
        r#"
apiVersion: apps/v1
kind: Deployment
metadata:
  name: worker
  namespace: demo
  uid: 6f9619ff-8b86-d011-b42d-00c04fc964ff
  labels: {app: worker, team: video}
  managedFields:
    - manager: tidegate
      operation: Apply
      fieldsV1:
        f:metadata: {f:labels: {f:app: {}}}
        f:spec:
          f:replicas: {}
          f:template:
            f:spec:
              f:tolerations: {}
              f:containers:
                'k:{"name":"worker"}':
                  .: {}
                  f:name: {}
                  f:args: {}
                  f:ports:
                    'k:{"containerPort":53,"protocol":"TCP"}': {.: {}, f:containerPort: {}}
                    'k:{"containerPort":53,"protocol":"UDP"}': {.: {}, f:containerPort: {}, f:protocol: {}}
                'k:{"name":"helper"}': {.: {}, f:name: {}, f:image: {}}
spec:
  replicas: 2
  revisionHistoryLimit: 10
  selector: {matchLabels: {app: worker}}
  template:
    metadata: {creationTimestamp: null, labels: {app: worker}}
    spec:
      restartPolicy: Always
      tolerations: [{key: spot, operator: Exists, effect: NoSchedule}]
      containers:
        - {name: injected, image: "mesh:1"}
        - {name: helper, image: "helper:1", imagePullPolicy: IfNotPresent}
        - name: worker
          image: worker:1
          args: [--queue, jobs]
          imagePullPolicy: IfNotPresent
          ports: [{containerPort: 53, protocol: UDP}, {containerPort: 53, protocol: TCP}]
          resources: {requests: {cpu: "1", memory: 512Mi}}
status: {replicas: 2}
"#,
    )
}

fn set(object: &mut Json, pointer: &str, value: Json) {
    *object.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
}

#[test]
fn what_was_only_defaulted_is_shown_as_written() {
    let normal = Normal::of(&applied(), &live());
    let spelled: Vec<_> = normal.entries().keys().map(String::as_str).collect();
    assert_eq!(
        spelled,
        [
            "spec.template.spec.containers[name=\"worker\"].resources.requests.cpu",
            "spec.template.spec.containers[name=\"worker\"].resources.requests.memory",
            "spec.template.spec.hostNetwork",
            "spec.template.spec.volumes",
        ]
    );
    assert_eq!(of(&live(), &applied(), &normal), Shown { manifest: applied(), given_up: Vec::new() });
    let back: Normal = serde_json::from_str(&serde_json::to_string(&normal).unwrap()).unwrap();
    assert_eq!(back, normal);
}

/// What somebody changes in the live object, and where it shows.
#[test]
fn what_somebody_changed_is_shown_as_it_is() {
    let spec = "/spec/template/spec";
    let cases = [
        ("/spec/replicas", json!(5), "/spec/replicas".to_owned(), Some(json!(5))),
        ("/metadata/labels/app", json!("x"), "/metadata/labels/app".to_owned(), Some(json!("x"))),
        (
            "/spec/template/spec/containers/2/image",
            json!("worker:2"),
            format!("{spec}/containers/0/image"),
            Some(json!("worker:2")),
        ),
        (
            "/spec/template/spec/containers/2/args",
            json!(["--queue"]),
            format!("{spec}/containers/0/args"),
            Some(json!(["--queue"])),
        ),
        (
            "/spec/template/spec/containers/2/args/1",
            json!("x"),
            format!("{spec}/containers/0/args"),
            Some(json!(["--queue", "x"])),
        ),
        (
            "/spec/template/spec/containers/2/resources/requests/cpu",
            json!("2"),
            format!("{spec}/containers/0/resources/requests/cpu"),
            Some(json!("2")),
        ),
        ("/spec/template/spec/tolerations/0/key", json!("x"), format!("{spec}/tolerations/0/key"), Some(json!("x"))),
        (
            "/spec/template/spec/tolerations",
            json!([{"key": "spot", "operator": "Exists"}, {"key": "x"}]),
            format!("{spec}/tolerations"),
            Some(json!([{"key": "spot", "operator": "Exists"}, {"key": "x"}])),
        ),
        ("/spec/template/spec", json!({"containers": []}), format!("{spec}/tolerations"), None),
        ("/spec/template/metadata", json!({}), "/spec/template/metadata/labels".to_owned(), None),
        ("/spec/template/spec/containers/1/name", json!("renamed"), format!("{spec}/containers/1"), None),
    ];
    let normal = Normal::of(&applied(), &live());
    for (at, value, shown_at, expected) in cases {
        let mut changed = live();
        set(&mut changed, at, value);
        let shown = of(&changed, &applied(), &normal);
        assert_ne!(shown.manifest, applied(), "{at}");
        assert_eq!(shown.manifest.pointer(&shown_at), expected.as_ref(), "{at}");
        assert!(shown.given_up.is_empty(), "{at}");
    }
    let mut changed = live();
    changed["spec"]["template"]["spec"]["hostNetwork"] = json!(true);
    assert_eq!(
        of(&changed, &applied(), &normal).manifest.pointer("/spec/template/spec/hostNetwork"),
        Some(&json!(true))
    );
}

#[test]
fn what_others_add_and_reorder_shows_nothing() {
    let normal = Normal::of(&applied(), &live());
    let mut other = live();
    other["spec"]["template"]["spec"]["containers"].as_array_mut().unwrap().reverse();
    other["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{"name": "A", "value": "b"}]);
    other["metadata"]["annotations"] = json!({"deployment.kubernetes.io/revision": "2"});
    assert_eq!(of(&other, &applied(), &normal).manifest, applied());
}

#[test]
fn replicas_that_are_scaled_by_someone_are_given_up() {
    let mut scaled = live();
    scaled["spec"]["replicas"] = json!(7);
    let entry = json!({"manager": "keda", "operation": "Update", "subresource": "scale",
        "fieldsV1": {"f:spec": {"f:replicas": {}}}});
    scaled["metadata"]["managedFields"].as_array_mut().unwrap().push(entry);
    let shown = of(&scaled, &applied(), &Normal::of(&applied(), &live()));
    assert_eq!(shown, Shown { manifest: applied(), given_up: vec!["spec.replicas".to_owned()] });
    assert_eq!(Normal::of(&applied(), &scaled), Normal::of(&applied(), &live()));
    let next = without(applied(), &shown.given_up);
    assert_eq!(next.pointer("/spec/replicas"), None);
    assert_eq!(next.pointer("/spec/selector"), applied().pointer("/spec/selector"));
}

#[test]
fn bundles_that_are_injected_are_given_up() {
    let written = |bundle: &str| {
        json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": "keda"},
            "webhooks": [{"name": "a.keda.sh", "clientConfig": {"caBundle": bundle, "service": {"name": "keda"}}}]})
    };
    let shown = of(&written("bmV3"), &written("Cg=="), &Normal::default());
    // Without managed fields, what names an element is not known.
    let expected = Shown { manifest: written("Cg=="), given_up: vec!["webhooks[0].clientConfig.caBundle".to_owned()] };
    assert_eq!(shown, expected);
    let mut live = written("bmV3");
    live["metadata"]["managedFields"] = json!([{"fieldsV1": {"f:webhooks": {"k:{\"name\":\"a.keda.sh\"}": {}}}}]);
    let shown = of(&live, &written("Cg=="), &Normal::default());
    assert_eq!(shown.given_up, ["webhooks[name=\"a.keda.sh\"].clientConfig.caBundle"]);
    let next = without(written("Cg=="), &shown.given_up);
    assert_eq!(next.pointer("/webhooks/0/clientConfig"), Some(&json!({"service": {"name": "keda"}})));
    assert_eq!(of(&written("Cg=="), &written("Cg=="), &Normal::default()).given_up, [""; 0]);

    let service = |bundle: &str| json!({"kind": "APIService", "spec": {"caBundle": bundle, "group": "g"}});
    assert_eq!(of(&service("bmV3"), &service("Cg=="), &Normal::default()).given_up, ["spec.caBundle"]);
}

#[test]
fn the_text_of_a_secret_is_shown_from_its_data() {
    let written = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"},
        "stringData": {"password": "hunter2", "both": "text"}, "data": {"token": "aHVu\ndGVyMg==", "both": "b2xk"}});
    let live = |password: &str| {
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "type": "Opaque",
            "data": {"password": password, "token": "aHVudGVyMg==", "both": "dGV4dA=="}})
    };
    let normal = Normal::of(&written, &live("aHVudGVyMg=="));
    assert!(normal.entries().is_empty(), "a digest of a secret is a secret: {normal:?}");
    assert_eq!(of(&live("aHVudGVyMg=="), &written, &normal).manifest, written);
    let shown = |password: &str| of(&live(password), &written, &normal).manifest["stringData"]["password"].clone();
    assert_eq!(shown("aHVudGVyMw=="), json!("hunter3"));
    assert_eq!(shown("gA=="), json!("(not text: gA==)"));
    let mut gone = live("aHVudGVyMg==");
    gone["data"] = json!({"token": "b3RoZXI="});
    let shown = of(&gone, &written, &normal).manifest;
    assert_eq!((&shown["stringData"], &shown["data"]["token"]), (&json!({}), &json!("b3RoZXI=")));
}

/// A map that is one value: a Service's selector, and a reference that gets a default.
#[test]
fn what_is_added_to_a_map_that_is_one_value_is_shown() {
    let written =
        json!({"kind": "Service", "spec": {"selector": {"app": "a"}, "ref": {"path": "x"}, "labels": {"a": "b"}}});
    let live = |selector: Json, version: &str| {
        json!({"kind": "Service",
            "metadata": {"managedFields": [{"manager": "tidegate", "fieldsV1": {"f:spec": {
                "f:selector": {}, "f:ref": {}, "f:labels": {"f:a": {}}}}}]},
            "spec": {"selector": selector, "ref": {"path": "x", "version": version}, "labels": {"a": "b", "c": "d"}}})
    };
    let normal = Normal::of(&written, &live(json!({"app": "a"}), "v1"));
    let shown = |selector, version| of(&live(selector, version), &written, &normal).manifest;
    assert_eq!(shown(json!({"app": "a"}), "v1"), written);
    assert_eq!(shown(json!({"app": "a", "tier": "x"}), "v1")["spec"]["selector"], json!({"app": "a", "tier": "x"}));
    assert_eq!(shown(json!({"app": "a"}), "v2")["spec"]["ref"], json!({"path": "x", "version": "v2"}));
}
