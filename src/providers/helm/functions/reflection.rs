//! What a value is: its Go type and kind, and whether two are the same.

use std::rc::Rc;

use super::super::template::{Failure, Function, Object, Value, type_name};
use super::arguments::{Arguments, DEEPEST, exactly};

pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("deepEqual", exactly(2, |_, given| Ok(Value::Bool(equal(given.any(0), given.any(1))?)))),
    ("kindIs", exactly(2, |_, given| Ok(Value::Bool(given.text(0)? == kind_of(given.any(1)))))),
    ("kindOf", exactly(1, |_, given| Ok(Value::string(kind_of(given.any(0)))))),
    ("typeIs", exactly(2, |_, given| Ok(Value::Bool(given.text(0)? == type_name(given.any(1)))))),
    (
        "typeIsLike",
        exactly(2, |_, given| {
            let (wanted, found) = (given.text(0)?, type_name(given.any(1)));
            Ok(Value::Bool(wanted == found || found.strip_prefix('*') == Some(wanted)))
        }),
    ),
    ("typeOf", exactly(1, |_, given| Ok(Value::string(type_name(given.any(0)))))),
];

pub(super) fn kind_of(value: &Value) -> &str {
    match value {
        Value::Nil => "invalid",
        Value::List(_) | Value::Bytes(_) => "slice",
        Value::Map(_) => "map",
        Value::Object(object) => object.kind(),
        other => type_name(other),
    }
}

/// As `reflect.DeepEqual` has it: only values of the same type are equal, so that the 1 of a template is not the 1 of
/// a values file.
pub(super) fn equal(one: &Value, other: &Value) -> Result<bool, Failure> {
    equal_at(one, other, 0)
}

fn equal_at(one: &Value, other: &Value, depth: usize) -> Result<bool, Failure> {
    if depth > DEEPEST {
        return Err(Failure::new(format!("values nested more than {DEEPEST} deep cannot be compared")));
    }
    Ok(match (one, other) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::Int(one), Value::Int(other)) | (Value::Int64(one), Value::Int64(other)) => one == other,
        (Value::Uint64(one), Value::Uint64(other)) => one == other,
        (Value::Float(one), Value::Float(other)) => one == other,
        (Value::String(one), Value::String(other)) => one == other,
        (Value::Bytes(one), Value::Bytes(other)) => one == other,
        (Value::List(one), Value::List(other)) => {
            if (one.of, one.nil, one.items.len()) != (other.of, other.nil, other.items.len()) {
                return Ok(false);
            }
            for (one, other) in one.items.iter().zip(other.items.iter()) {
                if !equal_at(one, other, depth + 1)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Map(one), Value::Map(other)) => {
            if Rc::ptr_eq(&one.entries, &other.entries) {
                return Ok(true);
            }
            let (ones, others) = (one.entries.borrow(), other.entries.borrow());
            if one.of != other.of || ones.len() != others.len() {
                return Ok(false);
            }
            for ((one_key, one), (other_key, other)) in ones.iter().zip(others.iter()) {
                if one_key != other_key || !equal_at(one, other, depth + 1)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Object(one), Value::Object(other)) => same_object(one, other),
        _ => false,
    })
}

fn same_object(one: &Rc<dyn Object>, other: &Rc<dyn Object>) -> bool {
    Rc::ptr_eq(one, other) || (one.type_name() == other.type_name() && one.print() == other.print())
}

#[cfg(test)]
mod tests {
    use super::super::testing::gives;

    #[test]
    fn types_and_kinds_are_as_helm_says() {
        gives(&[
            ("typeOf nil", "string", "<nil>"),
            ("typeOf 1", "string", "int"),
            ("typeOf 1.5", "string", "float64"),
            ("typeOf \"a\"", "string", "string"),
            ("typeOf true", "string", "bool"),
            ("typeOf (list 1)", "string", "[]interface {}"),
            ("typeOf (dict \"a\" 1)", "string", "map[string]interface {}"),
            ("typeOf (splitList \",\" \"a,b\")", "string", "[]string"),
            ("typeOf (split \",\" \"a,b\")", "string", "map[string]string"),
            ("typeOf (until 2)", "string", "[]int"),
            ("typeOf (add 1 2)", "string", "int64"),
            ("typeOf (int \"1\")", "string", "int"),
            ("typeOf (semver \"1\")", "string", "*semver.Version"),
            ("typeOf (toDate \"2006\" \"2024\")", "string", "time.Time"),
            ("kindOf nil", "string", "invalid"),
            ("kindOf 1", "string", "int"),
            ("kindOf 1.5", "string", "float64"),
            ("kindOf (add 1 2)", "string", "int64"),
            ("kindOf \"a\"", "string", "string"),
            ("kindOf true", "string", "bool"),
            ("kindOf (list 1)", "string", "slice"),
            ("kindOf (dict \"a\" 1)", "string", "map"),
            ("kindOf (semver \"1\")", "string", "ptr"),
            ("kindOf (toDate \"2006\" \"2024\")", "string", "struct"),
            ("kindIs \"slice\" (list)", "bool", "true"),
            ("kindIs \"map\" (list)", "bool", "false"),
            ("typeIs \"string\" \"a\"", "bool", "true"),
            ("typeIs \"int\" (add 1 2)", "bool", "false"),
            ("typeIsLike \"semver.Version\" (semver \"1\")", "bool", "true"),
            ("typeIsLike \"*semver.Version\" (semver \"1\")", "bool", "true"),
            ("typeIsLike \"int\" 1", "bool", "true"),
            ("deepEqual 1 1", "bool", "true"),
            ("deepEqual 1 1.0", "bool", "false"),
            ("deepEqual 1 (add 1 0)", "bool", "false"),
            ("deepEqual (list 1 2) (list 1 2)", "bool", "true"),
            ("deepEqual (list 1 2) (list 1 3)", "bool", "false"),
            ("deepEqual (list \"a\") (splitList \",\" \"a\")", "bool", "false"),
            ("deepEqual (dict \"a\" (list 1)) (dict \"a\" (list 1))", "bool", "true"),
            ("deepEqual (dict \"a\" 1) (dict \"b\" 1)", "bool", "false"),
            ("deepEqual nil nil", "bool", "true"),
            ("deepEqual nil \"\"", "bool", "false"),
        ]);
    }
}
