//! Random stacks on random bad days: whatever goes wrong, one more apply without faults brings about what a faultless
//! run does, and a destroy leaves nothing.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tidegate::engine::Stop;
use tidegate::plan::Mode;
use tidegate::simulator::{FaultKind, Faults, Moment};
use tidegate::stack::Stack;

use super::picture::{Picture, assert_same};
use super::schedule::assert_no_time_is_lost;
use crate::support::simulated::{Outcome, Simulation};

/// How many of each kind, and numbers that decide how they differ and refer to each other.
#[derive(Clone, Debug)]
struct Shape {
    queues: usize,
    policies: usize,
    roles: usize,
    /// With a cluster: how many node groups.
    cluster: Option<usize>,
    numbers: Vec<usize>,
}

fn shape() -> impl Strategy<Value = Shape> {
    let numbers = proptest::collection::vec(0usize..1000, 40);
    let parts = (1usize..4, 0usize..3, 0usize..3, proptest::option::weighted(0.6, 0usize..3), numbers);
    parts.prop_map(|(queues, policies, roles, cluster, numbers)| Shape { queues, policies, roles, cluster, numbers })
}

impl Shape {
    fn text(&self) -> String {
        let mut text = "tidegate: 1\nstack: generated\nresources:\n".to_owned();
        let number = |at: usize| self.numbers[at % self.numbers.len()];
        for at in 0..self.queues {
            let timeout = 10 + number(at);
            let dead = match at {
                0 => String::new(),
                _ if number(at + 5) % 2 == 0 => String::new(),
                _ => format!(", dead_letter: {{ queue: \"${{q{}.arn}}\", max_receive_count: 3 }}", at - 1),
            };
            text.push_str(&resource(
                &format!("q{at}"),
                "aws.sqs_queue",
                &format!("name: gen-q{at}, visibility_timeout: {timeout}{dead}"),
            ));
        }
        for at in 0..self.policies {
            let queue = number(at + 10) % self.queues;
            let statement = format!("{{ Effect: Allow, Action: \"sqs:*\", Resource: \"${{q{queue}.arn}}\" }}");
            let document = format!("document: {{ Version: \"2012-10-17\", Statement: [{statement}] }}");
            text.push_str(&resource(&format!("p{at}"), "aws.iam_policy", &format!("name: gen-p{at}, {document}")));
        }
        for at in 0..self.roles {
            let attached = match self.policies {
                0 => String::new(),
                policies => format!("managed_policies: [\"${{p{}.arn}}\"], ", number(at + 20) % policies),
            };
            // Every other role is trusted by the one before.
            let principal = match at {
                0 => "{ Service: ec2.amazonaws.com }".to_owned(),
                _ => format!("{{ AWS: \"${{r{}.arn}}\" }}", at - 1),
            };
            text.push_str(&role(&format!("r{at}"), &principal, &attached));
        }
        if let Some(groups) = self.cluster {
            text.push_str(&self.cluster(groups));
        }
        text
    }

    fn cluster(&self, groups: usize) -> String {
        let policy = |name: &str| format!("arn:aws:iam::aws:policy/{name}");
        let attached = |names: &[&str]| {
            let all: Vec<_> = names.iter().map(|name| policy(name)).collect();
            format!("managed_policies: [{}], ", all.join(", "))
        };
        let mut text = role("cr", "{ Service: eks.amazonaws.com }", &attached(&["AmazonEKSClusterPolicy"]));
        let nodes = ["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly"];
        text.push_str(&role("nr", "{ Service: ec2.amazonaws.com }", &attached(&nodes)));
        let subnets = "subnet_ids: [subnet-0a11111111111111a, subnet-0b22222222222222b]";
        let logging = ["[]", "[api]", "[api, audit]"][self.numbers[30] % 3];
        let spec = format!(
            "name: gen, version: \"1.33\", role_arn: \"${{cr.arn}}\", {subnets}, logging: {logging}, authentication_mode: API"
        );
        text.push_str(&resource("c", "aws.eks_cluster", &spec));
        for at in 0..groups {
            let scaling = format!("scaling: {{ min: 0, max: {}, desired: 0 }}", 1 + self.numbers[31 + at] % 9);
            let spec =
                format!("cluster: \"${{c.name}}\", name: g{at}, node_role_arn: \"${{nr.arn}}\", {subnets}, {scaling}");
            text.push_str(&resource(&format!("g{at}"), "aws.eks_node_group", &spec));
        }
        text.push_str(&resource("o", "aws.iam_oidc_provider", "url: \"${c.oidc_issuer}\""));
        if self.roles > 0 {
            let entry = "cluster: \"${c.name}\", principal_arn: \"${r0.arn}\"";
            text.push_str(&resource("e", "aws.eks_access_entry", entry));
            let pod = "cluster: \"${c.name}\", namespace: default, service_account: worker, role_arn: \"${pr.arn}\"";
            text.push_str(&resource("a", "aws.eks_pod_identity_association", pod));
            text.push_str(&role("pr", "{ Service: pods.eks.amazonaws.com }", ""));
        }
        text
    }
}

fn resource(name: &str, resource_type: &str, spec: &str) -> String {
    format!("  {name}: {{ type: {resource_type}, spec: {{ {spec} }} }}\n")
}

fn role(name: &str, principal: &str, more: &str) -> String {
    let action =
        if principal.contains("pods.eks") { "[\"sts:AssumeRole\", \"sts:TagSession\"]" } else { "\"sts:AssumeRole\"" };
    let statement = format!("{{ Effect: Allow, Principal: {principal}, Action: {action} }}");
    let trust = format!("trust: {{ Version: \"2012-10-17\", Statement: [{statement}] }}");
    resource(name, "aws.iam_role", &format!("name: gen-{name}, {more}{trust}"))
}

/// A bad day of the cloud, and at which call of which kind the process dies, if it does.
#[derive(Clone, Debug)]
struct Day {
    rates: [f64; 4],
    killed: Option<(usize, u64, bool)>,
}

const KILLED_AT: [&str; 9] = [
    "sqs:CreateQueue",
    "iam:CreateRole",
    "iam:CreatePolicy",
    "iam:AttachRolePolicy",
    "eks:CreateCluster",
    "eks:CreateNodegroup",
    "iam:GetRole",
    "eks:DescribeCluster",
    "iam:CreateOpenIDConnectProvider",
];

fn day() -> impl Strategy<Value = Day> {
    let rate = || 0.0..0.12f64;
    let killed = proptest::option::of((0..KILLED_AT.len(), 1u64..4, any::<bool>()));
    ([rate(), rate(), rate(), rate()], killed).prop_map(|(rates, killed)| Day { rates, killed })
}

impl Day {
    fn faults(&self) -> Faults {
        match self.killed {
            Some((at, nth, after)) => {
                let moment = if after { Moment::After } else { Moment::Before };
                Faults::one(KILLED_AT[at], nth, FaultKind::Hang { moment })
            }
            None => {
                let kinds = ["throttle", "lost_reply", "reset", "unavailable, effect: after"];
                let faults = kinds.iter().zip(self.rates);
                let lines = faults.map(|(kind, rate)| format!("- {{ operation: '*', rate: {rate}, kind: {kind} }}\n"));
                Faults::parse(&format!("faults:\n{}", lines.collect::<String>())).unwrap()
            }
        }
    }
}

/// Applies on a bad day, and once more on a good one where that is needed.
fn apply_through(simulation: &Simulation, stack: &Stack, day: &Day) {
    simulation.simulator.set_faults(day.faults());
    let outcome = simulation.run(Some(stack), Mode::Apply, &Stop::default(), day.killed.is_some());
    simulation.simulator.set_faults(Faults::default());
    let done = matches!(&outcome, Outcome::Applied(_, applied) if applied.is_complete());
    if !done {
        simulation.apply_all(stack);
    }
}

fn faultless(texts: [&str; 2]) -> Picture {
    let simulation = Simulation::new("generated");
    for text in texts {
        let stack = simulation.stack(text);
        simulation.events.take();
        let plan = simulation.apply_all(&stack);
        if plan.steps.node_count() > 0 {
            assert_no_time_is_lost(&plan, &simulation.events.take());
        }
        simulation.assert_settled(&stack);
    }
    simulation.picture()
}

#[test]
fn random_stacks_converge_after_random_bad_days() {
    let config = Config { cases: 12, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let cases = (shape(), shape(), day(), day(), day());
    let outcome = runner.run(&cases, |(first, second, one, other, last)| {
        let texts = [first.text(), second.text()];
        let expected = faultless([&texts[0], &texts[1]]);
        let simulation = Simulation::new("generated");
        for (text, day) in texts.iter().zip([&one, &other]) {
            apply_through(&simulation, &simulation.stack(text), day);
        }
        assert_same(&simulation.picture(), &expected, "the world");
        simulation.assert_settled(&simulation.stack(&texts[1]));
        simulation.simulator.set_faults(last.faults());
        drop(simulation.run(None, Mode::Destroy, &Stop::default(), last.killed.is_some()));
        simulation.simulator.set_faults(Faults::default());
        simulation.destroy_all();
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}
