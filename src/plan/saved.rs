//! A plan in a file, to be applied later, by someone else or by a pipeline.
//!
//! What is saved is everything the plan was made from, secrets excepted: planning
//! is deterministic, so the same plan is made again, and a digest shows that it is
//! the same. Secret variables are given anew, and checked against their hashes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::secrecy::seal_seen;
use super::{Change, Mode, Observation, Plan, Request};
use crate::address::{Address, StackName};
use crate::provider::{Condition, Observed, Ownership};
use crate::stack::{Assignment, Given as GivenValue, Stack};
use crate::state::{Record, State};
use crate::value::{Attributes, SealKey, Value};

/// Version of the form of saved plans.
const FORMAT: u32 = 1;

/// The plan of one stack, as a file holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedPlan {
    /// First, so that a file can be told from a stack.
    pub tidegate_plan: u32,
    pub tidegate: String,
    pub stack: StackName,
    pub mode: Mode,
    pub request: Request,
    pub lineage: String,
    pub serial: u64,
    /// In seconds since 1970.
    pub now_s: u64,
    /// The stack file, by name and text; none when only the state was planned.
    pub source: Option<SavedSource>,
    observations: BTreeMap<Address, SavedObservation>,
    /// A digest of every record, to tell what differs when the state has moved on.
    recorded: BTreeMap<Address, String>,
    /// Of the changes and steps.
    digest: String,
    /// A keyed hash of everything above: not all of it shows in the changes and steps.
    seal: String,
}

/// A stack file, and what it was given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedSource {
    pub name: String,
    pub text: String,
    pub name_override: Option<StackName>,
    pub variables: BTreeMap<String, Value>,
    /// Hashes of the secret variables.
    secrets: BTreeMap<String, String>,
    /// What `file(…)` read.
    pub files: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum SavedObservation {
    Gone,
    Present {
        attributes: Attributes,
        ownership: Ownership,
        marks: Option<String>,
        #[serde(default)]
        condition: Condition,
    },
}

/// Why a saved plan cannot be applied.
#[derive(Debug, thiserror::Error)]
pub enum SavedPlanError {
    #[error("the saved plan cannot be read: {0}")]
    Unreadable(String),
    #[error("the saved plan has format {found}, this version reads {FORMAT}")]
    Format { found: u32 },
    #[error("the plan was made from another state of `{stack}`")]
    Lineage { stack: StackName },
    #[error("the state has moved on since the plan was made: {differs}")]
    Moved { differs: String },
    #[error("the secret variable `{name}` is not what it was when the plan was made")]
    Secret { name: String },
    #[error("the saved plan was changed after it was made")]
    Edited,
    #[error("this version of Tidegate would plan something else")]
    Digest,
}

impl SavedPlanError {
    pub fn hint(&self) -> &'static str {
        match self {
            SavedPlanError::Secret { .. } => "give the same value as for `tidegate plan`, or plan again",
            SavedPlanError::Format { .. } | SavedPlanError::Digest => {
                "apply it with the version that made it, or plan again"
            }
            SavedPlanError::Lineage { .. } => "name the right folder with --state-dir, or plan again",
            _ => "make a new one with `tidegate plan --out`",
        }
    }
}

/// What a plan was made from, for saving.
pub struct Saving<'a> {
    pub plan: &'a Plan,
    pub state: &'a State,
    pub request: &'a Request,
    pub observations: &'a BTreeMap<Address, Observation>,
    pub now_s: u64,
    pub stack: Option<&'a Stack>,
    pub source: Option<SavedSource>,
}

impl SavedSource {
    pub fn new(name: String, text: String, name_override: Option<StackName>) -> Self {
        Self { name, text, name_override, variables: BTreeMap::new(), secrets: BTreeMap::new(), files: BTreeMap::new() }
    }

    /// The variables as assignments, ahead of those given now.
    pub fn assignments(&self) -> Vec<Assignment> {
        let assignment = |(name, value): (&String, &Value)| Assignment {
            name: name.clone(),
            value: GivenValue::Value(value.clone()),
            origin: "the saved plan".to_owned(),
            must_exist: true,
        };
        self.variables.iter().map(assignment).collect()
    }

    /// The names of the secret variables, which are not in the file.
    pub fn secret_names(&self) -> impl Iterator<Item = &str> {
        self.secrets.keys().map(String::as_str)
    }
}

impl SavedPlan {
    pub fn new(saving: Saving<'_>) -> Self {
        let key = &saving.state.seal_key;
        let source = saving.source.map(|mut source| {
            for (name, value) in saving.stack.iter().flat_map(|stack| stack.variables()) {
                match value.has_secret() {
                    true => source.secrets.insert(name.clone(), hash(value, key)),
                    false => source.variables.insert(name.clone(), value.clone()).map(|_| String::new()),
                };
            }
            source
        });
        let saved = Self {
            tidegate_plan: FORMAT,
            tidegate: env!("CARGO_PKG_VERSION").to_owned(),
            stack: saving.plan.stack.clone(),
            mode: saving.plan.mode,
            request: saving.request.clone(),
            lineage: saving.plan.lineage.clone(),
            serial: saving.plan.serial,
            now_s: saving.now_s,
            source,
            observations: sealed_observations(saving.observations, saving.state, saving.plan),
            recorded: record_digests(saving.state),
            digest: digest(saving.plan),
            seal: String::new(),
        };
        Self { seal: saved.seal(key), ..saved }
    }

    fn seal(&self, key: &SealKey) -> String {
        key.hash(&Value::from(Self { seal: String::new(), ..self.clone() }.to_text()))
    }

    /// Whether a text is a saved plan rather than a stack.
    pub fn is_one(text: &str) -> bool {
        text.trim_start().strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with("\"tidegate_plan\""))
    }

    /// # Errors
    /// When the text is no saved plan of this format.
    pub fn parse(text: &str) -> Result<Self, SavedPlanError> {
        #[derive(Deserialize)]
        struct Version {
            tidegate_plan: u32,
        }
        let unreadable = |error: serde_json::Error| SavedPlanError::Unreadable(error.to_string());
        let version: Version = serde_json::from_str(text).map_err(unreadable)?;
        if version.tidegate_plan != FORMAT {
            return Err(SavedPlanError::Format { found: version.tidegate_plan });
        }
        serde_json::from_str(text).map_err(unreadable)
    }

    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|error| unreachable!("a plan has string keys only: {error}"))
    }

    /// Refuses a state that is not the one the plan was made from, and a plan that is not as it was saved.
    ///
    /// # Errors
    /// What differs.
    pub fn check_state(&self, state: &State) -> Result<(), SavedPlanError> {
        if self.lineage != state.lineage {
            return Err(SavedPlanError::Lineage { stack: self.stack.clone() });
        }
        if self.seal != self.seal(&state.seal_key) {
            return Err(SavedPlanError::Edited);
        }
        if self.serial == state.serial {
            return Ok(());
        }
        let now = record_digests(state);
        let mut differs = Vec::new();
        for address in self.recorded.keys().filter(|address| !now.contains_key(address)) {
            differs.push(format!("`{address}` is gone"));
        }
        for (address, digest) in &now {
            match self.recorded.get(address) {
                None => differs.push(format!("`{address}` is new")),
                Some(then) if then != digest => differs.push(format!("`{address}` was changed")),
                Some(_) => {}
            }
        }
        if differs.is_empty() {
            differs.push(format!("serial {} then, {} now", self.serial, state.serial));
        }
        Err(SavedPlanError::Moved { differs: differs.join(", ") })
    }

    /// Refuses secret variables that are not those the plan was made with.
    ///
    /// # Errors
    /// The first one that differs.
    pub fn check_secrets(&self, stack: &Stack, key: &SealKey) -> Result<(), SavedPlanError> {
        let secrets = self.source.iter().flat_map(|source| &source.secrets);
        for (name, then) in secrets {
            if stack.variables().get(name).is_none_or(|value| hash(value, key) != *then) {
                return Err(SavedPlanError::Secret { name: name.clone() });
            }
        }
        Ok(())
    }

    /// Refuses a plan that is not the one that was saved.
    ///
    /// # Errors
    /// When it differs in anything that was shown.
    pub fn check_plan(&self, plan: &Plan) -> Result<(), SavedPlanError> {
        if digest(plan) == self.digest { Ok(()) } else { Err(SavedPlanError::Digest) }
    }

    pub fn observations(&self) -> BTreeMap<Address, Observation> {
        let observation = |saved: &SavedObservation| match saved.clone() {
            SavedObservation::Gone => Observation::Gone,
            SavedObservation::Present { attributes, ownership, marks, condition } => {
                Observation::Present(Observed { attributes, ownership, marks, condition })
            }
        };
        self.observations.iter().map(|(address, saved)| (address.clone(), observation(saved))).collect()
    }
}

fn hash(value: &Value, key: &SealKey) -> String {
    match value.clone().seal(key) {
        Value::Secret(secret) => secret.hash().unwrap_or_default().to_owned(),
        other => key.hash(&other),
    }
}

/// Observations without anything secret in them; the plan made from them is the same.
fn sealed_observations(
    observations: &BTreeMap<Address, Observation>,
    state: &State,
    plan: &Plan,
) -> BTreeMap<Address, SavedObservation> {
    let none = Attributes::new();
    let seal = |(address, observation): (&Address, &Observation)| {
        let saved = match observation {
            Observation::Gone => SavedObservation::Gone,
            Observation::Present(observed) => {
                let record = state.resources.get(address).map_or(&none, |record: &Record| &record.attributes);
                let of = |change: &&Change| change.address == *address || change.moved_from.as_ref() == Some(address);
                let after = plan.changes.values().find(of).and_then(|change| change.after.as_ref()).unwrap_or(&none);
                SavedObservation::Present {
                    attributes: seal_seen(observed.attributes.clone(), &[record, after], &state.seal_key),
                    ownership: observed.ownership,
                    marks: observed.marks.clone(),
                    condition: observed.condition.clone(),
                }
            }
        };
        (address.clone(), saved)
    };
    observations.iter().map(seal).collect()
}

fn record_digests(state: &State) -> BTreeMap<Address, String> {
    let digest_of = |record: &Record| sha256(&serde_json::to_string(record).unwrap_or_default());
    state.resources.iter().map(|(address, record)| (address.clone(), digest_of(record))).collect()
}

/// Of everything a plan shows and does. `Debug` of values shows no secret, and their hashes are in the JSON.
fn digest(plan: &Plan) -> String {
    let mut text = String::new();
    for change in plan.changes.values() {
        let after = serde_json::to_string(&change.after).unwrap_or_default();
        text.push_str(&format!("{:?} {after}\n", change));
    }
    for step in plan.steps.node_weights() {
        text.push_str(&format!("{step:?}\n"));
    }
    for edge in plan.steps.raw_edges() {
        text.push_str(&format!("{} {}\n", edge.source().index(), edge.target().index()));
    }
    text.push_str(&format!("{:?} {:?}", plan.outputs, plan.bookkeeping));
    sha256(&text)
}

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_panics(text in r#"\{?"?[a-z_":{}\[\]0-9, ]{0,80}"#) {
            let _ = SavedPlan::is_one(&text);
            prop_assert!(SavedPlan::parse(&text).is_err());
        }
    }
}
