//! A chart as Helm keeps it in a record. Dependencies are not kept, as Helm does not keep them either.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value as Json, json};

use super::record::plain_numbers;
use crate::providers::helm::chart::{Chart, File};

/// Fields of `Chart.yaml` that are texts. Helm reads no record in which one is a number.
const TEXTS: &[&str] = &[
    "name",
    "home",
    "version",
    "description",
    "icon",
    "apiVersion",
    "condition",
    "tags",
    "appVersion",
    "kubeVersion",
    "type",
];
const LISTS_OF_TEXTS: &[&str] = &["sources", "keywords"];

/// The chart, in the shape of Helm's records.
pub(crate) fn chart_record(chart: &Chart) -> Json {
    let mut record = json!({
        "metadata": metadata(&chart.metadata.all),
        "lock": chart.lock,
        "templates": files(&chart.templates),
        "values": plain_numbers(&Json::Object(chart.values.clone())),
        "schema": chart.schema.as_ref().map(|schema| BASE64_STANDARD.encode(schema)),
        "files": files(&chart.files),
    });
    for (key, value) in [("name", &chart.metadata.name), ("version", &chart.metadata.version)] {
        if record["metadata"].get(key).is_none() && !value.is_empty() {
            record["metadata"][key] = value.as_str().into();
        }
    }
    record
}

fn files(files: &[File]) -> Vec<Json> {
    files.iter().map(|file| json!({"name": file.name, "data": BASE64_STANDARD.encode(&file.data)})).collect()
}

fn metadata(all: &Map<String, Json>) -> Json {
    let mut kept = Map::new();
    let mut keep = |key: &str, value: Json| match value {
        Json::Null => {}
        value => drop(kept.insert(key.to_owned(), value)),
    };
    for key in TEXTS {
        keep(key, all.get(*key).map(text).unwrap_or_default());
    }
    for key in LISTS_OF_TEXTS {
        let items = all.get(*key).and_then(Json::as_array);
        keep(key, items.map(|items| items.iter().map(text).collect()).unwrap_or_default());
    }
    let texts = |of: &Json| -> Json {
        let fields = of.as_object().into_iter().flatten();
        Json::Object(fields.map(|(key, value)| (key.clone(), text(value))).collect())
    };
    keep("annotations", all.get("annotations").filter(|value| value.is_object()).map(texts).unwrap_or_default());
    let maintainers = all.get("maintainers").and_then(Json::as_array);
    keep("maintainers", maintainers.map(|items| items.iter().map(texts).collect()).unwrap_or_default());
    keep("dependencies", all.get("dependencies").filter(|value| value.is_array()).cloned().unwrap_or_default());
    keep("deprecated", all.get("deprecated").filter(|value| value.is_boolean()).cloned().unwrap_or_default());
    Json::Object(kept)
}

/// A scalar as a text; anything else is no text and is left out.
fn text(value: &Json) -> Json {
    match value {
        Json::String(_) => value.clone(),
        Json::Bool(_) | Json::Number(_) => plain_numbers(value).to_string().into(),
        _ => Json::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::helm::chart::Metadata;

    #[test]
    fn a_chart_is_kept_in_the_shape_of_helms_records() {
        let all = json!({"apiVersion": "v2", "name": "web", "version": "1.2.3", "appVersion": 1.16, "type": "application",
            "annotations": {"a": 5.0}, "keywords": ["x", 1], "maintainers": [{"name": "me"}], "odd": {"x": 1}, "icon": null});
        let chart = Chart {
            metadata: Metadata { name: "web".into(), version: "1.2.3".into(), all: all.as_object().unwrap().clone() },
            values: json!({"replicas": 2.0}).as_object().unwrap().clone(),
            schema: Some(b"{}".to_vec()),
            templates: vec![File { name: "templates/a.yaml".into(), data: b"a: 1".to_vec() }],
            ..Chart::default()
        };
        let expected = json!({
            "metadata": {"apiVersion": "v2", "name": "web", "version": "1.2.3", "appVersion": "1.16", "type": "application",
                "annotations": {"a": "5"}, "keywords": ["x", "1"], "maintainers": [{"name": "me"}]},
            "lock": null, "templates": [{"name": "templates/a.yaml", "data": "YTogMQ=="}], "values": {"replicas": 2},
            "schema": "e30=", "files": [],
        });
        assert_eq!(chart_record(&chart), expected);
    }
}
