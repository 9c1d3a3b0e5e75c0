//! JSON merge patch (RFC 7396): `null` removes, objects are merged, anything else replaces.

use serde_json::{Map, Value as Json};

/// The object after a patch.
///
/// # Errors
/// When the patch is no object, as that of an API server must be.
pub(in crate::simulator) fn merge(object: &Json, patch: &Json) -> Result<Json, String> {
    if !patch.is_object() {
        return Err("the patch is not an object: a merge patch says `{\"field\": value}`".to_owned());
    }
    Ok(merged(object, patch))
}

fn merged(value: &Json, patch: &Json) -> Json {
    let Json::Object(members) = patch else { return patch.clone() };
    let mut result = match value {
        Json::Object(members) => members.clone(),
        _ => Map::new(),
    };
    for (name, member) in members {
        if member.is_null() {
            result.remove(name);
        } else {
            let before = result.get(name).unwrap_or(&Json::Null);
            let after = merged(before, member);
            result.insert(name.clone(), after);
        }
    }
    Json::Object(result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    /// The examples of RFC 7396, appendix A.
    #[test]
    fn the_examples_of_the_standard() {
        let cases = [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
            (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
            (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
            (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
            (r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#),
            (r#"{"a":"foo"}"#, "null", "null"),
            (r#"{"a":"foo"}"#, r#""bar""#, r#""bar""#),
            (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
            ("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
            ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
        ];
        for (object, patch, result) in cases {
            let read = |text: &str| serde_json::from_str::<Json>(text).unwrap();
            assert_eq!(merged(&read(object), &read(patch)), read(result), "{object} {patch}");
        }
    }

    #[test]
    fn only_an_object_is_a_patch_for_an_api_server() {
        assert!(merge(&json!({}), &json!([1])).unwrap_err().contains("not an object"));
    }

    fn value() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![any::<i8>().prop_map(Json::from), "[a-c]".prop_map(Json::from), Just(Json::Null)];
        leaf.prop_recursive(3, 16, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
                prop::collection::btree_map("[a-c]", inner, 0..3).prop_map(|all| json!(all)),
            ]
        })
    }

    fn has_null(value: &Json) -> bool {
        match value {
            Json::Null => true,
            Json::Object(members) => members.values().any(has_null),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn twice_is_as_good_as_once(object in value(), patch in value()) {
            let once = merged(&object, &patch);
            prop_assert_eq!(merged(&once, &patch), once);
        }

        #[test]
        fn a_patch_without_null_comes_out_of_nothing_as_it_is(patch in value()) {
            prop_assume!(!has_null(&patch));
            prop_assert_eq!(merged(&Json::Null, &patch), patch);
        }
    }
}
