//! Answers in the form that the caller takes.

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value as Json, json};

use super::kinds::Kind;
use super::request::Asked;
use super::status::Refusal;
use super::table::{self, Included};
use super::write::Outcome;
use crate::clock::Timestamp;
use crate::simulator::exchange::Reply;

/// How objects are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Whole,
    Yaml,
    /// Rows, for people.
    Table(Included),
    /// Nothing but their metadata.
    Metadata,
}

impl Form {
    /// The first that the caller takes and the server has.
    pub(super) fn of(asked: &Asked) -> Result<Self, Refusal> {
        let accepted = asked.header("accept");
        let included = Included::of(asked.parameter("includeObject"));
        let found = accepted.split(',').filter_map(|one| {
            let mut parts = one.split(';').map(str::trim);
            let media_type = parts.next().unwrap_or_default();
            let rest: Vec<_> = parts.collect();
            let shape = rest.iter().find_map(|part| part.strip_prefix("as="));
            match (media_type, shape) {
                ("application/json", Some("Table")) if rest.contains(&"v=v1") => Some(Self::Table(included)),
                ("application/json", Some("PartialObjectMetadata" | "PartialObjectMetadataList")) => {
                    Some(Self::Metadata)
                }
                ("application/json" | "*/*" | "application/*" | "", None) => Some(Self::Whole),
                ("application/yaml", None) => Some(Self::Yaml),
                _ => None,
            }
        });
        let mut found = found;
        found.next().ok_or_else(|| {
            let message = "only the following media types are accepted: application/json, application/yaml, \
                           application/json;as=Table;v=v1;g=meta.k8s.io";
            Refusal::new(406, "NotAcceptable", message)
        })
    }

    /// An object or a list as the caller wants to see it.
    pub(super) fn show(self, document: Json, kind: &Kind, now: Timestamp) -> Json {
        let is_status = document["kind"] == "Status";
        match self {
            Self::Table(included) if !is_status => table::of(&document, kind, included, now),
            Self::Metadata if !is_status => metadata_only(document),
            _ => document,
        }
    }
}

fn metadata_only(document: Json) -> Json {
    let partial = |object: &Json| json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]});
    match document["items"].as_array() {
        Some(items) => json!({
            "kind": "PartialObjectMetadataList",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": document["metadata"],
            "items": items.iter().map(partial).collect::<Vec<_>>(),
        }),
        None => partial(&document),
    }
}

pub(super) fn outcome(form: Form, kind: &Kind, outcome: Outcome, now: Timestamp) -> Reply {
    // A log.
    if let Json::String(text) = outcome.document {
        return whole(outcome.code, "text/plain", text);
    }
    let document = form.show(outcome.document, kind, now);
    let mut reply = match form {
        Form::Yaml => {
            let text = serde_yaml::to_string(&document).unwrap_or_default();
            whole(outcome.code, "application/yaml", text)
        }
        _ => json(outcome.code, &document),
    };
    for warning in outcome.warnings {
        let text = warning.replace('\\', "\\\\").replace('"', "\\\"");
        if let Ok(value) = format!("299 - \"{text}\"").parse() {
            reply.headers_mut().append(http::header::WARNING, value);
        }
    }
    reply
}

pub(super) fn refusal(refusal: &Refusal) -> Reply {
    let mut reply = json(refusal.code, &refusal.document());
    if refusal.code == 429 {
        reply.headers_mut().insert(http::header::RETRY_AFTER, http::HeaderValue::from_static("1"));
    }
    reply
}

pub(super) fn json(code: u16, document: &Json) -> Reply {
    whole(code, "application/json", document.to_string())
}

pub(super) fn whole(code: u16, media_type: &'static str, body: String) -> Reply {
    let mut reply = Reply::new(Bytes::from(body));
    *reply.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let media_type = http::HeaderValue::from_static(media_type);
    reply.headers_mut().insert(http::header::CONTENT_TYPE, media_type);
    reply
}
