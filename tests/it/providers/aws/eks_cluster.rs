//! `aws.eks_cluster` over the wire. moto makes clusters that are ACTIVE at once and takes no updates of them.

use serde_json::json;
use tidegate::provider::{Condition, ErrorKind, Ownership};
use tidegate::value::{Path, Value};

use super::{ACCOUNT, World};

const TYPE: &str = "aws.eks_cluster";

pub(super) fn spec(name: &str) -> serde_json::Value {
    json!({
        "name": name, "role_arn": format!("arn:aws:iam::{ACCOUNT}:role/control-plane"), "version": "1.33",
        "subnet_ids": ["subnet-b", "subnet-a"], "logging": ["audit", "api"],
        "encryption": {"key_arn": format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/a")},
        "tags": {"team": "video"},
    })
}

#[tokio::test]
async fn a_cluster_is_made_told_of_and_deleted() {
    let Some(world) = World::open(TYPE).await else { return };
    let cluster = world.resource("main", spec("eks-life"));
    assert_eq!(world.read(&cluster).await, None);
    let made = world.door.create(&world.target(&cluster), &cluster.desired).await.unwrap();
    assert_eq!((made.ownership, &made.condition), (Ownership::Ours, &Condition::Ready));
    world.assert_settled(&cluster, &made);
    let arn = format!("arn:aws:eks:us-east-1:{ACCOUNT}:cluster/eks-life");
    assert_eq!(made.attributes["arn"], Value::from(arn));
    let connection = Value::Map([("connection".to_owned(), made.attributes["connection"].clone())].into());
    let told = |part: &str| connection.at(Path::field("connection").key(part).segments()).cloned();
    assert_eq!(told("kind"), Some("eks".into()));
    assert_eq!(told("name"), Some("eks-life".into()));
    assert_eq!(told("region"), Some("us-east-1".into()));
    assert_eq!(told("account"), Some(ACCOUNT.into()));
    assert_eq!(told("profile"), None);
    assert_eq!(told("endpoint").as_ref(), made.attributes.get("endpoint"));
    assert_eq!(told("certificate_authority").as_ref(), made.attributes.get("certificate_authority"));
    world.delete(&cluster).await;
}

#[tokio::test]
async fn a_cluster_that_is_there_already_is_told_apart() {
    let Some(world) = World::open(TYPE).await else { return };
    let cluster = world.resource("main", spec("eks-taken"));
    world.door.create(&world.target(&cluster), &cluster.desired).await.unwrap();
    let other = world.resource("other", spec("eks-taken"));
    let failed = world.door.create(&world.target(&other), &other.desired).await.unwrap_err();
    assert_eq!((failed.error.kind, failed.partial), (ErrorKind::AlreadyExists, None));
    assert_eq!(world.read(&other).await.unwrap().ownership, Ownership::SameStack);
    world.delete(&cluster).await;
}

#[tokio::test]
async fn what_cannot_be_taken_back_is_refused_before_anything_is_called() {
    let Some(world) = World::open(TYPE).await else { return };
    let mut cluster = world.resource("main", spec("eks-back"));
    world.door.create(&world.target(&cluster), &cluster.desired).await.unwrap();
    cluster.desired.insert("version".to_owned(), "1.32".into());
    let failed = world.door.update(&world.target(&cluster), &cluster.desired).await.unwrap_err();
    assert_eq!(failed.error.kind, ErrorKind::Rejected);
    assert!(failed.error.message.contains("`version` is 1.33"), "{}", failed.error.message);
    world.delete(&cluster).await;
}
