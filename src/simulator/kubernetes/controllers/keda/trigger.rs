//! Triggers: their metrics' names and targets, and why a scaler cannot be built of them.

use serde_json::{Value as Json, json};

use super::super::object::{SECRET, flag, label, list, name, namespace, number, text};
use super::super::queue::{Task, Work};
use super::super::turn::Turn;
use super::authentication::of_trigger;

/// Of a type of trigger: how its metric is called, where its target is, and what the target is otherwise.
type Naming = (&'static str, &'static str, &'static [&'static str], &'static str, &'static str);

const NAMES: &[Naming] = &[
    ("aws-cloudwatch", "aws-cloudwatch", &[], "targetMetricValue", "1"),
    ("aws-sqs-queue", "aws-sqs", &["queueURL"], "queueLength", "5"),
    ("azure-queue", "azure-queue", &["queueName"], "queueLength", "5"),
    ("azure-servicebus", "azure-servicebus", &["queueName", "topicName"], "messageCount", "5"),
    ("cron", "cron", &["timezone", "start", "end"], "", "1"),
    ("kafka", "kafka", &["topic"], "lagThreshold", "10"),
    ("postgresql", "postgresql", &[], "targetQueryValue", "1"),
    ("prometheus", "prometheus", &[], "threshold", "1"),
    ("rabbitmq", "rabbitmq", &["queueName"], "value", "20"),
    ("redis", "redis", &["listName"], "listLength", "5"),
];

/// What the parser of a type says of a connection that is not there.
const UNCONNECTED: &[(&str, &str)] = &[
    ("azure-queue", "error parsing azure queue metadata: no connection setting given"),
    ("azure-servicebus", "error parsing azure service bus metadata: no connection setting given"),
    ("postgresql", "error parsing postgreSQL metadata: missing required parameter \"host\""),
    ("rabbitmq", "error parsing RabbitMQ metadata: missing required parameter \"host\""),
];

/// Whether the autoscaler measures it without KEDA.
pub(super) fn is_resource(trigger: &Json) -> bool {
    matches!(text(trigger, "/type"), "cpu" | "memory")
}

pub(super) fn metric_name(index: usize, trigger: &Json) -> String {
    let of = text(trigger, "/type");
    let Some((_, prefix, parts, ..)) = NAMES.iter().find(|(one, ..)| *one == of) else {
        return format!("s{index}-{}", normalised(of));
    };
    let mut name = (*prefix).to_owned();
    for part in *parts {
        let value = text(trigger, &format!("/metadata/{part}"));
        let last = if *part == "queueURL" { value.rsplit('/').next().unwrap_or(value) } else { value };
        if !last.is_empty() {
            name = format!("{name}-{last}");
        }
    }
    format!("s{index}-{}", normalised(&name.replace(' ', "")))
}

fn normalised(name: &str) -> String {
    name.chars().map(|one| if "/.:%()".contains(one) { '-' } else { one }).collect()
}

/// The metrics of an autoscaler, sorted as KEDA writes them.
pub(super) fn metrics(object: &Json) -> Vec<Json> {
    let mut all: Vec<Json> = Vec::new();
    for (index, trigger) in list(object, "/spec/triggers").iter().enumerate() {
        let of = text(trigger, "/type");
        let target = text(trigger, "/metricType");
        if is_resource(trigger) {
            let value = text(trigger, "/metadata/value");
            let target = match target {
                "AverageValue" => json!({"type": "AverageValue", "averageValue": value}),
                _ => json!({"type": "Utilization", "averageUtilization": value.parse::<i64>().unwrap_or(80)}),
            };
            all.push(json!({"type": "Resource", "resource": {"name": of, "target": target}}));
            continue;
        }
        let naming = NAMES.iter().find(|(one, ..)| *one == of);
        let named = naming.map_or("", |(_, _, _, member, _)| text(trigger, &format!("/metadata/{member}")));
        let value = if named.is_empty() { naming.map_or("1", |(.., otherwise)| otherwise) } else { named };
        let target = match target {
            "Value" => json!({"type": "Value", "value": value}),
            _ => json!({"type": "AverageValue", "averageValue": value}),
        };
        let selector = json!({"matchLabels": {"scaledobject.keda.sh/name": name(object)}});
        let metric = json!({"name": metric_name(index, trigger), "selector": selector});
        all.push(json!({"type": "External", "external": {"metric": metric, "target": target}}));
    }
    all.sort_by(|one, other| text(one, "/type").cmp(text(other, "/type")));
    all
}

/// What is wrong with the triggers themselves.
pub(super) fn mistake(triggers: &[Json]) -> Option<String> {
    if triggers.is_empty() {
        return Some("no triggers defined in the ScaledObject/ScaledJob".to_owned());
    }
    let mut names = Vec::new();
    for trigger in triggers {
        let (of, name) = (text(trigger, "/type"), text(trigger, "/name"));
        if flag(trigger, "/useCachedMetrics") && matches!(of, "cpu" | "memory" | "cron") {
            return Some(format!("property \"useCachedMetrics\" is not supported for \"{of}\" scaler"));
        }
        if !name.is_empty() && names.contains(&name) {
            return Some(format!(
                "triggerName \"{name}\" is defined multiple times in the ScaledObject/ScaledJob, but it must be unique"
            ));
        }
        names.push(name);
    }
    None
}

/// The types of the triggers and the names of what they authenticate with, as a status has them.
pub(super) fn types(triggers: &[Json]) -> [String; 2] {
    ["/type", "/authenticationRef/name"].map(|pointer| {
        let mut all: Vec<&str> = Vec::new();
        for one in triggers.iter().map(|trigger| text(trigger, pointer)) {
            if !one.is_empty() && !all.contains(&one) {
                all.push(one);
            }
        }
        all.join(",")
    })
}

/// Why no scaler can be built. It is tried again when what it authenticates with is another.
pub(super) fn unbuildable(turn: &mut Turn<'_, '_>, object: &Json, work: Work) -> Option<String> {
    let again = Task::new(work, namespace(object), name(object));
    let mut first = None;
    for trigger in list(object, "/spec/triggers") {
        let connected = connects(turn, object, trigger, &again);
        let of = text(trigger, "/type");
        let problem = if of.starts_with("aws-") {
            let own = text(trigger, "/metadata/identityOwner") == "operator";
            let keyed = ["awsAccessKeyIDFromEnv", "awsRoleArn"];
            let keyed = keyed.iter().any(|member| !text(trigger, &format!("/metadata/{member}")).is_empty());
            let words = match of {
                "aws-sqs-queue" => "SQS queue",
                other => other.trim_start_matches("aws-"),
            };
            (!own && !keyed && connected != Some(true))
                .then(|| format!("error parsing {words} metadata: awsAccessKeyID not found"))
        } else {
            let told = UNCONNECTED.iter().find(|(one, _)| *one == of).map(|(_, told)| (*told).to_owned());
            let told = told.unwrap_or_else(|| format!("error parsing {of} metadata: missing required parameter"));
            (connected == Some(false)).then_some(told)
        };
        first = first.or(problem);
    }
    first
}

/// Whether what a trigger authenticates with gives anything; None when it names nothing.
fn connects(turn: &mut Turn<'_, '_>, object: &Json, trigger: &Json, again: &Task) -> Option<bool> {
    let (kind, space, named) = of_trigger(object, trigger)?;
    turn.wait_for(kind, &space, &named, again);
    let Some(found) = turn.get(kind, &space, &named) else { return Some(false) };
    if !matches!(text(&found, "/spec/podIdentity/provider"), "" | "none") {
        return Some(true);
    }
    let mut gives = found["spec"].as_object().is_some_and(|spec| spec.keys().any(|key| key != "secretTargetRef"));
    for reference in list(&found, "/spec/secretTargetRef") {
        let (of, key) = (text(reference, "/name"), text(reference, "/key"));
        turn.wait_for(SECRET, namespace(object), of, again);
        gives |= turn.get(SECRET, namespace(object), of).is_some_and(|secret| secret["data"].get(key).is_some());
    }
    Some(gives)
}

/// The labels an autoscaler takes over from its ScaledObject.
pub(super) fn excluded<'a>(object: &'a Json, annotation: &str) -> Vec<&'a str> {
    super::super::object::annotation(object, annotation).map_or_else(Vec::new, |names| names.split(',').collect())
}

/// How often the triggers are asked.
pub(super) fn polls_every(object: &Json) -> std::time::Duration {
    let seconds = number(object, "/spec/pollingInterval").unwrap_or(30).max(1);
    std::time::Duration::from_secs(u64::try_from(seconds).unwrap_or(30))
}

/// Whether an object has its own name in a label, by which its metrics are found.
pub(super) fn is_labelled(object: &Json) -> bool {
    label(object, "scaledobject.keda.sh/name") == name(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_named_as_keda_names_them() {
        let cases = [
            (
                json!({"type": "aws-sqs-queue", "metadata": {"queueURL": "https://sqs.r.amazonaws.com/1/my.jobs"}}),
                "s0-aws-sqs-my-jobs",
            ),
            (json!({"type": "rabbitmq", "metadata": {"queueName": "a/b"}}), "s0-rabbitmq-a-b"),
            (json!({"type": "prometheus", "metadata": {}}), "s0-prometheus"),
            (json!({"type": "other-thing", "metadata": {}}), "s0-other-thing"),
        ];
        for (trigger, expected) in cases {
            assert_eq!(metric_name(0, &trigger), expected);
        }
    }

    #[test]
    fn resource_metrics_come_last() {
        let object = json!({"metadata": {"name": "x"}, "spec": {"triggers": [
            {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "60"}},
            {"type": "aws-sqs-queue", "metadata": {"queueURL": "u/q", "queueLength": "7"}},
        ]}});
        let all = metrics(&object);
        assert_eq!(text(&all[0], "/external/metric/name"), "s1-aws-sqs-q");
        assert_eq!(text(&all[0], "/external/target/averageValue"), "7");
        assert_eq!(all[1]["resource"]["target"]["averageUtilization"], 60);
    }

    #[test]
    fn triggers_have_names_of_their_own() {
        assert!(mistake(&[]).is_some());
        assert!(mistake(&[json!({"name": "a"}), json!({"name": "a"})]).is_some());
        assert!(mistake(&[json!({"type": "cpu", "useCachedMetrics": true})]).is_some());
        assert_eq!(mistake(&[json!({"name": "a"}), json!({"name": "b"}), json!({}), json!({})]), None);
    }
}
