//! Bodies of requests: JSON or YAML, and what must be said in them.

use serde_json::{Value as Json, json};

use super::kinds::Kind;
use super::object::{name, namespace, text};
use super::protobuf;
use super::request::{Asked, Target};
use super::status::{Mistake, Refusal};

/// The media type of the body, without its parameters.
pub(super) fn media_type(asked: &Asked) -> &str {
    let whole = asked.header("content-type");
    whole.split(';').next().unwrap_or_default().trim()
}

/// The body as data; nothing where there is none.
pub(super) fn document(asked: &Asked) -> Result<Option<Json>, Refusal> {
    if asked.body.is_empty() {
        return Ok(None);
    }
    match media_type(asked) {
        "" | "application/json" => json_document(&asked.body).map(Some),
        "application/yaml" | "application/vnd.kubernetes.yaml" => yaml_document(&asked.body).map(Some),
        "application/vnd.kubernetes.protobuf" => protobuf::document(&asked.body).map(Some),
        other => Err(Refusal::unsupported_media_type(format!(
            "the body of the request was in an unknown format - accepted media types include: application/json, \
             application/yaml; not {other}"
        ))),
    }
}

pub(super) fn json_document(body: &[u8]) -> Result<Json, Refusal> {
    serde_json::from_slice(body)
        .map_err(|error| Refusal::bad_request(format!("the object provided is unrecognized: {error}")))
}

pub(super) fn yaml_document(body: &[u8]) -> Result<Json, Refusal> {
    serde_yaml::from_slice(body).map_err(|error| {
        Refusal::bad_request(format!("error decoding YAML: error converting YAML to JSON: yaml: {error}"))
    })
}

/// The object that a request gives, of the kind its path says.
pub(super) fn object(asked: &Asked, kind: &Kind) -> Result<Json, Refusal> {
    let document = document(asked)?.ok_or_else(|| Refusal::bad_request("there is no object in the request"))?;
    check_kind(&document, &kind.api_version(), &kind.kind)?;
    Ok(document)
}

/// Refuses what is no object of a kind, also where its metadata is not what every metadata is.
pub(super) fn check_kind(document: &Json, api_version: &str, kind: &str) -> Result<(), Refusal> {
    if !document.is_object() {
        return Err(Refusal::bad_request("the object provided is unrecognized: it is no map"));
    }
    let (given_version, given_kind) = (text(document, "apiVersion"), text(document, "kind"));
    if given_kind.is_empty() {
        return Err(Refusal::bad_request("Object 'Kind' is missing in the request"));
    }
    if given_version != api_version {
        return Err(Refusal::bad_request(format!(
            "the API version in the data ({given_version}) does not match the expected API version ({api_version})"
        )));
    }
    if given_kind != kind {
        return Err(Refusal::bad_request(format!(
            "the kind in the data ({given_kind}) does not match the expected kind ({kind})"
        )));
    }
    check_metadata(document)
}

pub(super) fn check_metadata(document: &Json) -> Result<(), Refusal> {
    const TEXTS: [&str; 6] = ["name", "generateName", "namespace", "uid", "resourceVersion", "deletionTimestamp"];
    const MAPS: [&str; 2] = ["labels", "annotations"];
    const LISTS: [&str; 3] = ["finalizers", "ownerReferences", "managedFields"];
    let wrong = |field: &str, what: &str| {
        Err(Refusal::bad_request(format!("the object provided is unrecognized: metadata{field} is no {what}")))
    };
    let metadata = &document["metadata"];
    if !metadata.is_object() && !metadata.is_null() {
        return wrong("", "map");
    }
    let fits = |value: &Json, is: fn(&Json) -> bool| value.is_null() || is(value);
    let is_map = |value: &Json| value.as_object().is_some_and(|map| map.values().all(Json::is_string));
    if let Some(name) = TEXTS.iter().find(|name| !fits(&metadata[**name], Json::is_string)) {
        return wrong(&format!(".{name}"), "string");
    }
    if let Some(name) = MAPS.iter().find(|name| !fits(&metadata[**name], is_map)) {
        return wrong(&format!(".{name}"), "map of strings");
    }
    if let Some(name) = LISTS.iter().find(|name| !fits(&metadata[**name], Json::is_array)) {
        return wrong(&format!(".{name}"), "list");
    }
    match document["metadata"]["finalizers"].as_array().is_some_and(|all| !all.iter().all(Json::is_string)) {
        true => wrong(".finalizers", "list of strings"),
        false => Ok(()),
    }
}

/// Puts the object where the path says, and refuses one that says it is somewhere else.
pub(super) fn place(object: &mut Json, kind: &Kind, target: &Target) -> Result<(), Refusal> {
    if !object["metadata"].is_object() {
        object["metadata"] = json!({});
    }
    match target.namespace.as_deref() {
        Some(wanted) if matches!(namespace(object), "") => object["metadata"]["namespace"] = json!(wanted),
        Some(wanted) if namespace(object) != wanted => {
            return Err(Refusal::bad_request(
                "the namespace of the provided object does not match the namespace sent on the request",
            ));
        }
        None if !namespace(object).is_empty() => {
            let field = "metadata.namespace";
            let mistake = Mistake::new(field, "Forbidden: not allowed on this type");
            return Err(Refusal::invalid(kind, name(object), &[mistake]));
        }
        _ => {}
    }
    match target.name.as_deref() {
        Some(wanted) if name(object).is_empty() => object["metadata"]["name"] = json!(wanted),
        Some(wanted) if name(object) != wanted => {
            return Err(Refusal::bad_request(format!(
                "the name of the object ({}) does not match the name on the URL ({wanted})",
                name(object)
            )));
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_object_of_the_kind_is_refused() {
        let cases = [
            (json!([]), "it is no map"),
            (json!({"apiVersion": "v1"}), "Object 'Kind' is missing"),
            (json!({"apiVersion": "v2", "kind": "Pod"}), "the API version in the data (v2)"),
            (json!({"apiVersion": "v1", "kind": "Node"}), "the kind in the data (Node)"),
            (json!({"apiVersion": "v1", "kind": "Pod", "metadata": 1}), "metadata is no map"),
            (json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"labels": {"a": 1}}}), "metadata.labels"),
            (json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"finalizers": [1]}}), "metadata.finalizers"),
        ];
        for (document, expected) in cases {
            let refusal = check_kind(&document, "v1", "Pod").unwrap_err();
            assert!(refusal.message.contains(expected), "{document}: {}", refusal.message);
        }
        assert_eq!(check_kind(&json!({"apiVersion": "v1", "kind": "Pod"}), "v1", "Pod"), Ok(()));
    }
}
