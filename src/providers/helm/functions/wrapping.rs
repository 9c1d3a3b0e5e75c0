//! Long texts made short or broken into lines. Everything counts bytes, as the library does.

use super::super::template::{Failure, Function, Value};
use super::arguments::{Arguments, MOST_TEXT, Outcome, exactly};

pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("abbrev", exactly(2, |_, given| Ok(abbreviated(0, given.int(0)?, given.text(1)?)))),
    ("abbrevboth", exactly(3, |_, given| Ok(abbreviated_both(given.int(0)?, given.int(1)?, given.text(2)?)))),
    ("initials", exactly(1, |_, given| Ok(Value::string(initials(given.text(0)?))))),
    ("wrap", exactly(2, |_, given| wrapped(given.text(1)?, given.int(0)?, "\n", false))),
    ("wrapWith", exactly(3, |_, given| wrap_with(given))),
];

const DOTS: &str = "...";

fn abbreviated(from: i64, width: i64, text: &str) -> Value {
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    if width < 4 || length <= width {
        return Value::string(text);
    }
    let place = |number: i64| usize::try_from(number).unwrap_or_default();
    let bytes = text.as_bytes();
    let shown = width - DOTS.len() as i64;
    let from = from.min(length).min((length - shown).max(0));
    let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if from <= 4 {
        return Value::string(lossy(&bytes[..place(shown)]) + DOTS);
    }
    if width < 7 {
        return Value::string("");
    }
    if from + shown < length {
        let tail = &bytes[place(from)..];
        let shown = place(shown);
        let tail = if tail.len() <= shown { lossy(tail) } else { lossy(&tail[..shown - DOTS.len()]) + DOTS };
        return Value::string(format!("{DOTS}{tail}"));
    }
    Value::string(format!("{DOTS}{}", lossy(&bytes[place(length - shown)..])))
}

fn abbreviated_both(left: i64, right: i64, text: &str) -> Value {
    if right < 4 || left > 0 && right < 7 {
        return Value::string(text);
    }
    abbreviated(left, right, text)
}

/// The first byte of each word, which is taken for a character of Latin-1.
fn initials(text: &str) -> String {
    let mut starts = true;
    let keep = |byte: &char| {
        let keep = starts && !byte.is_whitespace();
        starts = byte.is_whitespace();
        keep
    };
    text.bytes().map(char::from).filter(keep).collect()
}

fn wrap_with(given: &[Value]) -> Outcome {
    let separator = given.text(1)?;
    wrapped(given.text(2)?, given.int(0)?, if separator.is_empty() { "\n" } else { separator }, true)
}

/// Breaks at blanks; words that are longer than a line are broken only where that is wanted.
fn wrapped(text: &str, width: i64, separator: &str, break_words: bool) -> Outcome {
    let width = usize::try_from(width).unwrap_or_default().max(1);
    if (text.len() / width).saturating_mul(separator.len()) > MOST_TEXT {
        return Err(Failure::new(format!("wrapping would make more than {MOST_TEXT} bytes of text; make less")));
    }
    let bytes = text.as_bytes();
    let mut lines: Vec<&[u8]> = Vec::new();
    let mut rest = bytes;
    while rest.len() > width {
        if rest[0] == b' ' {
            rest = &rest[1..];
            continue;
        }
        let blank = rest[..=width].iter().rposition(|byte| *byte == b' ');
        let blank = blank.or_else(|| {
            let after = || rest[width..].iter().position(|byte| *byte == b' ').map(|place| place + width);
            if break_words { None } else { after() }
        });
        if let Some(blank) = blank {
            lines.push(&rest[..blank]);
            rest = &rest[blank + 1..];
        } else if break_words {
            lines.push(&rest[..width]);
            rest = &rest[width..];
        } else {
            break;
        }
    }
    lines.push(rest);
    Ok(Value::string(String::from_utf8_lossy(&lines.join(separator.as_bytes()))))
}

#[cfg(test)]
mod tests {
    use super::super::testing::gives;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn long_texts_are_made_short_as_in_helm() {
        gives(&[
            ("abbrev 5 \"hello world\"", "string", "he..."),
            ("abbrev 3 \"hello world\"", "string", "hello world"),
            ("abbrev 4 \"hello\"", "string", "h..."),
            ("abbrev 20 \"hello\"", "string", "hello"),
            ("abbrev -1 \"hello\"", "string", "hello"),
            ("abbrev 5 \"\"", "string", ""),
            ("abbrevboth 5 10 \"1234 5678 9123\"", "string", "...5678..."),
            ("abbrevboth 1 10 \"hello wonderful world\"", "string", "hello w..."),
            ("abbrevboth 6 10 \"hello wonderful world\"", "string", "...wond..."),
            ("abbrevboth 15 10 \"hello wonderful world\"", "string", "...l world"),
            ("abbrevboth 40 10 \"hello wonderful world\"", "string", "...l world"),
            ("abbrevboth 0 4 \"hello\"", "string", "h..."),
            ("abbrevboth 0 3 \"hello\"", "string", "hello"),
            ("abbrevboth 1 6 \"hello world\"", "string", "hello world"),
            ("abbrevboth -1 6 \"hello world\"", "string", "hel..."),
            ("abbrevboth 5 7 \"hello wonderful world\"", "string", "... ..."),
            ("initials \"First Try\"", "string", "FT"),
            ("initials \"  a b  c\"", "string", "abc"),
            ("initials \"\"", "string", ""),
            ("initials \"éa b\"", "string", "Ãb"),
            ("wrap 5 \"hello wonderful new world\"", "string", "hello\nwonderful\nnew\nworld"),
            ("wrap 80 \"short\"", "string", "short"),
            ("wrap 1 \"a b c\"", "string", "a\nb\nc"),
            ("wrap 0 \"a b c\"", "string", "a\nb\nc"),
            ("wrap -1 \"a b\"", "string", "a\nb"),
            ("wrap 5 \"helloworldlong word\"", "string", "helloworldlong\nword"),
            ("wrap 5 \"  leading and   many\"", "string", "leading\nand  \nmany"),
            ("wrap 4 \"\"", "string", ""),
            ("wrap 10 \"the quick brown fox jumps\"", "string", "the quick\nbrown fox\njumps"),
            ("wrapWith 5 \"\\t\" \"Hello World\"", "string", "Hello\tWorld"),
            ("wrapWith 5 \"\" \"helloworldlong word\"", "string", "hello\nworld\nlong\nword"),
            ("wrapWith 3 \"-\" \"abcdefgh ij\"", "string", "abc-def-gh-ij"),
            ("wrapWith 3 \"--\" \"ab cd efghij\"", "string", "ab--cd--efg--hij"),
        ]);
    }

    proptest! {
        #[test]
        fn no_width_panics(text in "[ab é]{0,20}", width in -2i64..12, from in -2i64..25) {
            let _ = wrapped(&text, width, "\n", true);
            let _ = wrapped(&text, width, "\n", false);
            let _ = abbreviated_both(from, width, &text);
        }

        #[test]
        fn words_stay_whole(text in "[ab ]{0,20}", width in 1i64..12) {
            let Ok(Value::String(lines)) = wrapped(&text, width, "\n", false) else { panic!("no text") };
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(words(&lines), words(&text));
        }
    }
}
