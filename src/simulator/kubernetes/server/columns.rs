//! The columns of tables: those of the kinds people look at, and those that definitions of custom resources name.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::cells as c;
use super::json_path;
use super::kinds::Kind;
use super::object::text;
use crate::clock::Timestamp;

/// One column, and where its cells come from.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    kind: String,
    pub(super) format: String,
    /// Above zero only where there is room.
    pub(super) priority: i64,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    Path(String),
    Cell(fn(&Json, Timestamp) -> Json),
}

impl Column {
    pub(super) fn cell(&self, object: &Json, now: Timestamp) -> Json {
        match &self.source {
            Source::Cell(cell) => cell(object, now),
            Source::Path(path) => found(object, path, &self.kind, now),
        }
    }

    /// Dates are shown as ages.
    pub(super) fn shown_type(&self) -> &str {
        if self.kind == "date" && matches!(self.source, Source::Cell(_)) { "string" } else { &self.kind }
    }
}

fn found(object: &Json, path: &str, kind: &str, now: Timestamp) -> Json {
    let values = json_path::find(object, path);
    let Some(first) = values.first() else { return Json::Null };
    match kind {
        "date" => json!(c::age(first.as_str().unwrap_or_default(), now)),
        "integer" | "number" | "boolean" => (*first).clone(),
        _ => {
            let texts = values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            json!(texts.collect::<Vec<_>>().join(","))
        }
    }
}

pub(super) fn of(kind: &Kind) -> Vec<Column> {
    match &kind.custom {
        Some(custom) => custom_columns(&custom.version),
        None => built_in(&kind.plural),
    }
}

fn custom_columns(version: &Json) -> Vec<Column> {
    let mut columns = vec![named("Name", "string", 0, c::name)];
    match version["additionalPrinterColumns"].as_array() {
        Some(all) => columns.extend(all.iter().map(|column| Column {
            name: text(column, "name").to_owned(),
            kind: text(column, "type").to_owned(),
            format: text(column, "format").to_owned(),
            priority: column["priority"].as_i64().unwrap_or_default(),
            source: Source::Path(text(column, "jsonPath").to_owned()),
        })),
        None => columns.push(named("Age", "date", 0, c::created)),
    }
    columns
}

fn named(name: &str, kind: &str, priority: i64, cell: fn(&Json, Timestamp) -> Json) -> Column {
    let (name, kind) = (name.to_owned(), kind.to_owned());
    Column { name, kind, format: String::new(), priority, source: Source::Cell(cell) }
}

/// Name, whether it is an integer, whether it is only for wide tables, and the cell.
type Row = (&'static str, bool, bool, fn(&Json, Timestamp) -> Json);

fn built_in(plural: &str) -> Vec<Column> {
    let rows = TABLES.iter().find(|(resource, _)| *resource == plural).map_or(ANY, |(_, rows)| rows);
    let column = |(name, integer, wide, cell): &Row| {
        named(name, if *integer { "integer" } else { "string" }, i64::from(*wide), *cell)
    };
    rows.iter().map(column).collect()
}

const NAME: Row = ("Name", false, false, c::name);
const AGE: Row = ("Age", false, false, c::created);
const CONTAINERS: Row = ("Containers", false, true, c::containers);
const IMAGES: Row = ("Images", false, true, c::images);
const SELECTOR: Row = ("Selector", false, true, c::selector);
const ANY: &[Row] = &[NAME, AGE];

const TABLES: &[(&str, &[Row])] = &[
    (
        "pods",
        &[
            NAME,
            ("Ready", false, false, c::pod_ready),
            ("Status", false, false, c::pod_status),
            ("Restarts", false, false, c::pod_restarts),
            AGE,
            ("IP", false, true, |o, _| c::or_none(&o["status"]["podIP"])),
            ("Node", false, true, |o, _| c::or_none(&o["spec"]["nodeName"])),
            ("Nominated Node", false, true, |o, _| c::or_none(&o["status"]["nominatedNodeName"])),
            ("Readiness Gates", false, true, |_, _| json!("<none>")),
        ],
    ),
    (
        "deployments",
        &[
            NAME,
            ("Ready", false, false, c::ready_replicas),
            ("Up-to-date", true, false, |o, _| c::number(&o["status"]["updatedReplicas"])),
            ("Available", true, false, |o, _| c::number(&o["status"]["availableReplicas"])),
            AGE,
            CONTAINERS,
            IMAGES,
            SELECTOR,
        ],
    ),
    (
        "replicasets",
        &[
            NAME,
            ("Desired", true, false, |o, _| c::number(&o["spec"]["replicas"])),
            ("Current", true, false, |o, _| c::number(&o["status"]["replicas"])),
            ("Ready", true, false, |o, _| c::number(&o["status"]["readyReplicas"])),
            AGE,
            CONTAINERS,
            IMAGES,
            SELECTOR,
        ],
    ),
    ("statefulsets", &[NAME, ("Ready", false, false, c::ready_replicas), AGE, CONTAINERS, IMAGES]),
    (
        "daemonsets",
        &[
            NAME,
            ("Desired", true, false, |o, _| c::number(&o["status"]["desiredNumberScheduled"])),
            ("Current", true, false, |o, _| c::number(&o["status"]["currentNumberScheduled"])),
            ("Ready", true, false, |o, _| c::number(&o["status"]["numberReady"])),
            ("Up-to-date", true, false, |o, _| c::number(&o["status"]["updatedNumberScheduled"])),
            ("Available", true, false, |o, _| c::number(&o["status"]["numberAvailable"])),
            ("Node Selector", false, false, |o, _| c::pairs(&o["spec"]["template"]["spec"]["nodeSelector"])),
            AGE,
            CONTAINERS,
            IMAGES,
            SELECTOR,
        ],
    ),
    (
        "jobs",
        &[
            NAME,
            ("Status", false, false, c::job_status),
            ("Completions", false, false, c::job_completions),
            ("Duration", false, false, c::job_duration),
            AGE,
            CONTAINERS,
            IMAGES,
            SELECTOR,
        ],
    ),
    (
        "cronjobs",
        &[
            NAME,
            ("Schedule", false, false, |o, _| c::or_none(&o["spec"]["schedule"])),
            ("Timezone", false, false, |o, _| c::or_none(&o["spec"]["timeZone"])),
            ("Suspend", false, false, c::suspended),
            ("Active", true, false, |o, _| json!(o["status"]["active"].as_array().map_or(0, Vec::len))),
            ("Last Schedule", false, false, |o, now| c::age_or_none(&o["status"]["lastScheduleTime"], now)),
            AGE,
            CONTAINERS,
            IMAGES,
            SELECTOR,
        ],
    ),
    (
        "services",
        &[
            NAME,
            ("Type", false, false, |o, _| c::or_none(&o["spec"]["type"])),
            ("Cluster-IP", false, false, |o, _| c::or_none(&o["spec"]["clusterIP"])),
            ("External-IP", false, false, c::external_ip),
            ("Port(s)", false, false, c::ports),
            AGE,
            ("Selector", false, true, |o, _| c::pairs(&o["spec"]["selector"])),
        ],
    ),
    ("namespaces", &[NAME, ("Status", false, false, |o, _| c::or_none(&o["status"]["phase"])), AGE]),
    (
        "nodes",
        &[
            NAME,
            ("Status", false, false, c::node_status),
            ("Roles", false, false, c::node_roles),
            AGE,
            ("Version", false, false, |o, _| c::or_none(&o["status"]["nodeInfo"]["kubeletVersion"])),
            ("Internal-IP", false, true, |o, _| c::node_address(o, "InternalIP")),
            ("External-IP", false, true, |o, _| c::node_address(o, "ExternalIP")),
            ("OS-Image", false, true, |o, _| c::or_unknown(&o["status"]["nodeInfo"]["osImage"])),
            ("Kernel-Version", false, true, |o, _| c::or_unknown(&o["status"]["nodeInfo"]["kernelVersion"])),
            ("Container-Runtime", false, true, |o, _| {
                c::or_unknown(&o["status"]["nodeInfo"]["containerRuntimeVersion"])
            }),
        ],
    ),
    ("configmaps", &[NAME, ("Data", true, false, c::entries), AGE]),
    ("secrets", &[NAME, ("Type", false, false, |o, _| c::or_none(&o["type"])), ("Data", true, false, c::entries), AGE]),
    (
        "serviceaccounts",
        &[NAME, ("Secrets", true, false, |o, _| json!(o["secrets"].as_array().map_or(0, Vec::len))), AGE],
    ),
    (
        "persistentvolumeclaims",
        &[
            NAME,
            ("Status", false, false, |o, _| c::or_none(&o["status"]["phase"])),
            ("Volume", false, false, |o, _| c::or_empty(&o["spec"]["volumeName"])),
            ("Capacity", false, false, |o, _| c::or_empty(&o["status"]["capacity"]["storage"])),
            ("Access Modes", false, false, c::access_modes),
            ("StorageClass", false, false, |o, _| c::or_empty(&o["spec"]["storageClassName"])),
            ("VolumeAttributesClass", false, false, |_, _| json!("<unset>")),
            AGE,
            ("VolumeMode", false, true, |o, _| c::or_none(&o["spec"]["volumeMode"])),
        ],
    ),
    (
        "horizontalpodautoscalers",
        &[
            NAME,
            ("Reference", false, false, c::scale_target),
            ("Targets", false, false, c::scale_metrics),
            ("MinPods", false, false, |o, _| c::number_or(&o["spec"]["minReplicas"], "<unset>")),
            ("MaxPods", true, false, |o, _| c::number(&o["spec"]["maxReplicas"])),
            ("Replicas", true, false, |o, _| c::number(&o["status"]["currentReplicas"])),
            AGE,
        ],
    ),
    (
        "customresourcedefinitions",
        &[NAME, ("Created At", false, false, |o, _| o["metadata"]["creationTimestamp"].clone())],
    ),
    (
        "apiservices",
        &[NAME, ("Service", false, false, c::api_service), ("Available", false, false, c::api_available), AGE],
    ),
    (
        "poddisruptionbudgets",
        &[
            NAME,
            ("Min Available", false, false, |o, _| c::number_or(&o["spec"]["minAvailable"], "N/A")),
            ("Max Unavailable", false, false, |o, _| c::number_or(&o["spec"]["maxUnavailable"], "N/A")),
            ("Allowed Disruptions", true, false, |o, _| c::number(&o["status"]["disruptionsAllowed"])),
            AGE,
        ],
    ),
    (
        "events",
        &[
            ("Last Seen", false, false, c::last_seen),
            ("Type", false, false, |o, _| c::or_empty(&o["type"])),
            ("Reason", false, false, |o, _| c::or_empty(&o["reason"])),
            ("Object", false, false, c::event_object),
            ("Subobject", false, true, |o, _| c::or_empty(&o["involvedObject"]["fieldPath"])),
            ("Source", false, true, |o, _| c::or_empty(&o["source"]["component"])),
            ("Message", false, false, c::event_message),
            ("First Seen", false, true, |o, now| c::age_or_none(&o["firstTimestamp"], now)),
            ("Count", true, true, |o, _| c::number(&o["count"])),
            ("Name", false, true, c::name),
        ],
    ),
];

/// How old something is, for people: two units at most.
pub(super) fn human(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |first: u64, unit: &str, second: u64, smaller: &str| match second {
        0 => format!("{first}{unit}"),
        second => format!("{first}{unit}{second}{smaller}"),
    };
    match () {
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => two(minutes, "m", seconds % 60, "s"),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => two(hours, "h", minutes % 60, "m"),
        () if hours < 48 => format!("{hours}h"),
        () if days < 8 => two(days, "d", hours % 24, "h"),
        () if days < 730 => format!("{days}d"),
        () if days < 8 * 365 => two(days / 365, "y", days % 365, "d"),
        () => format!("{}y", days / 365),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_short() {
        let cases = [
            (5, "5s"),
            (119, "119s"),
            (125, "2m5s"),
            (600, "10m"),
            (10_800, "3h"),
            (11_000, "3h3m"),
            (90_000, "25h"),
            (172_800, "2d"),
            (180_000, "2d2h"),
            (86_400 * 30, "30d"),
            (86_400 * 800, "2y70d"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(human(Duration::from_secs(seconds)), expected, "{seconds}");
        }
    }
}
