//! Opening the door, and what its errors say.

use std::sync::Arc;

use serde_json::json;
use tidegate::clock::ManualClock;
use tidegate::provider::{ErrorKind, Family as _, FamilySettings, ProviderError};
use tidegate::providers::aws::AwsFamily;
use tidegate::value::Value;

use super::{ACCOUNT, World, attributes, config, moto};

async fn open(family: &AwsFamily, settings: FamilySettings) -> Result<(), ProviderError> {
    family.open(&settings, Arc::new(ManualClock::default())).await.map(|_| ())
}

#[tokio::test]
async fn only_the_stacks_own_account_is_let_in() {
    let Some(moto) = moto() else { return };
    let family = AwsFamily::with_config(config(&moto.endpoint()));
    open(&family, attributes(json!({"account": ACCOUNT}))).await.unwrap();
    let error = open(&family, attributes(json!({"account": "999999999999"}))).await.unwrap_err();
    let found = ErrorKind::WrongAccount { allowed: "999999999999".to_owned(), found: ACCOUNT.to_owned() };
    assert_eq!(error.kind, found);
    assert!(error.hint.is_some());
}

#[tokio::test]
async fn settings_say_where_calls_go() {
    let Some(moto) = moto() else { return };
    // Nobody listens there.
    let family = AwsFamily::with_config(config("http://127.0.0.1:9"));
    let settings = json!({"account": ACCOUNT, "endpoint": moto.endpoint()});
    open(&family, attributes(settings)).await.unwrap();
    let error = open(&family, attributes(json!({"account": ACCOUNT}))).await.unwrap_err();
    assert_eq!((error.kind, error.exhausted), (ErrorKind::Unavailable, true));
}

#[tokio::test]
async fn without_credentials_or_region_the_way_out_is_named() {
    let bare = aws_config::SdkConfig::builder().behavior_version(aws_config::BehaviorVersion::latest()).build();
    let family = AwsFamily::with_config(bare);
    let error = open(&family, FamilySettings::new()).await.unwrap_err();
    assert!(error.hint.unwrap().contains("region"));
    let settings = FamilySettings::from([("region".to_owned(), Value::from("us-east-1"))]);
    let error = open(&family, settings).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoCredentials);
    assert!(error.hint.unwrap().contains("AWS_PROFILE"));
}

#[tokio::test]
async fn another_region_is_another_door() {
    let Some(world) = World::open("aws.sqs_queue").await else { return };
    let mut queue = world.resource("jobs", json!({"name": "here"}));
    world.create(&mut queue).await;
    let family = AwsFamily::with_config(world.config.clone());
    let settings = FamilySettings::from([("region".to_owned(), Value::from("eu-west-1"))]);
    let there = family.open(&settings, Arc::new(ManualClock::default())).await.unwrap();
    assert_eq!(there.read(&world.target(&queue)).await.unwrap(), None);
    world.delete(&queue).await;
    drop(world.moto);
}
