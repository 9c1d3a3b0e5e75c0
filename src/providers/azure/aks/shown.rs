//! What an answer shows of a field, as far as the stack has a say in it. Knows no type.
//!
//! Azure tells every part of an object; a part that the stack leaves out is not the stack's.

use crate::provider::FieldType;
use crate::value::{Attributes, Value};

/// `found` with those parts that `written` has, in its spelling and, for lists of named objects, in its order.
/// All of it where nothing is written.
pub(in super::super) fn like(field_type: &FieldType, found: Value, written: Option<&Value>) -> Value {
    match (field_type, found, written) {
        (FieldType::Object(fields), Value::Map(mut found), written) => {
            let written = written.and_then(Value::as_map);
            let mut shown = Attributes::new();
            for field in fields {
                let part = written.and_then(|written| written.get(field.name));
                if written.is_some() && part.is_none() {
                    continue;
                }
                if let Some(value) = found.remove(field.name).filter(|value| !value.is_null()) {
                    shown.insert(field.name.to_owned(), like(&field.field_type, value, part));
                }
            }
            Value::Map(shown)
        }
        (FieldType::List(item), Value::List(found), Some(Value::List(written)))
            if matches!(**item, FieldType::Object(_)) =>
        {
            let shown = written.iter().filter_map(|one| {
                let named = found.iter().find(|other| name(other).is_some() && name(other) == name(one))?;
                Some(like(item, named.clone(), Some(one)))
            });
            Value::List(shown.collect())
        }
        (FieldType::List(item), Value::List(found), None) => {
            Value::List(found.into_iter().map(|one| like(item, one, None)).collect())
        }
        (FieldType::Set(_), Value::List(found), Some(Value::List(written))) => {
            let mut shown: Vec<Value> = found.into_iter().map(|one| spelled(one, written)).collect();
            shown.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
            Value::List(shown)
        }
        (FieldType::String(_), found, Some(written)) => spelled(found, std::slice::from_ref(written)),
        (_, found, _) => found,
    }
}

fn name(value: &Value) -> Option<&str> {
    value.as_map()?.get("name")?.as_str()
}

/// Azure gives words and ids back in other cases than it was given.
fn spelled(found: Value, written: &[Value]) -> Value {
    let same = |one: &&Value| match (one.as_str(), found.as_str()) {
        (Some(one), Some(found)) => one.eq_ignore_ascii_case(found),
        _ => false,
    };
    written.iter().find(|one| **one == found).or_else(|| written.iter().find(same)).cloned().unwrap_or(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Field;
    use serde_json::json;

    #[test]
    fn only_what_is_written_is_shown() {
        let pool = FieldType::Object(vec![
            Field::new("name", FieldType::text(), ""),
            Field::new("subnet", FieldType::text(), ""),
            Field::new("labels", FieldType::map(FieldType::text()), ""),
            Field::new("zones", FieldType::set(FieldType::text()), ""),
        ]);
        let pools = FieldType::list(pool);
        let found = json!([
            {"name": "b", "subnet": "/S/X", "labels": {"a": "1", "more": "2"}, "zones": ["2", "1"]},
            {"name": "other"},
            {"name": "a", "subnet": null, "zones": ["1"]},
        ]);
        let cases = [
            (json!([{"name": "a"}, {"name": "b"}]), json!([{"name": "a"}, {"name": "b"}])),
            (json!([{"name": "b", "subnet": "/s/x"}]), json!([{"name": "b", "subnet": "/s/x"}])),
            (json!([{"name": "b", "subnet": "/s/y"}]), json!([{"name": "b", "subnet": "/S/X"}])),
            (json!([{"name": "b", "labels": {}}]), json!([{"name": "b", "labels": {"a": "1", "more": "2"}}])),
            (json!([{"name": "b", "zones": ["3"]}]), json!([{"name": "b", "zones": ["1", "2"]}])),
            (json!([{"name": "a", "subnet": "/s/x"}, {"name": "c"}]), json!([{"name": "a"}])),
        ];
        for (written, expected) in cases {
            let shown = like(&pools, Value::from(found.clone()), Some(&Value::from(written.clone())));
            assert_eq!(shown, Value::from(expected), "{written}");
        }
        let all = like(&pools, Value::from(found), None);
        assert_eq!(all.as_list().map(<[Value]>::len), Some(3));
    }
}
