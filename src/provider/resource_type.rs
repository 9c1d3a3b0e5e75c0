//! What the engine must know of a type before it talks to anyone. Pure: no I/O.

use std::time::Duration;

use super::{FamilySettings, FieldType, OnChange, Schema};
use crate::diagnostic::Severity;
use crate::value::{Attributes, FieldChange, Path, Value, differences};

/// A problem a type finds in a spec; the stack adds the place in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// A warning is told and stops nothing.
    pub severity: Severity,
    pub code: &'static str,
    /// Inside the spec.
    pub path: Path,
    /// The key itself is wrong, not what stands behind it.
    pub on_key: bool,
    pub message: String,
    pub help: Option<String>,
}

impl Finding {
    pub fn new(code: &'static str, path: Path, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, path, on_key: false, message: message.into(), help: None }
    }

    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Create,
    Update,
    Delete,
}

/// How two versions of a resource differ.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    pub changes: Vec<FieldChange>,
    /// The changed fields that cannot change in place; empty when an update will do.
    pub replace_because: Vec<Path>,
}

pub trait ResourceType: Send + Sync {
    /// The name used in a stack, such as `aws.sqs_queue`.
    fn name(&self) -> &'static str;

    /// One sentence for the reference.
    fn doc(&self) -> &'static str;

    fn schema(&self) -> &Schema;

    /// Checks what one field alone cannot show. Values may be unknown; the spec is in its normal form.
    fn check(&self, _spec: &Attributes) -> Vec<Finding> {
        Vec::new()
    }

    /// The key of the object in its account, which follows from the spec alone:
    /// `None` while a part of it is unknown. Unique among the objects of this type.
    fn identity(&self, spec: &Attributes) -> Option<String>;

    /// Which spec fields [`identity`](Self::identity) is made of. They may not be secret.
    fn identity_fields(&self) -> &'static [&'static str];

    /// What of a spec a read needs beside the identity to find the object, such as the connection to its cluster.
    /// It stands in for what is recorded while nothing is. May be secret nowhere.
    fn whereabouts(&self, _spec: &Attributes) -> Attributes {
        Attributes::new()
    }

    /// The family whose door makes its objects, and whose configurations it takes.
    fn family(&self) -> &str {
        self.name().split('.').next().unwrap_or_default()
    }

    /// The outputs of a resource after it is created or changed, as far as they can be told before.
    ///
    /// `recorded` is `None` for a new object. The default: a new object's outputs
    /// are unknown, those of a changed one stay.
    fn planned_outputs(&self, _desired: &Attributes, recorded: Option<&Attributes>) -> Attributes {
        planned_outputs(self.schema(), recorded)
    }

    /// What stands in a plan for people in place of attributes that are too long for it, by name. Of such a map, entries
    /// that come or go are named there and not printed.
    fn brief(&self, _attributes: &Attributes) -> Attributes {
        Attributes::new()
    }

    /// The kind of the connection and the name of the cluster that it completes, as nodes do: what is to run there comes
    /// after it and goes before.
    fn completes<'a>(&self, _spec: &'a Attributes) -> Option<(&'static str, &'a str)> {
        None
    }

    /// The connection to the cluster that takes the object along when it goes, where nothing outside is left behind.
    fn goes_with<'a>(&self, _recorded: &'a Attributes, _settings: &FamilySettings) -> Option<&'a Value> {
        None
    }

    /// Whether it is known by its address alone, for want of a key in its spec.
    fn is_identified_by_address(&self) -> bool {
        false
    }

    /// Whether its operations call anyone. One that calls no one needs no intent and no refresh.
    fn calls_out(&self) -> bool {
        true
    }

    /// The provider settings that, with the identity, say which object is meant: another region holds
    /// another queue of the same name. A change of one of them needs a new object.
    fn scope_settings(&self) -> &'static [&'static str] {
        &[]
    }

    /// Changes that force a new object although each field alone could change in place.
    fn also_replaces(&self, _before: &Attributes, _desired: &Attributes) -> Vec<Path> {
        Vec::new()
    }

    /// How long the identity of a deleted object cannot be used again.
    fn reuse_after(&self) -> Duration {
        Duration::ZERO
    }

    /// How long a new object may stay invisible to `read`.
    fn visible_after(&self) -> Duration {
        Duration::ZERO
    }

    /// How long a deleted object may go on being shown by `read` as if nothing had happened.
    fn shown_after_deletion(&self) -> Duration {
        Duration::ZERO
    }

    /// Whether its objects say themselves who made them. Of one that does not, its record tells, and while there is
    /// none, what a change was about to bring about.
    fn carries_marks(&self) -> bool {
        true
    }

    /// Steps with the same key never run at the same time.
    fn exclusive(&self, _desired: &Attributes) -> Option<String> {
        None
    }

    /// How long an operation usually takes: for the order of steps and for what is shown.
    fn expected(&self, operation: Operation) -> Duration;

    /// How long an operation may take where the stack does not say.
    fn timeout(&self, operation: Operation) -> Duration {
        (self.expected(operation) * 10).max(Duration::from_secs(300))
    }
}

/// Whether a resource completes the cluster that a connection leads to.
pub fn completes(resource_type: &dyn ResourceType, spec: &Attributes, connection: Option<&Value>) -> bool {
    let part = |name: &str| connection.and_then(Value::as_map)?.get(name)?.as_str();
    let completed = resource_type.completes(spec);
    completed.is_some_and(|(kind, name)| part("kind") == Some(kind) && part("name") == Some(name))
}

/// The outputs as they are recorded; those of a new object are unknown.
pub fn planned_outputs(schema: &Schema, recorded: Option<&Attributes>) -> Attributes {
    let outputs = schema.outputs.iter();
    outputs
        .map(|output| {
            let known = recorded.and_then(|attributes| attributes.get(output.name)).cloned();
            (output.name.to_owned(), known.unwrap_or(Value::Unknown(output.kind)))
        })
        .collect()
}

/// How what is differs from what is wanted, by the schema alone. Only fields that
/// `desired` has, or that `before` has and `desired` has no longer, are ours.
///
/// `before` is what the spec fields are now, `desired` is in its normal form.
pub fn difference(resource_type: &dyn ResourceType, before: &Attributes, desired: &Attributes) -> Difference {
    let mut difference = Difference::default();
    for field in &resource_type.schema().spec {
        let (old, new) = (before.get(field.name), desired.get(field.name));
        let changes = field_changes(&field.field_type, &Path::field(field.name), old, new);
        if !changes.is_empty() && field.on_change == OnChange::Replace {
            difference.replace_because.push(Path::field(field.name));
        }
        difference.changes.extend(changes);
    }
    if !difference.changes.is_empty() {
        difference.replace_because.extend(resource_type.also_replaces(before, desired));
    }
    difference
}

/// How the outputs that follow from the spec differ from what they will be.
pub fn output_difference(schema: &Schema, before: &Attributes, planned: &Attributes) -> Vec<FieldChange> {
    let compared = schema.outputs.iter().filter(|output| output.compared && planned.contains_key(output.name));
    compared
        .flat_map(|output| differences(&Path::field(output.name), before.get(output.name), planned.get(output.name)))
        .collect()
}

fn field_changes(
    field_type: &FieldType,
    path: &Path,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Vec<FieldChange> {
    if let (FieldType::Document { canonical }, Some(old), Some(new)) = (field_type, before, after) {
        // One meaning has many spellings: show what differs in meaning.
        return differences(path, Some(&canonical(old)), Some(&canonical(new)));
    }
    differences(path, before, after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Output;
    use crate::value::Kind;

    struct Nodes(Schema);

    impl ResourceType for Nodes {
        fn name(&self) -> &'static str {
            "cloud.nodes"
        }

        fn doc(&self) -> &'static str {
            ""
        }

        fn schema(&self) -> &Schema {
            &self.0
        }

        fn identity(&self, _: &Attributes) -> Option<String> {
            None
        }

        fn identity_fields(&self) -> &'static [&'static str] {
            &[]
        }

        fn completes<'a>(&self, spec: &'a Attributes) -> Option<(&'static str, &'a str)> {
            Some(("eks", spec.get("cluster")?.as_str()?))
        }

        fn expected(&self, _: Operation) -> Duration {
            Duration::ZERO
        }
    }

    #[test]
    fn clusters_of_one_name_in_two_clouds_are_two() {
        let (nodes, spec) = (Nodes(Schema::default()), Attributes::from([("cluster".to_owned(), "main".into())]));
        let connection = |kind: &str, name: &str| {
            let parts = [("kind".to_owned(), kind.into()), ("name".to_owned(), name.into())];
            Value::Map(Attributes::from(parts))
        };
        let cases = [("eks", "main", true), ("aks", "main", false), ("eks", "other", false)];
        for (kind, name, expected) in cases {
            assert_eq!(completes(&nodes, &spec, Some(&connection(kind, name))), expected, "{kind} {name}");
        }
        assert!(!completes(&nodes, &spec, None));
    }

    #[test]
    fn an_output_that_follows_from_the_spec_is_compared_and_others_are_not() {
        let outputs =
            vec![Output::new("objects", Kind::Map, "").compared(), Output::new("revision", Kind::Integer, "")];
        let schema = Schema { spec: Vec::new(), outputs };
        let was = |objects: &str, revision: i64| {
            let object = Attributes::from([("web".to_owned(), Value::from(objects))]);
            Attributes::from([
                ("objects".to_owned(), Value::Map(object)),
                ("revision".to_owned(), Value::Integer(revision)),
            ])
        };
        assert_eq!(output_difference(&schema, &was("old", 1), &was("old", 2)), []);
        let changes = output_difference(&schema, &was("old", 1), &was("new", 1));
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].path, Path::field("objects").key("web"));
        // What cannot be told is no difference.
        assert_eq!(output_difference(&schema, &was("old", 1), &Attributes::new()), []);
    }
}
