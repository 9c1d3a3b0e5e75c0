//! A problem with a field, in the words of an API server.

use serde_json::Value as Json;

/// A problem with a field, as an API server's `details.causes` have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::simulator) struct Cause {
    /// `FieldValueInvalid`, `FieldValueRequired`, ...
    pub(in crate::simulator) reason: &'static str,
    /// `spec.template.spec.containers[0].image`.
    pub(in crate::simulator) field: String,
    /// `Required value`.
    pub(in crate::simulator) message: String,
}

impl Cause {
    /// `spec.selector: Required value`.
    #[cfg(test)]
    pub(in crate::simulator) fn text(&self) -> String {
        format!("{}: {}", self.field, self.message)
    }

    /// A value that is missing; `why` may be empty.
    pub(in crate::simulator) fn required(field: impl Into<String>, why: &str) -> Self {
        Self::new("FieldValueRequired", field, with_reason("Required value", why))
    }

    pub(in crate::simulator) fn invalid(field: impl Into<String>, value: &Json, why: &str) -> Self {
        Self::new("FieldValueInvalid", field, with_reason(&format!("Invalid value: {value}"), why))
    }

    /// A value of another type than the field's.
    pub(in crate::simulator) fn mistyped(field: impl Into<String>, value: &Json, wanted: &str) -> Self {
        let (field, is) = (field.into(), type_name(value));
        let message = format!("Invalid value: \"{is}\": {field} in body must be of type {wanted}: \"{is}\"");
        Self::new("FieldValueTypeInvalid", field, message)
    }

    pub(in crate::simulator) fn forbidden(field: impl Into<String>, why: &str) -> Self {
        Self::new("FieldValueForbidden", field, with_reason("Forbidden", why))
    }

    pub(in crate::simulator) fn duplicate(field: impl Into<String>, value: &Json) -> Self {
        Self::new("FieldValueDuplicate", field, format!("Duplicate value: {value}"))
    }

    pub(in crate::simulator) fn unsupported(field: impl Into<String>, value: &Json, supported: &[&str]) -> Self {
        let supported: Vec<_> = supported.iter().map(|one| format!("{one:?}")).collect();
        let message = format!("Unsupported value: {value}: supported values: {}", supported.join(", "));
        Self::new("FieldValueNotSupported", field, message)
    }

    pub(in crate::simulator) fn too_long(field: impl Into<String>, most: u64) -> Self {
        Self::new("FieldValueTooLong", field, format!("Too long: may not be more than {most} bytes"))
    }

    pub(in crate::simulator) fn too_many(field: impl Into<String>, count: u64, most: u64) -> Self {
        let items = if most == 1 { "item" } else { "items" };
        Self::new("FieldValueTooMany", field, format!("Too many: {count}: must have at most {most} {items}"))
    }

    /// Something that is referred to and not there.
    pub(in crate::simulator) fn missing(field: impl Into<String>, value: &Json) -> Self {
        Self::new("FieldValueNotFound", field, format!("Not found: {value}"))
    }

    fn new(reason: &'static str, field: impl Into<String>, message: String) -> Self {
        Self { reason, field: field.into(), message }
    }
}

fn with_reason(what: &str, why: &str) -> String {
    if why.is_empty() { what.to_owned() } else { format!("{what}: {why}") }
}

/// What an API server calls the type of a value.
pub(in crate::simulator) fn type_name(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(number) if number.is_f64() => "number",
        Json::Number(_) => "integer",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}
