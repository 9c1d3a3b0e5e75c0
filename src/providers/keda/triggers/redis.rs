//! Triggers on streams of Redis: one server, a cluster, or with sentinels.

use super::{COUNT, FLOOR, Kind, Parameter, TriggerType, auth, meta};
use crate::provider::Finding;
use crate::providers::keda::codes::finding;
use crate::providers::keda::trigger::Trigger;

pub(super) const TYPES: &[TriggerType] = &[
    TriggerType::new(&["redis-streams"], &[STREAM, ONE_SERVER, ACCESS]).activations(ACTIVATIONS).rules(one_server),
    TriggerType::new(&["redis-cluster-streams"], &[STREAM, SERVERS, ACCESS]).activations(ACTIVATIONS).rules(servers),
    TriggerType::new(&["redis-sentinel-streams"], &[STREAM, SERVERS, ACCESS, SENTINEL])
        .activations(ACTIVATIONS)
        .rules(sentinels),
];

const ACTIVATIONS: &[(&str, &str)] = &[("activationLagCount", "lagCount")];

const STREAM: &[Parameter] = &[
    meta(&["stream"], Kind::Text).required(),
    meta(&["consumerGroup"], Kind::Text),
    meta(&["pendingEntriesCount"], COUNT),
    meta(&["streamLength"], COUNT),
    meta(&["lagCount"], COUNT),
    meta(&["activationLagCount"], FLOOR),
    meta(&["databaseIndex"], Kind::Integer(0, i32::MAX as i64)),
    meta(&["enableTLS"], Kind::Bool),
];

const ONE_SERVER: &[Parameter] = &[
    meta(&["address"], Kind::Text).env().auth(),
    meta(&["host"], Kind::Text).env().auth(),
    meta(&["port"], Kind::Integer(1, 65_535)).env().auth(),
];

const SERVERS: &[Parameter] = &[
    meta(&["addresses"], Kind::Text).env().auth(),
    meta(&["hosts"], Kind::Text).env().auth(),
    meta(&["ports"], Kind::Text).env().auth(),
];

const ACCESS: &[Parameter] = &[
    meta(&["username"], Kind::Text).env().auth(),
    auth(&["password"]).env(),
    meta(&["unsafeSsl"], Kind::Bool),
    auth(&["tls"]),
    auth(&["ca"]),
    auth(&["cert"]),
    auth(&["key"]),
    auth(&["keyPassword"]),
];

const SENTINEL: &[Parameter] = &[
    meta(&["sentinelMaster"], Kind::Text).env().auth(),
    meta(&["sentinelUsername"], Kind::Text).env().auth(),
    meta(&["sentinelPassword"], Kind::Text).env().auth(),
];

fn one_server(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    address(trigger, ["address", "host", "port"], findings);
    if let Some(address) = trigger.text("address").filter(|address| address.contains("://")) {
        let message = format!("`{address}` is a URL, and the address of Redis is host:port");
        findings.push(trigger.disagree("address", message, "such as redis.demo:6379"));
    }
}

fn servers(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    address(trigger, ["addresses", "hosts", "ports"], findings);
    let count = |name| trigger.text(name).map(|text: &str| text.split(',').count());
    if let (Some(hosts), Some(ports)) = (count("hosts"), count("ports"))
        && hosts != ports
    {
        let message = format!("{hosts} hosts and {ports} ports");
        findings.push(trigger.disagree("ports", message, "give one port for each host, with commas between"));
    }
}

fn sentinels(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    servers(trigger, findings);
    if trigger.is_missing("sentinelMaster") {
        let message = "redis-sentinel-streams requires `sentinelMaster`";
        findings.push(trigger.missing(message).help("add `sentinelMaster: ...`: what the sentinels call the master"));
    }
}

fn address(trigger: &Trigger<'_>, [address, host, port]: [&str; 3], findings: &mut Vec<Finding>) {
    if trigger.is_missing(address) && (trigger.is_missing(host) || trigger.is_missing(port)) {
        let message = format!("{} requires `{address}`, or `{host}` and `{port}`", trigger.name);
        let help = format!("add `{address}: redis.demo:6379`, or `{address}FromEnv`, or give it by an authentication");
        findings.push(trigger.missing(message).help(help));
    }
    tls(trigger, findings);
    amounts(trigger, findings);
}

fn tls(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    if trigger.is_on("enableTLS") && trigger.is_given("tls") {
        let message = "`enableTLS` of the trigger and `tls` of its authentication exclude each other";
        let help = "leave out `enableTLS`: the authentication says it";
        findings.push(finding("keda/exclusive-parameters", &trigger.path.key("enableTLS"), message).help(help));
    }
    if trigger.is_given("cert") && trigger.is_missing("key") || trigger.is_given("key") && trigger.is_missing("cert") {
        let message = format!("{} takes `cert` and `key` together", trigger.name);
        findings.push(trigger.missing(message).help("give both, or neither"));
    }
}

/// Which of the three counts is used depends on the others.
fn amounts(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    let unused = |name: &str, why: &str| {
        let message = format!("`{name}` has no effect {why}");
        trigger.disagree(name, message, "leave it out, or change what it goes with")
    };
    if trigger.is_missing("consumerGroup") {
        for name in ["lagCount", "pendingEntriesCount"].into_iter().filter(|name| trigger.is_given(name)) {
            findings.push(unused(name, "without `consumerGroup`: the length of the stream is compared"));
        }
        return;
    }
    if trigger.is_given("consumerGroup") && trigger.is_given("streamLength") {
        findings.push(unused("streamLength", "with `consumerGroup`: pending entries or the lag are compared"));
    }
    trigger.exclude("lagCount", "pendingEntriesCount", "one of them is compared", findings);
    if trigger.version.is_before(17) && trigger.is_given("lagCount") && trigger.is_missing("activationLagCount") {
        let message = "with `lagCount`, this version of KEDA requires `activationLagCount`";
        findings.push(trigger.missing(message).help("add `activationLagCount: \"0\"` to the metadata"));
    }
}
