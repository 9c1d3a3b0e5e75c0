//! A record of one revision, as Helm 3 and 4 read and write it.
//!
//! It is kept as the JSON it came as, so that what a newer Helm says in it survives being rewritten.

use serde_json::{Map, Value as Json, json};

use super::{RecordError, Status, encoding};
use crate::clock::{Timestamp, rfc3339};
use crate::providers::helm::manifest::{Event, Hook};

/// One revision of a release.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Record {
    json: Map<String, Json>,
}

/// How the objects of a revision were applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ApplyMethod {
    /// The client worked out a patch: what Helm 3 does.
    ClientSide,
    ServerSide,
}

/// What came of running a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Running,
    Succeeded,
    Failed,
}

impl Record {
    pub(crate) fn new(name: &str, namespace: &str, revision: u64, now: Timestamp) -> Self {
        let mut record = Self::default();
        record.set("name", name);
        record.set("namespace", namespace);
        record.set("version", revision);
        record.set("apply_method", "ssa");
        record.set_info("first_deployed", rfc3339(now));
        record.set_info("last_deployed", rfc3339(now));
        record
    }

    pub(crate) fn encode(&self) -> Result<String, RecordError> {
        encoding::encode(&self.json)
    }

    pub(crate) fn decode(text: &str) -> Result<Self, RecordError> {
        let json = encoding::decode(text)?;
        let record = Self { json };
        if record.name().is_empty() || record.revision() == 0 {
            return Err(RecordError::new("it is no record of Helm's: it has no name or no revision"));
        }
        Ok(record)
    }

    pub(crate) fn name(&self) -> &str {
        self.text("name")
    }

    pub(crate) fn namespace(&self) -> &str {
        self.text("namespace")
    }

    pub(crate) fn revision(&self) -> u64 {
        self.json.get("version").and_then(Json::as_u64).unwrap_or(0)
    }

    pub(crate) fn set_revision(&mut self, revision: u64) {
        self.set("version", revision);
    }

    pub(crate) fn manifest(&self) -> &str {
        self.text("manifest")
    }

    pub(crate) fn set_manifest(&mut self, manifest: &str) {
        self.set("manifest", manifest);
    }

    /// The values that the user gave.
    pub(crate) fn config(&self) -> Map<String, Json> {
        self.json.get("config").and_then(Json::as_object).cloned().unwrap_or_default()
    }

    pub(crate) fn set_config(&mut self, config: &Map<String, Json>) {
        self.set("config", plain_numbers(&Json::Object(config.clone())));
    }

    pub(crate) fn chart(&self) -> &Json {
        self.json.get("chart").unwrap_or(&Json::Null)
    }

    pub(crate) fn set_chart(&mut self, chart: Json) {
        self.set("chart", chart);
    }

    /// A field of the chart's `Chart.yaml`, such as `name` or `version`.
    pub(crate) fn chart_metadata(&self, field: &str) -> &str {
        self.chart().pointer("/metadata").and_then(|all| all.get(field)?.as_str()).unwrap_or_default()
    }

    pub(crate) fn apply_method(&self) -> ApplyMethod {
        match self.text("apply_method") {
            "ssa" => ApplyMethod::ServerSide,
            _ => ApplyMethod::ClientSide,
        }
    }

    pub(crate) fn set_server_side(&mut self) {
        self.set("apply_method", "ssa");
    }

    pub(crate) fn status(&self) -> Status {
        Status::parse(self.info("status"))
    }

    pub(crate) fn description(&self) -> &str {
        self.info("description")
    }

    pub(crate) fn set_status(&mut self, status: Status, description: &str) {
        self.set_info("status", status.name());
        self.set_info("description", description);
    }

    #[cfg(test)]
    pub(crate) fn notes(&self) -> &str {
        self.info("notes")
    }

    pub(crate) fn set_notes(&mut self, notes: &str) {
        self.set_info("notes", notes);
    }

    /// When the release began to be, whatever its revision; kept as it was written.
    pub(crate) fn first_deployed(&self) -> Option<Json> {
        self.json
            .get("info")?
            .get("first_deployed")
            .filter(|time| time.as_str().is_some_and(|time| !time.is_empty()))
            .cloned()
    }

    /// This revision follows another one of the same release.
    pub(crate) fn set_first_deployed(&mut self, time: Json) {
        self.set_info("first_deployed", time);
    }

    pub(crate) fn set_last_deployed(&mut self, now: Timestamp) {
        self.set_info("last_deployed", rfc3339(now));
    }

    pub(crate) fn set_deleted(&mut self, now: Timestamp) {
        self.set_info("deleted", rfc3339(now));
    }

    pub(crate) fn set_rollback_revision(&mut self, revision: u64) {
        self.set_info("rollback_revision", revision);
    }

    #[cfg(all(test, feature = "simulator"))]
    pub(crate) fn rollback_revision(&self) -> Option<u64> {
        self.json.get("info")?.get("rollback_revision")?.as_u64().filter(|revision| *revision > 0)
    }

    /// The hooks, whole again: their objects are read from their manifests.
    pub(crate) fn hooks(&self) -> Vec<Hook> {
        self.json.get("hooks").and_then(Json::as_array).into_iter().flatten().map(hook).collect()
    }

    pub(crate) fn set_hooks(&mut self, hooks: &[Hook]) {
        let hooks: Vec<Json> = hooks.iter().map(hook_json).collect();
        self.set("hooks", hooks);
    }

    /// Notes when a hook ran, and with what result.
    pub(crate) fn set_last_run(
        &mut self,
        index: usize,
        started: Timestamp,
        completed: Option<Timestamp>,
        phase: Phase,
    ) {
        let Some(hook) = self.json.get_mut("hooks").and_then(|hooks| hooks.get_mut(index)?.as_object_mut()) else {
            return;
        };
        let phase = match phase {
            Phase::Running => "Running",
            Phase::Succeeded => "Succeeded",
            Phase::Failed => "Failed",
        };
        let mut run = json!({"started_at": rfc3339(started), "phase": phase});
        if let Some(completed) = completed {
            run["completed_at"] = rfc3339(completed).into();
        }
        hook.insert("last_run".to_owned(), run);
    }

    /// The hooks of this event that need not run again, by their places. One that has two turns has to.
    pub(crate) fn done(&self, event: Event) -> Vec<usize> {
        let succeeded = |index: &usize| {
            let phase =
                self.json.get("hooks").and_then(|hooks| hooks.get(*index)?.pointer("/last_run/phase")?.as_str());
            phase == Some("Succeeded")
        };
        let hooks = self.hooks();
        let due = hooks.iter().enumerate().filter(|(_, hook)| hook.events == [event]);
        due.map(|(index, _)| index).filter(succeeded).collect()
    }

    /// Another operation begins, in which no hook has run yet.
    pub(crate) fn forget_runs(&mut self) {
        let hooks = self.json.get_mut("hooks").and_then(Json::as_array_mut);
        for hook in hooks.into_iter().flatten().filter_map(Json::as_object_mut) {
            hook.insert("last_run".to_owned(), json!({"phase": ""}));
        }
    }

    fn text(&self, key: &str) -> &str {
        self.json.get(key).and_then(Json::as_str).unwrap_or_default()
    }

    fn info(&self, key: &str) -> &str {
        self.json.get("info").and_then(|info| info.get(key)?.as_str()).unwrap_or_default()
    }

    /// What is empty is left out, as Helm leaves it out.
    fn set(&mut self, key: &str, value: impl Into<Json>) {
        set(&mut self.json, key, value.into());
    }

    fn set_info(&mut self, key: &str, value: impl Into<Json>) {
        let info = self.json.entry("info").or_insert_with(|| json!({}));
        if !info.is_object() {
            *info = json!({});
        }
        if let Some(info) = info.as_object_mut() {
            set(info, key, value.into());
        }
    }
}

fn set(fields: &mut Map<String, Json>, key: &str, value: Json) {
    let is_empty = match &value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(entries) => entries.is_empty(),
        _ => false,
    };
    match is_empty {
        true => fields.remove(key),
        false => fields.insert(key.to_owned(), value),
    };
}

fn hook_json(hook: &Hook) -> Json {
    let mut json = Map::new();
    set(&mut json, "name", hook.name.as_str().into());
    set(&mut json, "kind", hook.kind.as_str().into());
    set(&mut json, "path", hook.path.as_str().into());
    set(&mut json, "manifest", hook.manifest.as_str().into());
    set(&mut json, "events", hook.events.iter().map(|event| event.name()).collect());
    json.insert("last_run".to_owned(), json!({"phase": ""}));
    if hook.weight != 0 {
        json.insert("weight".to_owned(), hook.weight.into());
    }
    set(&mut json, "delete_policies", hook.delete_policies.iter().map(String::as_str).collect());
    set(&mut json, "output_log_policies", hook.output_log_policies.iter().map(String::as_str).collect());
    Json::Object(json)
}

fn hook(json: &Json) -> Hook {
    let text = |key: &str| json.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    let texts = |key: &str| -> Vec<String> {
        let all = json.get(key).and_then(Json::as_array).into_iter().flatten();
        all.filter_map(|one| one.as_str().map(str::to_owned)).collect()
    };
    let manifest = text("manifest");
    let object = crate::providers::helm::manifest::documents(&manifest).into_iter().next();
    Hook {
        name: text("name"),
        kind: text("kind"),
        path: text("path"),
        object: object.map(|document| document.object).unwrap_or_default(),
        manifest,
        events: texts("events").iter().filter_map(|name| Event::parse(name)).collect(),
        weight: json.get("weight").and_then(Json::as_i64).unwrap_or(0),
        delete_policies: texts("delete_policies"),
        output_log_policies: texts("output_log_policies"),
    }
}

/// Values with whole numbers written as such: `1`, not `1.0`, as Go writes a float64.
pub(super) fn plain_numbers(value: &Json) -> Json {
    /// Up to here every whole number has a float of its own.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Json::Number(number) if number.is_f64() => match number.as_f64() {
            #[expect(clippy::cast_possible_truncation, reason = "whole, and small enough to be exact")]
            Some(float) if float.fract() == 0.0 && float.abs() <= EXACT => Json::from(float as i64),
            _ => value.clone(),
        },
        Json::Array(items) => items.iter().map(plain_numbers).collect(),
        Json::Object(entries) => {
            Json::Object(entries.iter().map(|(key, entry)| (key.clone(), plain_numbers(entry))).collect())
        }
        plain => plain.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const NOW: Timestamp = Duration::from_secs(1_800_000_000);

    fn record() -> Record {
        let mut record = Record::new("web", "demo", 3, NOW);
        record.set_status(Status::Deployed, "Install complete");
        record.set_manifest("---\n# Source: c/templates/a.yaml\nkind: A\n");
        record
    }

    #[test]
    fn a_record_reads_back() {
        let record = record();
        let read = Record::decode(&record.encode().unwrap()).unwrap();
        assert_eq!(read, record);
        assert_eq!((read.name(), read.namespace(), read.revision()), ("web", "demo", 3));
        assert_eq!((read.status(), read.description()), (Status::Deployed, "Install complete"));
        assert_eq!(read.apply_method(), ApplyMethod::ServerSide);
    }

    #[test]
    fn what_a_newer_helm_says_survives_a_rewrite() {
        let mut json = record().json;
        json.insert("sequence".to_owned(), json!({"a": [1]}));
        json["info"]["resources"] = json!({"v1/Pod": []});
        let mut read = Record::decode(&encoding::encode(&json).unwrap()).unwrap();
        read.set_status(Status::Superseded, "");
        assert_eq!(read.json["sequence"], json!({"a": [1]}));
        assert_eq!(read.json["info"]["resources"], json!({"v1/Pod": []}));
        assert!(read.json["info"].get("description").is_none());
    }

    #[test]
    fn times_of_both_helms_are_read() {
        for (time, expected) in [
            (json!(""), None),
            (Json::Null, None),
            (json!("2026-01-01T00:00:00+02:00"), Some(json!("2026-01-01T00:00:00+02:00"))),
        ] {
            let mut json = record().json;
            json["info"]["first_deployed"] = time.clone();
            let read = Record::decode(&encoding::encode(&json).unwrap()).unwrap();
            assert_eq!(read.first_deployed(), expected, "{time}");
        }
    }

    #[test]
    fn a_record_of_helm_3_was_applied_by_the_client() {
        let mut json = record().json;
        json.remove("apply_method");
        assert_eq!(Record { json: json.clone() }.apply_method(), ApplyMethod::ClientSide);
        json.insert("apply_method".to_owned(), "csa".into());
        assert_eq!(Record { json }.apply_method(), ApplyMethod::ClientSide);
    }

    #[test]
    fn hooks_are_whole_again() {
        let hook = Hook {
            name: "migrate".to_owned(),
            kind: "Job".to_owned(),
            path: "c/templates/a.yaml".to_owned(),
            manifest: "kind: Job\nmetadata:\n  name: migrate\n".to_owned(),
            object: json!({"kind": "Job", "metadata": {"name": "migrate"}}),
            events: vec![Event::PreInstall, Event::PreUpgrade],
            weight: -3,
            delete_policies: vec!["hook-succeeded".to_owned()],
            output_log_policies: Vec::new(),
        };
        let mut record = record();
        record.set_hooks(std::slice::from_ref(&hook));
        record.set_last_run(0, NOW, Some(NOW), Phase::Succeeded);
        record.set_last_run(7, NOW, None, Phase::Running);
        let read = Record::decode(&record.encode().unwrap()).unwrap();
        assert_eq!(read.hooks(), [hook]);
        assert_eq!(read.json["hooks"][0]["last_run"]["phase"], "Succeeded");
        assert!(read.json["hooks"][0].get("output_log_policies").is_none());
        assert_eq!(read.done(Event::PreInstall), [] as [usize; 0], "it has another turn");
        record.json["hooks"][0]["events"] = json!(["pre-delete"]);
        assert_eq!(record.done(Event::PreDelete), [0]);
        record.forget_runs();
        assert_eq!(record.done(Event::PreDelete), [] as [usize; 0]);
    }

    #[test]
    fn whole_numbers_are_written_whole() {
        let mut record = record();
        let config = json!({"a": 1.0, "b": 1.5, "c": [2.0, {"d": 1e300}], "e": 3});
        record.set_config(config.as_object().unwrap());
        assert_eq!(Json::Object(record.config()).to_string(), r#"{"a":1,"b":1.5,"c":[2,{"d":1e+300}],"e":3}"#);
    }

    #[test]
    fn a_record_without_a_name_is_none() {
        for json in [json!({}), json!({"name": "a"}), json!({"version": 1}), json!({"name": 1, "version": 1})] {
            let text = encoding::encode(json.as_object().unwrap()).unwrap();
            assert!(Record::decode(&text).is_err(), "{json}");
        }
    }

    #[test]
    fn a_record_that_helm_wrote_is_read_and_is_as_ours_would_be() {
        use crate::providers::helm::manifest;
        let text: String = include_str!("by-helm-4.3.txt").split_whitespace().collect();
        let read = Record::decode(&text).unwrap();
        assert_eq!((read.name(), read.namespace(), read.revision()), ("demo", "default", 1));
        assert_eq!((read.status(), read.description()), (Status::Deployed, "Install complete"));
        assert_eq!((read.apply_method(), read.notes()), (ApplyMethod::ServerSide, "Hello demo.\n"));
        assert_eq!(Json::Object(read.config()), json!({"replicas": 3}));
        assert_eq!((read.chart_metadata("name"), read.chart_metadata("version")), ("web", "1.2.3"));
        let a = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: demo\ndata:\n  replicas: \"3\"\n\n\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: demo\n";
        let hook = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: demo-hook\n  annotations:\n    helm.sh/hook: pre-install,post-upgrade\n    helm.sh/hook-weight: \"-5\"\n    helm.sh/hook-delete-policy: hook-succeeded\n";
        let files = [
            ("web/templates/a.yaml", a),
            ("web/templates/hook.yaml", hook),
            ("web/templates/NOTES.txt", "Hello demo.\n"),
        ];
        let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let sorted = manifest::sort(&files, "web").unwrap();
        assert_eq!((sorted.manifest.as_str(), sorted.notes.as_deref()), (read.manifest(), Some(read.notes())));
        assert_eq!(sorted.hooks, read.hooks());
        // What we write of the same hooks has the same fields.
        let mut own = Record::new("demo", "default", 1, NOW);
        own.set_hooks(&sorted.hooks);
        own.set_last_run(0, NOW, Some(NOW), Phase::Succeeded);
        let fields = |record: &Record| record.json["hooks"][0].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(fields(&own), fields(&read));
    }
}
