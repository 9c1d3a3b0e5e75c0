//! What is empty, and what stands in for it.

use super::super::template::{Function, Value, is_true};
use super::arguments::{Arguments, at_least, exactly};

pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("all", at_least(0, |_, given| Ok(Value::Bool(!given.iter().any(is_empty))))),
    ("any", at_least(0, |_, given| Ok(Value::Bool(!given.iter().all(is_empty))))),
    ("coalesce", at_least(0, |_, given| Ok(given.iter().find(|value| !is_empty(value)).cloned().unwrap_or_default()))),
    (
        "default",
        at_least(1, |_, given| {
            let chosen = given.get(1).filter(|value| !is_empty(value)).unwrap_or(given.any(0));
            Ok(chosen.clone())
        }),
    ),
    ("empty", exactly(1, |_, given| Ok(Value::Bool(is_empty(given.any(0)))))),
    ("ternary", exactly(3, |_, given| Ok(given.any(if given.flag(2)? { 0 } else { 1 }).clone()))),
];

/// Nothing, `false`, zero, and whatever has a length of zero.
pub(super) fn is_empty(value: &Value) -> bool {
    !is_true(value)
}

#[cfg(test)]
mod tests {
    use super::super::testing::gives;

    #[test]
    fn defaults_are_chosen_as_helm_chooses_them() {
        gives(&[
            ("default \"a\"", "string", "a"),
            ("default \"a\" \"\"", "string", "a"),
            ("default \"a\" nil", "string", "a"),
            ("default \"a\" \"b\"", "string", "b"),
            ("default \"a\" 0", "string", "a"),
            ("default 1 0.0", "int", "1"),
            ("default 1 false", "int", "1"),
            ("default 1 true", "bool", "true"),
            ("default 1 (list)", "int", "1"),
            ("default 1 (dict)", "int", "1"),
            ("default 1 (dict \"a\" 1)", "map[string]interface {}", "map[a:1]"),
            ("default \"a\" (add 0)", "string", "a"),
            ("default \"a\" (semver \"1\")", "*semver.Version", "1.0.0"),
            ("default nil \"\"", "<nil>", "<nil>"),
            ("default 1 2 3", "int", "2"),
            ("empty nil", "bool", "true"),
            ("empty \"\"", "bool", "true"),
            ("empty \"a\"", "bool", "false"),
            ("empty 0", "bool", "true"),
            ("empty 0.0", "bool", "true"),
            ("empty false", "bool", "true"),
            ("empty (list)", "bool", "true"),
            ("empty (dict)", "bool", "true"),
            ("empty (list nil)", "bool", "false"),
            ("empty (toDate \"2006\" \"2024\")", "bool", "false"),
            ("coalesce 0 \"\" nil \"a\" \"b\"", "string", "a"),
            ("coalesce", "<nil>", "<nil>"),
            ("coalesce 0 nil", "<nil>", "<nil>"),
            ("all 1 \"a\" true", "bool", "true"),
            ("all 1 0", "bool", "false"),
            ("all", "bool", "true"),
            ("any 0 \"\" 1", "bool", "true"),
            ("any 0 \"\"", "bool", "false"),
            ("any", "bool", "false"),
            ("ternary \"a\" \"b\" true", "string", "a"),
            ("ternary \"a\" \"b\" false", "string", "b"),
            ("ternary nil \"b\" true", "<nil>", "<nil>"),
        ]);
    }
}
