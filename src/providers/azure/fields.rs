//! What many types of Azure have in common: fields of specs, and how they are read from bodies.

use serde_json::Value as Json;

use super::arm::id;
use crate::provider::{Condition, ErrorKind, Field, FieldType, ProviderError, Target};
use crate::value::Value;

/// The field `location`.
pub(super) fn location() -> Field {
    let name = FieldType::pattern("[a-z][a-z0-9]+", "a region such as westeurope, in small letters without spaces");
    Field::new("location", name, "The region").required().replaces()
}

/// The field `resource_group`.
pub(super) fn resource_group() -> Field {
    Field::new("resource_group", FieldType::text(), "The name of the resource group it is in").required().replaces()
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
    let recorded = target.recorded.get("name").and_then(Value::as_str);
    match (found, recorded) {
        (Some(found), Some(recorded)) if found.eq_ignore_ascii_case(recorded) => Value::from(recorded),
        (Some(found), _) => Value::from(found),
        (None, _) => Value::from(id::name(target.identity)),
    }
}

/// What `provisioningState` says of whether it can be used.
///
/// One that has failed is no wreck: what is put again may well succeed. Types show it as an attribute.
pub(super) fn condition(body: &Json) -> Condition {
    let state =
        body.get("properties").and_then(|properties| properties.get("provisioningState")).and_then(Json::as_str);
    match state.map(str::to_lowercase).as_deref() {
        None | Some("succeeded" | "failed" | "canceled") => Condition::Ready,
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
