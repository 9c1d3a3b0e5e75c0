//! Triggers that ask over HTTP: prometheus and metrics-api, with the ways to sign in that they share.

use super::{Kind, Parameter, TriggerType, auth, meta, several};
use crate::provider::Finding;
use crate::providers::keda::codes::finding;
use crate::providers::keda::trigger::{Identity, Trigger};
use crate::providers::keda::version::Life;

pub(super) const TYPES: &[TriggerType] = &[PROMETHEUS_TYPE, METRICS_API_TYPE];

const PROMETHEUS_TYPE: TriggerType = TriggerType {
    identities: &["aws", "aws-eks", "azure-workload", "azure", "gcp"],
    activations: &[("activationThreshold", "threshold")],
    rules: prometheus,
    ..TriggerType::new(&["prometheus"], &[PROMETHEUS, HTTP])
};

const METRICS_API_TYPE: TriggerType = TriggerType {
    activations: &[("activationTargetValue", "targetValue")],
    rules: metrics_api,
    ..TriggerType::new(&["metrics-api"], &[METRICS_API, HTTP])
};

const PROMETHEUS: &[Parameter] = &[
    meta(&["serverAddress"], Kind::Url(&["http", "https"])).required(),
    meta(&["query"], Kind::Text).required(),
    meta(&["threshold"], Kind::Positive).target(),
    meta(&["activationThreshold"], Kind::Number),
    meta(&["namespace"], Kind::Text),
    meta(&["queryParameters"], Kind::Pairs).since(13),
    meta(&["customHeaders"], Kind::Pairs),
    meta(&["ignoreNullValues"], Kind::Bool),
    meta(&["unsafeSsl"], Kind::Bool),
    meta(&["timeout"], Kind::Duration).since(17),
    meta(&["cortexOrgID"], Kind::Text).until(11, "write `customHeaders: X-Scope-OrgID=...` instead"),
    meta(&["awsRegion"], Kind::Text).auth(),
    meta(&["identityOwner"], Kind::Word(&[("pod", Life::ALWAYS), ("operator", Life::ALWAYS)])),
    auth(&["awsRoleArn"]),
    meta(&["cloud"], Kind::Text),
    meta(&["azureManagedPrometheusResourceURL"], Kind::Text),
    meta(&["authModes"], Kind::Words(MODES)),
    meta(&["authMode"], Kind::Words(MODES)).since(18),
];

const METRICS_API: &[Parameter] = &[
    meta(&["url"], Kind::Url(&["http", "https"])).required(),
    meta(&["valueLocation"], Kind::Text).required(),
    meta(&["targetValue"], Kind::Positive).target(),
    meta(&["activationTargetValue"], Kind::Number),
    meta(
        &["format"],
        Kind::Word(&[
            ("json", Life::ALWAYS),
            ("prometheus", Life::ALWAYS),
            ("xml", Life::ALWAYS),
            ("yaml", Life::ALWAYS),
        ]),
    )
    .since(14),
    meta(&["unsafeSsl"], Kind::Bool),
    meta(&["aggregateFromKubeServiceEndpoints"], Kind::Bool).since(19),
    meta(
        &["aggregationType"],
        Kind::Word(&[("average", Life::ALWAYS), ("sum", Life::ALWAYS), ("max", Life::ALWAYS), ("min", Life::ALWAYS)]),
    )
    .since(19),
    meta(&["timeout"], Kind::Duration).since(20),
    meta(&["authMode"], Kind::Words(MODES)),
    meta(&["authModes"], Kind::Words(MODES)).since(18),
];

const MODES: &[&str] = &["apiKey", "basic", "tls", "bearer", "custom", "oauth"];

const HTTP: &[Parameter] = &[
    auth(&["username"]),
    auth(&["password"]),
    auth(&["cert"]),
    auth(&["key"]),
    auth(&["ca"]),
    auth(&["oauthTokenURI"]),
    Parameter { from_metadata: false, ..several(&["scopes", "scope"], Kind::Text).auth() },
    auth(&["clientID"]),
    auth(&["clientSecret"]),
    auth(&["endpointParams"]),
    auth(&["customAuthHeader"]),
    auth(&["customAuthValue"]),
    Parameter { from_metadata: false, ..several(&["bearerToken", "token"], Kind::Text).auth() },
    meta(&["apiKey"], Kind::Text).auth(),
    meta(&["method"], Kind::Word(&[("header", Life::ALWAYS), ("query", Life::ALWAYS)])).auth(),
    meta(&["keyParamName"], Kind::Text).auth(),
];

/// The ways to sign in that the metadata name.
fn modes<'a>(trigger: &Trigger<'a>) -> Option<(&'static str, Vec<&'a str>)> {
    let named = |name: &'static str| trigger.text(name).map(|text| (name, text));
    let (name, text) = named("authModes").or_else(|| named("authMode"))?;
    Some((name, text.split(',').map(str::trim).collect()))
}

fn sign_in(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    let Some((name, modes)) = modes(trigger) else { return };
    let path = trigger.path.key(name);
    let alone: Vec<_> = modes.iter().filter(|mode| ["bearer", "basic", "oauth"].contains(mode)).copied().collect();
    if alone.len() > 1 {
        let message = format!("{} exclude each other", alone.join(" and "));
        findings.push(finding("keda/exclusive-parameters", &path, message).help("keep one of them"));
    }
    for mode in modes {
        let needed: &[&str] = match mode {
            "apiKey" => &["apiKey"],
            "basic" => &["username"],
            "tls" => &["cert", "key"],
            "bearer" => &["bearerToken"],
            "custom" => &["customAuthHeader", "customAuthValue"],
            "oauth" => &["oauthTokenURI", "clientID"],
            _ => &[],
        };
        let missing: Vec<_> = needed.iter().copied().filter(|name| trigger.is_missing(name)).collect();
        if !missing.is_empty() {
            let names = missing.join("`, `");
            let message = format!("with `{name}: {mode}`, {} requires `{names}` from an authentication", trigger.name);
            let help = "add an `authenticationRef` to a TriggerAuthentication that gives them, such as from a Secret";
            findings.push(trigger.missing(message).help(help));
        }
    }
}

fn prometheus(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    sign_in(trigger, findings);
    if let (Some((name, _)), Identity::Of(provider)) = (modes(trigger), trigger.identity()) {
        let message = format!("`{name}` and the pod identity `{provider}` exclude each other");
        let help = format!("leave out `{name}`, or refer to an authentication without a pod identity");
        findings.push(finding("keda/exclusive-parameters", &trigger.path.key(name), message).help(help));
    }
    if trigger.identity() == Identity::Of("aws".to_owned()) && trigger.is_missing("awsRegion") {
        let message = "with the pod identity `aws`, prometheus requires `awsRegion`";
        findings.push(trigger.missing(message).help("add `awsRegion: ...` to the metadata"));
    }
}

fn metrics_api(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    sign_in(trigger, findings);
}
