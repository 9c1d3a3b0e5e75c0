//! The triggers of a scaler: each against its table, and what holds between them.

use std::collections::BTreeMap;

use super::codes::finding;
use super::said::{self, Entries, Said};
use super::trigger::{Authentication, Trigger};
use super::triggers::{Known, known};
use super::version::Version;
use crate::provider::Finding;
use crate::value::Path;

/// What the triggers of a scaler have in common.
pub(super) struct Scaler<'a> {
    pub(super) spec: &'a Entries,
    pub(super) version: Version,
    /// A formula makes the metric.
    pub(super) has_formula: bool,
    pub(super) is_job: bool,
}

pub(super) fn path_of(index: usize) -> Path {
    Path::field("spec").key("triggers").index(index)
}

impl Scaler<'_> {
    /// Everything about the triggers that needs no other object.
    pub(super) fn check(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if said::list(self.spec, "triggers").known().is_some_and(<[_]>::is_empty) {
            let message = "there is no trigger";
            let help = "say what to scale by: add a trigger";
            findings.push(finding("keda/no-triggers", &Path::field("spec").key("triggers"), message).help(help));
        }
        let mut names = BTreeMap::new();
        for (index, entry) in said::entries_of(self.spec, "triggers") {
            let path = path_of(index);
            if let Some(name) = said::filled(entry, "name").known()
                && let Some(first) = names.insert(name, index)
            {
                let message = format!("triggers {first} and {index} are both named `{name}`");
                let help = "give each its own name";
                findings.push(finding("keda/duplicate-trigger-name", &path.key("name"), message).help(help));
            }
            findings.extend(self.check_settings(entry, &path));
            let seen = match said::value(entry, "authenticationRef") {
                None => Authentication::None,
                Some(_) => Authentication::Unseen,
            };
            findings.extend(self.check_trigger(entry, index, &seen));
        }
        findings
    }

    /// One trigger, with what is known of its authentication.
    pub(super) fn check_trigger(&self, entry: &Entries, index: usize, seen: &Authentication) -> Vec<Finding> {
        let Some(name) = said::filled(entry, "type").known() else { return Vec::new() };
        let at = path_of(index);
        let table = match known(name) {
            Known::Table(table) => table,
            Known::Name(life) => return vec![by_name(name, life, &at.key("type"), self.version)],
            Known::Not(slip) => return vec![unknown_type(name, slip, &at.key("type"))],
        };
        let trigger = Trigger {
            trigger_type: table,
            name,
            metadata: said::map(entry, "metadata"),
            path: at.key("metadata"),
            at,
            metric_type: said::filled(entry, "metricType"),
            authentication: seen,
            version: self.version,
            in_formula: self.has_formula && !is_resource(entry),
        };
        trigger.check()
    }

    /// The settings that all types of triggers have.
    fn check_settings(&self, entry: &Entries, path: &Path) -> Vec<Finding> {
        let mut findings = Vec::new();
        let trigger_type = said::filled(entry, "type").known().unwrap_or_default();
        let caches = said::boolean(entry, "useCachedMetrics") == Said::This(true);
        if caches && matches!(trigger_type, "cpu" | "memory" | "cron") {
            let message = format!("{trigger_type} has no metric that KEDA could keep");
            let help = "leave out `useCachedMetrics`";
            findings.push(finding("keda/cached-metrics", &path.key("useCachedMetrics"), message).help(help));
        }
        let Some(metric_type) = said::filled(entry, "metricType").known() else { return findings };
        let path = path.key("metricType");
        if self.is_job {
            let message = "a trigger of a ScaledJob has no metric type";
            findings.push(finding("keda/metric-type", &path, message).help("leave out `metricType`"));
        } else if metric_type == "Utilization" && !trigger_type.is_empty() && !is_resource(entry) {
            let message = format!("{trigger_type} has no metric type `Utilization`: there is nothing to be a share of");
            let help = "write `AverageValue` for so much a replica, or `Value` for so much in all";
            findings.push(finding("keda/metric-type", &path, message).help(help));
        }
        findings
    }
}

/// Whether the trigger at that place has a parameter of that name.
pub(super) fn has_parameter(spec: &Entries, index: usize, name: &str) -> bool {
    let entries = said::entries_of(spec, "triggers");
    let entry = entries.iter().find(|(place, _)| *place == index).map(|(_, entry)| *entry);
    match entry.and_then(|entry| said::filled(entry, "type").known()).map(known) {
        Some(Known::Table(table)) => table.parameters().any(|parameter| parameter.names.contains(&name)),
        _ => false,
    }
}

/// Whether it is one of the triggers that the autoscaler measures itself.
pub(super) fn is_resource(entry: &Entries) -> bool {
    matches!(said::filled(entry, "type"), Said::This("cpu" | "memory"))
}

/// Whether that cannot be told.
pub(super) fn may_be_resource(entry: &Entries) -> bool {
    is_resource(entry) || said::filled(entry, "type").is_unclear()
}

fn by_name(name: &str, life: super::version::Life, path: &Path, version: Version) -> Finding {
    if let Some((code, message, help)) = life.problem(version, &format!("the trigger `{name}`")) {
        return finding(code, path, message).help(help);
    }
    let message = format!("the metadata of `{name}` are not checked: this build knows the type by name only");
    let help = "compare them with KEDA's documentation of the scaler";
    finding("keda/unchecked-trigger", path, message).help(help)
}

fn unknown_type(name: &str, slip: Option<&str>, path: &Path) -> Finding {
    let help = match slip {
        Some(word) => format!("did you mean `{word}`?"),
        None => "see the list of scalers in KEDA's documentation".to_owned(),
    };
    finding("keda/unknown-trigger", path, format!("no KEDA up to 2.20 has a trigger `{name}`")).help(help)
}
