//! The paths of printed columns: names, indexes, `[*]` and filters such as `[?(@.type=="Ready")]`.

use serde_json::Value as Json;

/// Everything at a path; nothing when the path cannot be read.
pub(super) fn find<'a>(object: &'a Json, path: &str) -> Vec<&'a Json> {
    let path = path.trim().trim_start_matches('{').trim_end_matches('}');
    let path = path.strip_prefix('$').unwrap_or(path);
    let mut found = vec![object];
    let mut rest = path;
    while !rest.is_empty() {
        let Some((step, after)) = step(rest) else { return Vec::new() };
        found = found.into_iter().flat_map(|value| step.from(value)).collect();
        rest = after;
    }
    found.retain(|value| !value.is_null());
    found
}

enum Step {
    Name(String),
    Index(usize),
    All,
    /// A path below, and the text it has to have.
    Where(String, String),
}

fn step(path: &str) -> Option<(Step, &str)> {
    if let Some(rest) = path.strip_prefix('.') {
        return Some(name(rest));
    }
    let inside = path.strip_prefix('[')?;
    if let Some(filter) = inside.strip_prefix("?(@") {
        let (filter, rest) = filter.split_once(")]")?;
        let (below, value) = filter.split_once("==")?;
        let value = value.trim().trim_matches(|quote| quote == '"' || quote == '\'');
        return Some((Step::Where(below.trim().to_owned(), value.to_owned()), rest));
    }
    let (inside, rest) = inside.split_once(']')?;
    let step = match inside.trim() {
        "*" => Step::All,
        quoted if quoted.starts_with(['\'', '"']) => {
            Step::Name(quoted.trim_matches(|quote| quote == '"' || quote == '\'').to_owned())
        }
        number => Step::Index(number.parse().ok()?),
    };
    Some((step, rest))
}

/// Up to the next point or bracket that is not escaped.
fn name(rest: &str) -> (Step, &str) {
    let mut name = String::new();
    let mut letters = rest.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => name.extend(letters.next().map(|(_, letter)| letter)),
            '.' | '[' => return (Step::Name(name), rest.get(at..).unwrap_or_default()),
            letter => name.push(letter),
        }
    }
    (Step::Name(name), "")
}

impl Step {
    fn from<'a>(&self, value: &'a Json) -> Vec<&'a Json> {
        match self {
            Step::Name(name) if name == "*" => Step::All.from(value),
            Step::Name(name) => value.get(name).into_iter().collect(),
            Step::Index(index) => value.get(index).into_iter().collect(),
            Step::All => match value {
                Json::Array(items) => items.iter().collect(),
                Json::Object(members) => members.values().collect(),
                _ => Vec::new(),
            },
            Step::Where(below, wanted) => {
                let items = value.as_array().into_iter().flatten();
                items.filter(|item| find(item, below).iter().any(|found| *found == wanted.as_str())).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_find_what_columns_show() {
        let object = json!({
            "spec": {"triggers": [{"type": "sqs"}, {"type": "cron"}]},
            "metadata": {"annotations": {"a.b/c": "x"}},
            "status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "Active", "status": "False"}]},
        });
        let cases = [
            (".spec.triggers[*].type", json!(["sqs", "cron"])),
            (".spec.triggers[1].type", json!(["cron"])),
            (".status.conditions[?(@.type==\"Active\")].status", json!(["False"])),
            (".status.conditions[?(@.type=='Ready')].status", json!(["True"])),
            (".metadata.annotations.a\\.b/c", json!(["x"])),
            (".metadata.annotations['a.b/c']", json!(["x"])),
            (".spec.missing.deeper", json!([])),
            ("spec", json!([])),
        ];
        for (path, expected) in cases {
            assert_eq!(json!(find(&object, path)), expected, "{path}");
        }
    }

    proptest! {
        #[test]
        fn no_path_panics(path in r"[.\[\]?@()='*\\a-c0-9]{0,20}") {
            find(&json!({"a": [{"b": 1}]}), &path);
        }
    }
}
