//! Reads and writes YAML, JSON and TOML as Helm does, which is as Go's libraries do.
//!
//! Helm's YAML is `sigs.k8s.io/yaml`: YAML 1.1 that goes through JSON on its way in and on its way out. A reader of
//! YAML 1.2 would take other texts, and the same ones for other values.

mod decode;
mod emit;
mod functions;
mod json;
mod json_read;
mod number;
mod order;
mod resolve;
mod scalar;
mod stream;
mod timestamp;
mod toml_read;
mod toml_write;
mod tree;
mod write;

use serde_json::Value as Json;

use crate::providers::helm::template::{Failure, Value};

pub(crate) use functions::FUNCTIONS;
pub(crate) use json::{kind, to_plain};
pub(crate) use number::{as_values, format_float};
pub(crate) use write::{json_to_yaml, to_yaml, to_yaml_pretty};

/// Why a text is not YAML, in the words of Helm.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct YamlError {
    /// As the message has it; where Helm has none, there is none.
    pub(crate) line: Option<usize>,
    pub(crate) message: String,
}

impl YamlError {
    fn yaml(line: Option<usize>, problem: impl AsRef<str>) -> Self {
        let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
        Self::converting(line, format!("yaml: {place}{}", problem.as_ref()))
    }

    fn converting(line: Option<usize>, problem: impl AsRef<str>) -> Self {
        Self { line, message: format!("error converting YAML to JSON: {}", problem.as_ref()) }
    }
}

/// The first document of a text; `null` where there is none. Integers are exact as far as 64 bits hold them.
pub(crate) fn read(text: &str) -> Result<Json, YamlError> {
    let root = tree::read(text)?;
    decode::decode(root.as_ref())
}

/// All documents of a text, those that are blank or hold only comments as `null`.
pub(crate) fn read_all(text: &str) -> Result<Vec<Json>, YamlError> {
    stream::documents(text)?.iter().map(|document| read(document)).collect()
}

/// JSON as Go writes it, in one line: sorted keys, and escapes for what HTML would take for its own.
pub(crate) fn to_json(value: &Value) -> Result<String, Failure> {
    to_plain(value).map(|json| json_text(&json))
}

/// As [`to_json`], of JSON.
pub(crate) fn json_text(json: &Json) -> String {
    json::compact(json, json::Html::Escaped)
}

/// The documents of a text, split at the lines that begin with `---`.
pub(crate) fn documents(text: &str) -> Result<Vec<String>, YamlError> {
    stream::documents(text)
}

/// What Helm says of a document that is no map where one is wanted.
pub(crate) fn not_a_map(json: &Json) -> String {
    wrong_kind(json, "map[string]interface {}")
}

fn wrong_kind(json: &Json, wanted: &str) -> String {
    let kind = json::kind(json);
    format!(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {kind} into Go value of type {wanted}"
    )
}
