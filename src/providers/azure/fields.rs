//! What many types of Azure have in common: fields of specs, identities made of several names, how both are read from
//! bodies, and what a PUT has to send back.

use serde_json::{Map, Value as Json, json};

use super::arm::id;
use crate::provider::{Condition, ErrorKind, Field, FieldType, Output, ProviderError, Schema, Target, planned_outputs};
use crate::value::{Attributes, Kind, Value};

/// The state of an object that is as it should be.
const SUCCEEDED: &str = "Succeeded";
const STATE: &str = "provisioning_state";

/// The field `location`.
pub(super) fn location() -> Field {
    let name = FieldType::pattern("[a-z][a-z0-9]+", "a region such as westeurope, in small letters without spaces");
    Field::new("location", name, "The region").required().replaces()
}

/// The field `resource_group`.
pub(super) fn resource_group() -> Field {
    Field::new("resource_group", FieldType::text(), "The name of the resource group it is in").required().replaces()
}

pub(super) fn public_network_access() -> Field {
    let values = FieldType::one_of(&["Enabled", "Disabled", "SecuredByPerimeter"]);
    Field::new("public_network_access", values, "Whether it can be reached from outside of private endpoints")
        .default("Enabled")
}

/// Services answer `West Europe` as well as `westeurope`.
pub(super) fn location_of(body: &Json) -> Value {
    let text = body.get("location").and_then(Json::as_str).unwrap_or_default();
    Value::from(text.to_lowercase().replace(' ', "").as_str())
}

/// A text, or null.
pub(super) fn text(body: &Json, name: &str) -> Value {
    body.get(name).and_then(Json::as_str).map_or(Value::Null, Value::from)
}

/// The name as the stack writes it, if that is the same but for its case, which Azure does not mind.
pub(super) fn name(body: &Json, target: &Target<'_>) -> Value {
    let found = body.get("name").and_then(Json::as_str).map(|name| name.rsplit('/').next().unwrap_or_default());
    found.map_or_else(|| Value::from(id::name(target.identity)), |found| spelled(found, target.recorded.get("name")))
}

/// What `provisioningState` says of whether it can be used.
///
/// One that has failed is no wreck: what is put again may well succeed. Types show it as an attribute.
pub(super) fn condition(body: &Json) -> Condition {
    let state =
        body.get("properties").and_then(|properties| properties.get("provisioningState")).and_then(Json::as_str);
    match state.map(str::to_lowercase).as_deref() {
        None | Some("succeeded" | "failed" | "canceled") => Condition::Ready,
        // Whatever is done to it now goes with it.
        Some("deleting") => Condition::Broken("it is being deleted".to_owned()),
        Some(_) => Condition::Settling(format!("it is {}", state.unwrap_or_default())),
    }
}

/// Nothing may be there yet.
pub(super) fn absent(found: Option<Json>, path: &str) -> Result<(), ProviderError> {
    match found {
        None => Ok(()),
        Some(_) => {
            let text = format!("there is a {} named {} already", id::type_of(path), id::name(path));
            Err(ProviderError::new(ErrorKind::AlreadyExists, id::permission(azure_core::http::Method::Put, path), text))
        }
    }
}

/// It was there, and is not any more.
pub(super) fn gone(path: &str) -> ProviderError {
    let text = format!("there is no {} named {} any more", id::type_of(path), id::name(path));
    ProviderError::new(ErrorKind::NotFound, id::permission(azure_core::http::Method::Put, path), text)
}

/// The names in these fields, from the outermost, as Azure compares them.
pub(super) fn identity(spec: &Attributes, fields: &[&str]) -> Option<String> {
    let names = fields.iter().map(|name| Some(spec.get(*name)?.as_str()?.to_lowercase()));
    Some(names.collect::<Option<Vec<_>>>()?.join("/"))
}

/// The names that make an identity: known of what is wanted before anything of it is recorded, and written as there.
pub(super) fn whereabouts(spec: &Attributes, fields: &[&str]) -> Attributes {
    fields.iter().filter_map(|name| Some(((*name).to_owned(), spec.get(*name)?.clone()))).collect()
}

/// The same names as the stack writes them, which is how Azure will show them.
pub(super) fn as_written(spec: &Attributes, fields: &[&str], identity: &str) -> String {
    let names: Option<Vec<_>> = fields.iter().map(|name| spec.get(*name)?.as_str()).collect();
    names.map_or_else(|| identity.to_owned(), |names| names.join("/"))
}

/// A text as the stack writes it, if that is the same but for its case, which Azure does not mind.
pub(super) fn spelled(found: &str, recorded: Option<&Value>) -> Value {
    match recorded.and_then(Value::as_str) {
        Some(recorded) if recorded.eq_ignore_ascii_case(found) => Value::from(recorded),
        _ => Value::from(found),
    }
}

/// The name of what an object is in, as the stack writes it, if that is the same but for its case.
pub(super) fn parent(body: &Json, target: &Target<'_>, field: &str, of: &str) -> Value {
    let found = body.get("id").and_then(Json::as_str).and_then(|path| id::part(path, of));
    found.map_or(Value::Null, |found| spelled(found, target.recorded.get(field)))
}

/// What the service says of whether its last change came about.
pub(super) fn state_output() -> Output {
    Output::new(STATE, Kind::String, "`Succeeded`, or why the next apply changes it again: `Failed` or `Canceled`")
        .compared()
}

/// An object that has failed is put again, and will then be whole.
pub(super) fn planned(schema: &Schema, recorded: Option<&Attributes>) -> Attributes {
    let mut planned = planned_outputs(schema, recorded);
    planned.insert(STATE.to_owned(), SUCCEEDED.into());
    planned
}

/// The attribute `provisioning_state` of what there is.
pub(super) fn state(body: &Json) -> (String, Value) {
    (STATE.to_owned(), property(body, "provisioningState"))
}

/// A member of `properties`.
pub(super) fn property(body: &Json, name: &str) -> Value {
    match body.get("properties").and_then(|properties| properties.get(name)) {
        Some(Json::String(text)) => text.as_str().into(),
        Some(Json::Bool(is)) => Value::Bool(*is),
        Some(Json::Number(number)) => number.as_i64().map_or(Value::Null, Value::Integer),
        _ => Value::Null,
    }
}

/// Those of the properties that are there which others set, and which a PUT without them would reset.
pub(super) fn kept(present: &Json, names: &[&str]) -> Map<String, Json> {
    let properties = present.get("properties").and_then(Json::as_object).into_iter().flatten();
    let kept = properties.filter(|(name, value)| names.contains(&name.as_str()) && !value.is_null());
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The identities of what is there, without what only the service says of them.
pub(super) fn kept_identity(present: &Json) -> Option<Json> {
    let identity = present.get("identity")?;
    let kind = identity.get("type")?.as_str().filter(|kind| *kind != "None")?;
    let assigned = identity.get("userAssignedIdentities").and_then(Json::as_object);
    let assigned: Map<String, Json> = assigned.into_iter().flatten().map(|(id, _)| (id.clone(), json!({}))).collect();
    Some(match assigned.is_empty() {
        true => json!({"type": kind}),
        false => json!({"type": kind, "userAssignedIdentities": assigned}),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_names_in_small_letters() {
        let spec = Attributes::from([("resource_group".to_owned(), "Main".into()), ("name".to_owned(), "Hub".into())]);
        assert_eq!(identity(&spec, &["resource_group", "name"]).as_deref(), Some("main/hub"));
        assert_eq!(identity(&spec, &["namespace", "name"]), None);
        assert_eq!(as_written(&spec, &["resource_group", "name"], "main/hub"), "Main/Hub");
        assert_eq!(as_written(&Attributes::new(), &["name"], "hub"), "hub");
    }

    #[test]
    fn only_what_can_be_sent_is_kept() {
        let present = json!({
            "properties": {"mine": 1, "theirs": 2, "none": null},
            "identity": {"type": "UserAssigned", "principalId": "p", "userAssignedIdentities": {"/i": {"clientId": "c"}}},
        });
        assert_eq!(Json::Object(kept(&present, &["theirs", "none"])), json!({"theirs": 2}));
        assert_eq!(
            kept_identity(&present),
            Some(json!({"type": "UserAssigned", "userAssignedIdentities": {"/i": {}}}))
        );
        assert_eq!(
            kept_identity(&json!({"identity": {"type": "SystemAssigned", "tenantId": "t"}})),
            Some(json!({"type": "SystemAssigned"}))
        );
        assert_eq!(kept_identity(&json!({"identity": {"type": "None"}})), None);
        assert_eq!(kept_identity(&json!({})), None);
    }
}
