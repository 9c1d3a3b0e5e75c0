//! Names that follow from what stands in the `spec`.

use crate::provider::Finding;
use crate::providers::kubernetes::kinds::Kind;
use crate::value::{Path, Value};

/// Kinds whose names are two of their fields with a dot between.
const DERIVED: [(&str, [&[&str]; 2]); 2] = [
    ("CustomResourceDefinition", [&["spec", "names", "plural"], &["spec", "group"]]),
    ("APIService", [&["spec", "version"], &["spec", "group"]]),
];

pub(super) fn check(manifest: &Value, known: Option<&Kind>) -> Option<Finding> {
    let known = known?;
    let (_, parts) = DERIVED.iter().find(|(kind, _)| *kind == known.kind)?;
    let text = |keys: &[&str]| manifest.at(path(keys).segments()).and_then(Value::as_str);
    let wanted = format!("{}.{}", text(parts[0])?, text(parts[1])?);
    let name = text(&["metadata", "name"])?;
    let message = || {
        let [first, second] = parts.map(|keys| path(keys).to_string());
        format!("the name of a {} is its `{first}`, a dot and its `{second}`; `{name}` is not so", known.kind)
    };
    (name != wanted).then(|| {
        Finding::new("kubernetes/invalid-name", path(&["metadata", "name"]), message())
            .help(format!("write `{wanted}`"))
    })
}

fn path(keys: &[&str]) -> Path {
    keys.iter().fold(Path::default(), |path, key| path.key(key))
}
