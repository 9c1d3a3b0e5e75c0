//! What kind of value an expression gives, as far as its form tells: enough to refuse a misuse before anything is known.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr, LiteralValue, operators};

use crate::value::Kind;

pub(super) fn kind_of(expression: &IdedExpr) -> Kind {
    match &expression.expr {
        Expr::Literal(LiteralValue::String(_)) => Kind::String,
        Expr::Literal(LiteralValue::Int(_) | LiteralValue::UInt(_)) => Kind::Integer,
        Expr::Literal(LiteralValue::Boolean(_)) => Kind::Bool,
        Expr::Literal(LiteralValue::Double(_)) => Kind::Float,
        Expr::List(_) => Kind::List,
        Expr::Map(_) => Kind::Map,
        Expr::Call(call) => of_call(call),
        Expr::Comprehension(comprehension) => match kind_of(&comprehension.accu_init) {
            // What `map` and `filter` gather, and what `all` and `exists` decide.
            kind @ (Kind::List | Kind::Bool) => kind,
            _ => Kind::Any,
        },
        _ => Kind::Any,
    }
}

fn of_call(call: &CallExpr) -> Kind {
    match (call.func_name.as_str(), call.args.as_slice()) {
        (operators::CONDITIONAL, [_, one, other]) => match (kind_of(one), kind_of(other)) {
            (one, other) if one == other => one,
            _ => Kind::Any,
        },
        (operators::ADD, [one, other]) => match (kind_of(one), kind_of(other)) {
            (Kind::Any, kind) | (kind, Kind::Any) => kind,
            (one, other) if one == other => one,
            _ => Kind::Any,
        },
        (
            operators::EQUALS
            | operators::NOT_EQUALS
            | operators::LESS
            | operators::LESS_EQUALS
            | operators::GREATER
            | operators::GREATER_EQUALS
            | operators::IN
            | operators::LOGICAL_AND
            | operators::LOGICAL_OR
            | operators::LOGICAL_NOT
            | "bool"
            | "contains"
            | "endsWith"
            | "matches"
            | "startsWith",
            _,
        ) => Kind::Bool,
        (
            "base64" | "file" | "host" | "join" | "json" | "lower" | "replace" | "sha256" | "string" | "trim" | "upper"
            | "yaml",
            _,
        ) => Kind::String,
        ("int" | "size", _) => Kind::Integer,
        ("double", _) => Kind::Float,
        ("manifests" | "split", _) => Kind::List,
        _ => Kind::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_tells_its_kind() {
        let table = [
            ("a == b", Kind::Bool),
            ("a in b && !c", Kind::Bool),
            ("a.map(x, x + 1)", Kind::List),
            ("a.exists(x, x > 1)", Kind::Bool),
            ("a + '-' + b", Kind::String),
            ("a + b", Kind::Any),
            ("size(a) + 1", Kind::Integer),
            ("a ? 'x' : lower(b)", Kind::String),
            ("a ? 'x' : 1", Kind::Any),
            ("{'a': b}", Kind::Map),
        ];
        for (source, kind) in table {
            assert_eq!(kind_of(cel::Program::compile(source).unwrap().expression()), kind, "{source}");
        }
    }
}
