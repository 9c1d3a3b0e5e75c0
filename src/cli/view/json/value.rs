//! Values in messages: JSON with markers for what is unknown and what is secret.

use serde_json::json;

use crate::value::{Attributes, Value};

/// A value as the module's page says.
pub fn value(value: &Value) -> serde_json::Value {
    match value {
        Value::Unknown(kind) => json!({"$unknown": kind.name()}),
        Value::Secret(_) => json!({"$secret": true}),
        Value::List(items) => items.iter().map(self::value).collect(),
        Value::Map(entries) => attributes(entries),
        plain => plain.to_json(),
    }
}

/// Attributes, or any map, by name.
pub(super) fn attributes(attributes: &Attributes) -> serde_json::Value {
    let escape = |key: &str| if key.starts_with('$') { format!("${key}") } else { key.to_owned() };
    attributes.iter().map(|(key, entry)| (escape(key), value(entry))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Kind;
    use std::collections::BTreeMap;

    #[test]
    fn no_data_can_be_taken_for_a_marker() {
        let entries = BTreeMap::from([
            ("$secret".to_owned(), Value::from(true)),
            ("arn".to_owned(), Value::Unknown(Kind::String)),
            ("password".to_owned(), Value::from("hunter2").into_secret()),
        ]);
        let written = value(&Value::from(entries)).to_string();
        assert_eq!(written, r#"{"$$secret":true,"arn":{"$unknown":"string"},"password":{"$secret":true}}"#);
    }
}
