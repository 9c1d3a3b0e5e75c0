//! Scalers that get in each other's way.

use std::collections::BTreeMap;

use super::{Cluster, Seen};
use crate::provider::Finding;
use crate::providers::keda::annotations::{TRANSFER, autoscaler_name};
use crate::providers::keda::codes::finding;
use crate::providers::keda::said::{self, Entries, Said};
use crate::value::Path;

/// On an autoscaler: KEDA leaves it alone.
const OPT_OUT: &str = "validations.keda.sh/hpa-ownership";

/// A workload, as a scaler names it: group, kind, namespace and name.
type Target<'a> = (String, &'a str, &'a str, &'a str);

pub(super) fn check(cluster: &Cluster<'_>) -> Vec<(usize, Finding)> {
    let mut findings = Vec::new();
    let mut targets: BTreeMap<Target<'_>, &Seen<'_>> = BTreeMap::new();
    let mut autoscalers: BTreeMap<(&str, String), &Seen<'_>> = BTreeMap::new();
    for object in cluster.of_kind("keda.sh", "ScaledObject") {
        let Some(target) = target(object) else { continue };
        let path = Path::field("spec").key("scaleTargetRef");
        let own_autoscaler = cluster
            .of_kind("autoscaling", "HorizontalPodAutoscaler")
            .find(|other| self::target(other).as_ref() == Some(&target) && conflicts(object, other));
        if let Some(other) = own_autoscaler.filter(|_| object.keda.is_some()) {
            let message =
                format!("the autoscaler `{}` of the stack scales the same workload", other.name.unwrap_or_default());
            let help = "KEDA makes an autoscaler of its own: remove that one, and move its metrics to triggers";
            findings.push((object.index, finding("keda/hpa-too", &path, message).help(help)));
        }
        if let Some(first) = targets.get(&target).filter(|_| object.keda.is_some()) {
            let message = format!("the ScaledObject `{}` scales the same workload", first.name.unwrap_or_default());
            let help = "put the triggers of both into one ScaledObject";
            findings.push((object.index, finding("keda/two-scalers", &path, message).help(help)));
        } else if let Some(name) = named_autoscaler(object) {
            let key = (target.2, name);
            if let Some(first) = autoscalers.get(&key).filter(|_| object.keda.is_some()) {
                let message =
                    format!("the ScaledObject `{}` has an autoscaler of that name", first.name.unwrap_or_default());
                let path = Path::field("spec").key("advanced").key("horizontalPodAutoscalerConfig").key("name");
                findings
                    .push((object.index, finding("keda/same-hpa-name", &path, message).help("give it another name")));
            }
            autoscalers.insert(key, object);
        }
        targets.entry(target).or_insert(object);
    }
    findings
}

/// What a ScaledObject or an autoscaler scales, if that is known.
fn target<'a>(object: &Seen<'a>) -> Option<Target<'a>> {
    let target = said::within(object.spec(), |spec: &'a Entries| said::map(spec, "scaleTargetRef")).known()?;
    let kind = said::filled(target, "kind").or("Deployment")?;
    let api_version = said::filled(target, "apiVersion").or("apps/v1")?;
    let group = api_version.split_once('/').map_or("", |(group, _)| group).to_owned();
    Some((group, kind, object.namespace?, said::filled(target, "name").known()?))
}

/// Whether KEDA would refuse because of an autoscaler that is there.
fn conflicts(object: &Seen<'_>, autoscaler: &Seen<'_>) -> bool {
    if matches!(autoscaler.annotation(OPT_OUT), Said::This("false") | Said::Unclear) {
        return false;
    }
    let takes_over = !matches!(object.annotation(TRANSFER), Said::Nothing | Said::This("false"));
    let named = object.root.map(autoscaler_name);
    let same = match (&named, autoscaler.name) {
        (Some(Said::This(name)), Some(other)) => name == other,
        _ => true,
    };
    !(takes_over && same)
}

fn named_autoscaler(object: &Seen<'_>) -> Option<String> {
    autoscaler_name(object.root?).known()
}
