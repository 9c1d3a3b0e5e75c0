//! SQS: the queues of an account in a region.

mod attributes;
mod lateness;
mod listing;
mod queue;
mod redrive;
mod tags;

use super::json::{self, Members};
use super::{Caller, Input, JsonOperation, Refusal, reply};
use crate::simulator::World;
use crate::simulator::exchange::{Reply, Request};

type Answer = fn(&mut World, &Caller, &Members) -> Result<serde_json::Value, Refusal>;

const fn operation(name: &'static str, takes: &'static [&'static str], answer: Answer) -> JsonOperation {
    JsonOperation { name, takes, answer }
}

const QUEUE: &[&str] = &["QueueUrl"];

#[rustfmt::skip]
pub(super) const OPERATIONS: &[JsonOperation] = &[
    operation("CreateQueue", &["QueueName", "Attributes", "tags"], queue::create),
    operation("GetQueueUrl", &["QueueName", "QueueOwnerAWSAccountId"], queue::url),
    operation("GetQueueAttributes", &["QueueUrl", "AttributeNames"], queue::attributes),
    operation("SetQueueAttributes", &["QueueUrl", "Attributes"], queue::set_attributes),
    operation("PurgeQueue", QUEUE, queue::purge),
    operation("DeleteQueue", QUEUE, queue::delete),
    operation("ListQueues", &["QueueNamePrefix", "NextToken", "MaxResults"], listing::all),
    operation("ListDeadLetterSourceQueues", &["QueueUrl", "NextToken", "MaxResults"], listing::sources),
    operation("TagQueue", &["QueueUrl", "Tags"], tags::tag),
    operation("UntagQueue", &["QueueUrl", "TagKeys"], tags::untag),
    operation("ListQueueTags", QUEUE, tags::listed),
];

const TARGET: &str = "x-amz-target";

/// What errors were called before SQS spoke JSON, where that differs. Clients of the old protocol go by it, and
/// SDKs prefer it.
const QUERY_CODES: &[(&str, &str)] = &[
    ("PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress"),
    ("QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently"),
    ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"),
    ("QueueNameExists", "QueueAlreadyExists"),
    ("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation"),
];

pub(super) fn read(request: &Request, body: &str) -> Result<(&'static str, Input), Refusal> {
    let target = request.headers().get(TARGET).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = target.strip_prefix("AmazonSQS.").unwrap_or(target);
    json::read(OPERATIONS, name, Members::parse(body)?, ("InvalidAction", "InvalidParameterValue"))
}

pub(super) fn refusal(refusal: &Refusal) -> Reply {
    let body = serde_json::json!({"__type": format!("com.amazonaws.sqs#{}", refusal.code), "message": refusal.message});
    let old = QUERY_CODES.iter().find(|(code, _)| *code == refusal.code).map_or(refusal.code.as_str(), |(_, old)| old);
    let query_code = format!("{old};{}", refusal.fault());
    let headers = [("x-amzn-query-error", query_code.as_str())];
    reply(refusal.status, "application/x-amz-json-1.0", &headers, body.to_string())
}

fn no_queue() -> Refusal {
    Refusal::new(400, "QueueDoesNotExist", "The specified queue does not exist.")
}

fn wrong_parameter(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "InvalidParameterValue", message)
}

fn missing_parameter(name: &str) -> Refusal {
    Refusal::new(400, "MissingParameter", format!("The request must contain the parameter {name}."))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::simulator::aws::ACCOUNT;

    const URL: &str = "https://sqs.us-east-1.amazonaws.com/123456789012/q";

    fn ask(world: &mut World, seconds: f64, name: &str, body: &Json) -> Result<Json, Refusal> {
        let unknown = ("InvalidAction", "InvalidParameterValue");
        let (name, Input::Json(members)) = json::read(OPERATIONS, name, Members::of(body), unknown)? else {
            panic!("members")
        };
        let caller = Caller {
            account: ACCOUNT.to_owned(),
            region: "us-east-1".to_owned(),
            access_key: ACCOUNT.to_owned(),
            served_at: None,
            twist: None,
        };
        world.begin(Duration::from_secs_f64(1e9 + seconds));
        let operation = OPERATIONS.iter().find(|operation| operation.name == name).unwrap();
        let answer = (operation.answer)(world, &caller, &members);
        world.commit().unwrap();
        answer
    }

    fn code(answer: &Result<Json, Refusal>) -> &str {
        answer.as_ref().map_or_else(|refusal| refusal.code.as_str(), |_| "")
    }

    /// Asks for one thing after the other, two minutes apart, so that nothing is late.
    fn check(world: &mut World, steps: &[(&str, Json, &str)]) {
        let start = world.time().saturating_sub(Duration::from_secs(1_000_000_000)).as_secs_f64();
        for (index, (name, body, expected)) in steps.iter().enumerate() {
            let answer = ask(world, start + 120.0 * (index + 1) as f64, name, body);
            assert_eq!(code(&answer), *expected, "{name} {body} {answer:?}");
        }
    }

    fn new(name: &str, attributes: Json) -> Json {
        json!({"QueueName": name, "Attributes": attributes})
    }

    fn set(attributes: Json) -> Json {
        json!({"QueueUrl": URL, "Attributes": attributes})
    }

    #[test]
    fn queues_are_strict() {
        check(
            &mut World::new(1),
            &[
                ("CreateQueue", new("q", json!({"VisibilityTimeout": "60"})), ""),
                ("CreateQueue", new("q", json!({"VisibilityTimeout": "60"})), ""),
                ("CreateQueue", new("q", json!({})), ""),
                ("CreateQueue", new("q", json!({"VisibilityTimeout": "61"})), "QueueNameExists"),
                ("CreateQueue", new("a.b", json!({})), "InvalidParameterValue"),
                ("CreateQueue", new("f.fifo", json!({})), "InvalidParameterValue"),
                ("CreateQueue", new("f", json!({"FifoQueue": "true"})), "InvalidParameterValue"),
                ("CreateQueue", new("f", json!({"FifoQueue": "false"})), "InvalidAttributeName"),
                ("CreateQueue", new("f.fifo", json!({"FifoQueue": "true"})), ""),
                ("SetQueueAttributes", set(json!({"VisibilityTimeout": "43201"})), "InvalidAttributeValue"),
                ("SetQueueAttributes", set(json!({"VisibilityTimeout": "+1"})), "InvalidAttributeValue"),
                ("SetQueueAttributes", set(json!({"Visibility": "1"})), "InvalidAttributeName"),
                ("SetQueueAttributes", set(json!({"QueueArn": "1"})), "InvalidAttributeName"),
                ("SetQueueAttributes", set(json!({"ContentBasedDeduplication": "true"})), "InvalidAttributeName"),
                (
                    "SetQueueAttributes",
                    set(json!({"KmsMasterKeyId": "k", "SqsManagedSseEnabled": "true"})),
                    "InvalidAttributeValue",
                ),
            ],
        );
    }

    #[test]
    fn what_queues_refer_to_is_there() {
        let redrive = |name: &str, count: Json| {
            let arn = format!("arn:aws:sqs:us-east-1:123456789012:{name}");
            json!({"RedrivePolicy": json!({"deadLetterTargetArn": arn, "maxReceiveCount": count}).to_string()})
        };
        let policy = |action: &str, principal: &str| {
            let statement =
                json!({"Effect": "Allow", "Action": action, "Resource": "*", "Principal": {"AWS": principal}});
            json!({"Policy": json!({"Version": "2012-10-17", "Statement": statement}).to_string()})
        };
        check(
            &mut World::new(1),
            &[
                ("CreateQueue", new("q", json!({})), ""),
                ("CreateQueue", new("f.fifo", json!({"FifoQueue": "true"})), ""),
                ("SetQueueAttributes", set(redrive("none", json!(3))), "InvalidParameterValue"),
                ("SetQueueAttributes", set(redrive("f.fifo", json!(3))), "InvalidParameterValue"),
                ("CreateQueue", new("dead", json!({"RedriveAllowPolicy": r#"{"redrivePermission":"denyAll"}"#})), ""),
                ("SetQueueAttributes", set(redrive("dead", json!(3))), "InvalidParameterValue"),
                (
                    "SetQueueAttributes",
                    json!({"QueueUrl": "http://x/123456789012/dead", "Attributes": {"RedriveAllowPolicy": ""}}),
                    "",
                ),
                ("SetQueueAttributes", set(redrive("dead", json!(0))), "InvalidParameterValue"),
                ("SetQueueAttributes", set(redrive("dead", json!("3"))), ""),
                ("SetQueueAttributes", set(policy("sqs:SendMessage", "*")), ""),
                ("SetQueueAttributes", set(policy("s3:GetObject", "*")), "InvalidAttributeValue"),
                (
                    "SetQueueAttributes",
                    set(policy("sqs:*", "arn:aws:iam::123456789012:role/none")),
                    "InvalidAttributeValue",
                ),
                ("TagQueue", json!({"QueueUrl": URL, "Tags": {"a": "b"}}), ""),
                ("TagQueue", json!({"QueueUrl": URL, "Tags": {"aws:a": "b"}}), "InvalidParameterValue"),
                ("TagQueue", json!({"QueueUrl": URL, "Tag": {}}), "InvalidParameterValue"),
                ("PurgeQueue", json!({"QueueUrl": URL}), ""),
                ("GetQueueUrl", json!({"QueueName": "none"}), "QueueDoesNotExist"),
                ("GetQueueAttributes", json!({"QueueUrl": URL, "AttributeNames": ["Color"]}), "InvalidAttributeName"),
                ("ListDeadLetterSourceQueues", json!({"QueueUrl": URL}), ""),
                ("DeleteQueue", json!({"QueueUrl": URL.replace("/123456789012/", "/111122223333/")}), "AccessDenied"),
                ("DeleteQueue", json!({"QueueUrl": URL}), ""),
                ("DeleteQueue", json!({"QueueUrl": URL}), "QueueDoesNotExist"),
            ],
        );
    }

    #[test]
    fn a_queue_tells_what_holds() {
        let mut world = World::new(1);
        ask(&mut world, 0.0, "CreateQueue", &new("q", json!({"DelaySeconds": "5"}))).unwrap();
        let all = json!({"QueueUrl": URL, "AttributeNames": ["All"]});
        let told = ask(&mut world, 1.0, "GetQueueAttributes", &all).unwrap();
        let expected = json!({
            "ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesDelayed": "0",
            "ApproximateNumberOfMessagesNotVisible": "0", "CreatedTimestamp": "1000000000", "DelaySeconds": "5",
            "LastModifiedTimestamp": "1000000000", "MaximumMessageSize": "1048576", "MessageRetentionPeriod": "345600",
            "QueueArn": "arn:aws:sqs:us-east-1:123456789012:q", "ReceiveMessageWaitTimeSeconds": "0",
            "SqsManagedSseEnabled": "true", "VisibilityTimeout": "30",
        });
        assert_eq!(told["Attributes"], expected);
        ask(&mut world, 2.0, "SetQueueAttributes", &set(json!({"KmsMasterKeyId": "alias/a"}))).unwrap();
        let told = ask(&mut world, 60.0, "GetQueueAttributes", &all).unwrap();
        let encryption =
            ["SqsManagedSseEnabled", "KmsDataKeyReusePeriodSeconds"].map(|name| told["Attributes"][name].clone());
        assert_eq!(encryption, [json!("false"), json!("300")]);
    }

    #[test]
    fn nothing_is_seen_at_once() {
        let (queue, all) = (json!({"QueueUrl": URL}), json!({"QueueUrl": URL, "AttributeNames": ["DelaySeconds"]}));
        let name = json!({"QueueName": "q"});
        let mut disagreed = 0;
        for seed in 0..20 {
            let mut world = World::new(seed);
            let mut ask = |seconds: f64, name: &str, body: &Json| ask(&mut world, seconds, name, body);
            ask(0.0, "CreateQueue", &name).unwrap();
            assert_eq!(code(&ask(0.05, "GetQueueUrl", &name)), "QueueDoesNotExist");
            assert_eq!(code(&ask(0.05, "TagQueue", &json!({"QueueUrl": URL, "Tags": {}}))), "QueueDoesNotExist");
            assert_eq!(code(&ask(1.0, "GetQueueUrl", &name)), "");
            assert_eq!(ask(1.0, "ListQueues", &json!({})), Ok(json!({})));
            assert_eq!(ask(40.0, "ListQueues", &json!({})), Ok(json!({"QueueUrls": [URL]})));
            ask(50.0, "SetQueueAttributes", &set(json!({"DelaySeconds": "9"}))).unwrap();
            let mut delay =
                |seconds| ask(seconds, "GetQueueAttributes", &all).unwrap()["Attributes"]["DelaySeconds"].clone();
            assert_eq!([delay(50.9), delay(95.0)], [json!("0"), json!("9")]);
            ask(100.0, "DeleteQueue", &queue).unwrap();
            assert_eq!(code(&ask(100.9, "GetQueueUrl", &name)), "");
            let seen = [ask(120.0, "GetQueueUrl", &name).is_ok(), ask(120.0, "ListQueueTags", &queue).is_ok()];
            disagreed += usize::from(seen[0] != seen[1]);
            assert_eq!(code(&ask(159.0, "GetQueueUrl", &name)), "QueueDoesNotExist");
            assert_eq!(code(&ask(159.0, "CreateQueue", &name)), "QueueDeletedRecently");
            assert_eq!(code(&ask(160.0, "CreateQueue", &name)), "");
        }
        assert!(disagreed > 0);
    }

    #[test]
    fn errors_have_both_of_their_names() {
        let reply = refusal(&no_queue());
        assert_eq!(reply.headers()["x-amzn-query-error"], "AWS.SimpleQueueService.NonExistentQueue;Sender");
        let body: Json = serde_json::from_slice(reply.body()).unwrap();
        assert_eq!(body["__type"], "com.amazonaws.sqs#QueueDoesNotExist");
    }

    #[test]
    fn only_who_asks_for_pages_gets_them() {
        let mut world = World::new(1);
        for name in ["a1", "a2", "a3", "b"] {
            ask(&mut world, 0.0, "CreateQueue", &json!({"QueueName": name})).unwrap();
        }
        let first = ask(&mut world, 60.0, "ListQueues", &json!({"QueueNamePrefix": "a", "MaxResults": 2})).unwrap();
        assert_eq!(first["QueueUrls"].as_array().map(Vec::len), Some(2));
        let next = json!({"QueueNamePrefix": "a", "MaxResults": 2, "NextToken": first["NextToken"]});
        let second = ask(&mut world, 60.0, "ListQueues", &next).unwrap();
        assert_eq!(second, json!({"QueueUrls": ["https://sqs.us-east-1.amazonaws.com/123456789012/a3"]}));
        assert_eq!(code(&ask(&mut world, 60.0, "ListQueues", &json!({"MaxResults": 0}))), "InvalidParameterValue");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn whatever_is_asked_reads_tell_of_what_was_there(
            seed in any::<u64>(),
            calls in prop::collection::vec((0..OPERATIONS.len(), 0..2usize, 0..30_000u32), 1..80),
        ) {
            let mut world = World::new(seed);
            let (mut seconds, mut made) = (0.0, [false; 2]);
            for (operation, queue, wait) in calls {
                seconds += f64::from(wait) / 1000.0;
                let operation = &OPERATIONS[operation];
                let name = format!("q{queue}");
                let known = json!({
                    "QueueName": name, "QueueUrl": format!("http://127.0.0.1:1/123456789012/{name}"),
                    "Attributes": {"DelaySeconds": "7"}, "AttributeNames": ["All"], "tags": {"a": "b"},
                    "Tags": {"c": "d"}, "TagKeys": ["a"],
                });
                let mut body = known.clone();
                body.as_object_mut().unwrap().retain(|name, _| operation.takes.contains(&name.as_str()));
                let answer = ask(&mut world, seconds, operation.name, &body);
                made[queue] |= operation.name == "CreateQueue" && answer.is_ok();
                let whole = body.get("QueueUrl").or(body.get("QueueName")).is_some();
                prop_assert!(answer.is_err() || made[queue] || !whole, "{} {:?}", operation.name, answer);
            }
        }
    }
}
