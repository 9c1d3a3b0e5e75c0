//! Every code that a finding may have, with how grave it is and one line on what it means.

use crate::diagnostic::Severity;
use crate::provider::Finding;
use crate::value::Path;

/// One code: people search for it, and scripts match it.
pub struct Code {
    pub code: &'static str,
    pub severity: Severity,
    pub says: &'static str,
}

const fn error(code: &'static str, says: &'static str) -> Code {
    Code { code, severity: Severity::Error, says }
}

const fn warning(code: &'static str, says: &'static str) -> Code {
    Code { code, severity: Severity::Warning, says }
}

/// All codes, by name.
pub const CODES: &[Code] = &[
    warning("keda/activation-above-target", "The value that wakes the workload is not below the one it is scaled by"),
    error("keda/bad-annotation", "KEDA cannot read the value of one of its annotations"),
    error("keda/bad-identity", "The parts of a pod identity do not fit together"),
    error("keda/bad-parameter", "The value of a trigger's parameter is not what KEDA can read"),
    error("keda/bad-version", "`keda_version` names no version whose rules are known"),
    error("keda/cached-metrics", "`useCachedMetrics` on a trigger that does not have it"),
    error("keda/cannot-reach-zero", "Only cpu and memory triggers, and zero replicas as the minimum"),
    warning("keda/cooldown-shorter-than-polling", "The cooldown is over before KEDA looks again"),
    warning("keda/cooldown-without-effect", "A cooldown where the workload never goes to zero or to idle"),
    error("keda/credentials-missing", "No way is named in which KEDA gets the credentials for this"),
    error("keda/custom-strategy", "The custom scaling strategy lacks its percentage"),
    error("keda/dangling", "A reference to an object that the stack has under another name, kind or namespace"),
    warning("keda/deprecated", "It still works, and will not in a later version"),
    warning("keda/desired-above-max", "A cron trigger wants more replicas than the maximum"),
    error("keda/duplicate-trigger-name", "Two triggers of one scaler have the same name"),
    warning("keda/empty-authentication", "An authentication that gives nothing"),
    error("keda/env-only", "A parameter that KEDA reads from an authentication or the environment, not from metadata"),
    error("keda/exclusive-parameters", "Parameters that exclude each other"),
    error("keda/fallback", "A fallback that never takes effect, or that KEDA refuses"),
    warning("keda/fallback-above-max", "The fallback has more replicas than the maximum"),
    error("keda/file-path", "`filePath` where it cannot be, or out of its folder"),
    error("keda/formula", "A formula that does not parse, or is no number"),
    error("keda/formula-target", "The target of the scaling modifiers is missing or no positive number"),
    warning("keda/formula-unknown-function", "A function in a formula that this check does not know"),
    error("keda/formula-unknown-trigger", "A formula names a trigger that is not there"),
    warning("keda/hpa-name-too-long-later", "The autoscaler's name will be refused by KEDA 2.20"),
    error("keda/hpa-too", "The stack's own autoscaler and KEDA scale the same workload"),
    error("keda/identity-not-supported", "A pod identity that the trigger cannot use"),
    error("keda/idle-replicas", "The idle count is not below the minimum"),
    warning("keda/idle-not-zero", "An idle count other than zero"),
    warning("keda/ignored-parameter", "A parameter of older versions that is ignored"),
    warning("keda/job-counts-twice", "A strategy and a trigger that make two Jobs for one message"),
    warning("keda/job-min-above-max", "A ScaledJob whose minimum is above its maximum"),
    error("keda/job-template", "The Job's template is incomplete"),
    error("keda/metric-type", "A metric type that the trigger does not have, or lacks"),
    error("keda/missing-field", "A field that KEDA requires is missing"),
    error("keda/missing-parameter", "A parameter that the trigger requires is missing"),
    error("keda/name-too-long", "A name that is too long for the labels and objects made from it"),
    error("keda/needs-later-version", "Something that only a later version of KEDA has"),
    error("keda/no-request", "A cpu or memory trigger on a container without a request for it"),
    error("keda/no-such-container", "A container that the workload does not have"),
    error("keda/no-such-env", "An environment variable that the container does not have"),
    error("keda/no-such-key", "A key that the Secret or ConfigMap does not have"),
    error("keda/no-triggers", "A scaler without a trigger"),
    error("keda/not-a-string", "A number or a boolean where the API server wants a string"),
    error("keda/not-from-env", "A parameter that KEDA does not read from the environment"),
    error("keda/not-one-of", "A word that is none of those allowed"),
    error("keda/oauth2", "The OAuth 2 settings are incomplete"),
    error("keda/out-of-range", "A number outside its bounds"),
    warning("keda/outside-stack", "An object that must be there and is not in the stack"),
    error("keda/parameters-disagree", "Parameters of a trigger that do not fit together"),
    warning("keda/parameter-twice", "Two sources give one parameter, and the later one wins"),
    warning("keda/partial-behavior", "Scaling behavior for one direction changes the defaults of the other"),
    warning("keda/paused-not-boolean", "A `paused` annotation that is neither true nor false, and so means true"),
    warning("keda/polling-without-effect", "A polling interval where nothing depends on it"),
    error("keda/removed", "Something that this version of KEDA no longer has"),
    error("keda/replica-bounds", "The minimum of replicas is above the maximum"),
    error("keda/restart-policy", "A Job's pods cannot restart always"),
    error("keda/same-hpa-name", "Two scalers want an autoscaler of the same name"),
    error("keda/secret-store", "An external store of secrets that KEDA cannot enter as described"),
    error("keda/target-cannot-scale", "A kind of object that has no replicas to scale"),
    error("keda/transfer", "The takeover of an autoscaler that is not named"),
    warning("keda/trigger-not-in-formula", "A named trigger that the formula does not use"),
    error("keda/two-scalers", "Two scalers on one workload"),
    warning("keda/unchecked-trigger", "A trigger whose parameters are not checked here"),
    warning("keda/unknown-annotation", "An annotation that looks like one of KEDA's and is none"),
    error("keda/unknown-field", "A field that KEDA does not have"),
    error("keda/unknown-parameter", "A parameter that the trigger does not have"),
    warning("keda/unknown-trigger", "A trigger type that KEDA does not have"),
    error("keda/unnamed-trigger", "A trigger without a name where a formula needs one"),
    warning("keda/unread-parameter", "An authentication gives a parameter that none of its triggers reads"),
    error("keda/wrong-type", "A value of another type than the field has"),
];

/// A finding as grave as its code.
pub(super) fn finding(code: &'static str, path: &Path, message: impl Into<String>) -> Finding {
    let found = Finding::new(code, path.clone(), message);
    let is_warning = CODES.iter().any(|known| known.code == code && known.severity == Severity::Warning);
    if is_warning { found.warning() } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const SOURCES: &[&str] = &[
        include_str!("annotations.rs"),
        include_str!("authentication.rs"),
        include_str!("form.rs"),
        include_str!("modifiers.rs"),
        include_str!("scaled_job.rs"),
        include_str!("scaled_object.rs"),
        include_str!("together/mod.rs"),
        include_str!("together/authentications.rs"),
        include_str!("together/scalers.rs"),
        include_str!("together/workloads.rs"),
        include_str!("trigger.rs"),
        include_str!("triggers/aws.rs"),
        include_str!("triggers/azure.rs"),
        include_str!("triggers/kafka.rs"),
        include_str!("triggers/kind.rs"),
        include_str!("triggers/mod.rs"),
        include_str!("triggers/plain.rs"),
        include_str!("triggers/prometheus.rs"),
        include_str!("triggers/rabbitmq.rs"),
        include_str!("triggers/redis.rs"),
        include_str!("triggers_of_spec.rs"),
        include_str!("version.rs"),
        include_str!("mod.rs"),
    ];

    #[test]
    fn the_table_has_each_code_that_is_used_once() {
        let listed: Vec<_> = CODES.iter().map(|code| code.code).collect();
        let mut sorted = listed.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), listed.len(), "a code stands there twice");
        let code = SOURCES.iter().map(|text| text.split("#[cfg(test)]").next().unwrap_or_default());
        let used: BTreeSet<_> = code
            .flat_map(|text| text.split("\"keda/").skip(1))
            .filter_map(|rest| rest.split('"').next())
            .map(|name| format!("keda/{name}"))
            .collect();
        let listed: BTreeSet<_> = listed.into_iter().map(str::to_owned).collect();
        assert_eq!(used, listed);
    }
}
