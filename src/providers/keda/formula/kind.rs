//! Kinds of values in a formula: what functions and operators make of them.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Whole,
    /// What triggers give: it has no remainder.
    Decimal,
    Number,
    Bool,
    Text,
    List,
    Any,
}

impl Kind {
    pub(super) fn is_number(self) -> bool {
        matches!(self, Kind::Whole | Kind::Decimal | Kind::Number | Kind::Any)
    }

    pub(super) fn is_bool(self) -> bool {
        matches!(self, Kind::Bool | Kind::Any)
    }

    pub(super) fn noun(self) -> &'static str {
        match self {
            Kind::Whole | Kind::Decimal | Kind::Number => "a number",
            Kind::Bool => "true or false",
            Kind::Text => "a text",
            Kind::List => "a list",
            Kind::Any => "anything",
        }
    }
}

pub(super) const FUNCTIONS: &[(&str, Kind)] = &[
    ("abs", Kind::Number),
    ("all", Kind::Bool),
    ("any", Kind::Bool),
    ("ceil", Kind::Decimal),
    ("count", Kind::Whole),
    ("filter", Kind::List),
    ("find", Kind::Any),
    ("findIndex", Kind::Whole),
    ("first", Kind::Any),
    ("float", Kind::Decimal),
    ("floor", Kind::Decimal),
    ("get", Kind::Any),
    ("int", Kind::Whole),
    ("last", Kind::Any),
    ("len", Kind::Whole),
    ("map", Kind::List),
    ("max", Kind::Number),
    ("mean", Kind::Decimal),
    ("median", Kind::Decimal),
    ("min", Kind::Number),
    ("none", Kind::Bool),
    ("one", Kind::Bool),
    ("reduce", Kind::Any),
    ("round", Kind::Decimal),
    ("sort", Kind::List),
    ("string", Kind::Text),
    ("sum", Kind::Number),
];

/// What an operator makes of two values.
///
/// # Errors
/// Where it takes other ones.
pub(super) fn combine(operator: &str, left: Kind, right: Kind) -> Result<Kind, String> {
    let wrong = |wanted: &str| {
        Err(format!("`{operator}` is between {wanted}, and here it is between {} and {}", left.noun(), right.noun()))
    };
    match operator {
        "||" | "or" | "&&" | "and" if left.is_bool() && right.is_bool() => Ok(Kind::Bool),
        "||" | "or" | "&&" | "and" => wrong("conditions"),
        "<" | ">" | "<=" | ">=" if left.is_number() != right.is_number() => wrong("numbers"),
        "%" if left == Kind::Decimal || right == Kind::Decimal => {
            Err("`%` is for whole numbers, and triggers give decimal ones: write int(...) around both".to_owned())
        }
        "%" => Ok(Kind::Whole),
        "+" if left == Kind::Text || right == Kind::Text => Ok(Kind::Text),
        "+" | "-" | "*" | "/" | "**" | "^" if !(left.is_number() && right.is_number()) => wrong("numbers"),
        "/" | "**" | "^" => Ok(Kind::Decimal),
        "+" | "-" | "*" => Ok(match (left, right) {
            (Kind::Whole, Kind::Whole) => Kind::Whole,
            (Kind::Decimal, _) | (_, Kind::Decimal) => Kind::Decimal,
            _ => Kind::Number,
        }),
        "??" if left == right => Ok(left),
        "??" | "|" => Ok(Kind::Any),
        ".." => Ok(Kind::List),
        _ => Ok(Kind::Bool),
    }
}
