//! The trigger on queues of RabbitMQ.

use super::{Kind, Parameter, TriggerType, auth, meta};
use crate::provider::Finding;
use crate::providers::keda::codes::finding;
use crate::providers::keda::trigger::{State, Trigger};
use crate::providers::keda::version::Life;

pub(super) const TYPES: &[TriggerType] = &[TriggerType::new(&["rabbitmq"], &[PARAMETERS])
    .identities(&["azure-workload", "azure"])
    .activations(&[("activationValue", "value"), ("activationValue", "queueLength")])
    .rules(rules)];

const PARAMETERS: &[Parameter] = &[
    meta(&["queueName"], Kind::Text).required(),
    meta(&["host"], Kind::Text).required().env().auth(),
    meta(
        &["mode"],
        Kind::Word(&[
            ("QueueLength", Life::ALWAYS),
            ("MessageRate", Life::ALWAYS),
            ("DeliverGetRate", Life::since(18)),
            ("PublishedToDeliveredRatio", Life::since(18)),
            ("ExpectedQueueConsumptionTime", Life::since(18)),
            ("Unknown", Life::since(16)),
        ]),
    ),
    meta(&["value"], Kind::Positive),
    meta(&["activationValue"], Kind::Number),
    meta(&["queueLength"], Kind::Positive),
    meta(&["protocol"], Kind::Word(&[("auto", Life::ALWAYS), ("http", Life::ALWAYS), ("amqp", Life::ALWAYS)])).auth(),
    meta(&["vhostName"], Kind::Text).auth(),
    meta(&["useRegex"], Kind::Bool),
    meta(&["excludeUnacknowledged"], Kind::Bool),
    meta(&["pageSize"], Kind::Integer(1, i64::MAX)),
    meta(&["operation"], Kind::Word(&[("sum", Life::ALWAYS), ("avg", Life::ALWAYS), ("max", Life::ALWAYS)])),
    meta(&["timeout"], Kind::Duration),
    meta(&["unsafeSsl"], Kind::Bool),
    auth(&["username"]).env().since(16),
    auth(&["password"]).env().since(16),
    auth(&["ca"]),
    auth(&["cert"]),
    auth(&["key"]),
    auth(&["keyPassword"]),
    auth(&["tls"]),
    auth(&["workloadIdentityResource"]),
    auth(&["oauthTokenURI"]).since(20),
    auth(&["scopes"]).since(20),
    auth(&["scope"]).since(20),
    auth(&["clientID"]).since(20),
    auth(&["clientSecret"]).since(20),
    auth(&["endpointParams"]).since(20),
];

/// The protocol, as far as it is known: by its name or by the address.
fn protocol(trigger: &Trigger<'_>) -> Option<&'static str> {
    match trigger.state("protocol") {
        State::Here("http") => return Some("http"),
        State::Here("amqp") => return Some("amqp"),
        State::Here("auto") | State::Missing => {}
        _ => return None,
    }
    let scheme = trigger.text("host")?.split_once("://")?.0;
    match scheme {
        "http" | "https" => Some("http"),
        "amqp" | "amqps" => Some("amqp"),
        _ => None,
    }
}

fn rules(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    amounts(trigger, findings);
    let protocol = protocol(trigger);
    if let Some(host) = trigger.text("host")
        && !["amqp://", "amqps://", "http://", "https://"].iter().any(|scheme| host.starts_with(scheme))
    {
        let message = "the address of RabbitMQ has no scheme that KEDA knows";
        let help = "write amqp://user:password@host:5672/vhost or http://user:password@host:15672/vhost";
        findings.push(trigger.disagree("host", message, help));
    }
    if protocol == Some("amqp") {
        only_http(trigger, findings);
    }
    for (first, second) in [("username", "password"), ("cert", "key")] {
        if trigger.is_given(first) && trigger.is_missing(second)
            || trigger.is_given(second) && trigger.is_missing(first)
        {
            let message = format!("rabbitmq takes `{first}` and `{second}` together");
            findings.push(trigger.missing(message).help("give both, or neither"));
        }
    }
}

/// Either `queueLength`, as in old days, or `mode` and `value`.
fn amounts(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    let why = "`queueLength` is the old way to say the mode and its value";
    trigger.exclude("mode", "queueLength", why, findings);
    if trigger.is_given("queueLength") {
        if trigger.is_missing("mode") {
            let message = "`queueLength` of rabbitmq is deprecated";
            let help = "write `mode: QueueLength` and `value` instead";
            findings.push(finding("keda/deprecated", &trigger.path.key("queueLength"), message).help(help));
        }
        return;
    }
    for (given, other) in [("mode", "value"), ("value", "mode")] {
        if trigger.is_given(given) && trigger.is_missing(other) && !(other == "value" && trigger.in_formula) {
            let message = format!("with `{given}`, rabbitmq requires `{other}`");
            findings.push(trigger.missing(message).help("such as `mode: QueueLength` and `value: \"20\"`"));
        }
    }
}

fn only_http(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    let help = "use the management address, http://host:15672, and `protocol: http`";
    if let Some(mode) = trigger.text("mode").filter(|mode| !matches!(*mode, "QueueLength" | "Unknown")) {
        let message = format!("the mode {mode} needs the management interface, and the protocol is amqp");
        findings.push(trigger.disagree("mode", message, help));
    }
    for name in ["useRegex", "excludeUnacknowledged"].into_iter().filter(|name| trigger.is_on(name)) {
        let message = format!("`{name}` needs the management interface, and the protocol is amqp");
        findings.push(trigger.disagree(name, message, help));
    }
    if trigger.version.is_before(16) && trigger.is_given("timeout") {
        findings.push(trigger.disagree("timeout", "amqp takes no timeout of one's own", "leave out `timeout`"));
    }
    for name in ["workloadIdentityResource", "oauthTokenURI"].into_iter().filter(|name| trigger.is_given(name)) {
        let message = format!("`{name}` needs the management interface, and the protocol is amqp");
        findings.push(trigger.disagree("host", message, help));
    }
}
