//! `aws.iam_oidc_provider` over the wire.

use serde_json::json;
use tidegate::provider::{ErrorKind, Ownership};
use tidegate::value::{Attributes, Value};

use super::{ACCOUNT, World, with};

const TYPE: &str = "aws.iam_oidc_provider";

#[tokio::test]
async fn a_provider_lives_through_its_changes() {
    let Some(world) = World::open(TYPE).await else { return };
    let url = "https://oidc.eks.us-east-1.amazonaws.com/id/LIFE";
    let spec = json!({"url": url, "thumbprints": ["A".repeat(40)], "tags": {"team": "video"}});
    let mut provider = world.resource("trust", spec.clone());
    let made = world.create(&mut provider).await;
    let issuer = "oidc.eks.us-east-1.amazonaws.com/id/LIFE";
    assert_eq!(made.attributes["issuer"], Value::from(issuer));
    assert_eq!(made.attributes["arn"], Value::from(format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}")));
    assert_eq!(made.attributes["client_ids"], Value::from(vec!["sts.amazonaws.com"]));
    world.update(&mut provider, with(&spec, json!({"thumbprints": ["b".repeat(40), "A".repeat(40)]}))).await;
    world.update(&mut provider, with(&spec, json!({"tags": {"x": "y"}}))).await;

    // Thumbprints that are no longer ours are no difference.
    provider.desired = world.normal(json!({"url": url, "tags": {"x": "y"}}));
    let updated = world.door.update(&world.target(&provider), &provider.desired).await.unwrap();
    world.assert_settled(&provider, &updated);
    world.delete(&provider).await;
}

#[tokio::test]
async fn a_provider_that_is_there_already_is_told_apart_and_can_be_taken_over() {
    let Some(world) = World::open(TYPE).await else { return };
    let url = "https://example.com/adopted";
    let create = world.iam().create_open_id_connect_provider().url(url).client_id_list("sts.amazonaws.com");
    create.thumbprint_list("c".repeat(40)).send().await.unwrap();
    let mut provider = world.resource("trust", json!({"url": url}));
    let failed = world.door.create(&world.target(&provider), &provider.desired).await.unwrap_err();
    assert_eq!((failed.error.kind, failed.partial), (ErrorKind::AlreadyExists, None));
    assert_eq!(world.read(&provider).await.unwrap().ownership, Ownership::Unmarked);
    let taken = world.door.update(&world.target(&provider), &provider.desired).await.unwrap();
    assert_eq!(taken.ownership, Ownership::Ours);
    world.record(&mut provider, &taken);
    provider.recorded = Attributes::new();
    world.delete(&provider).await;
}

#[tokio::test]
async fn an_issuer_is_met_to_the_letter() {
    let Some(world) = World::open(TYPE).await else { return };
    let mut with_slash = world.resource("trust", json!({"url": "https://slash.example.com/"}));
    let without = world.resource("trust", json!({"url": "https://slash.example.com"}));
    assert_ne!(with_slash.identity, without.identity);
    world.create(&mut with_slash).await;
    world.delete(&with_slash).await;
}
