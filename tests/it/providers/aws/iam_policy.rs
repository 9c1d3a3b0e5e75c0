//! `aws.iam_policy` over the wire.

use serde_json::json;
use tidegate::provider::{ErrorKind, Ownership};
use tidegate::value::{Attributes, Value};

use super::{ACCOUNT, World, with};

const TYPE: &str = "aws.iam_policy";
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[]}"#;

fn document(action: &str) -> serde_json::Value {
    json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}})
}

fn arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:policy/{name}")
}

#[tokio::test]
async fn a_policy_lives_through_many_versions() {
    let Some(world) = World::open(TYPE).await else { return };
    let spec = json!({"name": "life", "path": "/team/", "description": "Läuft 100% + mehr", "document": document("sqs:A"),
                      "tags": {"team": "video"}});
    let mut policy = world.resource("reader", spec.clone());
    let made = world.create(&mut policy).await;
    assert_eq!(made.attributes["arn"], Value::from(arn("team/life")));
    assert_eq!(made.attributes["default_version"], Value::from("v1"));
    // Six more versions than a policy keeps.
    for version in 2..=11 {
        let changed = with(&spec, json!({"document": document(&format!("sqs:Version{version}"))}));
        let read = world.update(&mut policy, changed).await;
        assert_eq!(read.attributes["default_version"], Value::from(format!("v{version}")));
    }
    let versions = world.iam().list_policy_versions().policy_arn(arn("team/life")).send().await.unwrap();
    let mut kept: Vec<_> = versions.versions().iter().filter_map(|version| version.version_id()).collect();
    kept.sort_by_key(|id| id.len());
    assert_eq!(kept.len(), 5);
    assert!(kept.contains(&"v11") && kept.contains(&"v7"), "{kept:?}");
    world.update(&mut policy, with(&spec, json!({"tags": {"owner": "me"}}))).await;
    world.delete(&policy).await;
}

#[tokio::test]
async fn another_spelling_makes_no_version() {
    let Some(world) = World::open(TYPE).await else { return };
    let mut policy = world.resource("reader", json!({"name": "spelling", "document": document("sqs:A")}));
    world.create(&mut policy).await;
    let respelled = json!({"Statement": [{"Resource": ["*"], "Action": ["SQS:a"], "Effect": "Allow"}],
                           "Version": "2012-10-17"});
    policy.desired = world.normal(json!({"name": "spelling", "document": respelled}));
    let updated = world.door.update(&world.target(&policy), &policy.desired).await.unwrap();
    assert_eq!(updated.attributes["default_version"], Value::from("v1"));
    world.delete(&policy).await;
}

#[tokio::test]
async fn a_policy_is_found_by_its_name_when_nothing_is_recorded() {
    let Some(world) = World::open(TYPE).await else { return };
    let spec = json!({"name": "lost", "path": "/deep/down/", "document": document("sqs:A")});
    let mut policy = world.resource("reader", spec);
    world.create(&mut policy).await;
    policy.recorded = Attributes::new();
    let failed = world.door.create(&world.target(&policy), &policy.desired).await.unwrap_err();
    assert_eq!((failed.error.kind, failed.partial), (ErrorKind::AlreadyExists, None));
    let read = world.read(&policy).await.unwrap();
    assert_eq!(read.ownership, Ownership::Ours);
    assert_eq!(read.attributes["arn"], Value::from(arn("deep/down/lost")));
    world.door.update(&world.target(&policy), &policy.desired).await.unwrap();
    world.delete(&policy).await;
}

#[tokio::test]
async fn what_iam_never_changes_is_refused_rather_than_ignored() {
    let Some(world) = World::open(TYPE).await else { return };
    let mut policy = world.resource("reader", json!({"name": "fixed", "document": document("sqs:A")}));
    world.create(&mut policy).await;
    let other = json!({"name": "fixed", "description": "new", "document": document("sqs:A")});
    policy.desired = world.normal(other);
    let failed = world.door.update(&world.target(&policy), &policy.desired).await.unwrap_err();
    assert_eq!(failed.error.kind, ErrorKind::Rejected);
    assert!(failed.error.message.contains("description") && failed.partial.is_some());
    world.delete(&policy).await;
}

#[tokio::test]
async fn only_this_stacks_roles_lose_a_deleted_policy() {
    let Some(world) = World::open(TYPE).await else { return };
    let mut policy = world.resource("reader", json!({"name": "attached", "document": document("sqs:A")}));
    world.create(&mut policy).await;
    let iam = world.iam();
    let mark = |stack: &str| aws_sdk_iam::types::Tag::builder().key("tidegate:stack").value(stack).build().unwrap();
    for (role, stack) in [("attached-own", "video-encoder"), ("attached-other", "other")] {
        let create = iam.create_role().role_name(role).assume_role_policy_document(TRUST).tags(mark(stack));
        create.send().await.unwrap();
        iam.attach_role_policy().role_name(role).policy_arn(arn("attached")).send().await.unwrap();
    }
    let refused = world.door.delete(&world.target(&policy)).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Rejected);
    assert!(refused.message.contains("role attached-other") && !refused.message.contains("attached-own"));
    // Refused as a whole: our own role still has it.
    let own = iam.list_attached_role_policies().role_name("attached-own").send().await.unwrap();
    assert_eq!(own.attached_policies().len(), 1);

    iam.detach_role_policy().role_name("attached-other").policy_arn(arn("attached")).send().await.unwrap();
    world.delete(&policy).await;
    let own = iam.list_attached_role_policies().role_name("attached-own").send().await.unwrap();
    assert_eq!(own.attached_policies().len(), 0);
}
