//! Texts: cutting, joining, splitting, quoting. Lengths and places count bytes, as in Go; a character that is cut in
//! half is replaced, since texts are Unicode here.

use super::super::template::{Element, Failure, Function, Map, Value};
use super::arguments::{Arguments, MOST_TEXT, Outcome, at_least, exactly, times};
use super::printing::{print, quoted, text_of};

pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("cat", at_least(0, |_, given| cat(given))),
    ("contains", exactly(2, |_, given| Ok(Value::Bool(given.text(1)?.contains(given.text(0)?))))),
    ("hasPrefix", exactly(2, |_, given| Ok(Value::Bool(given.text(1)?.starts_with(given.text(0)?))))),
    ("hasSuffix", exactly(2, |_, given| Ok(Value::Bool(given.text(1)?.ends_with(given.text(0)?))))),
    ("hello", exactly(0, |_, _| Ok(Value::string("Hello!")))),
    ("indent", exactly(2, |_, given| Ok(Value::string(indent(given.int(0)?, given.text(1)?)?)))),
    ("join", exactly(2, |_, given| Ok(Value::string(strings_of(given.any(1))?.join(given.text(0)?))))),
    ("nindent", exactly(2, |_, given| Ok(Value::string(format!("\n{}", indent(given.int(0)?, given.text(1)?)?))))),
    ("nospace", exactly(1, |_, given| Ok(Value::string(without_blanks(given.text(0)?))))),
    ("plural", exactly(3, |_, given| plural(given))),
    ("quote", at_least(0, |_, given| each_but_nil(given, |value| Ok(quoted(&text_of(value)?))))),
    ("repeat", exactly(2, |_, given| repeat(given.int(0)?, given.text(1)?))),
    ("replace", exactly(3, |_, given| replace(given.text(0)?, given.text(1)?, given.text(2)?))),
    ("split", exactly(2, |_, given| Ok(numbered(&split(given.text(1)?, given.text(0)?, -1))))),
    ("splitList", exactly(2, |_, given| Ok(Value::strings(split(given.text(1)?, given.text(0)?, -1))))),
    ("splitn", exactly(3, |_, given| Ok(numbered(&split(given.text(2)?, given.text(0)?, given.int(1)?))))),
    ("squote", at_least(0, |_, given| each_but_nil(given, |value| Ok(format!("'{}'", print(value)?))))),
    ("substr", exactly(3, |_, given| substring(given.int(0)?, given.int(1)?, given.text(2)?))),
    ("toString", exactly(1, |_, given| Ok(Value::string(text_of(given.any(0))?)))),
    ("toStrings", exactly(1, |_, given| Ok(Value::strings(strings_of(given.any(0))?)))),
    ("trim", exactly(1, |_, given| Ok(Value::string(given.text(0)?.trim())))),
    ("trimAll", exactly(2, |_, given| trim_all(given))),
    ("trimPrefix", exactly(2, |_, given| trim_prefix(given))),
    ("trimSuffix", exactly(2, |_, given| trim_suffix(given))),
    ("trimall", exactly(2, |_, given| trim_all(given))),
    ("trunc", exactly(2, |_, given| Ok(truncated(given.int(0)?, given.text(1)?)))),
];

/// Everything but nil, with a blank between.
fn cat(given: &[Value]) -> Outcome {
    let printed = given.iter().filter(|value| !matches!(value, Value::Nil)).map(print);
    Ok(Value::string(printed.collect::<Result<Vec<_>, _>>()?.join(" ")))
}

fn each_but_nil(given: &[Value], quote: fn(&Value) -> Result<String, Failure>) -> Outcome {
    let printed = given.iter().filter(|value| !matches!(value, Value::Nil)).map(quote);
    Ok(Value::string(printed.collect::<Result<Vec<_>, _>>()?.join(" ")))
}

/// The items of a list as texts, but for nil; anything else is a list of itself.
pub(super) fn strings_of(value: &Value) -> Result<Vec<String>, Failure> {
    match value {
        Value::Nil => Ok(Vec::new()),
        Value::List(list) => list.items.iter().filter(|item| !matches!(item, Value::Nil)).map(text_of).collect(),
        Value::Bytes(bytes) => Ok(bytes.iter().map(u8::to_string).collect()),
        other => Ok(vec![text_of(other)?]),
    }
}

fn indent(blanks: i64, text: &str) -> Result<String, Failure> {
    let lines = text.matches('\n').count() + 1;
    let pad = " ".repeat(times(blanks, lines, "indent")?);
    Ok(format!("{pad}{}", text.replace('\n', &format!("\n{pad}"))))
}

/// Byte by byte, as the library does it: where something is taken out, what is not ASCII is taken for Latin-1.
fn without_blanks(text: &str) -> String {
    let kept: String = text.bytes().map(char::from).filter(|byte| !byte.is_whitespace()).collect();
    if kept.chars().count() == text.len() { text.to_owned() } else { kept }
}

fn plural(given: &[Value]) -> Outcome {
    let (one, many) = (given.text(0)?, given.text(1)?);
    Ok(Value::string(if given.int(2)? == 1 { one } else { many }))
}

fn repeat(count: i64, text: &str) -> Outcome {
    Ok(Value::string(text.repeat(times(count, text.len(), "repeat")?)))
}

fn replace(old: &str, new: &str, text: &str) -> Outcome {
    let grown = new.len().saturating_sub(old.len()).saturating_mul(text.matches(old).count());
    if grown > MOST_TEXT {
        return Err(Failure::new(format!("replace would make more than {MOST_TEXT} bytes of text; make less")));
    }
    Ok(Value::string(text.replace(old, new)))
}

/// At most `most` pieces; all of them where it is negative.
pub(super) fn split<'a>(text: &'a str, separator: &str, most: i64) -> Vec<&'a str> {
    let most = match most {
        0 => return Vec::new(),
        negative if negative < 0 => usize::MAX,
        most => usize::try_from(most).unwrap_or(usize::MAX),
    };
    if !separator.is_empty() {
        return text.splitn(most, separator).collect();
    }
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if pieces.len() + 1 == most { rest.len() } else { first.len_utf8() };
        let (piece, after) = rest.split_at(length);
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// A map of `_0`, `_1` and so on.
fn numbered(pieces: &[&str]) -> Value {
    let entries = pieces.iter().enumerate().map(|(place, piece)| (format!("_{place}"), Value::string(*piece)));
    match Value::map(entries) {
        Value::Map(map) => Value::Map(Map { of: Element::String, ..map }),
        other => other,
    }
}

fn trim_all(given: &[Value]) -> Outcome {
    let (unwanted, text) = (given.text(0)?, given.text(1)?);
    Ok(Value::string(text.trim_matches(|character| unwanted.contains(character))))
}

fn trim_prefix(given: &[Value]) -> Outcome {
    let (prefix, text) = (given.text(0)?, given.text(1)?);
    Ok(Value::string(text.strip_prefix(prefix).unwrap_or(text)))
}

fn trim_suffix(given: &[Value]) -> Outcome {
    let (suffix, text) = (given.text(0)?, given.text(1)?);
    Ok(Value::string(text.strip_suffix(suffix).unwrap_or(text)))
}

/// The first bytes; with a negative count the last ones.
fn truncated(count: i64, text: &str) -> Value {
    let length = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    let bytes = text.as_bytes();
    let kept = match bytes.len().checked_sub(length) {
        Some(start) if count < 0 && start > 0 => &bytes[start..],
        Some(_) if count >= 0 => &bytes[..length],
        _ => bytes,
    };
    Value::string(String::from_utf8_lossy(kept))
}

/// From a byte to another; up to the last where `to` is negative or too far, from the first where `from` is negative.
fn substring(from: i64, to: i64, text: &str) -> Outcome {
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let out_of_range = |bounds: String| Err(Failure::new(format!("runtime error: slice bounds out of range {bounds}")));
    let (start, end) = match (from < 0, to < 0) {
        (true, true) => return out_of_range(format!("[:{to}]")),
        (true, false) if to > length => return out_of_range(format!("[:{to}] with length {length}")),
        (true, false) => (0, to),
        (false, _) if to < 0 || to > length => (from, length),
        (false, _) => (from, to),
    };
    if start > end {
        return out_of_range(format!("[{start}:{end}]"));
    }
    let place = |number: i64| usize::try_from(number).unwrap_or_default();
    Ok(Value::string(String::from_utf8_lossy(&text.as_bytes()[place(start)..place(end)])))
}

/// A list of texts as Go's `[]string`.
pub(super) fn list_of_strings(texts: Vec<String>) -> Value {
    Value::strings(texts)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{evaluate, fails, gives};
    use super::*;
    use proptest::prelude::*;

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of what Helm said")]
    fn texts_are_handled_as_helm_handles_them() {
        gives(&[
            ("cat nil 1 \"a\" nil", "string", "1 a"),
            ("cat \"a\" \"b\" 1.5", "string", "a b 1.5"),
            ("cat", "string", ""),
            ("contains \"b\" \"abc\"", "bool", "true"),
            ("contains \"\" \"abc\"", "bool", "true"),
            ("contains \"d\" \"abc\"", "bool", "false"),
            ("hasPrefix \"a\" \"abc\"", "bool", "true"),
            ("hasSuffix \"a\" \"abc\"", "bool", "false"),
            ("hello", "string", "Hello!"),
            ("indent 2 \"a\\nb\\n\"", "string", "  a\n  b\n  "),
            ("indent 0 \"a\"", "string", "a"),
            ("nindent 2 \"a\\nb\"", "string", "\n  a\n  b"),
            ("join \",\" (list 1 \"a\" nil true 1.5)", "string", "1,a,true,1.5"),
            ("join \",\" nil", "string", ""),
            ("join \",\" \"a\"", "string", "a"),
            ("join \",\" (dict \"a\" 1)", "string", "map[a:1]"),
            ("join \"\" (splitList \",\" \"a,b\")", "string", "ab"),
            ("join \"-\" (until 3)", "string", "0-1-2"),
            ("nospace \" a b\\tc\\n\"", "string", "abc"),
            ("nospace \"é ü\"", "string", "Ã©Ã¼"),
            ("nospace \"éü\"", "string", "éü"),
            ("plural \"one\" \"many\" 1", "string", "one"),
            ("plural \"one\" \"many\" 0", "string", "many"),
            ("plural \"one\" \"many\" -1", "string", "many"),
            ("quote nil 1 \"a\\nb\\\"c\\\\\" nil 1.5 true", "string", "\"1\" \"a\\nb\\\"c\\\\\" \"1.5\" \"true\""),
            ("quote \"é\" \"日本\" \"a\tb\"", "string", "\"é\" \"日本\" \"a\\tb\""),
            ("quote (list \"a\" 1)", "string", "\"[a 1]\""),
            ("quote (dict \"a\" \"b\")", "string", "\"map[a:b]\""),
            ("quote", "string", ""),
            ("quote nil", "string", ""),
            ("squote nil 1 \"it's\" 1.5", "string", "'1' 'it's' '1.5'"),
            ("squote", "string", ""),
            ("repeat 3 \"ab\"", "string", "ababab"),
            ("repeat 0 \"ab\"", "string", ""),
            ("replace \"a\" \"bb\" \"banana\"", "string", "bbbnbbnbb"),
            ("replace \"\" \"-\" \"abc\"", "string", "-a-b-c-"),
            ("replace \"x\" \"y\" \"abc\"", "string", "abc"),
            ("split \",\" \"a,b,c\"", "map[string]string", "map[_0:a _1:b _2:c]"),
            ("split \"\" \"abc\"", "map[string]string", "map[_0:a _1:b _2:c]"),
            ("split \",\" \"\"", "map[string]string", "map[_0:]"),
            ("splitList \",\" \"a,b,c\"", "[]string", "[a b c]"),
            ("splitList \"\" \"aéb\"", "[]string", "[a é b]"),
            ("splitList \",\" \"\"", "[]string", "[]"),
            ("splitList \"\" \"\"", "[]string", "[]"),
            ("splitn \",\" 2 \"a,b,c\"", "map[string]string", "map[_0:a _1:b,c]"),
            ("splitn \",\" 0 \"a,b,c\"", "map[string]string", "map[]"),
            ("splitn \",\" -1 \"a,b,c\"", "map[string]string", "map[_0:a _1:b _2:c]"),
            ("splitn \"\" 2 \"abc\"", "map[string]string", "map[_0:a _1:bc]"),
            ("substr 0 5 \"hello world\"", "string", "hello"),
            ("substr 6 -1 \"hello world\"", "string", "world"),
            ("substr -1 5 \"hello world\"", "string", "hello"),
            ("substr 3 3 \"hello\"", "string", ""),
            ("substr 0 9 \"abc\"", "string", "abc"),
            ("substr 3 9 \"abc\"", "string", ""),
            ("toString nil", "string", "<nil>"),
            ("toString 1", "string", "1"),
            ("toString 1.0", "string", "1"),
            ("toString 1e6", "string", "1e+06"),
            ("toString true", "string", "true"),
            ("toString (list nil 1 \"a\")", "string", "[<nil> 1 a]"),
            ("toString \"a\"", "string", "a"),
            ("toStrings nil", "[]string", "[]"),
            ("toStrings 1", "[]string", "[1]"),
            ("toStrings (list 1 nil \"a\" 1.5)", "[]string", "[1 a 1.5]"),
            ("toStrings (until 3)", "[]string", "[0 1 2]"),
            ("trim \"  a b \\n\"", "string", "a b"),
            ("trimAll \"-\" \"--a-b--\"", "string", "a-b"),
            ("trimAll \"ab\" \"abcba\"", "string", "c"),
            ("trimall \"$\" \"$5.00\"", "string", "5.00"),
            ("trimAll \"\" \"a\"", "string", "a"),
            ("trimPrefix \"a\" \"aab\"", "string", "ab"),
            ("trimSuffix \"-\" \"a--\"", "string", "a-"),
            ("trimSuffix \"x\" \"a\"", "string", "a"),
            ("trunc 3 \"hello\"", "string", "hel"),
            ("trunc -3 \"hello\"", "string", "llo"),
            ("trunc 0 \"hello\"", "string", ""),
            ("trunc 9 \"hello\"", "string", "hello"),
            ("trunc -9 \"hello\"", "string", "hello"),
            ("trunc -5 \"hello\"", "string", "hello"),
            ("trunc 63 \"\"", "string", ""),
        ]);
        fails(&[
            ("indent -1 \"a\"", "strings: negative Repeat count"),
            ("nindent -2 \"a\"", "strings: negative Repeat count"),
            ("repeat -1 \"a\"", "strings: negative Repeat count"),
            ("substr 4 9 \"abc\"", "runtime error: slice bounds out of range [4:3]"),
            ("substr -1 9 \"abc\"", "runtime error: slice bounds out of range [:9] with length 3"),
            ("substr 2 1 \"abc\"", "runtime error: slice bounds out of range [2:1]"),
            ("substr 4 -1 \"abc\"", "runtime error: slice bounds out of range [4:3]"),
            ("substr -1 -1 \"abc\"", "runtime error: slice bounds out of range [:-1]"),
            ("substr -3 -2 \"abc\"", "runtime error: slice bounds out of range [:-2]"),
        ]);
    }

    #[test]
    fn too_much_text_is_refused() {
        for expression in
            ["repeat 99999999999 \"ab\"", "indent 99999999 \"a\"", "nindent 9999999 \"a\\nb\\nc\\nd\\ne\""]
        {
            let failure = evaluate(expression).unwrap_err();
            assert!(failure.0.contains("would make more than"), "{failure}");
        }
    }

    proptest! {
        #[test]
        fn pieces_make_up_the_text(text in "[ab,é]{0,12}", separator in "[,a]{0,2}", most in -1i64..5) {
            let pieces = split(&text, &separator, most);
            if most != 0 {
                prop_assert_eq!(&pieces.join(&separator), &text);
            }
            if most >= 0 {
                prop_assert!(pieces.len() as i64 <= most);
            }
        }

        #[test]
        fn no_place_panics(text in ".{0,8}", from in -9i64..9, to in -9i64..9) {
            let _ = substring(from, to, &text);
            let _ = truncated(from, &text);
        }
    }
}
