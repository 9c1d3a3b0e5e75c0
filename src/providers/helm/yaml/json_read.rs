//! Reads JSON as Go's `encoding/json` does, with its words for what is wrong.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::providers::helm::template::Value;

/// What a text is, and what is wrong with a number in it that is too large.
pub(super) struct Read {
    pub(super) value: Value,
    pub(super) problem: Option<String>,
}

/// Reads the one value that a text is.
///
/// # Errors
/// What Go says of a text that is no JSON.
pub(super) fn read(text: &str) -> Result<Read, String> {
    let mut reader = Reader { text: text.as_bytes(), at: 0, depth: 0, problem: None };
    let value = reader.value()?;
    reader.space();
    match reader.text.get(reader.at) {
        Some(byte) => Err(unexpected(*byte, "after top-level value")),
        None => Ok(Read { value, problem: reader.problem }),
    }
}

const MAX_DEPTH: usize = 300;

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
    problem: Option<String>,
}

fn unexpected(byte: u8, place: &str) -> String {
    let shown = match byte {
        b'\'' => "\\'".to_owned(),
        b'"' => "\"".to_owned(),
        b'\\' => "\\\\".to_owned(),
        7 => "\\a".to_owned(),
        8 => "\\b".to_owned(),
        b'\t' => "\\t".to_owned(),
        b'\n' => "\\n".to_owned(),
        11 => "\\v".to_owned(),
        12 => "\\f".to_owned(),
        b'\r' => "\\r".to_owned(),
        0..b' ' | 0x7f => format!("\\x{byte:02x}"),
        0x80..=0x9f | 0xad => format!("\\u{byte:04x}"),
        // It is bytes that are looked at, and a byte is shown as the character of that number.
        _ => char::from(byte).to_string(),
    };
    format!("invalid character '{shown}' {place}")
}

impl Reader<'_> {
    /// Behind the end comes one blank, so that what is cut short is told as Go tells it.
    fn peek(&self) -> Result<u8, String> {
        match self.text.get(self.at) {
            Some(byte) => Ok(*byte),
            None if self.at == self.text.len() => Ok(b' '),
            None => Err("unexpected end of JSON input".to_owned()),
        }
    }

    fn next(&mut self) -> Result<u8, String> {
        let byte = self.peek()?;
        self.at += 1;
        Ok(byte)
    }

    fn space(&mut self) {
        while self.peek().is_ok_and(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Result<Value, String> {
        self.space();
        match self.peek()? {
            b'{' => self.nested(Self::map),
            b'[' => self.nested(Self::list),
            b'"' => self.string().map(Value::string),
            b't' => self.literal("true", Value::Bool(true)),
            b'f' => self.literal("false", Value::Bool(false)),
            b'n' => self.literal("null", Value::Nil),
            b'-' | b'0'..=b'9' => self.number(),
            byte => Err(unexpected(byte, "looking for beginning of value")),
        }
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Result<Value, String>) -> Result<Value, String> {
        if self.depth >= MAX_DEPTH {
            return Err("exceeded max depth".to_owned());
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn map(&mut self) -> Result<Value, String> {
        let mut entries: BTreeMap<Rc<str>, Value> = BTreeMap::new();
        self.space();
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(Value::map(entries));
        }
        loop {
            self.space();
            match self.peek()? {
                b'"' => {}
                byte => return Err(unexpected(byte, "looking for beginning of object key string")),
            }
            let key = self.string()?;
            self.space();
            match self.next()? {
                b':' => {}
                byte => return Err(unexpected(byte, "after object key")),
            }
            let value = self.value()?;
            entries.insert(key.into(), value);
            self.space();
            match self.next()? {
                b',' => {}
                b'}' => return Ok(Value::map(entries)),
                byte => return Err(unexpected(byte, "after object key:value pair")),
            }
        }
    }

    fn list(&mut self) -> Result<Value, String> {
        let mut items = Vec::new();
        self.space();
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(Value::list(items));
        }
        loop {
            items.push(self.value()?);
            self.space();
            match self.next()? {
                b',' => {}
                b']' => return Ok(Value::list(items)),
                byte => return Err(unexpected(byte, "after array element")),
            }
        }
    }

    fn literal(&mut self, word: &str, value: Value) -> Result<Value, String> {
        for wanted in word.bytes() {
            let byte = self.next()?;
            if byte != wanted {
                let place = format!("in literal {word} (expecting '{}')", char::from(wanted));
                return Err(unexpected(byte, &place));
            }
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.at;
        if self.peek()? == b'-' {
            self.at += 1;
        }
        if self.peek()? == b'0' {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
        }
        if self.peek()? == b'.' {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek()?, b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek()?, b'+' | b'-') {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        let text = str::from_utf8(&self.text[start..self.at]).unwrap_or_default();
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Value::Float(value)),
            _ => {
                let problem = || format!("json: cannot unmarshal number {text} into Go value of type float64");
                self.problem.get_or_insert_with(problem);
                Ok(Value::Nil)
            }
        }
    }

    fn digits(&mut self, place: &str) -> Result<(), String> {
        let first = self.peek()?;
        if !first.is_ascii_digit() {
            return Err(unexpected(first, place));
        }
        while self.peek()?.is_ascii_digit() {
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            match self.next()? {
                b'"' => return Ok(String::from_utf8_lossy(&bytes).into_owned()),
                b'\\' => {
                    let char = self.escape()?;
                    bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                }
                byte @ 0..b' ' => return Err(unexpected(byte, "in string literal")),
                byte => bytes.push(byte),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        Ok(match self.next()? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.code()?;
                // Two halves that make one character.
                if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with(b"\\u") {
                    let before = self.at;
                    self.at += 2;
                    let second = self.code()?;
                    if (0xdc00..0xe000).contains(&second) {
                        let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                        return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    self.at = before;
                }
                char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            byte => return Err(unexpected(byte, "in string escape code")),
        })
    }

    fn code(&mut self) -> Result<u32, String> {
        let mut code = 0;
        for _ in 0..4 {
            let byte = self.next()?;
            let digit = char::from(byte).to_digit(16);
            let digit = digit.ok_or_else(|| unexpected(byte, "in \\u hexadecimal character escape"))?;
            code = code * 16 + digit;
        }
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::helm::yaml::json::to_plain;
    use proptest::prelude::*;

    #[test]
    fn what_is_wrong_is_told_in_go_s_words() {
        let cases = [
            ("", "unexpected end of JSON input"),
            ("{\"a\":1", "unexpected end of JSON input"),
            ("[[", "unexpected end of JSON input"),
            ("{a}", "invalid character 'a' looking for beginning of object key string"),
            ("[1,]", "invalid character ']' looking for beginning of value"),
            ("nul", "invalid character ' ' in literal null (expecting 'l')"),
            ("nan", "invalid character 'a' in literal null (expecting 'u')"),
            ("1 2", "invalid character '2' after top-level value"),
            ("01", "invalid character '1' after top-level value"),
            ("\"a\nb\"", "invalid character '\\n' in string literal"),
            ("\"\\x\"", "invalid character 'x' in string escape code"),
            ("\"\\u12\"", "invalid character '\"' in \\u hexadecimal character escape"),
            ("-", "invalid character ' ' in numeric literal"),
            ("1.", "invalid character ' ' after decimal point in numeric literal"),
            ("[1ex]", "invalid character 'x' in exponent of numeric literal"),
            ("[1 2]", "invalid character '2' after array element"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("{\"a\":1 1}", "invalid character '1' after object key:value pair"),
            ("'a'", "invalid character '\\'' looking for beginning of value"),
            ("é", "invalid character 'Ã' looking for beginning of value"),
        ];
        for (text, message) in cases {
            assert_eq!(read(text).err().as_deref(), Some(message), "{text}");
        }
        assert!(read(&"[".repeat(100_000)).is_err());
    }

    #[test]
    fn a_number_that_is_too_large_is_left_out() {
        let read = read("[1, 1e400]").unwrap();
        assert_eq!(read.problem.unwrap(), "json: cannot unmarshal number 1e400 into Go value of type float64");
        assert_eq!(to_plain(&read.value).unwrap(), serde_json::json!([1, null]));
    }

    #[test]
    fn halves_of_characters_are_joined_or_replaced() {
        let text = |text: &str| read(text).unwrap().value.as_str().unwrap().to_owned();
        assert_eq!(text(r#""\ud83d\ude00\ud800\u00e9\/""#), "😀\u{fffd}é/");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(text in ".*", number in proptest::num::f64::NORMAL) {
            let json = serde_json::json!({text.clone(): [text, number, null, {"a": true}]});
            let back = read(&json.to_string()).unwrap().value;
            let value = Value::from_json(&json);
            prop_assert_eq!(to_plain(&back).unwrap(), to_plain(&value).unwrap());
        }

        #[test]
        fn it_takes_what_others_take(text in r#"[\[\]{}:,"\\a-fu0-9eE.+\-tn ]{0,12}"#) {
            let other = serde_json::from_str::<serde_json::Value>(&text);
            // The others also refuse what has no character, and numbers that are too large.
            if other.is_ok() {
                prop_assert!(read(&text).is_ok(), "{}", text);
            } else if let Ok(read) = read(&text) {
                prop_assert!(read.problem.is_some() || text.contains("\\u"), "{}", text);
            }
        }
    }
}
