//! TOML as `fromToml` reads it.

use serde_json::Value as Json;
use toml::value::{Datetime, Offset};

use crate::providers::helm::template::{Failure, Object, Value};

/// # Errors
/// What is wrong, and in which line.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let table: toml::Table = toml::from_str(text).map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        format!("toml: line {}: {}", before.matches('\n').count() + 1, error.message())
    })?;
    Ok(value(toml::Value::Table(table)))
}

fn value(toml: toml::Value) -> Value {
    match toml {
        toml::Value::String(text) => Value::string(text),
        toml::Value::Integer(value) => Value::Int64(value),
        toml::Value::Float(value) => Value::Float(value),
        toml::Value::Boolean(value) => Value::Bool(value),
        toml::Value::Datetime(time) => Value::Object(std::rc::Rc::new(Time(time))),
        toml::Value::Array(items) => Value::list(items.into_iter().map(value)),
        toml::Value::Table(entries) => Value::map(entries.into_iter().map(|(key, entry)| (key, value(entry)))),
    }
}

/// Go's `time.Time`, as far as TOML makes one: dates are those of midnight, times those of the year 0.
struct Time(Datetime);

impl Time {
    fn date(&self) -> String {
        self.0.date.map_or_else(|| "0000-01-01".to_owned(), |date| date.to_string())
    }

    /// To the second, and a fraction where there is one.
    fn time(&self) -> String {
        self.0.time.map_or_else(
            || "00:00:00".to_owned(),
            |time| {
                let (hour, minute, second) = (time.hour, time.minute, time.second.unwrap_or(0));
                let whole = format!("{hour:02}:{minute:02}:{second:02}");
                match time.nanosecond.unwrap_or(0) {
                    0 => whole,
                    part => format!("{whole}.{}", format!("{part:09}").trim_end_matches('0')),
                }
            },
        )
    }
}

impl Object for Time {
    fn type_name(&self) -> &str {
        "time.Time"
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn call(&self, name: &str, _: &[Value]) -> Option<Result<Value, Failure>> {
        (name == "String").then(|| Ok(Value::string(self.print())))
    }

    fn print(&self) -> String {
        let zone = match (self.0.offset, self.0.date, self.0.time) {
            (Some(Offset::Z), ..) => "+0000 UTC".to_owned(),
            (Some(Offset::Custom { minutes }), ..) => {
                let sign = if minutes < 0 { '-' } else { '+' };
                let offset = format!("{sign}{:02}{:02}", minutes.abs() / 60, minutes.abs() % 60);
                format!("{offset} {offset}")
            }
            (None, Some(_), Some(_)) => "+0000 datetime-local".to_owned(),
            (None, Some(_), None) => "+0000 date-local".to_owned(),
            (None, None, _) => "+0000 time-local".to_owned(),
        };
        format!("{} {} {zone}", self.date(), self.time())
    }

    fn json(&self) -> Json {
        let zone = match self.0.offset {
            Some(Offset::Custom { minutes }) => {
                let sign = if minutes < 0 { '-' } else { '+' };
                format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
            }
            _ => "Z".to_owned(),
        };
        Json::from(format!("{}T{}{zone}", self.date(), self.time()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::helm::yaml::{to_plain, toml_write};
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn integers_stay_integers() {
        let value = read("a = 1\nb = 1.5\nd = [1, \"x\"]\n[t.u]\nx = true\n[[aot]]\nq = 1\n").unwrap();
        let wanted = json!({"a": 1, "b": 1.5, "d": [1, "x"], "t": {"u": {"x": true}}, "aot": [{"q": 1}]});
        assert_eq!(to_plain(&value).unwrap(), wanted);
        let Value::Map(map) = value else { panic!() };
        assert!(matches!(map.entries.borrow()["a"], Value::Int64(1)));
    }

    #[test]
    fn times_print_as_go_prints_them() {
        let text = "a = 1979-05-27\nb = 07:32:00\nc = 1979-05-27T07:32:00Z\nd = 1979-05-27T07:32:00\n\
                    e = 1979-05-27T07:32:00.5+01:00\n";
        let value = read(text).unwrap();
        let wanted = json!({
            "a": "1979-05-27T00:00:00Z", "b": "0000-01-01T07:32:00Z", "c": "1979-05-27T07:32:00Z",
            "d": "1979-05-27T07:32:00Z", "e": "1979-05-27T07:32:00.5+01:00",
        });
        assert_eq!(to_plain(&value).unwrap(), wanted);
        assert_eq!(toml_write::write(&value).unwrap(), text);
        let Value::Map(map) = value else { panic!() };
        let printed: Vec<_> = map
            .entries
            .borrow()
            .values()
            .map(|value| match value {
                Value::Object(object) => object.print(),
                other => panic!("{other:?}"),
            })
            .collect();
        let wanted = [
            "1979-05-27 00:00:00 +0000 date-local",
            "0000-01-01 07:32:00 +0000 time-local",
            "1979-05-27 07:32:00 +0000 UTC",
            "1979-05-27 07:32:00 +0000 datetime-local",
            "1979-05-27 07:32:00.5 +0100 +0100",
        ];
        assert_eq!(printed, wanted);
    }

    #[test]
    fn what_is_wrong_has_its_line() {
        assert!(read("a = 1\nb = \n").unwrap_err().starts_with("toml: line 2: "));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in r#"[a-c\[\]{}=.,"'\n 0-9:\-TZ]{0,30}"#) {
            drop(read(&text));
        }
    }
}
