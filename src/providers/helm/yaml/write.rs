//! YAML as `toYaml` and `toYamlPretty` write it.

use serde_json::Value as Json;

use super::emit::{Dialect, emit};
use super::json::{self, Html};
use super::read;
use crate::providers::helm::template::{Failure, Value};

/// As Helm's `toYaml`, which goes through JSON; the end of the last line is left on.
pub(crate) fn to_yaml(value: &Value) -> Result<String, Failure> {
    write(&json::to_plain(value)?)
}

/// JSON as YAML. What cannot be written as Helm would is written all the same.
pub(crate) fn json_to_yaml(json: &Json) -> String {
    write(json).unwrap_or_else(|_| emit(json, Dialect::Classic))
}

/// As Helm's `toYamlPretty`, which does not go through JSON; the end of the last line is left on.
pub(crate) fn to_yaml_pretty(value: &Value) -> Result<String, Failure> {
    Ok(emit(&json::to_typed(value)?, Dialect::Pretty))
}

fn write(json: &Json) -> Result<String, Failure> {
    if survives(json) {
        return Ok(emit(json, Dialect::Classic));
    }
    let text = json::compact(json, Html::Escaped);
    let json =
        read(&text).map_err(|error| Failure::new(error.message.replace("error converting YAML to JSON: ", "")))?;
    Ok(emit(&json, Dialect::Classic))
}

/// Whether YAML reads it from JSON as it is: it takes some characters for other than JSON does, or refuses them.
fn survives(json: &Json) -> bool {
    const LONGEST_KEY: usize = 900;
    let is_same =
        |text: &str| !text.contains(|char| matches!(char, '\u{7f}'..='\u{9f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'));
    match json {
        Json::String(text) => is_same(text),
        Json::Array(items) => items.iter().all(survives),
        Json::Object(entries) => {
            entries.iter().all(|(key, entry)| key.len() <= LONGEST_KEY && is_same(key) && survives(entry))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn yaml(json: &Json) -> String {
        let text = to_yaml(&Value::from_json(json)).unwrap();
        text.strip_suffix('\n').unwrap_or(&text).to_owned()
    }

    fn pretty(json: &Json) -> String {
        let text = to_yaml_pretty(&Value::from_json(json)).unwrap();
        text.strip_suffix('\n').unwrap_or(&text).to_owned()
    }

    /// What Helm writes: a text behind a key, a text as a key, and behind a key by `toYamlPretty` where that differs.
    #[rustfmt::skip]
    const TEXTS: &[(&str, &str, &str, Option<&str>)] = &[
        ("", "\"\"", "\"\": 1", None),
        ("a", "a", "a: 1", None),
        ("yes", "\"yes\"", "\"yes\": 1", None),
        ("On", "\"On\"", "\"On\": 1", None),
        ("n", "\"n\"", "\"n\": 1", None),
        ("null", "\"null\"", "\"null\": 1", None),
        ("~", "\"~\"", "\"~\": 1", None),
        ("1", "\"1\"", "\"1\": 1", None),
        ("0x1", "\"0x1\"", "\"0x1\": 1", None),
        ("1.5", "\"1.5\"", "\"1.5\": 1", None),
        ("1e3", "\"1e3\"", "\"1e3\": 1", None),
        ("08", "\"08\"", "\"08\": 1", None),
        ("1_000", "\"1_000\"", "\"1_000\": 1", None),
        (".5", "\".5\"", "\".5\": 1", None),
        (".inf", "\".inf\"", "\".inf\": 1", None),
        ("2001-01-01", "\"2001-01-01\"", "\"2001-01-01\": 1", None),
        ("2001-01-01 01:01:01", "\"2001-01-01 01:01:01\"", "\"2001-01-01 01:01:01\": 1", None),
        ("1:30", "\"1:30\"", "\"1:30\": 1", None),
        ("1:60", "1:60", "1:60: 1", None),
        ("=", "=", "=: 1", None),
        ("<<", "<<", "<<: 1", None),
        ("-", "'-'", "'-': 1", None),
        ("- a", "'- a'", "'- a': 1", None),
        ("-a", "-a", "-a: 1", None),
        ("?", "'?'", "'?': 1", None),
        ("? a", "'? a'", "'? a': 1", None),
        ("?a", "?a", "?a: 1", None),
        (":", "':'", "':': 1", None),
        ("a: b", "'a: b'", "'a: b': 1", None),
        ("a:b", "a:b", "a:b: 1", None),
        ("a:", "'a:'", "'a:': 1", None),
        ("a #b", "'a #b'", "'a #b': 1", None),
        ("a#b", "a#b", "a#b: 1", None),
        ("#a", "'#a'", "'#a': 1", None),
        ("[a", "'[a'", "'[a': 1", None),
        ("]a", "']a'", "']a': 1", None),
        ("{a", "'{a'", "'{a': 1", None),
        ("}", "'}'", "'}': 1", None),
        ("a,b", "a,b", "a,b: 1", None),
        (",a", "',a'", "',a': 1", None),
        ("&a", "'&a'", "'&a': 1", None),
        ("*a", "'*a'", "'*a': 1", None),
        ("!a", "'!a'", "'!a': 1", None),
        ("|a", "'|a'", "'|a': 1", None),
        (">a", "'>a'", "'>a': 1", None),
        ("'a'", "'''a'''", "'''a''': 1", None),
        ("it's", "it's", "it's: 1", None),
        ("\"a\"", "'\"a\"'", "'\"a\"': 1", None),
        ("%a", "'%a'", "'%a': 1", None),
        ("@a", "'@a'", "'@a': 1", None),
        ("`a", "'`a'", "'`a': 1", None),
        ("---", "'---'", "'---': 1", None),
        ("--- a", "'--- a'", "'--- a': 1", None),
        ("----", "'----'", "'----': 1", None),
        ("...", "'...'", "'...': 1", None),
        ("..a", "..a", "..a: 1", None),
        (" a", "' a'", "' a': 1", None),
        ("a ", "'a '", "'a ': 1", None),
        ("a  b", "a  b", "a  b: 1", None),
        ("a\tb", "\"a\\tb\"", "\"a\\tb\": 1", None),
        ("a\\b", "a\\b", "a\\b: 1", None),
        ("a\nb", "|-\n  a\n  b", "? |-\n  a\n  b\n: 1", None),
        ("a\n", "|\n  a", "? |\n  a\n: 1", None),
        ("a\n\n", "|+\n  a\n", "? |+\n  a\n\n: 1", None),
        ("\na", "|2-\n\n  a", "? |2-\n\n  a\n: 1", None),
        (" a\nb", "|2-\n   a\n  b", "? |2-\n   a\n  b\n: 1", None),
        ("a \nb", "\"a \\nb\"", "? \"a \\nb\"\n: 1", None),
        ("a\n b", "|-\n  a\n   b", "? |-\n  a\n   b\n: 1", None),
        ("a\n\nb\n", "|\n  a\n\n  b", "? |\n  a\n\n  b\n: 1", None),
        ("\n", "|2+\n", "? |2+\n\n: 1", None),
        ("a\r\nb", "\"a\\r\\nb\"", "? \"a\\r\\nb\"\n: 1", None),
        ("é", "é", "é: 1", None),
        ("\u{a0}", "\u{a0}", "\u{a0}: 1", None),
        ("\u{2028}", "'\u{2028}'", "? '\u{2028}'\n: 1", None),
        ("a\u{2028}b\nc", "|-\n  a\u{2028}  b\n  c", "? |-\n  a\u{2028}  b\n  c\n: 1", None),
        ("\u{feff}ab", "\"\\uFEFF\\x61\\x62\"", "\"\\uFEFF\\x61\\x62\": 1", None),
        ("\u{1f600}", "\"\\U0001F600\"", "\"\\U0001F600\": 1", None),
        ("\u{1}", "\"\\x01\"", "\"\\x01\": 1", None),
        ("\u{d7ff}\u{e000}", "\u{d7ff}\u{e000}", "\u{d7ff}\u{e000}: 1", None),
        ("a\tb\nc", "\"a\\tb\\nc\"", "? \"a\\tb\\nc\"\n: 1", Some("|-\n  a\tb\n  c")),
    ];

    #[test]
    fn texts_are_written_as_helm_writes_them() {
        for (text, value, key, differently) in TEXTS {
            assert_eq!(yaml(&json!({"k": text})), format!("k: {value}"), "{text:?}");
            assert_eq!(yaml(&json!({*text: 1})), *key, "{text:?}");
            let differently = differently.unwrap_or(value);
            assert_eq!(pretty(&json!({"k": text})), format!("k: {differently}"), "{text:?}");
        }
    }

    #[test]
    fn long_lines_are_folded_at_blanks() {
        let words = "word ".repeat(20) + "end";
        let folded = format!("k: {}\n  {}end", "word ".repeat(16).trim_end(), "word ".repeat(4));
        assert_eq!(yaml(&json!({"k": words})), folded);
        assert_eq!(pretty(&json!({"k": words})), format!("k: {words}"));
        assert_eq!(yaml(&json!({words.clone(): 1})), format!("{words}: 1"));
        let quoted = "it's ".repeat(20) + "end: x";
        let folded = format!("k: '{}\n  {}end: x'", "it''s ".repeat(13).trim_end(), "it''s ".repeat(7));
        assert_eq!(yaml(&json!({"k": quoted})), folded);
        let escaped = "a\tword ".repeat(12) + "end";
        let folded = format!("k: \"{}\n  {}end\"", "a\\tword ".repeat(10).trim_end(), "a\\tword ".repeat(2));
        assert_eq!(yaml(&json!({"k": escaped})), folded);
    }

    #[test]
    fn numbers_went_through_json_and_pretty_ones_did_not() {
        let numbers = json!([1e6, 1.5, 1e20, 1e21, 1e-7, 123_456_789.5, 12_345_678_901_234_567_890_u64, -0.0, 0.1]);
        let wanted =
            "- 1000000\n- 1.5\n- 1e+20\n- 1e+21\n- 1e-07\n- 1.234567895e+08\n- 12345678901234567000\n- 0\n- 0.1";
        assert_eq!(yaml(&numbers), wanted);
        let wanted =
            "- 1e+06\n- 1.5\n- 1e+20\n- 1e+21\n- 1e-07\n- 1.234567895e+08\n- 1.2345678901234567e+19\n- -0\n- 0.1";
        assert_eq!(pretty(&numbers), wanted);
        assert_eq!(to_yaml(&Value::Uint64(u64::MAX)).unwrap(), "18446744073709551615\n");
        assert_eq!(to_yaml(&Value::Float(1_000_000.0)).unwrap(), "1000000\n");
    }

    #[test]
    fn lists_and_maps_are_laid_out() {
        let json = json!({
            "n": [1, {"a": [1, 2], "b": []}, [["x"], {}]],
            "e": {}, "t": true, "nul": null,
            "k".repeat(129): {"x": [1]},
            "two\nlines": [1, [2]],
        });
        let key = "k".repeat(129);
        let wanted = format!(
            "e: {{}}\n? {key}\n: x:\n  - 1\n\"n\":\n- 1\n- a:\n  - 1\n  - 2\n  b: []\n- - - x\n  - {{}}\n\
             nul: null\nt: true\n? |-\n  two\n  lines\n: - 1\n  - - 2"
        );
        assert_eq!(yaml(&json), wanted);
        let wanted = format!(
            "e: {{}}\n? {key}\n: x:\n    - 1\n\"n\":\n  - 1\n  - a:\n      - 1\n      - 2\n    b: []\n  - - - x\n    - {{}}\n\
             nul: null\nt: true\n? |-\n  two\n  lines\n: - 1\n  - - 2"
        );
        assert_eq!(pretty(&json), wanted);
    }

    #[test]
    fn what_stands_alone_is_a_document_too() {
        for (json, text) in [
            (json!(null), "null"),
            (json!(3), "3"),
            (json!("a\nb"), "|-\n  a\n  b"),
            (json!([]), "[]"),
            (json!({}), "{}"),
            (json!([[], {}]), "- []\n- {}"),
            (json!(""), "\"\""),
        ] {
            assert_eq!(yaml(&json), text);
        }
    }

    #[test]
    fn what_yaml_does_not_read_from_json_is_not_written() {
        let refused = |text: &str| to_yaml(&Value::string(text)).unwrap_err().0;
        assert_eq!(refused("a\u{7f}"), "yaml: control characters are not allowed");
        assert!(to_yaml(&Value::map([("k".repeat(1100), Value::Nil)])).is_err());
        assert_eq!(yaml(&json!("a\u{85}b")), "a b");
        assert_eq!(json_to_yaml(&json!("a\u{7f}")), "\"a\\x7F\"\n");
    }

    fn json() -> impl Strategy<Value = Json> {
        let text = r#"[ -~é\n\t\r😀\u{e000}]{0,90}|y|no|1e3|[0-9_:.+-]{1,6}|\n? ?a\n{0,3} ?"#;
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            text.prop_map(Json::from),
        ];
        leaf.prop_recursive(4, 30, 4, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
                proptest::collection::btree_map(text, inner, 0..4)
                    .prop_map(|entries| Json::Object(entries.into_iter().filter(|(key, _)| key != "<<").collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(json in json()) {
            prop_assert_eq!(read(&json_to_yaml(&json)).unwrap(), json.clone());
            // A tab in a block of text is taken for indentation when that is read.
            if !json.to_string().contains("\\t") {
                prop_assert_eq!(read(&emit(&json, Dialect::Pretty)).unwrap(), json);
            }
        }

        #[test]
        fn floats_are_written_and_read(value in proptest::num::f64::NORMAL) {
            let back = read(&to_yaml(&Value::Float(value)).unwrap()).unwrap();
            prop_assert_eq!(back.as_f64().unwrap(), value);
        }

        #[test]
        fn any_text_is_written_or_refused(text in any::<String>()) {
            drop(to_yaml(&Value::map([(text.clone(), Value::string(text))])));
        }
    }
}
