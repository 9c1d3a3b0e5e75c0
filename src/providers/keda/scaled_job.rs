//! A ScaledJob by itself: its template, and how it counts the Jobs it makes.

use super::codes::finding;
use super::go_values::{boolean, float};
use super::said::{self, Entries, Said};
use super::triggers_of_spec::{Scaler, path_of};
use super::version::Version;
use crate::provider::Finding;
use crate::value::{Path, Value};

pub(super) fn check(spec: &Entries, version: Version) -> Vec<Finding> {
    let mut findings = Vec::new();
    check_template(spec, &mut findings);
    check_container(spec, &mut findings);
    check_bounds(spec, &mut findings);
    check_strategy(spec, &mut findings);
    check_counting(spec, &mut findings);
    if said::text(spec, "rolloutStrategy").known().is_some() {
        let message = "`rolloutStrategy` is deprecated";
        let help = "write `rollout: { strategy: ... }` instead";
        findings.push(finding("keda/deprecated", &at("rolloutStrategy"), message).help(help));
    }
    findings.extend(scaler(spec, version).check());
    findings
}

/// What its triggers are checked as.
pub(super) fn scaler(spec: &Entries, version: Version) -> Scaler<'_> {
    Scaler { spec, version, has_formula: false, is_job: true }
}

fn at(key: &str) -> Path {
    Path::field("spec").key(key)
}

fn template(spec: &Entries) -> Said<&Entries> {
    said::within(said::map(spec, "jobTargetRef"), |job| said::map(job, "template"))
}

/// The specification of the pods.
pub(super) fn pods(spec: &Entries) -> Said<&Entries> {
    said::within(template(spec), |template| said::map(template, "spec"))
}

fn check_template(spec: &Entries, findings: &mut Vec<Finding>) {
    let path = at("jobTargetRef").key("template");
    let Some(template) = template(spec).known() else { return };
    let pods = match said::map(template, "spec") {
        Said::This(pods) => pods,
        Said::Unclear => return,
        Said::Nothing => {
            let message = "the template has no `spec`, so there is nothing to run";
            let help = "add `spec` with `containers`; a `jobTargetRef` is the spec of a Job";
            return findings.push(finding("keda/job-template", &path, message).help(help));
        }
    };
    let path = path.key("spec");
    let none = said::value(pods, "containers").is_none_or(|found| found.as_list().is_some_and(<[Value]>::is_empty));
    if none {
        let message = "the template has no containers, so there is nothing to run";
        findings.push(finding("keda/job-template", &path, message).help("add `containers`"));
    }
    if let Some(policy) =
        said::filled(pods, "restartPolicy").known().filter(|one| !matches!(*one, "OnFailure" | "Never"))
    {
        let message = format!("the pods of a Job end, so their restart policy cannot be `{policy}`");
        let help = "write `restartPolicy: Never` or `OnFailure`";
        findings.push(finding("keda/restart-policy", &path.key("restartPolicy"), message).help(help));
    }
}

fn check_container(spec: &Entries, findings: &mut Vec<Finding>) {
    let (Some(wanted), Some(pods)) = (said::filled(spec, "envSourceContainerName").known(), pods(spec).known()) else {
        return;
    };
    let containers = said::entries_of(pods, "containers");
    let all = said::list(pods, "containers").known().map_or(usize::MAX, <[_]>::len);
    let names: Vec<_> = containers.iter().filter_map(|(_, one)| said::filled(one, "name").known()).collect();
    if names.len() == all && !names.contains(&wanted) {
        let message = format!("the template has no container `{wanted}`");
        let help = format!("its containers are: {}", names.join(", "));
        findings.push(finding("keda/no-such-container", &at("envSourceContainerName"), message).help(help));
    }
}

fn check_bounds(spec: &Entries, findings: &mut Vec<Finding>) {
    let min = said::integer(spec, "minReplicaCount").or(0);
    let max = said::integer(spec, "maxReplicaCount").or(100);
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        let message = format!("the minimum {min} is above the maximum {max}, and KEDA takes the maximum for both");
        let help = "lower `minReplicaCount` or raise `maxReplicaCount`";
        findings.push(finding("keda/job-min-above-max", &at("minReplicaCount"), message).help(help));
    }
}

fn strategy(spec: &Entries) -> Said<&Entries> {
    said::map(spec, "scalingStrategy")
}

/// Without its percentage, the custom strategy is the default one.
fn check_strategy(spec: &Entries, findings: &mut Vec<Finding>) {
    let Some(strategy) = strategy(spec).known() else { return };
    if said::filled(strategy, "strategy") != Said::This("custom") {
        return;
    }
    const PERCENTAGE: &str = "customScalingRunningJobPercentage";
    let path = at("scalingStrategy");
    let (path, message) = match said::filled(strategy, PERCENTAGE) {
        Said::Unclear => return,
        Said::This(text) if float(text).is_some() => return,
        Said::This(text) => (path.key(PERCENTAGE), format!("`{text}` is no number")),
        Said::Nothing => (path, format!("the custom strategy needs `{PERCENTAGE}`")),
    };
    let help =
        format!("write a share as a string, such as `{PERCENTAGE}: \"0.5\"`: KEDA falls back to `default` otherwise");
    findings.push(finding("keda/custom-strategy", &path, message).help(help));
}

/// `accurate` makes a Job for every message that is counted, and SQS counts those that a Job works on.
fn check_counting(spec: &Entries, findings: &mut Vec<Finding>) {
    let strategy = said::within(strategy(spec), |strategy| said::filled(strategy, "strategy"));
    if strategy != Said::This("accurate") {
        return;
    }
    for (index, entry) in said::entries_of(spec, "triggers") {
        let in_flight =
            said::within(said::map(entry, "metadata"), |metadata| said::filled(metadata, "scaleOnInFlight"));
        let counts = match in_flight {
            Said::Nothing => true,
            Said::This(text) => boolean(text) == Some(true),
            Said::Unclear => false,
        };
        if said::filled(entry, "type") == Said::This("aws-sqs-queue") && counts {
            let message = "the strategy `accurate` makes another Job for each message that a Job is working on";
            let help = "write `scaleOnInFlight: \"false\"`, or use the strategy `default`";
            findings.push(finding("keda/job-counts-twice", &path_of(index).key("metadata"), message).help(help));
        }
    }
}
