use super::Readiness::{Failed, Leaving, Ready, Waiting};
use super::*;

pub(super) fn yaml(text: &str) -> Json {
    serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// An object whose controller has seen it.
pub(super) fn object(api_version: &str, kind: &str, spec: &str, status: &str) -> Json {
    yaml(&format!(
        "{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: worker, namespace: demo, generation: 2}}, \
         spec: {spec}, status: {status}}}"
    ))
}

pub(super) fn seen(status: &str) -> String {
    format!("{{observedGeneration: 2, {status}}}")
}

pub(super) fn waiting(text: &str) -> Readiness {
    Waiting(text.to_owned())
}

fn failed(text: &str) -> Readiness {
    Failed(text.to_owned())
}

/// Cases of one kind: its spec, its status, and what is told; all of them with a controller that has seen them.
fn check(api_version: &str, kind: &str, cases: &[(&str, &str, Readiness)]) {
    for (spec, status, expected) in cases {
        let object = object(api_version, kind, spec, &seen(status));
        assert_eq!(of(&object, &Related::default()), *expected, "{kind} {spec} {status}");
    }
}

const NEW: &str = "conditions: [{type: Progressing, status: 'True', reason: NewReplicaSetAvailable}]";

#[test]
fn deployments() {
    let late = "conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded, \
                message: 'ReplicaSet \"worker-1\" has timed out progressing.'}]";
    let refused = "updatedReplicas: 1, replicas: 1, conditions: [{type: ReplicaFailure, status: 'True', \
                   reason: FailedCreate, message: 'exceeded quota: small'}]";
    let cases = [
        ("{replicas: 3}", "replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3", Ready),
        ("{}", "replicas: 1, updatedReplicas: 1, availableReplicas: 1", Ready),
        ("{replicas: 0}", "conditions: []", Ready),
        ("{replicas: 3}", "replicas: 3, updatedReplicas: 1", waiting("1 of 3 replicas updated")),
        (
            "{replicas: 3}",
            "replicas: 4, updatedReplicas: 3, availableReplicas: 3",
            waiting("1 of 4 replicas still to go"),
        ),
        (
            "{replicas: 3}",
            "replicas: 3, updatedReplicas: 3, availableReplicas: 2",
            waiting("2 of 3 replicas available"),
        ),
        ("{replicas: 1}", "replicas: 1, updatedReplicas: 1", waiting("0 of 1 replica available")),
        ("{replicas: 3, paused: true}", "replicas: 1", Ready),
        ("{replicas: 2}", refused, waiting("1 of 2 replicas updated; FailedCreate: exceeded quota: small")),
        ("{replicas: 1}", late, failed("ProgressDeadlineExceeded: ReplicaSet \"worker-1\" has timed out progressing.")),
    ];
    check("apps/v1", "Deployment", &cases);
}

#[test]
fn stateful_sets() {
    let same = "currentRevision: a, updateRevision: a";
    let by_partition = "{replicas: 3, updateStrategy: {rollingUpdate: {partition: 2}}}";
    let cases = [
        (
            "{replicas: 2}",
            format!("replicas: 2, readyReplicas: 2, updatedReplicas: 2, availableReplicas: 2, {same}"),
            Ready,
        ),
        ("{replicas: 2}", format!("replicas: 2, readyReplicas: 2, updatedReplicas: 2, {same}"), Ready),
        ("{replicas: 2}", format!("replicas: 2, readyReplicas: 1, {same}"), waiting("1 of 2 replicas ready")),
        ("{replicas: 1}", format!("replicas: 2, readyReplicas: 2, {same}"), waiting("1 of 2 replicas still to go")),
        (
            "{replicas: 2}",
            "replicas: 2, readyReplicas: 2, updatedReplicas: 1, currentRevision: a, updateRevision: b".to_owned(),
            waiting("1 of 2 replicas updated"),
        ),
        (
            "{replicas: 2, updateStrategy: {type: OnDelete}}",
            "replicas: 2, readyReplicas: 2, currentRevision: a, updateRevision: b".to_owned(),
            Ready,
        ),
        (
            by_partition,
            "replicas: 3, readyReplicas: 3, updatedReplicas: 1, currentRevision: a, updateRevision: b".to_owned(),
            Ready,
        ),
        (
            by_partition,
            "replicas: 3, readyReplicas: 3, currentRevision: a, updateRevision: b".to_owned(),
            waiting("0 of 1 replica above the partition updated"),
        ),
        (
            "{replicas: 2}",
            format!("replicas: 2, readyReplicas: 2, updatedReplicas: 2, availableReplicas: 0, {same}"),
            waiting("0 of 2 replicas available"),
        ),
    ];
    let cases: Vec<_> = cases.iter().map(|(spec, status, told)| (*spec, status.as_str(), told.clone())).collect();
    check("apps/v1", "StatefulSet", &cases);
}

#[test]
fn other_workloads() {
    let all = "desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2";
    let daemon_sets = [
        ("{}", all, Ready),
        ("{}", "desiredNumberScheduled: 0", Ready),
        ("{}", "desiredNumberScheduled: 2, updatedNumberScheduled: 1", waiting("updated on 1 of 2 nodes")),
        ("{}", "desiredNumberScheduled: 2, updatedNumberScheduled: 2", waiting("available on 0 of 2 nodes")),
        ("{updateStrategy: {type: OnDelete}}", "desiredNumberScheduled: 2", Ready),
    ];
    check("apps/v1", "DaemonSet", &daemon_sets);
    let replica_sets = [
        ("{replicas: 2}", "replicas: 2, availableReplicas: 2", Ready),
        ("{replicas: 2}", "replicas: 2, availableReplicas: 1", waiting("1 of 2 replicas available")),
        ("{replicas: 1}", "replicas: 2, availableReplicas: 2", waiting("1 of 2 replicas still to go")),
    ];
    check("apps/v1", "ReplicaSet", &replica_sets);
    check("v1", "ReplicationController", &replica_sets);
    let jobs = [
        ("{completions: 2}", "succeeded: 2, conditions: [{type: Complete, status: 'True'}]", Ready),
        ("{suspend: true}", "conditions: [{type: Suspended, status: 'True'}]", Ready),
        ("{completions: 2}", "active: 1, succeeded: 1", waiting("1 of 2 pods complete")),
        ("{}", "failed: 3", waiting("0 of 1 pod complete, 3 failed")),
        (
            "{}",
            "failed: 7, conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded, message: 'Job has reached the specified backoff limit'}]",
            failed("BackoffLimitExceeded: Job has reached the specified backoff limit"),
        ),
        (
            "{}",
            "conditions: [{type: FailureTarget, status: 'True', reason: DeadlineExceeded}]",
            waiting("its last pods are ending; DeadlineExceeded"),
        ),
    ];
    check("batch/v1", "Job", &jobs);
}

#[test]
fn what_workloads_stand_on() {
    check(
        "v1",
        "PersistentVolumeClaim",
        &[
            ("{}", "phase: Bound", Ready),
            ("{}", "phase: Pending", waiting("it is Pending, not Bound")),
            ("{}", "phase: Lost", failed("its volume is gone")),
        ],
    );
    check(
        "v1",
        "Service",
        &[
            ("{type: ClusterIP}", "loadBalancer: {}", Ready),
            ("{type: LoadBalancer}", "loadBalancer: {}", waiting("it has no load balancer yet")),
            ("{type: LoadBalancer}", "loadBalancer: {ingress: [{hostname: a.elb.example.com}]}", Ready),
            ("{type: LoadBalancer, externalIPs: [192.0.2.1]}", "loadBalancer: {}", Ready),
        ],
    );
    check("v1", "Namespace", &[("{}", "phase: Active", Ready)]);
    check(
        "apiregistration.k8s.io/v1",
        "APIService",
        &[
            ("{}", "conditions: [{type: Available, status: 'True', reason: Passed}]", Ready),
            (
                "{}",
                "conditions: [{type: Available, status: 'False', reason: MissingEndpoints, message: no endpoints}]",
                waiting("its server does not answer; MissingEndpoints: no endpoints"),
            ),
            ("{}", "conditions: []", waiting("its server has not been asked yet")),
        ],
    );
    check(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        &[
            ("{}", "conditions: [{type: NamesAccepted, status: 'True'}, {type: Established, status: 'True'}]", Ready),
            ("{}", "conditions: []", waiting("it is not established yet")),
            (
                "{}",
                "conditions: [{type: Established, status: 'False', reason: Installing}]",
                waiting("it is not established yet"),
            ),
            (
                "{}",
                "conditions: [{type: NamesAccepted, status: 'False', reason: PluralConflict, message: 'widgets is already in use'}]",
                failed("another definition has one of its names; PluralConflict: widgets is already in use"),
            ),
        ],
    );
}

#[test]
fn autoscalers_and_the_rest() {
    check(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        &[
            ("{}", "conditions: [{type: AbleToScale, status: 'True'}, {type: ScalingActive, status: 'False'}]", Ready),
            (
                "{}",
                "conditions: [{type: AbleToScale, status: 'False', reason: FailedGetScale, message: deployments.apps \"worker\" not found}]",
                waiting("FailedGetScale: deployments.apps \"worker\" not found"),
            ),
        ],
    );
    for kind in ["ScaledObject", "ScaledJob"] {
        check(
            "keda.sh/v1alpha1",
            kind,
            &[
                ("{}", "conditions: [{type: Ready, status: 'True', reason: ScaledObjectReady}]", Ready),
                (
                    "{}",
                    "conditions: [{type: Ready, status: 'False', reason: ScaledObjectCheckFailed, message: no scale target}]",
                    waiting("ScaledObjectCheckFailed: no scale target"),
                ),
                (
                    "{}",
                    "conditions: [{type: Ready, status: Unknown, reason: PartialTriggerError}]",
                    waiting("PartialTriggerError"),
                ),
                (
                    "{}",
                    "conditions: [{type: Ready, status: Unknown}]",
                    waiting("KEDA has not looked at it yet: is its operator running?"),
                ),
            ],
        );
    }
    check(
        "example.com/v1",
        "Widget",
        &[
            ("{}", "conditions: [{type: Ready, status: 'True'}]", Ready),
            ("{}", "phase: whatever", Ready),
            ("{}", "conditions: [{type: Ready, status: 'False', reason: Making}]", waiting("Making")),
            ("{}", "conditions: [{type: Ready, status: 'False'}]", waiting("its condition Ready is False")),
            ("{}", "conditions: [{type: Reconciling, status: 'True', message: at it}]", waiting("at it")),
            ("{}", "conditions: [{type: Stalled, status: 'True', message: no more}]", failed("no more")),
        ],
    );
    assert_eq!(
        of(&yaml("{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {}}"), &Related::default()),
        Ready
    );
}

#[test]
fn a_paused_scaled_object_is_as_ready_as_it_gets() {
    let cases = [
        ("autoscaling.keda.sh/paused: 'true'", true),
        ("autoscaling.keda.sh/paused: 'yes'", true),
        ("autoscaling.keda.sh/paused: 'false'", false),
        ("autoscaling.keda.sh/paused-replicas: '0'", true),
        ("autoscaling.keda.sh/paused-scale-in: 'true'", false),
    ];
    for (annotation, paused) in cases {
        let object = yaml(&format!(
            "{{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {{name: w, annotations: {{{annotation}}}}}}}"
        ));
        assert_eq!(of(&object, &Related::default()) == Ready, paused, "{annotation}");
    }
}

#[test]
fn a_change_that_its_controller_has_not_seen_is_waited_for() {
    let unseen = waiting("its controller has not seen the change yet");
    let good = "replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1";
    for (kind, status) in [
        ("apps/v1 Deployment", format!("{{observedGeneration: 1, {good}}}")),
        ("apps/v1 Deployment", format!("{{{good}}}")),
        ("apps/v1 StatefulSet", format!("{{{good}}}")),
        ("apps/v1 DaemonSet", "{}".to_owned()),
        ("apps/v1 ReplicaSet", format!("{{{good}}}")),
        ("example.com/v1 Widget", "{observedGeneration: 1}".to_owned()),
    ] {
        let (api_version, name) = kind.split_once(' ').unwrap();
        let object = object(api_version, name, "{}", &status);
        assert_eq!(of(&object, &Related::default()), unseen, "{kind} {status}");
    }
}

#[test]
fn what_is_being_deleted_says_what_holds_it() {
    let object = yaml(
        "{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: w, deletionTimestamp: x, finalizers: [finalizer.keda.sh]}}",
    );
    let Leaving(told) = of(&object, &Related::default()) else { panic!() };
    assert!(told.starts_with("finalizer.keda.sh: KEDA's operator"), "{told}");
}

#[test]
fn pods_by_themselves() {
    let cases = [
        ("{phase: Succeeded}", Ready),
        ("{phase: Running, conditions: [{type: Ready, status: 'True'}]}", Ready),
        ("{phase: Running, conditions: [{type: Ready, status: 'False'}]}", waiting("it runs and is not ready")),
        ("{phase: Pending}", waiting("it is Pending")),
        ("{phase: Failed, reason: Evicted, message: low on memory}", failed("Evicted: low on memory")),
        (
            "{phase: Failed, containerStatuses: [{name: a, state: {terminated: {exitCode: 137, reason: OOMKilled}}}]}",
            failed("container a ended: OOMKilled, exit code 137"),
        ),
    ];
    for (status, expected) in cases {
        assert_eq!(of(&object("v1", "Pod", "{}", status), &Related::default()), expected, "{status}");
    }
}

#[test]
fn a_change_that_was_complete_once_stays_so() {
    let cases = [
        (
            "apps/v1 Deployment",
            "{replicas: 2}",
            format!("{NEW}, replicas: 2, updatedReplicas: 2, availableReplicas: 0"),
            true,
        ),
        (
            "apps/v1 Deployment",
            "{}",
            "conditions: [{type: Progressing, status: 'True', reason: ReplicaSetUpdated}]".to_owned(),
            false,
        ),
        (
            "apps/v1 Deployment",
            "{}",
            "conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded}]".to_owned(),
            false,
        ),
        ("apps/v1 Deployment", "{replicas: 2}", "replicas: 2, updatedReplicas: 2".to_owned(), true),
        ("apps/v1 Deployment", "{replicas: 2}", "replicas: 2, updatedReplicas: 1".to_owned(), false),
        ("apps/v1 Deployment", "{paused: true}", "conditions: []".to_owned(), true),
        (
            "apps/v1 StatefulSet",
            "{replicas: 2}",
            "currentRevision: a, updateRevision: a, updatedReplicas: 2".to_owned(),
            true,
        ),
        (
            "apps/v1 StatefulSet",
            "{replicas: 2}",
            "currentRevision: a, updateRevision: a, updatedReplicas: 1".to_owned(),
            false,
        ),
        (
            "apps/v1 StatefulSet",
            "{replicas: 2}",
            "currentRevision: a, updateRevision: b, updatedReplicas: 2".to_owned(),
            false,
        ),
        (
            "apps/v1 StatefulSet",
            "{replicas: 2, updateStrategy: {type: OnDelete}}",
            "replicas: 2, currentRevision: a, updateRevision: b".to_owned(),
            true,
        ),
        ("apps/v1 DaemonSet", "{}", "desiredNumberScheduled: 2, updatedNumberScheduled: 2".to_owned(), true),
        ("apps/v1 DaemonSet", "{}", "desiredNumberScheduled: 2, updatedNumberScheduled: 1".to_owned(), false),
        ("batch/v1 Job", "{}", "conditions: [{type: Complete, status: 'True'}]".to_owned(), true),
        ("batch/v1 Job", "{}", "conditions: [{type: Failed, status: 'True'}]".to_owned(), true),
        ("batch/v1 Job", "{}", "active: 1".to_owned(), false),
        ("apiextensions.k8s.io/v1 CustomResourceDefinition", "{}", "conditions: []".to_owned(), false),
        ("v1 Service", "{type: LoadBalancer}", "loadBalancer: {}".to_owned(), true),
    ];
    for (kind, spec, status, expected) in cases {
        let (api_version, name) = kind.split_once(' ').unwrap();
        assert_eq!(rolled_out(&object(api_version, name, spec, &seen(&status))), expected, "{kind} {spec} {status}");
    }
    assert!(!rolled_out(&object("apps/v1", "Deployment", "{}", &format!("{{observedGeneration: 1, {NEW}}}"))));
}

#[test]
fn pods_are_selected_as_their_owner_does() {
    let with = |api_version: &str, kind: &str, selector: &str| {
        pods_selector(&object(api_version, kind, &format!("{{selector: {selector}}}"), "{}"))
    };
    let expressions = "{matchLabels: {app: w, tier: x}, matchExpressions: [{key: a, operator: In, values: [b, c]}, \
                       {key: d, operator: NotIn, values: [e]}, {key: f, operator: Exists}, {key: g, operator: DoesNotExist}]}";
    assert_eq!(with("apps/v1", "Deployment", expressions).as_deref(), Some("app=w,tier=x,a in (b,c),d notin (e),f,!g"));
    assert_eq!(with("v1", "ReplicationController", "{app: w}").as_deref(), Some("app=w"));
    assert_eq!(
        with("batch/v1", "Job", "{matchLabels: {batch.kubernetes.io/controller-uid: u}}").as_deref(),
        Some("batch.kubernetes.io/controller-uid=u")
    );
    assert_eq!(with("v1", "Service", "{app: w}"), None);
    assert_eq!(with("apps/v1", "DaemonSet", "{}"), None);
}
