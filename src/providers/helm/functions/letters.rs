//! Upper and lower case: character by character, as Go changes them, not by the longer rules of Unicode.

use super::super::template::{Function, Value};
use super::arguments::{Arguments, exactly};

pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("lower", exactly(1, |_, given| Ok(Value::string(given.text(0)?.chars().map(lower).collect::<String>())))),
    ("swapcase", exactly(1, |_, given| Ok(Value::string(swapped(given.text(0)?))))),
    ("title", exactly(1, |_, given| Ok(Value::string(titled(given.text(0)?))))),
    ("untitle", exactly(1, |_, given| Ok(Value::string(untitled(given.text(0)?))))),
    ("upper", exactly(1, |_, given| Ok(Value::string(given.text(0)?.chars().map(upper).collect::<String>())))),
];

/// One character for one: those whose upper case is two, such as `ß`, stay.
pub(super) fn upper(character: char) -> char {
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) => upper,
        _ => character,
    }
}

pub(super) fn lower(character: char) -> char {
    // The one character whose lower case is longer.
    if character == '\u{130}' {
        return 'i';
    }
    character.to_lowercase().next().unwrap_or(character)
}

/// As a word starts: a few letters that are two in one have a form of their own for it.
fn title(character: char) -> char {
    match character {
        'Ǆ' | 'ǅ' | 'ǆ' => 'ǅ',
        'Ǉ' | 'ǈ' | 'ǉ' => 'ǈ',
        'Ǌ' | 'ǋ' | 'ǌ' => 'ǋ',
        'Ǳ' | 'ǲ' | 'ǳ' => 'ǲ',
        // Georgian has upper case letters, and starts no words with them.
        'ა'..='ჿ' => character,
        _ => upper(character),
    }
}

fn titled(text: &str) -> String {
    let mut before = ' ';
    let change = |character| {
        let changed = if separates(before) { title(character) } else { character };
        before = character;
        changed
    };
    text.chars().map(change).collect()
}

fn separates(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_alphanumeric() && character != '_';
    }
    !character.is_alphanumeric() && character.is_whitespace()
}

/// The first character of each word in lower case.
fn untitled(text: &str) -> String {
    let mut starts = true;
    let change = |character: char| {
        let changed = if starts && !character.is_whitespace() { lower(character) } else { character };
        starts = character.is_whitespace();
        changed
    };
    text.chars().map(change).collect()
}

fn swapped(text: &str) -> String {
    let mut starts = true;
    let change = |character: char| {
        if character.is_uppercase() || title(character) == character && lower(character) != character {
            starts = false;
            lower(character)
        } else if character.is_lowercase() {
            let changed = if starts { title(character) } else { upper(character) };
            starts = false;
            changed
        } else {
            starts = character.is_whitespace();
            character
        }
    };
    text.chars().map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::gives;

    #[test]
    fn letters_change_as_they_do_in_helm() {
        gives(&[
            ("upper \"aBc é ß ǆ\"", "string", "ABC É ß Ǆ"),
            ("lower \"ABC É İ ΑΣ\"", "string", "abc é i ασ"),
            ("title \"hello wORLD it's a-b_c 1st éa  ǆ\"", "string", "Hello WORLD It'S A-B_c 1st Éa  ǅ"),
            ("title \"\"", "string", ""),
            ("title \"foo.bar/baz\"", "string", "Foo.Bar/Baz"),
            ("untitle \"Hello World ÉA\"", "string", "hello world éA"),
            ("untitle \"\"", "string", ""),
            ("swapcase \"Hello World ab CD éÉ\"", "string", "hELLO wORLD AB cd Éé"),
            ("swapcase \"this Is A.test ǆ\"", "string", "THIS iS a.TEST ǅ"),
            ("swapcase \"\"", "string", ""),
        ]);
    }
}
