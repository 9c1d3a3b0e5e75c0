//! Requests that are refused, and with which words.

use serde_json::{Value as Json, json};

use super::tests::{Bench, CLUSTER_ROLE, NODE_ROLE, cluster_request, merged, nodes_request};

/// What is wrong with a request, and how its refusal begins.
fn wrong_clusters() -> Vec<(Json, &'static str)> {
    let network = |network: Json| json!({"resourcesVpcConfig": network});
    let subnets = ["subnet-0000000a", "subnet-0000000b"];
    vec![
        (json!({"name": "-x"}), "400 InvalidParameterException: The cluster name"),
        (json!({"name": 1}), "400 SerializationException: "),
        (json!({"version": "1.27"}), "400 InvalidParameterException: unsupported Kubernetes version 1.27"),
        (json!({"colour": "red"}), "400 InvalidParameterException: there is no member `colour`"),
        (network(json!({})), "400 InvalidParameterException: resourcesVpcConfig.subnetIds is required"),
        (
            network(json!({"subnetIds": ["subnet-0000000a"]})),
            "400 InvalidParameterException: Subnets specified must be",
        ),
        (
            network(json!({"subnetIds": ["vpc-1", "vpc-2"]})),
            "400 InvalidParameterException: The subnet ID 'vpc-1' does",
        ),
        (
            network(json!({"subnetIds": subnets, "colour": 1})),
            "400 InvalidParameterException: there is no member `colour`",
        ),
        (
            network(json!({"subnetIds": subnets, "securityGroupIds": ["sg"]})),
            "400 InvalidParameterException: The security group 'sg' does not exist",
        ),
        (
            network(json!({"subnetIds": subnets, "endpointPublicAccess": false})),
            "400 InvalidParameterException: Private and public endpoint access cannot be false",
        ),
        (
            network(json!({"subnetIds": subnets, "publicAccessCidrs": ["10.0.0.0/8"]})),
            "400 InvalidParameterException: The following CIDRs are invalid",
        ),
        (
            json!({"kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.0.0.0/8"}}),
            "400 InvalidParameterException: The service",
        ),
        (json!({"tags": {"aws:x": "y"}}), "400 InvalidParameterException: The tag key 'aws:x'"),
        (
            json!({"logging": {"clusterLogging": [{"types": ["all"]}]}}),
            "400 InvalidParameterException: logging.cluster",
        ),
        (
            json!({"upgradePolicy": {"supportType": "STANDARD"}, "version": "1.28"}),
            "400 InvalidParameterException: The support",
        ),
        (json!({"encryptionConfig": [{"resources": ["secrets"]}]}), "400 InvalidParameterException: The keyArn"),
        (json!({"roleArn": "cluster"}), "400 InvalidParameterException: Invalid role arn"),
        (
            json!({"roleArn": "arn:aws:iam::123456789012:role/none"}),
            "400 InvalidParameterException: Role with arn: arn:aws:iam::123456789012:role/none, could not be assumed \
             because it does not exist",
        ),
        (json!({"roleArn": NODE_ROLE}), "400 InvalidParameterException: Role could not be assumed because the trusted"),
        (json!({"roleArn": "arn:aws:iam::210987654321:role/cluster"}), "403 AccessDeniedException: Cross-account"),
        (json!({"computeConfig": {"enabled": true}}), "501 NotImplemented: "),
        (
            json!({"accessConfig": {"bootstrapClusterCreatorAdminPermissions": false}}),
            "400 InvalidParameterException: bootstrapClusterCreator",
        ),
    ]
}

#[test]
fn a_request_for_a_cluster_is_looked_at_closely() {
    let mut bench = Bench::new();
    for (other, refusal) in wrong_clusters() {
        let refused = bench.refused("CreateCluster", cluster_request(other));
        assert!(refused.starts_with(refusal), "{refused}");
    }
    let bare = json!({"roleArn": "arn:aws:iam::123456789012:role/bare"});
    let refused = bench.refused("CreateCluster", cluster_request(bare));
    assert!(refused.contains("[AmazonEKSClusterPolicy] are attached"), "{refused}");
    assert!(!bench.world.keys().any(|key| key.contains("/eks/")));
}

#[test]
fn a_config_update_is_of_one_kind() {
    let mut bench = Bench::with_cluster();
    let table = [
        (json!({}), "400 InvalidParameterException: The type for cluster update was not provided."),
        (
            json!({"deletionProtection": true, "upgradePolicy": {"supportType": "STANDARD"}}),
            "400 InvalidParameterException: Only one type of update can be allowed.",
        ),
        (
            json!({"resourcesVpcConfig": {"endpointPublicAccess": true, "subnetIds": ["subnet-0000000a"]}}),
            "400 InvalidParameterException: Only one type of update can be allowed.",
        ),
        (
            json!({"resourcesVpcConfig": {"endpointPublicAccess": true}}),
            "400 InvalidParameterException: Cluster is already at the desired configuration with \
             endpointPrivateAccess: false , endpointPublicAccess: true, and Public Endpoint Restrictions: [\"0.0.0.0/0\"]",
        ),
        (
            json!({"resourcesVpcConfig": {"subnetIds": ["subnet-0000000b", "subnet-0000000a"]}}),
            "400 InvalidParameterException: No changes needed for the VPC config provided",
        ),
        (
            json!({"logging": {"clusterLogging": [{"types": ["api"], "enabled": false}]}}),
            "400 InvalidParameterException: No changes needed for the logging config provided",
        ),
        (
            json!({"accessConfig": {"authenticationMode": "CONFIG_MAP"}}),
            "400 InvalidParameterException: Unsupported authentication mode update from API to CONFIG_MAP",
        ),
        (json!({"deletionProtection": false}), "400 InvalidParameterException: No changes needed for the deletion"),
        (
            json!({"zonalShiftConfig": {"enabled": false}}),
            "400 InvalidParameterException: No changes needed for the zonal",
        ),
        (json!({"remoteNetworkConfig": {}}), "501 NotImplemented"),
    ];
    for (other, refusal) in table {
        let refused = bench.refused("UpdateClusterConfig", merged(json!({"name": "main"}), other));
        assert!(refused.starts_with(refusal), "{refused}");
    }
}

#[test]
fn a_config_update_changes_something() {
    let mut bench = Bench::with_cluster();
    let changes = [
        (json!({"logging": {"clusterLogging": [{"types": ["api", "audit"], "enabled": true}]}}), "LoggingUpdate"),
        (json!({"resourcesVpcConfig": {"endpointPrivateAccess": true}}), "EndpointAccessUpdate"),
        (json!({"resourcesVpcConfig": {"securityGroupIds": ["sg-0000000a"]}}), "VpcConfigUpdate"),
        (json!({"upgradePolicy": {"supportType": "STANDARD"}}), "UpgradePolicyUpdate"),
        (json!({"zonalShiftConfig": {"enabled": true}}), "ZonalShiftConfigUpdate"),
        (json!({"deletionProtection": true}), "DeletionProtectionUpdate"),
    ];
    for (other, kind) in changes {
        let update = bench.ask("UpdateClusterConfig", merged(json!({"name": "main"}), other)).unwrap();
        assert_eq!(update["update"]["type"], kind);
        bench.pass(10 * 60);
    }
    let cluster = bench.ask("DescribeCluster", json!({"name": "main"})).unwrap();
    let cluster = &cluster["cluster"];
    let logged = json!([
        {"types": ["api", "audit"], "enabled": true},
        {"types": ["authenticator", "controllerManager", "scheduler"], "enabled": false},
    ]);
    assert_eq!(cluster["logging"]["clusterLogging"], logged);
    assert_eq!(cluster["resourcesVpcConfig"]["endpointPrivateAccess"], true);
    assert_eq!(cluster["resourcesVpcConfig"]["securityGroupIds"], json!(["sg-0000000a"]));
    assert!(cluster["resourcesVpcConfig"]["clusterSecurityGroupId"].is_string());
    let refused = bench.refused("DeleteCluster", json!({"name": "main"}));
    assert!(refused.starts_with("400 InvalidRequestException") && refused.contains("deletion protection"), "{refused}");
}

#[test]
fn a_request_for_nodes_is_looked_at_closely() {
    let sizes = |least: u32, most: u32, wanted: u32| json!({"scalingConfig": {"minSize": least, "maxSize": most, "desiredSize": wanted}});
    let table = [
        (json!({"clusterName": "none"}), "404 ResourceNotFoundException: No cluster found for name: none."),
        (json!({"subnets": []}), "400 InvalidParameterException"),
        (json!({"subnets": null}), "400 InvalidParameterException: subnets is required"),
        (sizes(3, 3, 2), "400 InvalidParameterException: Minimum capacity 3 can't"),
        (sizes(1, 2, 3), "400 InvalidParameterException: desired capacity 3 can't"),
        (json!({"scalingConfig": {"minSize": 1}}), "400 InvalidParameterException: minSize, maxSize and desiredSize"),
        (json!({"scalingConfig": {"maxSize": 0}}), "400 InvalidParameterException: scalingConfig.maxSize"),
        (json!({"version": "1.31"}), "400 InvalidParameterException: Requested Nodegroup version 1.31"),
        (json!({"version": "1.33"}), "400 InvalidParameterException: Requested Nodegroup version 1.33"),
        (json!({"amiType": "AL3"}), "400 InvalidParameterException: amiType has to be one of"),
        (json!({"taints": [{"key": "x", "effect": "NO"}]}), "400 InvalidParameterException: taints[0].effect"),
        (
            json!({"launchTemplate": {"id": "lt-1", "name": "x"}}),
            "400 InvalidParameterException: You must specify either",
        ),
        (json!({"launchTemplate": {"id": "lt-1"}, "diskSize": 20}), "400 InvalidParameterException: Disk size"),
        (
            json!({"updateConfig": {"maxUnavailable": 1, "maxUnavailablePercentage": 1}}),
            "400 InvalidParameterException: maxUn",
        ),
        (json!({"nodeRole": CLUSTER_ROLE}), "400 InvalidParameterException: Role could not be assumed"),
    ];
    let mut bench = Bench::with_cluster();
    for (other, refusal) in table {
        let refused = bench.refused("CreateNodegroup", nodes_request(other));
        assert!(refused.starts_with(refusal), "{refused}");
    }
}
