//! One document of a manifest: its text, and the objects it is.

use serde_json::{Map, Value as Json};

use super::ManifestError;
use super::split::split;
use crate::providers::helm::yaml;

/// What a document says of itself. Helm reads no more of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) annotations: Vec<(String, String)>,
}

/// An object of a manifest. A list of objects is one document and as many of these.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Document {
    /// The file it comes from: `keda/templates/manager/deployment.yaml`.
    pub(crate) source: String,
    /// As rendered.
    pub(crate) text: String,
    pub(crate) object: Json,
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
}

impl Head {
    pub(crate) fn annotation(&self, name: &str) -> Option<&str> {
        self.annotations.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// What a document is, and what it says of itself; nothing in it but remarks is nothing.
pub(super) fn parse(file: &str, text: &str, first_line: usize) -> Result<(Json, Head), ManifestError> {
    let failed = |line: Option<usize>, message: String| ManifestError {
        file: file.to_owned(),
        line: line.map(|line| line + first_line - 1),
        message,
    };
    let object = read(text).map_err(|(line, message)| failed(line, message))?;
    let head = head(&object).map_err(|message| failed(Some(1), message))?;
    Ok((object, head))
}

/// The objects of a document, each by itself.
pub(super) fn documents_of(source: &str, text: &str, object: Json) -> Vec<Document> {
    let items = object.get("items").and_then(Json::as_array);
    let is_list = object.get("kind").and_then(Json::as_str).is_some_and(|kind| kind.ends_with("List"));
    let objects = match items.filter(|_| is_list) {
        Some(items) => items.clone(),
        None => vec![object],
    };
    let text_of =
        |object: &Json, pointer: &str| object.pointer(pointer).and_then(|value| scalar(value).ok()).unwrap_or_default();
    let documents = objects.into_iter().filter(Json::is_object).map(|object| Document {
        source: source.to_owned(),
        text: text.to_owned(),
        api_version: text_of(&object, "/apiVersion"),
        kind: text_of(&object, "/kind"),
        name: text_of(&object, "/metadata/name"),
        object,
    });
    documents.collect()
}

/// A stored manifest back in its objects, in its order. What cannot be read in it is left out.
pub(crate) fn documents(manifest: &str) -> Vec<Document> {
    let documents = split(manifest).into_iter().flat_map(|text| {
        let source = text.lines().next().and_then(|line| line.strip_prefix("# Source: ")).unwrap_or_default();
        match read(text) {
            Ok(object) => documents_of(source, text, object),
            Err(_) => Vec::new(),
        }
    });
    documents.collect()
}

fn head(object: &Json) -> Result<Head, String> {
    let Some(fields) = object.as_object() else {
        return match object {
            Json::Null => Ok(Head::default()),
            other => Err(format!("an object begins with fields such as `apiVersion:`, and this is {}", kind_of(other))),
        };
    };
    let metadata = match fields.get("metadata") {
        None | Some(Json::Null) => &Map::new(),
        Some(Json::Object(metadata)) => metadata,
        Some(other) => return Err(format!("`metadata` has fields, and this is {}", kind_of(other))),
    };
    let text = |of: &Map<String, Json>, key: &str| match of.get(key) {
        None => Ok(String::new()),
        Some(value) => scalar(value).map_err(|what| format!("`{key}` is a text, and this is {what}")),
    };
    let mut annotations = Vec::new();
    match metadata.get("annotations") {
        None | Some(Json::Null) => {}
        Some(Json::Object(all)) => {
            for key in all.keys() {
                annotations.push((key.clone(), text(all, key)?));
            }
        }
        Some(other) => return Err(format!("`metadata.annotations` has fields, and this is {}", kind_of(other))),
    }
    let (api_version, kind) = (text(fields, "apiVersion")?, text(fields, "kind")?);
    Ok(Head { api_version, kind, name: text(metadata, "name")?, annotations })
}

/// Where a text belongs, Helm takes numbers and truths for what they look like.
fn scalar(value: &Json) -> Result<String, &'static str> {
    match value {
        Json::Null => Ok(String::new()),
        Json::String(text) => Ok(text.clone()),
        Json::Bool(_) | Json::Number(_) => Ok(value.to_string()),
        other => Err(kind_of(other)),
    }
}

fn kind_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "nothing",
        Json::Bool(_) => "a truth value",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "a map",
    }
}

fn read(text: &str) -> Result<Json, (Option<usize>, String)> {
    yaml::read(text).map_err(|error| {
        // The line is told once, and as one of the whole file.
        let own = error.line.map(|line| format!("line {line}: ")).unwrap_or_default();
        let message = error.message.rsplit_once(&own).filter(|_| !own.is_empty()).map(|(_, rest)| rest.to_owned());
        (error.line, message.unwrap_or(error.message))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_looks_like_a_text_is_one() {
        let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: 12\n  annotations:\n    helm.sh/hook-weight: 5\n    a: true\n    b: null\n";
        let (_, head) = parse("c/templates/a.yaml", text, 1).unwrap();
        assert_eq!((head.kind.as_str(), head.name.as_str()), ("ConfigMap", "12"));
        assert_eq!(head.annotation("helm.sh/hook-weight"), Some("5"));
        assert_eq!((head.annotation("a"), head.annotation("b")), (Some("true"), Some("")));
    }

    #[test]
    fn remarks_alone_are_no_object() {
        let (object, head) = parse("c/templates/a.yaml", "# nothing here\n", 1).unwrap();
        assert_eq!((object.clone(), head), (Json::Null, Head::default()));
        assert_eq!(documents_of("a", "", object), []);
    }

    #[test]
    fn mistakes_say_where_they_are() {
        let cases = [
            ("- a\n", Some(7), "this is a list"),
            ("kind: [a]\n", Some(7), "`kind` is a text"),
            ("metadata: a\n", Some(7), "`metadata` has fields"),
            ("metadata: { annotations: [a] }\n", Some(7), "`metadata.annotations` has fields"),
            ("metadata: { annotations: { a: { b: c } } }\n", Some(7), "`a` is a text"),
        ];
        for (text, line, message) in cases {
            let error = parse("c/templates/a.yaml", text, 7).unwrap_err();
            assert_eq!(error.line, line, "{text}");
            assert!(error.message.contains(message), "{text}: {error}");
        }
        let error = parse("c/templates/a.yaml", "a: 1\nb: [\n", 7).unwrap_err();
        assert!(error.line.is_some_and(|line| line >= 8), "{error}");
        assert!(error.to_string().starts_with("c/templates/a.yaml:"), "{error}");
    }

    #[test]
    fn a_list_is_its_objects() {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}},
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "b"}}]});
        let found = documents_of("s", "t", list);
        let kinds: Vec<_> = found.iter().map(|one| format!("{} {}", one.kind, one.name)).collect();
        assert_eq!(kinds, ["Secret a", "Service b"]);
    }
}
