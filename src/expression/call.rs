//! Which functions there are, and with how many arguments: known before anything is computed.

use crate::diagnostic::Diagnostic;

/// A call of a function, as an expression writes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    pub name: String,
    /// With what stands before the dot: `x.lower()` has one, as `lower(x)` has.
    pub arguments: usize,
}

/// Every function, and how many arguments it takes, what stands before the dot included.
pub(super) const FUNCTIONS: &[(&str, &[usize])] = &[
    // Ours.
    ("base64", &[1]),
    ("file", &[1]),
    ("host", &[1]),
    ("join", &[2]),
    ("json", &[1]),
    ("lower", &[1]),
    ("manifests", &[1]),
    ("parse_json", &[1]),
    ("replace", &[3]),
    ("sha256", &[1]),
    ("split", &[2]),
    ("trim", &[1]),
    ("upper", &[1]),
    ("yaml", &[1]),
    // CEL's.
    ("bool", &[1]),
    ("bytes", &[1]),
    ("contains", &[2]),
    ("double", &[1]),
    ("dyn", &[1]),
    ("endsWith", &[2]),
    ("int", &[1]),
    ("matches", &[2]),
    ("size", &[1]),
    ("startsWith", &[2]),
    ("string", &[1]),
    ("type", &[1]),
    ("uint", &[1]),
    // Macros: they are calls only when they are called wrongly.
    ("all", &[3]),
    ("exists", &[3]),
    ("exists_one", &[3]),
    ("filter", &[3]),
    ("has", &[1]),
    ("map", &[3, 4]),
];

/// The name of every function there is.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|(name, _)| *name)
}

/// Whether there is such a function, and it takes so many values.
///
/// # Errors
/// What is wrong with the call, and what was meant.
pub fn check_call(call: &Call) -> Result<(), Box<Diagnostic>> {
    let Some((name, takes)) = FUNCTIONS.iter().find(|(name, _)| *name == call.name) else {
        let detail = format!("there is no function `{}`", call.name);
        let problem = Diagnostic::error("expression/unknown-function", "Unknown function", detail);
        return Err(Box::new(problem.did_you_mean(&call.name, FUNCTIONS.iter().map(|(name, _)| *name))));
    };
    if takes.contains(&call.arguments) {
        return Ok(());
    }
    let detail = format!("`{name}` is called with {} here, which it does not take", arguments(call.arguments));
    let problem = Diagnostic::error("expression/wrong-arguments", "A function is called wrongly", detail);
    Err(Box::new(problem.help(format!("write {}", example(name)))))
}

fn arguments(number: usize) -> String {
    match number {
        0 => "no argument".to_owned(),
        1 => "one value".to_owned(),
        number => format!("{number} values"),
    }
}

/// A call that is right.
fn example(name: &str) -> String {
    match name {
        "join" => "`[a, b].join(\", \")`".to_owned(),
        "replace" => "`text.replace(from, to)`".to_owned(),
        "split" => "`text.split(separator)`".to_owned(),
        "contains" | "endsWith" | "matches" | "startsWith" => format!("`text.{name}(other)`"),
        "all" | "exists" | "exists_one" | "filter" => format!("`list.{name}(x, condition)`"),
        "map" => "`list.map(x, value)`".to_owned(),
        "has" => "`has(jobs.arn)`".to_owned(),
        _ => format!("`{name}(x)`"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Evaluator, Expression, Missing};
    use super::*;

    #[test]
    fn every_function_that_is_listed_is_there() {
        for (name, takes) in FUNCTIONS {
            for arguments in *takes {
                let rest = vec!["1"; arguments - 1].join(", ");
                let source = format!("1.{name}({rest})").replace("1.has()", "has({}.a)");
                let source = if *arguments > 2 { source.replacen("(1", "(x", 1) } else { source };
                let global = format!("{name}({})", vec!["1"; *arguments].join(", "));
                let mut known = false;
                for source in [source, global] {
                    let Ok(expression) = Expression::parse(&source) else { continue };
                    let lookup = |_: &super::super::Reference| Err(Missing::at(0));
                    let result = Evaluator::default().evaluate(&expression, &lookup);
                    known |= !result.is_err_and(|error| error.message.contains("no function"));
                }
                assert!(known, "{name}");
            }
        }
    }

    #[test]
    fn a_wrong_call_is_explained() {
        let check = |source: &str| {
            let expression = Expression::parse(source).unwrap();
            expression.calls().iter().map(check_call).find_map(Result::err)
        };
        assert_eq!(check("lower('A') + 'a'.replace('a', 'b') + string(size([1].map(x, x)))"), None);
        let unknown = check("uper('a')").unwrap();
        assert_eq!(unknown.detail, "there is no function `uper`");
        assert_eq!(unknown.help.as_deref(), Some("did you mean `upper`?"));
        assert!(check("'a'.split()").unwrap().detail.contains("`split` is called with one value"));
        assert!(check("[1].map(x)").is_some());
    }
}
