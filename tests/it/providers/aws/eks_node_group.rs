//! `aws.eks_node_group` over the wire. moto makes node groups that are ACTIVE at once and takes no updates of them.

use serde_json::json;
use tidegate::provider::{Condition, ErrorKind, Ownership};
use tidegate::value::Value;

use super::{ACCOUNT, World, eks_cluster};

const TYPE: &str = "aws.eks_node_group";

fn spec(cluster: &str) -> serde_json::Value {
    json!({
        "cluster": cluster, "name": "workers", "node_role_arn": format!("arn:aws:iam::{ACCOUNT}:role/nodes"),
        "subnet_ids": ["subnet-a"], "instance_types": ["m7g.large", "m6g.large"], "capacity_type": "SPOT",
        "disk_size": 50, "scaling": {"min": 1, "max": 5, "desired": 2}, "labels": {"team": "video"},
        "taints": [{"key": "video", "effect": "NO_SCHEDULE"}, {"key": "a", "value": "b", "effect": "NO_EXECUTE"}],
        "tags": {"team": "video"},
    })
}

#[tokio::test]
async fn a_node_group_is_made_told_of_and_deleted() {
    let Some(clusters) = World::open("aws.eks_cluster").await else { return };
    let Some(world) = World::open(TYPE).await else { return };
    let group = world.resource("workers", spec("eks-nodes"));
    // Without its cluster it is gone, and cannot be made.
    assert_eq!(world.read(&group).await, None);
    let failed = world.door.create(&world.target(&group), &group.desired).await.unwrap_err();
    assert_eq!(failed.error.kind, ErrorKind::NotFound);

    let cluster = clusters.resource("main", eks_cluster::spec("eks-nodes"));
    clusters.door.create(&clusters.target(&cluster), &cluster.desired).await.unwrap();
    let mut group = group;
    let made = world.create(&mut group).await;
    assert_eq!((made.ownership, &made.condition), (Ownership::Ours, &Condition::Ready));
    let arn = format!("arn:aws:eks:us-east-1:{ACCOUNT}:nodegroup/eks-nodes/workers/");
    assert!(made.attributes["arn"].as_str().is_some_and(|told| told.starts_with(&arn)));
    assert!(made.attributes["autoscaling_group"].as_str().is_some_and(|name| name.starts_with("eks-")));
    assert_eq!(made.attributes["name"], Value::from("workers"));
    let failed = world.door.create(&world.target(&group), &group.desired).await.unwrap_err();
    assert_eq!(failed.error.kind, ErrorKind::AlreadyExists);
    world.delete(&group).await;
    clusters.delete(&cluster).await;
}
