//! The pages under `docs/`: what they show works, and what there is they show.

use std::io::Write as _;
use std::path::Path;

use tidegate::expression::{Evaluator, Expression, Missing, function_names};
use tidegate::provider::{Field, FieldType, OnChange, Registry, ResourceType};
use tidegate::value::Value;

use super::{all_problems, file, inputs, told};

const LANGUAGE: &str = include_str!("../../../docs/stack-language.md");
const TYPES: &str = include_str!("../../../docs/resource-types.md");

/// The blocks of a page that begin with these words.
fn blocks<'a>(page: &'a str, opening: &str) -> Vec<&'a str> {
    let fence = format!("```{opening}\n");
    page.split(fence.as_str()).skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect()
}

#[test]
fn every_stack_on_the_page_is_fine() {
    let mut all = blocks(LANGUAGE, "yaml tested");
    assert!(all.len() > 8);
    if cfg!(feature = "aws") {
        all.extend(blocks(LANGUAGE, "yaml tested aws"));
    }
    for block in all {
        let text = if block.starts_with("tidegate:") { block.to_owned() } else { file(block) };
        let problems = all_problems(&text, &inputs(&[]));
        assert!(problems.is_empty(), "{block}\n\n{}", told(&problems));
    }
}

#[test]
fn every_expression_on_the_page_gives_what_it_says() {
    let evaluator = Evaluator::new(inputs(&[]).files);
    let text = blocks(LANGUAGE, "cel tested").join("\n");
    for line in text.lines() {
        let (source, expected) = line.split_once('→').unwrap();
        let expression = Expression::parse(source.trim()).unwrap_or_else(|error| panic!("{line}: {error:?}"));
        let value = evaluator.evaluate(&expression, &|_| Err(Missing::at(0)));
        assert_eq!(value.map(|value| value.to_string()), Ok(expected.trim().to_owned()), "{source}");
    }
    for name in function_names() {
        assert!(text.contains(&format!("{name}(")), "{name} is not on the page");
    }
}

#[test]
fn every_key_is_on_the_page() {
    let keys = [
        "tidegate",
        "stack",
        "description",
        "variables",
        "locals",
        "providers",
        "resources",
        "outputs",
        "checks",
        "type",
        "spec",
        "provider",
        "depends_on",
        "for_each",
        "when",
        "protect",
        "on_destroy",
        "adopt",
        "ignore_changes",
        "timeouts",
        "moved_from",
        "default",
        "secret",
        "minimum",
        "pattern",
        "one_of",
        "value",
        "assert",
        "message",
    ];
    for key in keys {
        let row = LANGUAGE.lines().any(|line| line.starts_with("| `") && line.contains(&format!("`{key}`")));
        assert!(row, "{key} has no row");
    }
}

/// The part of the page that follows from the schemas.
fn generated(registry: &Registry) -> String {
    let mut text = String::new();
    for family in registry.families().filter(|family| family.name() != "test") {
        text.push_str(&format!("## `{}`\n\n", family.name()));
        if !family.settings().is_empty() {
            text.push_str(&format!("Settings, under `providers: {}:`.\n\n", family.name()));
            text.push_str(&fields(family.settings(), false));
        }
        for resource_type in family.resource_types() {
            text.push_str(&section(&**resource_type));
        }
    }
    text
}

fn section(resource_type: &dyn ResourceType) -> String {
    let schema = resource_type.schema();
    let key = match resource_type.identity_fields() {
        [] => "It is known by its address.".to_owned(),
        fields => {
            let fields: Vec<_> = fields.iter().map(|field| format!("`{field}`")).collect();
            format!("It is known by its {}.", fields.join(" and "))
        }
    };
    let mut text = format!("### `{}`\n\n{} {key}\n\n", resource_type.name(), resource_type.doc());
    text.push_str(&fields(&schema.spec, true));
    if !schema.outputs.is_empty() {
        text.push_str("| output | type | |\n|---|---|---|\n");
        for output in &schema.outputs {
            text.push_str(&format!("| `{}` | {} | {} |\n", output.name, output.kind.name(), cell(output.doc)));
        }
        text.push('\n');
    }
    text
}

fn fields(all: &[Field], of_spec: bool) -> String {
    let title = if of_spec { "field" } else { "setting" };
    let mut text = format!("| {title} | type | default | |\n|---|---|---|---|\n");
    rows(&mut text, "", all);
    text.push('\n');
    text
}

fn rows(text: &mut String, prefix: &str, fields: &[Field]) {
    for field in fields {
        let default = match (&field.default, field.required) {
            (_, true) => "**required**".to_owned(),
            (Some(Value::Integer(seconds)), _) if matches!(field.field_type, FieldType::Duration { .. }) => {
                format!("`{}`", duration(*seconds))
            }
            (Some(default), _) => format!("`{default}`"),
            (None, false) => String::new(),
        };
        let replaces = if field.on_change == OnChange::Replace { " A change makes a new object." } else { "" };
        let doc = cell(field.doc);
        let stop = if doc.ends_with('.') { "" } else { "." };
        let name = format!("{prefix}{}", field.name);
        let type_words = cell(&type_words(&field.field_type));
        text.push_str(&format!("| `{name}` | {type_words} | {default} | {doc}{stop}{replaces} |\n"));
        let (inner, step) = inner_fields(&field.field_type, "");
        rows(text, &format!("{name}{step}."), inner);
    }
}

/// The fields of the object in it, and how one gets there.
fn inner_fields<'a>(field_type: &'a FieldType, step: &str) -> (&'a [Field], String) {
    match field_type {
        FieldType::Object(fields) => (fields, step.to_owned()),
        FieldType::List(item) | FieldType::Set(item) => inner_fields(item, &format!("{step}[]")),
        FieldType::Map(item) => inner_fields(item, &format!("{step}.*")),
        _ => (&[], String::new()),
    }
}

fn type_words(field_type: &FieldType) -> String {
    let range = |min: i64, max: i64, shown: fn(i64) -> String| match (min, max) {
        (i64::MIN, i64::MAX) => String::new(),
        (min, i64::MAX) => format!(", {} at least", shown(min)),
        (i64::MIN, max) => format!(", {} at most", shown(max)),
        (min, max) => format!(", {} to {}", shown(min), shown(max)),
    };
    match field_type {
        FieldType::Bool => "bool".to_owned(),
        FieldType::Integer { min, max } => format!("integer{}", range(*min, *max, |number| number.to_string())),
        FieldType::Float => "number".to_owned(),
        FieldType::Duration { min, max } => format!("duration{}", range(*min, *max, duration)),
        FieldType::String(text) => {
            let mut words = "string".to_owned();
            if !text.one_of.is_empty() {
                let all: Vec<_> = text.one_of.iter().map(|value| format!("`{value}`")).collect();
                words.push_str(&format!(": {}", all.join(", ")));
            }
            if let Some(says) = text.pattern.as_ref().map(|pattern| pattern.says()) {
                words.push_str(&format!(": {says}"));
            }
            match (text.min, text.max) {
                (0, None) => {}
                (min, None) => words.push_str(&format!(", {min} characters at least")),
                (0, Some(max)) => words.push_str(&format!(", {max} characters at most")),
                (min, Some(max)) => words.push_str(&format!(", {min} to {max} characters")),
            }
            words
        }
        FieldType::List(item) => format!("list of {}", type_words(item)),
        FieldType::Set(item) => format!("list of {}, in any order", type_words(item)),
        FieldType::Map(entry) => format!("map of {}", type_words(entry)),
        FieldType::Object(_) => "map".to_owned(),
        FieldType::Document { .. } => "document".to_owned(),
        FieldType::Any => "any".to_owned(),
    }
}

/// Whole seconds as a stack would write them.
fn duration(seconds: i64) -> String {
    let units = [(86_400, "d"), (3600, "h"), (60, "m")];
    match units.iter().find(|(length, _)| seconds >= *length && seconds % length == 0) {
        Some((length, unit)) => format!("{}{unit}", seconds / length),
        None => format!("{seconds}s"),
    }
}

/// Text that may stand in a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

const BEGIN: &str = "<!-- What follows is generated from the schemas. -->\n\n";

#[test]
#[cfg_attr(not(feature = "aws"), ignore = "the page is that of a full build")]
fn every_type_is_on_the_page_as_its_schema_has_it() {
    let (head, _) = TYPES.split_once(BEGIN).expect("the page says where its generated part begins");
    let wanted = format!("{head}{BEGIN}{}", generated(&tidegate::providers::registry()).trim_end()) + "\n";
    if wanted == TYPES {
        return;
    }
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("resource-types.md");
    std::fs::File::create(&made).unwrap().write_all(wanted.as_bytes()).unwrap();
    let line = wanted.lines().zip(TYPES.lines()).position(|(wanted, there)| wanted != there);
    let line = line.unwrap_or_else(|| wanted.lines().count().min(TYPES.lines().count())) + 1;
    panic!("docs/resource-types.md is not what the schemas say, from line {line} on: copy {} over it", made.display());
}
