//! Families of resource types, and the list of all there are.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Declared, Door, Field, ProviderError, ResourceType, Together};
use crate::clock::Clock;
use crate::value::Attributes;

/// The settings of one provider configuration, as the stack has them or the state recorded them.
pub type FamilySettings = Attributes;

/// A resource that is about to be planned.
pub struct Wanting<'a> {
    pub resource_type: &'a str,
    /// In its normal form, as far as it is known.
    pub spec: &'a Attributes,
    pub settings: &'a FamilySettings,
    pub recorded: Option<&'a Attributes>,
    /// Where the stack is: paths in a spec start from there.
    pub folder: &'a Path,
}

/// Types that share one kind of door, such as `aws`.
#[async_trait]
pub trait Family: Send + Sync {
    /// The first part of its types' names.
    fn name(&self) -> &'static str;

    /// What a stack may write under `providers: <name>:`.
    fn settings(&self) -> &[Field];

    fn resource_types(&self) -> &[Arc<dyn ResourceType>];

    /// Whether [`together`](Self::together) has anything to say.
    fn looks_together(&self) -> bool {
        false
    }

    /// Looks at the resources of a stack side by side, those of other families too.
    fn together(&self, _resources: &[Declared<'_>]) -> Together {
        Together::default()
    }

    /// Whether [`gather`](Self::gather) fetches anything.
    fn gathers(&self) -> bool {
        false
    }

    /// Fetches what its types need to tell what a resource will be, such as the chart of a release, and keeps it.
    async fn gather(&self, _wanting: &Wanting<'_>, _clock: Arc<dyn Clock>) -> Result<(), ProviderError> {
        Ok(())
    }

    /// Opens the door: finds credentials, checks that they belong where the stack says.
    async fn open(&self, settings: &FamilySettings, clock: Arc<dyn Clock>) -> Result<Door, ProviderError>;
}

/// Every family and every type this build has.
#[derive(Clone, Default)]
pub struct Registry {
    families: BTreeMap<&'static str, Arc<dyn Family>>,
    types: BTreeMap<String, Arc<dyn ResourceType>>,
}

impl Registry {
    pub fn new(families: impl IntoIterator<Item = Arc<dyn Family>>) -> Self {
        let mut registry = Self::default();
        for family in families {
            for resource_type in family.resource_types() {
                registry.types.insert(resource_type.name().to_owned(), Arc::clone(resource_type));
            }
            registry.families.insert(family.name(), family);
        }
        registry
    }

    pub fn family(&self, name: &str) -> Option<&Arc<dyn Family>> {
        self.families.get(name)
    }

    pub fn families(&self) -> impl Iterator<Item = &Arc<dyn Family>> {
        self.families.values()
    }

    /// The type of this name, such as `aws.sqs_queue`.
    pub fn resource_type(&self, name: &str) -> Option<&Arc<dyn ResourceType>> {
        self.types.get(name)
    }

    pub fn resource_types(&self) -> impl Iterator<Item = &Arc<dyn ResourceType>> {
        self.types.values()
    }
}
