//! Values files, one laid over the other.

use serde_json::{Map, Value as Json};

use super::ValuesError;
use crate::providers::helm::yaml;

/// Values as `-f` on `-f` has them: maps are merged, everything else is replaced. A null is kept, since it is to delete
/// a default of the chart later.
pub(crate) fn overlay(mut base: Map<String, Json>, over: Map<String, Json>) -> Map<String, Json> {
    for (key, value) in over {
        let merged = match (base.remove(&key), value) {
            (Some(Json::Object(under)), Json::Object(over)) => Json::Object(overlay(under, over)),
            (_, value) => value,
        };
        base.insert(key, merged);
    }
    base
}

/// A values file, of a chart or of a user: all of its documents, later ones over earlier ones.
/// Numbers are as exact as a `float64`.
///
/// # Errors
/// What Helm says of it, without the name of the file.
fn read(text: &str) -> Result<Map<String, Json>, ValuesError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut values = Map::new();
    for document in yaml::documents(text).map_err(|error| ValuesError::new(error.message))? {
        let refuse = |message: &str| ValuesError::new(format!("cannot unmarshal yaml document: {message}"));
        let document = yaml::read(&document).map_err(|error| refuse(&error.message))?;
        match yaml::as_values(document) {
            Json::Null => {}
            Json::Object(entries) => values = overlay(values, entries),
            other => return Err(refuse(&yaml::not_a_map(&other))),
        }
    }
    Ok(values)
}

/// Several values files; later ones win.
///
/// # Errors
/// What Helm says of the first that cannot be read.
pub(crate) fn merge_files(files: &[&str]) -> Result<Map<String, Json>, ValuesError> {
    files.iter().try_fold(Map::new(), |values, file| Ok(overlay(values, read(file)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    type Table = Map<String, Json>;

    #[test]
    fn a_later_file_wins_and_its_nulls_are_kept() {
        let merged = merge_files(&["a: {x: 1, z: 2}\nb: [1, 2]\nc: {d: 1}\n", "a: {x: null}\nb: [3]\nc: 4\n"]).unwrap();
        assert_eq!(Json::Object(merged), json!({"a": {"x": null, "z": 2}, "b": [3], "c": 4}));
    }

    #[test]
    fn documents_of_one_file_are_merged() {
        let values = read("\u{feff}a: {x: 1}\n---\n# nothing\n---\na: {z: 9007199254740993}\n").unwrap();
        assert_eq!(Json::Object(values), json!({"a": {"x": 1, "z": 9_007_199_254_740_992_i64}}));
        assert_eq!(read("").unwrap(), Map::new());
    }

    #[test]
    fn what_is_no_map_is_refused() {
        assert_eq!(
            read("- a\n").unwrap_err().message,
            "cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array \
             into Go value of type map[string]interface {}"
        );
        assert_eq!(
            read("a: 1\nb: c: d\n").unwrap_err().message,
            "cannot unmarshal yaml document: error converting YAML to JSON: yaml: line 2: mapping values are not \
             allowed in this context"
        );
    }

    fn tables() -> impl Strategy<Value = Table> {
        let leaf = prop_oneof![Just(Json::Null), (0..3).prop_map(Json::from), "[a-b]".prop_map(Json::from)];
        let json = leaf.prop_recursive(3, 12, 3, |inner| {
            proptest::collection::btree_map("[a-c]", inner, 0..3)
                .prop_map(|entries| Json::Object(entries.into_iter().collect()))
        });
        proptest::collection::btree_map("[a-c]", json, 0..3).prop_map(|entries| entries.into_iter().collect())
    }

    proptest! {
        #[test]
        fn the_later_wins_and_nothing_is_lost(one in tables(), two in tables()) {
            let laid = overlay(one.clone(), two.clone());
            prop_assert!(one.keys().chain(two.keys()).all(|key| laid.contains_key(key)));
            for (key, value) in &two {
                if !value.is_object() {
                    prop_assert_eq!(&laid[key], value);
                }
            }
            prop_assert_eq!(overlay(laid.clone(), two), laid.clone());
            prop_assert_eq!(overlay(Map::new(), laid.clone()), laid);
        }
    }
}
