//! Types that need no cloud.

mod data;

use std::sync::Arc;

use async_trait::async_trait;

use crate::clock::Clock;
use crate::provider::{Door, Family, FamilySettings, Field, ProviderError, ResourceType};

pub fn family() -> Arc<dyn Family> {
    Arc::new(TidegateFamily { types: vec![Arc::new(data::Data::new())] })
}

struct TidegateFamily {
    types: Vec<Arc<dyn ResourceType>>,
}

#[async_trait]
impl Family for TidegateFamily {
    fn name(&self) -> &'static str {
        "tidegate"
    }

    fn settings(&self) -> &[Field] {
        &[]
    }

    fn resource_types(&self) -> &[Arc<dyn ResourceType>] {
        &self.types
    }

    async fn open(&self, _: &FamilySettings, _: Arc<dyn Clock>) -> Result<Door, ProviderError> {
        Ok(Arc::new(data::DataProvider))
    }
}
