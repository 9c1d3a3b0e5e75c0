//! The types of triggers: what each can be told, and from where, as data.
//!
//! A type without a table is known by name only, and its metadata are not checked.

mod aws;
mod azure;
mod kafka;
mod kind;
mod parameter;
mod plain;
mod prometheus;
mod rabbitmq;
mod redis;
mod unchecked;

use self::kind::{COUNT, FLOOR, Kind};
pub(super) use self::parameter::{Need, Parameter};
use self::parameter::{auth, meta, several};
use super::trigger::Trigger;
use super::version::Life;
use crate::diagnostic::closest;
use crate::provider::Finding;

pub(super) struct TriggerType {
    /// The names it is written with.
    pub(super) names: &'static [&'static str],
    pub(super) blocks: &'static [&'static [Parameter]],
    /// Pod identities besides `none`.
    pub(super) identities: &'static [&'static str],
    /// The value that wakes the workload, and the one it is scaled by.
    pub(super) activations: &'static [(&'static str, &'static str)],
    /// Keys of older versions, and what to do about them.
    pub(super) ignored: &'static [(&'static str, &'static str)],
    /// Further metadata go to the service behind it.
    pub(super) is_open: bool,
    /// What spans several parameters.
    pub(super) rules: fn(&Trigger<'_>, &mut Vec<Finding>),
}

impl TriggerType {
    const fn new(names: &'static [&'static str], blocks: &'static [&'static [Parameter]]) -> Self {
        Self {
            names,
            blocks,
            identities: &[],
            activations: &[],
            ignored: &[("metricName", "KEDA makes the name of the metric itself since 2.12: leave it out")],
            is_open: false,
            rules: |_, _| {},
        }
    }

    const fn identities(mut self, identities: &'static [&'static str]) -> Self {
        self.identities = identities;
        self
    }

    const fn activations(mut self, activations: &'static [(&'static str, &'static str)]) -> Self {
        self.activations = activations;
        self
    }

    const fn rules(mut self, rules: fn(&Trigger<'_>, &mut Vec<Finding>)) -> Self {
        self.rules = rules;
        self
    }

    pub(super) fn parameters(&self) -> impl Iterator<Item = &'static Parameter> + use<> {
        self.blocks.iter().flat_map(|block| block.iter())
    }
}

/// The types with a table.
const TABLES: &[&[TriggerType]] =
    &[aws::TYPES, azure::TYPES, kafka::TYPES, plain::TYPES, prometheus::TYPES, rabbitmq::TYPES, redis::TYPES];

/// What is known of a type by its name.
pub(super) enum Known {
    Table(&'static TriggerType),
    /// By name only.
    Name(Life),
    /// Perhaps a slip of this.
    Not(Option<&'static str>),
}

pub(super) fn known(name: &str) -> Known {
    let mut tables = TABLES.iter().copied().flatten();
    if let Some(table) = tables.find(|table| table.names.contains(&name)) {
        return Known::Table(table);
    }
    match unchecked::NAMES.iter().find(|(known, _)| *known == name) {
        Some((_, life)) => Known::Name(*life),
        None => Known::Not(closest(name, names())),
    }
}

/// Every type that KEDA has, by name.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let tables = TABLES.iter().copied().flatten().flat_map(|table| table.names.iter().copied());
    tables.chain(unchecked::NAMES.iter().map(|(name, _)| *name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_type_and_no_parameter_stands_there_twice() {
        let all: Vec<_> = names().collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        assert!(all.len() >= 70, "{}", all.len());
        for table in TABLES.iter().copied().flatten() {
            let names: Vec<_> = table.parameters().flat_map(|parameter| parameter.names.iter()).collect();
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{:?}: {names:?}", table.names);
            for parameter in table.parameters() {
                let somewhere = parameter.from_metadata || parameter.from_env || parameter.from_authentication;
                assert!(somewhere, "{:?}", parameter.names);
            }
        }
    }
}
