//! The families of resource types, each behind the contract in [`crate::provider`].
//!
//! None knows of stacks, plans, states or another family.

#[cfg(feature = "aws")]
pub mod aws;
#[cfg(feature = "azure")]
pub mod azure;
#[cfg(any(feature = "aws", feature = "azure"))]
pub mod cloud;
#[cfg(feature = "helm")]
pub mod helm;
#[cfg(feature = "kubernetes")]
pub mod keda;
#[cfg(feature = "kubernetes")]
pub mod kubernetes;
pub mod tidegate;

use std::sync::Arc;

#[cfg(feature = "kubernetes")]
use crate::provider::Entrance;
use crate::provider::{Family, Registry};

/// Every family of this build, for whoever only looks at stacks: charts are fetched from nowhere.
pub fn registry() -> Registry {
    registry_with(
        #[cfg(feature = "azure")]
        azure::AzureEnvironment::default(),
        #[cfg(feature = "helm")]
        helm::Supply::default(),
    )
}

/// Every family of this build, with what the environment says of Azure, and with charts from there.
pub fn registry_with(
    #[cfg(feature = "azure")] environment: azure::AzureEnvironment,
    #[cfg(feature = "helm")] supply: helm::Supply,
) -> Registry {
    #[cfg(feature = "aws")]
    let aws = aws::AwsFamily::new();
    #[cfg(feature = "azure")]
    let azure = azure::AzureFamily::new(environment);
    #[cfg(feature = "kubernetes")]
    let entrances: Vec<Arc<dyn Entrance>> = vec![
        #[cfg(feature = "aws")]
        aws.entrance(),
        #[cfg(feature = "azure")]
        azure.entrance(),
    ];
    let families: Vec<Arc<dyn Family>> = vec![
        tidegate::family(),
        #[cfg(feature = "kubernetes")]
        Arc::new(kubernetes_family(entrances.clone())),
        #[cfg(feature = "helm")]
        Arc::new(helm::HelmFamily::new(entrances, supply)),
        #[cfg(feature = "aws")]
        Arc::new(aws),
        #[cfg(feature = "azure")]
        Arc::new(azure),
    ];
    Registry::new(families)
}

/// The family of everything that is an object of a cluster, with these ways into clusters beside kubeconfigs.
#[cfg(feature = "kubernetes")]
pub fn kubernetes_family(entrances: impl IntoIterator<Item = Arc<dyn Entrance>>) -> kubernetes::KubernetesFamily {
    kubernetes::KubernetesFamily::new(entrances).with(keda::types(), keda::look)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{Field, FieldType};

    /// They are compiled when a stack first needs them; this is so that none fails then.
    #[test]
    fn every_pattern_compiles() {
        fn patterns(field_type: &FieldType) -> usize {
            match field_type {
                FieldType::String(text) => text.pattern.as_ref().map_or(0, |pattern| {
                    pattern.is_match("");
                    1
                }),
                FieldType::List(item) | FieldType::Set(item) | FieldType::Map(item) => patterns(item),
                FieldType::Object(fields) => of(fields),
                _ => 0,
            }
        }
        fn of(fields: &[Field]) -> usize {
            fields.iter().map(|field| patterns(&field.field_type)).sum()
        }
        let registry = registry();
        let settings: usize = registry.families().map(|family| of(family.settings())).sum();
        let specs: usize = registry.resource_types().map(|resource_type| of(&resource_type.schema().spec)).sum();
        if cfg!(feature = "azure") {
            assert!(settings > 1 && specs > 50, "{settings} {specs}");
        }
    }
}
