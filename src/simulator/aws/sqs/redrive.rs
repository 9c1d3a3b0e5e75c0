//! Dead letters: where a queue's go, and whose a queue takes.

use serde_json::{Value as Json, json};

use super::attributes::{REDRIVE, REDRIVE_ALLOW, Subject, wrong};
use super::queue::Queue;
use super::wrong_parameter;
use crate::simulator::aws::Refusal;

const TARGET: &str = "deadLetterTargetArn";
const COUNT: &str = "maxReceiveCount";
const MOST_SOURCES: usize = 10;

fn refused(text: &str, why: &str) -> Refusal {
    wrong_parameter(format!("Value {text} for parameter {REDRIVE} is invalid. Reason: {why}"))
}

/// A redrive policy as SQS keeps it.
pub(super) fn policy(subject: &Subject<'_>, text: &str) -> Result<String, Refusal> {
    let refused = |why: &str| refused(text, why);
    let Ok(Json::Object(entries)) = serde_json::from_str(text) else {
        return Err(refused("Redrive policy is not a valid JSON map."));
    };
    if entries.keys().any(|key| key != TARGET && key != COUNT) {
        return Err(refused("Only following attributes are valid: [deadLetterTargetArn, maxReceiveCount]."));
    }
    let Some(arn) = entries.get(TARGET).and_then(Json::as_str) else {
        return Err(refused("Redrive policy does not contain mandatory attribute: deadLetterTargetArn."));
    };
    let count = entries
        .get(COUNT)
        .ok_or_else(|| refused("Redrive policy does not contain mandatory attribute: maxReceiveCount."))?;
    let count = count.as_u64().or_else(|| count.as_str()?.parse().ok());
    let Some(count) = count.filter(|count| (1..=1000).contains(count)) else {
        return Err(refused("Invalid value for maxReceiveCount: must be between 1 and 1000."));
    };
    let here = format!("arn:aws:sqs:{}:{}:", subject.caller.region, subject.caller.account);
    let target = arn.strip_prefix(&here).and_then(|name| Queue::reached(subject.world, subject.caller, name));
    let Some((_, target)) = target else {
        return Err(refused("Dead letter target does not exist."));
    };
    if target.is_fifo() != subject.is_fifo {
        return Err(refused("Dead-letter queue must be same type of queue as the source."));
    }
    if !takes(&target, &format!("{here}{}", subject.name)) {
        return Err(refused("Queue does not have permission to use this dead-letter queue."));
    }
    Ok(json!({TARGET: arn, COUNT: count}).to_string())
}

/// Whether a queue takes the dead letters of another.
fn takes(target: &Queue, source: &str) -> bool {
    let allowance = target.attributes.get(REDRIVE_ALLOW).and_then(|text| serde_json::from_str::<Json>(text).ok());
    match allowance.as_ref().map(|allowance| (allowance["redrivePermission"].as_str(), &allowance["sourceQueueArns"])) {
        Some((Some("denyAll"), _)) => false,
        Some((Some("byQueue"), sources)) => sources.as_array().is_some_and(|arns| arns.iter().any(|arn| arn == source)),
        _ => true,
    }
}

/// Whose dead letters a queue takes, as SQS keeps it.
pub(super) fn allowance(text: &str) -> Result<String, Refusal> {
    let Ok(Json::Object(entries)) = serde_json::from_str(text) else { return Err(wrong(REDRIVE_ALLOW)) };
    let known = entries.keys().all(|key| ["redrivePermission", "sourceQueueArns"].contains(&key.as_str()));
    let sources = entries.get("sourceQueueArns");
    let listed = sources.and_then(Json::as_array).is_some_and(|arns| {
        (1..=MOST_SOURCES).contains(&arns.len())
            && arns.iter().all(|arn| arn.as_str().is_some_and(|arn| arn.starts_with("arn:") && arn.contains(":sqs:")))
    });
    let fits = match entries.get("redrivePermission").and_then(Json::as_str) {
        Some("allowAll" | "denyAll") => sources.is_none(),
        Some("byQueue") => listed,
        _ => false,
    };
    match known && fits {
        true => Ok(Json::Object(entries).to_string()),
        false => Err(wrong(REDRIVE_ALLOW)),
    }
}

/// The ARN of where a queue's dead letters go.
pub(super) fn target(queue: &Queue) -> Option<String> {
    let policy: Json = serde_json::from_str(queue.attributes.get(REDRIVE)?).ok()?;
    policy[TARGET].as_str().map(str::to_owned)
}
