//! `aws.sqs_queue` over the wire.

use serde_json::json;
use tidegate::provider::{ErrorKind, Ownership};
use tidegate::value::Value;

use super::{World, with};

const TYPE: &str = "aws.sqs_queue";

#[tokio::test]
async fn a_queue_lives_through_a_change_of_every_field() {
    let Some(world) = World::open(TYPE).await else { return };
    let mut dead = world.resource("dead", json!({"name": "life-dead"}));
    let dead_arn = world.create(&mut dead).await.attributes["arn"].clone();
    let spec = json!({"name": "life", "tags": {"team": "video", "old": "x"}, "visibility_timeout": "10m"});
    let mut queue = world.resource("jobs", spec.clone());
    let made = world.create(&mut queue).await;
    assert!(made.attributes["url"].as_str().unwrap().ends_with("/life"));
    assert_eq!(made.attributes["visibility_timeout"], Value::Integer(600));
    assert_eq!(made.marks.as_deref(), Some("stack video-encoder, jobs"));

    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "SQS:SendMessage", "Resource": "*"}]});
    let changes = [
        json!({"delay": 5}),
        json!({"visibility_timeout": 30}),
        json!({"message_retention": "1h"}),
        json!({"max_message_size": 2048}),
        json!({"receive_wait_time": 20}),
        json!({"tags": {"team": "audio"}}),
        json!({"dead_letter": {"queue": dead_arn.as_str().unwrap(), "max_receive_count": 3}}),
        json!({"policy": policy}),
        json!({"sse": false}),
        json!({"sse": null, "kms_key": "alias/jobs", "kms_data_key_reuse": 60}),
    ];
    let mut spec = spec;
    for change in changes {
        spec = with(&spec, change);
        world.update(&mut queue, spec.clone()).await;
    }
    world.delete(&queue).await;
    world.delete(&dead).await;
}

#[tokio::test]
async fn a_field_that_is_given_up_goes_back_to_where_a_new_queue_has_it() {
    let Some(world) = World::open(TYPE).await else { return };
    let mut dead = world.resource("dead", json!({"name": "back-dead"}));
    let dead_arn = world.create(&mut dead).await.attributes["arn"].clone();
    let bare = json!({"name": "back"});
    let full = with(
        &bare,
        json!({"dead_letter": {"queue": dead_arn.as_str().unwrap(), "max_receive_count": 3}, "sse": false,
               "policy": {"Statement": {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}}}),
    );
    let mut queue = world.resource("jobs", full);
    world.create(&mut queue).await;
    queue.desired = world.normal(bare);
    world.door.update(&world.target(&queue), &queue.desired).await.unwrap();
    let read = world.read(&queue).await.unwrap().attributes;
    assert_eq!((read.get("dead_letter"), read.get("policy")), (None, None));
    assert_eq!(read["sse"], Value::Bool(true));
    world.delete(&queue).await;
    world.delete(&dead).await;
}

#[tokio::test]
async fn a_fifo_queue_keeps_its_own_settings() {
    let Some(world) = World::open(TYPE).await else { return };
    let spec = json!({"name": "order.fifo", "fifo": true, "content_based_deduplication": true});
    let mut queue = world.resource("jobs", spec.clone());
    world.create(&mut queue).await;
    let fast = json!({"deduplication_scope": "messageGroup", "fifo_throughput_limit": "perMessageGroupId",
                      "content_based_deduplication": false});
    world.update(&mut queue, with(&spec, fast)).await;
    queue.desired = world.normal(spec);
    world.door.update(&world.target(&queue), &queue.desired).await.unwrap();
    let read = world.read(&queue).await.unwrap().attributes;
    assert_eq!(read["deduplication_scope"], Value::from("queue"));
    assert_eq!(read["fifo_throughput_limit"], Value::from("perQueue"));
    world.delete(&queue).await;
}

#[tokio::test]
async fn a_queue_that_is_there_already_is_told_apart_and_can_be_taken_over() {
    let Some(world) = World::open(TYPE).await else { return };
    let queue = world.resource("jobs", json!({"name": "adopted", "delay": 7}));
    // The same attributes, with which CreateQueue alone would say nothing.
    let made = world.sqs().create_queue().queue_name("adopted").tags("kept", "no").send().await.unwrap();
    let failed = world.door.create(&world.target(&queue), &queue.desired).await.unwrap_err();
    assert_eq!((failed.error.kind, failed.partial), (ErrorKind::AlreadyExists, None));
    assert_eq!(world.read(&queue).await.unwrap().ownership, Ownership::Unmarked);

    let taken = world.door.update(&world.target(&queue), &queue.desired).await.unwrap();
    assert_eq!(taken.ownership, Ownership::Ours);
    assert_eq!(taken.attributes["tags"].to_string(), "{}");
    world.assert_settled(&queue, &taken);
    assert_eq!(taken.attributes["url"].as_str(), made.queue_url());
    world.delete(&queue).await;
}

#[tokio::test]
async fn marks_say_whose_a_queue_is() {
    let Some(world) = World::open(TYPE).await else { return };
    let mut queue = world.resource(r#"jobs["a b"]"#, json!({"name": "marked"}));
    world.create(&mut queue).await;
    let mut other = world.resource("jobs", json!({"name": "marked"}));
    assert_eq!(world.read(&other).await.unwrap().ownership, Ownership::SameStack);
    other.owner.stack = "other".parse().unwrap();
    let read = world.read(&other).await.unwrap();
    assert_eq!(read.ownership, Ownership::Foreign);
    assert_eq!(read.marks.as_deref(), Some(r#"stack video-encoder, jobs["a b"]"#));
    world.delete(&queue).await;
}

#[tokio::test]
async fn a_refused_queue_leaves_nothing_behind() {
    let Some(world) = World::open(TYPE).await else { return };
    let nowhere = "arn:aws:sqs:us-east-1:123456789012:nowhere";
    let spec = json!({"name": "refused", "dead_letter": {"queue": nowhere, "max_receive_count": 1}});
    let queue = world.resource("jobs", spec);
    let failed = world.door.create(&world.target(&queue), &queue.desired).await.unwrap_err();
    assert_eq!((failed.error.kind, failed.partial), (ErrorKind::NotFound, None));
    assert_eq!(failed.error.operation, "sqs:CreateQueue");
}

#[tokio::test]
async fn a_change_that_is_never_shown_is_told() {
    let Some(world) = World::open(TYPE).await else { return };
    // moto takes RedriveAllowPolicy and never answers it.
    let queue = world.resource("jobs", json!({"name": "unseen", "redrive_allow": {"permission": "denyAll"}}));
    let failed = world.door.create(&world.target(&queue), &queue.desired).await.unwrap_err();
    assert!(matches!(failed.error.kind, ErrorKind::TimedOut { .. }), "{}", failed.error);
    assert!(failed.error.message.contains("redrive_allow"), "{}", failed.error);
    assert_eq!(failed.partial.unwrap().ownership, Ownership::Ours);
    world.delete(&queue).await;
}
