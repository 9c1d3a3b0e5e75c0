//! Formulas of scaling modifiers, read as expr-lang does: which triggers and functions they name, and
//! whether a number comes out.
//!
//! Knows numbers, texts, lists, `let`, predicates, members and indexes, all operators, and the kinds of
//! values as far as they follow from the form. It does not compute anything.

mod kind;
mod tokens;

use std::collections::BTreeSet;

use self::kind::{FUNCTIONS, Kind, combine};
use self::tokens::tokens;

/// What a formula names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Formula {
    pub(super) triggers: BTreeSet<String>,
    pub(super) functions: BTreeSet<String>,
}

pub(super) fn is_known_function(name: &str) -> bool {
    FUNCTIONS.iter().any(|(known, _)| *known == name)
}

/// Reads a formula.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn parse(text: &str) -> Result<Formula, String> {
    let mut parser =
        Parser { tokens: tokens(text)?, next: 0, depth: 0, formula: Formula::default(), locals: Vec::new() };
    let kind = parser.sequence()?;
    if let Some(token) = parser.peek() {
        return Err(format!("`{token}` stands where the formula should end"));
    }
    if !kind.is_number() {
        return Err(format!("the formula gives {}, not a number", kind.noun()));
    }
    Ok(parser.formula)
}

/// How strongly each operator binds.
const OPERATORS: &[(&str, u32)] = &[
    ("|", 1),
    ("||", 10),
    ("or", 10),
    ("&&", 15),
    ("and", 15),
    ("==", 20),
    ("!=", 20),
    ("<", 20),
    (">", 20),
    ("<=", 20),
    (">=", 20),
    ("in", 20),
    ("not", 20),
    ("matches", 20),
    ("contains", 20),
    ("startsWith", 20),
    ("endsWith", 20),
    ("..", 25),
    ("+", 30),
    ("-", 30),
    ("*", 60),
    ("/", 60),
    ("%", 60),
    ("**", 100),
    ("^", 100),
    ("??", 500),
];

/// Deeper than anyone writes.
const DEEPEST: usize = 64;

struct Parser {
    tokens: Vec<String>,
    next: usize,
    depth: usize,
    formula: Formula,
    locals: Vec<String>,
}

impl Parser {
    fn peek(&self) -> Option<&str> {
        self.tokens.get(self.next).map(String::as_str)
    }

    fn take(&mut self) -> Result<String, String> {
        let token = self.tokens.get(self.next).cloned().ok_or("the formula ends too early")?;
        self.next += 1;
        Ok(token)
    }

    fn takes(&mut self, token: &str) -> bool {
        let found = self.peek() == Some(token);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        if self.takes(token) {
            return Ok(());
        }
        match self.peek() {
            Some(found) => Err(format!("`{found}` stands where `{token}` should")),
            None => Err(format!("the formula ends where `{token}` should stand")),
        }
    }

    /// `let` definitions, and what they are for.
    fn sequence(&mut self) -> Result<Kind, String> {
        while self.takes("let") {
            let name = self.take()?;
            self.expect("=")?;
            self.expression()?;
            self.expect(";")?;
            self.locals.push(name);
        }
        self.expression()
    }

    fn expression(&mut self) -> Result<Kind, String> {
        self.deeper()?;
        let kind = self.binary(0)?;
        let kind = if self.takes("?") { self.choice(kind)? } else { kind };
        self.depth -= 1;
        Ok(kind)
    }

    fn choice(&mut self, condition: Kind) -> Result<Kind, String> {
        if !condition.is_bool() {
            return Err(format!("what stands before `?` is {}, not true or false", condition.noun()));
        }
        let first = self.expression()?;
        self.expect(":")?;
        let second = self.expression()?;
        Ok(match (first, second) {
            (first, second) if first == second => first,
            (first, second) if first.is_number() && second.is_number() => Kind::Number,
            _ => Kind::Any,
        })
    }

    /// Whoever calls itself again goes deeper first.
    fn deeper(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > DEEPEST { Err("the formula is nested too deeply".to_owned()) } else { Ok(()) }
    }

    fn binary(&mut self, weakest: u32) -> Result<Kind, String> {
        self.deeper()?;
        let mut left = self.unary()?;
        while let Some((operator, strength)) =
            self.peek().and_then(|token| OPERATORS.iter().find(|(one, _)| *one == token))
        {
            if *strength <= weakest {
                break;
            }
            self.next += 1;
            if *operator == "not" {
                self.take()?;
            }
            // Powers are taken from the right.
            let below = if matches!(*operator, "**" | "^") { strength - 1 } else { *strength };
            let right = self.binary(below)?;
            left = combine(operator, left, right)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn unary(&mut self) -> Result<Kind, String> {
        match self.peek() {
            Some("-" | "+") => {
                self.next += 1;
                let kind = self.binary(90)?;
                if kind.is_number() { Ok(kind) } else { Err(format!("a sign before {}", kind.noun())) }
            }
            Some("!" | "not") => {
                self.next += 1;
                let kind = self.binary(50)?;
                if kind.is_bool() { Ok(Kind::Bool) } else { Err(format!("`not` before {}", kind.noun())) }
            }
            _ => self.primary(),
        }
    }

    fn primary(&mut self) -> Result<Kind, String> {
        let token = self.take()?;
        let first = token.chars().next().unwrap_or_default();
        let kind = match token.as_str() {
            "(" => {
                let kind = self.sequence()?;
                self.expect(")")?;
                kind
            }
            "[" => {
                self.items("]")?;
                Kind::List
            }
            "{" => {
                let kind = self.sequence()?;
                self.expect("}")?;
                kind
            }
            "true" | "false" => Kind::Bool,
            "nil" | "#" | "$env" => {
                // `#acc` and `#index` are words of their own.
                if token == "#" && matches!(self.peek(), Some("acc" | "index")) {
                    self.next += 1;
                }
                Kind::Any
            }
            "." => {
                self.take()?;
                Kind::Any
            }
            _ if first.is_ascii_digit() && token.contains(['.', 'e', 'E']) => Kind::Decimal,
            _ if first.is_ascii_digit() => Kind::Whole,
            _ if matches!(first, '"' | '\'' | '`') => Kind::Text,
            _ if OPERATORS.iter().any(|(operator, _)| *operator == token) => return Err(misplaced(&token)),
            _ if first.is_alphabetic() || first == '_' => self.name(&token)?,
            _ => return Err(misplaced(&token)),
        };
        self.members(kind)
    }

    fn name(&mut self, name: &str) -> Result<Kind, String> {
        if self.takes("(") {
            self.items(")")?;
            self.formula.functions.insert(name.to_owned());
            return Ok(FUNCTIONS.iter().find(|(known, _)| *known == name).map_or(Kind::Any, |(_, kind)| *kind));
        }
        if self.locals.iter().any(|local| local == name) {
            return Ok(Kind::Any);
        }
        self.formula.triggers.insert(name.to_owned());
        Ok(Kind::Decimal)
    }

    /// Values with commas between, up to the closing bracket.
    fn items(&mut self, close: &str) -> Result<(), String> {
        while !self.takes(close) {
            self.expression()?;
            if !self.takes(",") {
                return self.expect(close);
            }
        }
        Ok(())
    }

    /// `.name`, `?.name`, `[0]` and `[1:3]` behind a value.
    fn members(&mut self, mut kind: Kind) -> Result<Kind, String> {
        loop {
            if self.takes(".") || self.takes("?.") {
                self.take()?;
            } else if self.takes("[") {
                while !self.takes("]") {
                    if !self.takes(":") {
                        self.expression()?;
                    }
                }
            } else {
                return Ok(kind);
            }
            kind = Kind::Any;
        }
    }
}

fn misplaced(token: &str) -> String {
    format!("`{token}` stands where a value should")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_are_read() {
        let cases: &[(&str, &[&str], &[&str])] = &[
            ("trig_one + trig_two", &["trig_one", "trig_two"], &[]),
            ("(kafka + queue) / 2", &["kafka", "queue"], &[]),
            ("sum([a, b, c])", &["a", "b", "c"], &["sum"]),
            ("a > 2 ? a : b", &["a", "b"], &[]),
            ("a ?? b * 2", &["a", "b"], &[]),
            ("count([a, b], {# > 1}) >= 2 && b < 2 ? 4 : 0", &["a", "b"], &["count"]),
            ("max(a, -b) ** 2 + 1.5e3", &["a", "b"], &["max"]),
            ("filter([a, b], # > 0)[0]", &["a", "b"], &["filter"]),
            ("let both = a + b; both * 2", &["a", "b"], &[]),
            ("int(a) % 3", &["a"], &["int"]),
            ("a not in [1, 2] ? 1 : 2", &["a"], &[]),
            ("[a, b] | sum()", &["a", "b"], &["sum"]),
            ("not (a > 1) or b == 2 ? 1 : 0", &["a", "b"], &[]),
        ];
        for (text, triggers, functions) in cases {
            let formula = parse(text).unwrap_or_else(|problem| panic!("{text}: {problem}"));
            assert_eq!(formula.triggers.iter().collect::<Vec<_>>(), *triggers, "{text}");
            assert_eq!(formula.functions.iter().collect::<Vec<_>>(), *functions, "{text}");
        }
    }

    #[test]
    fn what_is_no_formula_is_told() {
        let wrong = [
            "",
            "a +",
            "(a",
            "a b",
            "a ? b",
            "a ? b : c",
            "a > b",
            "[a, b]",
            "'text'",
            "a % 2",
            "a && b",
            "sum([a, b]",
            "a @ b",
            "+ * a",
            "a > 1 ? 2 :",
            "-(a > 1)",
            "let = 1; a",
            "'open",
        ];
        for text in wrong {
            assert!(parse(text).is_err(), "{text}: {:?}", parse(text));
        }
    }

    #[test]
    fn depth_is_bounded() {
        assert!(parse(&"(".repeat(100_000)).is_err());
        assert!(parse(&"-".repeat(100_000)).is_err());
        assert!(parse(&format!("{}1", "1 ** ".repeat(10_000))).is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[a-c0-9.+*/%?:()\\[\\]{}#,;<>=!&|' \"-]{0,30}") {
            let _ = parse(&text);
        }

        #[test]
        fn sums_of_triggers_name_them_all(names in proptest::collection::btree_set("t[a-z0-9_]{1,6}", 1..6)) {
            let text = names.iter().cloned().collect::<Vec<_>>().join(" + ");
            prop_assert_eq!(parse(&text).map(|formula| formula.triggers), Ok(names));
        }
    }
}
