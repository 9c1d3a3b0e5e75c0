//! EKS as it takes its time: what settles, what fails, what is refused for a while.
//!
//! moto has everything ACTIVE at once and updates nothing, so each test here answers the calls itself.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value as Json, json};
use tidegate::clock::{Clock as _, ManualClock};
use tidegate::provider::{
    Condition, Door, ErrorKind, Family as _, FamilySettings, Interrupt, Interrupter, Owner, Target, normalise,
};
use tidegate::providers::aws::AwsFamily;
use tidegate::value::{Attributes, Path, Value};

use super::{ACCOUNT, attributes, config, proxy};

/// Answers a call, `POST /clusters`, with a status and a body.
type Answer = Box<dyn FnMut(&str, &Json) -> (u16, Json) + Send>;

struct Eks {
    endpoint: String,
    state: Arc<Mutex<(Vec<String>, Answer)>>,
}

impl Eks {
    /// Listens as long as the process lives.
    fn start(answer: impl FnMut(&str, &Json) -> (u16, Json) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let state: Arc<Mutex<(Vec<String>, Answer)>> = Arc::new(Mutex::new((Vec::new(), Box::new(answer))));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                drop(serve(stream, &shared));
            }
        });
        Self { endpoint, state }
    }

    /// What was called that changes anything, in order.
    fn changes(&self) -> Vec<String> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0.iter().filter(|call| !call.starts_with("GET")).cloned().collect()
    }
}

fn serve(mut client: TcpStream, state: &Mutex<(Vec<String>, Answer)>) -> std::io::Result<()> {
    let (head, body) = proxy::request(&client)?;
    let mut words = head.first().map(String::as_str).unwrap_or_default().split(' ');
    let call = format!("{} {}", words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (status, kind, text) = if call == "POST /" {
        let text = format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
             <Arn>arn:aws:iam::{ACCOUNT}:user/a</Arn><Account>{ACCOUNT}</Account><UserId>A</UserId>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>"
        );
        (200, "text/xml", text)
    } else {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0.push(call.clone());
        let body = serde_json::from_slice(&body).unwrap_or(Json::Null);
        let (status, answer) = (state.1)(&call, &body);
        (status, "application/json", answer.to_string())
    };
    let head = format!("HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n", text.len());
    client.write_all(format!("{head}Connection: close\r\n\r\n{text}").as_bytes())
}

fn refused(status: u16, code: &str, message: &str) -> (u16, Json) {
    (status, json!({"__type": code, "message": message}))
}

fn missing() -> (u16, Json) {
    refused(404, "ResourceNotFoundException", "No cluster found for name: main.")
}

/// One resource, the door to it, and the clock that its waits move on.
struct Subject {
    door: Door,
    clock: ManualClock,
    type_name: &'static str,
    owner: Owner,
    identity: String,
    desired: Attributes,
    recorded: Attributes,
    interrupt: Interrupt,
}

impl Subject {
    async fn new(eks: &Eks, type_name: &'static str, spec: Json) -> Self {
        let family = AwsFamily::with_config(config(&eks.endpoint));
        let resource_type = family.resource_types().iter().find(|known| known.name() == type_name).unwrap().clone();
        let clock = ManualClock::default();
        let door = family.open(&FamilySettings::new(), Arc::new(clock.clone())).await.unwrap();
        let (desired, mut findings) = normalise(&resource_type.schema().spec, &attributes(spec), &Path::default());
        findings.extend(resource_type.check(&desired));
        assert_eq!(findings, []);
        let owner = Owner { stack: "video".parse().unwrap(), address: "main".parse().unwrap() };
        let identity = resource_type.identity(&desired).unwrap();
        let (recorded, interrupt) = (Attributes::new(), Interrupt::NEVER);
        Self { door, clock, type_name, owner, identity, desired, recorded, interrupt }
    }

    fn target(&self) -> Target<'_> {
        Target {
            resource_type: self.type_name,
            identity: &self.identity,
            owner: &self.owner,
            recorded: &self.recorded,
            progress: &(),
            interrupt: &self.interrupt,
            timeout: Duration::from_secs(3600),
            token: "token",
        }
    }
}

fn marks() -> Json {
    json!({"tidegate:stack": "video", "tidegate:address": "main"})
}

fn spec(with: Json) -> Json {
    let role = format!("arn:aws:iam::{ACCOUNT}:role/a");
    super::with(&json!({"name": "main", "role_arn": role, "subnet_ids": ["subnet-a", "subnet-b"]}), with)
}

fn cluster(status: &str, version: &str) -> Json {
    json!({
        "name": "main", "status": status, "version": version, "roleArn": format!("arn:aws:iam::{ACCOUNT}:role/a"),
        "arn": format!("arn:aws:eks:us-east-1:{ACCOUNT}:cluster/main"), "endpoint": "https://eks",
        "certificateAuthority": {"data": "Q0E="}, "tags": marks(),
        "resourcesVpcConfig": {"subnetIds": ["subnet-b", "subnet-a"], "securityGroupIds": [],
                               "endpointPublicAccess": true, "endpointPrivateAccess": false,
                               "publicAccessCidrs": ["0.0.0.0/0"]},
    })
}

/// A cluster whose updates take three looks. The one that asks for `fails` fails.
fn updating(fails: &'static str) -> impl FnMut(&str, &Json) -> (u16, Json) + Send {
    let (mut version, mut logging, mut asked, mut looks) = ("1.30".to_owned(), json!([]), Json::Null, 0);
    move |call, body| match call {
        "GET /clusters/main" => {
            let mut cluster = cluster(if asked.is_null() { "ACTIVE" } else { "UPDATING" }, &version);
            cluster["logging"] = json!({"clusterLogging": logging});
            (200, json!({"cluster": cluster}))
        }
        "POST /clusters/main/updates" | "POST /clusters/main/update-config" if asked.is_null() => {
            (asked, looks) = (body.clone(), 0);
            (200, json!({"update": {"id": "u", "status": "InProgress"}}))
        }
        "GET /clusters/main/updates/u" => {
            looks += 1;
            if looks < 3 {
                return (200, json!({"update": {"id": "u", "status": "InProgress", "type": "VersionUpdate"}}));
            }
            let asked = asked.take();
            if asked["version"] == fails {
                let errors = json!([{"errorCode": "IpNotAvailable", "errorMessage": "no addresses are left"}]);
                return (
                    200,
                    json!({"update": {"id": "u", "status": "Failed", "type": "VersionUpdate", "errors": errors}}),
                );
            }
            if let Some(next) = asked["version"].as_str() {
                version = next.to_owned();
            }
            if !asked["logging"].is_null() {
                logging = asked["logging"]["clusterLogging"].clone();
            }
            (200, json!({"update": {"id": "u", "status": "Successful"}}))
        }
        _ => refused(409, "ResourceInUseException", "Cluster main has an update in progress"),
    }
}

#[tokio::test]
async fn a_cluster_is_changed_step_by_step() {
    let eks = Eks::start(updating("none"));
    let with = json!({"version": "1.32", "logging": ["audit"]});
    let main = Subject::new(&eks, "aws.eks_cluster", spec(with)).await;
    let updated = main.door.update(&main.target(), &main.desired).await.unwrap();
    assert_eq!(updated.attributes["version"], Value::from("1.32"));
    assert_eq!(updated.attributes["logging"], Value::from(vec!["audit"]));
    let (config, version) = ("POST /clusters/main/update-config", "POST /clusters/main/updates");
    assert_eq!(eks.changes(), [config, version, version]);
    assert!(main.clock.now() < Duration::from_secs(120), "{:?}", main.clock.now());

    // Done once more, there is nothing to do.
    main.door.update(&main.target(), &main.desired).await.unwrap();
    assert_eq!(eks.changes().len(), 3);
}

#[tokio::test]
async fn an_update_that_fails_says_why_and_ends_the_way() {
    let eks = Eks::start(updating("1.31"));
    let main = Subject::new(&eks, "aws.eks_cluster", spec(json!({"version": "1.32"}))).await;
    let failed = main.door.update(&main.target(), &main.desired).await.unwrap_err();
    assert_eq!(failed.error.kind, ErrorKind::Rejected);
    let expected = "the update VersionUpdate is Failed: IpNotAvailable: no addresses are left";
    assert_eq!(failed.error.message, expected);
    assert_eq!(failed.partial.unwrap().attributes["version"], Value::from("1.30"));
    assert_eq!(eks.changes(), ["POST /clusters/main/updates"]);
}

/// A cluster that is CREATING for three looks, and then this.
///
/// As often as `refusals` says, EKS does not see its role at first.
fn creating(mut refusals: u32, then: &'static str) -> impl FnMut(&str, &Json) -> (u16, Json) + Send {
    let mut looks = None;
    move |call, _| match (call, looks) {
        ("POST /clusters", _) if refusals > 0 => {
            refusals -= 1;
            let message = format!("roleArn, arn:aws:iam::{ACCOUNT}:role/a, does not exist");
            refused(400, "InvalidParameterException", &message)
        }
        ("POST /clusters", _) => {
            looks = Some(0);
            (200, json!({"cluster": cluster("CREATING", "1.33")}))
        }
        ("GET /clusters/main", Some(seen)) => {
            looks = Some(seen + 1);
            let mut cluster = cluster(if seen < 3 { "CREATING" } else { then }, "1.33");
            if then == "FAILED" && seen >= 3 {
                let issue = json!({"code": "Other", "message": "the subnets are full"});
                cluster["health"] = json!({"issues": [issue]});
            }
            (200, json!({"cluster": cluster}))
        }
        _ => missing(),
    }
}

#[tokio::test]
async fn a_new_cluster_waits_for_its_role_and_until_it_is_active() {
    let eks = Eks::start(creating(3, "ACTIVE"));
    let main = Subject::new(&eks, "aws.eks_cluster", spec(json!({"version": "1.33"}))).await;
    let made = main.door.create(&main.target(), &main.desired).await.unwrap();
    assert_eq!(made.condition, Condition::Ready);
    assert_eq!(eks.changes(), ["POST /clusters"; 4]);
}

#[tokio::test]
async fn a_cluster_that_fails_is_left_behind_broken() {
    let eks = Eks::start(creating(0, "FAILED"));
    let main = Subject::new(&eks, "aws.eks_cluster", spec(json!({}))).await;
    let failed = main.door.create(&main.target(), &main.desired).await.unwrap_err();
    let why = "it is FAILED: Other: the subnets are full";
    assert_eq!((failed.error.kind, failed.error.message.as_str()), (ErrorKind::Rejected, why));
    assert_eq!(failed.partial.unwrap().condition, Condition::Broken(why.to_owned()));
}

#[tokio::test]
async fn whoever_stops_waiting_leaves_a_cluster_that_settles() {
    let eks = Eks::start(creating(0, "ACTIVE"));
    let mut main = Subject::new(&eks, "aws.eks_cluster", spec(json!({}))).await;
    let interrupter = Interrupter::default();
    interrupter.ask();
    main.interrupt = interrupter.interrupt();
    let failed = main.door.create(&main.target(), &main.desired).await.unwrap_err();
    assert_eq!(failed.error.kind, ErrorKind::Interrupted);
    assert_eq!(failed.partial.unwrap().condition, Condition::Settling("it is CREATING".to_owned()));
}

#[tokio::test]
async fn a_deletion_waits_for_an_update_and_until_it_is_gone() {
    let (mut refusals, mut looks) = (0, None);
    let eks = Eks::start(move |call, _| match (call, looks) {
        ("DELETE /clusters/main", _) if refusals < 20 => {
            refusals += 1;
            refused(409, "ResourceInUseException", "Cluster main has an update in progress")
        }
        ("DELETE /clusters/main", _) => {
            looks = Some(0);
            (200, json!({"cluster": cluster("DELETING", "1.33")}))
        }
        ("GET /clusters/main", None) => (200, json!({"cluster": cluster("ACTIVE", "1.33")})),
        ("GET /clusters/main", Some(seen)) if seen < 40 => {
            looks = Some(seen + 1);
            (200, json!({"cluster": cluster("DELETING", "1.33")}))
        }
        _ => refused(400, "ClientException", "No cluster found for name: main."),
    });
    let main = Subject::new(&eks, "aws.eks_cluster", spec(json!({}))).await;
    main.door.delete(&main.target()).await.unwrap();
    assert_eq!(eks.changes().len(), 21);
    main.door.delete(&main.target()).await.unwrap();
    assert_eq!(eks.changes().len(), 21);
}

fn node_group(min: i64, max: i64, desired: i64) -> Json {
    json!({
        "nodegroupName": "workers", "clusterName": "main", "status": "ACTIVE", "tags": marks(), "version": "1.33",
        "nodegroupArn": format!("arn:aws:eks:us-east-1:{ACCOUNT}:nodegroup/main/workers/x"),
        "nodeRole": format!("arn:aws:iam::{ACCOUNT}:role/a"), "subnets": ["subnet-a"],
        "scalingConfig": {"minSize": min, "maxSize": max, "desiredSize": desired},
    })
}

#[tokio::test]
async fn an_autoscalers_number_of_nodes_stays_unless_it_is_out_of_bounds() {
    let sizes = Arc::new(Mutex::new((1, 10, 7)));
    let shared = Arc::clone(&sizes);
    let eks = Eks::start(move |call, body| match call {
        "GET /clusters/main/node-groups/workers" => {
            let (min, max, desired) = *shared.lock().unwrap();
            (200, json!({"nodegroup": node_group(min, max, desired)}))
        }
        "POST /clusters/main/node-groups/workers/update-config" => {
            let size = |name: &str| body["scalingConfig"][name].as_i64().unwrap();
            *shared.lock().unwrap() = (size("minSize"), size("maxSize"), size("desiredSize"));
            (200, json!({"update": {"id": "u", "status": "InProgress"}}))
        }
        _ => (200, json!({"update": {"id": "u", "status": "Successful"}})),
    });
    let none = Json::Null;
    let cases = [
        (none, json!({"min": 1, "max": 10, "desired": 2}), (1, 10, 7)),
        (json!({"min": 1, "max": 10, "desired": 2}), json!({"min": 8, "max": 10}), (8, 10, 8)),
        (json!({"min": 8, "max": 10}), json!({"min": 1, "max": 20, "desired": 3}), (1, 20, 8)),
        (json!({"min": 1, "max": 20, "desired": 3}), json!({"min": 1, "max": 20, "desired": 4}), (1, 20, 4)),
        (json!({"min": 1, "max": 20, "desired": 4}), json!({"min": 1, "max": 3, "desired": 3}), (1, 3, 3)),
    ];
    for (before, after, expected) in cases {
        let role = format!("arn:aws:iam::{ACCOUNT}:role/a");
        let spec = json!({"cluster": "main", "name": "workers", "node_role_arn": role, "subnet_ids": ["subnet-a"],
                          "scaling": after});
        let mut group = Subject::new(&eks, "aws.eks_node_group", spec).await;
        if !before.is_null() {
            group.recorded = attributes(json!({"scaling": before}));
        }
        let updated = group.door.update(&group.target(), &group.desired).await.unwrap();
        assert_eq!(*sizes.lock().unwrap(), expected, "{before} {after}");
        assert_eq!(updated.attributes["scaling"], group.desired["scaling"]);
    }
}

#[tokio::test]
async fn an_addon_whose_update_failed_is_updated_again() {
    let mut status = "UPDATE_FAILED";
    let eks = Eks::start(move |call, _| match call {
        "GET /clusters/main/addons/coredns" => {
            let health = json!({"issues": [{"code": "ConfigurationConflict", "message": "Corefile"}]});
            let arn = format!("arn:aws:eks:us-east-1:{ACCOUNT}:addon/main/coredns/x");
            let addon = json!({"addonName": "coredns", "status": status, "addonArn": arn, "addonVersion": "v1",
                               "health": health, "tags": marks()});
            (200, json!({"addon": addon}))
        }
        "POST /clusters/main/addons/coredns/update" => {
            status = "ACTIVE";
            (200, json!({"update": {"id": "u", "status": "InProgress"}}))
        }
        _ => (200, json!({"update": {"id": "u", "status": "Successful"}})),
    });
    let spec = json!({"cluster": "main", "name": "coredns", "version": "v1", "resolve_conflicts": "OVERWRITE"});
    let addon = Subject::new(&eks, "aws.eks_addon", spec).await;
    let read = addon.door.read(&addon.target()).await.unwrap().unwrap();
    let why = "it is UPDATE_FAILED: ConfigurationConflict: Corefile";
    assert_eq!(read.condition, Condition::Settling(why.to_owned()));
    let updated = addon.door.update(&addon.target(), &addon.desired).await.unwrap();
    assert_eq!(updated.condition, Condition::Ready);
    assert_eq!(eks.changes(), ["POST /clusters/main/addons/coredns/update"]);
}

/// A node group or an addon that is DEGRADED for so many looks once it is made.
fn degraded(mut looks: u32, kind: &'static str) -> impl FnMut(&str, &Json) -> (u16, Json) + Send {
    let mut made = false;
    move |call, _| {
        made |= call.starts_with("POST");
        if !made {
            return missing();
        }
        looks = looks.saturating_sub(u32::from(call.starts_with("GET")));
        let mut object = node_group(1, 3, 1);
        object["addonName"] = json!("coredns");
        object["status"] = json!(if looks == 0 { "ACTIVE" } else { "DEGRADED" });
        object["health"] = json!({"issues": [{"code": "InsufficientFreeAddresses", "message": "subnet-a is full"}]});
        (200, json!({kind: object}))
    }
}

#[tokio::test]
async fn a_new_node_group_that_is_degraded_is_no_success() {
    let eks = Eks::start(degraded(1000, "nodegroup"));
    let role = format!("arn:aws:iam::{ACCOUNT}:role/a");
    let spec = json!({"cluster": "main", "name": "workers", "node_role_arn": role, "subnet_ids": ["subnet-a"],
                      "scaling": {"min": 1, "max": 3}});
    let group = Subject::new(&eks, "aws.eks_node_group", spec).await;
    let failed = group.door.create(&group.target(), &group.desired).await.unwrap_err();
    let why = "it is DEGRADED: InsufficientFreeAddresses: subnet-a is full";
    assert_eq!((failed.error.kind, failed.error.message.as_str()), (ErrorKind::Rejected, why));
    // What is there stays, and is no reason for another plan to replace it.
    assert_eq!(failed.partial.unwrap().condition, Condition::Ready);
}

#[tokio::test]
async fn a_new_addon_that_is_degraded_may_only_lack_nodes() {
    let eks = Eks::start(degraded(10, "addon"));
    let addon = Subject::new(&eks, "aws.eks_addon", json!({"cluster": "main", "name": "coredns"})).await;
    let made = addon.door.create(&addon.target(), &addon.desired).await.unwrap();
    assert_eq!(made.condition, Condition::Ready);
    assert!(addon.clock.now() > Duration::from_secs(10), "{:?}", addon.clock.now());
}

/// An access entry with its policies, as EKS keeps it.
fn entries() -> impl FnMut(&str, &Json) -> (u16, Json) + Send {
    let (mut entry, mut policies) = (None::<Json>, Vec::<Json>::new());
    move |call, body| {
        let (method, path) = call.split_once(' ').unwrap();
        let path = path.replace("%3A", ":").replace("%2F", "/");
        match (method, path.contains("/access-policies")) {
            ("POST", false) if path.ends_with("/access-entries") => {
                let mut made = body.clone();
                made["accessEntryArn"] = json!("arn:aws:eks:us-east-1:1:access-entry/main/role/1/ops/x");
                entry = Some(made);
            }
            ("POST", false) => entry.as_mut().unwrap()["kubernetesGroups"] = body["kubernetesGroups"].clone(),
            ("POST", true) => {
                policies.retain(|policy| policy["policyArn"] != body["policyArn"]);
                policies.push(body.clone());
            }
            ("DELETE", true) => policies.retain(|policy| !path.ends_with(policy["policyArn"].as_str().unwrap())),
            ("DELETE", false) => entry = None,
            _ => {}
        }
        match &entry {
            None if method == "DELETE" => (200, json!({})),
            None => refused(404, "ResourceNotFoundException", "The specified principalArn could not be found."),
            Some(entry) => (200, json!({"accessEntry": entry, "associatedAccessPolicies": policies})),
        }
    }
}

#[tokio::test]
async fn an_access_entry_lives_through_its_changes() {
    let eks = Eks::start(entries());
    let spec = |groups: &[&str], policies: &[(&str, &[&str])]| {
        let one = |(name, namespaces): &(&str, &[&str])| {
            let scope = if namespaces.is_empty() { "cluster" } else { "namespace" };
            let arn = format!("arn:aws:eks::aws:cluster-access-policy/{name}");
            json!({"policy_arn": arn, "scope": scope, "namespaces": namespaces})
        };
        json!({"cluster": "main", "principal_arn": format!("arn:aws:iam::{ACCOUNT}:role/ops"),
               "kubernetes_groups": groups, "policies": policies.iter().map(one).collect::<Vec<_>>()})
    };
    let first = spec(&["viewers"], &[("View", &[]), ("Edit", &["a"])]);
    let entry = Subject::new(&eks, "aws.eks_access_entry", first).await;
    assert_eq!(entry.door.read(&entry.target()).await.unwrap(), None);
    let made = entry.door.create(&entry.target(), &entry.desired).await.unwrap();
    assert_eq!(made.attributes["policies"], entry.desired["policies"]);
    assert_eq!(eks.changes().len(), 3);

    let entry = Subject::new(&eks, "aws.eks_access_entry", spec(&[], &[("Edit", &["a", "b"])])).await;
    let updated = entry.door.update(&entry.target(), &entry.desired).await.unwrap();
    assert_eq!(updated.attributes["policies"], entry.desired["policies"]);
    assert_eq!(updated.attributes["kubernetes_groups"], Value::List(Vec::new()));
    let changes = eks.changes();
    let methods: Vec<_> = changes[3..].iter().map(|call| call.split(' ').next().unwrap()).collect();
    assert_eq!(methods, ["POST", "POST", "DELETE"]);
    for _ in 0..2 {
        entry.door.delete(&entry.target()).await.unwrap();
    }
}

#[tokio::test]
async fn an_association_is_found_by_its_service_account() {
    let mut kept = None::<Json>;
    let eks = Eks::start(move |call, body| {
        let path = call.split('?').next().unwrap();
        let listed = |kept: &Option<Json>| json!({"associations": kept.iter().collect::<Vec<_>>()});
        match (path, body["roleArn"].as_str()) {
            ("GET /clusters/main/pod-identity-associations", _) => {
                assert!(call.contains("namespace=video") && call.contains("serviceAccount=encoder"), "{call}");
                return (200, listed(&kept));
            }
            ("DELETE /clusters/main/pod-identity-associations/a-1", _) => kept = None,
            ("POST /clusters/main/pod-identity-associations", Some(_)) => {
                let mut made = body.clone();
                made["associationId"] = json!("a-1");
                made["associationArn"] = json!("arn:aws:eks:us-east-1:1:podidentityassociation/main/a-1");
                kept = Some(made);
            }
            ("POST /clusters/main/pod-identity-associations/a-1", Some(role)) => {
                kept.as_mut().unwrap()["roleArn"] = json!(role);
            }
            _ => {}
        }
        (200, json!({"association": kept}))
    });
    let spec = |role: &str| {
        let role = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
        json!({"cluster": "main", "namespace": "video", "service_account": "encoder", "role_arn": role})
    };
    let first = Subject::new(&eks, "aws.eks_pod_identity_association", spec("a")).await;
    assert_eq!(first.door.read(&first.target()).await.unwrap(), None);
    let made = first.door.create(&first.target(), &first.desired).await.unwrap();
    assert_eq!(made.attributes["association_id"], Value::from("a-1"));
    let second = Subject::new(&eks, "aws.eks_pod_identity_association", spec("b")).await;
    let updated = second.door.update(&second.target(), &second.desired).await.unwrap();
    assert_eq!(updated.attributes["role_arn"], second.desired["role_arn"]);
    for _ in 0..2 {
        second.door.delete(&second.target()).await.unwrap();
    }
    assert_eq!(second.door.read(&second.target()).await.unwrap(), None);
    assert_eq!(eks.changes().len(), 3);
}
