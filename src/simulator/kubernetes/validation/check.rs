//! Whether an object fits its schema: types, required fields, allowed values, bounds, patterns.
//!
//! CEL rules of custom resources (`x-kubernetes-validations`) are not run. What built-in kinds require in their
//! status is not asked for, because no server asks for it.

use regex::Regex;
use serde_json::Value as Json;

use super::quantity::Quantity;
use crate::simulator::kubernetes::fields;
use crate::simulator::kubernetes::schema::{Cause, ListType, Null, Schema, Shape, type_name};

/// What is published as required, and no server refuses when it is missing.
const NOT_ASKED_FOR: &[&str] = &["metadata", "endpoints", "revision", "value", "weight"];

/// All that is wrong with an object.
pub(in crate::simulator) fn check(object: &Json, schema: &Schema) -> Vec<Cause> {
    let mut causes = Vec::new();
    check_value(object, schema, "", &mut causes);
    causes
}

fn check_value(value: &Json, schema: &Schema, path: &str, causes: &mut Vec<Cause>) {
    if value.is_null() {
        if schema.null == Null::Wrong {
            causes.push(Cause::mistyped(path, value, wanted(schema)));
        }
        return;
    }
    if !fits(value, schema) {
        causes.push(Cause::mistyped(path, value, wanted(schema)));
        return;
    }
    check_limits(value, schema, path, causes);
    check_alternatives(value, schema, path, causes);
    match value {
        Json::Object(_) => check_members(value, schema, path, causes),
        Json::Array(items) => check_items(items, schema, path, causes),
        _ => {}
    }
}

fn fits(value: &Json, schema: &Schema) -> bool {
    let integral = || value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0);
    match schema.shape {
        Shape::Any => true,
        Shape::Object => value.is_object(),
        Shape::Array => value.is_array(),
        Shape::String => value.is_string(),
        Shape::Boolean => value.is_boolean(),
        Shape::Number => value.is_number(),
        Shape::Integer if schema.limits.format.as_deref() == Some("int32") => {
            integral() && value.as_f64().is_some_and(|number| (-2_147_483_648.0..=2_147_483_647.0).contains(&number))
        }
        Shape::Integer => integral(),
        Shape::IntOrString => value.is_string() || integral(),
        Shape::Quantity => value.is_string() || value.is_number(),
    }
}

fn wanted(schema: &Schema) -> &'static str {
    match schema.shape {
        Shape::Object => "object",
        Shape::Array => "array",
        Shape::String | Shape::Quantity => "string",
        Shape::Boolean => "boolean",
        Shape::Number => "number",
        Shape::Integer if schema.limits.format.as_deref() == Some("int32") => "int32",
        Shape::Integer => "integer",
        Shape::IntOrString => "integer,string",
        Shape::Any => "any",
    }
}

fn check_members(value: &Json, schema: &Schema, path: &str, causes: &mut Vec<Cause>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    for name in &schema.required {
        let asked_for = !schema.is_built_in() || !(NOT_ASKED_FOR.contains(&name.as_str()) || is_status(path));
        if asked_for && is_missing(value.get(name), schema.is_built_in()) {
            causes.push(Cause::required(below(name), ""));
        }
    }
    for (name, member) in value.as_object().into_iter().flatten() {
        check_value(member, schema.member(name), &below(name), causes);
    }
}

fn is_status(path: &str) -> bool {
    path == "status" || path.starts_with("status.")
}

/// In a built-in kind, what is empty is not there.
fn is_missing(value: Option<&Json>, built_in: bool) -> bool {
    match value {
        None => true,
        Some(Json::Null) => built_in,
        Some(Json::String(text)) => built_in && text.is_empty(),
        Some(Json::Array(items)) => built_in && items.is_empty(),
        Some(_) => false,
    }
}

fn check_items(items: &[Json], schema: &Schema, path: &str, causes: &mut Vec<Cause>) {
    let mut seen = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let path = format!("{path}[{at}]");
        // Built-in kinds say themselves what may not be there twice.
        let element = (schema.list != ListType::Atomic && !schema.is_built_in())
            .then(|| fields::element_of(item, schema).ok())
            .flatten();
        match element {
            Some(element) if seen.contains(&element) => causes.push(Cause::duplicate(&path, &key_of(item, schema))),
            Some(element) => seen.push(element),
            None => {}
        }
        check_value(item, schema.item(), &path, causes);
    }
}

/// What tells an item from others.
fn key_of(item: &Json, schema: &Schema) -> Json {
    let ListType::Map(keys) = &schema.list else { return item.clone() };
    keys.iter().filter_map(|key| Some((key.clone(), item.get(key)?.clone()))).collect()
}

fn check_limits(value: &Json, schema: &Schema, path: &str, causes: &mut Vec<Cause>) {
    let limits = &schema.limits;
    if !limits.allowed.is_empty() && !limits.allowed.contains(value) {
        let allowed: Vec<_> =
            limits.allowed.iter().map(|one| one.as_str().map_or(one.to_string(), str::to_owned)).collect();
        let allowed: Vec<&str> = allowed.iter().map(String::as_str).collect();
        causes.push(Cause::unsupported(path, value, &allowed));
    }
    match value {
        Json::String(text) => check_text(text, schema, path, causes),
        Json::Number(number) => check_number(number.as_f64().unwrap_or_default(), value, schema, path, causes),
        Json::Array(items) => {
            check_count(items.len(), limits.min_items, limits.max_items, "items", path, causes);
        }
        Json::Object(members) => {
            check_count(members.len(), limits.min_properties, limits.max_properties, "properties", path, causes);
        }
        _ => {}
    }
}

fn check_text(text: &str, schema: &Schema, path: &str, causes: &mut Vec<Cause>) {
    let (limits, value) = (&schema.limits, Json::from(text));
    let length = text.chars().count() as u64;
    if let Some(least) = limits.min_length.filter(|least| length < *least) {
        causes.push(Cause::invalid(path, &value, &format!("{path} in body should be at least {least} chars long")));
    }
    if let Some(most) = limits.max_length.filter(|most| length > *most) {
        causes.push(Cause::too_long(path, most));
    }
    if let Some(pattern) = &limits.pattern {
        // A pattern that is none is refused where the resource is defined.
        if Regex::new(pattern).is_ok_and(|pattern| !pattern.is_match(text)) {
            causes.push(Cause::invalid(path, &value, &format!("{path} in body should match '{pattern}'")));
        }
    }
    if let Some(format) = limits.format.as_deref().filter(|format| !has_format(text, format)) {
        causes.push(Cause::invalid(path, &value, &format!("{path} in body must be of type {format}: {value}")));
    }
    if schema.shape == Shape::Quantity && Quantity::of(&value).is_none() {
        let why = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
        causes.push(Cause::invalid(path, &value, why));
    }
}

fn has_format(text: &str, format: &str) -> bool {
    match format {
        "date-time" => humantime::parse_rfc3339_weak(text).is_ok() || is_time_with_offset(text),
        "byte" => is_base64(text),
        "ipv4" => text.parse::<std::net::Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<std::net::Ipv6Addr>().is_ok(),
        "uuid" => uuid::Uuid::parse_str(text).is_ok(),
        _ => true,
    }
}

fn is_time_with_offset(text: &str) -> bool {
    let Some(at) = text.rfind(['+', '-']).filter(|at| *at >= 19) else { return false };
    let (time, offset) = text.split_at(at);
    let digits = offset[1..].split_once(':').is_some_and(|(hours, minutes)| {
        hours.len() == 2 && minutes.len() == 2 && format!("{hours}{minutes}").bytes().all(|byte| byte.is_ascii_digit())
    });
    digits && humantime::parse_rfc3339_weak(&format!("{time}Z")).is_ok()
}

pub(super) fn is_base64(text: &str) -> bool {
    use base64::Engine as _;
    let text: String = text.chars().filter(|c| *c != '\n' && *c != '\r').collect();
    base64::engine::general_purpose::STANDARD.decode(text).is_ok()
}

fn check_number(number: f64, value: &Json, schema: &Schema, path: &str, causes: &mut Vec<Cause>) {
    let limits = &schema.limits;
    let mut refuse = |why: String| causes.push(Cause::invalid(path, value, &format!("{path} in body should be {why}")));
    if let Some(least) = limits.minimum {
        if limits.exclusive_minimum && number <= least {
            refuse(format!("greater than {least}"));
        } else if number < least {
            refuse(format!("greater than or equal to {least}"));
        }
    }
    if let Some(most) = limits.maximum {
        if limits.exclusive_maximum && number >= most {
            refuse(format!("less than {most}"));
        } else if number > most {
            refuse(format!("less than or equal to {most}"));
        }
    }
    if let Some(part) = limits.multiple_of.filter(|part| *part != 0.0 && (number / part).fract() != 0.0) {
        refuse(format!("a multiple of {part}"));
    }
}

fn check_count(count: usize, least: Option<u64>, most: Option<u64>, what: &str, path: &str, causes: &mut Vec<Cause>) {
    let count = count as u64;
    if let Some(least) = least.filter(|least| count < *least) {
        let why = format!("{path} in body should have at least {least} {what}");
        causes.push(Cause::invalid(path, &Json::from(count), &why));
    }
    if let Some(most) = most.filter(|most| count > *most) {
        causes.push(Cause::too_many(path, count, most));
    }
}

/// `allOf`, `anyOf`, `oneOf` and `not`.
fn check_alternatives(value: &Json, schema: &Schema, path: &str, causes: &mut Vec<Cause>) {
    let holds = |one: &Schema| {
        let mut found = Vec::new();
        check_value(value, one, path, &mut found);
        found.is_empty()
    };
    for one in &schema.all_of {
        check_value(value, one, path, causes);
    }
    let mut refuse =
        |why: &str| causes.push(Cause::invalid(path, &Json::from(type_name(value)), &format!("{path:?} {why}")));
    if !schema.any_of.is_empty() && !schema.any_of.iter().any(holds) {
        refuse("must validate at least one schema (anyOf)");
    }
    if !schema.one_of.is_empty() {
        match schema.one_of.iter().filter(|one| holds(one)).count() {
            1 => {}
            0 => refuse("must validate one and only one schema (oneOf). Found none valid"),
            several => {
                refuse(&format!("must validate one and only one schema (oneOf). Found {several} valid alternatives"))
            }
        }
    }
    if schema.not.as_deref().is_some_and(holds) {
        refuse("must not validate the schema (not)");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::kubernetes::schema::{built_in, of_crd_version};
    use serde_json::json;

    fn of(field: Json, value: Json) -> Vec<String> {
        let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"x": field}}}});
        let schema = of_crd_version(&schema).unwrap();
        check(&json!({"spec": {"x": value}}), &schema).iter().map(Cause::text).collect()
    }

    fn assert_refused(cases: &[(Json, Json, &str)]) {
        for (field, value, cause) in cases {
            assert_eq!(of(field.clone(), value.clone()), [*cause], "{field} {value}");
        }
    }

    #[test]
    fn types_and_bounds_of_custom_resources_are_checked() {
        assert_refused(&[
            (
                json!({"type": "integer"}),
                json!("a"),
                "spec.x: Invalid value: \"string\": spec.x in body must be of type integer: \"string\"",
            ),
            (
                json!({"type": "integer"}),
                json!(1.5),
                "spec.x: Invalid value: \"number\": spec.x in body must be of type integer: \"number\"",
            ),
            (
                json!({"type": "string"}),
                json!(null),
                "spec.x: Invalid value: \"null\": spec.x in body must be of type string: \"null\"",
            ),
            (
                json!({"type": "integer", "minimum": 1}),
                json!(0),
                "spec.x: Invalid value: 0: spec.x in body should be greater than or equal to 1",
            ),
            (
                json!({"type": "integer", "minimum": 1, "exclusiveMinimum": true}),
                json!(1),
                "spec.x: Invalid value: 1: spec.x in body should be greater than 1",
            ),
            (
                json!({"type": "integer", "maximum": 3}),
                json!(4),
                "spec.x: Invalid value: 4: spec.x in body should be less than or equal to 3",
            ),
            (
                json!({"type": "string", "enum": ["a", "b"]}),
                json!("c"),
                "spec.x: Unsupported value: \"c\": supported values: \"a\", \"b\"",
            ),
            (
                json!({"type": "string", "pattern": "^a+$"}),
                json!("b"),
                "spec.x: Invalid value: \"b\": spec.x in body should match '^a+$'",
            ),
            (
                json!({"type": "string", "minLength": 1}),
                json!(""),
                "spec.x: Invalid value: \"\": spec.x in body should be at least 1 chars long",
            ),
            (json!({"type": "string", "maxLength": 2}), json!("abc"), "spec.x: Too long: may not be more than 2 bytes"),
            (
                json!({"type": "string", "format": "date-time"}),
                json!("today"),
                "spec.x: Invalid value: \"today\": spec.x in body must be of type date-time: \"today\"",
            ),
            (
                json!({"x-kubernetes-int-or-string": true}),
                json!(true),
                "spec.x: Invalid value: \"boolean\": spec.x in body must be of type integer,string: \"boolean\"",
            ),
        ]);
    }

    #[test]
    fn lists_and_alternatives_of_custom_resources_are_checked() {
        let list = json!({"type": "array", "minItems": 1, "maxItems": 2, "x-kubernetes-list-type": "set", "items": {"type": "string"}});
        let keyed = json!({"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["n"],
            "items": {"type": "object", "required": ["n"], "properties": {"n": {"type": "string"}, "v": {"type": "integer"}}}});
        assert_refused(&[
            (
                json!({"type": "integer", "multipleOf": 2}),
                json!(3),
                "spec.x: Invalid value: 3: spec.x in body should be a multiple of 2",
            ),
            (list.clone(), json!([]), "spec.x: Invalid value: 0: spec.x in body should have at least 1 items"),
            (list.clone(), json!(["a", "b", "c"]), "spec.x: Too many: 3: must have at most 2 items"),
            (list, json!(["a", "a"]), "spec.x[1]: Duplicate value: \"a\""),
            (keyed.clone(), json!([{"n": "a"}, {"n": "a", "v": 1}]), "spec.x[1]: Duplicate value: {\"n\":\"a\"}"),
            (keyed, json!([{"v": 1}]), "spec.x[0].n: Required value"),
            (
                json!({"type": "object", "additionalProperties": {"type": "string"}}),
                json!({"k": 1}),
                "spec.x.k: Invalid value: \"integer\": spec.x.k in body must be of type string: \"integer\"",
            ),
            (
                json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}),
                json!({"a": "1", "b": "2"}),
                "spec.x: Invalid value: \"object\": \"spec.x\" must validate one and only one schema (oneOf). Found 2 valid alternatives",
            ),
            (
                json!({"type": "integer", "anyOf": [{"minimum": 5}, {"maximum": 1}]}),
                json!(3),
                "spec.x: Invalid value: \"integer\": \"spec.x\" must validate at least one schema (anyOf)",
            ),
            (
                json!({"type": "integer", "allOf": [{"minimum": 5}]}),
                json!(3),
                "spec.x: Invalid value: 3: spec.x in body should be greater than or equal to 5",
            ),
            (
                json!({"type": "integer", "not": {"enum": [3]}}),
                json!(3),
                "spec.x: Invalid value: \"integer\": \"spec.x\" must not validate the schema (not)",
            ),
        ]);
    }

    #[test]
    fn values_that_fit_are_left_alone() {
        let cases = [
            (json!({"type": "string", "nullable": true}), json!(null)),
            (json!({"type": "number"}), json!(1)),
            (json!({"type": "integer"}), json!(2.0)),
            (json!({"type": "string", "format": "date-time"}), json!("2025-01-01T00:00:00+02:00")),
            (json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true}), json!({"any": [1, {"a": null}]})),
            (
                json!({"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]}),
                json!("5%"),
            ),
        ];
        for (field, value) in cases {
            assert_eq!(of(field.clone(), value.clone()), [] as [&str; 0], "{field} {value}");
        }
    }

    #[test]
    fn built_in_kinds_are_checked_and_their_status_is_not_asked_for_more() {
        let deployment = built_in("apps", "v1", "Deployment").unwrap();
        let object = json!({"spec": {"replicas": "3", "template": {"spec": {"containers": [{"image": "a"}], "volumes": [{"name": "v",
            "emptyDir": {"sizeLimit": "1 Gi"}}]}}}, "status": {"conditions": [{"status": "True"}]}});
        let mut causes: Vec<_> = check(&object, deployment).iter().map(Cause::text).collect();
        causes.sort();
        assert_eq!(
            causes,
            [
                "spec.replicas: Invalid value: \"string\": spec.replicas in body must be of type int32: \"string\"",
                "spec.selector: Required value",
                "spec.template.spec.containers[0].name: Required value",
                "spec.template.spec.volumes[0].emptyDir.sizeLimit: Invalid value: \"1 Gi\": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
            ]
        );
    }
}
