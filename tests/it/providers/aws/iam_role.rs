//! `aws.iam_role` over the wire.

use serde_json::json;
use tidegate::provider::{ErrorKind, Ownership};
use tidegate::value::Value;

use super::{ACCOUNT, World, with};

const TYPE: &str = "aws.iam_role";

fn trust(service: &str) -> serde_json::Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": format!("{service}.amazonaws.com")}, "Action": "sts:AssumeRole"}]})
}

fn document(action: &str) -> serde_json::Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
}

/// The ARN of a policy made for one test.
async fn policy(world: &World, name: &str) -> String {
    let made = world.iam().create_policy().policy_name(name).policy_document(document("sqs:A").to_string());
    made.send().await.unwrap().policy().unwrap().arn().unwrap().to_owned()
}

#[tokio::test]
async fn a_role_lives_through_a_change_of_every_part() {
    let Some(world) = World::open(TYPE).await else { return };
    let (one, two) = (policy(&world, "role-life-one").await, policy(&world, "role-life-two").await);
    let mut spec = json!({"name": "life", "path": "/team/", "trust": trust("ec2"), "description": "First",
        "inline_policies": {"a": document("sqs:A"), "b": document("sqs:B")}, "managed_policies": [one],
        "permissions_boundary": one, "max_session": "2h", "tags": {"team": "video"}});
    let mut role = world.resource("worker", spec.clone());
    let made = world.create(&mut role).await;
    assert_eq!(made.attributes["arn"], Value::from(format!("arn:aws:iam::{ACCOUNT}:role/team/life")));
    let changes = [
        json!({"trust": trust("lambda")}),
        json!({"description": null}),
        json!({"inline_policies": {"b": document("sqs:C"), "c": document("sqs:D")}}),
        json!({"managed_policies": [two]}),
        json!({"managed_policies": [one, two]}),
        json!({"permissions_boundary": two}),
        json!({"max_session": null}),
        json!({"tags": {"team": "audio", "x": ""}}),
        json!({"inline_policies": null, "managed_policies": null, "tags": null}),
    ];
    for change in changes {
        spec = with(&spec, change);
        world.update(&mut role, spec.clone()).await;
    }
    assert_eq!(world.read(&role).await.unwrap().attributes["inline_policies"].to_string(), "{}");

    // Given up, the boundary goes: it was ours.
    role.desired = world.normal(with(&spec, json!({"permissions_boundary": null})));
    let updated = world.door.update(&world.target(&role), &role.desired).await.unwrap();
    assert_eq!(updated.attributes.get("permissions_boundary"), None);
    world.delete(&role).await;
}

#[tokio::test]
async fn a_boundary_that_never_was_ours_stays() {
    let Some(world) = World::open(TYPE).await else { return };
    let bound = policy(&world, "role-bound").await;
    let mut role = world.resource("worker", json!({"name": "bound", "trust": trust("ec2")}));
    world.create(&mut role).await;
    world.iam().put_role_permissions_boundary().role_name("bound").permissions_boundary(&bound).send().await.unwrap();
    let read = world.update(&mut role, json!({"name": "bound", "trust": trust("lambda")})).await;
    assert_eq!(read.attributes["permissions_boundary"], Value::from(bound));
    world.delete(&role).await;
}

#[tokio::test]
async fn a_deleted_role_is_first_taken_out_of_everything() {
    let Some(world) = World::open(TYPE).await else { return };
    let attached = policy(&world, "role-full").await;
    let spec = json!({"name": "full", "trust": trust("ec2"), "inline_policies": {"a": document("sqs:A")},
                      "managed_policies": [attached]});
    let mut role = world.resource("worker", spec);
    world.create(&mut role).await;
    let iam = world.iam();
    iam.create_instance_profile().instance_profile_name("full").send().await.unwrap();
    iam.add_role_to_instance_profile().instance_profile_name("full").role_name("full").send().await.unwrap();
    world.delete(&role).await;
    let profile = iam.get_instance_profile().instance_profile_name("full").send().await.unwrap();
    assert_eq!(profile.instance_profile().unwrap().roles().len(), 0);
}

#[tokio::test]
async fn a_role_that_is_there_already_is_told_apart_and_can_be_taken_over() {
    let Some(world) = World::open(TYPE).await else { return };
    let iam = world.iam();
    iam.create_role().role_name("adopted").assume_role_policy_document(trust("ec2").to_string()).send().await.unwrap();
    let surplus = iam.put_role_policy().role_name("adopted").policy_name("surplus");
    surplus.policy_document(document("sqs:X").to_string()).send().await.unwrap();
    let spec = json!({"name": "adopted", "trust": trust("lambda"), "inline_policies": {"a": document("sqs:A")}});
    let role = world.resource("worker", spec);
    let failed = world.door.create(&world.target(&role), &role.desired).await.unwrap_err();
    assert_eq!((failed.error.kind, failed.partial), (ErrorKind::AlreadyExists, None));
    assert_eq!(world.read(&role).await.unwrap().ownership, Ownership::Unmarked);
    let taken = world.door.update(&world.target(&role), &role.desired).await.unwrap();
    assert_eq!(taken.ownership, Ownership::Ours);
    world.assert_settled(&role, &taken);
    world.delete(&role).await;
}

#[tokio::test]
async fn half_a_role_is_reported_and_finished_by_the_next_try() {
    let Some(world) = World::open(TYPE).await else { return };
    let missing = format!("arn:aws:iam::{ACCOUNT}:policy/role-half");
    let spec = json!({"name": "half", "trust": trust("ec2"), "inline_policies": {"a": document("sqs:A")},
                      "managed_policies": [missing]});
    let role = world.resource("worker", spec);
    let failed = world.door.create(&world.target(&role), &role.desired).await.unwrap_err();
    assert_eq!(failed.error.operation, "iam:AttachRolePolicy");
    assert_eq!(failed.error.kind, ErrorKind::NotFound);
    let partial = failed.partial.unwrap();
    assert_eq!(partial.ownership, Ownership::Ours);
    assert_eq!(world.differing(&role, &partial), ["managed_policies"]);

    policy(&world, "role-half").await;
    let whole = world.door.update(&world.target(&role), &role.desired).await.unwrap();
    world.assert_settled(&role, &whole);
    world.delete(&role).await;
}

#[tokio::test]
async fn a_role_of_another_stack_is_never_what_a_failure_left_behind() {
    let Some(world) = World::open(TYPE).await else { return };
    let mut theirs = world.resource("worker", json!({"name": "theirs", "trust": trust("ec2")}));
    theirs.owner.stack = "other".parse().unwrap();
    world.create(&mut theirs).await;
    let ours = world.resource("worker", json!({"name": "theirs", "trust": trust("ec2")}));
    let read = world.read(&ours).await.unwrap();
    assert_eq!(read.ownership, Ownership::Foreign);
    assert_eq!(read.marks.as_deref(), Some("stack other, worker"));
    let failed = world.door.create(&world.target(&ours), &ours.desired).await.unwrap_err();
    assert_eq!(failed.error.kind, ErrorKind::AlreadyExists);
    world.delete(&theirs).await;
}
