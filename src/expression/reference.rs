//! Names an expression needs, with as much of the path behind them as is written out.

use std::borrow::Cow;
use std::fmt;

use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr, LiteralValue, operators};

use super::Missing;
use crate::value::Value;

/// `jobs.arn`, `reader["jobs"].arn`, `vars.region`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    pub root: String,
    pub path: Vec<Step>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    Key(String),
    Index(usize),
    /// `[each.key]`: known once the instance is.
    EachKey,
}

impl Reference {
    /// Reads text that is nothing but a reference; `None` when it is more, or CEL must decide.
    pub fn parse(text: &str) -> Option<Self> {
        let (root, mut rest) = identifier(text)?;
        if ["true", "false", "null"].contains(&root) {
            return None;
        }
        let mut path = Vec::new();
        while !rest.is_empty() {
            let (step, after) = match rest.strip_prefix('.') {
                Some(field) => identifier(field).map(|(name, after)| (Step::Key(name.to_owned()), after))?,
                None => index(rest.strip_prefix('[')?)?,
            };
            path.push(step);
            rest = after;
        }
        Some(Self { root: root.to_owned(), path })
    }

    /// The key of the instance itself.
    pub fn each_key() -> Self {
        Self { root: "each".to_owned(), path: vec![Step::Key("key".to_owned())] }
    }

    /// With the instance's own key in place of every `[each.key]`.
    pub(super) fn with_each(&self, lookup: &dyn Fn(&Reference) -> Result<Value, Missing>) -> Cow<'_, Self> {
        if !self.path.contains(&Step::EachKey) {
            return Cow::Borrowed(self);
        }
        match lookup(&Self::each_key()) {
            Ok(Value::String(key)) => Cow::Owned(self.with_key(&key)),
            _ => Cow::Borrowed(self),
        }
    }

    /// With a key in place of every `[each.key]`.
    pub fn with_key(&self, key: &str) -> Self {
        let step = |step: &Step| match step {
            Step::EachKey => Step::Key(key.to_owned()),
            other => other.clone(),
        };
        Self { root: self.root.clone(), path: self.path.iter().map(step).collect() }
    }
}

fn identifier(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    let starts = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    starts.then(|| text.split_at(end))
}

/// What stands in brackets, after the opening one. Escapes are left to CEL.
fn index(text: &str) -> Option<(Step, &str)> {
    let (inside, rest) = text.split_once(']')?;
    if inside == "each.key" {
        return Some((Step::EachKey, rest));
    }
    if let Some(key) = inside.strip_prefix('"').and_then(|inside| inside.strip_suffix('"')) {
        let simple = !key.contains(['"', '\\', '\n']);
        return simple.then(|| (Step::Key(key.to_owned()), rest));
    }
    let plain = inside.chars().all(|c| c.is_ascii_digit()) && (inside.len() == 1 || !inside.starts_with('0'));
    if !plain {
        return None;
    }
    Some((Step::Index(inside.parse().ok()?), rest))
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.root)?;
        for step in &self.path {
            match step {
                Step::Key(key) if identifier(key).is_some_and(|(_, rest)| rest.is_empty()) => write!(f, ".{key}")?,
                Step::Key(key) => write!(f, "[{}]", serde_json::Value::from(key.as_str()))?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::EachKey => f.write_str("[each.key]")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Identifiers that CEL itself gives a meaning.
const CEL_TYPES: &[&str] =
    &["bool", "bytes", "double", "dyn", "int", "list", "map", "null_type", "string", "type", "uint", "optional_type"];

/// Every reference in a parsed expression.
pub(super) fn collect(expression: &IdedExpr) -> Vec<Reference> {
    let mut found = Vec::new();
    walk(expression, &mut Vec::new(), &mut found);
    found.sort();
    found.dedup();
    found
}

fn walk(expression: &IdedExpr, bound: &mut Vec<String>, found: &mut Vec<Reference>) {
    if let Some(reference) = as_reference(expression) {
        if !bound.contains(&reference.root) && !CEL_TYPES.contains(&reference.root.as_str()) {
            if reference.path.contains(&Step::EachKey) {
                found.push(Reference::each_key());
            }
            found.push(reference);
        }
        return;
    }
    match &expression.expr {
        Expr::Select(select) => walk(&select.operand, bound, found),
        Expr::Call(call) => {
            call.target.iter().for_each(|target| walk(target, bound, found));
            call.args.iter().for_each(|argument| walk(argument, bound, found));
        }
        Expr::List(list) => list.elements.iter().for_each(|element| walk(element, bound, found)),
        Expr::Map(map) => map.entries.iter().for_each(|entry| walk_entry(&entry.expr, bound, found)),
        Expr::Struct(object) => object.entries.iter().for_each(|entry| walk_entry(&entry.expr, bound, found)),
        Expr::Comprehension(comprehension) => {
            walk(&comprehension.iter_range, bound, found);
            walk(&comprehension.accu_init, bound, found);
            let outer = bound.len();
            bound.push(comprehension.accu_var.clone());
            bound.push(comprehension.iter_var.clone());
            bound.extend(comprehension.iter_var2.clone());
            for inner in [&comprehension.loop_cond, &comprehension.loop_step, &comprehension.result] {
                walk(inner, bound, found);
            }
            bound.truncate(outer);
        }
        Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => {}
    }
}

fn walk_entry(entry: &EntryExpr, bound: &mut Vec<String>, found: &mut Vec<Reference>) {
    match entry {
        EntryExpr::StructField(field) => walk(&field.value, bound, found),
        EntryExpr::MapEntry(entry) => {
            walk(&entry.key, bound, found);
            walk(&entry.value, bound, found);
        }
    }
}

/// The reference an expression spells, if it is nothing else.
///
/// `has(a.b)` needs `a`, not `a.b`: that is the point of asking.
fn as_reference(expression: &IdedExpr) -> Option<Reference> {
    match &expression.expr {
        Expr::Ident(name) => Some(Reference { root: name.clone(), path: Vec::new() }),
        Expr::Select(select) => {
            let mut reference = as_reference(&select.operand)?;
            if !select.test {
                reference.path.push(Step::Key(select.field.clone()));
            }
            Some(reference)
        }
        Expr::Call(call) if call.func_name == operators::INDEX && call.target.is_none() => {
            let [operand, index] = call.args.as_slice() else {
                return None;
            };
            let mut reference = as_reference(operand)?;
            reference.path.push(match &index.expr {
                Expr::Literal(LiteralValue::String(key)) => Step::Key(key.inner().to_owned()),
                Expr::Literal(LiteralValue::Int(number)) => Step::Index(usize::try_from(*number.inner()).ok()?),
                _ => match as_reference(index)? {
                    Reference { root, path } if root == "each" && path == [Step::Key("key".to_owned())] => {
                        Step::EachKey
                    }
                    _ => return None,
                },
            });
            Some(reference)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Expression;
    use super::*;

    fn references(source: &str) -> Vec<String> {
        let expression = Expression::parse(source).unwrap_or_else(|error| panic!("{source}: {error:?}"));
        expression.references().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn references_are_found_wherever_they_stand() {
        let table: &[(&str, &[&str])] = &[
            ("jobs.arn", &["jobs.arn"]),
            (r#"reader["a b"].arn"#, &[r#"reader["a b"].arn"#]),
            ("a.b + c.d[0]", &["a.b", "c.d[0]"]),
            ("queue[each.key].url", &["queue[each.key].url"]),
            ("queue[each.key].url + ''", &["each.key", "queue[each.key].url"]),
            ("queue[vars.which].url", &["queue", "vars.which"]),
            ("[a.x, b.y].map(a, a + c)", &["a.x", "b.y", "c"]),
            ("has(a.b.c) ? a.b.c : 'x'", &["a.b", "a.b.c"]),
            ("{'k': a.b}", &["a.b"]),
            ("lower(a.b)", &["a.b"]),
            ("a.b.lower()", &["a.b"]),
            ("type(a) == int", &["a"]),
        ];
        for (source, expected) in table {
            assert_eq!(references(source), *expected, "{source}");
        }
    }

    #[test]
    fn the_short_way_and_cel_agree() {
        for source in ["jobs", "jobs.arn", "a[0].b", r#"a["b c"].d"#, "a[each.key]", "_a.b1"] {
            let short = Reference::parse(source).unwrap();
            let program = cel::Program::compile(source).unwrap();
            assert_eq!(as_reference(program.expression()), Some(short), "{source}");
        }
        for source in ["true", "a.b()", "a + b", "1", "a[-1]", "a['b']", r#"a["\n"]"#, "a[01]", "", "a.", "a[", "a b"] {
            assert_eq!(Reference::parse(source), None, "{source}");
        }
    }
}
