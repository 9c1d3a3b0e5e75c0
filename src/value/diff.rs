//! Which leaves differ between two values.

use super::{Path, Value};

/// One field that differs; `None` is a field that is not there.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    pub path: Path,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// The smallest set of paths at which two values differ, in the order of their fields.
///
/// Maps are compared key by key. Lists of one length are compared item by item,
/// others as a whole, since no one can say which item moved where.
pub fn differences(path: &Path, before: Option<&Value>, after: Option<&Value>) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    collect(path, before, after, &mut changes);
    changes
}

fn collect(path: &Path, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<FieldChange>) {
    match (before, after) {
        (Some(Value::Map(left)), Some(Value::Map(right))) => {
            let keys: std::collections::BTreeSet<_> = left.keys().chain(right.keys()).collect();
            for key in keys {
                collect(&path.key(key), left.get(key), right.get(key), changes);
            }
        }
        (Some(Value::List(left)), Some(Value::List(right))) if left.len() == right.len() => {
            for (index, (one, other)) in left.iter().zip(right).enumerate() {
                collect(&path.index(index), Some(one), Some(other), changes);
            }
        }
        (before, after) => {
            // An unknown may turn out to be anything, so it always counts as a difference.
            let unknown = after.is_some_and(Value::has_unknown);
            if unknown || before != after {
                changes.push(FieldChange { path: path.clone(), before: before.cloned(), after: after.cloned() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Kind, json::tests::any_value};
    use proptest::prelude::*;

    #[test]
    fn only_the_leaf_that_differs_is_named() {
        let before = Value::from(serde_json::json!({"a": {"b": [1, 2]}, "c": 1}));
        let after = Value::from(serde_json::json!({"a": {"b": [1, 3]}, "d": 1}));
        let changed: Vec<_> = differences(&Path::field("x"), Some(&before), Some(&after))
            .into_iter()
            .map(|change| change.path.to_string())
            .collect();
        assert_eq!(changed, ["x.a.b[1]", "x.c", "x.d"]);
    }

    #[test]
    fn an_unknown_always_differs() {
        let unknown = Value::Unknown(Kind::String);
        assert_eq!(differences(&Path::field("x"), Some(&unknown), Some(&unknown)).len(), 1);
    }

    proptest! {
        #[test]
        fn nothing_differs_from_itself(value in any_value()) {
            prop_assume!(!value.has_unknown());
            prop_assert!(differences(&Path::field("x"), Some(&value), Some(&value)).is_empty());
        }

        #[test]
        fn what_differs_is_found(left in any_value(), right in any_value()) {
            prop_assume!(left != right);
            prop_assert!(!differences(&Path::field("x"), Some(&left), Some(&right)).is_empty());
        }
    }
}
