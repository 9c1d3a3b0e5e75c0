//! What pods and events add to what an object says.

use super::Readiness::Ready;
use super::tests::{object, seen, waiting, yaml};
use super::*;

fn pod(name: &str, created: &str, status: &str) -> Json {
    yaml(&format!("{{kind: Pod, metadata: {{name: {name}, creationTimestamp: '{created}'}}, status: {status}}}"))
}

/// What is told of a deployment that lacks a replica, by its pods and the events around it.
#[test]
fn the_worst_that_keeps_a_pod_is_told() {
    let deployment = object(
        "apps/v1",
        "Deployment",
        "{replicas: 3}",
        &seen("replicas: 3, updatedReplicas: 3, availableReplicas: 2"),
    );
    let stuck = |reason: &str| {
        format!(
            "{{phase: Pending, containerStatuses: [{{name: a, image: 'x:y', state: {{waiting: {{reason: {reason}}}}}}}]}}"
        )
    };
    let crashed = "{phase: Running, containerStatuses: [{name: a, restartCount: 5, state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: {exitCode: 1, reason: Error, message: \"start\\nno queue\\n\"}}}]}";
    let config = "{phase: Pending, containerStatuses: [{name: a, state: {waiting: {reason: CreateContainerConfigError, message: secret \"x\" not found}}}]}";
    let nowhere = "{phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable, message: 0/2 nodes are available}]}";
    let init = "{phase: Pending, initContainerStatuses: [{name: i, state: {terminated: {exitCode: 2}}}]}";
    let unready = "{phase: Running, containerStatuses: [{name: a, ready: false, state: {running: {}}}]}";
    let fine = "{phase: Running, conditions: [{type: Ready, status: 'True'}]}";
    let leaving = yaml(
        "{metadata: {name: old, deletionTimestamp: x}, status: {containerStatuses: [{name: a, image: i, state: {waiting: {reason: ErrImagePull}}}]}}",
    );
    let cases = [
        (vec![pod("b", "1", fine)], ""),
        (vec![leaving], ""),
        (vec![pod("b", "1", &stuck("ImagePullBackOff"))], "; pod b: ImagePullBackOff (image \"x:y\")"),
        (vec![pod("b", "1", &stuck("ContainerCreating"))], "; pod b: container a: ContainerCreating"),
        (vec![pod("b", "1", crashed)], "; pod b: CrashLoopBackOff (exit code 1: no queue, 5 restarts)"),
        (vec![pod("b", "1", config)], "; pod b: CreateContainerConfigError (secret \"x\" not found)"),
        (vec![pod("b", "1", nowhere)], "; pod b: Unschedulable: 0/2 nodes are available"),
        (vec![pod("b", "1", init)], "; pod b: container i ended: exit code 2"),
        (vec![pod("b", "1", unready)], "; pod b: container a is not ready"),
        (
            vec![pod("b", "2", unready), pod("c", "1", crashed)],
            "; pod c: CrashLoopBackOff (exit code 1: no queue, 5 restarts), and 1 more pod",
        ),
        (
            vec![pod("b", "1", nowhere), pod("c", "2", nowhere), pod("d", "1", nowhere)],
            "; pod c: Unschedulable: 0/2 nodes are available, and 2 more pods",
        ),
    ];
    for (pods, told) in cases {
        let expected = waiting(&format!("2 of 3 replicas available{told}"));
        assert_eq!(of(&deployment, &Related { pods: &pods, events: &[] }), expected);
    }
}

#[test]
fn events_tell_what_objects_do_not() {
    let event = |sort: &str, kind: &str, name: &str, reason: &str, at: &str| {
        yaml(&format!(
            "{{type: {sort}, reason: {reason}, message: 'about {name}', lastTimestamp: '{at}', involvedObject: {{kind: {kind}, name: {name}}}}}"
        ))
    };
    let told = |object: &Json, pods: &[Json], events: &[Json]| of(object, &Related { pods, events });
    let service = object("v1", "Service", "{type: LoadBalancer}", "{}");
    let events = [
        event("Warning", "Service", "worker", "Old", "2026-01-01T00:00:00Z"),
        event("Warning", "Service", "worker", "SyncLoadBalancerFailed", "2026-01-01T00:01:00Z"),
        event("Normal", "Service", "worker", "EnsuringLoadBalancer", "2026-01-01T00:02:00Z"),
        event("Warning", "Service", "other", "X", "2026-01-01T00:03:00Z"),
    ];
    assert_eq!(
        told(&service, &[], &events),
        waiting("it has no load balancer yet; SyncLoadBalancerFailed: about worker")
    );
    let deployment = object("apps/v1", "Deployment", "{replicas: 1}", &seen("conditions: []"));
    let quota = [event("Warning", "ReplicaSet", "worker-5d9", "FailedCreate", "1")];
    assert_eq!(told(&deployment, &[], &quota), waiting("0 of 1 replica updated; FailedCreate: about worker-5d9"));
    let creating = pod("p", "1", "{containerStatuses: [{name: a, state: {waiting: {reason: ContainerCreating}}}]}");
    let mount = [event("Warning", "Pod", "p", "FailedMount", "1")];
    assert_eq!(told(&deployment, &[creating], &mount), waiting("0 of 1 replica updated; pod p: FailedMount: about p"));
    let claim = object("v1", "PersistentVolumeClaim", "{}", "{phase: Pending}");
    let patient = [event("Normal", "PersistentVolumeClaim", "worker", "WaitForFirstConsumer", "1")];
    assert_eq!(told(&claim, &[], &patient), Ready);
    let scaled = object(
        "keda.sh/v1alpha1",
        "ScaledObject",
        "{}",
        "{conditions: [{type: Ready, status: 'False', reason: TriggerError}]}",
    );
    let denied = [event("Warning", "ScaledObject", "worker", "KEDAScalerFailed", "1")];
    assert_eq!(told(&scaled, &[], &denied), waiting("TriggerError; KEDAScalerFailed: about worker"));
}
