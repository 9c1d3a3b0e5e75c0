//! Operations that go on after their answer: by a document of their own, or by an address that says when they are done.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::arm::{Arm, Asked, Outcome};
use super::id::Id;
use crate::clock::{Timestamp, rfc3339};
use crate::simulator::refusal::Refusal;

/// How long callers are asked to wait between two looks.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// An operation, kept for whoever asks how it is getting on.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Operation {
    begun_ms: u64,
    /// None where it never ends.
    ends_ms: Option<u64>,
    /// The code and the words in which it fails.
    failure: Option<(String, String)>,
    /// What there is when it is done, where that is answered.
    result: Option<Id>,
}

/// What begins.
pub(super) struct Begun {
    pub(super) ends: Option<Timestamp>,
    pub(super) failure: Option<(&'static str, String)>,
    pub(super) result: Option<Id>,
}

/// `Azure-AsyncOperation`, and `Location` where the operation is asked for with it.
pub(super) fn begin(arm: &mut Arm<'_>, id: &Id, location: &str, begun: Begun) -> Ways {
    let name = arm.guid();
    let milliseconds = |time: Timestamp| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let operation = Operation {
        begun_ms: milliseconds(arm.now()),
        ends_ms: begun.ends.map(milliseconds),
        failure: begun.failure.map(|(code, message)| (code.to_owned(), message)),
        result: begun.result,
    };
    let namespace = if id.namespace.is_empty() { "Microsoft.Resources" } else { &id.namespace };
    let place = format!("/subscriptions/{}/providers/{namespace}/locations/{location}", id.subscription);
    arm.world.put(&key(&id.subscription, &name), &operation);
    Ways {
        status: arm.url(&format!("{place}/operations/{name}?api-version=2024-01-01")),
        location: arm.url(&format!("{place}/operationresults/{name}?api-version=2024-01-01")),
    }
}

/// The two ways to follow an operation.
pub(super) struct Ways {
    status: String,
    location: String,
}

impl Ways {
    pub(super) fn by_status(&self) -> Vec<(&'static str, String)> {
        vec![("azure-asyncoperation", self.status.clone()), retry_after()]
    }

    pub(super) fn by_location(&self) -> Vec<(&'static str, String)> {
        vec![("location", self.location.clone()), retry_after()]
    }

    pub(super) fn by_both(&self) -> Vec<(&'static str, String)> {
        vec![("azure-asyncoperation", self.status.clone()), ("location", self.location.clone()), retry_after()]
    }
}

fn retry_after() -> (&'static str, String) {
    ("retry-after", LOOK_AGAIN.as_secs().to_string())
}

/// How an operation is getting on, where the path is one of an operation.
pub(super) fn look(arm: &Arm<'_>, asked: &Asked) -> Option<Result<Outcome, Refusal>> {
    let parts: Vec<_> = asked.id.parts.iter().map(|(kind, name)| (kind.as_str(), name.as_str())).collect();
    let [("locations", _), (kind @ ("operations" | "operationresults"), name)] = parts.as_slice() else { return None };
    let unknown = || Refusal::new(404, "NotFound", format!("The operation {name} was not found."));
    let Some(operation) = arm.world.get::<Operation>(&key(&asked.id.subscription, name)) else {
        return Some(Err(unknown()));
    };
    let now = u64::try_from(arm.now().as_millis()).unwrap_or(u64::MAX);
    let is_over = operation.ends_ms.is_some_and(|ends| ends <= now);
    Some(match *kind {
        "operations" => Ok(status(asked, name, &operation, is_over)),
        _ if !is_over => {
            let here = arm.url(&format!("{}?api-version=2024-01-01", asked.id.path()));
            Ok(Outcome::empty(202).with(vec![("location", here), retry_after()]))
        }
        _ => match (&operation.failure, &operation.result) {
            (Some((code, message)), _) => Err(Refusal::new(409, code, message.clone())),
            (None, Some(id)) => match arm.object(id) {
                Some(object) => Ok(Outcome::new(200, object.answer())),
                None => Ok(Outcome::empty(204)),
            },
            (None, None) => Ok(Outcome::empty(204)),
        },
    })
}

fn status(asked: &Asked, name: &str, operation: &Operation, is_over: bool) -> Outcome {
    let time = |milliseconds: u64| rfc3339(Duration::from_millis(milliseconds));
    let status = match (is_over, &operation.failure) {
        (false, _) => "InProgress",
        (true, None) => "Succeeded",
        (true, Some(_)) => "Failed",
    };
    let mut body = json!({
        "id": asked.id.path(), "name": name, "status": status, "startTime": time(operation.begun_ms),
    });
    if is_over {
        body["endTime"] = operation.ends_ms.map(time).into();
        if let Some((code, message)) = &operation.failure {
            body["error"] = json!({"code": code, "message": message});
        }
    }
    let headers = if is_over { Vec::new() } else { vec![retry_after()] };
    Outcome::new(200, Json::Object(body.as_object().cloned().unwrap_or_default())).with(headers)
}

fn key(subscription: &str, name: &str) -> String {
    format!("azure/subscriptions/{subscription}/memory/operation/{name}")
}
