//! Go's `fmt`: what `printf` makes of its arguments. What does not fit is said in the text, as `%!d(string=a)`.

pub(super) mod float;
mod integer;
mod quote;
mod specification;
mod verb;

use std::iter::Peekable;
use std::str::Chars;

use specification::Specification;

use super::{Value, print};

pub(super) use quote::is_printable;
pub(crate) use quote::quoted;

/// Widths and precisions beyond this are taken for mistakes, as Go does.
const WIDEST: i64 = 1_000_000;

pub(super) fn printf(format: &str, arguments: &[Value]) -> String {
    let mut printer = Printer {
        out: String::with_capacity(format.len() + 16),
        arguments,
        next: 0,
        reordered: false,
        index_is_good: true,
    };
    let mut rest = format;
    while let Some(percent) = rest.find('%') {
        printer.out.push_str(&rest[..percent]);
        let mut characters = rest[percent + 1..].chars().peekable();
        printer.directive(&mut characters);
        let left: usize = characters.map(char::len_utf8).sum();
        rest = &rest[rest.len() - left..];
    }
    printer.out.push_str(rest);
    printer.extra();
    printer.out
}

struct Printer<'a> {
    out: String,
    arguments: &'a [Value],
    next: usize,
    /// Arguments were named by their numbers, so that some may be left out.
    reordered: bool,
    index_is_good: bool,
}

type Directive<'a> = Peekable<Chars<'a>>;

impl Printer<'_> {
    /// Behind a `%`.
    fn directive(&mut self, characters: &mut Directive<'_>) {
        let mut specification = Specification::default();
        self.index_is_good = true;
        while characters.peek().is_some_and(|flag| specification.flag(*flag)) {
            characters.next();
        }
        let mut indexed = self.index(characters);
        if characters.next_if_eq(&'*').is_some() {
            specification.width = self.width(&mut specification);
            indexed = false;
        } else {
            specification.width = number(characters);
            self.index_is_good &= !(indexed && specification.width.is_some());
        }
        if characters.peek() == Some(&'.') && characters.clone().nth(1).is_some() {
            characters.next();
            self.index_is_good &= !indexed;
            indexed = self.index(characters);
            if characters.next_if_eq(&'*').is_some() {
                specification.precision = self.precision();
                indexed = false;
            } else {
                specification.precision = Some(number(characters).unwrap_or(0));
            }
        }
        if !indexed {
            self.index(characters);
        }
        match characters.next() {
            None => self.out.push_str("%!(NOVERB)"),
            Some('%') => self.out.push('%'),
            Some(verb) if !self.index_is_good => self.out.push_str(&format!("%!{verb}(BADINDEX)")),
            Some(verb) => match self.arguments.get(self.next) {
                None => self.out.push_str(&format!("%!{verb}(MISSING)")),
                Some(argument) => {
                    self.next += 1;
                    if matches!(verb, 'v' | 'w') {
                        specification.for_values();
                    }
                    verb::write(&specification, verb, argument, &mut self.out);
                }
            },
        }
    }

    /// Reads `[2]`: the argument to go on with, from one on. `true` if there was one.
    fn index(&mut self, characters: &mut Directive<'_>) -> bool {
        if characters.peek() != Some(&'[') {
            return false;
        }
        self.reordered = true;
        let inside: String = characters.clone().skip(1).take_while(|character| *character != ']').collect();
        let closed = characters.clone().nth(inside.chars().count() + 1) == Some(']');
        // Without an end, only the bracket is passed by.
        let length = if closed { inside.chars().count() + 2 } else { 1 };
        characters.nth(length - 1);
        match inside.parse::<usize>() {
            Ok(number @ 1..) if closed && number <= self.arguments.len() => {
                self.next = number - 1;
                true
            }
            parsed => {
                self.index_is_good = false;
                closed && parsed.is_ok()
            }
        }
    }

    fn integer_argument(&mut self) -> Option<i64> {
        let argument = self.arguments.get(self.next)?;
        self.next += 1;
        let integer = match argument {
            Value::Int(value) | Value::Int64(value) => Some(*value),
            Value::Uint64(value) => i64::try_from(*value).ok(),
            _ => None,
        };
        integer.filter(|integer| (-WIDEST..=WIDEST).contains(integer))
    }

    fn width(&mut self, specification: &mut Specification) -> Option<usize> {
        let Some(width) = self.integer_argument() else {
            self.out.push_str("%!(BADWIDTH)");
            return None;
        };
        if width < 0 {
            specification.minus = true;
            specification.zero = false;
        }
        usize::try_from(width.unsigned_abs()).ok()
    }

    fn precision(&mut self) -> Option<usize> {
        let precision = self.integer_argument().and_then(|precision| usize::try_from(precision).ok());
        if precision.is_none() {
            self.out.push_str("%!(BADPREC)");
        }
        precision
    }

    /// Arguments that no verb asked for.
    fn extra(&mut self) {
        if self.reordered || self.next >= self.arguments.len() {
            return;
        }
        let extra: Vec<String> = self.arguments[self.next..]
            .iter()
            .map(|argument| match argument {
                Value::Nil => "<nil>".to_owned(),
                argument => format!("{}={}", print::type_name(argument), print::print(argument)),
            })
            .collect();
        self.out.push_str(&format!("%!(EXTRA {})", extra.join(", ")));
    }
}

fn number(characters: &mut Directive<'_>) -> Option<usize> {
    let mut number = None;
    while let Some(digit) = characters.peek().and_then(|character| character.to_digit(10)) {
        let value: i64 = number.unwrap_or(0);
        if value > WIDEST {
            // So long a number leaves nothing of the format.
            characters.by_ref().for_each(drop);
            return None;
        }
        number = Some(value * 10 + i64::from(digit));
        characters.next();
    }
    number.and_then(|number| usize::try_from(number).ok())
}
