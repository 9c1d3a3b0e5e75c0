//! A ScaledObject by itself: the bounds of its replicas, its fallback, what of it has no effect.

use super::annotations::TRANSFER;
use super::codes::finding;
use super::go_values::integer;
use super::modifiers;
use super::said::{self, Entries, Said};
use super::triggers_of_spec::{Scaler, is_resource, may_be_resource, path_of};
use super::version::Version;
use crate::provider::Finding;
use crate::value::Path;

/// What KEDA takes where nothing is said.
const MAX_REPLICAS: i64 = 100;

pub(super) fn check(fields: &Entries, spec: &Entries, version: Version) -> Vec<Finding> {
    let mut findings = Vec::new();
    check_target(spec, &mut findings);
    check_bounds(spec, &mut findings);
    check_zero(spec, &mut findings);
    check_times(spec, &mut findings);
    check_fallback(spec, version, &mut findings);
    check_behavior(spec, &mut findings);
    check_windows(spec, &mut findings);
    check_transfer(fields, spec, &mut findings);
    findings.extend(modifiers::check(spec));
    findings.extend(scaler(spec, version).check());
    findings
}

/// What its triggers are checked as.
pub(super) fn scaler(spec: &Entries, version: Version) -> Scaler<'_> {
    Scaler { spec, version, has_formula: !modifiers::formula(spec).is_nothing(), is_job: false }
}

fn at(key: &str) -> Path {
    Path::field("spec").key(key)
}

/// Kinds of Kubernetes' own that have no replicas.
const WITHOUT_SCALE: &[&str] =
    &["DaemonSet", "Pod", "Job", "CronJob", "Service", "ConfigMap", "Secret", "Namespace", "Ingress"];

fn check_target(spec: &Entries, findings: &mut Vec<Finding>) {
    let kind = said::within(said::map(spec, "scaleTargetRef"), |target| said::filled(target, "kind"));
    if let Some(kind) = kind.known().filter(|kind| WITHOUT_SCALE.contains(kind)) {
        let path = at("scaleTargetRef").key("kind");
        let help = match kind {
            "Job" | "CronJob" => "to make Jobs for work that waits, write a ScaledJob",
            _ => "name a Deployment, a StatefulSet, or another kind with a `scale` subresource",
        };
        let message = format!("a {kind} has no replicas to scale");
        findings.push(finding("keda/target-cannot-scale", &path, message).help(help));
    }
}

/// KEDA takes a minimum of zero for one in this check, but not a minimum that is not there.
fn check_bounds(spec: &Entries, findings: &mut Vec<Finding>) {
    let said_min = said::integer(spec, "minReplicaCount");
    let min = match said_min {
        Said::Nothing => Some(0),
        Said::This(min) => Some(min.max(1)),
        Said::Unclear => None,
    };
    let max = said::integer(spec, "maxReplicaCount").or(MAX_REPLICAS);
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        let (key, message, help) = match said_min {
            Said::This(0) => {
                ("maxReplicaCount", format!("a maximum of {max} leaves nothing to scale to"), "write 1 or more")
            }
            _ => (
                "minReplicaCount",
                format!("the minimum {min} is above the maximum {max}"),
                "lower `minReplicaCount` or raise `maxReplicaCount`",
            ),
        };
        findings.push(finding("keda/replica-bounds", &at(key), message).help(help));
    } else if said_min.is_nothing() && max == Some(0) {
        let message = "a maximum of 0 leaves nothing to scale to, and the autoscaler refuses it";
        findings.push(finding("keda/replica-bounds", &at("maxReplicaCount"), message).help("write 1 or more"));
    }
    let Some(idle) = said::integer(spec, "idleReplicaCount").known() else { return };
    if let Some(min) = min.filter(|min| idle >= *min) {
        let message = format!("the idle count {idle} must be below the minimum, which is {min}");
        let help = match said_min {
            Said::Nothing => {
                "add `minReplicaCount: 1` or more, or leave out `idleReplicaCount`: without a minimum it goes to zero"
            }
            _ => "lower `idleReplicaCount` or raise `minReplicaCount`",
        };
        findings.push(finding("keda/idle-replicas", &at("idleReplicaCount"), message).help(help));
    } else if idle != 0 {
        let message = format!("with {idle} idle replicas the autoscaler keeps on scaling, and the two disagree");
        let help = "write `idleReplicaCount: 0`: KEDA recommends no other";
        findings.push(finding("keda/idle-not-zero", &at("idleReplicaCount"), message).help(help));
    }
}

/// cpu and memory are measured on pods, so without pods nothing wakes the workload.
fn check_zero(spec: &Entries, findings: &mut Vec<Finding>) {
    let entries = said::entries_of(spec, "triggers");
    let all = said::list(spec, "triggers").known().unwrap_or_default().len();
    let only_resources =
        !entries.is_empty() && entries.len() == all && entries.iter().all(|(_, entry)| is_resource(entry));
    let min = said::integer(spec, "minReplicaCount");
    if only_resources && min.or(0) == Some(0) {
        let path = if min.is_nothing() { Path::field("spec") } else { at("minReplicaCount") };
        let message = "cpu and memory cannot scale to zero: where no pod runs, there is nothing to measure";
        let help = "write `minReplicaCount: 1` or more, or add a trigger on the work that waits";
        findings.push(finding("keda/cannot-reach-zero", &path, message).help(help));
    }
}

fn check_times(spec: &Entries, findings: &mut Vec<Finding>) {
    let goes_down = said::integer(spec, "minReplicaCount").or(0).is_none_or(|min| min == 0)
        || !said::integer(spec, "idleReplicaCount").is_nothing();
    if !goes_down {
        let why = "with a minimum above zero and no idle count, KEDA never switches the workload off";
        for key in ["cooldownPeriod", "initialCooldownPeriod"] {
            if said::integer(spec, key).known().is_some() {
                let message = format!("`{key}` has no effect: {why}");
                let help = "leave it out; how fast replicas go down to the minimum is the autoscaler's `behavior`";
                findings.push(finding("keda/cooldown-without-effect", &at(key), message).help(help));
            }
        }
        let caches =
            |entry: &Entries| !matches!(said::boolean(entry, "useCachedMetrics"), Said::Nothing | Said::This(false));
        let some_cache = said::entries_of(spec, "triggers").iter().any(|(_, entry)| caches(entry));
        if said::integer(spec, "pollingInterval").known().is_some() && !some_cache {
            let message = format!("`pollingInterval` has no effect: {why}");
            let help = "leave it out; the autoscaler asks by itself every 15 seconds";
            findings.push(finding("keda/polling-without-effect", &at("pollingInterval"), message).help(help));
        }
        return;
    }
    let cooldown = said::integer(spec, "cooldownPeriod").known();
    let polling = said::integer(spec, "pollingInterval").known();
    if let (Some(cooldown), Some(polling)) = (cooldown, polling)
        && cooldown < polling
    {
        let message = format!("the cooldown of {cooldown} s is over before KEDA looks again after {polling} s");
        let help = "one look without work switches everything off: make `cooldownPeriod` a few polling intervals long";
        findings.push(finding("keda/cooldown-shorter-than-polling", &at("cooldownPeriod"), message).help(help));
    }
}

fn check_fallback(spec: &Entries, version: Version, findings: &mut Vec<Finding>) {
    let Some(fallback) = said::map(spec, "fallback").known() else { return };
    let path = at("fallback");
    let has_formula = !modifiers::formula(spec).is_nothing();
    let wants_modifiers = said::filled(fallback, "behavior") == Said::This("scalingModifiers");
    if wants_modifiers && !has_formula {
        let message = "the fallback `scalingModifiers` is computed by a formula, and there is none";
        let help = "add `spec.advanced.scalingModifiers.formula`, or use another `behavior`";
        findings.push(finding("keda/fallback", &path.key("behavior"), message).help(help));
    }
    if has_formula {
        if let Some(target) = modifiers::target(spec).known()
            && super::go_values::float(target).is_some_and(|target| target > 0.0)
            && integer(target).is_none()
        {
            let message =
                format!("with a fallback, the target of the scaling modifiers must be whole, and it is {target}");
            let help =
                "write a whole number as `spec.advanced.scalingModifiers.target`: KEDA ignores the fallback otherwise";
            findings.push(finding("keda/fallback", &path, message).help(help));
        }
    } else if let Some((message, help)) = useless_fallback(spec, version) {
        findings.push(finding("keda/fallback", &path, message).help(help));
    }
    let max = said::integer(spec, "maxReplicaCount").or(MAX_REPLICAS);
    if let (Some(replicas), Some(max)) = (said::integer(fallback, "replicas").known(), max)
        && replicas > max
    {
        let message = format!("the fallback of {replicas} replicas is above the maximum of {max}");
        findings.push(
            finding("keda/fallback-above-max", &path.key("replicas"), message).help("lower it, or raise the maximum"),
        );
    }
}

/// A fallback stands in for the metric of a trigger that is compared as an average.
fn useless_fallback(spec: &Entries, version: Version) -> Option<(String, &'static str)> {
    let all = said::list(spec, "triggers").known()?;
    let entries = said::entries_of(spec, "triggers");
    if entries.is_empty() || entries.len() != all.len() {
        return None;
    }
    let others: Vec<_> = entries.into_iter().filter(|(_, entry)| !is_resource(entry)).collect();
    if others.is_empty() {
        let message = "cpu and memory have no fallback: the autoscaler measures them itself".to_owned();
        return Some((message, "leave out `fallback`, or add a trigger on something outside"));
    }
    let serves = |entry: &Entries| match said::filled(entry, "metricType") {
        Said::This("AverageValue") | Said::Unclear => true,
        Said::This("Value") => !version.is_before(18),
        // 2.17 looks for the word itself.
        Said::Nothing => version.0 != 17,
        Said::This(_) => false,
    };
    if others.iter().any(|(_, entry)| may_be_resource(entry) || serves(entry)) {
        return None;
    }
    let message = format!("KEDA 2.{} has a fallback only for triggers with `metricType: AverageValue`", version.0);
    Some((message, "write `metricType: AverageValue` at a trigger"))
}

/// Where one direction is said, Kubernetes fills in the other with its own defaults.
fn check_behavior(spec: &Entries, findings: &mut Vec<Finding>) {
    let config = said::within(said::map(spec, "advanced"), |one| said::map(one, "horizontalPodAutoscalerConfig"));
    let Some(behavior) = said::within(config, |config| said::map(config, "behavior")).known() else { return };
    let up = said::value(behavior, "scaleUp");
    let down = said::value(behavior, "scaleDown");
    let (missing, becomes) = match (up, down) {
        (None, Some(_)) => ("scaleUp", "at most 4 pods or 100 % more every 15 s"),
        (Some(_), None) => ("scaleDown", "any number of pods at once after 300 s"),
        _ => return,
    };
    let path = at("advanced").key("horizontalPodAutoscalerConfig").key("behavior");
    let message = format!("`{missing}` is not said, and becomes {becomes}");
    let help = format!("say both directions, so that `{missing}` is what you mean");
    findings.push(finding("keda/partial-behavior", &path, message).help(help));
}

/// A cron window that wants more than there may be.
fn check_windows(spec: &Entries, findings: &mut Vec<Finding>) {
    let Some(max) = said::integer(spec, "maxReplicaCount").or(MAX_REPLICAS) else { return };
    for (index, entry) in said::entries_of(spec, "triggers") {
        if said::filled(entry, "type") != Said::This("cron") {
            continue;
        }
        let wanted = said::within(said::map(entry, "metadata"), |metadata| said::filled(metadata, "desiredReplicas"));
        if let Some(wanted) = wanted.known().and_then(integer).filter(|wanted| *wanted > max) {
            let path = path_of(index).key("metadata").key("desiredReplicas");
            let message = format!("the window wants {wanted} replicas, and the maximum is {max}");
            let help = "raise `maxReplicaCount`, or want fewer";
            findings.push(finding("keda/desired-above-max", &path, message).help(help));
        }
    }
}

fn check_transfer(fields: &Entries, spec: &Entries, findings: &mut Vec<Finding>) {
    let wants = said::within(said::map(fields, "annotations"), |all| said::text(all, TRANSFER));
    let config = said::within(said::map(spec, "advanced"), |one| said::map(one, "horizontalPodAutoscalerConfig"));
    let named = said::within(config, |config| said::filled(config, "name"));
    if wants == Said::This("true") && named.is_nothing() {
        let message = "which autoscaler is taken over is not said";
        let help = "add its name as `spec.advanced.horizontalPodAutoscalerConfig.name`";
        findings.push(finding("keda/transfer", &Path::field("annotations").key(TRANSFER), message).help(help));
    }
}
