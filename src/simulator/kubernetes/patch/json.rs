//! JSON patch (RFC 6902): a list of operations on pointers, all or none.

use serde_json::Value as Json;

/// The object after a patch.
///
/// # Errors
/// With the operation that cannot be done and why, when there is one.
pub(in crate::simulator) fn json(object: &Json, patch: &Json) -> Result<Json, String> {
    let operations =
        patch.as_array().ok_or("the patch is not a list of operations: a JSON patch says `[{\"op\": ...}]`")?;
    let mut object = object.clone();
    for (at, operation) in operations.iter().enumerate() {
        run(&mut object, operation).map_err(|why| format!("operation {at} of the patch: {why}"))?;
    }
    Ok(object)
}

fn run(object: &mut Json, operation: &Json) -> Result<(), String> {
    let text = |name: &str| {
        let found = operation.get(name).and_then(Json::as_str);
        found.ok_or_else(|| format!("`{name}` is missing or no string: say `\"{name}\": \"...\"`"))
    };
    let value = || operation.get("value").cloned().ok_or("`value` is missing: say `\"value\": ...`".to_owned());
    let path = pointer(text("path")?)?;
    match text("op")? {
        "add" => add(object, &path, value()?),
        "remove" => remove(object, &path).map(drop),
        "replace" => {
            let new = value()?;
            *find_mut(object, &path)? = new;
            Ok(())
        }
        "move" => {
            let from = pointer(text("from")?)?;
            if path.len() > from.len() && path.starts_with(&from) {
                return Err(format!("`{}` cannot be moved into itself", shown(&from)));
            }
            let value = remove(object, &from)?;
            add(object, &path, value)
        }
        "copy" => {
            let value = find(object, &pointer(text("from")?)?)?.clone();
            add(object, &path, value)
        }
        "test" => {
            let (found, wanted) = (find(object, &path)?, value()?);
            if same(found, &wanted) {
                return Ok(());
            }
            Err(format!("testing value {} failed: it is {found} and not {wanted}", shown(&path)))
        }
        other => {
            Err(format!("there is no operation `{other}`: it is one of add, remove, replace, move, copy and test"))
        }
    }
}

/// The parts of a pointer, with `~1` for `/` and `~0` for `~` undone.
fn pointer(text: &str) -> Result<Vec<String>, String> {
    match text.strip_prefix('/') {
        Some(rest) => Ok(rest.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect()),
        None if text.is_empty() => Ok(Vec::new()),
        None => Err(format!("`{text}` is no pointer: it begins with `/`")),
    }
}

fn shown(path: &[String]) -> String {
    path.iter().map(|part| format!("/{}", part.replace('~', "~0").replace('/', "~1"))).collect()
}

/// The index a part names: digits, without zeros before them.
fn index(part: &str, length: usize) -> Option<usize> {
    let plain = part == "0" || (!part.starts_with('0') && part.bytes().all(|byte| byte.is_ascii_digit()));
    part.parse().ok().filter(|at| plain && *at < length)
}

fn find<'j>(object: &'j Json, path: &[String]) -> Result<&'j Json, String> {
    let step = |value: &'j Json, part: &String| match value {
        Json::Object(members) => members.get(part),
        Json::Array(items) => items.get(index(part, items.len())?),
        _ => None,
    };
    let found = path.iter().try_fold(object, step);
    found.ok_or_else(|| missing(path))
}

fn find_mut<'j>(object: &'j mut Json, path: &[String]) -> Result<&'j mut Json, String> {
    let step = |value: &'j mut Json, part: &String| match value {
        Json::Object(members) => members.get_mut(part),
        Json::Array(items) => {
            let at = index(part, items.len())?;
            items.get_mut(at)
        }
        _ => None,
    };
    let found = path.iter().try_fold(object, step);
    found.ok_or_else(|| missing(path))
}

fn missing(path: &[String]) -> String {
    format!("there is nothing at `{}`", shown(path))
}

fn add(object: &mut Json, path: &[String], value: Json) -> Result<(), String> {
    let Some((last, holder)) = path.split_last() else {
        *object = value;
        return Ok(());
    };
    match find_mut(object, holder)? {
        Json::Object(members) => {
            members.insert(last.clone(), value);
            Ok(())
        }
        Json::Array(items) => {
            let end = items.len();
            let at = if last == "-" { Some(end) } else { index(last, end + 1) };
            items.insert(at.ok_or_else(|| missing(path))?, value);
            Ok(())
        }
        _ => Err(format!("nothing can be added below `{}`: it is neither an object nor a list", shown(holder))),
    }
}

fn remove(object: &mut Json, path: &[String]) -> Result<Json, String> {
    let Some((last, holder)) = path.split_last() else {
        return Err("the whole object cannot be removed by a patch: delete it".to_owned());
    };
    let removed = match find_mut(object, holder)? {
        Json::Object(members) => members.remove(last),
        Json::Array(items) => index(last, items.len()).map(|at| items.remove(at)),
        _ => None,
    };
    removed.ok_or_else(|| missing(path))
}

/// Whether two values are the same; `1` and `1.0` are.
fn same(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Json::Object(one), Json::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| other.get(name).is_some_and(|other| same(value, other)))
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn read(text: &str) -> Json {
        serde_json::from_str(text).unwrap()
    }

    /// The examples of RFC 6902, appendix A, that succeed.
    #[test]
    fn the_examples_of_the_standard() {
        let cases = [
            (r#"{"foo":"bar"}"#, r#"[{"op":"add","path":"/baz","value":"qux"}]"#, r#"{"baz":"qux","foo":"bar"}"#),
            (
                r#"{"foo":["bar","baz"]}"#,
                r#"[{"op":"add","path":"/foo/1","value":"qux"}]"#,
                r#"{"foo":["bar","qux","baz"]}"#,
            ),
            (r#"{"baz":"qux","foo":"bar"}"#, r#"[{"op":"remove","path":"/baz"}]"#, r#"{"foo":"bar"}"#),
            (r#"{"foo":["bar","qux","baz"]}"#, r#"[{"op":"remove","path":"/foo/1"}]"#, r#"{"foo":["bar","baz"]}"#),
            (
                r#"{"baz":"qux","foo":"bar"}"#,
                r#"[{"op":"replace","path":"/baz","value":"boo"}]"#,
                r#"{"baz":"boo","foo":"bar"}"#,
            ),
            (
                r#"{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}"#,
                r#"[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]"#,
                r#"{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}"#,
            ),
            (
                r#"{"foo":["all","grass","cows","eat"]}"#,
                r#"[{"op":"move","from":"/foo/1","path":"/foo/3"}]"#,
                r#"{"foo":["all","cows","eat","grass"]}"#,
            ),
            (
                r#"{"baz":"qux","foo":["a",2,"c"]}"#,
                r#"[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]"#,
                r#"{"baz":"qux","foo":["a",2,"c"]}"#,
            ),
            (
                r#"{"foo":"bar"}"#,
                r#"[{"op":"add","path":"/child","value":{"grandchild":{}}}]"#,
                r#"{"foo":"bar","child":{"grandchild":{}}}"#,
            ),
            (
                r#"{"foo":"bar"}"#,
                r#"[{"op":"add","path":"/baz","value":"qux","xyz":123}]"#,
                r#"{"foo":"bar","baz":"qux"}"#,
            ),
            (r#"{"/":9,"~1":10}"#, r#"[{"op":"test","path":"/~01","value":10}]"#, r#"{"/":9,"~1":10}"#),
            (
                r#"{"foo":["bar"]}"#,
                r#"[{"op":"add","path":"/foo/-","value":["abc","def"]}]"#,
                r#"{"foo":["bar",["abc","def"]]}"#,
            ),
            (r#"{"foo":1}"#, r#"[{"op":"copy","from":"/foo","path":"/bar"}]"#, r#"{"foo":1,"bar":1}"#),
            (r#"{"foo":1}"#, r#"[{"op":"test","path":"/foo","value":1.0}]"#, r#"{"foo":1}"#),
        ];
        for (object, patch, result) in cases {
            assert_eq!(json(&read(object), &read(patch)), Ok(read(result)), "{object} {patch}");
        }
    }

    #[test]
    fn what_cannot_be_done_is_refused_with_its_place() {
        let cases = [
            (r#"{"baz":"qux"}"#, r#"[{"op":"test","path":"/baz","value":"bar"}]"#, "testing value /baz failed"),
            (r#"{"foo":"bar"}"#, r#"[{"op":"add","path":"/baz/bat","value":"qux"}]"#, "nothing at `/baz`"),
            (r#"{"/":9,"~1":10}"#, r#"[{"op":"test","path":"/~01","value":"10"}]"#, "testing value /~01 failed"),
            (r#"{"foo":[1]}"#, r#"[{"op":"add","path":"/foo/2","value":1}]"#, "nothing at `/foo/2`"),
            (r#"{"foo":[1]}"#, r#"[{"op":"replace","path":"/foo/00","value":1}]"#, "nothing at `/foo/00`"),
            (r#"{"foo":1}"#, r#"[{"op":"replace","path":"/bar","value":1}]"#, "nothing at `/bar`"),
            (r#"{"foo":1}"#, r#"[{"op":"remove","path":"/bar"}]"#, "nothing at `/bar`"),
            (r#"{"foo":1}"#, r#"[{"op":"add","path":"/a","value":1},{"op":"remove","path":"/bar"}]"#, "operation 1"),
            (r#"{"foo":{}}"#, r#"[{"op":"move","from":"/foo","path":"/foo/x"}]"#, "into itself"),
            (r#"{"foo":1}"#, r#"[{"op":"frob","path":"/bar"}]"#, "no operation `frob`"),
            (r#"{"foo":1}"#, r#"[{"op":"add","path":"/bar"}]"#, "`value` is missing"),
            (r#"{"foo":1}"#, r#"[{"op":"add","path":"bar","value":1}]"#, "no pointer"),
            (r#"{"foo":1}"#, r#"[{"op":"remove","path":""}]"#, "whole object"),
            (r#"{"foo":1}"#, r#"{"op":"remove"}"#, "not a list"),
        ];
        for (object, patch, why) in cases {
            let refused = json(&read(object), &read(patch)).unwrap_err();
            assert!(refused.contains(why), "{patch}: {refused}");
        }
    }

    fn members() -> impl Strategy<Value = Json> {
        prop::collection::btree_map("[a-c/~]{1,2}", any::<i8>(), 1..4).prop_map(|all| json!(all))
    }

    proptest! {
        #[test]
        fn what_is_added_can_be_tested_and_removed(object in members(), name in "[a-z/~]{3,5}", value in any::<i8>()) {
            let path = shown(std::slice::from_ref(&name));
            let added = json(&object, &json!([{"op": "add", "path": path, "value": value}])).unwrap();
            prop_assert_eq!(&added[&name], &json!(value));
            let patch = json!([{"op": "test", "path": path, "value": value}, {"op": "remove", "path": path}]);
            prop_assert_eq!(json(&added, &patch).unwrap(), object);
        }

        #[test]
        fn there_and_back_is_where_it_was(object in members(), to in "[d-z]{3}") {
            let from = shown(&[object.as_object().unwrap().keys().next().unwrap().clone()]);
            let to = format!("/{to}");
            let patch = json!([{"op": "move", "from": from, "path": to}, {"op": "move", "from": to, "path": from}]);
            prop_assert_eq!(json(&object, &patch).unwrap(), object);
        }
    }
}
