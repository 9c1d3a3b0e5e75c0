//! What becomes of one container over time: a function of what it was and of the moment.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::object::{moment, number, set, text, time_at};
use crate::clock::Timestamp;
use crate::simulator::world::number as digest;

/// An image that cannot be pulled is tried again after this, and then ever later.
const PULL_AGAIN: Duration = Duration::from_secs(15);
const CRASHES_AFTER: Duration = Duration::from_secs(2);
const FIRST_BACKOFF: u64 = 10;
const LAST_BACKOFF: u64 = 300;
/// An init container does what it is for.
const PREPARES_FOR: Duration = Duration::from_secs(1);

/// What a container's pod says about it.
pub(super) struct Surroundings<'a> {
    pub(super) at: Timestamp,
    /// Nobody sees what happens before then.
    pub(super) until: Timestamp,
    /// From when on its image is pulled.
    pub(super) from: Timestamp,
    pub(super) pull: Duration,
    /// How long it runs if it is to end.
    pub(super) work: Duration,
    pub(super) policy: &'a str,
    pub(super) prepares: bool,
    /// Why it cannot be made.
    pub(super) missing: Option<String>,
    pub(super) uid: &'a str,
}

/// What became of it, when to look again, and what there is to tell.
#[derive(Debug, Default)]
pub(super) struct Advance {
    pub(super) status: Json,
    pub(super) next: Option<Timestamp>,
    pub(super) told: Vec<(bool, &'static str, String)>,
}

enum Nature {
    Absent,
    Crashes,
    Ends(Duration),
    Stays,
}

/// A container that nobody has begun to make.
pub(super) fn waiting(container: &Json, reason: &str) -> Json {
    json!({
        "name": container["name"],
        "image": container["image"],
        "imageID": "",
        "ready": false,
        "restartCount": 0,
        "started": false,
        "state": {"waiting": {"reason": reason}},
        "lastState": {},
    })
}

pub(super) fn advance(container: &Json, before: Option<&Json>, around: &Surroundings<'_>) -> Advance {
    let status = before.cloned().unwrap_or_else(|| waiting(container, "ContainerCreating"));
    let mut advance = Advance { status, ..Advance::default() };
    // Each pass is one step in its life; a step that takes time ends the look.
    while step(container, &mut advance, around) {}
    advance
}

fn step(container: &Json, advance: &mut Advance, around: &Surroundings<'_>) -> bool {
    let state = &advance.status["state"];
    if state.get("terminated").is_some() {
        return false;
    }
    if state.get("running").is_some() {
        return go_on(container, advance, around);
    }
    if text(state, "/waiting/reason") == "CrashLoopBackOff" {
        return restart(container, advance, around);
    }
    make(container, advance, around)
}

fn make(container: &Json, advance: &mut Advance, around: &Surroundings<'_>) -> bool {
    let image = text(container, "/image").to_owned();
    let pulled = around.from + around.pull;
    let was = text(&advance.status, "/state/waiting/reason").to_owned();
    let wait = |advance: &mut Advance, reason: &str, message: String| {
        let mut state = json!({"reason": reason});
        if !message.is_empty() {
            state["message"] = json!(message);
        }
        set(&mut advance.status, "/state", json!({"waiting": state}));
    };
    if around.at < pulled {
        wait(advance, "ContainerCreating", String::new());
        advance.next = Some(pulled);
    } else if matches!(nature(container, around), Nature::Absent) {
        let cause = format!("failed to resolve reference \"{image}\": {image}: not found");
        if around.at < pulled + PULL_AGAIN {
            let problem =
                format!("rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": {cause}");
            if was != "ErrImagePull" {
                advance.told.push((false, "Failed", format!("Failed to pull image \"{image}\": {problem}")));
            }
            wait(advance, "ErrImagePull", problem);
            advance.next = Some(pulled + PULL_AGAIN);
        } else {
            let problem = format!("Back-off pulling image \"{image}\"");
            if was != "ImagePullBackOff" {
                advance.told.push((true, "BackOff", problem.clone()));
            }
            wait(advance, "ImagePullBackOff", format!("{problem}: ErrImagePull: {cause}"));
        }
    } else if let Some(missing) = &around.missing {
        if was != "CreateContainerConfigError" {
            advance.told.push((false, "Failed", format!("Error: {missing}")));
        }
        wait(advance, "CreateContainerConfigError", missing.clone());
    } else {
        advance.told.push((true, "Pulled", format!("Successfully pulled image \"{image}\"")));
        start(container, advance, around.at, around.uid);
        return true;
    }
    false
}

fn start(container: &Json, advance: &mut Advance, at: Timestamp, uid: &str) {
    let restarts = number(&advance.status, "/restartCount").unwrap_or(0);
    let image = text(container, "/image");
    let id = [0_u8, 1, 2, 3].map(|part| {
        format!(
            "{:016x}",
            digest(&[uid.as_bytes(), text(container, "/name").as_bytes(), &restarts.to_le_bytes(), &[part]])
        )
    });
    let repository = image.split('@').next().unwrap_or_default();
    let content = [0_u8, 1, 2, 3].map(|part| format!("{:016x}", digest(&[image.as_bytes(), &[part]])));
    set(&mut advance.status, "/imageID", format!("{repository}@sha256:{}", content.concat()));
    set(&mut advance.status, "/containerID", format!("containerd://{}", id.concat()));
    set(&mut advance.status, "/state", json!({"running": {"startedAt": moment(at)}}));
    set(&mut advance.status, "/started", true);
    advance.told.push((true, "Started", format!("Started container {}", text(container, "/name"))));
}

fn go_on(container: &Json, advance: &mut Advance, around: &Surroundings<'_>) -> bool {
    let started = time_at(&advance.status, "/state/running/startedAt").unwrap_or(around.at);
    let (code, end) = match nature(container, around) {
        Nature::Crashes => (1, started + CRASHES_AFTER),
        Nature::Ends(after) => (0, started + after),
        Nature::Absent | Nature::Stays => {
            let ready = started + readiness(container);
            set(&mut advance.status, "/ready", around.at >= ready);
            advance.next = (around.at < ready).then_some(ready);
            return false;
        }
    };
    // What is about to crash never gets as far as serving anyone.
    let serves = code == 0 && readiness(container).is_zero() && !around.prepares;
    set(&mut advance.status, "/ready", serves);
    if around.at < end {
        advance.next = Some(end);
        return false;
    }
    let ended = json!({"terminated": {
        "containerID": advance.status["containerID"],
        "exitCode": code,
        "reason": if code == 0 { "Completed" } else { "Error" },
        "startedAt": advance.status["state"]["running"]["startedAt"],
        "finishedAt": moment(end),
    }});
    set(&mut advance.status, "/started", false);
    set(&mut advance.status, "/ready", code == 0 && around.prepares);
    if code == 0 || around.policy == "Never" {
        set(&mut advance.status, "/state", ended);
        return false;
    }
    set(&mut advance.status, "/lastState", ended);
    back_off(container, advance, around);
    true
}

fn back_off(container: &Json, advance: &mut Advance, around: &Surroundings<'_>) {
    let restarts = number(&advance.status, "/restartCount").unwrap_or(0);
    let wait = backoff(restarts);
    // Of the many restarts that nobody sees, only the number matters.
    let cycle = Duration::from_secs(LAST_BACKOFF) + CRASHES_AFTER;
    let finished = time_at(&advance.status, "/lastState/terminated/finishedAt").unwrap_or(around.at);
    if wait == Duration::from_secs(LAST_BACKOFF) {
        let unseen = around.until.saturating_sub(finished).as_secs() / cycle.as_secs();
        let unseen = u32::try_from(unseen).unwrap_or(0);
        set(&mut advance.status, "/restartCount", restarts + i64::from(unseen));
        set(&mut advance.status, "/lastState/terminated/startedAt", moment(finished + cycle * unseen - CRASHES_AFTER));
        set(&mut advance.status, "/lastState/terminated/finishedAt", moment(finished + cycle * unseen));
    }
    let (name, seconds) = (text(container, "/name"), wait.as_secs());
    let told = format!("back-off {seconds}s restarting failed container={name}");
    set(&mut advance.status, "/state", json!({"waiting": {"reason": "CrashLoopBackOff", "message": told}}));
    advance.told.push((false, "BackOff", format!("Back-off restarting failed container {name}")));
}

fn restart(container: &Json, advance: &mut Advance, around: &Surroundings<'_>) -> bool {
    let restarts = number(&advance.status, "/restartCount").unwrap_or(0);
    let finished = time_at(&advance.status, "/lastState/terminated/finishedAt").unwrap_or(around.at);
    let due = finished + backoff(restarts);
    if around.at < due {
        advance.next = Some(due);
        return false;
    }
    set(&mut advance.status, "/restartCount", restarts + 1);
    start(container, advance, due, around.uid);
    true
}

fn backoff(restarts: i64) -> Duration {
    let doublings = u32::try_from(restarts.clamp(0, 8)).unwrap_or(0);
    Duration::from_secs((FIRST_BACKOFF << doublings).min(LAST_BACKOFF))
}

fn nature(container: &Json, around: &Surroundings<'_>) -> Nature {
    let image = text(container, "/image");
    let tag = image.rsplit_once(':').map_or("", |(_, tag)| tag);
    if image.contains("does-not-exist") || tag == "missing" {
        Nature::Absent
    } else if image.contains("crash") {
        Nature::Crashes
    } else if around.prepares && text(container, "/restartPolicy") != "Always" {
        Nature::Ends(PREPARES_FOR)
    } else if around.policy == "Always" || around.prepares {
        Nature::Stays
    } else {
        Nature::Ends(around.work)
    }
}

/// A probe succeeds at its first try.
fn readiness(container: &Json) -> Duration {
    let first = |probe: &str| {
        let Some(probe) = container.get(probe).filter(|probe| probe.is_object()) else { return 0 };
        let [initial, period] = ["/initialDelaySeconds", "/periodSeconds"].map(|member| number(probe, member));
        initial.unwrap_or(0) + (period.unwrap_or(10) / 2).max(1)
    };
    Duration::from_secs(u64::try_from(first("startupProbe") + first("readinessProbe")).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(at: u64, policy: &str) -> Surroundings<'_> {
        let seconds = Duration::from_secs;
        Surroundings {
            at: seconds(at),
            until: seconds(at),
            from: seconds(100),
            pull: seconds(2),
            work: seconds(5),
            policy,
            prepares: false,
            missing: None,
            uid: "u",
        }
    }

    /// What it is at each of these moments, if it is looked at whenever it asks for it.
    fn life(image: &str, policy: &str, moments: &[u64]) -> Vec<String> {
        let container = json!({"name": "c", "image": image});
        let mut status = None;
        let mut seen = Vec::new();
        for at in 100..=*moments.last().unwrap() {
            let now = advance(&container, status.as_ref(), &around(at, policy));
            if moments.contains(&at) {
                let state = now.status["state"].as_object().unwrap();
                let (state, inside) = state.iter().next().unwrap();
                let reason = text(inside, "/reason");
                let of = if reason.is_empty() { state } else { reason };
                seen.push(format!("{of} {} {}", now.status["ready"], now.status["restartCount"]));
            }
            status = Some(now.status);
        }
        seen
    }

    #[test]
    fn an_image_decides_what_becomes_of_a_container() {
        let cases: &[(&str, &str, &[u64], &[&str])] = &[
            ("nginx:1", "Always", &[101, 102, 900], &["ContainerCreating false 0", "running true 0", "running true 0"]),
            ("x:missing", "Always", &[102, 117], &["ErrImagePull false 0", "ImagePullBackOff false 0"]),
            ("r/does-not-exist", "Always", &[102], &["ErrImagePull false 0"]),
            (
                "crash",
                "Always",
                &[103, 104, 114, 116, 136],
                &[
                    "running false 0",
                    "CrashLoopBackOff false 0",
                    "running false 1",
                    "CrashLoopBackOff false 1",
                    "running false 2",
                ],
            ),
            ("crash", "Never", &[104, 200], &["Error false 0", "Error false 0"]),
            ("work", "OnFailure", &[106, 107, 300], &["running true 0", "Completed false 0", "Completed false 0"]),
        ];
        for (image, policy, moments, expected) in cases {
            assert_eq!(&life(image, policy, moments), expected, "{image} {policy}");
        }
    }

    #[test]
    fn restarts_that_nobody_sees_are_only_counted() {
        let container = json!({"name": "c", "image": "crash"});
        let mut status = None;
        let (mut at, mut looks) = (Duration::from_secs(100), 0);
        let until = Duration::from_secs(100_000_000);
        while let Some(next) = {
            let around = Surroundings { at, until, ..around(0, "Always") };
            let now = advance(&container, status.as_ref(), &around);
            status = Some(now.status);
            now.next.filter(|next| *next <= until)
        } {
            (at, looks) = (next, looks + 1);
        }
        assert!(looks < 30, "{looks}");
        assert!(number(status.as_ref().unwrap(), "/restartCount").unwrap() > 300_000);
    }

    #[test]
    fn a_probe_takes_its_time() {
        let container =
            json!({"name": "c", "image": "x", "readinessProbe": {"initialDelaySeconds": 5, "periodSeconds": 4}});
        let begun = advance(&container, None, &around(102, "Always"));
        assert_eq!(begun.next, Some(Duration::from_secs(109)));
        let ready = advance(&container, Some(&begun.status), &around(109, "Always"));
        assert_eq!((ready.next, &ready.status["ready"]), (None, &json!(true)));
    }

    #[test]
    fn what_is_missing_is_waited_for() {
        let container = json!({"name": "c", "image": "x"});
        let without = Surroundings { missing: Some("secret \"s\" not found".into()), ..around(102, "Always") };
        let waits = advance(&container, None, &without);
        assert_eq!(text(&waits.status, "/state/waiting/reason"), "CreateContainerConfigError");
        let runs = advance(&container, Some(&waits.status), &around(150, "Always"));
        assert_eq!(runs.status["ready"], true);
    }
}
