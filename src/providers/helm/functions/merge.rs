//! Laying maps over each other, in the map that comes first: `merge` fills what is empty there, `mergeOverwrite`
//! replaces. As the library does that sprig uses, which has its own idea of empty.

use std::rc::Rc;

use super::super::template::{Failure, Function, Map, Value};
use super::arguments::{Arguments, DEEPEST, Outcome, at_least};
use super::defaults::is_empty;

const MERGE: Function = at_least(1, |_, given| merge(given, false));
const MERGE_OVERWRITE: Function = at_least(1, |_, given| merge(given, true));

pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("merge", MERGE),
    ("mergeOverwrite", MERGE_OVERWRITE),
    ("mustMerge", MERGE),
    ("mustMergeOverwrite", MERGE_OVERWRITE),
];

fn merge(given: &[Value], overwrite: bool) -> Outcome {
    let into = given.map(0)?.cloned().unwrap_or_default();
    for place in 1..given.len() {
        if let Some(from) = given.map(place)? {
            merge_maps(&into, from, overwrite, 0)?;
        }
    }
    Ok(Value::Map(into))
}

fn merge_maps(into: &Map, from: &Map, overwrite: bool, depth: usize) -> Result<(), Failure> {
    if depth > DEEPEST {
        return Err(Failure::new(format!("maps nested more than {DEEPEST} deep cannot be merged")));
    }
    if Rc::ptr_eq(&into.entries, &from.entries) {
        return Ok(());
    }
    // A copy, since what is merged may be part of where it goes.
    let entries: Vec<_> = from.entries.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    for (key, new) in entries {
        let old = into.entries.borrow().get(&key).cloned();
        let replaces = match (&old, &new) {
            (None, Value::Nil) => overwrite,
            (_, Value::Nil) => overwrite,
            (Some(Value::Map(old)), Value::Map(new)) => {
                merge_maps(old, new, overwrite, depth + 1)?;
                old.entries.borrow().is_empty()
            }
            // A list replaces nothing but what is empty, unless it is to overwrite, and then even if it is empty itself.
            (Some(old), _) => overwrite || is_empty(old),
            (None, _) => true,
        };
        if replaces {
            into.entries.borrow_mut().insert(key, new);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{evaluate, gives};
    use super::*;
    use proptest::prelude::*;

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of what Helm said")]
    fn maps_are_merged_as_helm_merges_them() {
        gives(&[
            ("merge (dict \"a\" 1) (dict \"a\" 2 \"b\" 3)", "map[string]interface {}", "map[a:1 b:3]"),
            (
                "merge (dict \"a\" 0 \"b\" \"\" \"c\" false \"d\" nil \"e\" (list) \"f\" (dict)) (dict \"a\" 1 \"b\" \"x\" \"c\" true \"d\" 1 \"e\" (list 1) \"f\" (dict \"g\" 1))",
                "map[string]interface {}",
                "map[a:1 b:x c:true d:1 e:[1] f:map[g:1]]",
            ),
            (
                "merge (dict \"a\" (dict \"b\" 1)) (dict \"a\" (dict \"b\" 2 \"c\" 3))",
                "map[string]interface {}",
                "map[a:map[b:1 c:3]]",
            ),
            ("merge (dict \"a\" (dict \"b\" 1)) (dict \"a\" \"x\")", "map[string]interface {}", "map[a:map[b:1]]"),
            ("merge (dict \"a\" \"x\") (dict \"a\" (dict \"b\" 1))", "map[string]interface {}", "map[a:x]"),
            ("merge (dict \"a\" (list 1)) (dict \"a\" (list 2 3))", "map[string]interface {}", "map[a:[1]]"),
            ("merge (dict) (dict \"a\" nil \"b\" (list) \"c\" (dict))", "map[string]interface {}", "map[b:[] c:map[]]"),
            (
                "merge (dict \"z\" 1) (dict \"a\" nil \"b\" (list) \"c\" (dict))",
                "map[string]interface {}",
                "map[b:[] c:map[] z:1]",
            ),
            (
                "merge (dict \"a\" 1) (dict \"a\" 2) (dict \"b\" 3) (dict \"b\" 4)",
                "map[string]interface {}",
                "map[a:1 b:3]",
            ),
            ("merge (dict \"a\" 1)", "map[string]interface {}", "map[a:1]"),
            ("mustMerge (dict \"a\" 1) (dict \"b\" 2)", "map[string]interface {}", "map[a:1 b:2]"),
            ("merge (dict \"a\" nil) (dict \"a\" (dict \"b\" 1))", "map[string]interface {}", "map[a:map[b:1]]"),
            ("merge (dict \"a\" \"x\") (dict \"a\" (list 1))", "map[string]interface {}", "map[a:x]"),
            ("merge (dict \"a\" \"\") (dict \"a\" (list 1))", "map[string]interface {}", "map[a:[1]]"),
            ("merge (dict \"a\" (list 1)) (dict \"a\" \"x\")", "map[string]interface {}", "map[a:[1]]"),
            ("mergeOverwrite (dict \"a\" 1) (dict \"a\" 2 \"b\" 3)", "map[string]interface {}", "map[a:2 b:3]"),
            (
                "mergeOverwrite (dict \"a\" 1 \"b\" \"x\" \"c\" true \"d\" 1 \"e\" (list 1) \"f\" (dict \"g\" 1)) (dict \"a\" 0 \"b\" \"\" \"c\" false \"d\" nil \"e\" (list) \"f\" (dict))",
                "map[string]interface {}",
                "map[a:0 b: c:false d:<nil> e:[] f:map[g:1]]",
            ),
            (
                "mergeOverwrite (dict \"a\" (dict \"b\" 1 \"x\" 2)) (dict \"a\" (dict \"b\" 2 \"c\" 3))",
                "map[string]interface {}",
                "map[a:map[b:2 c:3 x:2]]",
            ),
            ("mergeOverwrite (dict \"a\" (dict \"b\" 1)) (dict \"a\" \"x\")", "map[string]interface {}", "map[a:x]"),
            (
                "mergeOverwrite (dict \"a\" \"x\") (dict \"a\" (dict \"b\" 1))",
                "map[string]interface {}",
                "map[a:map[b:1]]",
            ),
            ("mergeOverwrite (dict \"a\" (list 1)) (dict \"a\" (list 2 3))", "map[string]interface {}", "map[a:[2 3]]"),
            (
                "mergeOverwrite (dict) (dict \"a\" nil \"b\" (list) \"c\" (dict))",
                "map[string]interface {}",
                "map[a:<nil> b:[] c:map[]]",
            ),
            (
                "mergeOverwrite (dict \"a\" nil) (dict \"a\" (dict \"b\" 1))",
                "map[string]interface {}",
                "map[a:map[b:1]]",
            ),
            (
                "mergeOverwrite (dict \"a\" (dict \"b\" (dict \"c\" 1))) (dict \"a\" (dict \"b\" nil))",
                "map[string]interface {}",
                "map[a:map[b:<nil>]]",
            ),
            ("mustMergeOverwrite (dict \"a\" 1) (dict \"a\" 2) (dict \"a\" 3)", "map[string]interface {}", "map[a:3]"),
            (
                "mergeOverwrite (dict \"a\" (dict \"b\" 1)) (dict \"a\" (dict))",
                "map[string]interface {}",
                "map[a:map[b:1]]",
            ),
            ("merge (first list) (dict \"a\" 1)", "map[string]interface {}", "map[a:1]"),
            ("merge (dict \"a\" 1) (first list)", "map[string]interface {}", "map[a:1]"),
            ("mergeOverwrite (dict \"a\" (semver \"1\")) (dict \"a\" 1)", "map[string]interface {}", "map[a:1]"),
            (
                "merge (dict \"a\" 1) (dict \"a\" (semver \"1\") \"b\" (semver \"2\"))",
                "map[string]interface {}",
                "map[a:1 b:2.0.0]",
            ),
        ]);
    }

    #[test]
    fn a_map_that_contains_itself_ends_the_merge() {
        let map = evaluate("dict \"a\" (dict)").unwrap();
        let Value::Map(entries) = &map else { panic!("no map") };
        entries.entries.borrow_mut().insert("self".into(), map.clone());
        let other = evaluate("dict \"self\" (dict \"self\" (dict \"b\" 1))").unwrap();
        let merged = merge(&[map.clone(), other], false);
        assert!(merged.is_ok());
        entries.entries.borrow_mut().clear();
    }

    fn map() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::json!(null)),
            Just(serde_json::json!("")),
            Just(serde_json::json!("a")),
            Just(serde_json::json!(0)),
            Just(serde_json::json!([1])),
            Just(serde_json::json!([])),
        ];
        let map = leaf.prop_recursive(3, 16, 3, |inner| {
            proptest::collection::btree_map("[ab]", inner, 0..3)
                .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect()))
        });
        proptest::collection::btree_map("[ab]", map, 0..3)
            .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect()))
    }

    proptest! {
        #[test]
        fn what_was_merged_merges_no_more(one in map(), other in map(), overwrite: bool) {
            let values = [Value::from_json(&one), Value::from_json(&other)];
            let once = merge(&values, overwrite).unwrap();
            let printed = format!("{once:?}");
            let twice = merge(&[once, Value::from_json(&other)], overwrite).unwrap();
            prop_assert_eq!(format!("{twice:?}"), printed);
        }
    }
}
