//! The trigger on lag of Kafka's consumer groups.

use super::{COUNT, FLOOR, Kind, Parameter, TriggerType, auth, meta};
use crate::provider::Finding;
use crate::providers::keda::codes::finding;
use crate::providers::keda::trigger::{Identity, State, Trigger};
use crate::providers::keda::version::Life;

pub(super) const TYPES: &[TriggerType] = &[TriggerType::new(&["kafka"], &[PARAMETERS])
    .identities(&["aws", "aws-eks", "aws-kiam"])
    .activations(&[("activationLagThreshold", "lagThreshold")])
    .rules(rules)];

const PARAMETERS: &[Parameter] = &[
    meta(&["bootstrapServers"], Kind::Text).required().env(),
    meta(&["consumerGroup"], Kind::Text).required().env(),
    meta(&["topic"], Kind::Text).env(),
    meta(&["partitionLimitation"], Kind::Partitions),
    meta(&["lagThreshold"], COUNT),
    meta(&["activationLagThreshold"], FLOOR),
    meta(&["offsetResetPolicy"], Kind::Word(&[("latest", Life::ALWAYS), ("earliest", Life::ALWAYS)])),
    meta(&["allowIdleConsumers"], Kind::Bool),
    meta(&["excludePersistentLag"], Kind::Bool),
    meta(&["scaleToZeroOnInvalidOffset"], Kind::Bool),
    meta(&["limitToPartitionsWithLag"], Kind::Bool).since(13),
    meta(&["ensureEvenDistributionOfPartitions"], Kind::Bool).since(18),
    meta(&["version"], Kind::Text),
    meta(&["tls"], Kind::Word(&[("enable", Life::ALWAYS), ("disable", Life::ALWAYS)])).auth(),
    meta(&["unsafeSsl"], Kind::Bool),
    auth(&["ca"]),
    auth(&["cert"]),
    auth(&["key"]),
    auth(&["keyPassword"]),
    meta(
        &["sasl"],
        Kind::Word(&[
            ("none", Life::ALWAYS),
            ("plaintext", Life::ALWAYS),
            ("scram_sha256", Life::ALWAYS),
            ("scram_sha512", Life::ALWAYS),
            ("oauthbearer", Life::ALWAYS),
            ("gssapi", Life::since(13)),
        ]),
    )
    .auth(),
    auth(&["username"]),
    auth(&["password"]),
    meta(&["saslTokenProvider"], Kind::Word(&[("bearer", Life::ALWAYS), ("aws_msk_iam", Life::ALWAYS)]))
        .auth()
        .since(14),
    auth(&["scopes"]),
    auth(&["oauthTokenEndpointUri"]),
    auth(&["oauthExtensions"]),
    auth(&["keytab"]).since(13),
    auth(&["realm"]).since(13),
    auth(&["kerberosConfig"]).since(13),
    auth(&["kerberosServiceName"]).since(14),
    auth(&["kerberosDisableFAST"]).since(16),
    meta(&["awsRegion"], Kind::Text).since(14),
    auth(&["awsRoleArn"]),
    meta(&["awsAccessKeyID"], Kind::Text).env().auth(),
    auth(&["awsSecretAccessKey"]).env(),
    auth(&["awsSessionToken"]),
];

fn rules(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    both_on(trigger, "allowIdleConsumers", "limitToPartitionsWithLag", findings);
    both_on(trigger, "limitToPartitionsWithLag", "ensureEvenDistributionOfPartitions", findings);
    for name in ["limitToPartitionsWithLag", "ensureEvenDistributionOfPartitions"] {
        if trigger.is_on(name) && trigger.is_missing("topic") {
            let message = format!("with `{name}`, kafka requires `topic`");
            findings.push(trigger.missing(message).help("add `topic: ...` to the metadata"));
        }
    }
    sasl(trigger, findings);
    if trigger.is_given("cert") && trigger.is_missing("key") || trigger.is_given("key") && trigger.is_missing("cert") {
        findings.push(trigger.missing("kafka takes `cert` and `key` together").help("give both, or neither"));
    }
}

fn both_on(trigger: &Trigger<'_>, first: &str, second: &str, findings: &mut Vec<Finding>) {
    if trigger.is_on(first) && trigger.is_on(second) {
        let message = format!("`{first}` and `{second}` exclude each other");
        let help = format!("switch one of them off, such as with `{second}: \"false\"`");
        findings.push(finding("keda/exclusive-parameters", &trigger.path.key(second), message).help(help));
    }
}

/// What each way to sign in needs.
fn sasl(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    let Some(mode) = trigger.text("sasl") else { return };
    let provider = match trigger.state("saslTokenProvider") {
        State::Here(provider) => provider,
        State::Missing => "bearer",
        State::Unclear | State::Elsewhere => "",
    };
    let needed: &[&str] = match (mode, provider) {
        ("plaintext" | "scram_sha256" | "scram_sha512", _) => &["username", "password"],
        ("oauthbearer", "bearer") => &["username", "password", "oauthTokenEndpointUri"],
        ("oauthbearer", "aws_msk_iam") => return msk(trigger, findings),
        ("gssapi", _) => &["username", "realm", "kerberosConfig"],
        _ => &[],
    };
    let missing: Vec<_> = needed.iter().copied().filter(|name| trigger.is_missing(name)).collect();
    if !missing.is_empty() {
        let message = format!("with `sasl: {mode}`, kafka requires `{}` from an authentication", missing.join("`, `"));
        let help = "add an `authenticationRef` to a TriggerAuthentication that gives them, such as from a Secret";
        findings.push(trigger.missing(message).help(help));
    }
    if mode == "gssapi" {
        let neither = trigger.is_missing("password") && trigger.is_missing("keytab");
        if neither || trigger.is_given("password") && trigger.is_given("keytab") {
            let message = "with `sasl: gssapi`, kafka requires `password` or `keytab`, one of them";
            findings.push(trigger.missing(message).help("give exactly one of them by the authentication"));
        }
    }
}

fn msk(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    if trigger.is_missing("awsRegion") {
        let message = "with `saslTokenProvider: aws_msk_iam`, kafka requires `awsRegion`";
        findings.push(trigger.missing(message).help("add `awsRegion: ...` to the metadata"));
    }
    if trigger.is_missing("tls") || trigger.text("tls") == Some("disable") {
        let message = "`saslTokenProvider: aws_msk_iam` works over TLS only";
        findings.push(trigger.disagree("saslTokenProvider", message, "add `tls: enable`"));
    }
    let no_key = trigger.is_missing("awsAccessKeyID") && trigger.is_missing("awsRoleArn");
    if trigger.identity() == Identity::None && no_key {
        let message = "kafka signs in at MSK, and nobody says how KEDA gets AWS credentials";
        let help = "add an `authenticationRef` to a TriggerAuthentication with `podIdentity: { provider: aws }`";
        findings.push(finding("keda/credentials-missing", &trigger.at, message).help(help));
    }
}
