//! The fields of ScaledObjects and ScaledJobs, as KEDA's definitions have them, with the versions they came in.
//!
//! Of a pod template and of the parts of a Job only what KEDA adds is here; Kubernetes judges the rest.

use super::form::{Form, MOST, Member};
use super::version::Life;

const ALWAYS: Life = Life::ALWAYS;
const COUNT: Form = Form::Integer(0, MOST);

pub(super) const SCALED_OBJECT: &[Member] = &[
    Member::new("scaleTargetRef", Form::Object(SCALE_TARGET)).required(),
    Member::new("pollingInterval", Form::Integer(1, MOST)),
    Member::new("cooldownPeriod", COUNT),
    Member::new("initialCooldownPeriod", COUNT).since(14),
    Member::new("idleReplicaCount", COUNT),
    Member::new("minReplicaCount", COUNT),
    Member::new("maxReplicaCount", COUNT),
    Member::new("fallback", Form::Object(FALLBACK)),
    Member::new("advanced", Form::Object(ADVANCED)),
    Member::new("triggers", Form::List(&Form::Object(TRIGGER))).required(),
];

const SCALE_TARGET: &[Member] = &[
    Member::new("name", Form::Text).required(),
    Member::new("apiVersion", Form::Text),
    Member::new("kind", Form::Text),
    Member::new("envSourceContainerName", Form::Text),
];

const FALLBACK: &[Member] = &[
    Member::new("failureThreshold", COUNT).required(),
    Member::new("replicas", COUNT).required(),
    Member::new(
        "behavior",
        Form::OneOf(&[
            ("static", ALWAYS),
            ("currentReplicas", ALWAYS),
            ("currentReplicasIfHigher", ALWAYS),
            ("currentReplicasIfLower", ALWAYS),
            ("scalingModifiers", Life::since(20)),
        ]),
    )
    .since(17),
];

const ADVANCED: &[Member] = &[
    Member::new("restoreToOriginalReplicaCount", Form::Bool),
    Member::new("horizontalPodAutoscalerConfig", Form::Object(AUTOSCALER)),
    Member::new("scalingModifiers", Form::Object(MODIFIERS)),
];

const AUTOSCALER: &[Member] = &[
    Member::new("name", Form::Text),
    Member::new(
        "behavior",
        Form::Object(&[
            Member::new("scaleUp", Form::Object(SCALING_RULES)),
            Member::new("scaleDown", Form::Object(SCALING_RULES)),
        ]),
    ),
];

const SCALING_RULES: &[Member] = &[
    Member::new("stabilizationWindowSeconds", Form::Integer(0, 3600)),
    Member::new("selectPolicy", Form::OneOf(&[("Max", ALWAYS), ("Min", ALWAYS), ("Disabled", ALWAYS)])),
    Member::new("tolerance", Form::Any),
    Member::new(
        "policies",
        Form::List(&Form::Object(&[
            Member::new("type", Form::OneOf(&[("Pods", ALWAYS), ("Percent", ALWAYS)])).required(),
            Member::new("value", Form::Integer(1, MOST)).required(),
            Member::new("periodSeconds", Form::Integer(1, 1800)).required(),
        ])),
    ),
];

const MODIFIERS: &[Member] = &[
    Member::new("formula", Form::Text),
    Member::new("target", Form::Text),
    Member::new("activationTarget", Form::Text),
    Member::new("metricType", METRIC_TYPE),
];

const METRIC_TYPE: Form = Form::OneOf(&[("AverageValue", ALWAYS), ("Value", ALWAYS), ("Utilization", ALWAYS)]);

const TRIGGER: &[Member] = &[
    Member::new("type", Form::Text).required(),
    Member::new("name", Form::Text),
    Member::new("metadata", Form::Texts).required(),
    Member::new("metricType", METRIC_TYPE),
    Member::new("useCachedMetrics", Form::Bool),
    Member::new(
        "authenticationRef",
        Form::Object(&[
            Member::new("name", Form::Text).required(),
            Member::new(
                "kind",
                Form::OneOf(&[("TriggerAuthentication", ALWAYS), ("ClusterTriggerAuthentication", ALWAYS)]),
            ),
        ]),
    ),
];

pub(super) const SCALED_JOB: &[Member] = &[
    Member::new("jobTargetRef", Form::Object(JOB)).required(),
    Member::new("pollingInterval", Form::Integer(1, MOST)),
    Member::new("successfulJobsHistoryLimit", COUNT),
    Member::new("failedJobsHistoryLimit", COUNT),
    Member::new("envSourceContainerName", Form::Text),
    Member::new("minReplicaCount", COUNT),
    Member::new("maxReplicaCount", COUNT),
    Member::new("rolloutStrategy", Form::OneOf(ROLLOUTS)),
    Member::new(
        "rollout",
        Form::Object(&[
            Member::new("strategy", Form::OneOf(ROLLOUTS)),
            Member::new("propagationPolicy", Form::OneOf(&[("background", ALWAYS), ("foreground", ALWAYS)])),
        ]),
    ),
    Member::new("scalingStrategy", Form::Object(STRATEGY)),
    Member::new("triggers", Form::List(&Form::Object(TRIGGER))).required(),
];

/// KEDA's documents call `immediate` the `default`.
const ROLLOUTS: &[(&str, Life)] = &[("default", ALWAYS), ("immediate", ALWAYS), ("gradual", ALWAYS)];

const STRATEGY: &[Member] = &[
    Member::new(
        "strategy",
        Form::OneOf(&[("default", ALWAYS), ("custom", ALWAYS), ("accurate", ALWAYS), ("eager", Life::since(15))]),
    ),
    Member::new("customScalingQueueLengthDeduction", Form::Integer(i32::MIN as i64, MOST)),
    Member::new("customScalingRunningJobPercentage", Form::Text),
    Member::new("pendingPodConditions", Form::List(&Form::Text)),
    Member::new(
        "multipleScalersCalculation",
        Form::OneOf(&[("", ALWAYS), ("max", ALWAYS), ("min", ALWAYS), ("avg", ALWAYS), ("sum", ALWAYS)]),
    ),
];

const JOB: &[Member] = &[
    Member::new("template", Form::Any).required(),
    Member::new("parallelism", COUNT),
    Member::new("completions", COUNT),
    Member::new("completionMode", Form::OneOf(&[("NonIndexed", ALWAYS), ("Indexed", ALWAYS)])),
    Member::new("activeDeadlineSeconds", Form::Integer(1, i64::MAX)),
    Member::new("backoffLimit", COUNT),
    Member::new("backoffLimitPerIndex", COUNT),
    Member::new("maxFailedIndexes", COUNT),
    Member::new("podFailurePolicy", Form::Any),
    Member::new("podReplacementPolicy", Form::OneOf(&[("TerminatingOrFailed", ALWAYS), ("Failed", ALWAYS)])),
    Member::new("successPolicy", Form::Any),
    Member::new("selector", Form::Any),
    Member::new("manualSelector", Form::Bool),
    Member::new("suspend", Form::Bool),
    Member::new("ttlSecondsAfterFinished", COUNT),
    Member::new("managedBy", Form::Text),
];
