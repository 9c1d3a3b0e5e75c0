//! A cluster and all that belongs to it, from its first day to its last, every field changed on the way.

use tidegate::engine::Event;

use crate::support::simulated::Simulation;

const BEGINNING: &str = r#"
tidegate: 1
stack: life
resources:
  control:
    type: aws.iam_role
    spec:
      name: control
      trust: { Version: "2012-10-17", Statement: [{ Effect: Allow, Principal: { Service: eks.amazonaws.com }, Action: "sts:AssumeRole" }] }
      managed_policies: ["arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"]
  nodes:
    type: aws.iam_role
    spec:
      name: nodes
      trust: { Version: "2012-10-17", Statement: [{ Effect: Allow, Principal: { Service: ec2.amazonaws.com }, Action: "sts:AssumeRole" }] }
      managed_policies:
        - arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy
        - arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy
        - arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly
  worker:
    type: aws.iam_role
    for_each: [one, other]
    spec:
      name: worker-${each.key}
      trust: { Version: "2012-10-17", Statement: [{ Effect: Allow, Principal: { Service: pods.eks.amazonaws.com }, Action: ["sts:AssumeRole", "sts:TagSession"] }] }
  main:
    type: aws.eks_cluster
    spec:
      name: main
      role_arn: ${control.arn}
      subnet_ids: [subnet-0a11111111111111a, subnet-0b22222222222222b]
      version: "1.31"
      authentication_mode: API_AND_CONFIG_MAP
  group:
    type: aws.eks_node_group
    spec:
      cluster: ${main.name}
      name: group
      node_role_arn: ${nodes.arn}
      subnet_ids: [subnet-0a11111111111111a]
      scaling: { min: 1, max: 3, desired: 2 }
  proxy:
    type: aws.eks_addon
    spec: { cluster: "${main.name}", name: kube-proxy }
  entry:
    type: aws.eks_access_entry
    spec: { cluster: "${main.name}", principal_arn: '${worker["one"].arn}' }
  pods:
    type: aws.eks_pod_identity_association
    spec: { cluster: "${main.name}", namespace: default, service_account: worker, role_arn: '${worker["one"].arn}' }
"#;

/// What becomes of it, one line a change.
const CHANGES: &[(&str, &str)] = &[
    (r#"version: "1.31""#, r#"version: "1.33""#),
    (
        "authentication_mode: API_AND_CONFIG_MAP",
        "authentication_mode: API\n      logging: [api, scheduler]\n      endpoint_access: { public: true, private: true, public_cidrs: [203.0.113.0/24] }\n      upgrade_policy: STANDARD\n      tags: { team: a }",
    ),
    (
        "scaling: { min: 1, max: 3, desired: 2 }",
        "scaling: { min: 3, max: 9, desired: 3 }\n      labels: { pool: group }\n      tags: { team: a }",
    ),
    ("name: kube-proxy }", "name: kube-proxy, tags: { team: a } }"),
    (
        r#"principal_arn: '${worker["one"].arn}' }"#,
        r#"principal_arn: '${worker["one"].arn}', kubernetes_groups: [readers], tags: { team: a } }"#,
    ),
    (r#"role_arn: '${worker["one"].arn}' }"#, r#"role_arn: '${worker["other"].arn}', tags: { team: a } }"#),
];

#[test]
fn a_cluster_is_changed_call_by_call_and_each_is_waited_for() {
    let simulation = Simulation::new("life");
    let beginning = simulation.stack(BEGINNING);
    simulation.apply_all(&beginning);
    simulation.assert_settled(&beginning);

    let mut text = BEGINNING.to_owned();
    for (before, after) in CHANGES {
        assert!(text.contains(before), "{before}");
        text = text.replace(before, after);
    }
    let changed = simulation.stack(&text);
    let calls = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let noted = std::sync::Arc::clone(&calls);
    simulation.simulator.watch(move |operation, _| {
        if operation.starts_with("eks:Update")
            || operation.starts_with("eks:Create")
            || operation.starts_with("eks:Delete")
        {
            noted.lock().unwrap().push(operation.to_owned());
        }
    });
    simulation.events.take();
    simulation.apply_all(&changed);
    simulation.assert_settled(&changed);
    let calls = calls.lock().unwrap().clone();
    let count = |operation: &str| calls.iter().filter(|call| *call == operation).count();
    assert_eq!(count("eks:UpdateClusterVersion"), 2, "one minor at a time: {calls:?}");
    assert!(count("eks:UpdateClusterConfig") >= 4, "each kind of change by itself: {calls:?}");
    assert_eq!(calls.iter().filter(|call| call.contains("Create") || call.contains("Delete")).count(), 0, "{calls:?}");

    let waits = simulation.events.take().into_iter().filter_map(|event| match event {
        Event::StepProgress { address, message, elapsed, expected, .. } => Some((address, message, elapsed, expected)),
        _ => None,
    });
    let of_cluster: Vec<_> = waits.filter(|(address, ..)| address.to_string() == "main").collect();
    assert!(!of_cluster.is_empty(), "the updates are waited for");
    assert!(of_cluster.iter().all(|(_, message, _, expected)| !message.is_empty() && !expected.is_zero()));
    assert!(of_cluster.windows(2).all(|pair| pair[0].2 <= pair[1].2));
    simulation.destroy_all();
}

#[test]
fn what_the_autoscaler_does_is_no_drift() {
    let simulation = Simulation::new("life");
    let stack = simulation.stack(BEGINNING);
    simulation.apply_all(&stack);
    let eks = aws_sdk_eks::Client::new(&tidegate::simulator::aws::sdk_config(&simulation.simulator));
    let scaling = aws_sdk_eks::types::NodegroupScalingConfig::builder().min_size(1).max_size(3).desired_size(3).build();
    let update = eks.update_nodegroup_config().cluster_name("main").nodegroup_name("group").scaling_config(scaling);
    simulation.block_on(update.send()).unwrap();
    simulation.pass(600);
    simulation.assert_settled(&stack);
}
