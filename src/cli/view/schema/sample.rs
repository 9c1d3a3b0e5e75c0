//! A type with every kind of field, for the tests of this folder.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::clock::Clock;
use crate::provider::{
    Door, ErrorKind, Family, FamilySettings, Field, FieldType, Operation, Output, ProviderError, Registry,
    ResourceType, Schema, Text,
};
use crate::value::{Attributes, Kind};

pub(super) struct Queue(Schema);

impl Queue {
    pub(super) fn new() -> Self {
        let dead_letter = vec![
            Field::new("queue", FieldType::text(), "The ARN of the other queue").required(),
            Field::new("max_receive_count", FieldType::Integer { min: 1, max: 1000 }, "Tries before that").default(5),
        ];
        let name = match FieldType::pattern("[a-z-]+", "lower-case letters and `-`") {
            FieldType::String(text) => FieldType::String(Text { min: 1, max: Some(80), ..text }),
            other => other,
        };
        let rule = FieldType::Object(vec![Field::new("kind", FieldType::one_of(&["a", "b"]), "Its kind").required()]);
        let spec = vec![
            Field::new("name", name, "Its name").required().replaces(),
            Field::new(
                "visibility_timeout",
                FieldType::Duration { min: 0, max: 43_200 },
                "How long a message that was received stays hidden from other consumers",
            )
            .default(30),
            Field::new("retention", FieldType::Duration { min: 60, max: 1_209_600 }, "How long messages are kept"),
            Field::new("fifo", FieldType::Bool, "Keeps the order").replaces(),
            Field::new("weight", FieldType::Float, "A number"),
            Field::new("mode", FieldType::one_of(&["fast", "slow"]), "How it works").default("slow"),
            Field::new("dead_letter", FieldType::Object(dead_letter), "Where messages go that nobody can handle"),
            Field::new("rules", FieldType::list(rule), "Some rules").required(),
            Field::new("tags", FieldType::map(FieldType::text()), "Tags"),
            Field::new("zones", FieldType::set(FieldType::text()), "Zones"),
            Field::new("policy", FieldType::Document { canonical: Clone::clone }, "A policy"),
            Field::new("input", FieldType::Any, "Anything"),
        ];
        Self(Schema { spec, outputs: vec![Output::new("url", Kind::String, "Where producers send")] })
    }
}

impl ResourceType for Queue {
    fn name(&self) -> &'static str {
        "test.queue"
    }
    fn doc(&self) -> &'static str {
        "A queue for tests."
    }
    fn schema(&self) -> &Schema {
        &self.0
    }
    fn identity(&self, _: &Attributes) -> Option<String> {
        None
    }
    fn identity_fields(&self) -> &'static [&'static str] {
        &["name"]
    }
    fn expected(&self, _: Operation) -> Duration {
        Duration::ZERO
    }
}

struct Test(Vec<Field>, Vec<Arc<dyn ResourceType>>);

#[async_trait]
impl Family for Test {
    fn name(&self) -> &'static str {
        "test"
    }
    fn settings(&self) -> &[Field] {
        &self.0
    }
    fn resource_types(&self) -> &[Arc<dyn ResourceType>] {
        &self.1
    }
    async fn open(&self, _: &FamilySettings, _: Arc<dyn Clock>) -> Result<Door, ProviderError> {
        Err(ProviderError::new(ErrorKind::Unavailable, "open", "there is nothing behind it"))
    }
}

pub(super) fn registry() -> Registry {
    let settings = vec![Field::new("region", FieldType::text(), "Where")];
    let family: Arc<dyn Family> = Arc::new(Test(settings, vec![Arc::new(Queue::new())]));
    Registry::new([family, crate::providers::tidegate::family()])
}
