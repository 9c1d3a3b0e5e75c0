//! Every type, with every call of every operation failing once in every way: the next try has to bring it about.

use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};
use tidegate::clock::ManualClock;
use tidegate::provider::{ErrorKind, Family as _, FamilySettings, Ownership};
use tidegate::providers::aws::AwsFamily;

use super::proxy::{Fate, Proxy};
use super::{ACCOUNT, Resource, World, config};

/// A type, a spec and a changed spec; `NAME` stands for a name of its own.
struct Case {
    type_name: &'static str,
    first: Json,
    second: Json,
}

fn document(action: &str) -> Json {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
}

fn trust(service: &str) -> Json {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": format!("{service}.amazonaws.com")}, "Action": "sts:AssumeRole"}]})
}

fn queue() -> Case {
    Case {
        type_name: "aws.sqs_queue",
        first: json!({"name": "NAME", "delay": 1, "tags": {"a": "b"}}),
        second: json!({"name": "NAME", "delay": 2, "tags": {"c": "d"}}),
    }
}

fn policy() -> Case {
    Case {
        type_name: "aws.iam_policy",
        first: json!({"name": "NAME", "path": "/team/", "document": document("sqs:A"), "tags": {"a": "b"}}),
        second: json!({"name": "NAME", "path": "/team/", "document": document("sqs:B"), "tags": {"c": "d"}}),
    }
}

fn role() -> Case {
    let managed = format!("arn:aws:iam::{ACCOUNT}:policy/faults-managed");
    Case {
        type_name: "aws.iam_role",
        first: json!({"name": "NAME", "trust": trust("ec2"), "inline_policies": {"a": document("sqs:A")},
                      "managed_policies": [managed]}),
        second: json!({"name": "NAME", "trust": trust("lambda"), "description": "x", "max_session": 7200,
                       "permissions_boundary": managed, "inline_policies": {"b": document("sqs:B")}, "tags": {"a": "b"}}),
    }
}

fn provider() -> Case {
    Case {
        type_name: "aws.iam_oidc_provider",
        first: json!({"url": "https://example.com/NAME", "thumbprints": ["a".repeat(40)]}),
        second: json!({"url": "https://example.com/NAME", "thumbprints": ["b".repeat(40)], "tags": {"a": "b"}}),
    }
}

fn named(spec: &Json, name: &str) -> Json {
    serde_json::from_str(&spec.to_string().replace("NAME", name)).unwrap()
}

/// How a run breaks at its n-th call.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// The answer of that call is lost, and all is well afterwards.
    AnswerLost,
    /// The run dies before that call, which is also: after the one before it.
    Dies,
}

impl Fault {
    fn fate(self, at: usize, number: usize) -> Fate {
        match self {
            Fault::AnswerLost if number == at => Fate::AnswerLost,
            Fault::Dies if number >= at => Fate::Lost,
            _ => Fate::Passes,
        }
    }
}

impl World {
    /// The same world through a proxy.
    async fn behind(&self, proxy: &Proxy) -> World {
        let config = config(&proxy.endpoint());
        let family = AwsFamily::with_config(config.clone());
        let door = family.open(&FamilySettings::new(), Arc::new(ManualClock::default())).await.unwrap();
        World { moto: Arc::clone(&self.moto), door, resource_type: Arc::clone(&self.resource_type), config }
    }

    /// What the engine does about an object it wants and may have half made: look it up, then make or mend it.
    async fn repair(&self, resource: &mut Resource) {
        let target = self.target(resource);
        let outcome = match self.door.read(&target).await.unwrap() {
            None => self.door.create(&target, &resource.desired).await,
            Some(found) => {
                assert_eq!(found.ownership, Ownership::Ours, "what a broken run left behind is marked");
                self.door.update(&target, &resource.desired).await
            }
        };
        let observed = outcome.unwrap();
        self.record(resource, &observed);
        let read = self.read(resource).await.unwrap();
        self.assert_settled(resource, &read);
    }
}

/// A world, and the same world as seen through a proxy that breaks calls.
struct Broken {
    world: World,
    proxy: Proxy,
    behind: World,
    /// What the proxy does from now on, and at which call.
    fault: Arc<Mutex<(Fault, usize)>>,
}

impl Broken {
    async fn open(type_name: &str) -> Option<Self> {
        let world = World::open(type_name).await?;
        let fault = Arc::new(Mutex::new((Fault::AnswerLost, usize::MAX)));
        let shared = Arc::clone(&fault);
        let proxy = Proxy::start(&world.moto.endpoint(), move |number, _| {
            let (fault, at) = *shared.lock().unwrap();
            fault.fate(at, number)
        });
        let behind = world.behind(&proxy).await;
        Some(Self { world, proxy, behind, fault })
    }

    /// Runs all three operations with one fault each, and says whether the fault ever struck.
    async fn run(&self, case: &Case, fault: Fault, at: usize) -> bool {
        *self.fault.lock().unwrap() = (fault, at);
        let world = &self.world;
        let name = format!("faults-{fault:?}-{at}");
        let mut resource = world.resource("it", named(&case.first, &name));
        self.proxy.reset();
        let outcome = self.behind.door.create(&world.target(&resource), &resource.desired).await;
        let mut struck = self.proxy.calls().len() > at;
        if let Err(failed) = &outcome {
            let expected = matches!(failed.error.kind, ErrorKind::Unavailable | ErrorKind::AlreadyExists);
            assert!(expected, "{fault:?} at {at}: {}", failed.error);
        }
        // A killed run records nothing.
        world.repair(&mut resource).await;

        resource.desired = world.normal(named(&case.second, &name));
        self.proxy.reset();
        let _ = self.behind.door.update(&world.target(&resource), &resource.desired).await;
        struck |= self.proxy.calls().len() > at;
        world.repair(&mut resource).await;

        self.proxy.reset();
        let _ = self.behind.door.delete(&world.target(&resource)).await;
        struck |= self.proxy.calls().len() > at;
        world.delete(&resource).await;
        struck
    }
}

async fn survives(case: Case) {
    let Some(broken) = Broken::open(case.type_name).await else { return };
    let managed = broken.world.iam().create_policy().policy_name("faults-managed");
    // Another test may have made it.
    drop(managed.policy_document(document("a:b").to_string()).send().await);
    for fault in [Fault::AnswerLost, Fault::Dies] {
        let mut at = 0;
        while broken.run(&case, fault, at).await {
            at += 1;
        }
        assert!(at > 3, "{fault:?} struck {at} calls only");
    }
}

#[tokio::test]
async fn a_queue_survives_every_fault() {
    survives(queue()).await;
}

#[tokio::test]
async fn a_policy_survives_every_fault() {
    survives(policy()).await;
}

#[tokio::test]
async fn a_role_survives_every_fault() {
    survives(role()).await;
}

#[tokio::test]
async fn a_provider_survives_every_fault() {
    survives(provider()).await;
}

/// One create of a queue, with the answer to the n-th call of an operation replaced.
async fn created_despite(
    name: &str,
    fate: impl Fn(usize, &str) -> Fate + Send + 'static,
) -> Option<(Vec<String>, Option<ErrorKind>)> {
    let world = World::open("aws.sqs_queue").await?;
    let proxy = Proxy::start(&world.moto.endpoint(), fate);
    let queue = world.resource("jobs", json!({"name": name}));
    let outcome = world.behind(&proxy).await.door.create(&world.target(&queue), &queue.desired).await;
    world.delete(&queue).await;
    Some((proxy.calls(), outcome.err().map(|failed| failed.error.kind)))
}

const JSON: &str = "application/x-amz-json-1.0";

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    for (name, status, body) in [
        ("again-throttled", 400, r#"{"__type":"com.amazonaws.sqs#RequestThrottled","message":"slow down"}"#),
        ("again-failed", 500, r#"{"__type":"InternalFailure"}"#),
        ("again-proxy", 502, "<html>Bad Gateway</html>"),
        ("again-deleted", 400, r#"{"__type":"com.amazonaws.sqs#QueueDeletedRecently","message":"wait 60 seconds"}"#),
    ] {
        let fate = move |number, _: &str| {
            if (1..4).contains(&number) { Fate::Answered(status, JSON, body) } else { Fate::Passes }
        };
        let Some((calls, failed)) = created_despite(name, fate).await else { return };
        assert_eq!(failed, None, "{name}");
        assert_eq!(calls[..5], ["GetQueueUrl", "CreateQueue", "CreateQueue", "CreateQueue", "CreateQueue"], "{name}");
    }
}

#[tokio::test]
async fn what_stays_refused_is_not() {
    let denied = r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"User: arn:aws:iam::1:user/a is not authorized to perform: sqs:createqueue on resource: x"}"#;
    for (name, status, body, kind) in [
        ("never-denied", 403, denied, ErrorKind::AccessDenied { action: "sqs:createqueue".to_owned() }),
        ("never-expired", 403, r#"{"__type":"ExpiredTokenException"}"#, ErrorKind::NoCredentials),
        ("never-bad", 400, r#"{"__type":"com.amazonaws.sqs#InvalidAttributeValue"}"#, ErrorKind::Rejected),
        ("never-page", 404, "<html>Not Found</html>", ErrorKind::Unexpected),
    ] {
        let fate = move |_, operation: &str| match operation {
            "CreateQueue" => Fate::Answered(status, JSON, body),
            _ => Fate::Passes,
        };
        let Some((calls, failed)) = created_despite(name, fate).await else { return };
        assert_eq!(failed, Some(kind), "{name}");
        assert_eq!(calls.iter().filter(|call| *call == "CreateQueue").count(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_missing_page_is_not_a_missing_queue() {
    let Some(world) = World::open("aws.sqs_queue").await else { return };
    let proxy = Proxy::start(&world.moto.endpoint(), |_, _| Fate::Answered(404, "text/html", "<html>404</html>"));
    let queue = world.resource("jobs", json!({"name": "page"}));
    let error = world.behind(&proxy).await.door.read(&world.target(&queue)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unexpected);
}

const XML: &str = "text/xml";

fn refusal(code: &str, message: &str) -> &'static str {
    let text = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    );
    Box::leak(text.into_boxed_str())
}

#[tokio::test]
async fn iam_is_given_time_to_see_what_is_new() {
    let Some(world) = World::open("aws.iam_role").await else { return };
    let unseen = refusal("MalformedPolicyDocument", "Invalid principal in policy: &quot;AWS&quot;");
    let missing = refusal("NoSuchEntity", "The role with name settling cannot be found.");
    let mut left = std::collections::BTreeMap::from([("CreateRole", 3), ("PutRolePolicy", 3), ("GetRole", 2)]);
    let proxy = Proxy::start(&world.moto.endpoint(), move |_, operation| {
        let again = left.get_mut(operation).is_some_and(|left| {
            *left -= 1;
            *left >= 0
        });
        match (again, operation) {
            (false, _) => Fate::Passes,
            (true, "CreateRole") => Fate::Answered(400, XML, unseen),
            (true, _) => Fate::Answered(404, XML, missing),
        }
    });
    let spec = json!({"name": "settling", "trust": trust("ec2"), "inline_policies": {"a": document("sqs:A")}});
    let mut role = world.resource("worker", spec);
    let made = world.behind(&proxy).await.door.create(&world.target(&role), &role.desired).await.unwrap();
    world.assert_settled(&role, &made);
    world.record(&mut role, &made);
    let count = |name: &str| proxy.calls().iter().filter(|call| *call == name).count();
    assert_eq!((count("CreateRole"), count("PutRolePolicy"), count("GetRole")), (4, 4, 3));
    world.delete(&role).await;
}

#[tokio::test]
async fn a_quota_is_told_at_once() {
    let Some(world) = World::open("aws.iam_role").await else { return };
    let full = refusal("LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000");
    let proxy = Proxy::start(&world.moto.endpoint(), move |_, _| Fate::Answered(409, XML, full));
    let role = world.resource("worker", json!({"name": "quota", "trust": trust("ec2")}));
    let failed = world.behind(&proxy).await.door.create(&world.target(&role), &role.desired).await.unwrap_err();
    assert_eq!(failed.error.kind, ErrorKind::QuotaExceeded);
    assert_eq!(proxy.calls().iter().filter(|call| *call == "CreateRole").count(), 1);
}

/// moto knows no AddClientIDToOpenIDConnectProvider: the calls themselves are what can be seen here.
#[tokio::test]
async fn audiences_are_added_before_others_are_removed() {
    let Some(world) = World::open("aws.iam_oidc_provider").await else { return };
    let url = "https://example.com/audiences";
    let mut provider = world.resource("trust", json!({"url": url, "client_ids": ["a", "b"]}));
    world.create(&mut provider).await;
    let proxy = Proxy::start(&world.moto.endpoint(), |_, operation| match operation.contains("ClientID") {
        true => Fate::Answered(200, XML, "<Response><ResponseMetadata/></Response>"),
        false => Fate::Passes,
    });
    provider.desired = world.normal(json!({"url": url, "client_ids": ["b", "c"]}));
    let failed = world.behind(&proxy).await.door.update(&world.target(&provider), &provider.desired).await.unwrap_err();
    assert!(matches!(failed.error.kind, ErrorKind::TimedOut { .. }), "{}", failed.error);
    let calls: Vec<_> = proxy.calls().into_iter().filter(|call| call.contains("ClientID")).collect();
    assert_eq!(calls, ["AddClientIDToOpenIDConnectProvider", "RemoveClientIDFromOpenIDConnectProvider"]);
    world.delete(&provider).await;
}

#[tokio::test]
async fn a_version_whose_answer_was_lost_takes_no_room_for_good() {
    let Some(world) = World::open("aws.iam_policy").await else { return };
    let spec = |version: u32| json!({"name": "room", "document": document(&format!("sqs:Version{version}"))});
    let mut policy = world.resource("reader", spec(1));
    world.create(&mut policy).await;
    for version in 2..=4 {
        world.update(&mut policy, spec(version)).await;
    }
    // The fifth is made and not heard of, so the second try finds the list full.
    let mut lost = false;
    let proxy = Proxy::start(&world.moto.endpoint(), move |_, operation| {
        match operation == "CreatePolicyVersion" && !std::mem::replace(&mut lost, true) {
            true => Fate::AnswerLost,
            false => Fate::Passes,
        }
    });
    policy.desired = world.normal(spec(5));
    let made = world.behind(&proxy).await.door.update(&world.target(&policy), &policy.desired).await.unwrap();
    world.assert_settled(&policy, &made);
    assert_eq!(proxy.calls().iter().filter(|call| *call == "CreatePolicyVersion").count(), 3);
    world.delete(&policy).await;
}
