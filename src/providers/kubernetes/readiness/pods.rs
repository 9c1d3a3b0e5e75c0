//! Why pods do not run: what containers wait for, why they ended, and what was reported of them.

use serde_json::Value as Json;

use super::Related;
use super::status::Status;

/// What keeps a pod, the worse the greater.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Trouble {
    severity: u8,
    pub(super) text: String,
}

/// What keeps the pods of an object, or the object itself: that of one pod, and how many more there are.
pub(super) fn trouble(status: &Status<'_>, related: &Related<'_>) -> Option<String> {
    let mut troubles: Vec<_> = related
        .pods
        .iter()
        .filter(|pod| is_wanted(pod))
        .filter_map(|pod| {
            Some((
                text(pod, "/metadata/name")?,
                text(pod, "/metadata/creationTimestamp"),
                trouble_of(pod, related.events)?,
            ))
        })
        .collect();
    // Of the worst, the newest: pods of an older revision are on their way out.
    troubles.sort_by(|left, right| {
        (right.2.severity, right.1).cmp(&(left.2.severity, left.1)).then_with(|| left.0.cmp(right.0))
    });
    let Some((name, _, first)) = troubles.first() else {
        return warning(related.events, |kind, name| is_about(status, kind, name));
    };
    let more = match troubles.len() - 1 {
        0 => String::new(),
        1 => ", and 1 more pod".to_owned(),
        others => format!(", and {others} more pods"),
    };
    Some(format!("pod {name}: {}{more}", first.text))
}

/// What keeps one pod; nothing if it is ready.
pub(super) fn trouble_of(pod: &Json, events: &[Json]) -> Option<Trouble> {
    let name = text(pod, "/metadata/name").unwrap_or_default();
    let reported = || warning(events, |kind, about| kind == "Pod" && about == name);
    let containers = || {
        ["/status/initContainerStatuses", "/status/containerStatuses"]
            .into_iter()
            .flat_map(|pointer| pod.pointer(pointer).and_then(Json::as_array).into_iter().flatten())
    };
    let told = |severity, text| Some(Trouble { severity, text });
    if let Some(waits) = containers().find_map(stuck) {
        return told(4, waits);
    }
    if let Some(reason) = unschedulable(pod) {
        return told(3, reason);
    }
    if let Some(reason) = text(pod, "/status/reason") {
        let message = text(pod, "/status/message").map_or_else(String::new, |message| format!(": {message}"));
        return told(2, format!("{reason}{message}"));
    }
    if let Some(ended) = containers().find_map(ended) {
        return told(2, ended);
    }
    if let Some(reported) = reported() {
        return told(1, reported);
    }
    let waits = containers().filter(|container| !flag(container, "ready")).find_map(|container| {
        let name = text(container, "/name")?;
        match text(container, "/state/waiting/reason") {
            Some(reason) => Some(format!("container {name}: {reason}")),
            None => container.pointer("/state/running").map(|_| format!("container {name} is not ready")),
        }
    });
    told(0, waits?)
}

/// A pod that should be ready and is not.
fn is_wanted(pod: &Json) -> bool {
    let conditions = pod.pointer("/status/conditions").and_then(Json::as_array).into_iter().flatten();
    let ready = conditions
        .into_iter()
        .any(|condition| text(condition, "/type") == Some("Ready") && text(condition, "/status") == Some("True"));
    !ready
        && pod.pointer("/metadata/deletionTimestamp").is_none_or(Json::is_null)
        && text(pod, "/status/phase") != Some("Succeeded")
}

/// What a container waits for that does not come by itself.
fn stuck(container: &Json) -> Option<String> {
    let reason = text(container, "/state/waiting/reason")?;
    let message = text(container, "/state/waiting/message");
    let image = text(container, "/image").unwrap_or_default();
    match reason {
        "ImagePullBackOff"
        | "ErrImagePull"
        | "ErrImageNeverPull"
        | "InvalidImageName"
        | "RegistryUnavailable"
        | "ImageInspectError" => Some(format!("{reason} (image {image:?})")),
        "CrashLoopBackOff" => {
            let last = exit(container, "/lastState/terminated").unwrap_or_else(|| "it ends again and again".to_owned());
            let restarts = container.get("restartCount").and_then(Json::as_i64).unwrap_or(0);
            Some(format!("{reason} ({last}, {restarts} restarts)"))
        }
        "CreateContainerConfigError"
        | "CreateContainerError"
        | "RunContainerError"
        | "PreCreateHookError"
        | "PostStartHookError" => {
            Some(message.map_or_else(|| reason.to_owned(), |message| format!("{reason} ({message})")))
        }
        _ => None,
    }
}

/// Why a container ended, if it should not have.
fn ended(container: &Json) -> Option<String> {
    let at = "/state/terminated";
    let code = container.pointer(&format!("{at}/exitCode")).and_then(Json::as_i64)?;
    let name = text(container, "/name").unwrap_or_default();
    (code != 0).then(|| exit(container, at).map(|exit| format!("container {name} ended: {exit}")))?
}

/// `OOMKilled, exit code 137`.
fn exit(container: &Json, at: &str) -> Option<String> {
    let code = container.pointer(&format!("{at}/exitCode")).and_then(Json::as_i64)?;
    let message = text(container, &format!("{at}/message")).and_then(|message| message.trim().lines().next_back());
    let reason = match text(container, &format!("{at}/reason")) {
        Some("Error") | None => format!("exit code {code}"),
        Some(reason) => format!("{reason}, exit code {code}"),
    };
    Some(message.map_or_else(|| reason.clone(), |message| format!("{reason}: {message}")))
}

fn unschedulable(pod: &Json) -> Option<String> {
    let conditions = pod.pointer("/status/conditions").and_then(Json::as_array)?;
    let scheduled = conditions.iter().find(|condition| text(condition, "/type") == Some("PodScheduled"))?;
    let refused = text(scheduled, "/status") == Some("False");
    refused.then(|| {
        let reason = text(scheduled, "/reason").unwrap_or("Unschedulable");
        text(scheduled, "/message").map_or_else(|| reason.to_owned(), |message| format!("{reason}: {message}"))
    })
}

/// The newest warning about an object that passes.
pub(super) fn warning(events: &[Json], about: impl Fn(&str, &str) -> bool) -> Option<String> {
    let warnings = events.iter().filter(|event| text(event, "/type") == Some("Warning"));
    let newest = warnings.filter(|event| concerns(event, &about)).max_by_key(|event| time(event))?;
    let reason = text(newest, "/reason").unwrap_or("Warning");
    Some(
        text(newest, "/message")
            .or(text(newest, "/note"))
            .map_or_else(|| reason.to_owned(), |message| format!("{reason}: {}", message.trim())),
    )
}

/// Whether an object of this reason was reported, of whatever sort the report is.
pub(super) fn is_reported(events: &[Json], kind: &str, name: &str, reasons: &[&str]) -> bool {
    events.iter().any(|event| {
        concerns(event, &|about: &str, called: &str| about == kind && called == name)
            && text(event, "/reason").is_some_and(|reason| reasons.contains(&reason))
    })
}

fn concerns(event: &Json, about: &impl Fn(&str, &str) -> bool) -> bool {
    let object = event.get("involvedObject").or_else(|| event.get("regarding"));
    object.is_some_and(|object| {
        about(text(object, "/kind").unwrap_or_default(), text(object, "/name").unwrap_or_default())
    })
}

/// Times of one form, which sort as text.
fn time(event: &Json) -> &str {
    let times = ["/series/lastObservedTime", "/lastTimestamp", "/eventTime", "/metadata/creationTimestamp"];
    times.into_iter().find_map(|pointer| text(event, pointer)).unwrap_or_default()
}

/// Whether an event is about the object, or about the ReplicaSet that a Deployment made.
fn is_about(status: &Status<'_>, kind: &str, name: &str) -> bool {
    let made = || kind == "ReplicaSet" && name.rsplit_once('-').is_some_and(|(made_by, _)| made_by == status.name());
    (kind == status.kind() && name == status.name()) || (status.kind() == "Deployment" && made())
}

fn text<'a>(of: &'a Json, pointer: &str) -> Option<&'a str> {
    of.pointer(pointer).and_then(Json::as_str).filter(|text| !text.is_empty())
}

fn flag(of: &Json, key: &str) -> bool {
    of.get(key).and_then(Json::as_bool).unwrap_or(false)
}
