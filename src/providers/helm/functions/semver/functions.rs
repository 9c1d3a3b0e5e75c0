//! Versions in templates: `semverCompare ">=1.2" "1.3"`, `(semver "1.2.3").Minor`.

use std::rc::Rc;

use serde_json::Value as Json;

use super::super::super::template::{Failure, Function, Object, Value, type_name};
use super::super::arguments::{Arguments, Outcome, exactly};
use super::{Constraint, Version};

pub(in super::super) const FUNCTIONS: &[(&str, Function)] = &[
    ("semver", exactly(1, |_, given| Ok(TemplateVersion::value(parse(given.text(0)?)?, "*semver.Version")))),
    ("semverCompare", exactly(2, |_, given| compare(given.text(0)?, given.text(1)?))),
];

fn parse(text: &str) -> Result<Version, Failure> {
    Version::parse(text).map_err(Failure::new)
}

fn compare(constraint: &str, version: &str) -> Outcome {
    let constraint = Constraint::parse(constraint).map_err(Failure::new)?;
    Ok(Value::Bool(constraint.check(&parse(version)?)))
}

/// A version in a template, which has methods and no fields.
struct TemplateVersion {
    version: Version,
    type_name: &'static str,
}

impl TemplateVersion {
    fn value(version: Version, type_name: &'static str) -> Value {
        Value::Object(Rc::new(Self { version, type_name }))
    }

    /// What a version was changed to is no pointer any more.
    fn changed(version: Version) -> Value {
        Self::value(version, "semver.Version")
    }

    fn compared(&self, name: &str, other: &Version) -> Option<Value> {
        let order = self.version.cmp(other);
        Some(Value::Bool(match name {
            "Equal" => order.is_eq(),
            "GreaterThan" => order.is_gt(),
            "GreaterThanEqual" => order.is_ge(),
            "LessThan" => order.is_lt(),
            "LessThanEqual" => order.is_le(),
            "Compare" => return Some(Value::Int(order as i64)),
            _ => return None,
        }))
    }

    fn without_arguments(&self, name: &str) -> Option<Value> {
        let version = &self.version;
        Some(match name {
            "Major" => Value::Uint64(version.major()),
            "Minor" => Value::Uint64(version.minor()),
            "Patch" => Value::Uint64(version.patch()),
            "Prerelease" => Value::string(version.prerelease()),
            "Metadata" => Value::string(version.metadata()),
            "Original" => Value::string(version.original()),
            "String" | "Value" => Value::string(version.to_string()),
            "MarshalText" => Value::Bytes(version.to_string().into_bytes().into()),
            "MarshalJSON" => Value::Bytes(format!("\"{version}\"").into_bytes().into()),
            "IncMajor" => Self::changed(version.next_major()),
            "IncMinor" => Self::changed(version.next_minor()),
            "IncPatch" => Self::changed(version.next_patch()),
            _ => return None,
        })
    }
}

impl Object for TemplateVersion {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn kind(&self) -> &str {
        if self.type_name.starts_with('*') { "ptr" } else { "struct" }
    }

    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Option<Outcome> {
        let wanted = match name {
            "Equal" | "GreaterThan" | "GreaterThanEqual" | "LessThan" | "LessThanEqual" | "Compare" => 1,
            "SetPrerelease" | "SetMetadata" => 1,
            _ if self.without_arguments(name).is_some() => 0,
            _ => return None,
        };
        if arguments.len() != wanted {
            return Some(Err(wrong_count(name, wanted, arguments.len())));
        }
        let text = || arguments.text(0);
        match name {
            "SetPrerelease" => Some(text().and_then(|text| changed(self.version.with_prerelease(text)))),
            "SetMetadata" => Some(text().and_then(|text| changed(self.version.with_metadata(text)))),
            _ if wanted == 0 => self.without_arguments(name).map(Ok),
            _ => match version_of(arguments.any(0)) {
                Ok(other) => self.compared(name, &other).map(Ok),
                Err(failure) => Some(Err(failure)),
            },
        }
    }

    fn print(&self) -> String {
        self.version.to_string()
    }

    fn json(&self) -> Json {
        Json::String(self.version.to_string())
    }
}

fn changed(version: Result<Version, String>) -> Outcome {
    version.map(TemplateVersion::changed).map_err(Failure::new)
}

fn wrong_count(name: &str, wanted: usize, found: usize) -> Failure {
    Failure::new(format!("wrong number of args for {name}: want {wanted} got {found}"))
}

/// A version that a template got from `semver`.
fn version_of(value: &Value) -> Result<Version, Failure> {
    let unexpected = || {
        let found = type_name(value);
        Failure::new(format!("wrong type for value; expected *semver.Version; got {found}"))
    };
    let Value::Object(object) = value else { return Err(unexpected()) };
    if object.type_name() != "*semver.Version" {
        return Err(unexpected());
    }
    match object.call("Original", &[]) {
        Some(Ok(Value::String(text))) => parse(&text),
        _ => Err(unexpected()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{fails, gives};
    use super::*;

    #[test]
    fn versions_in_templates_are_as_in_helm() {
        gives(&[
            ("semver \"v1.2\"", "*semver.Version", "1.2.0"),
            ("semver \"1.2.3-a+b\"", "*semver.Version", "1.2.3-a+b"),
            ("toString (semver \"v1.2.3\").Major", "string", "1"),
            ("toString (semver \"v1.2.3\").Minor", "string", "2"),
            ("toString (semver \"v1.2.3\").Patch", "string", "3"),
            ("toString (semver \"v1.2.3-a.1+b\").Prerelease", "string", "a.1"),
            ("toString (semver \"v1.2.3-a.1+b\").Metadata", "string", "b"),
            ("toString (semver \"v1.2.3\").Original", "string", "v1.2.3"),
            ("toString (semver \"v1.2.3\").IncMajor", "string", "2.0.0"),
            ("toString (semver \"v1.2.3\").IncMinor", "string", "1.3.0"),
            ("toString (semver \"v1.2.3-a\").IncPatch", "string", "1.2.3"),
            ("toString (semver \"v1.2.3\").String", "string", "1.2.3"),
            ("toString (semver \"v1.2.3\").Value", "string", "1.2.3"),
            ("typeOf (semver \"v1.2.3\").Major", "string", "uint64"),
            ("typeOf (semver \"v1.2.3\").IncMajor", "string", "semver.Version"),
            ("typeOf (semver \"v1.2.3\").MarshalText", "string", "[]uint8"),
            ("semverCompare \">=1.19-0\" \"v1.34.0\"", "bool", "true"),
            ("semverCompare \">=1.19-0\" \"1.34.0-eks-1234\"", "bool", "true"),
            ("semverCompare \"^1.2\" \"1.9.9\"", "bool", "true"),
        ]);
        fails(&[
            ("semver \"\"", "invalid semantic version"),
            ("semver \"1.2.3.4\"", "invalid semantic version"),
            ("semver \"1.2.3-01\"", "version segment starts with 0"),
            ("semverCompare \"\" \"1\"", "improper constraint: \"\""),
            ("semverCompare \">1\" \"x\"", "invalid semantic version"),
            ("semverCompare \">=x.y\" \"1\"", "improper constraint: \">=x.y\""),
        ]);
    }

    #[test]
    fn versions_have_the_methods_of_the_library() {
        let version =
            |text: &str| TemplateVersion { version: Version::parse(text).unwrap(), type_name: "*semver.Version" };
        let one = version("v1.2.3-rc.1+b");
        let other = Value::Object(Rc::new(version("1.2.3")));
        let called = |name: &str, given: &[Value]| {
            format!("{:?}", one.call(name, given).map(|outcome| outcome.map_err(|failure| failure.0)))
        };
        for (name, expected) in
            [("Compare", "-1"), ("LessThan", "true"), ("GreaterThanEqual", "false"), ("Equal", "false")]
        {
            assert_eq!(called(name, std::slice::from_ref(&other)), format!("Some(Ok({expected}))"));
        }
        assert_eq!(called("SetPrerelease", &[Value::string("")]), "Some(Ok(1.2.3+b))");
        assert_eq!(called("SetMetadata", &[Value::string("_")]), "Some(Err(\"invalid metadata string\"))");
        assert_eq!(called("Compare", &[]), "Some(Err(\"wrong number of args for Compare: want 1 got 0\"))");
        assert_eq!(called("Major", &[Value::Int(1)]), "Some(Err(\"wrong number of args for Major: want 0 got 1\"))");
        assert_eq!(
            called("Equal", &[Value::string("1")]),
            "Some(Err(\"wrong type for value; expected *semver.Version; got string\"))"
        );
        assert_eq!(called("Foo", &[]), "None");
        assert_eq!((one.kind(), one.json()), ("ptr", serde_json::json!("1.2.3-rc.1+b")));
    }
}
