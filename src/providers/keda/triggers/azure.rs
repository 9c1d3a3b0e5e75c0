//! Triggers on Azure's services.

use super::{COUNT, FLOOR, Kind, Parameter, TriggerType, auth, meta};
use crate::provider::Finding;
use crate::providers::keda::codes::finding;
use crate::providers::keda::trigger::{Identity, Trigger};
use crate::providers::keda::version::Life;

pub(super) const TYPES: &[TriggerType] = &[
    TriggerType::new(&["azure-servicebus"], &[SERVICE_BUS, CLOUD])
        .identities(IDENTITIES)
        .activations(&[("activationMessageCount", "messageCount")])
        .rules(service_bus),
    TriggerType::new(&["azure-eventhub"], &[EVENT_HUB, CLOUD])
        .identities(IDENTITIES)
        .activations(&[("activationUnprocessedEventThreshold", "unprocessedEventThreshold")])
        .rules(event_hub),
    TriggerType::new(&["azure-queue"], &[QUEUE, CLOUD])
        .identities(IDENTITIES)
        .activations(&[("activationQueueLength", "queueLength")])
        .rules(queue),
];

/// `azure` went with 2.15; the authentication's own check says so.
const IDENTITIES: &[&str] = &["azure-workload", "azure"];

const CLOUD: &[Parameter] = &[
    meta(
        &["cloud"],
        Kind::AnyCase(&[
            "AzurePublicCloud",
            "AzureCloud",
            "AzureUSGovernmentCloud",
            "AzureUSGovernment",
            "AzureChinaCloud",
            "AzureGermanCloud",
            "Private",
        ]),
    ),
    meta(&["endpointSuffix"], Kind::Text),
    meta(&["activeDirectoryEndpoint"], Kind::Text),
];

const SERVICE_BUS: &[Parameter] = &[
    meta(&["queueName"], Kind::Text),
    meta(&["topicName"], Kind::Text),
    meta(&["subscriptionName"], Kind::Text),
    meta(&["messageCount"], COUNT),
    meta(&["activationMessageCount"], FLOOR),
    auth(&["connection"]).env(),
    meta(&["namespace"], Kind::Text),
    meta(&["useRegex"], Kind::Bool),
    meta(&["operation"], Kind::Word(&[("sum", Life::ALWAYS), ("max", Life::ALWAYS), ("avg", Life::ALWAYS)])),
];

const EVENT_HUB: &[Parameter] = &[
    meta(&["unprocessedEventThreshold"], COUNT),
    meta(&["activationUnprocessedEventThreshold"], FLOOR),
    meta(&["stalePartitionInfoThreshold"], FLOOR).since(13),
    auth(&["connection"]).env(),
    auth(&["storageConnection"]).env(),
    meta(&["consumerGroup"], Kind::Text),
    meta(&["storageAccountName"], Kind::Text),
    meta(&["storageEndpointSuffix"], Kind::Text),
    meta(&["blobContainer"], Kind::Text),
    meta(&["eventHubNamespace"], Kind::Text).env(),
    meta(&["eventHubName"], Kind::Text).env(),
    meta(&["eventHubResourceURL"], Kind::Text),
    meta(
        &["checkpointStrategy"],
        Kind::Word(&[
            ("azureFunction", Life::ALWAYS),
            ("blobMetadata", Life::ALWAYS),
            ("goSdk", Life::ALWAYS),
            ("dapr", Life::ALWAYS),
        ]),
    ),
];

const QUEUE: &[Parameter] = &[
    meta(&["queueName"], Kind::Text).required(),
    meta(&["queueLength"], COUNT),
    meta(&["activationQueueLength"], FLOOR),
    meta(&["connection"], Kind::Text).env().auth(),
    meta(&["accountName"], Kind::Text),
    meta(&["queueLengthStrategy"], Kind::Word(&[("all", Life::ALWAYS), ("visibleonly", Life::ALWAYS)])).since(15),
];

/// Nobody says how KEDA gets in: neither an identity nor this connection string.
fn connection(trigger: &Trigger<'_>, name: &str, findings: &mut Vec<Finding>) {
    if trigger.identity() == Identity::None && trigger.is_missing(name) {
        let message = format!("{} has neither `{name}` nor a pod identity", trigger.name);
        let help = format!(
            "add an `authenticationRef` to a TriggerAuthentication that gives `{name}` or has \
             `podIdentity: {{ provider: azure-workload }}`, or name a variable with `{name}FromEnv`"
        );
        findings.push(finding("keda/credentials-missing", &trigger.at, message).help(help));
    }
}

/// What a pod identity needs to know, as a connection string would say it.
fn required_with_identity(trigger: &Trigger<'_>, name: &str, findings: &mut Vec<Finding>) {
    if matches!(trigger.identity(), Identity::Of(_)) && trigger.is_missing(name) {
        let message = format!("with a pod identity, {} requires `{name}`", trigger.name);
        findings.push(trigger.missing(message).help(format!("add `{name}: ...` to the metadata")));
    }
}

/// A private cloud has addresses of its own.
fn private_cloud(trigger: &Trigger<'_>, names: &[&str], findings: &mut Vec<Finding>) {
    if !trigger.text("cloud").is_some_and(|cloud| cloud.eq_ignore_ascii_case("private")) {
        return;
    }
    for name in names.iter().filter(|name| trigger.is_missing(name)) {
        let message = format!("the cloud `Private` requires `{name}`");
        findings.push(trigger.missing(message).help(format!("add `{name}: ...` to the metadata")));
    }
}

fn service_bus(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    connection(trigger, "connection", findings);
    required_with_identity(trigger, "namespace", findings);
    private_cloud(trigger, &["endpointSuffix"], findings);
    trigger.exclude("queueName", "topicName", "one trigger watches one of them", findings);
    trigger.exclude("queueName", "subscriptionName", "a subscription is of a topic", findings);
    if trigger.is_missing("queueName") && trigger.is_missing("topicName") {
        let message = "azure-servicebus requires `queueName`, or `topicName` and `subscriptionName`";
        findings.push(trigger.missing(message).help("say which queue, or which subscription of which topic"));
    } else if trigger.is_given("topicName") && trigger.is_missing("subscriptionName") {
        let message = "with `topicName`, azure-servicebus requires `subscriptionName`";
        findings.push(trigger.missing(message).help("messages wait in the subscriptions of a topic: say in which"));
    }
}

fn event_hub(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    connection(trigger, "connection", findings);
    connection(trigger, "storageConnection", findings);
    required_with_identity(trigger, "eventHubNamespace", findings);
    required_with_identity(trigger, "eventHubName", findings);
    if trigger.is_missing("storageConnection") {
        required_with_identity(trigger, "storageAccountName", findings);
    }
    private_cloud(trigger, &["endpointSuffix", "activeDirectoryEndpoint"], findings);
    if let Some(strategy) = trigger.text("checkpointStrategy").filter(|strategy| *strategy != "azureFunction")
        && trigger.is_missing("blobContainer")
    {
        let message = format!("the checkpoints of `{strategy}` are in a container, and `blobContainer` is missing");
        findings.push(trigger.missing(message).help("add `blobContainer: ...` to the metadata"));
    }
}

fn queue(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    connection(trigger, "connection", findings);
    required_with_identity(trigger, "accountName", findings);
    private_cloud(trigger, &["endpointSuffix"], findings);
}
