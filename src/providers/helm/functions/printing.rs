//! Values as Go's `%v` and `%q` print them.

use super::super::template::{self, Failure, Value, check_depth};

/// As sprig makes text of anything: `%v`, but bytes are taken for text.
pub(super) fn text_of(value: &Value) -> Result<String, Failure> {
    match value {
        Value::Bytes(bytes) => Ok(String::from_utf8_lossy(bytes).into_owned()),
        other => print(other),
    }
}

/// As `%v` prints it.
pub(super) fn print(value: &Value) -> Result<String, Failure> {
    check_depth(value).map_err(Failure)?;
    Ok(template::print::print(value))
}

/// As `%q` prints a text.
pub(super) fn quoted(text: &str) -> String {
    template::quoted(text, false)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{evaluate, gives};
    use super::*;

    #[test]
    fn numbers_are_printed_as_go_prints_them() {
        let printed = [
            (0.0, "0"),
            (-1.5, "-1.5"),
            (123_456.5, "123456.5"),
            (1e6, "1e+06"),
            (123_456_789.0, "1.23456789e+08"),
            (0.0001, "0.0001"),
            (0.000_01, "1e-05"),
            (f64::INFINITY, "+Inf"),
            (f64::NAN, "NaN"),
        ];
        for (number, text) in printed {
            assert_eq!(print(&Value::Float(number)).unwrap(), text);
        }
    }

    #[test]
    fn values_are_printed_as_go_prints_them() {
        gives(&[
            ("toString (list nil 1 \"a\" (dict \"b\" true \"a\" 1.5))", "string", "[<nil> 1 a map[a:1.5 b:true]]"),
            ("toString 1e6", "string", "1e+06"),
        ]);
    }

    #[test]
    fn what_contains_itself_is_an_error() {
        let map = evaluate("dict").unwrap();
        let Value::Map(entries) = &map else { panic!("no map") };
        entries.entries.borrow_mut().insert("self".into(), map.clone());
        assert!(print(&map).is_err());
        entries.entries.borrow_mut().clear();
    }

    #[test]
    fn texts_are_quoted_as_go_quotes_them() {
        assert_eq!(
            quoted("a\"\\\n\u{1}\u{7f}é\u{301}\u{200b}\u{e000}\u{10ffff}"),
            "\"a\\\"\\\\\\n\\x01\\x7fé\u{301}\\u200b\\ue000\\U0010ffff\""
        );
    }
}
