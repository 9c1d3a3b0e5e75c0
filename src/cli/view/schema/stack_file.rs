//! JSON Schema (draft 2020-12) of a whole stack file, for editors.
//!
//! The keys are those `stack::declaration` reads. What a schema cannot see, such as
//! references, is left to `tidegate validate`.

use serde_json::{Map, Value as Json, json};

use super::field_type::{EXPRESSION, object};
use crate::provider::{Registry, ResourceType};

const NAME: &str = "^[a-z][a-z0-9_]*$";

/// The schema of a stack file with these types.
pub fn json_schema(registry: &Registry) -> Json {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A Tidegate stack",
        "type": "object",
        "required": ["tidegate", "stack"],
        "additionalProperties": false,
        "properties": {
            "tidegate": {"const": 1, "description": "The version of the stack language"},
            "stack": {
                "type": "string",
                "pattern": "^[a-z][a-z0-9-]{0,62}$",
                "description": "The name of the stack, and of its state: lower-case letters, digits and `-`",
            },
            "description": {"type": "string"},
            "variables": section("What the stack asks for", &json!({"$ref": "#/$defs/variable"})),
            "locals": section("Values with a name: `${locals.x}`", &json!({})),
            "providers": providers(registry),
            "resources": section("What there shall be", &json!({"$ref": "#/$defs/resource"})),
            "outputs": section("What the stack tells when it is applied", &json!({"$ref": "#/$defs/output"})),
            "checks": {
                "type": "array",
                "items": {"$ref": "#/$defs/check"},
                "description": "What must hold before anything is done",
            },
        },
        "$defs": {
            "variable": variable(),
            "resource": resource(registry),
            "output": output(),
            "check": check(),
            "timeout": timeout(),
            "addresses": one_or_more("An address: `name` or `name[\"key\"]`"),
            "paths": one_or_more("A path in the spec, such as `tags.team`"),
            "names": one_or_more("The name of a resource"),
        },
    })
}

/// A section whose keys are names. One that is written but empty is null.
fn section(description: &str, entry: &Json) -> Json {
    json!({
        "type": ["object", "null"],
        "description": description,
        "propertyNames": {"pattern": NAME},
        "additionalProperties": entry,
    })
}

fn one_or_more(description: &str) -> Json {
    json!({"type": ["array", "string"], "items": {"type": "string"}, "description": description})
}

fn providers(registry: &Registry) -> Json {
    let configurations: Map<String, Json> = registry
        .families()
        .map(|family| {
            let mut settings = object(family.settings());
            settings["type"] = json!(["object", "string", "null"]);
            settings["description"] = json!(format!("How to reach `{}`", family.name()));
            (format!("^{}(\\..+)?$", family.name()), settings)
        })
        .collect();
    json!({
        "type": ["object", "null"],
        "description": "Configurations of providers: `aws`, or `aws.eu` for a second one",
        "patternProperties": configurations,
        "additionalProperties": false,
    })
}

fn variable() -> Json {
    let constant = json!({"not": {"type": "string", "pattern": "(^|[^$])\\$\\{"}});
    json!({
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": {
            "type": {"enum": ["string", "integer", "number", "bool", "list", "map", "any"]},
            "default": constant,
            "description": {"type": "string"},
            "secret": {"type": "boolean", "description": "Never printed, kept as a hash only"},
            "minimum": {"type": "number"},
            "maximum": {"type": "number"},
            "pattern": {"type": "string", "description": "A regular expression for the whole value"},
            "one_of": {"type": "array", "description": "The only values there are"},
        },
    })
}

fn output() -> Json {
    json!({
        "type": "object",
        "required": ["value"],
        "additionalProperties": false,
        "properties": {
            "value": {"description": "Most often an expression: `${jobs.url}`"},
            "description": {"type": "string"},
            "secret": {"type": "boolean", "description": "Never printed"},
        },
    })
}

fn check() -> Json {
    json!({
        "type": "object",
        "required": ["assert", "message"],
        "additionalProperties": false,
        "properties": {
            "assert": {"type": ["boolean", "string"], "pattern": EXPRESSION, "description": "An expression that is true or false"},
            "message": {"type": "string", "description": "What to say when it is false"},
        },
    })
}

fn timeout() -> Json {
    json!({"type": ["integer", "string"], "minimum": 1, "description": "A duration such as 90s, 20m or 600"})
}

fn resource(registry: &Registry) -> Json {
    let types: Vec<_> = registry.resource_types().collect();
    let names: Vec<Json> = types.iter().map(|each| json!({"const": each.name(), "description": each.doc()})).collect();
    let specs: Vec<Json> = types.iter().map(|each| spec_of(each.as_ref())).collect();
    let timeouts: Map<String, Json> = ["create", "update", "delete"]
        .map(|name| (name.to_owned(), json!({"$ref": "#/$defs/timeout"})))
        .into_iter()
        .collect();
    json!({
        "type": "object",
        "required": ["type"],
        "additionalProperties": false,
        "properties": {
            "type": {"anyOf": names},
            "spec": {"description": "What the type lets one say"},
            "provider": {"type": "string", "description": "A configuration under `providers`, where it is not the usual one"},
            "depends_on": {"$ref": "#/$defs/names"},
            "for_each": {
                "type": ["array", "object", "string"],
                "items": {"type": "string"},
                "pattern": EXPRESSION,
                "description": "An instance for every item of a list of strings, or for every entry of a map",
            },
            "when": {"type": ["boolean", "string"], "pattern": EXPRESSION, "description": "Whether it is part of the stack"},
            "protect": {"type": ["boolean", "string"], "pattern": EXPRESSION, "description": "No delete and no replacement"},
            "on_destroy": {"anyOf": [
                {"const": "delete", "description": "Deletes the object"},
                {"const": "retain", "description": "Leaves the object and forgets it"},
                {"type": "string", "pattern": EXPRESSION},
            ]},
            "adopt": {"type": ["boolean", "string"], "pattern": EXPRESSION, "description": "Takes over an object that is there and not marked as ours"},
            "ignore_changes": {"$ref": "#/$defs/paths"},
            "timeouts": {"type": ["object", "null"], "additionalProperties": false, "properties": timeouts},
            "moved_from": {"$ref": "#/$defs/addresses"},
        },
        "allOf": specs,
    })
}

/// What holds for the spec of one type.
fn spec_of(resource_type: &dyn ResourceType) -> Json {
    let fields = &resource_type.schema().spec;
    let needed = fields.iter().any(|field| field.required);
    let mut then = json!({"properties": {"spec": object(fields)}});
    if needed {
        then["required"] = json!(["spec"]);
    } else {
        then["properties"]["spec"]["type"] = json!(["object", "string", "null"]);
    }
    json!({"if": {"properties": {"type": {"const": resource_type.name()}}, "required": ["type"]}, "then": then})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::view::schema::sample::registry;
    use crate::diagnostic::Source;
    use crate::stack::Inputs;

    #[test]
    fn every_type_is_in_the_schema() {
        let schema = json_schema(&registry());
        let resource = &schema["$defs"]["resource"];
        assert_eq!(resource["properties"]["type"]["anyOf"][0]["const"], "test.queue");
        assert_eq!(resource["allOf"].as_array().unwrap().len(), 2);
        let queue = &resource["allOf"][0]["then"]["properties"]["spec"]["properties"];
        insta::assert_snapshot!(queue["name"], @r#"{"description":"Its name (1 to 80 characters, lower-case letters and `-`). A change replaces the object","pattern":"\\$\\{|(?=[\\s\\S]{1,80}$)^(?:[a-z-]+)$","type":"string"}"#);
        insta::assert_snapshot!(queue["visibility_timeout"]["type"], @r#"["integer","string","null"]"#);
        insta::assert_snapshot!(queue["dead_letter"], @r#"{"additionalProperties":false,"description":"Where messages go that nobody can handle","pattern":"\\$\\{","properties":{"max_receive_count":{"default":5,"description":"Tries before that","maximum":1000,"minimum":1,"pattern":"\\$\\{","type":["integer","string","null"]},"queue":{"description":"The ARN of the other queue","type":"string"}},"required":["queue"],"type":["object","string","null"]}"#);
        insta::assert_snapshot!(queue["mode"], @r#"{"anyOf":[{"enum":["fast","slow"]},{"pattern":"\\$\\{","type":"string"},{"type":"null"}],"default":"slow","description":"How it works (one of fast, slow)"}"#);
    }

    /// The keys the language has, as it tells them to someone who wrote another one.
    fn keys_of_the_language(text: &str) -> Vec<String> {
        let source = Source { name: "x.yaml".to_owned(), text: text.to_owned() };
        let (_, problems) = crate::stack::load(source, &Inputs::default(), &registry());
        let problem = problems.iter().find(|problem| problem.code == "stack/unknown-key").unwrap();
        let keys = problem.help.as_deref().unwrap().strip_prefix("the keys are: ").unwrap();
        let mut keys: Vec<_> = keys.split(", ").map(str::to_owned).collect();
        keys.sort();
        keys
    }

    #[test]
    fn the_schema_has_the_keys_of_the_language() {
        let schema = json_schema(&registry());
        let definitions = &schema["$defs"];
        let resource = &definitions["resource"];
        let head = "tidegate: 1\nstack: a\n";
        let cases = [
            (&schema, "zzz: 1".to_owned()),
            (resource, "resources: { a: { type: tidegate.data, zzz: 1 } }".to_owned()),
            (
                &resource["properties"]["timeouts"],
                "resources: { a: { type: tidegate.data, timeouts: { zzz: 1 } } }".to_owned(),
            ),
            (&definitions["variable"], "variables: { a: { default: 1, zzz: 1 } }".to_owned()),
            (&definitions["output"], "outputs: { a: { value: 1, zzz: 1 } }".to_owned()),
            (&definitions["check"], "checks: [{ assert: true, message: a, zzz: 1 }]".to_owned()),
        ];
        for (part, text) in cases {
            let keys: Vec<_> = part["properties"].as_object().unwrap().keys().cloned().collect();
            assert_eq!(keys, keys_of_the_language(&format!("{head}{text}\n")), "{text}");
        }
    }

    /// Regular expressions of Rust that other engines read differently are left out.
    #[test]
    fn every_pattern_compiles() {
        fn patterns(json: &Json, found: &mut Vec<String>) {
            match json {
                Json::Object(entries) => {
                    found.extend(entries.get("pattern").and_then(Json::as_str).map(str::to_owned));
                    entries.values().for_each(|entry| patterns(entry, found));
                }
                Json::Array(items) => items.iter().for_each(|item| patterns(item, found)),
                _ => {}
            }
        }
        let mut found = Vec::new();
        patterns(&json_schema(&registry()), &mut found);
        assert!(found.len() > 10);
        // Rust's engine has no lookahead; without it they must all be well formed.
        for pattern in found {
            let plain = pattern.replace("(?=", "(?:");
            assert!(regex::Regex::new(&plain).is_ok(), "{pattern}");
        }
    }
}
