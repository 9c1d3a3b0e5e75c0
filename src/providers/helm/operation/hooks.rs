//! Runs the hooks of an event: one after the other, each waited for, and cleared away as its policies say.

use serde_json::Value as Json;

use super::apply::Applying;
use super::place::{self, Piece};
use crate::provider::{ErrorKind, ProviderError};
use crate::providers::helm::manifest::{Event, Hook, documents};
use crate::providers::helm::release::{Phase, Stored};
use crate::providers::kubernetes::{Calls, objects};

use super::records;

const BEFORE: &str = "before-hook-creation";
const SUCCEEDED: &str = "hook-succeeded";
const FAILED: &str = "hook-failed";

/// How much is told of what a hook's containers said.
const LINES: u32 = 20;

/// The hooks of an event, in the order in which they run, with their places in the record.
fn due(hooks: Vec<Hook>, event: Event) -> Vec<(usize, Hook)> {
    let mut due: Vec<_> = hooks.into_iter().enumerate().filter(|(_, hook)| hook.events.contains(&event)).collect();
    due.sort_by(|(_, one), (_, other)| (one.weight, &one.name).cmp(&(other.weight, &other.name)));
    due
}

/// Runs what is due; the record says how far it got. `done` are those that need not run again.
pub(super) async fn run(
    applying: &Applying<'_>,
    stored: &mut Stored,
    event: Event,
    done: &[usize],
) -> Result<(), ProviderError> {
    let namespace = stored.record.namespace().to_owned();
    let mut ran: Vec<(Hook, Vec<Piece>)> = Vec::new();
    for (index, hook) in due(stored.record.hooks(), event) {
        let pieces = place::pieces(applying.calls, &documents(&hook.manifest), &namespace).await?;
        if !done.contains(&index) {
            let outcome = one(applying, stored, index, (&hook, &pieces), event).await;
            if let Err(error) = outcome {
                clear(applying.calls, &hook, &pieces, FAILED).await.ok();
                for (hook, pieces) in &ran {
                    clear(applying.calls, hook, pieces, SUCCEEDED).await.ok();
                }
                return Err(error);
            }
        }
        ran.push((hook, pieces));
    }
    for (hook, pieces) in ran.iter().rev() {
        if hook.output_log_policies.iter().any(|policy| policy == SUCCEEDED) {
            for line in said(applying.calls, hook, pieces).await.lines() {
                applying.calls.report(&format!("{} {}: {line}", event.name(), hook.name));
            }
        }
        clear(applying.calls, hook, pieces, SUCCEEDED).await?;
    }
    Ok(())
}

async fn one(
    applying: &Applying<'_>,
    stored: &mut Stored,
    index: usize,
    (hook, pieces): (&Hook, &[Piece]),
    event: Event,
) -> Result<(), ProviderError> {
    let calls = applying.calls;
    clear(calls, hook, pieces, BEFORE).await?;
    let started = calls.now();
    stored.record.set_last_run(index, started, None, Phase::Running);
    records::update(calls, stored).await?;
    calls.report(&format!("running {} hook {}", event.name(), hook.name));
    let outcome = async {
        for piece in pieces {
            let made = applying.unmarked(piece).await?;
            finished(calls, piece, made).await?;
        }
        Ok(())
    };
    let outcome: Result<(), ProviderError> = outcome.await;
    let phase = if outcome.is_ok() { Phase::Succeeded } else { Phase::Failed };
    stored.record.set_last_run(index, started, Some(calls.now()), phase);
    let Err(error) = outcome else { return records::update(calls, stored).await };
    let mut message = format!("{} hook {} failed: {}", event.name(), hook.path, error.message);
    if hook.output_log_policies.iter().any(|policy| policy == FAILED) {
        let said = said(&calls.briefly(), hook, pieces).await;
        if !said.is_empty() {
            message.push_str(&format!("; the last it said:\n{}", said.trim_end()));
        }
    }
    Err(ProviderError { message, ..error })
}

/// Whether the policies of a hook say that it is cleared away at this moment.
fn is_cleared(hook: &Hook, moment: &str) -> bool {
    // With a definition everything that is of its kind would go.
    hook.kind != "CustomResourceDefinition"
        && match hook.delete_policies.as_slice() {
            [] => moment == BEFORE,
            policies => policies.iter().any(|policy| policy == moment),
        }
}

async fn clear(calls: &Calls<'_>, hook: &Hook, pieces: &[Piece], moment: &str) -> Result<(), ProviderError> {
    if is_cleared(hook, moment) {
        for piece in pieces {
            objects::remove(calls, &piece.id).await?;
        }
    }
    Ok(())
}

/// Waits for a Job to complete and for a Pod to end well; of anything else it is enough that it is there.
async fn finished(calls: &Calls<'_>, piece: &Piece, made: Json) -> Result<(), ProviderError> {
    let mut wait = calls.wait(calls.timeout());
    let mut live = Some(made);
    loop {
        let what = match live.as_ref().map(|live| result(&piece.id.kind, live)) {
            Some(Some(Ok(()))) => return Ok(()),
            Some(Some(Err(why))) => {
                let error = ProviderError::new(ErrorKind::Rejected, "wait", format!("{}: {why}", piece.id));
                return Err(ProviderError { exhausted: true, ..error });
            }
            Some(None) => told(calls, piece, live.as_ref()).await,
            None => "it is gone again".to_owned(),
        };
        let what = format!("hook {}: {what}", piece.id);
        if !calls.pause(&mut wait, &what).await? {
            let error = ProviderError::new(ErrorKind::TimedOut { after: calls.timeout() }, "wait", what);
            return Err(ProviderError { exhausted: true, ..error });
        }
        live = objects::read(calls, &piece.id).await?;
    }
}

/// How it ended, if it has.
fn result(kind: &str, live: &Json) -> Option<Result<(), String>> {
    let conditions = live.pointer("/status/conditions").and_then(Json::as_array).into_iter().flatten();
    let mut holding = conditions.filter(|condition| condition["status"] == "True");
    let text = |of: &Json, key: &str| of.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    match kind {
        "Job" => holding.find(|condition| condition["type"] == "Complete" || condition["type"] == "Failed").map(
            |condition| match condition["type"] == "Complete" {
                true => Ok(()),
                false => Err(format!("{}: {}", text(condition, "reason"), text(condition, "message"))),
            },
        ),
        "Pod" => match live.pointer("/status/phase").and_then(Json::as_str) {
            Some("Succeeded") => Some(Ok(())),
            Some("Failed") => Some(Err(format!("the pod failed {}", text(&live["status"], "message")))),
            _ => None,
        },
        _ => Some(Ok(())),
    }
}

async fn told(calls: &Calls<'_>, piece: &Piece, live: Option<&Json>) -> String {
    let Some(live) = live else { return String::new() };
    match objects::look(calls, &piece.id, live).await {
        objects::Readiness::Ready => "it runs".to_owned(),
        objects::Readiness::Waiting(what) | objects::Readiness::Failed(what) | objects::Readiness::Leaving(what) => {
            what
        }
    }
}

/// The last lines of what the pods of a hook said; without them less is told.
async fn said(calls: &Calls<'_>, hook: &Hook, pieces: &[Piece]) -> String {
    let mut all = String::new();
    let Ok(resource) = calls.resource("v1", "Pod").await else { return all };
    for piece in pieces {
        let namespace = piece.id.namespace.as_deref();
        let pods = match hook.kind.as_str() {
            "Pod" => objects::read(calls, &piece.id).await.map(|pod| pod.into_iter().collect()),
            "Job" => {
                let selector = format!("job-name={}", piece.id.name);
                calls.list(&resource.collection(namespace), Some(&selector)).await
            }
            _ => return all,
        };
        for pod in pods.unwrap_or_default() {
            let containers = pod.pointer("/spec/containers").and_then(Json::as_array).into_iter().flatten();
            for name in containers.filter_map(|container| container["name"].as_str()) {
                let path = resource.path(namespace, pod["metadata"]["name"].as_str().unwrap_or_default());
                all.push_str(&calls.log(&path, name, LINES).await.unwrap_or_default());
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hook(name: &str, weight: i64, policies: &[&str]) -> Hook {
        Hook {
            name: name.to_owned(),
            kind: "Job".to_owned(),
            path: String::new(),
            manifest: String::new(),
            object: Json::Null,
            events: vec![Event::PreInstall],
            weight,
            delete_policies: policies.iter().map(|policy| (*policy).to_owned()).collect(),
            output_log_policies: Vec::new(),
        }
    }

    #[test]
    fn hooks_run_by_weight_and_then_by_name() {
        let hooks = vec![hook("c", 0, &[]), hook("b", 0, &[]), hook("a", 5, &[]), hook("d", -1, &[])];
        let order: Vec<_> = due(hooks.clone(), Event::PreInstall).into_iter().map(|(index, _)| index).collect();
        assert_eq!(order, [3, 1, 0, 2]);
        assert!(due(hooks, Event::PostInstall).is_empty());
    }

    #[test]
    fn policies_say_when_a_hook_is_cleared_away() {
        assert!(is_cleared(&hook("a", 0, &[]), BEFORE) && !is_cleared(&hook("a", 0, &[]), SUCCEEDED));
        assert!(!is_cleared(&hook("a", 0, &[SUCCEEDED]), BEFORE) && is_cleared(&hook("a", 0, &[SUCCEEDED]), SUCCEEDED));
        let definition = Hook { kind: "CustomResourceDefinition".to_owned(), ..hook("a", 0, &[FAILED]) };
        assert!(!is_cleared(&definition, FAILED));
    }

    #[test]
    fn jobs_and_pods_are_waited_for() {
        let job = |kind: &str| json!({"status": {"conditions": [{"type": kind, "status": "True", "reason": "R", "message": "m"}]}});
        assert_eq!(result("Job", &json!({})), None);
        assert_eq!(result("Job", &job("SuccessCriteriaMet")), None);
        assert_eq!(result("Job", &job("Complete")), Some(Ok(())));
        assert_eq!(result("Job", &job("Failed")), Some(Err("R: m".to_owned())));
        assert_eq!(result("Pod", &json!({"status": {"phase": "Running"}})), None);
        assert_eq!(result("Pod", &json!({"status": {"phase": "Succeeded"}})), Some(Ok(())));
        assert!(matches!(result("Pod", &json!({"status": {"phase": "Failed"}})), Some(Err(_))));
        assert_eq!(result("Service", &json!({})), Some(Ok(())));
    }
}
