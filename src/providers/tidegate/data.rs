//! `tidegate.data`: keeps a value in the state. For triggers, for tests, and for measuring the engine.

use std::time::Duration;

use async_trait::async_trait;

use crate::provider::{
    Condition, FailedChange, Field, FieldType, Observed, Operation, Output, Ownership, Provider, ProviderError,
    ResourceType, Schema, Target,
};
use crate::value::{Attributes, Kind, Value};

pub(super) struct Data {
    schema: Schema,
}

impl Data {
    pub(super) fn new() -> Self {
        let spec = vec![
            Field::new("input", FieldType::Any, "Any value; `output` gives it back"),
            Field::new("triggers_replace", FieldType::Any, "Any value; a change of it makes a new `id`").replaces(),
        ];
        let outputs = vec![
            Output::new("output", Kind::Any, "What `input` was when it was last applied"),
            Output::new("id", Kind::String, "Drawn when it is created, and stable from then on"),
        ];
        Self { schema: Schema { spec, outputs } }
    }
}

impl ResourceType for Data {
    fn name(&self) -> &'static str {
        "tidegate.data"
    }

    fn doc(&self) -> &'static str {
        "Keeps a value in the state, without any cloud."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn identity(&self, _: &Attributes) -> Option<String> {
        None
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        &[]
    }

    fn is_identified_by_address(&self) -> bool {
        true
    }

    fn calls_out(&self) -> bool {
        false
    }

    fn planned_outputs(&self, desired: &Attributes, recorded: Option<&Attributes>) -> Attributes {
        let id = recorded.and_then(|attributes| attributes.get("id")).cloned();
        Attributes::from([
            ("output".to_owned(), desired.get("input").cloned().unwrap_or_default()),
            ("id".to_owned(), id.unwrap_or(Value::Unknown(Kind::String))),
        ])
    }

    fn expected(&self, _: Operation) -> Duration {
        Duration::ZERO
    }
}

pub(super) struct DataProvider;

impl DataProvider {
    fn observed(desired: &Attributes, id: Value) -> Observed {
        let mut attributes = desired.clone();
        attributes.insert("output".to_owned(), desired.get("input").cloned().unwrap_or_default());
        attributes.insert("id".to_owned(), id);
        Observed { attributes, ownership: Ownership::Ours, marks: None, condition: Condition::Ready }
    }
}

#[async_trait]
impl Provider for DataProvider {
    async fn read(&self, target: &Target<'_>) -> Result<Option<Observed>, ProviderError> {
        let attributes = target.recorded.clone();
        let present = !attributes.is_empty();
        Ok(present.then_some(Observed {
            attributes,
            ownership: Ownership::Ours,
            marks: None,
            condition: Condition::Ready,
        }))
    }

    async fn create(&self, target: &Target<'_>, desired: &Attributes) -> Result<Observed, FailedChange> {
        Ok(Self::observed(desired, Value::from(target.token)))
    }

    async fn update(&self, target: &Target<'_>, desired: &Attributes) -> Result<Observed, FailedChange> {
        let id = target.recorded.get("id").cloned().unwrap_or_else(|| Value::from(target.token));
        Ok(Self::observed(desired, id))
    }

    async fn delete(&self, _: &Target<'_>) -> Result<(), ProviderError> {
        Ok(())
    }
}
