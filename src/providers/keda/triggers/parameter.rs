//! A parameter of a trigger: what it must be, and from where KEDA takes it.

use super::kind::Kind;
use crate::providers::keda::version::Life;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::providers::keda) enum Need {
    Optional,
    Required,
    /// Required unless a formula makes the metric.
    Target,
}

pub(in crate::providers::keda) struct Parameter {
    pub(in crate::providers::keda) names: &'static [&'static str],
    pub(in crate::providers::keda) kind: Kind,
    pub(in crate::providers::keda) need: Need,
    pub(in crate::providers::keda) from_metadata: bool,
    pub(in crate::providers::keda) from_env: bool,
    pub(in crate::providers::keda) from_authentication: bool,
    pub(in crate::providers::keda) life: Life,
    /// What to do where it is removed.
    pub(in crate::providers::keda) instead: &'static str,
}

/// A parameter in the metadata.
pub(super) const fn meta(name: &'static [&'static str; 1], kind: Kind) -> Parameter {
    several(name, kind)
}

/// One with several names.
pub(super) const fn several(names: &'static [&'static str], kind: Kind) -> Parameter {
    Parameter {
        names,
        kind,
        need: Need::Optional,
        from_metadata: true,
        from_env: false,
        from_authentication: false,
        life: Life::ALWAYS,
        instead: "",
    }
}

/// A parameter that only an authentication gives.
pub(super) const fn auth(name: &'static [&'static str; 1]) -> Parameter {
    let parameter = meta(name, Kind::Text).auth();
    Parameter { from_metadata: false, ..parameter }
}

impl Parameter {
    pub(super) const fn required(mut self) -> Self {
        self.need = Need::Required;
        self
    }

    pub(super) const fn target(mut self) -> Self {
        self.need = Need::Target;
        self
    }

    pub(super) const fn env(mut self) -> Self {
        self.from_env = true;
        self
    }

    pub(super) const fn auth(mut self) -> Self {
        self.from_authentication = true;
        self
    }

    pub(super) const fn since(mut self, minor: u8) -> Self {
        self.life = Life::since(minor);
        self
    }

    pub(super) const fn until(mut self, minor: u8, instead: &'static str) -> Self {
        self.life = Life::until(minor);
        self.instead = instead;
        self
    }

    /// How to give it, for a message.
    pub(in crate::providers::keda) fn example(&self) -> String {
        let name = self.names[0];
        let sample = match self.kind {
            Kind::Integer(min, max) => format!("\"{}\"", 5.clamp(min, max)),
            Kind::Number | Kind::Positive => "\"5\"".to_owned(),
            Kind::Bool => "\"true\"".to_owned(),
            Kind::Duration => "\"3000\"".to_owned(),
            Kind::Schedule => "\"0 8 * * *\"".to_owned(),
            Kind::Timezone => "Europe/Berlin".to_owned(),
            Kind::Quantity => "\"80\"".to_owned(),
            Kind::Word([(first, _), ..]) => (*first).to_owned(),
            _ => "...".to_owned(),
        };
        match self.from_metadata {
            true => format!("add `{name}: {sample}` to the metadata"),
            false => self.where_from(),
        }
    }

    /// The ways besides the metadata.
    pub(in crate::providers::keda) fn other_ways(&self) -> String {
        let name = self.names[0];
        match (self.from_env, self.from_authentication) {
            _ if !self.from_metadata => String::new(),
            (false, false) => String::new(),
            (true, false) => format!(", or name a variable of the container with `{name}FromEnv`"),
            (false, true) => format!(", or give `{name}` by an authentication"),
            (true, true) => format!(", or use `{name}FromEnv`, or give `{name}` by an authentication"),
        }
    }

    /// The ways to give what does not stand in the metadata.
    pub(in crate::providers::keda) fn where_from(&self) -> String {
        let name = self.names[0];
        let env = if self.from_env {
            format!(", or name a variable of the container with `{name}FromEnv`")
        } else {
            String::new()
        };
        match self.from_authentication {
            true => format!("give `{name}` by a TriggerAuthentication, such as from a Secret{env}"),
            false => format!("name a variable of the container with `{name}FromEnv`"),
        }
    }
}
