//! The way into an EKS cluster, as its `connection` tells it.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use tidegate::clock::ManualClock;
use tidegate::provider::{Access, ErrorKind, Family as _, FamilySettings, ProviderError};
use tidegate::providers::aws::AwsFamily;
use tidegate::value::{Attributes, Value};

use super::{ACCOUNT, World, eks_cluster};

const PEM: &str = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";

async fn open(world: &World, connection: &Attributes) -> Result<Arc<dyn Access>, ProviderError> {
    let clock = ManualClock::default();
    clock.advance(Duration::from_secs(1_765_432_109));
    AwsFamily::with_config(world.config.clone()).entrance().open(connection, Arc::new(clock)).await
}

/// The output of a cluster, with a certificate in place of the noise that moto gives.
fn connection(attributes: &Attributes) -> Attributes {
    let connection = attributes["connection"].as_map().unwrap();
    with(connection, "certificate_authority", &STANDARD.encode(PEM))
}

fn with(connection: &Attributes, part: &str, value: &str) -> Attributes {
    let mut changed = connection.clone();
    changed.insert(part.to_owned(), value.into());
    changed
}

#[tokio::test]
async fn a_cluster_is_entered_with_the_familys_credentials() {
    let Some(world) = World::open("aws.eks_cluster").await else { return };
    let cluster = world.resource("main", eks_cluster::spec("eks-entered"));
    let made = world.door.create(&world.target(&cluster), &cluster.desired).await.unwrap();
    let connection = connection(&made.attributes);
    let access = open(&world, &connection).await.unwrap();
    assert_eq!(Value::from(format!("{}/", access.server())), made.attributes["endpoint"], "without moto's last slash");
    assert_eq!(access.certificate_authority(), Some(PEM));
    let token = access.token().await.unwrap().unwrap();
    let question = token.secret.strip_prefix("k8s-aws-v1.").unwrap();
    let question = String::from_utf8(URL_SAFE_NO_PAD.decode(question).unwrap()).unwrap();
    assert!(question.starts_with("https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&"), "{question}");
    assert!(question.contains("&X-Amz-Credential=testing%2F20251211%2Fus-east-1%2F"), "{question}");
    assert_eq!(token.expires_at, Duration::from_secs(1_765_432_109 + 14 * 60));
    assert!(!format!("{token:?}").contains("k8s-aws"));

    assert_eq!(access.exists().await, Ok(true));
    let before = open(&world, &with(&connection, "endpoint", "https://before.gr7.us-east-1.eks.amazonaws.com")).await;
    assert_eq!(before.unwrap().exists().await, Ok(false), "another cluster of the same name");
    world.delete(&cluster).await;
    assert_eq!(access.exists().await, Ok(false));
}

#[tokio::test]
async fn a_connection_that_leads_nowhere_is_refused() {
    let Some(world) = World::open("aws.eks_cluster").await else { return };
    let cluster = world.resource("main", eks_cluster::spec("eks-refused"));
    let made = world.door.create(&world.target(&cluster), &cluster.desired).await.unwrap();
    let connection = connection(&made.attributes);
    let other = open(&world, &with(&connection, "account", "210987654321")).await.err().unwrap();
    let kind = ErrorKind::WrongAccount { allowed: "210987654321".to_owned(), found: ACCOUNT.to_owned() };
    assert_eq!(other.kind, kind);
    assert!(other.hint.is_some_and(|hint| hint.contains("eks-refused")));
    for (part, value) in [("certificate_authority", "%"), ("endpoint", ""), ("account", "")] {
        let error = open(&world, &with(&connection, part, value)).await.err().unwrap();
        assert_eq!(error.kind, ErrorKind::Rejected);
        assert!(error.message.contains(part), "{error}");
    }
    let silent = with(&connection, "aws_endpoint", "http://127.0.0.1:1");
    assert_eq!(open(&world, &silent).await.err().unwrap().kind, ErrorKind::Unavailable);
    world.delete(&cluster).await;
}

#[tokio::test]
async fn a_connection_says_where_its_credentials_are_and_holds_none() {
    let Some(world) = World::open("aws.eks_cluster").await else { return };
    let endpoint = world.config.endpoint_url().unwrap();
    let settings = [("profile", "video"), ("endpoint", endpoint), ("account", ACCOUNT)];
    let settings: FamilySettings = settings.map(|(name, value)| (name.to_owned(), value.into())).into();
    let family = AwsFamily::with_config(world.config.clone());
    let door = family.open(&settings, Arc::new(ManualClock::default())).await.unwrap();
    let cluster = world.resource("main", eks_cluster::spec("eks-profile"));
    let made = door.create(&world.target(&cluster), &cluster.desired).await.unwrap();
    let connection = connection(&made.attributes);
    let parts: Vec<&str> = connection.keys().map(String::as_str).collect();
    let expected =
        ["account", "aws_endpoint", "certificate_authority", "endpoint", "kind", "name", "profile", "region"];
    assert_eq!(parts, expected);
    assert_eq!((&connection["profile"], &connection["account"]), (&"video".into(), &ACCOUNT.into()));
    assert_eq!(connection["aws_endpoint"], endpoint.into());
    assert!(open(&world, &connection).await.is_ok());
    world.delete(&cluster).await;
}
