//! Recorded against observed: what changed behind our back.

use std::collections::BTreeMap;

use super::secrecy::seal_seen;
use super::{Drift, DriftKind, Observation};
use crate::address::Address;
use crate::provider::{Condition, Ownership, Registry, ResourceType, difference};
use crate::state::{Record, State};
use crate::value::{Attributes, FieldChange, Path, SealKey, differences};

/// Everything that is no longer as recorded.
pub fn drift(state: &State, observations: &BTreeMap<Address, Observation>, registry: &Registry) -> Vec<Drift> {
    let observed = observations.iter().filter_map(|(address, observation)| {
        let record = state.resources.get(address)?;
        let resource_type = registry.resource_type(&record.resource_type)?;
        let kind = kind(&**resource_type, record, observation, &state.seal_key)?;
        Some(Drift { address: address.clone(), resource_type: record.resource_type.clone(), kind })
    });
    observed.collect()
}

pub(super) fn kind(
    resource_type: &dyn ResourceType,
    record: &Record,
    observation: &Observation,
    key: &SealKey,
) -> Option<DriftKind> {
    let observed = match observation {
        Observation::Gone => return Some(DriftKind::Gone),
        Observation::Present(observed) => observed,
    };
    let seen = seal_seen(owned(resource_type, &observed.attributes, &record.attributes), &[&record.attributes], key);
    let mut changes = difference(resource_type, &record.attributes, &seen).changes;
    changes.extend(output_changes(resource_type, &record.attributes, &seen));
    if let Condition::Broken(why) = &observed.condition {
        return Some(DriftKind::Broken(why.clone()));
    }
    if !changes.is_empty() {
        return Some(DriftKind::Changed(changes));
    }
    match observed.ownership {
        Ownership::Ours | Ownership::SameStack => None,
        Ownership::Unmarked if record.adopted => None,
        Ownership::Unmarked => Some(DriftKind::Marks("its ownership marks are gone".to_owned())),
        Ownership::Foreign => {
            let marks = observed.marks.as_deref().unwrap_or("another stack");
            Some(DriftKind::Marks(format!("it is marked as made by {marks}")))
        }
    }
}

fn output_changes(resource_type: &dyn ResourceType, before: &Attributes, after: &Attributes) -> Vec<FieldChange> {
    let outputs = resource_type.schema().outputs.iter();
    outputs
        .filter(|output| before.contains_key(output.name))
        .flat_map(|output| differences(&Path::field(output.name), before.get(output.name), after.get(output.name)))
        .collect()
}

/// What of an object is ours: the spec fields that `ours` has, and all outputs.
pub fn owned(resource_type: &dyn ResourceType, seen: &Attributes, ours: &Attributes) -> Attributes {
    let schema = resource_type.schema();
    let keep = |name: &str| ours.contains_key(name) || schema.output(name).is_some();
    seen.iter().filter(|(name, _)| keep(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}
