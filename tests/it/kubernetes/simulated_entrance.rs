//! The way into simulated clusters: the same entrance, with simulated credentials.

use std::sync::Arc;

use tidegate::clock::Clock as _;
use tidegate::provider::{Access, ErrorKind, FamilySettings, ProviderError};
use tidegate::providers::aws::AwsFamily;
use tidegate::simulator::aws;
use tidegate::value::{Attributes, Value};

use crate::support::simulated::Simulation;

const STACK: &str = r#"
tidegate: 1
stack: entrance
resources:
  control:
    type: aws.iam_role
    spec:
      name: control
      trust: { Version: "2012-10-17", Statement: [{ Effect: Allow, Principal: { Service: eks.amazonaws.com }, Action: "sts:AssumeRole" }] }
      managed_policies: ["arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"]
  main:
    type: aws.eks_cluster
    spec:
      name: main
      role_arn: ${control.arn}
      subnet_ids: [subnet-0a11111111111111a, subnet-0b22222222222222b]
"#;

fn connection(simulation: &Simulation) -> Attributes {
    let state = simulation.state();
    let cluster = state.resources.values().find(|record| record.resource_type == "aws.eks_cluster").unwrap();
    cluster.attributes["connection"].as_map().unwrap().clone()
}

fn open(simulation: &Simulation, connection: &Attributes) -> Result<Arc<dyn Access>, ProviderError> {
    let simulator = simulation.simulator.clone();
    let config = move |settings: &FamilySettings| {
        let account = settings.get("account").and_then(Value::as_str);
        aws::sdk_config_for(&simulator, account.unwrap_or("000000000000"))
    };
    let entrance = AwsFamily::with_config_for(config).with_jitter(Arc::new(|| 0.5)).entrance();
    simulation.block_on(entrance.open(connection, Arc::new(simulation.clock.clone())))
}

#[test]
fn a_cluster_that_was_made_anew_is_another_one() {
    let simulation = Simulation::new("entrance");
    let stack = simulation.stack(STACK);
    simulation.apply_all(&stack);
    let first = connection(&simulation);
    assert_eq!(first["account"], aws::ACCOUNT.into());
    let access = open(&simulation, &first).unwrap();
    let pem = access.certificate_authority().unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"), "{pem}");
    let token = simulation.block_on(access.token()).unwrap().unwrap();
    assert_eq!((token.expires_at - simulation.clock.now()).as_secs(), 14 * 60);
    assert_eq!(simulation.block_on(access.exists()), Ok(true));

    simulation.destroy_all();
    assert_eq!(simulation.block_on(access.exists()), Ok(false));
    simulation.pass(60);
    simulation.apply_all(&stack);
    let second = connection(&simulation);
    assert_eq!(first["name"], second["name"]);
    assert_eq!(simulation.block_on(access.exists()), Ok(false), "another one has the name now");
    assert_eq!(simulation.block_on(open(&simulation, &second).unwrap().exists()), Ok(true));
}

#[test]
fn a_cloud_that_says_no_is_no_word_on_the_cluster() {
    let simulation = Simulation::new("entrance");
    simulation.apply_all(&simulation.stack(STACK));
    let access = open(&simulation, &connection(&simulation)).unwrap();
    simulation
        .set_faults("faults: [{ operation: \"eks:DescribeCluster\", kind: refuse, status: 403, code: AccessDenied }]");
    let error = simulation.block_on(access.exists()).unwrap_err();
    assert!(matches!(error.kind, ErrorKind::AccessDenied { .. }), "{error}");
}
