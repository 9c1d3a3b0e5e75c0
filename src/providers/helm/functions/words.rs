//! Names in other cases: `snakecase`, `kebabcase` and `camelcase`, with the rules of the library that sprig uses for
//! what is a word.

use super::super::template::{Function, Value};
use super::arguments::{Arguments, exactly};
use super::letters::{lower, upper};

pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("camelcase", exactly(1, |_, given| Ok(Value::string(camel(given.text(0)?))))),
    ("kebabcase", exactly(1, |_, given| Ok(Value::string(joined(given.text(0)?, '-'))))),
    ("snakecase", exactly(1, |_, given| Ok(Value::string(joined(given.text(0)?, '_'))))),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    /// Begins with a letter in upper case: `HTTP`, `Status`.
    Upper,
    Lower,
    Connector,
    Punctuation,
    Other,
}

struct Words<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Words<'a> {
    type Item = (Kind, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.rest.chars().next()?;
        let kind = kind_of(first);
        let same = |character: char| match kind {
            Kind::Other => kind_of(character) == Kind::Other,
            Kind::Lower => kind_of(character) == Kind::Lower,
            kind => kind_of(character) == kind,
        };
        let end = match kind {
            Kind::Upper => self.end_of_upper(first),
            _ => self.rest.find(|character| !same(character)).unwrap_or(self.rest.len()),
        };
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some((kind, word))
    }
}

impl Words<'_> {
    /// One letter in upper case goes with the lower case after it; of several, the last does where a lower case follows.
    fn end_of_upper(&self, first: char) -> usize {
        let capitals = self.rest.find(|character: char| !character.is_uppercase()).unwrap_or(self.rest.len());
        let lower = |character: char| kind_of(character) == Kind::Lower;
        let follows = self.rest[capitals..].chars().next().is_some_and(lower);
        if capitals > first.len_utf8() {
            let last = self.rest[..capitals].chars().next_back().map_or(0, char::len_utf8);
            return if follows { capitals - last } else { capitals };
        }
        let tail = &self.rest[capitals..];
        capitals + tail.find(|character| !lower(character)).unwrap_or(tail.len())
    }
}

fn kind_of(character: char) -> Kind {
    if is_connector(character) {
        Kind::Connector
    } else if is_punctuation(character) {
        Kind::Punctuation
    } else if character.is_uppercase() && character.is_alphabetic() {
        Kind::Upper
    } else if is_letter(character) {
        Kind::Lower
    } else if character.is_numeric() {
        Kind::Number
    } else {
        Kind::Other
    }
}

fn is_connector(character: char) -> bool {
    matches!(character, '-' | '_') || character.is_whitespace()
}

/// Symbols such as `$`, `+` and `<` are none.
fn is_punctuation(character: char) -> bool {
    match character {
        '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~' => false,
        _ if character.is_ascii() => character.is_ascii_punctuation(),
        _ => matches!(character, '¡' | '§' | '«' | '¶' | '·' | '»' | '¿' | '‐'..='‧' | '‰'..='⁃' | '、'..='。'),
    }
}

/// Ideographs are no letters that would make up words.
fn is_letter(character: char) -> bool {
    character.is_alphabetic() && !('\u{3000}'..='\u{fa2d}').contains(&character)
}

fn joined(text: &str, connector: char) -> String {
    let mut words = Words { rest: text };
    let mut joined = String::with_capacity(text.len() + 4);
    let Some(mut current) = words.next() else { return joined };
    while !words.rest.is_empty() {
        let (kind, word) = current;
        if kind != Kind::Connector {
            push(&mut joined, current, connector);
        }
        let mut next = words.next();
        match kind {
            Kind::Connector => push(&mut joined, (kind, word), connector),
            Kind::Punctuation => {}
            Kind::Number => next = after_number(&mut words, &mut joined, next, connector),
            _ => next = after_word(&mut words, &mut joined, next, connector),
        }
        match next {
            Some(found) => current = found,
            None => return joined,
        }
    }
    push(&mut joined, current, connector);
    joined
}

type Word<'a> = Option<(Kind, &'a str)>;

/// Letters in lower case and numbers that follow a number belong to it.
fn after_number<'a>(words: &mut Words<'a>, joined: &mut String, mut next: Word<'a>, connector: char) -> Word<'a> {
    while let Some(found @ (Kind::Lower | Kind::Number, _)) = next {
        push(joined, found, connector);
        next = words.next();
    }
    if next.is_some_and(|(kind, _)| needs_connector(kind)) {
        joined.push(connector);
    }
    next
}

/// A number belongs to the word before it, unless letters in lower case follow: `Bld4Floor`, but `http2xx`.
fn after_word<'a>(words: &mut Words<'a>, joined: &mut String, next: Word<'a>, connector: char) -> Word<'a> {
    let Some((kind, number)) = next else { return next };
    if kind != Kind::Number {
        if needs_connector(kind) {
            joined.push(connector);
        }
        return next;
    }
    if words.rest.is_empty() {
        return next;
    }
    let following = words.next();
    if following.is_some_and(|(kind, _)| kind == Kind::Lower) {
        joined.push(connector);
        push(joined, (Kind::Number, number), connector);
        return after_number(words, joined, following, connector);
    }
    push(joined, (Kind::Number, number), connector);
    if following.is_some_and(|(kind, _)| needs_connector(kind)) {
        joined.push(connector);
    }
    following
}

fn needs_connector(kind: Kind) -> bool {
    !matches!(kind, Kind::Connector | Kind::Punctuation)
}

fn push(joined: &mut String, (kind, word): (Kind, &str), connector: char) {
    match kind {
        Kind::Upper => joined.extend(word.chars().map(lower)),
        Kind::Connector => joined.extend(word.chars().map(|_| connector)),
        _ => joined.push_str(word),
    }
}

/// Connectors in front stay; of several between words all but the last do. Of capitals in a row that start a
/// word, the first stays.
fn camel(text: &str) -> String {
    let Some(start) = text.find(|character| !is_connector(character)) else {
        // The library writes the last one twice.
        return text.chars().chain(text.chars().next_back()).collect();
    };
    let mut camel = text[..start].to_owned();
    let mut characters = text[start..].chars();
    let first = characters.next().unwrap_or(' ');
    let mut last = upper(first);
    // Within a word that starts with several letters in upper case.
    let mut capitals = first.is_uppercase();
    for character in characters {
        if is_connector(last) && !is_connector(character) {
            last = upper(character);
            capitals = character.is_uppercase();
            continue;
        }
        camel.push(last);
        capitals = capitals && character.is_uppercase();
        last = if capitals { lower(character) } else { character };
    }
    camel.push(last);
    camel
}

#[cfg(test)]
mod tests {
    use super::super::testing::gives;
    use super::*;
    use proptest::prelude::*;

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of what Helm said")]
    fn words_are_told_apart_as_helm_does() {
        gives(&[
            ("snakecase \"FirstName\"", "string", "first_name"),
            ("snakecase \"HTTPServer\"", "string", "http_server"),
            ("snakecase \"NoHTTPS\"", "string", "no_https"),
            ("snakecase \"GO_PATH\"", "string", "go_path"),
            ("snakecase \"GO PATH\"", "string", "go_path"),
            ("snakecase \"GO-PATH\"", "string", "go_path"),
            ("snakecase \"http2xx\"", "string", "http_2xx"),
            ("snakecase \"HTTP20xOK\"", "string", "http_20x_ok"),
            ("snakecase \"Duration2m3s\"", "string", "duration_2m3s"),
            ("snakecase \"Bld4Floor3rd\"", "string", "bld4_floor_3rd"),
            ("snakecase \"http_server\"", "string", "http_server"),
            ("snakecase \"_complex__case_\"", "string", "_complex__case_"),
            ("snakecase \"some words\"", "string", "some_words"),
            ("snakecase \"--a--b\"", "string", "__a__b"),
            ("snakecase \"a\"", "string", "a"),
            ("snakecase \"A\"", "string", "a"),
            ("snakecase \"\"", "string", ""),
            ("snakecase \"ABC\"", "string", "abc"),
            ("snakecase \"aBC\"", "string", "a_bc"),
            ("snakecase \"a1\"", "string", "a1"),
            ("snakecase \"1a\"", "string", "1a"),
            ("snakecase \"A1\"", "string", "a1"),
            ("snakecase \"1A\"", "string", "1_a"),
            ("snakecase \"a1B2\"", "string", "a1_b2"),
            ("snakecase \"abc123DEF\"", "string", "abc123_def"),
            ("snakecase \"x.y\"", "string", "x.y"),
            ("snakecase \"x.Y\"", "string", "x.y"),
            ("snakecase \"a$b\"", "string", "a_$_b"),
            ("snakecase \"foo_1\"", "string", "foo_1"),
            ("snakecase \"foo1_bar\"", "string", "foo1_bar"),
            ("snakecase \"FOO1bar\"", "string", "foo_1bar"),
            ("snakecase \"1\"", "string", "1"),
            ("snakecase \"12\"", "string", "12"),
            ("snakecase \"1_2\"", "string", "1_2"),
            ("snakecase \"-1\"", "string", "_1"),
            ("snakecase \"a--b\"", "string", "a__b"),
            ("snakecase \"A_b-C d\"", "string", "a_b_c_d"),
            ("snakecase \"sha256Sum\"", "string", "sha256_sum"),
            ("snakecase \"V2Api\"", "string", "v2_api"),
            ("snakecase \"v1beta1\"", "string", "v_1beta1"),
            ("snakecase \"HTTPSServer2\"", "string", "https_server2"),
            ("snakecase \"日本語\"", "string", "日本語"),
            ("snakecase \"aé\"", "string", "aé"),
            ("snakecase \"ÉtéAa\"", "string", "été_aa"),
            ("snakecase \"a_\"", "string", "a_"),
            ("snakecase \"_\"", "string", "_"),
            ("snakecase \"__\"", "string", "__"),
            ("snakecase \"  \"", "string", "__"),
            ("snakecase \"a.1\"", "string", "a.1"),
            ("snakecase \"a.1b2C\"", "string", "a.1b2_c"),
            ("snakecase \"K8sApi\"", "string", "k_8s_api"),
            ("snakecase \"IPv4Address\"", "string", "i_pv4_address"),
            ("snakecase \"x1y2z3\"", "string", "x_1y2z3"),
            ("snakecase \"PascalCase\"", "string", "pascal_case"),
            ("snakecase \"some-thing.else\"", "string", "some_thing.else"),
            ("kebabcase \"FirstName\"", "string", "first-name"),
            ("kebabcase \"HTTPServer\"", "string", "http-server"),
            ("kebabcase \"NoHTTPS\"", "string", "no-https"),
            ("kebabcase \"GO_PATH\"", "string", "go-path"),
            ("kebabcase \"GO PATH\"", "string", "go-path"),
            ("kebabcase \"GO-PATH\"", "string", "go-path"),
            ("kebabcase \"http2xx\"", "string", "http-2xx"),
            ("kebabcase \"HTTP20xOK\"", "string", "http-20x-ok"),
            ("kebabcase \"Duration2m3s\"", "string", "duration-2m3s"),
            ("kebabcase \"Bld4Floor3rd\"", "string", "bld4-floor-3rd"),
            ("kebabcase \"http_server\"", "string", "http-server"),
            ("kebabcase \"_complex__case_\"", "string", "-complex--case-"),
            ("kebabcase \"some words\"", "string", "some-words"),
            ("kebabcase \"--a--b\"", "string", "--a--b"),
            ("kebabcase \"a\"", "string", "a"),
            ("kebabcase \"A\"", "string", "a"),
            ("kebabcase \"\"", "string", ""),
            ("kebabcase \"ABC\"", "string", "abc"),
            ("kebabcase \"aBC\"", "string", "a-bc"),
            ("kebabcase \"a1\"", "string", "a1"),
            ("kebabcase \"1a\"", "string", "1a"),
            ("kebabcase \"A1\"", "string", "a1"),
            ("kebabcase \"1A\"", "string", "1-a"),
            ("kebabcase \"a1B2\"", "string", "a1-b2"),
            ("kebabcase \"abc123DEF\"", "string", "abc123-def"),
            ("kebabcase \"x.y\"", "string", "x.y"),
            ("kebabcase \"x.Y\"", "string", "x.y"),
            ("kebabcase \"a$b\"", "string", "a-$-b"),
            ("kebabcase \"foo_1\"", "string", "foo-1"),
            ("kebabcase \"foo1_bar\"", "string", "foo1-bar"),
            ("kebabcase \"FOO1bar\"", "string", "foo-1bar"),
            ("kebabcase \"1\"", "string", "1"),
            ("kebabcase \"12\"", "string", "12"),
            ("kebabcase \"1_2\"", "string", "1-2"),
            ("kebabcase \"-1\"", "string", "-1"),
            ("kebabcase \"a--b\"", "string", "a--b"),
            ("kebabcase \"A_b-C d\"", "string", "a-b-c-d"),
            ("kebabcase \"sha256Sum\"", "string", "sha256-sum"),
            ("kebabcase \"V2Api\"", "string", "v2-api"),
            ("kebabcase \"v1beta1\"", "string", "v-1beta1"),
            ("kebabcase \"HTTPSServer2\"", "string", "https-server2"),
            ("kebabcase \"日本語\"", "string", "日本語"),
            ("kebabcase \"aé\"", "string", "aé"),
            ("kebabcase \"ÉtéAa\"", "string", "été-aa"),
            ("kebabcase \"a_\"", "string", "a-"),
            ("kebabcase \"_\"", "string", "-"),
            ("kebabcase \"__\"", "string", "--"),
            ("kebabcase \"  \"", "string", "--"),
            ("kebabcase \"a.1\"", "string", "a.1"),
            ("kebabcase \"a.1b2C\"", "string", "a.1b2-c"),
            ("kebabcase \"K8sApi\"", "string", "k-8s-api"),
            ("kebabcase \"IPv4Address\"", "string", "i-pv4-address"),
            ("kebabcase \"x1y2z3\"", "string", "x-1y2z3"),
            ("kebabcase \"PascalCase\"", "string", "pascal-case"),
            ("kebabcase \"some-thing.else\"", "string", "some-thing.else"),
            ("camelcase \"FirstName\"", "string", "FirstName"),
            ("camelcase \"HTTPServer\"", "string", "Httpserver"),
            ("camelcase \"NoHTTPS\"", "string", "NoHTTPS"),
            ("camelcase \"GO_PATH\"", "string", "GoPath"),
            ("camelcase \"GO PATH\"", "string", "GoPath"),
            ("camelcase \"GO-PATH\"", "string", "GoPath"),
            ("camelcase \"http2xx\"", "string", "Http2xx"),
            ("camelcase \"HTTP20xOK\"", "string", "Http20xOK"),
            ("camelcase \"Duration2m3s\"", "string", "Duration2m3s"),
            ("camelcase \"Bld4Floor3rd\"", "string", "Bld4Floor3rd"),
            ("camelcase \"http_server\"", "string", "HttpServer"),
            ("camelcase \"_complex__case_\"", "string", "_Complex_Case_"),
            ("camelcase \"some words\"", "string", "SomeWords"),
            ("camelcase \"--a--b\"", "string", "--A-B"),
            ("camelcase \"a\"", "string", "A"),
            ("camelcase \"A\"", "string", "A"),
            ("camelcase \"\"", "string", ""),
            ("camelcase \"ABC\"", "string", "Abc"),
            ("camelcase \"aBC\"", "string", "ABC"),
            ("camelcase \"a1\"", "string", "A1"),
            ("camelcase \"1a\"", "string", "1a"),
            ("camelcase \"A1\"", "string", "A1"),
            ("camelcase \"1A\"", "string", "1A"),
            ("camelcase \"a1B2\"", "string", "A1B2"),
            ("camelcase \"abc123DEF\"", "string", "Abc123DEF"),
            ("camelcase \"x.y\"", "string", "X.y"),
            ("camelcase \"x.Y\"", "string", "X.Y"),
            ("camelcase \"a$b\"", "string", "A$b"),
            ("camelcase \"foo_1\"", "string", "Foo1"),
            ("camelcase \"foo1_bar\"", "string", "Foo1Bar"),
            ("camelcase \"FOO1bar\"", "string", "Foo1bar"),
            ("camelcase \"1\"", "string", "1"),
            ("camelcase \"12\"", "string", "12"),
            ("camelcase \"1_2\"", "string", "12"),
            ("camelcase \"-1\"", "string", "-1"),
            ("camelcase \"a--b\"", "string", "A-B"),
            ("camelcase \"A_b-C d\"", "string", "ABCD"),
            ("camelcase \"sha256Sum\"", "string", "Sha256Sum"),
            ("camelcase \"V2Api\"", "string", "V2Api"),
            ("camelcase \"v1beta1\"", "string", "V1beta1"),
            ("camelcase \"HTTPSServer2\"", "string", "Httpsserver2"),
            ("camelcase \"日本語\"", "string", "日本語"),
            ("camelcase \"aé\"", "string", "Aé"),
            ("camelcase \"ÉtéAa\"", "string", "ÉtéAa"),
            ("camelcase \"a_\"", "string", "A_"),
            ("camelcase \"_\"", "string", "__"),
            ("camelcase \"__\"", "string", "___"),
            ("camelcase \"  \"", "string", "   "),
            ("camelcase \"a.1\"", "string", "A.1"),
            ("camelcase \"a.1b2C\"", "string", "A.1b2C"),
            ("camelcase \"K8sApi\"", "string", "K8sApi"),
            ("camelcase \"IPv4Address\"", "string", "Ipv4Address"),
            ("camelcase \"x1y2z3\"", "string", "X1y2z3"),
            ("camelcase \"PascalCase\"", "string", "PascalCase"),
            ("camelcase \"some-thing.else\"", "string", "SomeThing.else"),
        ]);
    }

    proptest! {
        #[test]
        fn letters_and_numbers_stay(text in "[a-zA-Z0-9_. -]{0,16}|.{0,8}") {
            let plain = |text: &str| text.chars().filter(|letter| letter.is_ascii_alphanumeric()).collect::<String>();
            prop_assert_eq!(plain(&joined(&text, '_')), plain(&text).to_lowercase());
            prop_assert_eq!(plain(&camel(&text)).to_lowercase(), plain(&text).to_lowercase());
        }
    }
}
