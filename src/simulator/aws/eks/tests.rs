//! The service from outside: calls, their codes, and what becomes of things over time.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::OPERATIONS;
use crate::simulator::World;
use crate::simulator::aws::eks::json::Members;
use crate::simulator::aws::{ACCOUNT, Caller, Input, Twist, iam, query};

pub(super) struct Bench {
    pub(super) world: World,
    pub(super) caller: Caller,
    seconds: u64,
}

pub(super) const CLUSTER_ROLE: &str = "arn:aws:iam::123456789012:role/cluster";
pub(super) const NODE_ROLE: &str = "arn:aws:iam::123456789012:role/nodes";
pub(super) const POD_ROLE: &str = "arn:aws:iam::123456789012:role/pods";

/// Long enough before the tests begin that nothing of IAM is late.
const BEFORE: u64 = BEGINNING - 3600;
pub(super) const BEGINNING: u64 = 1_700_000_000;

/// What IAM is asked to do.
fn ask_iam(world: &mut World, seconds: u64, action: &str, form: &[(&str, &str)]) {
    let body =
        form_urlencoded::Serializer::new(String::new()).append_pair("Action", action).extend_pairs(form).finish();
    let Ok((_, Input::Query(parameters))) = query::read(iam::OPERATIONS, &body) else { panic!("{body}") };
    let operation = iam::OPERATIONS.iter().find(|operation| operation.name == action).unwrap();
    world.begin(Duration::from_secs(seconds));
    (operation.answer)(world, &caller(), &parameters).unwrap();
    world.commit().unwrap();
}

fn create_role(world: &mut World, seconds: u64, name: &str, service: &str) {
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
    }]});
    let form = [("RoleName", name), ("AssumeRolePolicyDocument", &trust.to_string())];
    ask_iam(world, seconds, "CreateRole", &form);
}

fn attach(world: &mut World, seconds: u64, name: &str, policy: &str) {
    let arn = format!("arn:aws:iam::aws:policy/{policy}");
    ask_iam(world, seconds, "AttachRolePolicy", &[("RoleName", name), ("PolicyArn", &arn)]);
}

fn put_role(world: &mut World, name: &str, service: &str, policies: &[&str]) {
    let start = world.time().as_secs().max(BEFORE) + 60;
    create_role(world, start, name, service);
    policies.iter().for_each(|policy| attach(world, start + 60, name, policy));
}

pub(super) fn put_roles(world: &mut World) {
    put_role(world, "cluster", "eks.amazonaws.com", &["AmazonEKSClusterPolicy"]);
    let of_nodes = ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryReadOnly", "AmazonEKS_CNI_Policy"];
    put_role(world, "nodes", "ec2.amazonaws.com", &of_nodes);
    put_role(world, "offline", "ec2.amazonaws.com", of_nodes.split_at(2).0);
    put_role(world, "pods", "pods.eks.amazonaws.com", &[]);
    put_role(world, "bare", "eks.amazonaws.com", &[]);
}

fn caller() -> Caller {
    Caller {
        account: ACCOUNT.to_owned(),
        region: "eu-central-1".to_owned(),
        access_key: ACCOUNT.to_owned(),
        served_at: None,
        twist: None,
    }
}

impl Bench {
    pub(super) fn new() -> Self {
        let mut world = World::new(7);
        put_roles(&mut world);
        Self { world, caller: caller(), seconds: BEGINNING }
    }

    pub(super) fn begin(&mut self) {
        self.world.begin(Duration::from_secs(self.seconds));
    }

    pub(super) fn ask(&mut self, operation: &str, members: Json) -> Result<Json, String> {
        self.begin();
        let operation = OPERATIONS.iter().find(|known| known.name == operation).unwrap();
        let members = Members::of(&members);
        let answer = members
            .only(operation.takes, "InvalidParameterException")
            .and_then(|()| (operation.answer)(&mut self.world, &self.caller, &members));
        self.world.commit().unwrap();
        answer.map_err(|refusal| format!("{} {}: {}", refusal.status, refusal.code, refusal.message))
    }

    pub(super) fn refused(&mut self, operation: &str, members: Json) -> String {
        let answer = self.ask(operation, members.clone());
        answer.expect_err(&format!("{operation} of {members}"))
    }

    pub(super) fn pass(&mut self, seconds: u64) {
        self.seconds += seconds;
    }

    fn twisted(&mut self, twist: Twist, operation: &str, members: Json) -> Json {
        self.caller.twist = Some(twist);
        let answer = self.ask(operation, members);
        self.caller.twist = None;
        answer.unwrap()
    }

    fn status(&mut self, operation: &str, members: Json) -> String {
        match self.ask(operation, members) {
            Ok(answer) => {
                let inner = answer.as_object().unwrap().values().next().unwrap();
                inner["status"].as_str().unwrap_or("?").to_owned()
            }
            Err(refused) => refused.split(' ').next().unwrap().to_owned(),
        }
    }

    fn cluster(&mut self) -> String {
        self.status("DescribeCluster", json!({"name": "main"}))
    }

    fn node_group(&mut self) -> String {
        self.status("DescribeNodegroup", json!({"clusterName": "main", "nodegroupName": "workers"}))
    }

    pub(super) fn addon(&mut self, name: &str) -> String {
        self.status("DescribeAddon", json!({"clusterName": "main", "addonName": name}))
    }

    /// With a cluster that is ready.
    pub(super) fn with_cluster() -> Self {
        let mut bench = Self::new();
        bench.ask("CreateCluster", cluster_request(json!({}))).unwrap();
        bench.pass(12 * 60);
        bench
    }

    /// With a cluster and nodes that are ready.
    pub(super) fn with_nodes() -> Self {
        let mut bench = Self::with_cluster();
        bench.ask("CreateNodegroup", nodes_request(json!({}))).unwrap();
        bench.pass(4 * 60);
        assert_eq!(bench.node_group(), "ACTIVE");
        bench
    }
}

pub(super) fn merged(mut base: Json, other: Json) -> Json {
    for (name, value) in other.as_object().unwrap() {
        base[name] = value.clone();
    }
    base
}

pub(super) fn cluster_request(other: Json) -> Json {
    let base = json!({
        "name": "main",
        "version": "1.32",
        "roleArn": CLUSTER_ROLE,
        "resourcesVpcConfig": {"subnetIds": ["subnet-0000000a", "subnet-0000000b"]},
        "accessConfig": {"authenticationMode": "API"},
    });
    merged(base, other)
}

pub(super) fn nodes_request(other: Json) -> Json {
    let base = json!({
        "clusterName": "main",
        "nodegroupName": "workers",
        "subnets": ["subnet-0000000a"],
        "nodeRole": NODE_ROLE,
    });
    merged(base, other)
}

#[test]
fn every_route_has_its_operation() {
    let mut routed: Vec<_> = super::route::operations().collect();
    let mut known: Vec<_> = OPERATIONS.iter().map(|operation| operation.name).collect();
    routed.sort_unstable();
    known.sort_unstable();
    assert_eq!(routed, known);
}

#[test]
fn a_cluster_takes_its_time() {
    let mut bench = Bench::new();
    let made = bench.ask("CreateCluster", cluster_request(json!({}))).unwrap();
    assert_eq!((&made["cluster"]["status"], &made["cluster"]["endpoint"]), (&json!("CREATING"), &Json::Null));
    assert_eq!(bench.cluster(), "404");
    bench.pass(1);
    assert_eq!(bench.cluster(), "CREATING");
    bench.pass(7 * 60);
    assert_eq!(bench.cluster(), "CREATING");
    bench.pass(4 * 60);
    assert_eq!(bench.cluster(), "ACTIVE");
    let cluster = bench.ask("DescribeCluster", json!({"name": "main"})).unwrap();
    let cluster = &cluster["cluster"];
    assert!(cluster["endpoint"].as_str().unwrap().ends_with(".gr7.eu-central-1.eks.amazonaws.com"));
    assert!(cluster["identity"]["oidc"]["issuer"].as_str().unwrap().starts_with("https://oidc.eks.eu-central-1."));
    assert!(cluster["resourcesVpcConfig"]["clusterSecurityGroupId"].as_str().unwrap().starts_with("sg-0"));
    assert_eq!(cluster["accessConfig"], json!({"authenticationMode": "API"}));

    let deleted = bench.ask("DeleteCluster", json!({"name": "main"})).unwrap();
    assert_eq!(deleted["cluster"]["status"], "DELETING");
    assert_eq!(bench.cluster(), "DELETING");
    bench.pass(120);
    assert_eq!(bench.cluster(), "DELETING");
    assert!(bench.refused("DeleteCluster", json!({"name": "main"})).starts_with("409 "));
    bench.pass(180);
    let gone = bench.refused("DescribeCluster", json!({"name": "main"}));
    assert_eq!(gone, "404 ResourceNotFoundException: No cluster found for name: main.");
    assert!(!bench.world.keys().any(|key| key.contains("/eks/")), "{:?}", bench.world.keys().collect::<Vec<_>>());
}

#[test]
fn a_cluster_that_fails_says_why_and_can_be_deleted() {
    let mut bench = Bench::new();
    bench.twisted(Twist::Failed, "CreateCluster", cluster_request(json!({})));
    bench.pass(4 * 60);
    assert_eq!(bench.cluster(), "CREATING");
    bench.pass(4 * 60);
    assert_eq!(bench.cluster(), "FAILED");
    let cluster = bench.ask("DescribeCluster", json!({"name": "main"})).unwrap();
    assert_eq!(cluster["cluster"]["health"]["issues"][0]["code"], "InternalFailure");
    assert!(bench.refused("CreateNodegroup", nodes_request(json!({}))).starts_with("400 InvalidRequestException"));
    bench.ask("DeleteCluster", json!({"name": "main"})).unwrap();
    bench.pass(5 * 60);
    assert_eq!(bench.cluster(), "404");

    bench.twisted(Twist::Stuck, "CreateCluster", cluster_request(json!({})));
    bench.pass(100 * 60 * 60);
    assert_eq!(bench.cluster(), "CREATING");
}

#[test]
fn updates_come_one_at_a_time() {
    let mut bench = Bench::with_cluster();
    let update = bench.ask("UpdateClusterVersion", json!({"name": "main", "version": "1.33"})).unwrap();
    let id = update["update"]["id"].clone();
    assert_eq!(bench.cluster(), "ACTIVE", "readers are late");
    bench.pass(2);
    assert_eq!(bench.cluster(), "UPDATING");
    let refusals = [
        bench.refused("UpdateClusterVersion", json!({"name": "main", "version": "1.34"})),
        bench.refused("UpdateClusterConfig", json!({"name": "main", "deletionProtection": true})),
        bench.refused("DeleteCluster", json!({"name": "main"})),
        bench.refused("CreateNodegroup", nodes_request(json!({}))),
    ];
    for refusal in refusals {
        assert!(refusal.starts_with("409 ResourceInUseException") && refusal.contains("in progress"), "{refusal}");
    }
    let described = bench.ask("DescribeUpdate", json!({"name": "main", "updateId": id})).unwrap();
    assert_eq!(
        (&described["update"]["status"], &described["update"]["type"]),
        (&json!("InProgress"), &json!("VersionUpdate"))
    );
    bench.pass(10 * 60);
    let described = bench.ask("DescribeUpdate", json!({"name": "main", "updateId": id})).unwrap();
    assert_eq!(described["update"]["status"], "Successful");
    let cluster = bench.ask("DescribeCluster", json!({"name": "main"})).unwrap();
    assert_eq!((&cluster["cluster"]["status"], &cluster["cluster"]["version"]), (&json!("ACTIVE"), &json!("1.33")));

    let update = bench.twisted(Twist::Failed, "UpdateClusterVersion", json!({"name": "main", "version": "1.34"}));
    bench.pass(11 * 60);
    let id = &update["update"]["id"];
    let described = bench.ask("DescribeUpdate", json!({"name": "main", "updateId": id})).unwrap();
    assert_eq!(described["update"]["status"], "Failed");
    assert!(!described["update"]["errors"].as_array().unwrap().is_empty());
    let cluster = bench.ask("DescribeCluster", json!({"name": "main"})).unwrap();
    assert_eq!((&cluster["cluster"]["status"], &cluster["cluster"]["version"]), (&json!("ACTIVE"), &json!("1.33")));
    let updates = bench.ask("ListUpdates", json!({"name": "main"})).unwrap();
    assert_eq!(updates["updateIds"].as_array().unwrap().len(), 2);
}

#[test]
fn encryption_comes_once() {
    let mut bench = Bench::with_cluster();
    let key = |id: &str| {
        let key = format!("arn:aws:kms:eu-central-1:123456789012:key/{id}");
        json!({"clusterName": "main", "encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": key}}]})
    };
    bench.ask("AssociateEncryptionConfig", key("one")).unwrap();
    bench.pass(20 * 60);
    for id in ["one", "other"] {
        assert!(bench.refused("AssociateEncryptionConfig", key(id)).starts_with("400 InvalidParameterException"));
    }
}

#[test]
fn a_token_has_its_effect_once() {
    let mut bench = Bench::new();
    let request = |other: Json| merged(cluster_request(json!({"clientRequestToken": "t"})), other);
    let one = bench.ask("CreateCluster", request(json!({}))).unwrap();
    bench.pass(60);
    assert_eq!(bench.ask("CreateCluster", request(json!({}))), Ok(one));
    for other in [json!({"version": "1.33"}), json!({"name": "other"})] {
        let refused = bench.refused("CreateCluster", request(other));
        assert!(refused.starts_with("400 InvalidParameterException") && refused.contains("token"), "{refused}");
    }
    let refused = bench.refused("CreateCluster", cluster_request(json!({})));
    assert_eq!(refused, "409 ResourceInUseException: Cluster already exists with name: main");
    bench.pass(12 * 60);
    let update = json!({"name": "main", "version": "1.33", "clientRequestToken": "t"});
    let first = bench.ask("UpdateClusterVersion", update.clone()).unwrap();
    bench.pass(5 * 60);
    assert_eq!(bench.ask("UpdateClusterVersion", update), Ok(first));
}

#[test]
fn node_groups_keep_their_cluster() {
    let mut bench = Bench::with_nodes();
    let refused = bench.refused("DeleteCluster", json!({"name": "main"}));
    assert_eq!(refused, "409 ResourceInUseException: Cluster has nodegroups attached");
    let named = json!({"clusterName": "main", "nodegroupName": "workers"});
    bench.ask("DeleteNodegroup", named.clone()).unwrap();
    assert_eq!(bench.node_group(), "DELETING");
    assert!(bench.refused("DeleteCluster", json!({"name": "main"})).starts_with("409 "));
    bench.pass(6 * 60);
    assert_eq!(
        bench.refused("DescribeNodegroup", named),
        "404 ResourceNotFoundException: No node group found for name: workers."
    );
    bench.ask("DeleteCluster", json!({"name": "main"})).unwrap();
}

#[test]
fn nodes_without_a_network_never_join() {
    let mut bench = Bench::with_cluster();
    let offline = json!({"nodeRole": "arn:aws:iam::123456789012:role/offline"});
    bench.ask("CreateNodegroup", nodes_request(offline.clone())).unwrap();
    bench.pass(14 * 60);
    assert_eq!(bench.node_group(), "CREATING");
    bench.pass(12 * 60);
    assert_eq!(bench.node_group(), "CREATE_FAILED");
    bench.ask("DeleteNodegroup", json!({"clusterName": "main", "nodegroupName": "workers"})).unwrap();
    bench.pass(6 * 60);
    let associations = json!([{"serviceAccount": "aws-node", "roleArn": POD_ROLE}]);
    let addon = json!({"clusterName": "main", "addonName": "vpc-cni", "podIdentityAssociations": associations});
    bench.ask("CreateAddon", addon).unwrap();
    bench.ask("CreateNodegroup", nodes_request(offline)).unwrap();
    bench.pass(5 * 60);
    assert_eq!(bench.node_group(), "ACTIVE");
}

#[test]
fn nodes_follow_their_cluster_up() {
    let mut bench = Bench::with_nodes();
    let named = json!({"clusterName": "main", "nodegroupName": "workers"});
    let newer = merged(named.clone(), json!({"version": "1.33"}));
    assert!(bench.refused("UpdateNodegroupVersion", newer.clone()).starts_with("400 InvalidParameterException"));
    bench.ask("UpdateClusterVersion", json!({"name": "main", "version": "1.33"})).unwrap();
    bench.pass(11 * 60);
    let update = bench.ask("UpdateNodegroupVersion", newer).unwrap();
    bench.pass(3);
    assert_eq!(bench.node_group(), "UPDATING");
    let config =
        merged(named.clone(), json!({"scalingConfig": {"maxSize": 5}, "labels": {"addOrUpdateLabels": {"a": "b"}}}));
    assert!(bench.refused("UpdateNodegroupConfig", config.clone()).starts_with("409 ResourceInUseException"));
    assert!(bench.refused("DeleteNodegroup", named.clone()).starts_with("409 ResourceInUseException"));
    bench.pass(11 * 60);
    let id = &update["update"]["id"];
    let of_nodes = json!({"name": "main", "updateId": id, "nodegroupName": "workers"});
    assert_eq!(bench.ask("DescribeUpdate", of_nodes).unwrap()["update"]["status"], "Successful");
    assert!(bench.refused("DescribeUpdate", json!({"name": "main", "updateId": id})).starts_with("404 "));
    bench.ask("UpdateNodegroupConfig", config).unwrap();
    bench.pass(5 * 60);
    let group = bench.ask("DescribeNodegroup", named).unwrap();
    let group = &group["nodegroup"];
    assert_eq!((&group["version"], &group["labels"]), (&json!("1.33"), &json!({"a": "b"})));
    assert_eq!(group["scalingConfig"], json!({"minSize": 1, "maxSize": 5, "desiredSize": 2}));
    assert!(group["releaseVersion"].as_str().unwrap().starts_with("1.33."));
}

#[test]
fn a_role_that_is_too_new_is_refused() {
    let mut bench = Bench::new();
    let request = || cluster_request(json!({"roleArn": "arn:aws:iam::123456789012:role/new"}));
    create_role(&mut bench.world, BEGINNING, "new", "eks.amazonaws.com");
    assert!(bench.refused("CreateCluster", request()).contains("does not exist"));
    bench.pass(13);
    assert!(bench.refused("CreateCluster", request()).contains("Amazon EKS Managed Policies"));
    attach(&mut bench.world, BEGINNING + 13, "new", "AmazonEKSClusterPolicy");
    assert!(bench.refused("CreateCluster", request()).contains("Amazon EKS Managed Policies"));
    bench.pass(11);
    bench.ask("CreateCluster", request()).unwrap();
}
