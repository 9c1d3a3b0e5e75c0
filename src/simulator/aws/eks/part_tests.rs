//! What belongs to a cluster: addons, access entries, pod identities and tags.

use serde_json::{Value as Json, json};

use super::tests::{Bench, NODE_ROLE, POD_ROLE, cluster_request, merged, nodes_request};

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
