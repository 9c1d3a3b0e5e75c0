//! A tree of YAML as JSON: scalars resolved, aliases followed, maps merged, keys turned into strings.

use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value as Json};

use super::YamlError;
use super::number::{exact_number_of, format_float, format_short_float};
use super::resolve::{self, Scalar as Resolved};
use super::tree::{MAX_DEPTH, Node, Scalar, Tag};

/// What a document is; `null` where there is none.
pub(super) fn decode(root: Option<&Rc<Node>>) -> Result<Json, YamlError> {
    root.map_or(Ok(Json::Null), |root| Decoder::default().node(root))
}

/// Counts what is done, so that aliases of aliases cannot make a small text a huge value.
#[derive(Default)]
struct Decoder {
    nodes: u32,
    aliased: u32,
    alias_depth: u32,
    depth: usize,
}

impl Decoder {
    fn node(&mut self, node: &Node) -> Result<Json, YamlError> {
        match node {
            Node::Scalar(scalar) => {
                self.count()?;
                value(scalar)
            }
            Node::Alias(node) => self.alias(node, Self::node),
            Node::Cycle(name) => Err(YamlError::yaml(None, format!("anchor '{name}' value contains itself"))),
            Node::List(items) => self.nested(|decoder| {
                items.iter().map(|item| decoder.node(item)).collect::<Result<_, _>>().map(Json::Array)
            }),
            Node::Map(_) => {
                let mut entries = Map::new();
                self.entries(node, &mut entries)?;
                Ok(Json::Object(entries))
            }
        }
    }

    fn alias<T>(
        &mut self,
        node: &Node,
        decode: impl FnOnce(&mut Self, &Node) -> Result<T, YamlError>,
    ) -> Result<T, YamlError> {
        self.count()?;
        self.alias_depth += 1;
        let value = decode(self, node);
        self.alias_depth -= 1;
        value
    }

    fn nested<T>(&mut self, decode: impl FnOnce(&mut Self) -> Result<T, YamlError>) -> Result<T, YamlError> {
        self.count()?;
        if self.depth >= MAX_DEPTH {
            return Err(YamlError::yaml(None, format!("exceeded max depth of {MAX_DEPTH}")));
        }
        self.depth += 1;
        let value = decode(self);
        self.depth -= 1;
        value
    }

    /// Puts the entries of a map into another; later ones win.
    fn entries(&mut self, node: &Node, into: &mut Map<String, Json>) -> Result<(), YamlError> {
        match node {
            Node::Map(entries) => self.nested(|decoder| {
                for (key, entry) in entries {
                    if is_merge(key) {
                        decoder.merge(entry, into)?;
                    } else {
                        let key = decoder.key(key, entry)?;
                        let entry = decoder.node(entry)?;
                        into.insert(key, entry);
                    }
                }
                Ok(())
            }),
            Node::Alias(node) => self.alias(node, |decoder, node| decoder.entries(node, into)),
            Node::Cycle(_) => self.node(node).map(drop),
            Node::Scalar(_) | Node::List(_) => Err(wants_map()),
        }
    }

    /// What stands behind `<<`.
    fn merge(&mut self, node: &Node, into: &mut Map<String, Json>) -> Result<(), YamlError> {
        match node {
            // The first of several wins.
            Node::List(items) => items.iter().rev().try_for_each(|item| match &**item {
                Node::List(_) => Err(wants_map()),
                item => self.entries(item, into),
            }),
            node => self.entries(node, into),
        }
    }

    fn key(&mut self, key: &Node, entry: &Node) -> Result<String, YamlError> {
        match key {
            Node::Scalar(scalar) => {
                self.count()?;
                key_text(scalar, entry)
            }
            Node::Alias(node) => self.alias(node, |decoder, node| decoder.key(node, entry)),
            Node::Cycle(_) => self.node(key).map(|_| String::new()),
            Node::List(_) | Node::Map(_) => {
                let key = self.node(key)?;
                Err(YamlError::yaml(None, format!("invalid map key: {}", go_syntax(&key))))
            }
        }
    }

    fn count(&mut self) -> Result<(), YamlError> {
        const SMALL: u32 = 400_000;
        const LARGE: u32 = 4_000_000;
        self.nodes += 1;
        self.aliased += u32::from(self.alias_depth > 0);
        if self.aliased <= 100 || self.nodes <= 1000 {
            return Ok(());
        }
        // Nearly everything may come out of aliases while a document is small, a tenth when it is large.
        let beyond = f64::from(self.nodes.clamp(SMALL, LARGE) - SMALL) / f64::from(LARGE - SMALL);
        if f64::from(self.aliased) / f64::from(self.nodes) > 0.99 - 0.89 * beyond {
            return Err(YamlError::yaml(None, "document contains excessive aliasing"));
        }
        Ok(())
    }
}

fn wants_map() -> YamlError {
    YamlError::yaml(None, "map merge requires map or sequence of maps as the value")
}

fn is_merge(node: &Node) -> bool {
    match node {
        Node::Scalar(Scalar { text, tag, plain }) => {
            text == "<<" && (*plain || matches!(tag, Some(Tag::Own(own)) if own == "merge"))
        }
        _ => false,
    }
}

/// What a scalar is; binary data is the text it is of.
fn resolved(scalar: &Scalar) -> Result<(Resolved, Option<String>), YamlError> {
    match &scalar.tag {
        None if scalar.plain => Ok((resolve::plain(&scalar.text), None)),
        None | Some(Tag::Foreign) => Ok((Resolved::Text, None)),
        Some(Tag::Own(own)) => match own.as_str() {
            "str" | "bool" | "int" | "float" | "null" | "timestamp" => {
                let resolved = resolve::tagged(&scalar.text, own);
                resolved.map(|resolved| (resolved, None)).map_err(|message| YamlError::yaml(None, message))
            }
            "binary" => {
                let packed: String = scalar.text.chars().filter(|char| !matches!(char, '\n' | '\r')).collect();
                let bytes = STANDARD
                    .decode(packed)
                    .map_err(|_| YamlError::yaml(None, "!!binary value contains invalid base64 data"))?;
                Ok((Resolved::Text, Some(String::from_utf8_lossy(&bytes).into_owned())))
            }
            _ => Ok((Resolved::Text, None)),
        },
    }
}

fn value(scalar: &Scalar) -> Result<Json, YamlError> {
    let (resolved, binary) = resolved(scalar)?;
    Ok(match resolved {
        Resolved::Null => Json::Null,
        Resolved::Bool(value) => Json::Bool(value),
        Resolved::Int(value) => Json::from(value),
        Resolved::Uint(value) => Json::from(value),
        Resolved::Float(value) => {
            let number: Option<Number> = exact_number_of(value);
            let number = number.ok_or_else(|| {
                YamlError::converting(None, format!("json: unsupported value: {}", format_float(value)))
            })?;
            Json::Number(number)
        }
        Resolved::Timestamp | Resolved::Text => Json::String(binary.unwrap_or_else(|| scalar.text.clone())),
    })
}

fn key_text(scalar: &Scalar, entry: &Node) -> Result<String, YamlError> {
    let unsupported = |kind: &str, key: &str| {
        let entry = Decoder::default().node(entry);
        let entry = match entry {
            Ok(Json::Null) => "<nil>".to_owned(),
            Ok(entry) => go_syntax(&entry),
            Err(_) => "...".to_owned(),
        };
        YamlError::converting(None, format!("unsupported map key of type: {kind}, key: {key}, value: {entry}"))
    };
    let (resolved, binary) = resolved(scalar)?;
    Ok(match resolved {
        Resolved::Null => return Err(unsupported("%!s(<nil>)", "<nil>")),
        Resolved::Uint(value) => return Err(unsupported("uint64", &format!("{value:#x}"))),
        Resolved::Bool(value) => value.to_string(),
        Resolved::Int(value) => value.to_string(),
        Resolved::Float(value) => match format_short_float(value).as_str() {
            "+Inf" => ".inf".to_owned(),
            "-Inf" => "-.inf".to_owned(),
            "NaN" => ".nan".to_owned(),
            text => text.to_owned(),
        },
        Resolved::Timestamp | Resolved::Text => binary.unwrap_or_else(|| scalar.text.clone()),
    })
}

/// As Go's `%#v` has it.
fn go_syntax(json: &Json) -> String {
    match json {
        Json::Null => "interface {}(nil)".to_owned(),
        Json::Array(items) => {
            let items: Vec<_> = items.iter().map(go_syntax).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Json::Object(entries) => {
            let entries: Vec<_> = entries.iter().map(|(key, entry)| format!("{key:?}:{}", go_syntax(entry))).collect();
            format!("map[interface {{}}]interface {{}}{{{}}}", entries.join(", "))
        }
        Json::Number(number) if number.is_f64() => number.as_f64().map(format_float).unwrap_or_default(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use crate::providers::helm::yaml::{read, read_all};
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    fn message(text: &str) -> String {
        let error = read(text).unwrap_err();
        error.message.strip_prefix("error converting YAML to JSON: ").unwrap_or(&error.message).to_owned()
    }

    #[test]
    fn scalars_are_those_of_yaml_1_1() {
        for (text, value) in [
            ("yes", json!(true)),
            ("N", json!(false)),
            ("oN", json!("oN")),
            ("~", json!(null)),
            ("", json!(null)),
            ("0777", json!(511)),
            ("08", json!(8)),
            ("1_000", json!(1000)),
            ("1:30", json!("1:30")),
            ("1e3", json!(1000)),
            ("1e400", json!("1e400")),
            ("1e21", json!(1e21)),
            ("9223372036854775807", json!(i64::MAX)),
            ("18446744073709551615", json!(u64::MAX)),
            ("2001-01-01", json!("2001-01-01")),
            ("=", json!("=")),
            ("'yes'", json!("yes")),
            ("!!str 1", json!("1")),
            ("!!int '3'", json!(3)),
            ("!!float 3", json!(3)),
            ("!!null ''", json!(null)),
            ("!foo 1", json!("1")),
            ("! 1", json!("1")),
            ("\"\\\\/\"", json!("\\/")),
            ("!foo {a: b}", json!({"a": "b"})),
            ("!!set {a, b}", json!({"a": null, "b": null})),
            ("!!str {a: b}", json!({"a": "b"})),
            ("!!timestamp 2001-01-01", json!("2001-01-01")),
        ] {
            assert_eq!(read(&format!("k: {text}\n")).unwrap(), json!({"k": value}), "{text}");
        }
        assert_eq!(read("!!binary aGVsbG8=").unwrap(), json!("hello"));
    }

    #[test]
    fn scalars_that_are_not_what_they_are_tagged_are_refused() {
        assert_eq!(message("a: .inf"), "json: unsupported value: +Inf");
        assert_eq!(message("a: .nan"), "json: unsupported value: NaN");
        assert_eq!(message("a: !!int abc"), "yaml: cannot decode !!str `abc` as a !!int");
        assert_eq!(message("a: !!binary '$'"), "yaml: !!binary value contains invalid base64 data");
    }

    #[test]
    fn keys_are_strings_and_the_last_of_two_wins() {
        let text = "1: a\n1.5: b\nyes: c\n.inf: d\n0x10: e\n2001-01-01: f\ny: last\n1e10: g\n";
        let wanted = json!({
            "1": "a", "1.5": "b", "true": "last", ".inf": "d", "16": "e", "2001-01-01": "f", "1e+10": "g",
        });
        assert_eq!(read(text).unwrap(), wanted);
        assert_eq!(message("~: 1"), "unsupported map key of type: %!s(<nil>), key: <nil>, value: 1");
        assert_eq!(message("[a]: 1"), "yaml: invalid map key: []interface {}{\"a\"}");
    }

    #[test]
    fn maps_are_merged_where_it_says_so() {
        let text = "base: &base {a: 1, b: 2}\nmore: &more {b: 3, c: 4}\n\
                    one: {<<: *base, b: 9}\ntwo: {<<: [*base, *more], d: 5}\nthree: {a: 0, <<: *base}\nfour: {'<<': 1}\n";
        let read = read(text).unwrap();
        assert_eq!(read["one"], json!({"a": 1, "b": 9}));
        assert_eq!(read["two"], json!({"a": 1, "b": 2, "c": 4, "d": 5}));
        assert_eq!(read["three"], json!({"a": 1, "b": 2}));
        assert_eq!(read["four"], json!({"<<": 1}));
        assert_eq!(message("<<: 1"), "yaml: map merge requires map or sequence of maps as the value");
    }

    #[test]
    fn aliases_stand_for_what_they_name() {
        assert_eq!(read("a: &x [1]\nb: *x\nc: &x 2\nd: *x\n").unwrap(), json!({"a": [1], "b": [1], "c": 2, "d": 2}));
        assert_eq!(message("a: *x"), "yaml: unknown anchor 'x' referenced");
        assert_eq!(message("a: &x [*x]"), "yaml: anchor 'x' value contains itself");
    }

    #[test]
    fn a_bomb_of_aliases_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let alias = format!("*a{}", level - 1);
            text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![alias; 10].join(", ")));
        }
        assert_eq!(message(&text), "yaml: document contains excessive aliasing");
        let (open, close) = ("[".repeat(200), "]".repeat(200));
        let text = format!("a: &a {open}{close}\nb: {open}*a{close}\n");
        assert_eq!(message(&text), "yaml: exceeded max depth of 300");
        assert_eq!(message(&"[".repeat(100_000)), "yaml: exceeded max depth of 300");
    }

    #[test]
    fn errors_tell_the_line_as_helm_does() {
        for (text, said) in [
            ("a: b: c", "yaml: mapping values are not allowed in this context"),
            ("a: 1\nb: c: d\n", "yaml: line 2: mapping values are not allowed in this context"),
            ("a:\n\tb: 1\n", "yaml: line 2: found character that cannot start any token"),
            ("a: [1\nb: 2\n", "yaml: line 1: did not find expected ',' or ']'"),
            ("a: 1\n b: 2\n", "yaml: line 2: mapping values are not allowed in this context"),
            ("a: 'x\n", "yaml: line 2: found unexpected end of stream"),
            ("a: @x", "yaml: found character that cannot start any token"),
            ("a: 1\nb: \"\\/\"", "yaml: line 2: found unknown escape character"),
            ("%YAML 1.2\n---\na: yes", "yaml: found incompatible YAML document"),
            ("x\u{1}", "yaml: control characters are not allowed"),
        ] {
            assert_eq!(message(text), said, "{text:?}");
        }
        assert_eq!(read("a: 1\nb: c: d\n").unwrap_err().line, Some(2));
    }

    #[test]
    fn blocks_of_text_may_end_with_the_document() {
        for (text, value) in [
            ("k: |\n  x", "x"),
            ("k: |\n  x\n", "x\n"),
            ("k: |+\n  x\n\n", "x\n\n"),
            ("k: |-\n\n  x", "\nx"),
            ("k: >\n  x\n  y", "x y"),
            ("k: |\n  x\n  ", "x\n"),
            ("k: |\n  x\n    ", "x\n  "),
            ("k: |+\n  x\n  ", "x\n"),
            ("k: |\n", ""),
            ("k: |", ""),
            ("k: |2\n    x", "  x"),
            ("k: |\n  x\n# c", "x\n"),
            ("k: |\n  x\n---", "x\n"),
            ("k: >\n  x\n---\n- ", "x\n"),
        ] {
            assert_eq!(read(text).unwrap(), json!({"k": value}), "{text:?}");
        }
        assert_eq!(read("key: value\n? >\n #0x1\n  1").unwrap(), json!({"key": "value", "#0x1\n 1": null}));
        assert_eq!(read("a: >-\n  b\nc: x").unwrap(), json!({"a": "b", "c": "x"}));
    }

    #[test]
    fn lists_may_close_at_the_start_of_a_line() {
        assert_eq!(read("a: [\n1,\n]\nb: {\n}\n").unwrap(), json!({"a": [1], "b": {}}));
        assert_eq!(read("a:\n- 1\n- - 2\n").unwrap(), json!({"a": [1, [2]]}));
        assert_eq!(read("\u{feff}a: 1\r\nb: 2\r\n").unwrap(), json!({"a": 1, "b": 2}));
        assert_eq!(read("").unwrap(), Json::Null);
        assert_eq!(read("# nothing\n").unwrap(), Json::Null);
        assert_eq!(read("a: 1\n---\nb: [").unwrap(), json!({"a": 1}));
    }

    #[test]
    fn a_stream_is_read_document_by_document() {
        assert_eq!(
            read_all("a: 1\n---\n# nothing\n---\nb: 2\n").unwrap(),
            [json!({"a": 1}), json!(null), json!({"b": 2})]
        );
    }

    proptest! {
        #[test]
        fn no_text_panics(text in r"[ a-c:\-\[\]{},&*|>'\x22#\n\r\té%?<\\1\u{85}\u{2028}\u{feff}]{0,40}|[^!]*") {
            drop(read(&text));
        }

        #[test]
        fn json_is_yaml(numbers in proptest::collection::vec(any::<i64>(), 0..5), text in r"[ -~é\n\t]*") {
            let json = json!({"n": numbers, "t": text, "e": {}, "l": [[], null, true]});
            prop_assert_eq!(read(&json.to_string()).unwrap(), json);
        }
    }
}
