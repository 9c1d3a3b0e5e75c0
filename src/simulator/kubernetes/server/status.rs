//! An API server's no: a Status object, in the words and with the reasons that clients know.

use serde_json::{Map, Value as Json, json};

use super::kinds::Kind;

/// Why a request is not carried out.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::simulator::kubernetes) struct Refusal {
    pub(super) code: u16,
    reason: String,
    pub(super) message: String,
    details: Map<String, Json>,
}

/// One of the mistakes in an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::simulator::kubernetes) struct Mistake {
    /// Such as `FieldValueInvalid`.
    pub(super) reason: String,
    pub(super) message: String,
    /// Such as `spec.replicas`.
    pub(super) field: String,
}

impl Refusal {
    pub(super) fn new(code: u16, reason: &str, message: impl Into<String>) -> Self {
        Self { code, reason: reason.to_owned(), message: message.into(), details: Map::new() }
    }

    /// About one object, or with an empty name about none in particular.
    pub(super) fn about(mut self, kind: &Kind, name: &str) -> Self {
        let all = [("name", name), ("group", kind.group.as_str()), ("kind", kind.plural.as_str())];
        let given = all.into_iter().filter(|(_, value)| !value.is_empty());
        self.details.extend(given.map(|(key, value)| (key.to_owned(), json!(value))));
        self
    }

    pub(super) fn detail(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    pub(super) fn not_found(kind: &Kind, name: &str) -> Self {
        Self::new(404, "NotFound", format!("{} \"{name}\" not found", kind.qualified())).about(kind, name)
    }

    /// There is no such path.
    pub(super) fn no_resource() -> Self {
        Self::new(404, "NotFound", "the server could not find the requested resource")
    }

    pub(super) fn already_exists(kind: &Kind, name: &str) -> Self {
        let message = format!("{} \"{name}\" already exists", kind.qualified());
        Self::new(409, "AlreadyExists", message).about(kind, name)
    }

    pub(super) fn conflict(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", kind.qualified());
        Self::new(409, "Conflict", message).about(kind, name)
    }

    pub(super) fn modified(kind: &Kind, name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(kind, name, why)
    }

    pub(super) fn method_not_allowed(what: &str) -> Self {
        Self::new(405, "MethodNotAllowed", what)
    }

    pub(super) fn forbidden(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!("{} \"{name}\" is forbidden: {why}", kind.qualified());
        Self::new(403, "Forbidden", message).about(kind, name)
    }

    pub(super) fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    pub(super) fn unsupported_media_type(message: impl Into<String>) -> Self {
        Self::new(415, "UnsupportedMediaType", message)
    }

    pub(super) fn invalid(kind: &Kind, name: &str, mistakes: &[Mistake]) -> Self {
        let texts: Vec<_> = mistakes.iter().map(|one| format!("{}: {}", one.field, one.message)).collect();
        let texts = match texts.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let message = format!("{} \"{name}\" is invalid: {texts}", kind.qualified_kind());
        let causes =
            mistakes.iter().map(|one| json!({"reason": one.reason, "message": one.message, "field": one.field}));
        let mut refusal = Self::new(422, "Invalid", message).about(kind, name);
        refusal.details.insert("kind".to_owned(), json!(kind.kind));
        refusal.detail("causes", causes.collect::<Vec<_>>())
    }

    pub(super) fn document(&self) -> Json {
        let mut status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code,
        });
        if !self.details.is_empty() {
            status["details"] = Json::Object(self.details.clone());
        }
        status
    }
}

impl Mistake {
    /// Of the message's own form, such as `Required value: name or generateName is required`.
    pub(super) fn new(field: &str, message: &str) -> Self {
        const REASONS: [(&str, &str); 7] = [
            ("Required value", "FieldValueRequired"),
            ("Invalid value", "FieldValueInvalid"),
            ("Unsupported value", "FieldValueNotSupported"),
            ("Duplicate value", "FieldValueDuplicate"),
            ("Forbidden", "FieldValueForbidden"),
            ("Too long", "FieldValueTooLong"),
            ("Not found", "FieldValueNotFound"),
        ];
        let found = REASONS.iter().find(|(start, _)| message.starts_with(start));
        let reason = found.map_or("FieldValueInvalid", |(_, reason)| reason);
        Self { reason: reason.to_owned(), message: message.to_owned(), field: field.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::kubernetes::server::kinds;

    #[test]
    fn a_refusal_reads_as_clients_know_it() {
        let deployment = kinds::built_in("apps", "deployments").unwrap();
        let pod = kinds::built_in("", "pods").unwrap();
        let mistake = Mistake::new("spec.replicas", "Invalid value: -1: must be greater than or equal to 0");
        let cases = [
            (Refusal::not_found(&pod, "x"), "pods \"x\" not found"),
            (Refusal::already_exists(&deployment, "x"), "deployments.apps \"x\" already exists"),
            (
                Refusal::invalid(&deployment, "x", &[mistake]),
                "Deployment.apps \"x\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0",
            ),
        ];
        for (refusal, message) in cases {
            assert_eq!(refusal.document()["message"], message);
        }
        let refusal = Refusal::not_found(&deployment, "x").document();
        assert_eq!(refusal["details"], json!({"name": "x", "group": "apps", "kind": "deployments"}));
    }
}
