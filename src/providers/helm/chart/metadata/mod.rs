//! `Chart.yaml`: what a chart says of itself, and which of it Helm takes.

mod dependency;
mod lock;
mod structure;
mod text;

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

pub(crate) use dependency::Dependency;
pub(super) use dependency::to_json;
pub(super) use lock::{is_out_of_sync, read as read_lock};
use structure::{Field, Shape};
use text::sanitize;

use super::ChartError;
use crate::providers::helm::functions::semver::Version;

const RULES: &str = "see https://helm.sh/docs/topics/charts/#the-chartyaml-file for what it holds";

const MAINTAINER: &[Field] =
    &[Field::new("name", Shape::Text), Field::new("email", Shape::Text), Field::new("url", Shape::Text)];

const FIELDS: &[Field] = &[
    Field::new("name", Shape::Text),
    Field::new("home", Shape::Text),
    Field::new("sources", Shape::Texts),
    Field::new("version", Shape::Text),
    Field::new("description", Shape::Text),
    Field::new("keywords", Shape::Texts),
    Field::new("maintainers", Shape::Structures("Maintainer", MAINTAINER)),
    Field::new("icon", Shape::Text),
    Field::new("apiVersion", Shape::Text),
    Field::new("condition", Shape::Text),
    Field::new("tags", Shape::Text),
    Field::new("appVersion", Shape::Text),
    Field::new("deprecated", Shape::Truth),
    Field::new("annotations", Shape::TextMap),
    Field::new("kubeVersion", Shape::Text),
    Field::new("dependencies", Shape::Structures("Dependency", dependency::FIELDS)),
    Field::new("type", Shape::Text),
];

/// `Chart.yaml`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Metadata {
    pub(crate) name: String,
    pub(crate) version: String,
    /// As JSON, all of it: for `.Chart` in templates and for the release record. What Helm does not know is not in it,
    /// nor what is empty.
    pub(crate) all: Map<String, Json>,
}

impl Metadata {
    /// Takes over what a file says; what it does not mention stays as it is.
    ///
    /// # Errors
    /// When something is not of its type, in the words of Go.
    pub(crate) fn read(&mut self, content: &Json) -> Result<(), String> {
        structure::read(content, "Metadata", FIELDS, &mut self.all)?;
        self.name = self.text("name").to_owned();
        self.version = self.text("version").to_owned();
        Ok(())
    }

    pub(crate) fn text(&self, field: &str) -> &str {
        self.all.get(field).and_then(Json::as_str).unwrap_or_default()
    }

    pub(crate) fn api_version(&self) -> &str {
        self.text("apiVersion")
    }

    pub(crate) fn is_library(&self) -> bool {
        self.text("type") == "library"
    }

    pub(crate) fn is_deprecated(&self) -> bool {
        self.all.get("deprecated") == Some(&Json::Bool(true))
    }

    /// What it names as dependencies.
    pub(crate) fn dependencies(&self) -> Vec<Dependency> {
        let listed = self.all.get("dependencies").and_then(Json::as_array);
        listed.into_iter().flatten().filter_map(Dependency::from_json).collect()
    }

    pub(crate) fn set_dependencies(&mut self, dependencies: &[Dependency]) {
        if dependencies.is_empty() {
            self.all.remove("dependencies");
        } else {
            self.all.insert("dependencies".to_owned(), to_json(dependencies));
        }
    }

    pub(crate) fn rename(&mut self, name: &str) {
        name.clone_into(&mut self.name);
        self.all.insert("name".to_owned(), Json::String(name.to_owned()));
    }

    /// Sees to characters that cannot be printed, and that all is there and allowed.
    ///
    /// # Errors
    /// When it is not.
    pub(crate) fn validate(&mut self) -> Result<(), ChartError> {
        self.clean();
        let refuse = |message: String| Err(ChartError::new("chart/metadata", message, RULES));
        match self.api_version() {
            "v1" | "v2" => {}
            other => {
                let message = format!("Chart.yaml has `apiVersion: {other}`, which is not supported");
                return Err(ChartError::new("chart/api-version", message, "charts of `apiVersion: v1` and `v2` are"));
            }
        }
        if self.name.is_empty() {
            return refuse("Chart.yaml has no `name`".to_owned());
        }
        if matches!(self.name.as_str(), "." | "..") || self.name.contains('/') {
            return refuse(format!("Chart.yaml has `name: {}`, which is no name of a chart", self.name));
        }
        if self.version.is_empty() {
            return refuse("Chart.yaml has no `version`".to_owned());
        }
        if Version::parse(&self.version).is_err() {
            return refuse(format!("Chart.yaml has `version: {}`, which is no semantic version", self.version));
        }
        if !matches!(self.text("type"), "" | "application" | "library") {
            return refuse(format!(
                "Chart.yaml has `type: {}`; a chart is an application or a library",
                self.text("type")
            ));
        }
        for list in ["maintainers", "dependencies"] {
            if self.all.get(list).and_then(Json::as_array).is_some_and(|items| items.iter().any(Json::is_null)) {
                return refuse(format!("Chart.yaml has an empty item in `{list}`"));
            }
        }
        self.validate_dependencies()
    }

    fn validate_dependencies(&self) -> Result<(), ChartError> {
        let mut names = BTreeSet::new();
        for dependency in self.dependencies() {
            let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
            if !dependency.alias.chars().all(is_allowed) {
                let Dependency { name, alias, .. } = &dependency;
                let message = format!("Chart.yaml gives the dependency `{name}` the alias `{alias}`");
                return Err(ChartError::new("chart/metadata", message, "an alias has letters, digits, `_` and `-`"));
            }
            let name = dependency.called().to_owned();
            if names.contains(&name) {
                let message = format!("Chart.yaml has more than one dependency with the name or alias `{name}`");
                return Err(ChartError::new("chart/metadata", message, "give each an `alias` of its own"));
            }
            names.insert(name);
        }
        Ok(())
    }

    fn clean(&mut self) {
        for (key, value) in &mut self.all {
            match (key.as_str(), value) {
                ("version" | "apiVersion" | "type", _) => {}
                (_, Json::String(text)) => *text = sanitize(text),
                ("sources" | "keywords", Json::Array(items)) => sanitize_all(items),
                ("maintainers" | "dependencies", Json::Array(items)) => {
                    for item in items.iter_mut().filter_map(Json::as_object_mut) {
                        clean_item(item);
                    }
                }
                _ => {}
            }
        }
        self.name = self.text("name").to_owned();
    }
}

fn clean_item(item: &mut Map<String, Json>) {
    for (key, value) in item {
        match (key.as_str(), value) {
            ("alias", _) => {}
            (_, Json::String(text)) => *text = sanitize(text),
            ("tags", Json::Array(tags)) => sanitize_all(tags),
            _ => {}
        }
    }
}

fn sanitize_all(items: &mut [Json]) {
    for item in items {
        if let Json::String(text) = item {
            *text = sanitize(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(content: &Json) -> Result<Metadata, String> {
        let mut metadata = Metadata::default();
        metadata.read(content)?;
        Ok(metadata)
    }

    fn fault(changed: &Json) -> String {
        let mut content = json!({"apiVersion": "v2", "name": "a", "version": "1.0.0"});
        for (key, value) in changed.as_object().unwrap() {
            content[key] = value.clone();
        }
        read(&content).unwrap().validate().unwrap_err().message
    }

    #[test]
    fn numbers_and_truths_are_texts_where_a_text_is_due() {
        let content = json!({"name": "a", "appVersion": 1.10, "description": 5, "kubeVersion": true, "icon": null,
            "unknown": 3, "keywords": ["a", 1, null], "annotations": {"a": 1, "b": true, "c": null, "d": "x"}});
        let metadata = read(&content).unwrap();
        let expected = json!({"name": "a", "appVersion": "1.1", "description": "5", "kubeVersion": "true",
            "keywords": ["a", "1", ""], "annotations": {"a": "1", "b": "true", "c": "", "d": "x"}});
        assert_eq!(Json::Object(metadata.all), expected);
    }

    #[test]
    fn the_case_of_keys_does_not_matter() {
        assert_eq!(read(&json!({"NAME": "a", "ApiVersion": "v2"})).unwrap().api_version(), "v2");
    }

    #[test]
    fn what_is_not_of_its_type_is_refused_in_the_words_of_go() {
        let fault = |content: Json| read(&content).unwrap_err();
        assert_eq!(
            fault(json!({"name": ["a"]})),
            "json: cannot unmarshal array into Go struct field Metadata.name of type string"
        );
        assert_eq!(
            fault(json!({"maintainers": ["joe"]})),
            "json: cannot unmarshal string into Go struct field Metadata.maintainers of type v2.Maintainer"
        );
        assert_eq!(
            fault(json!({"deprecated": "yes"})),
            "json: cannot unmarshal string into Go struct field Metadata.deprecated of type bool"
        );
        assert_eq!(fault(json!(["a"])), "json: cannot unmarshal array into Go value of type v2.Metadata");
    }

    #[test]
    fn every_rule_of_helm_is_kept() {
        assert_eq!(fault(&json!({"name": null})), "Chart.yaml has no `name`");
        assert!(fault(&json!({"name": "a/b"})).contains("no name of a chart"));
        assert!(fault(&json!({"name": ".."})).contains("no name of a chart"));
        assert_eq!(fault(&json!({"version": null})), "Chart.yaml has no `version`");
        assert!(fault(&json!({"version": "one"})).contains("no semantic version"));
        assert!(fault(&json!({"type": "plugin"})).contains("an application or a library"));
        assert!(fault(&json!({"apiVersion": "v3"})).contains("not supported"));
        assert!(fault(&json!({"maintainers": [null]})).contains("empty item in `maintainers`"));
        assert!(fault(&json!({"dependencies": [null]})).contains("empty item in `dependencies`"));
        assert!(fault(&json!({"dependencies": [{"name": "x", "alias": "a.b"}]})).contains("the alias `a.b`"));
        assert!(
            fault(&json!({"dependencies": [{"name": "x"}, {"name": "y", "alias": "x"}]})).contains("more than one")
        );
    }

    #[test]
    fn what_cannot_be_printed_is_taken_out() {
        let mut metadata =
            read(&json!({"apiVersion": "v2", "name": "a\tb\u{7}", "version": "1", "keywords": ["x\u{200b}y"],
            "maintainers": [{"name": "j\noe"}], "dependencies": [{"name": "d\u{1}", "tags": ["t\r"]}]}))
            .unwrap();
        metadata.validate().unwrap();
        assert_eq!(metadata.name, "a b");
        let expected = json!({"apiVersion": "v2", "name": "a b", "version": "1", "keywords": ["xy"],
            "maintainers": [{"name": "j oe"}], "dependencies": [{"name": "d", "repository": "", "tags": ["t "]}]});
        assert_eq!(Json::Object(metadata.all), expected);
    }
}
