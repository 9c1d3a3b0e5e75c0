//! `.Chart`: a map, with names as Go has them, where everything is that a `Chart.yaml` can say.

use serde_json::Value as Json;

use super::super::value::{Element, Map, Value};
use crate::providers::helm::chart::Metadata;

pub(in super::super) fn chart(metadata: &Metadata, is_root: bool) -> Value {
    let all = &metadata.all;
    let text = |key: &str| Value::string(all.get(key).and_then(Json::as_str).unwrap_or_default());
    let texts = |key: &str| Value::strings(list(all.get(key)).iter().map(|item| item.as_str().unwrap_or_default()));
    Value::map([
        ("APIVersion", text("apiVersion")),
        ("Annotations", annotations(all.get("annotations"))),
        ("AppVersion", text("appVersion")),
        ("Condition", text("condition")),
        ("Dependencies", Value::list(list(all.get("dependencies")).iter().map(dependency))),
        ("Deprecated", Value::Bool(all.get("deprecated").and_then(Json::as_bool).unwrap_or_default())),
        ("Description", text("description")),
        ("Home", text("home")),
        ("Icon", text("icon")),
        ("IsRoot", Value::Bool(is_root)),
        ("Keywords", texts("keywords")),
        ("KubeVersion", text("kubeVersion")),
        ("Maintainers", Value::list(list(all.get("maintainers")).iter().map(maintainer))),
        ("Name", Value::string(metadata.name.as_str())),
        ("Sources", texts("sources")),
        ("Tags", text("tags")),
        ("Type", text("type")),
        ("Version", Value::string(metadata.version.as_str())),
    ])
}

fn list(json: Option<&Json>) -> &[Json] {
    json.and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

fn text_of(json: &Json, key: &str) -> Value {
    Value::string(json.get(key).and_then(Json::as_str).unwrap_or_default())
}

fn annotations(json: Option<&Json>) -> Value {
    let mut annotations = match json.map(Value::from_json) {
        Some(Value::Map(annotations)) => annotations,
        _ => Map::default(),
    };
    annotations.of = Element::String;
    Value::Map(annotations)
}

fn maintainer(json: &Json) -> Value {
    Value::map([("Email", text_of(json, "email")), ("Name", text_of(json, "name")), ("URL", text_of(json, "url"))])
}

fn dependency(json: &Json) -> Value {
    let enabled = json.get("enabled").and_then(Json::as_bool).unwrap_or(true);
    Value::map([
        ("Alias", text_of(json, "alias")),
        ("Condition", text_of(json, "condition")),
        ("Enabled", Value::Bool(enabled)),
        ("ImportValues", Value::list(list(json.get("import-values")).iter().map(Value::from_json))),
        ("Name", text_of(json, "name")),
        ("Repository", text_of(json, "repository")),
        ("Tags", Value::strings(list(json.get("tags")).iter().map(|tag| tag.as_str().unwrap_or_default()))),
        ("Version", text_of(json, "version")),
    ])
}
