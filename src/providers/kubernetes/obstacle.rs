//! Why a deletion does not finish, from the object alone: who is waited for, and what helps.
//!
//! Nothing here removes a finalizer: whatever it guards would stay behind, in the cluster or in the cloud.

mod namespace;

use std::fmt;

use serde_json::Value as Json;

/// One thing that stands in the way of a deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::providers) struct Obstacle {
    /// `finalizer.keda.sh: KEDA's operator stops scaling and then removes it`.
    pub cause: String,
    pub remedy: String,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cause)
    }
}

/// A finalizer, who removes it and when, and what to do if that does not happen.
struct Finalizer {
    /// The whole name, or its beginning if it ends with `/`.
    name: &'static str,
    cause: &'static str,
    remedy: &'static str,
}

const FINALIZERS: &[Finalizer] = &[
    Finalizer {
        name: "finalizer.keda.sh",
        cause: "KEDA's operator ends the scaling and then removes it",
        remedy: "KEDA's operator must be running: see that its Deployment `keda-operator` is available",
    },
    Finalizer {
        name: "kubernetes.io/pvc-protection",
        cause: "it goes when no pod uses the claim any more",
        remedy: "delete the pods that use the claim, with the workload that makes them",
    },
    Finalizer {
        name: "kubernetes.io/pv-protection",
        cause: "it goes when no claim is bound to the volume any more",
        remedy: "delete the claim that is bound to the volume",
    },
    Finalizer {
        name: "service.kubernetes.io/load-balancer-cleanup",
        cause: "the cloud's controller removes it when the load balancer is deleted",
        remedy: "see the events of the Service: the cloud may refuse to delete the load balancer",
    },
    Finalizer {
        name: "service.k8s.aws/resources",
        cause: "the AWS Load Balancer Controller removes it when the load balancer is deleted",
        remedy: "that controller must be running, and be allowed to delete load balancers: see the object's events",
    },
    Finalizer {
        name: "ingress.k8s.aws/resources",
        cause: "the AWS Load Balancer Controller removes it when the load balancer is deleted",
        remedy: "that controller must be running, and be allowed to delete load balancers: see the object's events",
    },
    Finalizer {
        name: "group.ingress.k8s.aws/",
        cause: "the AWS Load Balancer Controller removes it when the Ingress has left its group",
        remedy: "that controller must be running: see the object's events",
    },
    Finalizer {
        name: "elbv2.k8s.aws/resources",
        cause: "the AWS Load Balancer Controller removes it when the targets are taken out",
        remedy: "that controller must be running: see the object's events",
    },
    Finalizer {
        name: "foregroundDeletion",
        cause: "the objects that this one owns are deleted first",
        remedy: "see which of the objects it owns have finalizers of their own",
    },
    Finalizer {
        name: "orphan",
        cause: "the garbage collector first releases the objects that this one owns",
        remedy: "wait: the cluster's controller manager does this by itself",
    },
    Finalizer {
        name: "customresourcecleanup.apiextensions.k8s.io",
        cause: "objects of this definition remain, and are deleted first",
        remedy: "see which remain and what holds them; if it is a finalizer, whoever removes it must be running",
    },
    Finalizer {
        name: "batch.kubernetes.io/job-tracking",
        cause: "the Job's controller removes it when it has counted the pod",
        remedy: "wait: the cluster's controller manager does this by itself",
    },
    Finalizer {
        name: "external-attacher/",
        cause: "the storage driver removes it when the volume is detached",
        remedy: "the storage driver must be running, and the node must be there or be deleted",
    },
    Finalizer {
        name: "external-provisioner.volume.kubernetes.io/finalizer",
        cause: "the storage driver removes it when the disk is deleted",
        remedy: "the storage driver must be running, and be allowed to delete the disk: see the object's events",
    },
    Finalizer {
        name: "karpenter.sh/termination",
        cause: "Karpenter removes it when the machine is drained and gone",
        remedy: "Karpenter must be running; a disruption budget may keep pods from leaving",
    },
    Finalizer {
        name: "kubernetes",
        cause: "what is in the namespace is deleted first",
        remedy: "see what remains in it",
    },
];

/// What stands in the way of an object that is being deleted; nothing if it is not, or is about to be gone.
pub(in crate::providers) fn of(object: &Json) -> Vec<Obstacle> {
    if object.pointer("/metadata/deletionTimestamp").is_none_or(Json::is_null) {
        return Vec::new();
    }
    let mut obstacles: Vec<_> = finalizers(object).into_iter().map(finalizer).collect();
    if object.get("kind").and_then(Json::as_str) == Some("Namespace") {
        let told = namespace::obstacles(object);
        // What remains says more than that something does.
        if !told.is_empty() {
            obstacles.retain(|obstacle| !obstacle.cause.starts_with("kubernetes:"));
        }
        obstacles.extend(told);
    }
    obstacles.extend(instances(object));
    obstacles
}

/// For one line: why an object that is being deleted is still there.
pub(in crate::providers) fn text(object: &Json) -> String {
    let obstacles = of(object);
    if !obstacles.is_empty() {
        return obstacles.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    }
    match object.pointer("/metadata/deletionGracePeriodSeconds").and_then(Json::as_i64) {
        Some(seconds) if seconds > 0 => format!("it has {seconds} s to end by itself"),
        _ => "nothing stands in the way, so it is about to be gone".to_owned(),
    }
}

/// The names of an object's finalizers.
pub(in crate::providers) fn finalizers(object: &Json) -> Vec<&str> {
    let at = |pointer| object.pointer(pointer).and_then(Json::as_array).into_iter().flatten();
    at("/metadata/finalizers").chain(at("/spec/finalizers")).filter_map(Json::as_str).collect()
}

fn finalizer(name: &str) -> Obstacle {
    let fits = |known: &&Finalizer| match known.name.ends_with('/') {
        true => name.starts_with(known.name),
        false => name == known.name,
    };
    match FINALIZERS.iter().find(fits) {
        Some(known) => Obstacle { cause: format!("{name}: {}", known.cause), remedy: known.remedy.to_owned() },
        None => Obstacle {
            cause: format!("{name}: the controller that set it must remove it"),
            remedy: format!("find the controller that uses `{name}`, and see that it is running"),
        },
    }
}

/// What a definition that is being deleted says of the objects that remain.
fn instances(object: &Json) -> Option<Obstacle> {
    let conditions = object.pointer("/status/conditions").and_then(Json::as_array)?;
    let says = |condition: &&Json, key: &str, value: &str| condition.get(key).and_then(Json::as_str) == Some(value);
    let terminating = conditions
        .iter()
        .find(|condition| says(condition, "type", "Terminating") && says(condition, "status", "True"))?;
    let message = terminating.get("message").and_then(Json::as_str).filter(|message| !message.is_empty())?;
    let plural = object.pointer("/spec/names/plural").and_then(Json::as_str).unwrap_or("objects");
    let group = object.pointer("/spec/group").and_then(Json::as_str).unwrap_or_default();
    Some(Obstacle {
        cause: message.trim_end_matches('.').to_owned(),
        remedy: format!("see what remains with `kubectl get {plural}.{group} --all-namespaces`"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn leaving(finalizers: &[&str]) -> Json {
        json!({"kind": "ScaledObject", "metadata": {
            "name": "worker", "deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": finalizers}})
    }

    #[test]
    fn every_finalizer_names_who_removes_it_and_what_helps() {
        let cases = [
            ("finalizer.keda.sh", "KEDA's operator ends the scaling", "must be running"),
            ("kubernetes.io/pvc-protection", "no pod uses the claim", "delete the pods"),
            ("service.kubernetes.io/load-balancer-cleanup", "the load balancer is deleted", "events of the Service"),
            ("foregroundDeletion", "this one owns are deleted first", "finalizers of their own"),
            ("customresourcecleanup.apiextensions.k8s.io", "objects of this definition remain", "which remain"),
            ("external-attacher/ebs-csi-aws-com", "volume is detached", "storage driver"),
            ("example.com/hold", "the controller that set it", "uses `example.com/hold`"),
            ("kubernetes.io/pvc-protection-x", "the controller that set it", "uses `kubernetes.io/pvc-protection-x`"),
        ];
        for (name, cause, remedy) in cases {
            let obstacles = of(&leaving(&[name]));
            assert_eq!(obstacles.len(), 1, "{name}");
            assert!(obstacles[0].cause.starts_with(&format!("{name}: ")) && obstacles[0].cause.contains(cause));
            assert!(obstacles[0].remedy.contains(remedy), "{name}: {}", obstacles[0].remedy);
        }
    }

    #[test]
    fn an_object_that_stays_has_no_obstacle() {
        assert_eq!(of(&json!({"metadata": {"finalizers": ["finalizer.keda.sh"]}})), []);
        assert_eq!(of(&leaving(&[])), []);
        assert_eq!(text(&leaving(&[])), "nothing stands in the way, so it is about to be gone");
        let pod = json!({"metadata": {"deletionTimestamp": "x", "deletionGracePeriodSeconds": 30}});
        assert_eq!(text(&pod), "it has 30 s to end by itself");
    }

    #[test]
    fn a_definition_says_what_remains() {
        let definition = json!({"kind": "CustomResourceDefinition",
            "metadata": {"name": "scaledobjects.keda.sh", "deletionTimestamp": "x",
                "finalizers": ["customresourcecleanup.apiextensions.k8s.io"]},
            "spec": {"group": "keda.sh", "names": {"plural": "scaledobjects"}},
            "status": {"conditions": [{"type": "Terminating", "status": "True",
                "reason": "InstanceDeletionInProgress", "message": "CustomResource deletion is in progress"}]}});
        let obstacles = of(&definition);
        assert_eq!(obstacles[1].cause, "CustomResource deletion is in progress");
        assert_eq!(obstacles[1].remedy, "see what remains with `kubectl get scaledobjects.keda.sh --all-namespaces`");
    }
}
