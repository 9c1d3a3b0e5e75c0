//! Triggers on Amazon's services.

use super::{COUNT, FLOOR, Kind, Parameter, TriggerType, auth, meta};
use crate::diagnostic::closest;
use crate::provider::Finding;
use crate::providers::keda::codes::finding;
use crate::providers::keda::go_values::integer;
use crate::providers::keda::trigger::{Identity, State, Trigger};
use crate::providers::keda::version::Life;

pub(super) const TYPES: &[TriggerType] = &[
    TriggerType::new(&["aws-sqs-queue"], &[SQS, ACCOUNT])
        .identities(IDENTITIES)
        .activations(&[("activationQueueLength", "queueLength")])
        .rules(sqs),
    TriggerType::new(&["aws-cloudwatch"], &[CLOUDWATCH, ACCOUNT])
        .identities(IDENTITIES)
        .activations(&[("activationTargetMetricValue", "targetMetricValue")])
        .rules(cloudwatch),
    TriggerType::new(&["aws-dynamodb"], &[DYNAMODB, ACCOUNT])
        .identities(IDENTITIES)
        .activations(&[("activationTargetValue", "targetValue")])
        .rules(credentials),
    TriggerType::new(&["aws-dynamodb-streams"], &[DYNAMODB_STREAMS, ACCOUNT])
        .identities(IDENTITIES)
        .activations(&[("activationShardCount", "shardCount")])
        .rules(credentials),
    TriggerType::new(&["aws-kinesis-stream"], &[KINESIS, ACCOUNT])
        .identities(IDENTITIES)
        .activations(&[("activationShardCount", "shardCount")])
        .rules(credentials),
];

const IDENTITIES: &[&str] = &["aws", "aws-eks", "aws-kiam"];

/// Where, and as whom.
const ACCOUNT: &[Parameter] = &[
    meta(&["awsRegion"], Kind::Text).required().auth(),
    meta(&["awsEndpoint"], Kind::Text),
    meta(&["identityOwner"], Kind::Word(&[("pod", Life::ALWAYS), ("operator", Life::ALWAYS)])),
    meta(&["awsAccessKeyID"], Kind::Text).env().auth(),
    auth(&["awsAccessKeyId"]),
    auth(&["awsSecretAccessKey"]).env(),
    auth(&["awsSessionToken"]).env(),
    auth(&["awsRoleArn"]),
];

const SQS: &[Parameter] = &[
    meta(&["queueURL"], Kind::Text).required().env(),
    meta(&["queueLength"], COUNT),
    meta(&["activationQueueLength"], FLOOR),
    meta(&["scaleOnInFlight"], Kind::Bool),
    meta(&["scaleOnDelayed"], Kind::Bool),
];

const CLOUDWATCH: &[Parameter] = &[
    meta(&["namespace"], Kind::Text),
    meta(&["metricName"], Kind::Text),
    meta(&["dimensionName"], Kind::Text),
    meta(&["dimensionValue"], Kind::Text),
    meta(&["expression"], Kind::Text),
    meta(&["targetMetricValue"], Kind::Positive).required(),
    meta(&["activationTargetMetricValue"], Kind::Number),
    meta(&["minMetricValue"], Kind::Number).required(),
    meta(&["ignoreNullValues"], Kind::Bool).since(16),
    meta(&["metricCollectionTime"], FLOOR),
    meta(&["metricStat"], Kind::Text),
    meta(&["metricUnit"], Kind::Words(UNITS)),
    meta(&["metricStatPeriod"], COUNT),
    meta(&["metricEndTimeOffset"], FLOOR),
    meta(&["awsAccountId"], Kind::Text).since(19),
];

const STATISTICS: &[&str] = &["Average", "Sum", "Minimum", "Maximum", "SampleCount"];

#[rustfmt::skip]
const UNITS: &[&str] = &[
    "Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "Count/Second", "None",
    "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes",
    "Bytes/Second", "Kilobytes/Second", "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second",
    "Bits", "Kilobits", "Megabits", "Gigabits", "Terabits",
    "Bits/Second", "Kilobits/Second", "Megabits/Second", "Gigabits/Second", "Terabits/Second",
];

const DYNAMODB: &[Parameter] = &[
    meta(&["tableName"], Kind::Text).required(),
    meta(&["keyConditionExpression"], Kind::Text).required(),
    meta(&["expressionAttributeNames"], Kind::Json).required(),
    meta(&["expressionAttributeValues"], Kind::Json).required(),
    meta(&["indexName"], Kind::Text),
    meta(&["filterExpression"], Kind::Text).since(19),
    meta(&["targetValue"], COUNT).target(),
    meta(&["activationTargetValue"], FLOOR),
];

const DYNAMODB_STREAMS: &[Parameter] = &[
    meta(&["tableName"], Kind::Text).required(),
    meta(&["shardCount"], COUNT),
    meta(&["activationShardCount"], FLOOR),
];

const KINESIS: &[Parameter] = &[
    meta(&["streamName"], Kind::Text).required(),
    meta(&["shardCount"], COUNT),
    meta(&["activationShardCount"], FLOOR),
];

/// KEDA calls as someone: by a pod identity, a role, a key, or as its operator where that is said.
fn credentials(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    let owner = trigger.state("identityOwner");
    let by_operator = match owner {
        State::Here(owner) => owner == "operator",
        State::Missing => false,
        State::Unclear | State::Elsewhere => true,
    };
    let has_role = !trigger.is_missing("awsRoleArn");
    let no_id = trigger.is_missing("awsAccessKeyID") && trigger.is_missing("awsAccessKeyId");
    let has_key = !no_id && !trigger.is_missing("awsSecretAccessKey");
    if trigger.identity() != Identity::None || by_operator || has_role || has_key {
        return;
    }
    let message = format!("{} says no way in which KEDA gets AWS credentials", trigger.name);
    let help = "add an `authenticationRef` to a TriggerAuthentication with `podIdentity: { provider: aws }`";
    findings.push(finding("keda/credentials-missing", &trigger.at, message).help(help));
}

fn sqs(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    credentials(trigger, findings);
    let Some((host, path)) = trigger.text("queueURL").and_then(|url| {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
        Some(rest.split_once('/').unwrap_or((rest, "")))
    }) else {
        return;
    };
    let parts: Vec<_> = path.split('/').collect();
    if parts.len() != 2 || parts.iter().any(|part| part.is_empty()) {
        let message = "the address of a queue ends in the account and the name of the queue";
        let help = "write https://sqs.<region>.amazonaws.com/<account>/<queue>, or refer to the queue's `url`";
        findings.push(trigger.disagree("queueURL", message, help));
    }
    let region = host.strip_prefix("sqs.").and_then(|rest| rest.split_once(".amazonaws.com")).map(|(region, _)| region);
    if let (Some(region), Some(said)) = (region, trigger.text("awsRegion"))
        && region != said
        && trigger.is_missing("awsEndpoint")
    {
        let message = format!("the queue is in {region}, and KEDA would look for it in {said}");
        findings.push(trigger.disagree("awsRegion", message, format!("write `awsRegion: {region}`")));
    }
}

fn cloudwatch(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    credentials(trigger, findings);
    if trigger.is_missing("expression") {
        let parts = ["namespace", "metricName", "dimensionName", "dimensionValue"];
        let missing: Vec<_> = parts.into_iter().filter(|part| trigger.is_missing(part)).collect();
        if !missing.is_empty() {
            let message = format!("without an `expression`, aws-cloudwatch requires `{}`", missing.join("`, `"));
            findings.push(trigger.missing(message).help("add them, or say it all in one `expression`"));
        }
    }
    let count = |name| trigger.text(name).map(|text: &str| text.split(';').count());
    if let (Some(names), Some(values)) = (count("dimensionName"), count("dimensionValue"))
        && names != values
    {
        let message = format!("{names} names of dimensions and {values} values");
        let help = "give one value for each name, both with semicolons between";
        findings.push(trigger.disagree("dimensionValue", message, help));
    }
    statistic(trigger, findings);
    let number = |name, default| match trigger.state(name) {
        State::Here(text) => integer(text),
        State::Missing => Some(default),
        State::Unclear | State::Elsewhere => None,
    };
    let Some(period) = number("metricStatPeriod", 300).filter(|period| *period > 0) else { return };
    if !matches!(period, 1 | 5 | 10 | 30) && period % 60 != 0 {
        let message = format!("a period of {period} seconds does not exist");
        findings.push(trigger.disagree("metricStatPeriod", message, "1, 5, 10, 30, or a multiple of 60"));
    } else if let Some(time) = number("metricCollectionTime", 300).filter(|time| time % period != 0) {
        let message = format!("the collection time {time} is no multiple of the period {period}");
        let at = if trigger.is_missing("metricCollectionTime") { "metricStatPeriod" } else { "metricCollectionTime" };
        findings.push(trigger.disagree(
            at,
            message,
            format!("write `metricCollectionTime: \"{period}\"` or a multiple"),
        ));
    }
}

/// Since 2.18 KEDA leaves it to CloudWatch, which knows percentiles and trimmed means too.
fn statistic(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    let Some(name) = trigger.text("metricStat").filter(|name| !STATISTICS.contains(name)) else { return };
    let extended = ["p", "tm", "wm", "tc", "ts", "pr"].iter().any(|prefix| {
        let rest = name.to_ascii_lowercase();
        rest.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '('))
    });
    if (extended || name == "IQM") && !trigger.version.is_before(18) {
        return;
    }
    let message = format!("`metricStat`: KEDA does not know `{name}` here");
    let help = match closest(name, STATISTICS.iter().copied()) {
        Some(known) => format!("did you mean `{known}`?"),
        None => format!("one of {}; since KEDA 2.18 also percentiles such as p99", STATISTICS.join(", ")),
    };
    findings.push(finding("keda/bad-parameter", &trigger.path.key("metricStat"), message).help(help));
}
