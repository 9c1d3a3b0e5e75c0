//! The service through the SDK's own client: the wire, the waiters' view of it, and the members' names.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_eks::Client;
use aws_sdk_eks::error::ProvideErrorMetadata as _;
use aws_sdk_eks::types::{
    AccessScope, AccessScopeType, AuthenticationMode, ClusterStatus, CreateAccessConfigRequest, NodegroupStatus,
    UpdateStatus, VpcConfigRequest,
};

use super::tests::{BEGINNING, CLUSTER_ROLE, NODE_ROLE, POD_ROLE, put_roles};
use crate::clock::Clock as _;
use crate::simulator::{Faults, SimulatedClock, Simulator, aws};

struct Cloud {
    client: Client,
    clock: SimulatedClock,
}

fn cloud() -> Cloud {
    let clock = SimulatedClock::new(Duration::from_secs(BEGINNING));
    let simulator = Simulator::in_memory(Arc::new(clock.clone()), 1, Faults::default());
    put_roles(&mut simulator.world());
    Cloud { client: Client::new(&aws::sdk_config(&simulator)), clock }
}

impl Cloud {
    async fn create_cluster(&self) {
        let network = VpcConfigRequest::builder().subnet_ids("subnet-0000000a").subnet_ids("subnet-0000000b");
        let access = CreateAccessConfigRequest::builder().authentication_mode(AuthenticationMode::Api);
        let made = self.client.create_cluster().name("main").version("1.32").role_arn(CLUSTER_ROLE);
        let made = made.resources_vpc_config(network.build()).access_config(access.build()).tags("a", "b");
        let cluster = made.send().await.unwrap().cluster.unwrap();
        assert_eq!(cluster.status(), Some(&ClusterStatus::Creating));
        assert_eq!(cluster.certificate_authority().and_then(|authority| authority.data()), None);
        self.clock.sleep(Duration::from_secs(12 * 60)).await;
    }
}

#[test]
fn a_cluster_comes_through_whole() {
    let cloud = cloud();
    cloud.clock.runtime().unwrap().block_on(async {
        cloud.create_cluster().await;
        let cluster = cloud.client.describe_cluster().name("main").send().await.unwrap().cluster.unwrap();
        assert_eq!(cluster.status(), Some(&ClusterStatus::Active));
        assert_eq!(cluster.arn(), Some("arn:aws:eks:us-east-1:123456789012:cluster/main"));
        assert!(cluster.created_at().unwrap().secs() >= 1_700_000_000);
        assert!(cluster.endpoint().is_some() && cluster.identity().unwrap().oidc().unwrap().issuer().is_some());
        assert!(cluster.certificate_authority().unwrap().data().is_some());
        let network = cluster.resources_vpc_config().unwrap();
        assert_eq!((network.subnet_ids().len(), network.public_access_cidrs()), (2, &["0.0.0.0/0".to_owned()][..]));
        assert!(network.cluster_security_group_id().is_some() && network.vpc_id().is_some());
        assert_eq!(cluster.kubernetes_network_config().unwrap().service_ipv4_cidr(), Some("10.100.0.0/16"));
        assert_eq!(cluster.logging().unwrap().cluster_logging()[0].types().len(), 5);
        assert_eq!(cluster.tags().unwrap()["a"], "b");
        assert_eq!(cluster.platform_version(), Some("eks.18"));
        assert_eq!(cluster.deletion_protection(), Some(false));

        let update = cloud.client.update_cluster_version().name("main").version("1.33").send().await.unwrap();
        let update = update.update.unwrap();
        cloud.clock.sleep(Duration::from_secs(11 * 60)).await;
        let update = cloud.client.describe_update().name("main").update_id(update.id().unwrap()).send().await.unwrap();
        let update = update.update.unwrap();
        assert_eq!((update.status(), update.params().len()), (Some(&UpdateStatus::Successful), 2));
        let listed = cloud.client.list_clusters().max_results(1).send().await.unwrap();
        assert_eq!(listed.clusters(), ["main"]);
    });
}

#[test]
fn what_belongs_to_a_cluster_comes_through_whole() {
    let cloud = cloud();
    cloud.clock.runtime().unwrap().block_on(async {
        cloud.create_cluster().await;
        let client = &cloud.client;
        let nodes = client.create_nodegroup().cluster_name("main").nodegroup_name("workers").node_role(NODE_ROLE);
        nodes.subnets("subnet-0000000a").labels("x", "y").send().await.unwrap();
        let addon = client.create_addon().cluster_name("main").addon_name("coredns").send().await.unwrap();
        assert_eq!(addon.addon.unwrap().addon_version(), Some("v1.11.3-eksbuild.1"));
        cloud.clock.sleep(Duration::from_secs(4 * 60)).await;
        let nodes = client.describe_nodegroup().cluster_name("main").nodegroup_name("workers").send().await.unwrap();
        let nodes = nodes.nodegroup.unwrap();
        assert_eq!((nodes.status(), nodes.disk_size()), (Some(&NodegroupStatus::Active), Some(20)));
        assert_eq!(nodes.resources().unwrap().auto_scaling_groups().len(), 1);

        // The ARN is a label of the path here, slashes and all.
        let policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy";
        client.create_access_entry().cluster_name("main").principal_arn(POD_ROLE).send().await.unwrap();
        let scope = AccessScope::builder().r#type(AccessScopeType::Namespace).namespaces("keda").build();
        let associate = client.associate_access_policy().cluster_name("main").principal_arn(POD_ROLE);
        associate.policy_arn(policy).access_scope(scope).send().await.unwrap();
        cloud.clock.sleep(Duration::from_secs(3)).await;
        let list = client.list_associated_access_policies().cluster_name("main").principal_arn(POD_ROLE);
        let list = list.send().await.unwrap();
        assert_eq!(list.associated_access_policies()[0].access_scope().unwrap().namespaces(), ["keda"]);
        let disassociate = client.disassociate_access_policy().cluster_name("main").principal_arn(POD_ROLE);
        disassociate.policy_arn(policy).send().await.unwrap();

        let pods = client.create_pod_identity_association().cluster_name("main").namespace("keda");
        let pods = pods.service_account("operator").role_arn(POD_ROLE).send().await.unwrap().association.unwrap();
        client.tag_resource().resource_arn(pods.association_arn().unwrap()).tags("a", "b c/d").send().await.unwrap();
        cloud.clock.sleep(Duration::from_secs(2)).await;
        let untag = client.untag_resource().resource_arn(pods.association_arn().unwrap());
        untag.tag_keys("a").tag_keys("other").send().await.unwrap();

        let refused = client.delete_cluster().name("main").send().await.unwrap_err();
        assert!(refused.as_service_error().unwrap().is_resource_in_use_exception(), "{refused:?}");
        let refused = client.describe_cluster().name("none").send().await.unwrap_err();
        assert!(refused.as_service_error().unwrap().is_resource_not_found_exception(), "{refused:?}");
        let refused = client.list_fargate_profiles().cluster_name("main").send().await.unwrap_err();
        assert_eq!(refused.code(), Some("NotImplemented"));
    });
}

#[test]
fn the_catalogues_come_through_whole() {
    let cloud = cloud();
    cloud.clock.runtime().unwrap().block_on(async {
        let addons = cloud.client.describe_addon_versions().addon_name("vpc-cni").kubernetes_version("1.34");
        let addons = addons.send().await.unwrap();
        let version = &addons.addons()[0].addon_versions()[0];
        assert_eq!(version.compatibilities()[0].cluster_version(), Some("1.34"));
        let versions = cloud.client.describe_cluster_versions().cluster_versions("1.28").cluster_versions("1.34");
        assert_eq!(versions.send().await.unwrap().cluster_versions().len(), 2);
        let policies = cloud.client.list_access_policies().send().await.unwrap();
        assert!(policies.access_policies().iter().all(|policy| policy.arn().is_some()));
    });
}
