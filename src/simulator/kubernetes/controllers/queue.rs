//! What is to be done, and when: kept with the cluster, in order of time.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::simulator::kubernetes::Cluster;

/// What a controller looks at. One look brings it as far as it gets at that moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Work {
    ApiService,
    Authentication,
    Autoscaler,
    Claim,
    ClusterAuthentication,
    DaemonSet,
    Deployment,
    EndpointSlices,
    Event,
    Garbage,
    Job,
    KedaOperator,
    Namespace,
    Nodes,
    Pod,
    ReplicaSet,
    ScaledJob,
    ScaledObject,
    Service,
    StatefulSet,
    VolumeRelease,
}

/// A look at one object. What belongs to no namespace has an empty one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Task {
    pub(super) work: Work,
    pub(super) namespace: String,
    pub(super) name: String,
}

const QUEUE: &str = "due/";

impl Task {
    pub(super) fn new(work: Work, namespace: &str, name: &str) -> Self {
        Self { work, namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// The same for the same task, so that what is due at one moment is done once.
    pub(super) fn key(&self) -> String {
        format!("{:?}/{}/{}", self.work, self.namespace, self.name)
    }
}

pub(super) fn add(cluster: &mut Cluster<'_>, at: Timestamp, task: &Task) {
    cluster.remember(&format!("{QUEUE}{:020}/{}", at.as_millis(), task.key()), task);
}

/// Takes what is due first, if it is due by then.
pub(super) fn take(cluster: &mut Cluster<'_>, until: Timestamp) -> Option<(Timestamp, Task)> {
    let (key, task) = cluster.recall_first::<Task>(QUEUE)?;
    let at = Duration::from_millis(key.split('/').next()?.parse().ok()?);
    if at > until {
        return None;
    }
    cluster.forget(&format!("{QUEUE}{key}"));
    Some((at, task))
}

/// The end of the moment in which controllers answer what happens now. What happens in one such moment is
/// answered once.
pub(super) fn soon(at: Timestamp) -> Timestamp {
    const MOMENT: u128 = 250;
    let end = (at.as_millis() + 100) / MOMENT + 1;
    Duration::from_millis(u64::try_from(end * MOMENT).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::World;
    use crate::simulator::kubernetes::ClusterId;

    #[test]
    fn tasks_are_taken_in_order_of_time_and_once() {
        let mut world = World::new(1);
        let id = ClusterId { account: "1".into(), region: "r".into(), name: "c".into() };
        let mut cluster = Cluster::new(&mut world, &id);
        let at = Duration::from_secs;
        let [a, b] = ["a", "b"].map(|name| Task::new(Work::Pod, "n", name));
        add(&mut cluster, at(9), &b);
        add(&mut cluster, at(9), &b);
        add(&mut cluster, at(5), &a);
        add(&mut cluster, at(70), &a);
        let mut next = || take(&mut cluster, at(60));
        assert_eq!([next(), next(), next()], [Some((at(5), a)), Some((at(9), b)), None]);
    }

    #[test]
    fn soon_is_later_and_the_same_for_a_while() {
        let at = Duration::from_millis;
        assert_eq!([soon(at(1_000)), soon(at(1_100)), soon(at(1_200))], [at(1_250), at(1_250), at(1_500)]);
    }
}
