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

    fn addon(&mut self, name: &str) -> String {
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
fn addons_want_nodes() {
    let mut bench = Bench::with_cluster();
    let addon = |name: &str| json!({"clusterName": "main", "addonName": name});
    for name in ["coredns", "kube-proxy"] {
        bench.ask("CreateAddon", addon(name)).unwrap();
        bench.pass(5);
        assert_eq!(bench.addon(name), "CREATING");
    }
    bench.pass(120);
    assert_eq!([bench.addon("coredns"), bench.addon("kube-proxy")], ["DEGRADED", "ACTIVE"]);
    bench.ask("CreateNodegroup", nodes_request(json!({}))).unwrap();
    bench.pass(4 * 60);
    assert_eq!(bench.addon("coredns"), "ACTIVE");
    let other = merged(addon("coredns"), json!({"addonVersion": "v1.11.4-eksbuild.24"}));
    bench.ask("UpdateAddon", other).unwrap();
    bench.pass(120);
    let shown = bench.ask("DescribeAddon", addon("coredns")).unwrap();
    assert_eq!(shown["addon"]["addonVersion"], "v1.11.4-eksbuild.24");
    let table = [
        ("CreateAddon", addon("coredns"), "409 ResourceInUseException: Addon already exists."),
        ("CreateAddon", addon("none"), "400 InvalidParameterException: Addon none specified is not supported"),
        (
            "UpdateAddon",
            merged(addon("coredns"), json!({"addonVersion": "v1.10.1-eksbuild.38"})),
            "400 InvalidParameterException: Addon version specified is not supported",
        ),
        ("DescribeAddon", addon("vpc-cni"), "404 ResourceNotFoundException: No addon: vpc-cni found in cluster: main"),
    ];
    for (operation, members, refusal) in table {
        let refused = bench.refused(operation, members);
        assert!(refused.starts_with(refusal), "{refused}");
    }
    bench.ask("DeleteAddon", addon("coredns")).unwrap();
    assert_eq!(bench.addon("coredns"), "DELETING");
    bench.pass(30);
    assert_eq!(bench.addon("coredns"), "404");
}

#[test]
fn access_entries_need_a_mode_that_has_them() {
    let mut bench = Bench::with_cluster();
    let entry = |principal: &str| json!({"clusterName": "main", "principalArn": principal});
    let creator = "arn:aws:iam::123456789012:user/123456789012";
    let associated = bench.ask("ListAssociatedAccessPolicies", entry(creator)).unwrap();
    let administrator = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";
    assert_eq!(associated["associatedAccessPolicies"][0]["policyArn"], administrator);

    let made = bench.ask("CreateAccessEntry", entry(POD_ROLE)).unwrap();
    assert_eq!(made["accessEntry"]["username"], "arn:aws:sts::123456789012:assumed-role/pods/{{SessionName}}");
    let policy = |scope: Json| merged(entry(POD_ROLE), json!({"policyArn": administrator, "accessScope": scope}));
    bench.ask("AssociateAccessPolicy", policy(json!({"type": "namespace", "namespaces": ["x"]}))).unwrap();
    bench.pass(3);
    let with_policy = json!({"clusterName": "main", "associatedPolicyArn": administrator});
    let listed = bench.ask("ListAccessEntries", with_policy).unwrap();
    assert_eq!(listed["accessEntries"], json!([POD_ROLE, creator]));
    let table = [
        ("CreateAccessEntry", entry(POD_ROLE), "409 ResourceInUseException"),
        ("CreateAccessEntry", entry("arn:aws:iam::123456789012:role/none"), "400 InvalidParameterException: The spec"),
        ("CreateAccessEntry", merged(entry(NODE_ROLE), json!({"kubernetesGroups": ["system:masters"]})), "400 Invalid"),
        ("CreateAccessEntry", merged(entry(NODE_ROLE), json!({"type": "EC2_LINUX", "username": "x"})), "400 Invalid"),
        ("AssociateAccessPolicy", policy(json!({"type": "namespace"})), "400 InvalidParameterException"),
        (
            "AssociateAccessPolicy",
            policy(json!({"type": "cluster", "namespaces": ["x"]})),
            "400 InvalidParameterException",
        ),
        ("DescribeAccessEntry", entry(NODE_ROLE), "404 ResourceNotFoundException: The specified principalArn"),
    ];
    for (operation, members, refusal) in table {
        let refused = bench.refused(operation, members);
        assert!(refused.starts_with(refusal), "{refused}");
    }
    bench.ask("DeleteAccessEntry", entry(POD_ROLE)).unwrap();
    bench.pass(1);
    assert!(bench.refused("DescribeAccessEntry", entry(POD_ROLE)).starts_with("404 "));

    let mut bench = Bench::new();
    bench.ask("CreateCluster", cluster_request(json!({"accessConfig": null}))).unwrap();
    bench.pass(12 * 60);
    assert!(
        bench
            .refused("CreateAccessEntry", entry(POD_ROLE))
            .starts_with("400 InvalidRequestException: The cluster's auth")
    );
}

#[test]
fn a_service_account_has_one_role() {
    let mut bench = Bench::with_cluster();
    let request =
        json!({"clusterName": "main", "namespace": "keda", "serviceAccount": "operator", "roleArn": POD_ROLE});
    let made = bench.ask("CreatePodIdentityAssociation", request.clone()).unwrap();
    let id = made["association"]["associationId"].clone();
    assert!(bench.refused("CreatePodIdentityAssociation", request.clone()).starts_with("409 ResourceInUseException"));
    let wrong = merged(request, json!({"serviceAccount": "other", "roleArn": NODE_ROLE}));
    assert!(
        bench.refused("CreatePodIdentityAssociation", wrong).starts_with("400 InvalidParameterException: Role could")
    );
    bench.pass(1);
    let listed = bench.ask("ListPodIdentityAssociations", json!({"clusterName": "main", "namespace": "keda"})).unwrap();
    assert_eq!(listed["associations"][0]["associationId"], id);
    bench.ask("DeletePodIdentityAssociation", json!({"clusterName": "main", "associationId": id})).unwrap();
    bench.pass(1);
    assert!(
        bench
            .refused("DescribePodIdentityAssociation", json!({"clusterName": "main", "associationId": id}))
            .starts_with("404")
    );
}

#[test]
fn whatever_has_an_arn_has_tags() {
    let mut bench = Bench::with_nodes();
    let cluster = bench.ask("DescribeCluster", json!({"name": "main"})).unwrap()["cluster"]["arn"].clone();
    let nodes = json!({"clusterName": "main", "nodegroupName": "workers"});
    let nodes = bench.ask("DescribeNodegroup", nodes).unwrap()["nodegroup"]["nodegroupArn"].clone();
    for arn in [cluster, nodes] {
        bench.ask("TagResource", json!({"resourceArn": arn, "tags": {"a": "1", "b": "2"}})).unwrap();
        bench.ask("UntagResource", json!({"resourceArn": arn, "tagKeys": ["b"]})).unwrap();
        bench.pass(1);
        assert_eq!(bench.ask("ListTagsForResource", json!({"resourceArn": arn})), Ok(json!({"tags": {"a": "1"}})));
        let reserved = json!({"resourceArn": arn, "tags": {"aws:a": "1"}});
        assert!(bench.refused("TagResource", reserved).starts_with("400 BadRequestException"));
        let many: serde_json::Map<_, _> = (0..50).map(|at| (format!("key{at}"), json!("x"))).collect();
        assert!(bench.refused("TagResource", json!({"resourceArn": arn, "tags": many})).starts_with("400 BadRequest"));
    }
    let none = json!({"resourceArn": "arn:aws:eks:eu-central-1:123456789012:cluster/none"});
    assert!(bench.refused("ListTagsForResource", none).starts_with("404 NotFoundException"));
}

#[test]
fn catalogues_can_be_paged_through() {
    let mut bench = Bench::new();
    let mut token = json!(null);
    let mut names = Vec::new();
    loop {
        let page = bench.ask("DescribeAddonVersions", json!({"maxResults": 2, "nextToken": token})).unwrap();
        names.extend(page["addons"].as_array().unwrap().iter().map(|addon| addon["addonName"].clone()));
        token = page["nextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(names.len(), 5);
    assert!(bench.refused("ListClusters", json!({"maxResults": 101})).starts_with("400 InvalidParameterException"));
    let versions = bench.ask("DescribeClusterVersions", json!({"defaultOnly": true})).unwrap();
    assert_eq!(versions["clusterVersions"][0]["clusterVersion"], "1.33");
}

#[test]
fn a_role_that_is_too_new_is_refused() {
    let mut bench = Bench::new();
    let request = || cluster_request(json!({"roleArn": "arn:aws:iam::123456789012:role/new"}));
    create_role(&mut bench.world, BEGINNING, "new", "eks.amazonaws.com");
    assert!(bench.refused("CreateCluster", request()).contains("does not exist"));
    bench.pass(11);
    assert!(bench.refused("CreateCluster", request()).contains("Amazon EKS Managed Policies"));
    attach(&mut bench.world, BEGINNING + 11, "new", "AmazonEKSClusterPolicy");
    assert!(bench.refused("CreateCluster", request()).contains("Amazon EKS Managed Policies"));
    bench.pass(9);
    bench.ask("CreateCluster", request()).unwrap();
}
