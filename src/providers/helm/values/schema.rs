//! Checks values against the schemas of a chart and of the charts it brings along.
//!
//! The messages are those of the library that Helm uses. Schemas are never fetched: a plan is the same with and
//! without a network, and a chart decides nothing about where requests go.

use std::error::Error;
use std::fmt;

use boon::{CompileError, Compiler, ErrorKind, InstanceToken, Schemas, UrlLoader, ValidationError};
use serde_json::{Map, Number, Value as Json};

use crate::providers::helm::chart::Chart;
use crate::providers::helm::yaml::format_float;

/// Something in the values that a schema does not allow, or a schema that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SchemaFault {
    /// The chart whose schema it is.
    pub(crate) chart: String,
    /// Where in the values, from the root chart on.
    pub(crate) path: Vec<String>,
    pub(crate) message: String,
}

impl fmt::Display for SchemaFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.path.is_empty() { "the values".to_owned() } else { self.path.join(".") };
        write!(f, "{place}: {} (by the schema of chart {})", self.message, self.chart)
    }
}

/// Under which name a schema is known to itself.
const URL: &str = "file:///values.schema.json";

/// Checks coalesced values against all schemas.
///
/// # Errors
/// Everything that is wrong.
pub(crate) fn check_schema(chart: &Chart, values: &Map<String, Json>) -> Result<(), Vec<SchemaFault>> {
    let mut faults = Vec::new();
    check(chart, values, &mut Vec::new(), &mut faults);
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn check(chart: &Chart, values: &Map<String, Json>, path: &mut Vec<String>, faults: &mut Vec<SchemaFault>) {
    if let Some(schema) = &chart.schema {
        let found = check_one(schema, Json::Object(values.clone()));
        faults.extend(found.into_iter().map(|(below, message)| {
            let path = path.iter().cloned().chain(below).collect();
            SchemaFault { chart: chart.metadata.name.clone(), path, message }
        }));
    }
    for dependency in &chart.dependencies {
        let name = &dependency.metadata.name;
        path.push(name.clone());
        match values.get(name) {
            None | Some(Json::Null) => {}
            Some(Json::Object(values)) => check(dependency, values, path, faults),
            Some(other) => {
                let message = format!("invalid type for values: expected object (map), got {}", go_type(other));
                faults.push(SchemaFault { chart: name.clone(), path: path.clone(), message });
            }
        }
        path.pop();
    }
}

type Fault = (Vec<String>, String);

fn check_one(schema: &[u8], values: Json) -> Vec<Fault> {
    let unusable = |message: String| vec![(Vec::new(), format!("the schema cannot be used: {message}"))];
    let schema: Json = match serde_json::from_slice(schema) {
        Ok(schema) => schema,
        Err(error) => return unusable(error.to_string()),
    };
    let mut compiler = Compiler::new();
    compiler.use_loader(Box::new(Closed));
    let mut schemas = Schemas::new();
    let compiled = compiler.add_resource(URL, schema).and_then(|()| compiler.compile(URL, &mut schemas));
    let compiled = match compiled {
        Ok(compiled) => compiled,
        Err(CompileError::LoadUrlError { url, src }) => return unusable(format!("failing loading {url:?}: {src}")),
        Err(error) => return unusable(error.to_string()),
    };
    let mut faults = Vec::new();
    if let Err(error) = schemas.validate(&values, compiled) {
        collect(&error, &mut faults);
    }
    faults
}

/// Loads nothing. What a `urn:` names is not known here, and anything is right by it, as in Helm.
struct Closed;

impl UrlLoader for Closed {
    fn load(&self, url: &str) -> Result<Json, Box<dyn Error>> {
        if url.starts_with("urn:") {
            return Ok(Json::Bool(true));
        }
        Err("schemas are not fetched: have the chart hold all of it in its values.schema.json, or set \
             `skip_schema_validation: true`"
            .into())
    }
}

/// Flattens an error down to what a person can change.
fn collect(error: &ValidationError<'_, '_>, faults: &mut Vec<Fault>) {
    let through = matches!(
        error.kind,
        ErrorKind::Group | ErrorKind::Schema { .. } | ErrorKind::Reference { .. } | ErrorKind::AllOf
    );
    if through && !error.causes.is_empty() {
        for cause in &error.causes {
            collect(cause, faults);
        }
        return;
    }
    let path = tokens(error);
    let mut causes = Vec::new();
    for cause in &error.causes {
        collect(cause, &mut causes);
    }
    let mut message = message(&error.kind);
    if !causes.is_empty() {
        let causes: Vec<_> = causes
            .into_iter()
            .map(|(below, cause)| match below.strip_prefix(path.as_slice()) {
                Some([]) | None => cause,
                Some(below) => format!("at {}: {cause}", below.join(".")),
            })
            .collect();
        message = format!("{message}: {}", causes.join("; "));
    }
    faults.push((path, message));
}

fn tokens(error: &ValidationError<'_, '_>) -> Vec<String> {
    let token = |token: &InstanceToken<'_>| match token {
        InstanceToken::Prop(name) => name.to_string(),
        InstanceToken::Item(at) => at.to_string(),
    };
    error.instance_location.tokens.iter().map(token).collect()
}

fn message(kind: &ErrorKind<'_, '_>) -> String {
    let compared =
        |keyword: &str, got: &Number, want: &Number| format!("{keyword}: got {}, want {}", number(got), number(want));
    match kind {
        ErrorKind::Group | ErrorKind::Schema { .. } | ErrorKind::Reference { .. } => "validation failed".to_owned(),
        ErrorKind::ContentSchema => "'contentSchema' failed".to_owned(),
        ErrorKind::PropertyName { prop } => format!("invalid propertyName {}", quote(prop)),
        ErrorKind::RefCycle { url, kw_loc1, kw_loc2 } => {
            format!("both {kw_loc1} and {kw_loc2} resolve to {url} causing reference cycle")
        }
        ErrorKind::FalseSchema => "false schema".to_owned(),
        ErrorKind::Type { got, want } => {
            let want: Vec<_> = want.iter().map(|want| want.to_string()).collect();
            format!("got {got}, want {}", want.join(" or "))
        }
        ErrorKind::Enum { want } => one_of(want),
        ErrorKind::Const { want } => match want {
            Json::Array(_) | Json::Object(_) => "'const' failed".to_owned(),
            want => format!("value must be {}", display(want)),
        },
        ErrorKind::Format { got, want, err } => format!("{} is not valid {want}: {err}", display(got)),
        ErrorKind::AdditionalProperties { got } => {
            format!("additional properties {} not allowed", quoted(got.iter().map(AsRef::as_ref)))
        }
        ErrorKind::Required { want } => match want.as_slice() {
            [one] => format!("missing property {}", quote(one)),
            want => format!("missing properties {}", quoted(want.iter().copied())),
        },
        ErrorKind::Dependency { prop, missing } | ErrorKind::DependentRequired { prop, missing } => {
            format!("properties {} required, if {} exists", quoted(missing.iter().copied()), quote(prop))
        }
        ErrorKind::Pattern { got, want } => format!("{} does not match pattern {}", quote(got), quote(want)),
        ErrorKind::ContentEncoding { want, err } => format!("value is not {} encoded: {err}", quote(want)),
        ErrorKind::ContentMediaType { want, err, .. } => format!("value if not of mediatype {}: {err}", quote(want)),
        ErrorKind::Minimum { got, want } => compared("minimum", got, want),
        ErrorKind::Maximum { got, want } => compared("maximum", got, want),
        ErrorKind::ExclusiveMinimum { got, want } => compared("exclusiveMinimum", got, want),
        ErrorKind::ExclusiveMaximum { got, want } => compared("exclusiveMaximum", got, want),
        ErrorKind::MultipleOf { got, want } => compared("multipleOf", got, want),
        ErrorKind::Not => "'not' failed".to_owned(),
        ErrorKind::AllOf => "'allOf' failed".to_owned(),
        ErrorKind::AnyOf => "'anyOf' failed".to_owned(),
        ErrorKind::OneOf(None) => "'oneOf' failed, none matched".to_owned(),
        ErrorKind::OneOf(Some((one, other))) => format!("'oneOf' failed, subschemas {one}, {other} matched"),
        kind => size_message(kind),
    }
}

/// Of keywords that count something.
fn size_message(kind: &ErrorKind<'_, '_>) -> String {
    let counted = |keyword: &str, got: usize, want: usize| format!("{keyword}: got {got}, want {want}");
    let places = |got: &[usize]| got.iter().map(usize::to_string).collect::<Vec<_>>().join(" ");
    match kind {
        ErrorKind::MinProperties { got, want } => counted("minProperties", *got, *want),
        ErrorKind::MaxProperties { got, want } => counted("maxProperties", *got, *want),
        ErrorKind::MinItems { got, want } => counted("minItems", *got, *want),
        ErrorKind::MaxItems { got, want } => counted("maxItems", *got, *want),
        ErrorKind::MinLength { got, want } => counted("minLength", *got, *want),
        ErrorKind::MaxLength { got, want } => counted("maxLength", *got, *want),
        ErrorKind::Contains => "no items match contains schema".to_owned(),
        ErrorKind::MinContains { got, want } if got.is_empty() => {
            format!("min {want} items required to match contains schema, but none matched")
        }
        ErrorKind::MinContains { got, want } => {
            let count = got.len();
            format!("min {want} items required to match contains schema, but matched {count} items at {}", places(got))
        }
        ErrorKind::MaxContains { got, want } => {
            let count = got.len();
            format!("max {want} items required to match contains schema, but matched {count} items at {}", places(got))
        }
        ErrorKind::UniqueItems { got: [one, other] } => format!("items at {one} and {other} are equal"),
        ErrorKind::AdditionalItems { got } => format!("last {got} additionalItem(s) not allowed"),
        _ => "validation failed".to_owned(),
    }
}

fn one_of(want: &[Json]) -> String {
    if want.iter().any(|want| matches!(want, Json::Array(_) | Json::Object(_))) {
        return "'enum' failed".to_owned();
    }
    let shown: Vec<_> = want.iter().map(display).collect();
    match shown.as_slice() {
        [one] => format!("value must be {one}"),
        several => format!("value must be one of {}", several.join(", ")),
    }
}

fn display(json: &Json) -> String {
    match json {
        Json::String(text) => quote(text),
        Json::Array(_) | Json::Object(_) => "value".to_owned(),
        Json::Null => "<nil>".to_owned(),
        Json::Number(value) => number(value),
        other => other.to_string(),
    }
}

fn number(value: &Number) -> String {
    match value.as_f64() {
        Some(float) if value.is_f64() => format_float(float),
        _ => value.to_string(),
    }
}

fn quote(text: &str) -> String {
    let escaped = format!("{text:?}").replace("\\\"", "\"").replace("\\'", "'").replace('\'', "\\'");
    format!("'{}'", escaped.get(1..escaped.len().saturating_sub(1)).unwrap_or_default())
}

fn quoted<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.map(quote).collect::<Vec<_>>().join(", ")
}

fn go_type(json: &Json) -> &'static str {
    match json {
        Json::Null => "<nil>",
        Json::Bool(_) => "bool",
        Json::Number(_) => "float64",
        Json::String(_) => "string",
        Json::Array(_) => "[]interface {}",
        Json::Object(_) => "map[string]interface {}",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn chart(name: &str, schema: &Json, dependencies: Vec<Chart>) -> Chart {
        let mut chart = Chart { schema: Some(schema.to_string().into_bytes()), dependencies, ..Chart::default() };
        chart.metadata.name = name.to_owned();
        chart
    }

    fn faults(schema: &Json, values: Json) -> Vec<String> {
        let Json::Object(values) = values else { panic!("{values}") };
        let found = check_schema(&chart("c", schema, Vec::new()), &values).err().unwrap_or_default();
        let mut found: Vec<_> =
            found.into_iter().map(|fault| format!("{}: {}", fault.path.join("."), fault.message)).collect();
        found.sort();
        found
    }

    #[test]
    fn faults_have_the_messages_of_helm() {
        let schema = json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "required": ["name", "other"],
            "additionalProperties": false,
            "propertyNames": {"pattern": "^[a-z]"},
            "properties": {
                "n": {"type": "integer", "minimum": 3},
                "a": {"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 5}]},
                "o": {"oneOf": [{"type": "string"}, {"type": "string", "minLength": 2}]},
                "e": {"enum": ["x", "y", 1]},
                "c": {"const": "k"},
                "p": {"type": "string", "pattern": "^a+$"},
                "l": {"type": "array", "items": {"type": "string"}, "minItems": 2, "uniqueItems": true},
                "r": {"$ref": "#/definitions/d"},
                "not": {"not": {"type": "string"}},
                "t": {"type": ["string", "null"]},
                "m": {"multipleOf": 2, "maximum": 4},
            },
            "dependencies": {"n": ["q"]},
            "allOf": [{"properties": {"n": {"maximum": 1}}}],
            "definitions": {"d": {"properties": {"x": {"type": "boolean"}}, "required": ["x"]}},
        });
        let values = json!({
            "n": 2, "a": true, "o": "xyz", "e": "z", "c": 1, "p": "b", "l": [1, 1], "r": {"x": 1}, "not": "s",
            "t": 1, "m": 5, "X": 1,
        });
        let wanted = [
            ": additional properties 'X' not allowed",
            ": invalid propertyName 'X': 'X' does not match pattern '^[a-z]'",
            ": missing properties 'name', 'other'",
            ": properties 'q' required, if 'n' exists",
            "a: 'anyOf' failed: got boolean, want string; got boolean, want integer",
            "c: value must be 'k'",
            "e: value must be one of 'x', 'y', 1",
            "l.0: got number, want string",
            "l.1: got number, want string",
            "l: items at 0 and 1 are equal",
            "m: maximum: got 5, want 4",
            "m: multipleOf: got 5, want 2",
            "n: maximum: got 2, want 1",
            "n: minimum: got 2, want 3",
            "not: 'not' failed",
            "o: 'oneOf' failed, subschemas 0, 1 matched",
            "p: 'b' does not match pattern '^a+$'",
            "r.x: got number, want boolean",
            "t: got number, want null or string",
        ];
        assert_eq!(faults(&schema, values), wanted);
    }

    #[test]
    fn whole_floats_are_integers_and_null_is_no_string() {
        let schema = json!({"properties": {"a": {"type": "integer"}, "b": {"type": "string"}}});
        assert_eq!(faults(&schema, json!({"a": 1.0, "b": null})), ["b: got null, want string"]);
        assert_eq!(faults(&schema, json!({"a": 1, "b": "x"})), [""; 0]);
    }

    #[test]
    fn charts_that_are_brought_along_have_their_own_schemas() {
        let below = chart("sub", &json!({"properties": {"port": {"type": "integer"}}}), Vec::new());
        let root = chart("root", &json!({"required": ["x"]}), vec![below]);
        let check = |values: Json| match values {
            Json::Object(values) => check_schema(&root, &values).err().unwrap_or_default(),
            other => panic!("{other}"),
        };
        let found = check(json!({"sub": {"port": "80"}}));
        let shown: Vec<_> = found.iter().map(ToString::to_string).collect();
        let wanted = [
            "the values: missing property 'x' (by the schema of chart root)",
            "sub.port: got string, want integer (by the schema of chart sub)",
        ];
        assert_eq!(shown, wanted);
        assert_eq!(check(json!({"sub": [], "x": 1}))[0].path, ["sub"]);
        assert_eq!(
            check(json!({"sub": [], "x": 1}))[0].message,
            "invalid type for values: expected object (map), got []interface {}"
        );
        assert_eq!(check(json!({"sub": null, "x": 1})), []);
    }

    #[test]
    fn schemas_are_never_fetched() {
        for reference in ["https://example.com/x.json", "other.json", "http://example.com/x"] {
            let found = faults(&json!({"$ref": reference}), json!({}));
            assert!(found[0].contains("schemas are not fetched"), "{found:?}");
        }
        assert_eq!(faults(&json!({"$ref": "urn:example:x"}), json!({"a": 1})), [""; 0]);
    }

    #[test]
    fn a_schema_that_is_none_is_told() {
        for schema in [json!({"type": "strin"}), json!("text"), json!({"$ref": "#/nowhere"})] {
            assert!(faults(&schema, json!({}))[0].starts_with(": the schema cannot be used: "), "{schema}");
        }
    }
}
