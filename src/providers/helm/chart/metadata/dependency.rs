//! What `Chart.yaml` and `Chart.lock` name as dependencies.

use serde_json::{Map, Value as Json};

use super::structure::{Field, Shape};

pub(super) const FIELDS: &[Field] = &[
    Field::always("name", Shape::Text),
    Field::new("version", Shape::Text),
    Field::always("repository", Shape::Text),
    Field::new("condition", Shape::Text),
    Field::new("tags", Shape::Texts),
    Field::new("enabled", Shape::Truth),
    Field::new("import-values", Shape::Anythings),
    Field::new("alias", Shape::Text),
];

/// A chart that another one needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Which versions will do.
    pub(crate) version: String,
    pub(crate) repository: String,
    /// Paths of values, separated by commas, the first of which that is a boolean says whether it is enabled.
    pub(crate) condition: String,
    pub(crate) tags: Vec<String>,
    pub(crate) enabled: bool,
    pub(crate) import_values: Vec<Json>,
    /// What it is called instead of its name, or nothing.
    pub(crate) alias: String,
}

impl Dependency {
    pub(super) fn from_json(json: &Json) -> Option<Self> {
        let entries = json.as_object()?;
        let text = |key: &str| entries.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
        let list = |key: &str| entries.get(key).and_then(Json::as_array).cloned().unwrap_or_default();
        Some(Self {
            name: text("name"),
            version: text("version"),
            repository: text("repository"),
            condition: text("condition"),
            tags: list("tags").iter().filter_map(Json::as_str).map(str::to_owned).collect(),
            enabled: entries.get("enabled") == Some(&Json::Bool(true)),
            import_values: list("import-values"),
            alias: text("alias"),
        })
    }

    /// What it goes by in the chart that needs it.
    pub(crate) fn called(&self) -> &str {
        if self.alias.is_empty() { &self.name } else { &self.alias }
    }

    /// Its fields in Go's order, without those that Go leaves out.
    fn fields(&self) -> Vec<(&'static str, Json)> {
        let text = |text: &str| Json::String(text.to_owned());
        let fields = [
            ("name", text(&self.name)),
            ("version", text(&self.version)),
            ("repository", text(&self.repository)),
            ("condition", text(&self.condition)),
            ("tags", Json::from(self.tags.clone())),
            ("enabled", Json::Bool(self.enabled)),
            ("import-values", Json::Array(self.import_values.clone())),
            ("alias", text(&self.alias)),
        ];
        let is_written = |(key, value): &(&str, Json)| {
            let is_empty = match value {
                Json::String(text) => text.is_empty(),
                Json::Array(items) => items.is_empty(),
                other => other == &Json::Bool(false),
            };
            matches!(*key, "name" | "repository") || !is_empty
        };
        fields.into_iter().filter(is_written).collect()
    }

    /// As Go writes it.
    pub(super) fn go_json(&self) -> String {
        let fields: Vec<String> =
            self.fields().iter().map(|(key, value)| format!("\"{key}\":{}", go_json(value))).collect();
        format!("{{{}}}", fields.join(","))
    }
}

/// As `Chart.yaml` and the release record have them.
pub(crate) fn to_json(dependencies: &[Dependency]) -> Json {
    let object = |dependency: &Dependency| -> Map<String, Json> {
        dependency.fields().into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    };
    Json::Array(dependencies.iter().map(|dependency| Json::Object(object(dependency))).collect())
}

/// JSON as Go writes it: no character in it that means something in HTML.
fn go_json(value: &Json) -> String {
    let mut written = String::new();
    for letter in value.to_string().chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                written.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            letter => written.push(letter),
        }
    }
    written
}
