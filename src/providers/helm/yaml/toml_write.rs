//! TOML as `toToml` writes it: tables indented below their parents, plain values before tables.

use std::rc::Rc;

use super::number::format_float;
use crate::providers::helm::template::{Failure, Map, Value};

/// # Errors
/// What has no form in TOML, such as a list with nothing in one of its places.
pub(super) fn write(value: &Value) -> Result<String, Failure> {
    let mut writer = Writer { out: String::new() };
    match value {
        Value::Nil => return Err(Failure::new("reflect: call of reflect.Value.Type on zero Value")),
        Value::Map(map) => writer.table(&[], map)?,
        value if is_tables(value)? => {
            return Err(Failure::new("toml: top-level values must be Go maps or structs"));
        }
        value => writer.element(value)?,
    }
    Ok(writer.out)
}

struct Writer {
    out: String,
}

type Entries = Vec<(Rc<str>, Value)>;

/// Whether it is a list of tables and nothing else.
fn is_tables(value: &Value) -> Result<bool, Failure> {
    let Value::List(list) = value else { return Ok(false) };
    if list.items.iter().any(|item| matches!(item, Value::Nil)) {
        return Err(Failure::new("toml: cannot encode array with nil element"));
    }
    // Lists inside are looked into as well.
    for item in list.items.iter() {
        is_tables(item)?;
    }
    Ok(!list.items.is_empty() && list.items.iter().all(|item| matches!(item, Value::Map(_))))
}

/// The entries that are no tables, and those that are.
fn parts(map: &Map) -> Result<(Entries, Entries), Failure> {
    let (mut direct, mut tables) = (Vec::new(), Vec::new());
    for (key, value) in map.entries.borrow().iter() {
        let entry = (Rc::clone(key), value.clone());
        if matches!(value, Value::Map(_)) || is_tables(value)? {
            tables.push(entry);
        } else {
            direct.push(entry);
        }
    }
    Ok((direct, tables))
}

impl Writer {
    fn new_line(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    fn indent(&mut self, path: &[Rc<str>]) {
        self.out.push_str(&"  ".repeat(path.len().saturating_sub(1)));
    }

    fn table(&mut self, path: &[Rc<str>], map: &Map) -> Result<(), Failure> {
        let (direct, tables) = parts(map)?;
        for (key, value) in direct.into_iter().chain(tables) {
            let path: Vec<_> = path.iter().cloned().chain([key]).collect();
            self.entry(&path, &value)?;
        }
        Ok(())
    }

    fn entry(&mut self, path: &[Rc<str>], value: &Value) -> Result<(), Failure> {
        match value {
            Value::Nil => Ok(()),
            Value::Map(map) => {
                if path.len() == 1 {
                    self.new_line();
                }
                self.indent(path);
                self.out.push_str(&format!("[{}]", joined(path)));
                self.new_line();
                self.table(path, map)
            }
            Value::List(list) if is_tables(value)? => {
                for item in list.items.iter() {
                    let Value::Map(map) = item else { continue };
                    self.new_line();
                    self.indent(path);
                    self.out.push_str(&format!("[[{}]]", joined(path)));
                    self.new_line();
                    self.table(path, map)?;
                }
                Ok(())
            }
            value => {
                self.indent(path);
                self.out.push_str(&format!("{} = ", path.last().map(|key| quoted_key(key)).unwrap_or_default()));
                self.element(value)?;
                self.new_line();
                Ok(())
            }
        }
    }

    /// A value in one line.
    fn element(&mut self, value: &Value) -> Result<(), Failure> {
        match value {
            Value::Nil => return Err(Failure::new("toml: cannot encode array with nil element")),
            Value::Bool(value) => self.out.push_str(&value.to_string()),
            Value::Int(value) | Value::Int64(value) => self.out.push_str(&value.to_string()),
            Value::Uint64(value) => self.out.push_str(&value.to_string()),
            Value::Float(value) => self.out.push_str(&float(*value)),
            Value::String(text) => self.out.push_str(&quote(text)),
            Value::Bytes(bytes) => {
                let bytes: Vec<_> = bytes.iter().map(u8::to_string).collect();
                self.out.push_str(&format!("[{}]", bytes.join(", ")));
            }
            Value::List(list) => {
                self.out.push('[');
                for (at, item) in list.items.iter().enumerate() {
                    if at > 0 {
                        self.out.push_str(", ");
                    }
                    self.element(item)?;
                }
                self.out.push(']');
            }
            Value::Map(map) => self.inline_table(map)?,
            Value::Object(object) => {
                let json = object.json();
                let text = json.as_str().unwrap_or_default();
                let printed = object.print();
                match (object.type_name(), text.split_once('T')) {
                    ("time.Time", Some((date, _))) if printed.ends_with("date-local") => self.out.push_str(date),
                    ("time.Time", Some((_, time))) if printed.ends_with(" time-local") => {
                        self.out.push_str(time.trim_end_matches('Z'));
                    }
                    ("time.Time", _) if printed.ends_with("-local") => self.out.push_str(text.trim_end_matches('Z')),
                    ("time.Time", _) => self.out.push_str(text),
                    _ => self.element(&Value::from_json(&json))?,
                }
            }
        }
        Ok(())
    }

    fn inline_table(&mut self, map: &Map) -> Result<(), Failure> {
        let (direct, tables) = parts(map)?;
        let count = direct.len() + tables.len();
        self.out.push('{');
        for (at, (key, value)) in direct.into_iter().chain(tables).enumerate() {
            if matches!(value, Value::Nil) {
                continue;
            }
            self.out.push_str(&format!("{} = ", quoted_key(&key)));
            self.element(&value)?;
            if at + 1 < count {
                self.out.push_str(", ");
            }
        }
        self.out.push('}');
        Ok(())
    }
}

fn float(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let text = format_float(value);
    if text.contains(['e', '.']) { text } else { format!("{text}.0") }
}

fn joined(path: &[Rc<str>]) -> String {
    path.iter().map(|key| quoted_key(key)).collect::<Vec<_>>().join(".")
}

fn quoted_key(key: &str) -> String {
    let bare = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if bare && !key.is_empty() { key.to_owned() } else { quote(key) }
}

fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..' ' | '\u{7f}' => out.push_str(&format!("\\u{:04x}", u32::from(char))),
            _ => out.push(char),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::helm::yaml::{to_plain, toml_read};
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    fn written(json: &Json) -> String {
        write(&Value::from_json(json)).unwrap_or_else(|failure| failure.0)
    }

    #[test]
    fn tables_come_after_plain_values_and_are_indented() {
        let json = json!({
            "s": "a\"b\u{1}é", "i": 1, "f": 1.5, "mil": 1e6, "l": [1, "x", [2]], "e": [], "weird key": true, "nul": null,
            "lm": [{"a": 1, "z": {"q": [{"w": 1}]}}, {"b": 2}],
            "m": {"z": 1, "a": {"b": {"c": 1}}, "e": {}},
            "mixed": [1.0, {"a": 1, "b": 2}],
        });
        let wanted = r#"e = []
f = 1.5
i = 1.0
l = [1.0, "x", [2.0]]
mil = 1e+06
mixed = [1.0, {a = 1.0, b = 2.0}]
s = "a\"b\u0001é"
"weird key" = true

[[lm]]
  a = 1.0
  [lm.z]

    [[lm.z.q]]
      w = 1.0

[[lm]]
  b = 2.0

[m]
  z = 1.0
  [m.a]
    [m.a.b]
      c = 1.0
  [m.e]
"#;
        assert_eq!(written(&json), wanted);
    }

    #[test]
    fn what_is_no_table_stands_alone_or_is_refused() {
        assert_eq!(written(&json!([1])), "[1.0]");
        assert_eq!(written(&json!("s")), "\"s\"");
        assert_eq!(written(&json!({"a": [null]})), "toml: cannot encode array with nil element");
        assert_eq!(written(&json!([{}])), "toml: top-level values must be Go maps or structs");
        assert_eq!(write(&Value::map([("a", Value::Int(1))])).unwrap(), "a = 1\n");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(key in ".{1,4}", text in ".*", number in proptest::num::f64::NORMAL) {
            let json = json!({key.clone(): {key.clone(): [{key: text}, {"n": number}], "l": [[1.5], ["x"]]}, "b": true});
            let toml = write(&Value::from_json(&json)).unwrap();
            let back = toml_read::read(&toml).unwrap();
            prop_assert_eq!(to_plain(&back).unwrap(), to_plain(&Value::from_json(&json)).unwrap());
        }
    }
}
