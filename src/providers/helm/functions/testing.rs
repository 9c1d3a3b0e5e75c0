//! Calls functions as templates do, for tests: `join "," (list 1 2)`, with the results of calls in brackets and fields
//! of those. What is expected of a call is what Helm gave for the same text.

use std::cell::Cell;
use std::time::Duration;

use super::super::template::{Failure, Surroundings, Value, type_name};
use super::find;
use super::printing::print;

/// Surroundings in which nothing happens: the time is 2026-01-02 03:04:05.5 UTC, and random bytes count up.
pub(super) struct Still;

thread_local! {
    static NEXT: Cell<u64> = const { Cell::new(0) };
}

impl Surroundings for Still {
    fn random(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let next = NEXT.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            NEXT.set(next);
            *byte = next.to_be_bytes()[0];
        }
    }

    fn now(&self) -> Duration {
        Duration::new(1_767_323_045, 500_000_000)
    }
}

pub(super) fn evaluate(expression: &str) -> Result<Value, Failure> {
    let mut rest = expression;
    let value = call(&mut rest)?;
    assert_eq!(rest, "", "all of {expression}");
    Ok(value)
}

/// A call, its type, and how `%v` prints it.
pub(super) fn gives(table: &[(&str, &str, &str)]) {
    compare(table.iter().map(|(expression, of, printed)| {
        let found = evaluate(expression).and_then(|value| Ok((type_name(&value).to_owned(), print(&value)?)));
        (*expression, format!("{found:?}"), format!("{:?}", Ok::<_, Failure>((*of, *printed))))
    }));
}

/// A call and how it fails.
pub(super) fn fails(table: &[(&str, &str)]) {
    compare(table.iter().map(|(expression, message)| {
        let found = evaluate(expression).map(|value| format!("{value:?}"));
        (*expression, format!("{found:?}"), format!("{:?}", Err::<String, _>(Failure::new(*message))))
    }));
}

/// Shows all that differ, not just the first.
fn compare<'a>(calls: impl Iterator<Item = (&'a str, String, String)>) {
    let differing = calls.filter(|(_, found, expected)| found != expected);
    let shown: Vec<String> =
        differing.map(|(call, found, expected)| format!("{call}\n     gave {found}\n  but not {expected}\n")).collect();
    assert!(shown.is_empty(), "{}", shown.concat());
}

fn call(rest: &mut &str) -> Result<Value, Failure> {
    let name = word(rest);
    let function = find(name).unwrap_or_else(|| panic!("no function {name}"));
    let mut given = Vec::new();
    while let Some(after) = rest.strip_prefix(' ') {
        *rest = after;
        given.push(argument(rest)?);
    }
    let fits = given.len() >= function.least && function.most.is_none_or(|most| given.len() <= most);
    assert!(fits, "number of arguments of {name}");
    (function.call)(&Still, &given)
}

fn argument(rest: &mut &str) -> Result<Value, Failure> {
    if let Some(after) = rest.strip_prefix('(') {
        *rest = after;
        let mut value = call(rest)?;
        *rest = rest.strip_prefix(')').expect("a bracket that closes");
        while let Some(after) = rest.strip_prefix('.') {
            *rest = after;
            value = field(&value, word(rest));
        }
        return Ok(value);
    }
    if let Some(after) = rest.strip_prefix('"') {
        return Ok(quoted(after, rest));
    }
    Ok(match word(rest) {
        "nil" => Value::Nil,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        bare => match bare.parse::<i64>() {
            Ok(number) => Value::Int(number),
            Err(_) if bare.starts_with(|first: char| first.is_ascii_digit() || first == '-') => {
                Value::Float(bare.parse().expect("a number"))
            }
            Err(_) => {
                let mut alone = bare;
                return call(&mut alone);
            }
        },
    })
}

fn quoted<'a>(text: &'a str, rest: &mut &'a str) -> Value {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((place, character)) = characters.next() {
        match character {
            '"' => {
                *rest = &text[place + 1..];
                return Value::string(value);
            }
            '\\' => match characters.next().expect("an escape").1 {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                'r' => value.push('\r'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    panic!("a text that ends: {text}")
}

fn word<'a>(rest: &mut &'a str) -> &'a str {
    let number = rest.starts_with(|first: char| first.is_ascii_digit() || first == '-');
    let ends = |character: char| matches!(character, ' ' | ')') || !number && character == '.';
    let (word, after) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
    *rest = after;
    word
}

fn field(value: &Value, name: &str) -> Value {
    match value {
        Value::Map(map) => map.entries.borrow().get(name).cloned().unwrap_or_default(),
        Value::Object(object) => object.field(name).or_else(|| object.call(name, &[])?.ok()).expect("a field"),
        _ => panic!("no field {name}"),
    }
}
