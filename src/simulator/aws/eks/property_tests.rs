//! The service under random calls: nothing panics, and what must never be is never.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::OPERATIONS;
use super::place::{ADDON, CLUSTER, NODE_GROUP, OF_A_CLUSTER, POD_IDENTITY, Place, UPDATE};
use super::tests::{Bench, CLUSTER_ROLE, NODE_ROLE, POD_ROLE};
use crate::simulator::aws::Twist;

/// Few enough values that calls meet each other's objects.
fn value(member: &str) -> BoxedStrategy<Json> {
    let among = |values: Json| prop::sample::select(values.as_array().cloned().unwrap_or_default()).boxed();
    match member {
        "name" | "clusterName" => among(json!(["main", "main", "main", "main", "main", "main", "other", "a b"])),
        "nodegroupName" => among(json!(["workers", "workers", "spot"])),
        "addonName" => among(json!(["coredns", "coredns", "vpc-cni", "none"])),
        "version" => among(json!(["1.31", "1.32", "1.33", "1.40"])),
        "roleArn" => among(json!([CLUSTER_ROLE, CLUSTER_ROLE, POD_ROLE, POD_ROLE])),
        "nodeRole" => among(json!([NODE_ROLE, NODE_ROLE, NODE_ROLE, CLUSTER_ROLE])),
        "principalArn" => among(json!([NODE_ROLE, POD_ROLE, "arn:aws:iam::123456789012:user/x"])),
        "subnets" => among(json!([["subnet-0000000a"], ["subnet-0000000b"], ["subnet-0000000c"], []])),
        "resourcesVpcConfig" => among(json!([
            {"subnetIds": ["subnet-0000000a", "subnet-0000000b"]},
            {"subnetIds": ["subnet-0000000a", "subnet-0000000c"]},
            {"subnetIds": ["subnet-0000000c", "subnet-0000000b"]},
            {"endpointPrivateAccess": true},
        ])),
        "accessConfig" => among(json!([{"authenticationMode": "API"}, {"authenticationMode": "API_AND_CONFIG_MAP"}])),
        "logging" => among(json!([{"clusterLogging": [{"types": ["api"], "enabled": true}]}])),
        "encryptionConfig" => among(json!([
            [{"resources": ["secrets"], "provider": {"keyArn": "arn:aws:kms:eu-central-1:123456789012:key/x"}}],
        ])),
        "policyArn" => among(json!(["arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"])),
        "accessScope" => among(json!([{"type": "cluster"}])),
        "clientRequestToken" => among(json!(["t", "u", "v", "w", "x"])),
        "namespace" | "serviceAccount" => among(json!(["keda", "kube-system"])),
        "deletionProtection" => among(json!([false, false, false, true])),
        "resourceArn" => among(json!(["arn:aws:eks:eu-central-1:123456789012:cluster/main"])),
        "podIdentityAssociations" => among(json!([
            [{"serviceAccount": "keda", "roleArn": POD_ROLE}],
            [{"serviceAccount": "a", "roleArn": POD_ROLE}, {"serviceAccount": "keda", "roleArn": POD_ROLE}],
            [],
        ])),
        "tags" => among(json!([{"a": "b"}])),
        "labels" => among(json!([{"addOrUpdateLabels": {"a": "b"}}, {"removeLabels": ["a"]}])),
        "tagKeys" => among(json!([["a"]])),
        "updateId" | "associationId" => among(json!(["x"])),
        _ => among(json!([1, true, "x", ["x"], {"x": "y"}])),
    }
}

/// Members that calls have to have to get anywhere, and now and then others.
fn members(takes: &'static [&'static str]) -> BoxedStrategy<Json> {
    const COMMON: [&str; 20] = [
        "name",
        "clusterName",
        "nodegroupName",
        "addonName",
        "version",
        "roleArn",
        "nodeRole",
        "principalArn",
        "subnets",
        "resourcesVpcConfig",
        "encryptionConfig",
        "policyArn",
        "accessScope",
        "namespace",
        "serviceAccount",
        "updateId",
        "associationId",
        "resourceArn",
        "tags",
        "tagKeys",
    ];
    let each: Vec<_> = takes
        .iter()
        .map(|name| {
            let share = match *name {
                "clientRequestToken" | "podIdentityAssociations" => 0.2,
                // A call that changes everything at once is refused.
                "resourcesVpcConfig" if !takes.contains(&"roleArn") => 0.7,
                "nodegroupName" | "addonName" | "capabilityName" if takes.contains(&"capabilityName") => 0.1,
                "labels" if takes.len() < 10 => 0.9,
                // The cluster's own is best where it may be left away.
                "version" if takes.len() > 5 => 0.1,
                name if COMMON.contains(&name) => 0.98,
                _ => 0.01,
            };
            (prop::option::weighted(share, value(name)), Just(*name))
        })
        .collect();
    each.prop_map(|members| members.into_iter().filter_map(|(value, name)| Some((name.to_owned(), value?))).collect())
        .boxed()
}

fn call() -> impl Strategy<Value = (&'static str, Json, Option<Twist>, u64)> {
    const OFTEN: [&str; 5] =
        ["CreateCluster", "CreateNodegroup", "CreateAddon", "DeleteNodegroup", "UpdateClusterConfig"];
    let all = OPERATIONS.iter().map(|operation| (operation.name, operation.takes));
    let often: Vec<_> = all.clone().filter(|(name, _)| OFTEN.contains(name)).collect();
    let all: Vec<_> = all.chain(often.repeat(3)).collect();
    let twist = prop_oneof![
        8 => Just(None),
        1 => Just(Some(Twist::Failed)),
        1 => Just(Some(Twist::Stuck)),
    ];
    let pause = prop_oneof![Just(0), Just(1), Just(30), Just(300), Just(900)];
    (prop::sample::select(all), twist, pause)
        .prop_flat_map(|((name, takes), twist, pause)| (Just(name), members(takes), Just(twist), Just(pause)))
}

/// Ids that the service made up cannot be guessed.
fn name_what_is_there(bench: &mut Bench, members: &mut Json) {
    let caller = bench.caller.clone();
    let place = Place::enter(&mut bench.world, &caller);
    for (member, kind) in [("updateId", UPDATE), ("associationId", POD_IDENTITY)] {
        if let Some((id, _)) = place.list(kind, &["main"]).pop() {
            members.as_object_mut().unwrap().entry(member).and_modify(|value| *value = json!(id));
        }
    }
}

/// What is there by now.
fn everything(bench: &mut Bench) -> Vec<(String, Json)> {
    bench.begin();
    let caller = bench.caller.clone();
    Place::enter(&mut bench.world, &caller);
    bench.world.list("aws/")
}

fn check(bench: &mut Bench) -> Result<(), TestCaseError> {
    let caller = bench.caller.clone();
    let place = Place::enter(&mut bench.world, &caller);
    let clusters: Vec<_> = place.list(CLUSTER, &[]);
    let names: Vec<_> = clusters.iter().map(|(name, _)| name.as_str()).collect();
    for (name, cluster) in &clusters {
        let of = json!(format!("cluster/{name}"));
        let updates = place.list(UPDATE, &[name]).into_iter();
        let under_way = updates.filter(|(_, one)| one.status() == "InProgress" && one.hidden.get("of") == Some(&of));
        let under_way = under_way.count();
        prop_assert_eq!(under_way, usize::from(cluster.status() == "UPDATING"), "{:?}", cluster);
        if cluster.status() == "DELETING" {
            prop_assert!(place.list(NODE_GROUP, &[name]).is_empty());
        }
        let runs = matches!(cluster.status(), "ACTIVE" | "UPDATING");
        let has_endpoint = !cluster.text("endpoint").is_empty();
        prop_assert!(!runs || has_endpoint, "{:?}", cluster);
        for kind in [NODE_GROUP, ADDON] {
            prop_assert!(place.list(kind, &[name]).iter().all(|(_, one)| one.text("clusterName") == name));
        }
    }
    for kind in OF_A_CLUSTER {
        let below = place.key(kind, &[""]);
        let all: Vec<_> = place.world.keys().filter_map(|key| key.strip_prefix(&below)).collect();
        let orphan = all.iter().find(|key| !names.contains(&key.split('/').next().unwrap_or_default()));
        prop_assert_eq!(orphan, None, "of the kind {}", kind);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn no_calls_break_it(begun in prop::bool::weighted(0.7), calls in prop::collection::vec(call(), 1..60)) {
        let mut bench = Bench::new();
        if begun {
            bench = Bench::with_nodes();
        }
        for (operation, mut members, twist, pause) in calls {
            name_what_is_there(&mut bench, &mut members);
            bench.caller.twist = twist;
            let before = everything(&mut bench);
            let answer = bench.ask(operation, members);
            if let Err(refused) = &answer {
                prop_assert_eq!(&before, &everything(&mut bench), "{} was refused and changed something", operation);
                let status = refused.split(' ').next().unwrap_or_default();
                prop_assert!(["400", "403", "404", "409", "501"].contains(&status), "{}", refused);
            }
            check(&mut bench)?;
            bench.pass(pause);
        }
    }
}
