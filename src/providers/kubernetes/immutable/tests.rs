use super::*;

fn yaml(text: &str) -> Json {
    serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// An object with these fields beside its name.
fn object(api_version: &str, kind: &str, fields: &str) -> Json {
    let mut object = yaml(fields);
    object["apiVersion"] = Json::from(api_version);
    object["kind"] = Json::from(kind);
    object["metadata"] = yaml("{name: a, namespace: demo}");
    object
}

/// What cannot change, and what can, of one kind: before, after, and what is told.
fn check(api_version: &str, kind: &str, cases: &[(&str, &str, &[&str])]) {
    for (before, after, expected) in cases {
        let told = changed(&object(api_version, kind, before), &object(api_version, kind, after));
        assert_eq!(told, *expected, "{kind}: {before} -> {after}");
        assert_eq!(changed(&object(api_version, kind, after), &object(api_version, kind, after)), [""; 0]);
    }
}

#[test]
fn another_object_is_always_another() {
    let one = yaml("{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, namespace: x}, spec: {selector: a}}");
    let cases = [
        ("{apiVersion: apps/v1, kind: Deployment, metadata: {name: b, namespace: x}}", vec!["metadata.name"]),
        ("{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, namespace: y}}", vec!["metadata.namespace"]),
        ("{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: a, namespace: x}}", vec!["kind"]),
        ("{apiVersion: example.com/v1, kind: Deployment, metadata: {name: a, namespace: x}}", vec!["apiVersion"]),
        ("{apiVersion: apps/v2, kind: Deployment, metadata: {name: a, namespace: x}, spec: {selector: a}}", vec![]),
    ];
    for (other, expected) in cases {
        assert_eq!(changed(&one, &yaml(other)), expected, "{other}");
    }
}

#[test]
fn workloads() {
    let selector =
        "{spec: {selector: {matchLabels: {app: a}}, replicas: 1, template: {spec: {containers: [{image: a}]}}}}";
    let relabelled =
        "{spec: {selector: {matchLabels: {app: b}}, replicas: 1, template: {spec: {containers: [{image: a}]}}}}";
    let grown =
        "{spec: {selector: {matchLabels: {app: a}}, replicas: 2, template: {spec: {containers: [{image: b}]}}}}";
    for kind in ["Deployment", "DaemonSet", "ReplicaSet", "StatefulSet"] {
        check("apps/v1", kind, &[(selector, relabelled, &["spec.selector"]), (selector, grown, &[])]);
    }
    check(
        "apps/v1",
        "StatefulSet",
        &[
            ("{spec: {serviceName: a}}", "{spec: {serviceName: b}}", &["spec.serviceName"]),
            ("{spec: {}}", "{spec: {podManagementPolicy: OrderedReady, minReadySeconds: 5}}", &[]),
            ("{spec: {}}", "{spec: {podManagementPolicy: Parallel}}", &["spec.podManagementPolicy"]),
            (
                "{spec: {volumeClaimTemplates: [{spec: {resources: {requests: {storage: 1Gi}}}}]}}",
                "{spec: {volumeClaimTemplates: [{spec: {resources: {requests: {storage: 2Gi}}}}]}}",
                &["spec.volumeClaimTemplates"],
            ),
        ],
    );
    check(
        "batch/v1",
        "Job",
        &[
            ("{spec: {template: {a: 1}}}", "{spec: {template: {a: 2}}}", &["spec.template"]),
            ("{spec: {parallelism: 1}}", "{spec: {parallelism: 2, ttlSecondsAfterFinished: 9, suspend: true}}", &[]),
            ("{spec: {completions: 1}}", "{spec: {completions: 2}}", &["spec.completions"]),
            (
                "{spec: {completionMode: Indexed, completions: 1, parallelism: 1}}",
                "{spec: {completionMode: Indexed, completions: 2, parallelism: 2}}",
                &[],
            ),
            ("{spec: {}}", "{spec: {completionMode: Indexed}}", &["spec.completionMode"]),
            ("{spec: {}}", "{spec: {completionMode: NonIndexed}}", &[]),
        ],
    );
    check(
        "v1",
        "Pod",
        &[
            (
                "{spec: {containers: [{name: a, image: a}]}}",
                "{spec: {containers: [{name: a, image: b}], activeDeadlineSeconds: 1}}",
                &[],
            ),
            ("{spec: {containers: [{name: a, image: a}]}}", "{spec: {containers: [{name: b, image: a}]}}", &["spec"]),
            ("{spec: {tolerations: [{key: a}]}}", "{spec: {tolerations: [{key: b}, {key: a}]}}", &[]),
            ("{spec: {tolerations: [{key: a}]}}", "{spec: {tolerations: [{key: b}]}}", &["spec.tolerations"]),
        ],
    );
    check("batch/v1", "CronJob", &[("{spec: {jobTemplate: {a: 1}}}", "{spec: {jobTemplate: {a: 2}}}", &[])]);
}

#[test]
fn services() {
    check(
        "v1",
        "Service",
        &[
            ("{spec: {ports: [{port: 80}]}}", "{spec: {ports: [{port: 81}], type: NodePort, selector: {a: b}}}", &[]),
            ("{spec: {}}", "{spec: {clusterIP: None}}", &["spec.clusterIP"]),
            ("{spec: {clusterIP: None}}", "{spec: {}}", &["spec.clusterIP"]),
            ("{spec: {clusterIP: 10.0.0.1}}", "{spec: {clusterIP: 10.0.0.2}}", &["spec.clusterIP"]),
            ("{spec: {clusterIP: 10.0.0.1}}", "{spec: {}}", &[]),
            ("{spec: {}}", "{spec: {clusterIP: 10.0.0.1}}", &[]),
            ("{spec: {clusterIP: 10.0.0.1}}", "{spec: {type: ExternalName, externalName: a.example.com}}", &[]),
            ("{spec: {ipFamilies: [IPv4]}}", "{spec: {ipFamilies: [IPv4, IPv6]}}", &[]),
            ("{spec: {ipFamilies: [IPv4]}}", "{spec: {ipFamilies: [IPv6]}}", &["spec.ipFamilies"]),
            (
                "{spec: {type: LoadBalancer}}",
                "{spec: {type: LoadBalancer, loadBalancerClass: a}}",
                &["spec.loadBalancerClass"],
            ),
            ("{spec: {}}", "{spec: {type: LoadBalancer, loadBalancerClass: a}}", &[]),
        ],
    );
}

#[test]
fn storage() {
    let size = |size: &str| format!("{{spec: {{resources: {{requests: {{storage: {size}}}}}}}}}");
    check(
        "v1",
        "PersistentVolumeClaim",
        &[
            (&size("1Gi"), &size("2Gi"), &[]),
            (&size("1Gi"), &size("1024Mi"), &[]),
            (&size("2Gi"), &size("1.5Gi"), &["spec.resources.requests.storage"]),
            ("{spec: {accessModes: [ReadWriteOnce]}}", "{spec: {accessModes: [ReadWriteMany]}}", &["spec.accessModes"]),
            ("{spec: {storageClassName: gp2}}", "{spec: {storageClassName: gp3}}", &["spec.storageClassName"]),
            ("{spec: {storageClassName: gp2}}", "{spec: {}}", &["spec.storageClassName"]),
            // What the cluster has chosen is not known here: it refuses another.
            ("{spec: {}}", "{spec: {storageClassName: gp3, volumeName: pv, volumeMode: Filesystem}}", &[]),
            ("{spec: {}}", "{spec: {volumeMode: Block}}", &["spec.volumeMode"]),
            ("{spec: {}}", "{spec: {volumeAttributesClassName: fast}}", &[]),
        ],
    );
    check(
        "v1",
        "PersistentVolume",
        &[
            ("{spec: {csi: {volumeHandle: a}}}", "{spec: {csi: {volumeHandle: b}}}", &["spec.csi"]),
            ("{spec: {capacity: {storage: 1Gi}}}", "{spec: {capacity: {storage: 2Gi}, nodeAffinity: {}}}", &[]),
        ],
    );
    check(
        "storage.k8s.io/v1",
        "StorageClass",
        &[
            ("{provisioner: a}", "{provisioner: a, reclaimPolicy: Delete, allowVolumeExpansion: true}", &[]),
            ("{provisioner: a}", "{provisioner: b, reclaimPolicy: Retain}", &["provisioner", "reclaimPolicy"]),
            ("{parameters: {type: gp2}}", "{parameters: {type: gp3}}", &["parameters"]),
            ("{}", "{volumeBindingMode: WaitForFirstConsumer}", &["volumeBindingMode"]),
        ],
    );
}

#[test]
fn what_holds_data() {
    check(
        "v1",
        "Secret",
        &[
            ("{type: Opaque, data: {a: YQ==}}", "{data: {a: Yg==}}", &[]),
            ("{}", "{type: kubernetes.io/tls}", &["type"]),
            ("{immutable: true, data: {a: YQ==}}", "{immutable: true, data: {a: Yg==}}", &["data"]),
            ("{immutable: true, stringData: {a: x}}", "{stringData: {a: y}}", &["immutable", "stringData"]),
            ("{data: {a: YQ==}}", "{immutable: true, data: {a: Yg==}}", &[]),
        ],
    );
    check(
        "v1",
        "ConfigMap",
        &[
            ("{immutable: true, data: {a: x}}", "{immutable: true, data: {a: y}}", &["data"]),
            ("{immutable: false, data: {a: x}}", "{data: {a: y}}", &[]),
        ],
    );
}

#[test]
fn what_rules_over_the_cluster() {
    let role = ("{roleRef: {name: a}, subjects: [a]}", "{roleRef: {name: b}, subjects: [b]}", &["roleRef"][..]);
    check("rbac.authorization.k8s.io/v1", "RoleBinding", &[role]);
    check("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", &[role]);
    check(
        "scheduling.k8s.io/v1",
        "PriorityClass",
        &[
            ("{value: 1}", "{value: 2}", &["value"]),
            ("{value: 1}", "{value: 1, preemptionPolicy: PreemptLowerPriority, globalDefault: true}", &[]),
        ],
    );
    check(
        "networking.k8s.io/v1",
        "IngressClass",
        &[("{spec: {controller: a}}", "{spec: {controller: b}}", &["spec.controller"])],
    );
    check(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        &[
            (
                "{spec: {group: a, scope: Namespaced, names: {kind: A, plural: as, shortNames: [a]}}}",
                "{spec: {group: a, scope: Cluster, names: {kind: B, plural: bs, shortNames: [b]}}}",
                &["spec.scope", "spec.names.kind", "spec.names.plural"],
            ),
            ("{spec: {group: a, versions: [a]}}", "{spec: {group: b, versions: [b]}}", &["spec.group"]),
        ],
    );
    check("keda.sh/v1alpha1", "ScaledObject", &[("{spec: {a: 1}}", "{spec: {a: 2}}", &[])]);
    check("example.com/v1", "Widget", &[("{spec: {selector: 1}}", "{spec: {selector: 2}}", &[])]);
}

#[test]
fn every_rule_is_about_a_kind_that_is_known() {
    for rules in RULES {
        assert!(kinds::find(rules.group, rules.kind).is_some(), "{}", rules.kind);
    }
}
