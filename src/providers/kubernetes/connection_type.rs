//! `kubernetes.connection`: a cluster that exists already, by kubeconfig and context. Makes nothing.

use std::time::Duration;

use crate::provider::{Condition, Field, FieldType, Observed, Operation, Output, Ownership, ResourceType, Schema};
use crate::value::{Attributes, Kind, Value};

pub(super) const NAME: &str = "kubernetes.connection";

pub(super) struct ConnectionType {
    schema: Schema,
}

impl ConnectionType {
    pub(super) fn new() -> Self {
        let spec = vec![
            Field::new(
                "kubeconfig",
                FieldType::text(),
                "Path of a kubeconfig; without it `KUBECONFIG` or `~/.kube/config`",
            ),
            Field::new("context", FieldType::text(), "The context; without it the current one of the kubeconfig"),
            Field::new(
                "name",
                FieldType::pattern("[A-Za-z0-9][A-Za-z0-9._-]{0,62}", "letters, digits, `.`, `_` and `-`"),
                "What the cluster is known by in the state; the context where it is left out. Two clusters need two names",
            ),
        ];
        let doc = "For the `cluster` of resources in it; holds no credential";
        Self { schema: Schema { spec, outputs: vec![Output::new("connection", Kind::Map, doc)] } }
    }
}

fn connection(spec: &Attributes) -> Value {
    let text = |name: &str| spec.get(name).cloned();
    let name = text("name").or_else(|| text("context")).unwrap_or_else(|| "default".into());
    let mut connection = Attributes::from([("kind".to_owned(), "kubeconfig".into()), ("name".to_owned(), name)]);
    connection.extend(text("kubeconfig").map(|path| ("path".to_owned(), path)));
    connection.extend(text("context").map(|context| ("context".to_owned(), context)));
    Value::Map(connection)
}

/// What it gives, which follows from its spec alone.
pub(super) fn observed(spec: &Attributes) -> Option<Observed> {
    let mut attributes = spec.clone();
    attributes.insert("connection".to_owned(), connection(spec));
    Some(Observed { attributes, ownership: Ownership::Ours, marks: None, condition: Condition::Ready })
}

impl ResourceType for ConnectionType {
    fn name(&self) -> &'static str {
        NAME
    }

    fn doc(&self) -> &'static str {
        "A cluster that exists already, by kubeconfig and context."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn identity(&self, _: &Attributes) -> Option<String> {
        None
    }

    fn is_identified_by_address(&self) -> bool {
        true
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        &[]
    }

    fn calls_out(&self) -> bool {
        false
    }

    fn planned_outputs(&self, desired: &Attributes, _: Option<&Attributes>) -> Attributes {
        Attributes::from([("connection".to_owned(), connection(desired))])
    }

    fn expected(&self, _: Operation) -> Duration {
        Duration::ZERO
    }
}
