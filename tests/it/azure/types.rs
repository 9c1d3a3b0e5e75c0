//! Microsoft's types of Azure's resources, as `azmcp` knows them, and what is wrong with the body of a PUT by them.
//!
//! Knows nothing of who sends the body.

use std::collections::BTreeMap;
use std::process::Command;

use regex::Regex;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::support::served::counterpart;

/// A type of resource and the types of what is in it.
#[derive(Debug)]
pub struct Types {
    /// Such as `Microsoft.EventHub/namespaces@2024-01-01`.
    pub name: String,
    body: Vec<Property>,
    objects: BTreeMap<String, Object>,
}

#[derive(Debug, Deserialize)]
struct Object {
    name: String,
    properties: Vec<Property>,
    /// What members of any other name are.
    #[serde(rename = "additionalPropertiesType")]
    others: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Property {
    name: String,
    /// Such as `string`, `Sku`, `IPRule[]` or `Enabled | Disabled | string`.
    #[serde(rename = "type")]
    of: String,
    #[serde(default)]
    flags: String,
    /// Such as `minLength: 1, maxLength: 90, pattern: ^[a-z]+$`.
    #[serde(default)]
    modifiers: String,
}

impl Types {
    /// `None`, having said so, where `azmcp` is not installed.
    pub fn of(resource_type: &str) -> Option<Self> {
        let mut command = Command::new(counterpart("azmcp")?);
        command.args(["bicepschema", "get", "--resource-type", resource_type]);
        let output = command.env("AZURE_MCP_COLLECT_TELEMETRY", "false").output().unwrap();
        assert!(output.status.success(), "{resource_type}: {}", String::from_utf8_lossy(&output.stderr));
        let told: Json = serde_json::from_slice(&output.stdout).unwrap();
        Some(Self::read(&told["results"]["BicepSchemaResult"]))
    }

    fn read(told: &Json) -> Self {
        let (mut name, mut body, mut objects) = (String::new(), Vec::new(), BTreeMap::new());
        for one in told.as_array().unwrap() {
            match one["$type"].as_str().unwrap() {
                "Resource" => {
                    one["name"].as_str().unwrap().clone_into(&mut name);
                    body = Vec::deserialize(&one["bodyType"]["properties"]).unwrap();
                }
                "Object" => {
                    let object = Object::deserialize(one).unwrap();
                    objects.insert(object.name.clone(), object);
                }
                "ResourceInstanceFunction" => {}
                other => panic!("no {other} is known"),
            }
        }
        Self { name, body, objects }
    }

    /// The version that the types are of.
    pub fn version(&self) -> &str {
        self.name.split_once('@').unwrap().1
    }

    /// What is wrong with the name at the end of a path, and with a body that is put there.
    pub fn faults(&self, name: &str, body: &Json) -> Vec<String> {
        let mut faults = Vec::new();
        let in_path = |property: &&Property| property.flags.contains("DeployTimeConstant");
        if let Some(property) = self.body.iter().find(|property| property.name == "name") {
            limits(&Json::from(name), &property.modifiers, "the name in the path", &mut faults);
        }
        for property in self.body.iter().filter(in_path).filter(|property| body.get(&property.name).is_some()) {
            faults.push(format!("{}: is said by the path", property.name));
        }
        let (said, in_body): (Vec<_>, Vec<_>) = self.body.iter().partition(in_path);
        let mut body = body.clone();
        if let Some(members) = body.as_object_mut() {
            members.retain(|name, _| !said.iter().any(|property| property.name == *name));
        }
        self.object(&body, &in_body, None, "", &mut faults);
        faults
    }

    fn object(&self, value: &Json, known: &[&Property], others: Option<&str>, at: &str, faults: &mut Vec<String>) {
        let Some(members) = value.as_object() else {
            return faults.push(format!("{at}: has to be an object"));
        };
        for (name, value) in members {
            let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
            match (known.iter().find(|property| property.name == *name), others) {
                (Some(property), _) if property.flags.contains("ReadOnly") => {
                    faults.push(format!("{at}: is read-only"))
                }
                (Some(property), _) => {
                    self.one(value, &property.of, &at, faults);
                    limits(value, &property.modifiers, &at, faults);
                }
                (None, Some(of)) => self.one(value, of, &at, faults),
                (None, None) if at.starts_with("tags.") => self.one(value, "string", &at, faults),
                (None, None) => faults.push(format!("{at}: is unknown")),
            }
        }
        let required = known.iter().filter(|property| property.flags.contains("Required"));
        for property in required.filter(|property| !members.contains_key(&property.name)) {
            faults.push(format!("{at}{}{}: is missing", if at.is_empty() { "" } else { "." }, property.name));
        }
    }

    fn one(&self, value: &Json, of: &str, at: &str, faults: &mut Vec<String>) {
        if let Some(item) = of.strip_suffix("[]") {
            match value.as_array() {
                Some(items) => {
                    items
                        .iter()
                        .enumerate()
                        .for_each(|(index, value)| self.one(value, item, &format!("{at}[{index}]"), faults));
                }
                None => faults.push(format!("{at}: has to be a list")),
            }
            return;
        }
        if let Some(object) = self.objects.get(of) {
            let known: Vec<_> = object.properties.iter().collect();
            return self.object(value, &known, object.others.as_deref(), at, faults);
        }
        let is_one_of = |part: &str| match part {
            "any" => true,
            "string" => value.is_string(),
            "int" => value.is_i64(),
            "bool" => value.is_boolean(),
            literal => value.as_str() == Some(literal),
        };
        if !of.split(" | ").any(is_one_of) {
            faults.push(format!("{at}: is {value}, and has to be {of}"));
        }
    }
}

/// Holds a value against `minValue: 1, maxValue: 9, minLength: 1, maxLength: 9, pattern: ^.$`.
fn limits(value: &Json, modifiers: &str, at: &str, faults: &mut Vec<String>) {
    // A pattern stands last, and may have commas of its own.
    let (bounds, pattern) = match modifiers.split_once("pattern: ") {
        Some((bounds, pattern)) => (bounds, Some(pattern)),
        None => (modifiers, None),
    };
    let length = value.as_str().map(|text| i64::try_from(text.chars().count()).unwrap());
    for bound in bounds.split(", ").filter(|bound| !bound.is_empty()) {
        let (name, limit) = bound.split_once(": ").unwrap();
        let limit: i64 = limit.trim_end_matches(", ").parse().unwrap();
        let keeps = match name {
            "minValue" => value.as_i64().is_none_or(|number| number >= limit),
            "maxValue" => value.as_i64().is_none_or(|number| number <= limit),
            "minLength" => length.is_none_or(|length| length >= limit),
            "maxLength" => length.is_none_or(|length| length <= limit),
            other => panic!("no limit {other} is known"),
        };
        if !keeps {
            faults.push(format!("{at}: is {value}, which {bound} forbids"));
        }
    }
    // What only a backtracking engine can read stays unread: names of storage queues have a look ahead.
    let Some(regex) = pattern.and_then(|pattern| Regex::new(pattern).ok()) else { return };
    if value.as_str().is_some_and(|text| !regex.is_match(text)) {
        faults.push(format!("{at}: is {value}, which does not match {regex}"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn by_hand() -> Types {
        Types::read(&json!([
            {"$type": "Resource", "name": "Microsoft.X/boxes@2024-01-01", "bodyType": {"properties": [
                {"name": "id", "type": "string", "flags": "ReadOnly, DeployTimeConstant"},
                {"name": "name", "type": "string", "flags": "Required, DeployTimeConstant",
                 "modifiers": "minLength: 2, maxLength: 4, pattern: ^[a-z]{1,9}$"},
                {"name": "location", "type": "string", "flags": "Required"},
                {"name": "sku", "type": "Sku"},
                {"name": "tags", "type": "Tags"},
                {"name": "zones", "type": "string[]"},
                {"name": "lids", "type": "Lid[]"},
                {"name": "state", "type": "string", "flags": "ReadOnly"},
                {"name": "kind", "type": "Plain, Round | Square"},
                {"name": "mode", "type": "On | Off | string"},
            ]}},
            {"$type": "ResourceInstanceFunction", "name": "listKeys"},
            {"$type": "Object", "name": "Sku", "properties": [
                {"name": "name", "type": "string", "flags": "Required"},
                {"name": "size", "type": "int", "modifiers": "minValue: 1, maxValue: 9"},
            ]},
            {"$type": "Object", "name": "Lid", "properties": [
                {"name": "tight", "type": "bool"}, {"name": "maker", "type": "string", "flags": "ReadOnly"},
            ]},
            {"$type": "Object", "name": "Tags", "properties": [], "additionalPropertiesType": "string"},
        ]))
    }

    #[test]
    fn what_is_wrong_with_a_body_is_found() {
        let types = by_hand();
        assert_eq!(types.version(), "2024-01-01");
        let right = json!({
            "location": "x", "sku": {"name": "a", "size": 9}, "tags": {"any": "thing"}, "zones": ["1"],
            "lids": [{"tight": true}], "kind": "Plain, Round", "mode": "Between",
        });
        assert_eq!(types.faults("box", &right), Vec::<String>::new());
        let cases = [
            ("sku", json!({"name": "a", "size": 10}), "sku.size: is 10, which maxValue: 9 forbids"),
            ("sku", json!({"name": "a", "size": 0}), "sku.size: is 0, which minValue: 1 forbids"),
            ("sku", json!({"name": "a", "size": "1"}), "sku.size: is \"1\", and has to be int"),
            ("sku", json!({"size": 1}), "sku.name: is missing"),
            ("sku", json!({"name": null}), "sku.name: is null, and has to be string"),
            ("sku", json!({"name": "a", "tier": "b"}), "sku.tier: is unknown"),
            ("sku", json!("a"), "sku: has to be an object"),
            ("tags", json!({"any": 1}), "tags.any: is 1, and has to be string"),
            ("zones", json!("1"), "zones: has to be a list"),
            ("zones", json!(["1", 2]), "zones[1]: is 2, and has to be string"),
            ("lids", json!([{"maker": "me"}]), "lids[0].maker: is read-only"),
            ("kind", json!("Round"), "kind: is \"Round\", and has to be Plain, Round | Square"),
            ("mode", json!(1), "mode: is 1, and has to be On | Off | string"),
            ("state", json!("Succeeded"), "state: is read-only"),
            ("id", json!("/x"), "id: is said by the path"),
            ("colour", json!("red"), "colour: is unknown"),
        ];
        for (name, value, expected) in cases {
            let mut body = right.clone();
            body[name] = value;
            assert_eq!(types.faults("box", &body), [expected]);
        }
        assert_eq!(types.faults("box", &json!({})), ["location: is missing"]);
    }

    #[test]
    fn a_name_is_held_against_the_types_too() {
        let faults = |name: &str| by_hand().faults(name, &json!({"location": "x"}));
        assert_eq!(faults("b"), ["the name in the path: is \"b\", which minLength: 2 forbids"]);
        assert_eq!(faults("boxes"), ["the name in the path: is \"boxes\", which maxLength: 4 forbids"]);
        assert_eq!(faults("BOX"), ["the name in the path: is \"BOX\", which does not match ^[a-z]{1,9}$"]);
    }

    /// The tool's own answers are read as they are meant to be.
    #[test]
    fn the_types_of_resource_groups_say_what_is_wrong() {
        let Some(types) = Types::of("Microsoft.Resources/resourceGroups") else { return };
        assert_eq!(types.version(), "2025-04-01");
        let faults = |body: Json| types.faults("main", &body);
        assert_eq!(faults(json!({"location": "westeurope", "tags": {"a": "b"}})), Vec::<String>::new());
        assert_eq!(faults(json!({"tags": {}})), ["location: is missing"]);
        assert_eq!(
            faults(json!({"location": "x", "properties": {"provisioningState": "Succeeded"}})),
            ["properties.provisioningState: is read-only"]
        );
        assert_eq!(faults(json!({"location": "x", "sku": {}})), ["sku: is unknown"]);
        assert_eq!(types.faults("a b", &json!({"location": "x"})).len(), 1);
    }
}
