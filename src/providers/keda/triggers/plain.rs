//! Triggers with few parameters: cron, cpu and memory, external services, and two databases.

use super::{Kind, Need, Parameter, TriggerType, auth, meta};
use crate::provider::Finding;
use crate::providers::keda::codes::finding;
use crate::providers::keda::go_values::{integer, quantity};
use crate::providers::keda::said::Said;
use crate::providers::keda::trigger::{Identity, State, Trigger};
use crate::providers::keda::version::Life;

pub(super) const TYPES: &[TriggerType] = &[
    TriggerType::new(&["cron"], &[CRON]).rules(cron),
    TriggerType::new(&["cpu", "memory"], &[RESOURCE]).rules(resource),
    EXTERNAL_TYPE,
    TriggerType::new(&["influxdb"], &[INFLUXDB])
        .activations(&[("activationThresholdValue", "thresholdValue")])
        .rules(influxdb),
    TriggerType::new(&["postgresql"], &[POSTGRESQL])
        .identities(&["azure-workload"])
        .activations(&[("activationTargetQueryValue", "targetQueryValue")])
        .rules(postgresql),
];

/// All metadata go to the service, which has parameters of its own.
const EXTERNAL_TYPE: TriggerType = TriggerType {
    is_open: true,
    ignored: &[],
    rules: external,
    ..TriggerType::new(&["external", "external-push"], &[EXTERNAL])
};

const CRON: &[Parameter] = &[
    meta(&["start"], Kind::Schedule).required(),
    meta(&["end"], Kind::Schedule).required(),
    meta(&["timezone"], Kind::Timezone).required(),
    meta(&["desiredReplicas"], Kind::Integer(1, i32::MAX as i64)).required(),
];

fn cron(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    if let (Some(start), Some(end)) = (trigger.text("start"), trigger.text("end"))
        && start == end
    {
        let message = "the window ends when it starts";
        findings.push(trigger.disagree("end", message, "give `end` another schedule than `start`"));
    }
}

const RESOURCE: &[Parameter] = &[
    meta(&["value"], Kind::Quantity).required(),
    meta(&["containerName"], Kind::Text),
    meta(&["type"], Kind::Word(&[("Utilization", Life::ALWAYS), ("AverageValue", Life::ALWAYS)]))
        .until(17, "write `metricType` beside `type: cpu` or `type: memory` instead"),
];

/// The target is a share of the request, or an amount.
fn resource(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    let old = trigger.state("type");
    let old_lives = trigger.version.is_before(18);
    let metric_type = match (trigger.metric_type, old) {
        (Said::This(_), State::Here(_)) if old_lives => {
            let message = format!("{} takes `metricType` or `type` in its metadata, not both", trigger.name);
            let path = trigger.path.key("type");
            return findings.push(finding("keda/exclusive-parameters", &path, message).help("leave out `type`"));
        }
        (Said::This(metric_type), _) => metric_type,
        (Said::Nothing, State::Here(old)) if old_lives => {
            let message = format!("`type` in the metadata of {} is deprecated, and gone in KEDA 2.18", trigger.name);
            let help = format!("write `metricType: {old}` beside the trigger's type instead");
            findings.push(finding("keda/deprecated", &trigger.path.key("type"), message).help(help));
            old
        }
        (Said::Nothing, State::Missing) => {
            let message = format!("{} requires `metricType`", trigger.name);
            let help = "write `metricType: Utilization` for a share of the request in percent, or `AverageValue`";
            return findings.push(finding("keda/metric-type", &trigger.at, message).help(help));
        }
        _ => return,
    };
    let Some(value) = trigger.text("value").filter(|value| quantity(value).is_some()) else { return };
    let problem = match metric_type {
        "Utilization" if integer(value).is_none_or(|share| share < 1) => "a share in whole percent, such as \"80\"",
        "AverageValue" if quantity(value).is_some_and(|amount| amount <= 0.0) => "an amount above zero",
        "Value" => {
            let message = format!("{} has no metric type `Value`", trigger.name);
            let path = trigger.at.key("metricType");
            let help = "write `Utilization` or `AverageValue`";
            return findings.push(finding("keda/metric-type", &path, message).help(help));
        }
        _ => return,
    };
    let message = format!("with `{metric_type}`, `value` is {problem}, and not `{value}`");
    findings.push(trigger.disagree("value", message, format!("write {problem}")));
}

const EXTERNAL: &[Parameter] = &[
    meta(&["scalerAddress"], Kind::Text).required(),
    meta(&["enableTLS"], Kind::Bool).since(17),
    meta(&["unsafeSsl"], Kind::Bool),
    meta(&["tlsCertFile"], Kind::Text).until(16, "give `caCert` by a TriggerAuthentication instead"),
    auth(&["caCert"]),
    auth(&["tlsClientCert"]),
    auth(&["tlsClientKey"]),
];

fn external(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    let address = trigger.text("scalerAddress");
    if let Some(address) = address.filter(|address| address.starts_with("http://") || address.starts_with("https://")) {
        let message = format!("`{address}` is a URL, and KEDA speaks gRPC with host:port");
        findings.push(trigger.disagree("scalerAddress", message, "such as my-scaler.demo:8080"));
    }
}

const INFLUXDB: &[Parameter] = &[
    meta(&["serverURL"], Kind::Url(&["http", "https"])).required().auth(),
    meta(&["query"], Kind::Text).required(),
    meta(&["thresholdValue"], Kind::Positive).target(),
    meta(&["activationThresholdValue"], Kind::Number),
    meta(&["organizationName"], Kind::Text).env().auth(),
    meta(&["authToken"], Kind::Text).env().auth(),
    meta(&["unsafeSsl"], Kind::Bool),
    meta(&["influxVersion"], Kind::Word(&[("2", Life::ALWAYS), ("3", Life::ALWAYS)])).since(18),
    meta(&["queryType"], Kind::AnyCase(&["InfluxQL", "FlightSQL"])).since(18),
    meta(&["database"], Kind::Text).auth().since(18),
    meta(&["metricKey"], Kind::Text).since(18),
];

fn influxdb(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    let needed: &[&str] = match trigger.state("influxVersion") {
        State::Here("3") => &["database", "metricKey"],
        State::Here("2") | State::Missing => &["organizationName"],
        _ => &[],
    };
    for name in needed.iter().filter(|name| trigger.is_missing(name)) {
        let message = format!("influxdb requires `{name}`");
        findings.push(trigger.missing(message).help(format!("add `{name}: ...` to the metadata")));
    }
    if let (State::Here(_), true) = (trigger.state("authToken"), trigger.version.is_from(20)) {
        let message = "`authToken` in the metadata is refused since KEDA 2.20";
        let help = "give `authToken` by a TriggerAuthentication, or with `authTokenFromEnv`";
        findings.push(finding("keda/removed", &trigger.path.key("authToken"), message).help(help));
    } else if trigger.is_missing("authToken") && trigger.version.is_before(18) {
        let message = "nobody says how KEDA signs in at InfluxDB";
        let help = "give `authToken` by a TriggerAuthentication, or with `authTokenFromEnv`";
        findings.push(finding("keda/credentials-missing", &trigger.at, message).help(help));
    }
}

const POSTGRESQL: &[Parameter] = &[
    meta(&["query"], Kind::Text).required(),
    Parameter { need: Need::Target, ..meta(&["targetQueryValue"], Kind::Positive) },
    meta(&["activationTargetQueryValue"], Kind::Number),
    auth(&["connection"]).env(),
    meta(&["host"], Kind::Text).auth(),
    meta(&["port"], Kind::Integer(1, 65_535)).auth(),
    meta(&["userName"], Kind::Text).auth(),
    meta(&["dbName"], Kind::Text).auth(),
    meta(
        &["sslmode"],
        Kind::Word(&[
            ("disable", Life::ALWAYS),
            ("allow", Life::ALWAYS),
            ("prefer", Life::ALWAYS),
            ("require", Life::ALWAYS),
            ("verify-ca", Life::ALWAYS),
            ("verify-full", Life::ALWAYS),
        ]),
    )
    .auth(),
    auth(&["password"]).env(),
];

fn postgresql(trigger: &Trigger<'_>, findings: &mut Vec<Finding>) {
    if let (Identity::Of(provider), Some((code, message, help))) =
        (trigger.identity(), Life::since(15).problem(trigger.version, "a pod identity for postgresql"))
        && provider == "azure-workload"
    {
        findings.push(finding(code, &trigger.at.key("authenticationRef"), message).help(help));
    }
    if !trigger.is_missing("connection") {
        return;
    }
    let parts = ["host", "port", "userName", "dbName", "sslmode"];
    let missing: Vec<_> = parts.into_iter().filter(|part| trigger.is_missing(part)).collect();
    if !missing.is_empty() {
        let message = format!("without `connection`, postgresql requires `{}`", missing.join("`, `"));
        let help = "add them, or name a variable with the whole address with `connectionFromEnv`";
        findings.push(trigger.missing(message).help(help));
    }
}
