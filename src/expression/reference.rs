//! Names an expression needs, with as much of the path behind them as is written out.

use std::borrow::Cow;
use std::fmt;

use cel::IdedExpr;
use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, LiteralValue, operators};

use super::{Call, Missing, Needs, check_call};
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
pub(super) const CEL_TYPES: &[&str] =
    &["bool", "bytes", "double", "dyn", "int", "list", "map", "null_type", "string", "type", "uint", "optional_type"];

/// Whether expressions take a name for one of CEL's types, so that nothing else can have it.
pub fn is_type_name(name: &str) -> bool {
    CEL_TYPES.contains(&name)
}

/// Everything a parsed expression needs.
pub(super) fn collect(expression: &IdedExpr) -> Needs {
    let mut walk = Walk::default();
    walk.expression(expression);
    let Walk { mut needs, mut shapes, .. } = walk;
    shapes.retain(|reference| !needs.references.contains(reference));
    needs.references.extend(shapes.iter().cloned());
    needs.shapes = shapes;
    for list in [&mut needs.references, &mut needs.shapes] {
        list.sort();
        list.dedup();
    }
    needs.calls.sort();
    needs.calls.dedup();
    needs.wrong_call = needs.calls.iter().any(|call| check_call(call).is_err());
    needs.kind = super::kind::kind_of(expression);
    needs
}

#[derive(Default)]
struct Walk {
    needs: Needs,
    /// What is asked for its keys, or whether it is there, perhaps beside other uses.
    shapes: Vec<Reference>,
    /// Names that stand for items of a list just here.
    bound: Vec<String>,
}

impl Walk {
    fn expression(&mut self, expression: &IdedExpr) {
        if let Some(reference) = as_reference(expression) {
            if self.is_free(&reference) {
                if reference.path.contains(&Step::EachKey) {
                    self.needs.references.push(Reference::each_key());
                }
                self.needs.references.push(reference);
            }
            return;
        }
        match &expression.expr {
            Expr::Select(select) => self.expression(&select.operand),
            Expr::Call(call) => self.call(call),
            Expr::List(list) => list.elements.iter().for_each(|element| self.expression(element)),
            Expr::Map(map) => map.entries.iter().for_each(|entry| self.entry(&entry.expr)),
            Expr::Struct(object) => object.entries.iter().for_each(|entry| self.entry(&entry.expr)),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension),
            Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => {}
        }
    }

    fn is_free(&self, reference: &Reference) -> bool {
        !self.bound.contains(&reference.root) && !is_type_name(&reference.root)
    }

    fn call(&mut self, call: &CallExpr) {
        let name = call.func_name.as_str();
        self.needs.branches |= [operators::CONDITIONAL, operators::LOGICAL_AND, operators::LOGICAL_OR].contains(&name);
        if [operators::EQUALS, operators::NOT_EQUALS].contains(&name)
            && let [left, right] = call.args.as_slice()
            && let Some(asked) = compared_with_null(left, right)
        {
            return self.shape(asked);
        }
        if let (operators::IN, [item, container]) = (name, call.args.as_slice()) {
            self.expression(item);
            return self.shape(container);
        }
        if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let arguments = call.args.len() + usize::from(call.target.is_some());
            self.needs.calls.push(Call { name: name.to_owned(), arguments });
            if let ("file", [operand]) = (name, operands(call).as_slice())
                && let Expr::Literal(LiteralValue::String(path)) = &operand.expr
            {
                self.needs.files.push(path.inner().to_owned());
            }
        }
        if let ("size", [container]) = (name, operands(call).as_slice()) {
            return self.shape(container);
        }
        call.target.iter().for_each(|target| self.expression(target));
        call.args.iter().for_each(|argument| self.expression(argument));
    }

    /// Something of which only the keys are asked for, where it is a map.
    fn shape(&mut self, asked: &IdedExpr) {
        match as_reference(asked).filter(|reference| self.is_free(reference)) {
            Some(reference) if !reference.path.contains(&Step::EachKey) => self.shapes.push(reference),
            _ => self.expression(asked),
        }
    }

    fn comprehension(&mut self, comprehension: &ComprehensionExpr) {
        // Over an empty list nothing of it is computed.
        self.needs.branches = true;
        // To go through a map is to go through its keys.
        self.shape(&comprehension.iter_range);
        self.expression(&comprehension.accu_init);
        let outer = self.bound.len();
        self.bound.push(comprehension.accu_var.clone());
        self.bound.push(comprehension.iter_var.clone());
        self.bound.extend(comprehension.iter_var2.clone());
        for inner in [&comprehension.loop_cond, &comprehension.loop_step, &comprehension.result] {
            self.expression(inner);
        }
        self.bound.truncate(outer);
    }

    fn entry(&mut self, entry: &EntryExpr) {
        match entry {
            EntryExpr::StructField(field) => self.expression(&field.value),
            EntryExpr::MapEntry(entry) => {
                self.expression(&entry.key);
                self.expression(&entry.value);
            }
        }
    }
}

/// What stands before the dot, and between the brackets.
fn operands(call: &CallExpr) -> Vec<&IdedExpr> {
    call.target.iter().map(|target| &**target).chain(&call.args).collect()
}

fn compared_with_null<'a>(left: &'a IdedExpr, right: &'a IdedExpr) -> Option<&'a IdedExpr> {
    let is_null = |side: &IdedExpr| matches!(side.expr, Expr::Literal(LiteralValue::Null));
    match (is_null(left), is_null(right)) {
        (false, true) => Some(left),
        (true, false) => Some(right),
        _ => None,
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
