//! Strategic merge patch: a merge patch that merges lists item by item where the schema says how to tell items
//! apart, and takes directives: `$patch`, `$retainKeys`, `$deleteFromPrimitiveList/x`, `$setElementOrder/x`.

use serde_json::{Map, Value as Json};

use crate::simulator::kubernetes::schema::{PatchStrategy, Schema};

const PATCH: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const DELETE_FROM: &str = "$deleteFromPrimitiveList/";
const ORDER: &str = "$setElementOrder/";

/// The object after a patch.
///
/// # Errors
/// When a directive is malformed, or an item of the patch cannot be told from others.
pub(in crate::simulator) fn strategic(object: &Json, patch: &Json, schema: &Schema) -> Result<Json, String> {
    let (Some(members), Some(patch)) = (object.as_object(), patch.as_object()) else {
        return Err("the patch is not an object: a strategic merge patch says `{\"field\": value}`".to_owned());
    };
    Ok(Json::Object(merge_map(members, patch, schema)?))
}

fn merge_map(
    members: &Map<String, Json>,
    patch: &Map<String, Json>,
    schema: &Schema,
) -> Result<Map<String, Json>, String> {
    match patch.get(PATCH).map(|directive| directive.as_str().unwrap_or_default()) {
        None | Some("merge") => {}
        Some("replace") => return Ok(without_directives(patch)),
        Some("delete") => return Ok(Map::new()),
        Some(other) => return Err(unknown_directive(other)),
    }
    let mut result = members.clone();
    if let Some(kept) = patch.get(RETAIN_KEYS) {
        let kept = kept.as_array().ok_or("`$retainKeys` is a list of names")?;
        result.retain(|name, _| kept.iter().any(|one| one == name));
    }
    for (name, value) in patch {
        if let Some(list) = name.strip_prefix(DELETE_FROM) {
            delete_from(&mut result, list, value)?;
        } else if !name.starts_with('$') {
            merge_member(&mut result, name, value, schema.member(name))?;
        }
    }
    for (list, order) in patch.iter().filter_map(|(name, order)| Some((name.strip_prefix(ORDER)?, order))) {
        if let Some(Json::Array(items)) = result.get_mut(list) {
            set_order(items, order, &schema.member(list).patch)?;
        }
    }
    Ok(result)
}

fn merge_member(result: &mut Map<String, Json>, name: &str, value: &Json, schema: &Schema) -> Result<(), String> {
    let merged = match (result.get(name), value) {
        (_, Json::Null) => {
            result.remove(name);
            return Ok(());
        }
        (Some(Json::Object(_)), Json::Object(patch)) if schema.patch.replace => Some(without_directives(patch).into()),
        (Some(Json::Object(members)), Json::Object(patch)) => {
            let deleted = patch.get(PATCH).is_some_and(|directive| directive == "delete");
            let merged = merge_map(members, patch, schema)?;
            (!deleted).then_some(Json::Object(merged))
        }
        // There is nothing to merge with; directives and nulls still count.
        (_, Json::Object(patch)) => Some(merge_map(&Map::new(), patch, schema)?.into()),
        (Some(Json::Array(items)), Json::Array(patch)) if schema.patch.merge => {
            Some(merge_list(items, patch, schema, name)?.into())
        }
        (_, Json::Array(patch)) if schema.patch.merge => Some(merge_list(&[], patch, schema, name)?.into()),
        (_, Json::Array(patch)) => Some(patch.iter().filter(|item| item.get(PATCH).is_none()).cloned().collect()),
        _ => Some(value.clone()),
    };
    match merged {
        Some(merged) => result.insert(name.to_owned(), merged),
        None => result.remove(name),
    };
    Ok(())
}

fn merge_list(items: &[Json], patch: &[Json], schema: &Schema, name: &str) -> Result<Vec<Json>, String> {
    if patch.iter().any(|item| item.get(PATCH).is_some_and(|directive| directive == "replace")) {
        return Ok(patch.iter().filter(|item| item.get(PATCH).is_none()).cloned().collect());
    }
    let mut result = items.to_vec();
    let Some(key) = &schema.patch.key else {
        for item in patch {
            if !result.contains(item) {
                result.push(item.clone());
            }
        }
        return Ok(result);
    };
    for item in patch {
        let object = item.as_object().ok_or_else(|| format!("an item of `{name}` is no object"))?;
        let wanted = object.get(key).ok_or_else(|| {
            format!(
                "an item of `{name}` does not contain declared merge key: {key}; say which item is meant with `{key}`"
            )
        })?;
        let at = result.iter().position(|other| other.get(key) == Some(wanted));
        match (object.get(PATCH).and_then(Json::as_str), at) {
            (Some("delete"), at) => drop(at.map(|at| result.remove(at))),
            (None | Some("merge"), Some(at)) => {
                let members = result[at].as_object().cloned().unwrap_or_default();
                result[at] = Json::Object(merge_map(&members, object, schema.item())?);
            }
            (None | Some("merge"), None) => result.push(Json::Object(merge_map(&Map::new(), object, schema.item())?)),
            (Some(other), _) => return Err(unknown_directive(other)),
        }
    }
    Ok(result)
}

fn delete_from(result: &mut Map<String, Json>, list: &str, values: &Json) -> Result<(), String> {
    let values = values.as_array().ok_or_else(|| format!("`{DELETE_FROM}{list}` is a list of values"))?;
    if let Some(Json::Array(items)) = result.get_mut(list) {
        items.retain(|item| !values.contains(item));
    }
    Ok(())
}

/// Puts items in the order the patch wants; those it does not name stay behind the ones they followed.
fn set_order(items: &mut [Json], order: &Json, strategy: &PatchStrategy) -> Result<(), String> {
    let order = order.as_array().ok_or("an element order is a list")?;
    let place = |item: &Json| {
        order.iter().position(|wanted| match &strategy.key {
            Some(key) => wanted.get(key).is_some() && wanted.get(key) == item.get(key),
            None => wanted == item,
        })
    };
    let mut wanted: Vec<Json> = items.iter().filter(|item| place(item).is_some()).cloned().collect();
    wanted.sort_by_key(|item| place(item));
    let mut wanted = wanted.into_iter();
    for item in items.iter_mut().filter(|item| place(item).is_some()) {
        if let Some(next) = wanted.next() {
            *item = next;
        }
    }
    Ok(())
}

fn without_directives(patch: &Map<String, Json>) -> Map<String, Json> {
    patch.iter().filter(|(name, _)| !name.starts_with('$')).map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn unknown_directive(directive: &str) -> String {
    format!("there is no `$patch: {directive}`: it is one of merge, replace and delete")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::kubernetes::schema::built_in;
    use serde_json::json;

    fn patched(object: &Json, patch: &Json) -> Result<Json, String> {
        strategic(object, patch, built_in("apps", "v1", "Deployment").unwrap())
    }

    fn pod(spec: Json) -> Json {
        json!({"spec": {"template": {"spec": spec}}})
    }

    #[test]
    fn lists_are_merged_by_what_tells_their_items_apart() {
        let object =
            pod(json!({"containers": [{"name": "a", "image": "1", "args": ["x"]}, {"name": "b", "image": "1"}]}));
        let cases = [
            (
                "an item is merged",
                json!({"containers": [{"name": "b", "image": "2"}]}),
                json!({"containers": [{"name": "a", "image": "1", "args": ["x"]}, {"name": "b", "image": "2"}]}),
            ),
            (
                "a new item goes last",
                json!({"containers": [{"name": "c"}]}),
                json!({"containers": [{"name": "a", "image": "1", "args": ["x"]}, {"name": "b", "image": "1"}, {"name": "c"}]}),
            ),
            (
                "an item is deleted",
                json!({"containers": [{"name": "a", "$patch": "delete"}]}),
                json!({"containers": [{"name": "b", "image": "1"}]}),
            ),
            (
                "the list is replaced",
                json!({"containers": [{"name": "c"}, {"$patch": "replace"}]}),
                json!({"containers": [{"name": "c"}]}),
            ),
            (
                "a field is removed",
                json!({"containers": [{"name": "a", "args": null}]}),
                json!({"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "1"}]}),
            ),
            (
                "a list without keys is replaced",
                json!({"containers": [{"name": "a", "args": ["y"]}]}),
                json!({"containers": [{"name": "a", "image": "1", "args": ["y"]}, {"name": "b", "image": "1"}]}),
            ),
            (
                "an order is kept",
                json!({"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}], "containers": [{"name": "b", "image": "2"}]}),
                json!({"containers": [{"name": "b", "image": "2"}, {"name": "a", "image": "1", "args": ["x"]}]}),
            ),
            (
                "tolerations have no keys",
                json!({"tolerations": [{"key": "x"}]}),
                json!({"containers": [{"name": "a", "image": "1", "args": ["x"]}, {"name": "b", "image": "1"}], "tolerations": [{"key": "x"}]}),
            ),
        ];
        for (what, patch, result) in cases {
            assert_eq!(patched(&object, &pod(patch)), Ok(pod(result)), "{what}");
        }
    }

    #[test]
    fn objects_are_merged_replaced_and_trimmed() {
        let object = json!({"metadata": {"labels": {"a": "1"}, "finalizers": ["x/a", "x/b"]},
            "spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}, "replicas": 1}});
        let cases = [
            (json!({"metadata": {"labels": {"b": "2"}}}), "/metadata/labels", json!({"a": "1", "b": "2"})),
            (json!({"metadata": {"labels": {"$patch": "replace", "b": "2"}}}), "/metadata/labels", json!({"b": "2"})),
            (json!({"metadata": {"labels": {"$patch": "delete"}}}), "/metadata/labels", json!(null)),
            (json!({"metadata": {"labels": null}}), "/metadata/labels", json!(null)),
            (json!({"metadata": {"finalizers": ["x/c", "x/a"]}}), "/metadata/finalizers", json!(["x/a", "x/b", "x/c"])),
            (
                json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["x/a"]}}),
                "/metadata/finalizers",
                json!(["x/b"]),
            ),
            (
                json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}),
                "/spec/strategy",
                json!({"type": "Recreate"}),
            ),
            (json!({"spec": {"replicas": null}}), "/spec/replicas", json!(null)),
        ];
        for (patch, pointer, result) in cases {
            let object = patched(&object, &patch).unwrap();
            assert_eq!(object.pointer(pointer).unwrap_or(&Json::Null), &result, "{patch}");
        }
    }

    #[test]
    fn a_malformed_patch_is_refused() {
        let object = pod(json!({"containers": [{"name": "a"}]}));
        let cases = [
            (json!([]), "not an object"),
            (pod(json!({"containers": [{"image": "a"}]})), "does not contain declared merge key: name"),
            (pod(json!({"containers": [{"name": "a", "$patch": "frob"}]})), "no `$patch: frob`"),
            (json!({"spec": {"$patch": "frob"}}), "no `$patch: frob`"),
            (json!({"spec": {"$retainKeys": "a"}}), "`$retainKeys` is a list"),
        ];
        for (patch, why) in cases {
            let refused = patched(&object, &patch).unwrap_err();
            assert!(refused.contains(why), "{patch}: {refused}");
        }
    }
}
