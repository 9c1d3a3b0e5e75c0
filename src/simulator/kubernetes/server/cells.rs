//! What stands in the cells of tables.

use std::time::UNIX_EPOCH;

use serde_json::{Value as Json, json};

use super::columns::human;
use super::object::{is_going, text};
use crate::clock::Timestamp;

pub(super) fn time(text: &str) -> Option<Timestamp> {
    humantime::parse_rfc3339(text).ok()?.duration_since(UNIX_EPOCH).ok()
}

/// How long ago.
pub(super) fn age(since: &str, now: Timestamp) -> String {
    time(since).map_or_else(|| "<unknown>".to_owned(), |since| human(now.saturating_sub(since)))
}

pub(super) fn name(object: &Json, _: Timestamp) -> Json {
    object["metadata"]["name"].clone()
}

pub(super) fn created(object: &Json, now: Timestamp) -> Json {
    json!(age(text(&object["metadata"], "creationTimestamp"), now))
}

pub(super) fn or_none(value: &Json) -> Json {
    value.as_str().filter(|text| !text.is_empty()).map_or_else(|| json!("<none>"), |text| json!(text))
}

pub(super) fn or_unknown(value: &Json) -> Json {
    value.as_str().map_or_else(|| json!("<unknown>"), |text| json!(text))
}

pub(super) fn or_empty(value: &Json) -> Json {
    json!(value.as_str().unwrap_or_default())
}

pub(super) fn number(value: &Json) -> Json {
    json!(value.as_i64().unwrap_or_default())
}

pub(super) fn number_or(value: &Json, otherwise: &str) -> Json {
    match value {
        Json::Null => json!(otherwise),
        Json::String(text) => json!(text),
        other => json!(other.to_string()),
    }
}

pub(super) fn age_or_none(value: &Json, now: Timestamp) -> Json {
    value.as_str().map_or_else(|| json!("<none>"), |since| json!(age(since, now)))
}

/// Labels as they are written in selectors.
pub(super) fn pairs(value: &Json) -> Json {
    let pairs = value.as_object().into_iter().flatten();
    let texts: Vec<_> = pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    if texts.is_empty() { json!("<none>") } else { json!(texts.join(",")) }
}

fn listed(values: &Json, of: fn(&Json) -> String) -> Json {
    let values = values.as_array().into_iter().flatten();
    json!(values.map(of).collect::<Vec<_>>().join(","))
}

/// The template of the pods that an object makes.
fn template(object: &Json) -> &Json {
    match object["spec"].get("jobTemplate") {
        Some(job) => &job["spec"]["template"],
        None => &object["spec"]["template"],
    }
}

pub(super) fn containers(object: &Json, _: Timestamp) -> Json {
    listed(&template(object)["spec"]["containers"], |one| text(one, "name").to_owned())
}

pub(super) fn images(object: &Json, _: Timestamp) -> Json {
    listed(&template(object)["spec"]["containers"], |one| text(one, "image").to_owned())
}

pub(super) fn selector(object: &Json, _: Timestamp) -> Json {
    pairs(&object["spec"]["selector"]["matchLabels"])
}

pub(super) fn ready_replicas(object: &Json, _: Timestamp) -> Json {
    let ready = object["status"]["readyReplicas"].as_i64().unwrap_or_default();
    json!(format!("{ready}/{}", object["spec"]["replicas"].as_i64().unwrap_or(1)))
}

pub(super) fn pod_ready(pod: &Json, _: Timestamp) -> Json {
    let statuses = pod["status"]["containerStatuses"].as_array();
    let ready = statuses.into_iter().flatten().filter(|one| one["ready"] == true).count();
    json!(format!("{ready}/{}", pod["spec"]["containers"].as_array().map_or(0, Vec::len)))
}

pub(super) fn pod_status(pod: &Json, _: Timestamp) -> Json {
    if is_going(pod) {
        return json!("Terminating");
    }
    let statuses = pod["status"]["containerStatuses"].as_array().into_iter().flatten();
    let reason = statuses.rev().find_map(|one| {
        let reason = |state: &str| one["state"][state]["reason"].as_str().filter(|reason| !reason.is_empty());
        reason("waiting").or_else(|| reason("terminated"))
    });
    let own = pod["status"]["reason"].as_str();
    json!(reason.or(own).unwrap_or_else(|| text(&pod["status"], "phase")))
}

pub(super) fn pod_restarts(pod: &Json, now: Timestamp) -> Json {
    let statuses: Vec<_> = pod["status"]["containerStatuses"].as_array().into_iter().flatten().collect();
    let count: i64 = statuses.iter().filter_map(|one| one["restartCount"].as_i64()).sum();
    let ends = statuses.iter().filter_map(|one| one["lastState"]["terminated"]["finishedAt"].as_str());
    match ends.max().filter(|_| count > 0) {
        Some(last) => json!(format!("{count} ({} ago)", age(last, now))),
        None => json!(count.to_string()),
    }
}

pub(super) fn job_status(job: &Json, _: Timestamp) -> Json {
    let conditions: Vec<_> = job["status"]["conditions"].as_array().into_iter().flatten().collect();
    let is = |kind: &str| conditions.iter().any(|one| one["type"] == kind && one["status"] == "True");
    let known = [
        ("Complete", "Complete"),
        ("Failed", "Failed"),
        ("Suspended", "Suspended"),
        ("FailureTarget", "FailureTarget"),
    ];
    let found = known.iter().find(|(kind, _)| is(kind)).map(|(_, shown)| *shown);
    let otherwise = if is_going(job) { "Terminating" } else { "Running" };
    json!(found.unwrap_or(otherwise))
}

pub(super) fn job_completions(job: &Json, _: Timestamp) -> Json {
    let succeeded = job["status"]["succeeded"].as_i64().unwrap_or_default();
    let parallel = job["spec"]["parallelism"].as_i64().unwrap_or(1);
    match job["spec"]["completions"].as_i64() {
        Some(completions) => json!(format!("{succeeded}/{completions}")),
        None if parallel > 1 => json!(format!("{succeeded}/1 of {parallel}")),
        None => json!(format!("{succeeded}/1")),
    }
}

pub(super) fn job_duration(job: &Json, now: Timestamp) -> Json {
    let Some(start) = job["status"]["startTime"].as_str().and_then(time) else { return json!("") };
    let end = job["status"]["completionTime"].as_str().and_then(time).unwrap_or(now);
    json!(human(end.saturating_sub(start)))
}

pub(super) fn suspended(job: &Json, _: Timestamp) -> Json {
    json!(if job["spec"]["suspend"] == true { "True" } else { "False" })
}

pub(super) fn external_ip(service: &Json, _: Timestamp) -> Json {
    let found = listed(&service["status"]["loadBalancer"]["ingress"], |one| {
        let (ip, host) = (text(one, "ip"), text(one, "hostname"));
        if ip.is_empty() { host.to_owned() } else { ip.to_owned() }
    });
    match (text(&service["spec"], "type"), found.as_str().unwrap_or_default()) {
        ("ExternalName", _) => or_none(&service["spec"]["externalName"]),
        ("LoadBalancer", "") => json!("<pending>"),
        (_, "") => json!("<none>"),
        (_, found) => json!(found),
    }
}

pub(super) fn ports(service: &Json, _: Timestamp) -> Json {
    let found = listed(&service["spec"]["ports"], |port| {
        let node = port["nodePort"].as_i64().filter(|port| *port > 0).map(|port| format!(":{port}"));
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        format!("{}{}/{protocol}", port["port"], node.unwrap_or_default())
    });
    or_none(&found)
}

pub(super) fn node_status(node: &Json, _: Timestamp) -> Json {
    let conditions = node["status"]["conditions"].as_array().into_iter().flatten();
    let ready = conditions.filter(|one| one["type"] == "Ready").map(|one| text(one, "status")).next_back();
    let status = match ready {
        Some("True") => "Ready",
        Some("False") => "NotReady",
        _ => "Unknown",
    };
    let cordoned = if node["spec"]["unschedulable"] == true { ",SchedulingDisabled" } else { "" };
    json!(format!("{status}{cordoned}"))
}

pub(super) fn node_roles(node: &Json, _: Timestamp) -> Json {
    let labels = node["metadata"]["labels"].as_object().into_iter().flatten();
    let roles: Vec<_> = labels.filter_map(|(key, _)| key.strip_prefix("node-role.kubernetes.io/")).collect();
    if roles.is_empty() { json!("<none>") } else { json!(roles.join(",")) }
}

pub(super) fn node_address(node: &Json, kind: &str) -> Json {
    let mut all = node["status"]["addresses"].as_array().into_iter().flatten();
    all.find(|one| one["type"] == kind).map_or_else(|| json!("<none>"), |one| one["address"].clone())
}

/// Of a configuration or a secret.
pub(super) fn entries(object: &Json, _: Timestamp) -> Json {
    let count = |name: &str| object[name].as_object().map_or(0, serde_json::Map::len);
    json!(count("data") + count("binaryData"))
}

pub(super) fn access_modes(claim: &Json, _: Timestamp) -> Json {
    listed(&claim["status"]["accessModes"], |mode| {
        let capitals: String = mode.as_str().unwrap_or_default().chars().filter(char::is_ascii_uppercase).collect();
        capitals
    })
}

pub(super) fn scale_target(scaler: &Json, _: Timestamp) -> Json {
    let target = &scaler["spec"]["scaleTargetRef"];
    json!(format!("{}/{}", text(target, "kind"), text(target, "name")))
}

pub(super) fn scale_metrics(scaler: &Json, _: Timestamp) -> Json {
    let now: Vec<_> = scaler["status"]["currentMetrics"].as_array().into_iter().flatten().collect();
    let specs = scaler["spec"]["metrics"].as_array().into_iter().flatten();
    let one = |(at, spec): (usize, &Json)| {
        let source = match text(spec, "type") {
            "Resource" => "resource",
            "ContainerResource" => "containerResource",
            "Pods" => "pods",
            "Object" => "object",
            _ => "external",
        };
        let (target, current) =
            (&spec[source]["target"], now.get(at).map_or(&Json::Null, |now| &now[source]["current"]));
        let shown = |of: &Json| {
            let quantity = of["averageValue"].as_str().or_else(|| of["value"].as_str()).map(str::to_owned);
            let average = if of["averageValue"].is_string() { " (avg)" } else { "" };
            let percent = of["averageUtilization"].as_i64().map(|share| format!("{share}%"));
            percent.map(|text| (text, "")).or(quantity.map(|text| (text, average)))
        };
        let (target, kind) = shown(target).unwrap_or_else(|| ("<auto>".to_owned(), ""));
        let (current, _) = shown(current).unwrap_or_else(|| ("<unknown>".to_owned(), ""));
        let named = if source == "resource" { format!("{}: ", text(&spec[source], "name")) } else { String::new() };
        format!("{named}{current}/{target}{kind}")
    };
    let shown: Vec<_> = specs.enumerate().map(one).collect();
    if shown.is_empty() { json!("<none>") } else { json!(shown.join(", ")) }
}

pub(super) fn api_service(service: &Json, _: Timestamp) -> Json {
    let of = &service["spec"]["service"];
    if of.is_object() { json!(format!("{}/{}", text(of, "namespace"), text(of, "name"))) } else { json!("Local") }
}

pub(super) fn api_available(service: &Json, _: Timestamp) -> Json {
    let mut conditions = service["status"]["conditions"].as_array().into_iter().flatten();
    let Some(available) = conditions.find(|one| one["type"] == "Available") else { return json!("Unknown") };
    match available["status"].as_str() {
        Some("True") => json!("True"),
        status => json!(format!("{} ({})", status.unwrap_or("Unknown"), text(available, "reason"))),
    }
}

pub(super) fn last_seen(event: &Json, now: Timestamp) -> Json {
    let times = [&event["series"]["lastObservedTime"], &event["lastTimestamp"], &event["eventTime"]];
    let first = times.into_iter().chain([&event["firstTimestamp"], &event["metadata"]["creationTimestamp"]]);
    first.filter_map(Json::as_str).next().map_or_else(|| json!("<unknown>"), |since| json!(age(since, now)))
}

pub(super) fn event_object(event: &Json, _: Timestamp) -> Json {
    let object = if event["regarding"].is_object() { &event["regarding"] } else { &event["involvedObject"] };
    json!(format!("{}/{}", text(object, "kind").to_lowercase(), text(object, "name")))
}

pub(super) fn event_message(event: &Json, _: Timestamp) -> Json {
    let note = event["note"].as_str();
    json!(note.unwrap_or_else(|| text(event, "message")).trim())
}
