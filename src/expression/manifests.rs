//! `manifests(path)`: the Kubernetes objects of a file or a folder. Knows how such files are cut into
//! documents, and nothing of what the objects mean.

use serde::Deserialize as _;

use super::Files;
use crate::value::Value;

/// The names that are read in a folder; others, such as a README, are left out.
const ENDINGS: &[&str] = &[".yaml", ".yml", ".json"];

/// All objects of a file, or of the files of a folder in the order of their names.
///
/// # Errors
/// What cannot be read, with its file and line.
pub(super) fn read(files: &Files, path: &str) -> Result<Value, String> {
    if ends_well(path) {
        return objects(path, &files.get(path)?).map(Value::List);
    }
    let folder = path.trim_end_matches('/');
    let listing = files.get(&format!("{folder}/"))?;
    let mut all = Vec::new();
    for name in listing.lines().filter(|name| ends_well(name)) {
        let file = format!("{folder}/{name}");
        all.extend(objects(&file, &files.get(&file)?)?);
    }
    if all.is_empty() {
        return Err(format!("`{folder}` holds no object: no file there ends with {}", ENDINGS.join(", ")));
    }
    Ok(Value::List(all))
}

fn ends_well(name: &str) -> bool {
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// The documents of one file. Empty ones say nothing, and a `List` stands for its items.
fn objects(file: &str, text: &str) -> Result<Vec<Value>, String> {
    let mut all = Vec::new();
    for (number, document) in serde_yaml::Deserializer::from_str(text).enumerate() {
        // By way of YAML's own values, which know of keys that are given twice.
        let yaml = serde_yaml::Value::deserialize(document).map_err(|error| format!("`{file}`: {error}"))?;
        let json = serde_json::to_value(yaml).map_err(|error| format!("`{file}`: {error}"))?;
        match Value::from(json) {
            Value::Null => {}
            Value::Map(mut object) => match (is_list(&object), object.remove("items")) {
                (true, Some(Value::List(items))) => all.extend(items),
                (_, items) => {
                    object.extend(items.map(|items| ("items".to_owned(), items)));
                    all.push(Value::Map(object));
                }
            },
            other => {
                let found = other.kind().noun();
                return Err(format!("`{file}`: document {} is {found}, where a manifest is a map", number + 1));
            }
        }
    }
    Ok(all)
}

/// Such as `List`, which is no object of its own: kubectl writes several objects so.
fn is_list(object: &crate::value::Attributes) -> bool {
    let text = |name: &str| object.get(name).and_then(Value::as_str);
    text("kind").is_some_and(|kind| kind.ends_with("List")) && !object.contains_key("metadata")
        || (text("apiVersion"), text("kind")) == (Some("v1"), Some("List"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn names(path: &str, files: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let files: BTreeMap<_, _> = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let objects = read(&Files::fixed(files), path)?;
        let name = |object: &Value| {
            object.at(crate::value::Path::parse("metadata.name")?.segments())?.as_str().map(str::to_owned)
        };
        Ok(objects.as_list().unwrap().iter().map(|object| name(object).unwrap()).collect())
    }

    const TWO: &str = "# first\nmetadata: {name: a}\n---\n---\n# nothing\n---\nmetadata: {name: b}\n";

    #[test]
    fn files_and_folders_are_cut_into_objects() {
        let list = "apiVersion: v1\nkind: List\nmetadata: {resourceVersion: ''}\nitems: [{metadata: {name: c}}, {metadata: {name: d}}]";
        let files = [
            ("crds/", "10.yml\nREADME.md\n20.json\n"),
            ("crds/10.yml", TWO),
            ("crds/20.json", r#"{"metadata": {"name": "z"}}"#),
            ("list.yaml", list),
        ];
        assert_eq!(names("crds", &files).unwrap(), ["a", "b", "z"]);
        assert_eq!(names("crds/", &files).unwrap(), ["a", "b", "z"]);
        assert_eq!(names("crds/10.yml", &files).unwrap(), ["a", "b"]);
        assert_eq!(names("list.yaml", &files).unwrap(), ["c", "d"]);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let files = [
            ("a.yaml", "metadata:\n  name: [\n"),
            ("b.yaml", "- 1\n"),
            ("empty/", "notes.txt\n"),
            ("d.yaml", "a: 1\na: 2\n"),
        ];
        for (path, expected) in [
            ("a.yaml", "`a.yaml`: "),
            ("b.yaml", "`b.yaml`: document 1 is a list, where a manifest is a map"),
            ("empty", "`empty` holds no object"),
            ("gone.yaml", "`gone.yaml` cannot be read here"),
            ("gone", "`gone/` cannot be read here"),
            ("d.yaml", "duplicate"),
        ] {
            let error = names(path, &files).unwrap_err();
            assert!(error.contains(expected), "{path}: {error}");
        }
    }
}
