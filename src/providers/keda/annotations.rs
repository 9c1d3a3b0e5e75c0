//! The name, and the annotations by which a running scaler is told to pause.

use super::Kind;
use super::codes::finding;
use super::form::not_a_string;
use super::go_values::{boolean, integer};
use super::said::{self, Entries, Said};
use super::version::{Life, Version};
use crate::diagnostic::closest;
use crate::provider::Finding;
use crate::value::{Path, Value};

struct Annotation {
    name: &'static str,
    kinds: &'static [Kind],
    life: Life,
}

const BOTH: &[Kind] = &[Kind::ScaledObject, Kind::ScaledJob];
const OBJECT: &[Kind] = &[Kind::ScaledObject];

const ANNOTATIONS: &[Annotation] = &[
    Annotation { name: "autoscaling.keda.sh/paused", kinds: BOTH, life: Life::ALWAYS },
    Annotation { name: "autoscaling.keda.sh/paused-replicas", kinds: OBJECT, life: Life::ALWAYS },
    Annotation { name: "autoscaling.keda.sh/paused-scale-in", kinds: OBJECT, life: Life::since(18) },
    Annotation { name: "autoscaling.keda.sh/paused-scale-out", kinds: OBJECT, life: Life::since(18) },
    Annotation { name: "autoscaling.keda.sh/force-activation", kinds: OBJECT, life: Life::since(18) },
    Annotation { name: TRANSFER, kinds: OBJECT, life: Life::ALWAYS },
    Annotation { name: "scaledobject.keda.sh/hpa-excluded-labels", kinds: OBJECT, life: Life::ALWAYS },
    Annotation { name: "scaledjob.keda.sh/job-excluded-labels", kinds: &[Kind::ScaledJob], life: Life::ALWAYS },
    Annotation { name: "validations.keda.sh/hpa-ownership", kinds: OBJECT, life: Life::ALWAYS },
];

pub(super) const TRANSFER: &str = "scaledobject.keda.sh/transfer-hpa-ownership";

/// KEDA labels what it makes with the name, and labels end at 63 characters.
const LONGEST: usize = 63;
const PREFIX: &str = "keda-hpa-";

pub(super) fn check(kind: Kind, fields: &Entries, version: Version) -> Vec<Finding> {
    let mut findings = Vec::new();
    if BOTH.contains(&kind) {
        findings.extend(check_name(kind, fields, version));
    }
    let at = Path::field("annotations");
    for (name, value) in said::map(fields, "annotations").known().into_iter().flatten() {
        let path = at.key(name);
        findings.extend(not_a_string(value, &path));
        findings.extend(check_annotation(kind, name, value, &path, version));
    }
    findings
}

/// The name of the autoscaler that KEDA makes.
pub(super) fn autoscaler_name(fields: &Entries) -> Said<String> {
    let spec = said::map(fields, "spec");
    let config = said::within(spec, |spec| said::map(spec, "advanced"));
    let config = said::within(config, |advanced| said::map(advanced, "horizontalPodAutoscalerConfig"));
    match said::within(config, |config| said::filled(config, "name")) {
        Said::This(name) => Said::This(name.to_owned()),
        Said::Unclear => Said::Unclear,
        Said::Nothing => match said::filled(fields, "name") {
            Said::This(name) => Said::This(format!("{PREFIX}{name}")),
            Said::Nothing => Said::Nothing,
            Said::Unclear => Said::Unclear,
        },
    }
}

fn check_name(kind: Kind, fields: &Entries, version: Version) -> Option<Finding> {
    let name = said::filled(fields, "name").known()?;
    let path = Path::field("name");
    if name.len() > LONGEST {
        let message = format!("the name has {} characters, and KEDA makes a label of it", name.len());
        return Some(finding("keda/name-too-long", &path, message).help(format!("{LONGEST} at most")));
    }
    let made = autoscaler_name(fields).known().filter(|made| kind == Kind::ScaledObject && made.len() > LONGEST)?;
    let message = format!("the autoscaler's name `{made}` has {} characters, and {LONGEST} are allowed", made.len());
    let (at, help) = match made.strip_prefix(PREFIX) == Some(name) {
        true => (path, "shorten the name to 54, or set `spec.advanced.horizontalPodAutoscalerConfig.name`"),
        false => {
            let config = Path::field("spec").key("advanced").key("horizontalPodAutoscalerConfig");
            (config.key("name"), "shorten it")
        }
    };
    let code = if version.is_from(20) { "keda/name-too-long" } else { "keda/hpa-name-too-long-later" };
    Some(finding(code, &at, message).help(help))
}

fn check_annotation(kind: Kind, name: &str, value: &Value, path: &Path, version: Version) -> Option<Finding> {
    let Some(known) = ANNOTATIONS.iter().find(|known| known.name == name && known.kinds.contains(&kind)) else {
        return unknown(kind, name, path);
    };
    if let Some((code, message, help)) = known.life.problem(version, &format!("the annotation `{name}`")) {
        return Some(super::trigger::on_key(finding(code, path, message).help(help)));
    }
    let text = value.as_str()?;
    match name.rsplit('/').next().unwrap_or_default() {
        "paused" if boolean(text).is_none() => {
            let message = format!("`{text}` is neither true nor false, and KEDA takes it for true");
            Some(finding("keda/paused-not-boolean", path, message).help("write \"true\" or \"false\""))
        }
        "paused-replicas" if integer(text).is_none_or(|count| !(0..=i64::from(i32::MAX)).contains(&count)) => {
            let message = format!("`{text}` is no count of replicas");
            Some(finding("keda/bad-annotation", path, message).help("write a whole number, such as \"0\""))
        }
        _ => None,
    }
}

/// Other annotations are anyone's, unless they speak to KEDA.
fn unknown(kind: Kind, name: &str, path: &Path) -> Option<Finding> {
    let here = || ANNOTATIONS.iter().filter(|known| known.kinds.contains(&kind)).map(|known| known.name);
    let (domain, _) = name.split_once('/')?;
    let speaks_to_keda = domain.ends_with("keda.sh") || domain == "autoscaling.keda.io";
    let slip = closest(name, here());
    if !speaks_to_keda || !domain.contains('.') {
        return None;
    }
    let message = format!("KEDA reads no annotation `{name}` of a {}", kind.name());
    let help = match slip {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("it reads {}", here().collect::<Vec<_>>().join(", ")),
    };
    Some(super::trigger::on_key(finding("keda/unknown-annotation", path, message).help(help)))
}
