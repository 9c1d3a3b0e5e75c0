//! One trigger against the table of its type: which parameters there are, where each may come from, and
//! whether its value can be read. The one engine behind all tables.

use std::collections::BTreeSet;

use super::codes::finding;
use super::said::{Entries, Said};
use super::triggers::{Need, Parameter, TriggerType};
use super::version::Version;
use crate::diagnostic::closest;
use crate::provider::Finding;
use crate::value::{Path, Value};

/// What is known of the authentication that a trigger refers to.
#[derive(Clone, Debug, Default)]
pub(super) enum Authentication {
    /// The trigger refers to none.
    #[default]
    None,
    /// It refers to one that is not seen here, which may give anything.
    Unseen,
    Seen(Grants),
}

/// What an authentication gives.
#[derive(Clone, Debug, Default)]
pub(super) struct Grants {
    pub(super) parameters: BTreeSet<String>,
    /// There are parameters whose names are not known.
    pub(super) more: bool,
    /// The provider of the pod identity; `none` is nothing.
    pub(super) identity: Identity,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Identity {
    #[default]
    None,
    Unclear,
    Of(String),
}

/// A trigger of a known type.
pub(super) struct Trigger<'a> {
    pub(super) trigger_type: &'static TriggerType,
    /// The name it is written with: one table may serve several.
    pub(super) name: &'a str,
    pub(super) metadata: Said<&'a Entries>,
    pub(super) at: Path,
    /// Where its metadata stand.
    pub(super) path: Path,
    pub(super) metric_type: Said<&'a str>,
    pub(super) authentication: &'a Authentication,
    pub(super) version: Version,
    /// A formula makes the metric, so its own target is not needed.
    pub(super) in_formula: bool,
}

/// Where a parameter's value comes from, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State<'a> {
    Missing,
    /// May be given; cannot be told yet.
    Unclear,
    /// Stands in the metadata.
    Here(&'a str),
    /// Comes from the environment or the authentication.
    Elsewhere,
}

impl<'a> Trigger<'a> {
    /// Everything that is wrong with it.
    pub(super) fn check(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut slips = Vec::new();
        for (key, value) in self.metadata.known().into_iter().flatten() {
            self.check_key(key, value, &mut findings, &mut slips);
        }
        for parameter in self.trigger_type.parameters() {
            // One mistake is told once.
            if !parameter.names.iter().any(|name| slips.contains(name)) {
                self.check_need(parameter, &mut findings);
            }
        }
        self.check_activation(&mut findings);
        self.check_identity(&mut findings);
        (self.trigger_type.rules)(self, &mut findings);
        findings
    }

    fn check_key(&self, key: &str, value: &Value, findings: &mut Vec<Finding>, slips: &mut Vec<&'static str>) {
        let path = self.path.key(key);
        if let Some(parameter) = self.parameter(key) {
            return findings.extend(self.check_given(parameter, key, value, &path));
        }
        let from_env = key.strip_suffix("FromEnv").and_then(|base| self.parameter(base));
        if let Some(parameter) = from_env {
            if !parameter.from_env {
                let message = format!("`{}` of {} is not read from the environment", parameter.names[0], self.name);
                let help = format!("give `{}` itself{}", parameter.names[0], parameter.other_ways());
                findings.push(on_key(finding("keda/not-from-env", &path, message).help(help)));
            }
            return;
        }
        let ignored = self.trigger_type.ignored.iter().find(|(name, _)| *name == key);
        if let Some((_, why)) = ignored {
            let message = format!("{} ignores `{key}`", self.name);
            return findings.push(on_key(finding("keda/ignored-parameter", &path, message).help(*why)));
        }
        if self.trigger_type.is_open {
            return;
        }
        findings.push(self.unknown(key, &path, slips));
    }

    fn unknown(&self, key: &str, path: &Path, slips: &mut Vec<&'static str>) -> Finding {
        let here = || self.trigger_type.parameters().filter(|parameter| parameter.life.has(self.version));
        let names = || here().filter(|one| one.from_metadata).flat_map(|one| one.names.iter().copied());
        let (word, suffix) = match key.strip_suffix("FromEnv") {
            Some(base) => (base, "FromEnv"),
            None => (key, ""),
        };
        let known = here().flat_map(|parameter| parameter.names.iter().copied());
        let slip = closest(word, known);
        slips.extend(slip);
        let help = match slip {
            Some(name) => format!("did you mean `{name}{suffix}`?"),
            None => format!("the parameters are: {}", names().collect::<Vec<_>>().join(", ")),
        };
        let message = format!("{} has no parameter `{key}`; KEDA would ignore it silently", self.name);
        on_key(finding("keda/unknown-parameter", path, message).help(help))
    }

    /// A parameter that stands in the metadata under its own name.
    fn check_given(&self, parameter: &Parameter, key: &str, value: &Value, path: &Path) -> Option<Finding> {
        let what = format!("`{key}` of {}", self.name);
        if let Some((code, message, help)) = parameter.life.problem(self.version, &what) {
            let help = if parameter.instead.is_empty() { help } else { parameter.instead.to_owned() };
            return Some(on_key(finding(code, path, message).help(help)));
        }
        if !parameter.from_metadata {
            let message = format!("{what} is not read from the metadata of the trigger");
            let help = parameter.where_from();
            return Some(on_key(finding("keda/env-only", path, message).help(help)));
        }
        let text = value.as_str().filter(|text| !text.trim().is_empty())?;
        let problem = parameter.kind.problem(text, self.version)?;
        Some(finding(problem.code, path, format!("`{key}`: {}", problem.message)).help(problem.help))
    }

    fn check_need(&self, parameter: &Parameter, findings: &mut Vec<Finding>) {
        let needed = match parameter.need {
            Need::Required => true,
            Need::Target => !self.in_formula,
            Need::Optional => false,
        };
        if needed && parameter.life.has(self.version) && self.state(parameter.names[0]) == State::Missing {
            let names = parameter.names.join("` or `");
            let message = format!("{} requires `{names}`", self.name);
            let help = format!("{}{}", parameter.example(), parameter.other_ways());
            findings.push(self.missing(message).help(help));
        }
    }

    /// Something required is not there.
    pub(super) fn missing(&self, message: impl Into<String>) -> Finding {
        finding("keda/missing-parameter", &self.path, message)
    }

    /// The last one that has the name, so that a table can refine what a shared block says.
    pub(super) fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.trigger_type.parameters().find(|parameter| parameter.names.contains(&name))
    }

    /// Where the parameter comes from, under any of its names.
    pub(super) fn state(&self, name: &str) -> State<'a> {
        let Some(parameter) = self.parameter(name) else { return State::Missing };
        let mut states = parameter.names.iter().map(|name| self.state_of(parameter, name));
        let first = states.next().unwrap_or(State::Missing);
        states.fold(first, |best, state| if best == State::Missing { state } else { best })
    }

    fn state_of(&self, parameter: &Parameter, name: &str) -> State<'a> {
        match self.metadata {
            Said::Unclear => return State::Unclear,
            Said::Nothing => {}
            Said::This(entries) => match entries.get(name).filter(|_| parameter.from_metadata) {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) if text.trim().is_empty() => {}
                Some(Value::String(text)) => return State::Here(text),
                Some(_) => return State::Unclear,
            },
        }
        if parameter.from_env {
            match self.metadata.known().and_then(|entries| entries.get(&format!("{name}FromEnv"))) {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) if text.trim().is_empty() => {}
                Some(Value::String(_)) => return State::Elsewhere,
                Some(_) => return State::Unclear,
            }
        }
        match self.authentication {
            _ if !parameter.from_authentication => State::Missing,
            Authentication::None => State::Missing,
            Authentication::Unseen => State::Unclear,
            Authentication::Seen(grants) if grants.parameters.contains(name) => State::Elsewhere,
            Authentication::Seen(grants) if grants.more => State::Unclear,
            Authentication::Seen(_) => State::Missing,
        }
    }

    pub(super) fn is_missing(&self, name: &str) -> bool {
        self.state(name) == State::Missing
    }

    /// Certainly given, from wherever.
    pub(super) fn is_given(&self, name: &str) -> bool {
        matches!(self.state(name), State::Here(_) | State::Elsewhere)
    }

    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        match self.state(name) {
            State::Here(text) => Some(text.trim()),
            _ => None,
        }
    }

    /// Certainly switched on.
    pub(super) fn is_on(&self, name: &str) -> bool {
        self.text(name).and_then(super::go_values::boolean) == Some(true)
    }

    /// The identity in whose name KEDA calls.
    pub(super) fn identity(&self) -> Identity {
        match self.authentication {
            Authentication::None => Identity::None,
            Authentication::Unseen => Identity::Unclear,
            Authentication::Seen(grants) => grants.identity.clone(),
        }
    }

    /// Two that are both given and exclude each other.
    pub(super) fn exclude(&self, first: &str, second: &str, why: &str, findings: &mut Vec<Finding>) {
        if self.is_given(first) && self.is_given(second) {
            let message = format!("{} takes `{first}` or `{second}`, not both: {why}", self.name);
            let help = format!("leave out `{first}` or `{second}`");
            findings.push(finding("keda/exclusive-parameters", &self.path.key(second), message).help(help));
        }
    }

    /// A rule that spans several parameters is broken.
    pub(super) fn disagree(&self, at: &str, message: impl Into<String>, help: impl Into<String>) -> Finding {
        finding("keda/parameters-disagree", &self.path.key(at), message).help(help)
    }

    fn check_activation(&self, findings: &mut Vec<Finding>) {
        for (activation, target) in self.trigger_type.activations {
            let number = |name| self.text(name).and_then(super::go_values::float);
            let (Some(wakes), Some(scales)) = (number(activation), number(target)) else { continue };
            if wakes >= scales && wakes > 0.0 && !self.in_formula {
                let message = format!(
                    "the workload wakes above {wakes}, and one replica is meant for {scales}: \
                     work up to {wakes} waits for ever while nothing runs"
                );
                let help = format!("give `{activation}` a value below `{target}`, or leave it out: 0 wakes at once");
                let path = self.path.key(activation);
                findings.push(finding("keda/activation-above-target", &path, message).help(help));
            }
        }
    }

    fn check_identity(&self, findings: &mut Vec<Finding>) {
        let Identity::Of(provider) = self.identity() else { return };
        let supported = self.trigger_type.identities;
        if supported.contains(&provider.as_str()) {
            return;
        }
        let message = format!("{} cannot use the pod identity `{provider}` of its authentication", self.name);
        let help = match supported {
            [] => format!("{} knows no pod identity: give its parameters in an authentication", self.name),
            some => format!("it can use {}", some.join(", ")),
        };
        findings.push(finding("keda/identity-not-supported", &self.at.key("authenticationRef"), message).help(help));
    }
}

pub(super) fn on_key(finding: Finding) -> Finding {
    Finding { on_key: true, ..finding }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::keda::triggers::{Known, known};
    use crate::value::Kind;

    fn with<T>(metadata: &[(&str, Value)], authentication: &Authentication, ask: impl Fn(&Trigger<'_>) -> T) -> T {
        let entries: Entries = metadata.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        let Known::Table(trigger_type) = known("rabbitmq") else { panic!("rabbitmq has a table") };
        let at = Path::field("spec").key("triggers").index(0);
        ask(&Trigger {
            trigger_type,
            name: "rabbitmq",
            metadata: Said::This(&entries),
            path: at.key("metadata"),
            at,
            metric_type: Said::Nothing,
            authentication,
            version: Version::DEFAULT,
            in_formula: false,
        })
    }

    #[test]
    fn a_parameter_comes_from_where_it_may() {
        let grants = |names: &[&str]| {
            let parameters = names.iter().map(|name| (*name).to_owned()).collect();
            Authentication::Seen(Grants { parameters, ..Grants::default() })
        };
        let text = |text: &str| Value::from(text);
        let cases = [
            ("queueName", vec![("queueName", text("orders"))], Authentication::None, State::Here("orders")),
            ("queueName", vec![("queueName", text(" "))], Authentication::Unseen, State::Missing),
            ("queueName", vec![("queueName", Value::Unknown(Kind::String))], Authentication::None, State::Unclear),
            ("queueName", vec![("queueNameFromEnv", text("QUEUE"))], Authentication::None, State::Missing),
            ("host", vec![("hostFromEnv", text("HOST"))], Authentication::None, State::Elsewhere),
            ("host", vec![], Authentication::Unseen, State::Unclear),
            ("host", vec![], grants(&["host"]), State::Elsewhere),
            ("host", vec![], grants(&["hosts"]), State::Missing),
            ("password", vec![("password", text("not read here"))], Authentication::None, State::Missing),
        ];
        for (name, metadata, authentication, expected) in cases {
            with(&metadata, &authentication, |trigger| {
                assert_eq!(trigger.state(name), expected, "{name} {metadata:?}")
            });
        }
    }

    #[test]
    fn one_slip_is_told_once() {
        let metadata = [("queuName", Value::from("orders")), ("hostFromEnv", Value::from("HOST"))];
        let codes = with(&metadata, &Authentication::None, |trigger| {
            trigger.check().into_iter().map(|finding| finding.code).collect::<Vec<_>>()
        });
        assert_eq!(codes, ["keda/unknown-parameter"]);
    }
}
