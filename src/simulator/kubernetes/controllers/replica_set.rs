//! ReplicaSets: as many pods as asked for.

use std::time::Duration;

use serde_json::Value as Json;

use super::object::{
    POD, REPLICA_SET, annotation, count, deleting, drop_condition, generation, name, namespace, number, set,
    set_condition, text,
};
use super::pod_template;
use super::queue::{Task, Work};
use super::turn::Turn;
use super::{pod, selector};

/// How many pods are made at once.
const BURST: usize = 500;

pub(super) fn look(turn: &mut Turn<'_, '_>, space: &str, set_name: &str) {
    let Some(this) = turn.get(REPLICA_SET, space, set_name) else { return };
    let mut refused = None;
    if !deleting(&this) {
        let pods = turn.controlled(&this, POD);
        let active: Vec<_> = pods.iter().filter(|one| pod::is_active(one)).cloned().collect();
        let wanted = usize::try_from(number(&this, "/spec/replicas").unwrap_or(1)).unwrap_or(0);
        if active.len() < wanted {
            refused = add(turn, &this, (wanted - active.len()).min(BURST));
            if refused.is_none() && wanted - active.len() > BURST {
                turn.later(turn.at + Duration::from_secs(1), Work::ReplicaSet, space, set_name);
            }
        }
        for one in surplus(active, wanted) {
            turn.delete(&POD.place_in(space, name(&one)));
            let told = format!("Deleted pod: {}", name(&one));
            turn.tell(&this, "replicaset-controller", true, "SuccessfulDelete", &told);
        }
    }
    report(turn, this, refused);
}

/// Those that go when there are too many: first those that do least, then the youngest.
pub(super) fn surplus(mut pods: Vec<Json>, wanted: usize) -> Vec<Json> {
    let rank = |one: &Json| {
        let assigned = !text(one, "/spec/nodeName").is_empty();
        (assigned, pod::is_ready(one), std::cmp::Reverse(text(one, "/metadata/creationTimestamp").to_owned()))
    };
    let many = pods.len().saturating_sub(wanted);
    pods.sort_by_key(|one| {
        let cost = annotation(one, "controller.kubernetes.io/pod-deletion-cost").and_then(|cost| cost.parse().ok());
        let (assigned, ready, age) = rank(one);
        (assigned, ready, cost.unwrap_or(0_i64), age)
    });
    pods.truncate(many);
    pods
}

/// Makes pods, and says why the server refuses them.
fn add(turn: &mut Turn<'_, '_>, this: &Json, many: usize) -> Option<String> {
    for _ in 0..many {
        let pod_name = format!("{}-{}", name(this), turn.suffix());
        let pod = pod_template::pod(this, &this["spec"]["template"], &pod_name);
        let task = Task::new(Work::ReplicaSet, namespace(this), name(this));
        if let Some(refusal) = pod_template::refusal(turn, &pod, &task) {
            turn.tell(this, "replicaset-controller", false, "FailedCreate", &format!("Error creating: {refusal}"));
            return Some(refusal);
        }
        turn.create(&POD.place_in(namespace(this), &pod_name), pod);
        turn.tell(this, "replicaset-controller", true, "SuccessfulCreate", &format!("Created pod: {pod_name}"));
    }
    None
}

fn report(turn: &mut Turn<'_, '_>, mut this: Json, refused: Option<String>) {
    let pods: Vec<_> = turn.controlled(&this, POD).into_iter().filter(pod::is_active).collect();
    let seconds = number(&this, "/spec/minReadySeconds").unwrap_or(0);
    let (mut labelled, mut ready, mut available) = (0, 0, 0);
    for one in &pods {
        let labels = serde_json::json!({"matchLabels": this["spec"]["template"]["metadata"]["labels"]});
        labelled += i64::from(selector::selects(&labels, one));
        ready += i64::from(pod::is_ready(one));
        match pod::is_available(one, seconds, turn.at) {
            Ok(()) => available += 1,
            Err(Some(from)) => turn.later(from, Work::ReplicaSet, namespace(&this), name(&this)),
            Err(None) => {}
        }
    }
    let all = i64::try_from(pods.len()).unwrap_or(0);
    set(&mut this, "/status/replicas", all);
    count(&mut this, "/status/fullyLabeledReplicas", labelled);
    count(&mut this, "/status/readyReplicas", ready);
    count(&mut this, "/status/availableReplicas", available);
    let seen = generation(&this);
    set(&mut this, "/status/observedGeneration", seen);
    match refused {
        Some(refusal) => set_condition(&mut this, "ReplicaFailure", "True", "FailedCreate", &refusal, turn.at),
        None => drop_condition(&mut this, "ReplicaFailure"),
    }
    turn.save(&REPLICA_SET.place_in(namespace(&this), name(&this)), this);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_does_least_goes_first() {
        let pod = |name: &str, node: &str, ready: &str, made: &str| {
            json!({"metadata": {"name": name, "creationTimestamp": made}, "spec": {"nodeName": node},
                "status": {"conditions": [{"type": "Ready", "status": ready}]}})
        };
        let pods = vec![
            pod("old", "n", "True", "2026-01-01T00:00:00Z"),
            pod("young", "n", "True", "2026-01-02T00:00:00Z"),
            pod("unready", "n", "False", "2026-01-01T00:00:00Z"),
            pod("pending", "", "False", "2026-01-01T00:00:00Z"),
        ];
        let gone = |wanted| surplus(pods.clone(), wanted).iter().map(|one| name(one).to_owned()).collect::<Vec<_>>();
        assert_eq!(gone(1), ["pending", "unready", "young"]);
        assert_eq!(gone(4), [] as [&str; 0]);
    }
}
