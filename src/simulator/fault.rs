//! What goes wrong, as data: which calls, when, and how.

use std::time::Duration;

use regex::Regex;
use serde::Deserialize;

use super::world::{fraction, number};

/// A file of faults, in the order in which they are tried.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faults {
    #[serde(default)]
    faults: Vec<Fault>,
}

/// What goes wrong with some calls.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Written")]
pub struct Fault {
    /// Such as `eks:CreateCluster`; `*` stands for anything.
    operation: Regex,
    /// Only calls whose request has this text in it, such as an object's name.
    containing: Option<String>,
    /// Only this one of the calls that match, counted from 1.
    occurrence: Option<u64>,
    /// The share of the calls that match, in `0..=1`.
    rate: f64,
    pub kind: FaultKind,
}

/// Whether something goes wrong before a call has its effect, or after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    Before,
    After,
}

#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// The service says no.
    Refuse { status: u16, code: String, message: String },
    /// The service asks for fewer calls.
    Throttle,
    /// The service fails, with or without the call's effect.
    Unavailable { status: u16, moment: Moment },
    /// The call has its effect, and the connection ends before the answer comes.
    LostReply,
    /// The connection ends before the call has an effect.
    Reset,
    /// No answer ever comes.
    Hang { moment: Moment },
    /// The call takes so much longer.
    Slow { delay: Duration },
    /// What is made never gets ready.
    Stuck,
    /// What is made fails after a while.
    Failed,
}

/// What a fault makes of an object that is being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twist {
    /// It never gets ready.
    Stuck,
    /// It fails in the end.
    Failed,
}

/// A fault as people write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    operation: String,
    kind: String,
    containing: Option<String>,
    occurrence: Option<u64>,
    rate: Option<f64>,
    status: Option<u16>,
    code: Option<String>,
    message: Option<String>,
    effect: Option<Moment>,
    #[serde(default, with = "humantime_text")]
    delay: Option<Duration>,
}

mod humantime_text {
    use std::time::Duration;

    use serde::{Deserialize as _, Deserializer};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| humantime::parse_duration(&text).map_err(serde::de::Error::custom)).transpose()
    }
}

const KINDS: &str = "refuse, throttle, unavailable, lost_reply, reset, hang, slow, stuck, failed";

impl TryFrom<Written> for Fault {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let kind = kind(&written)?;
        if written.occurrence == Some(0) {
            return Err("`occurrence` counts from 1".to_owned());
        }
        if written.occurrence.is_some() && written.rate.is_some() {
            return Err("`occurrence` and `rate` exclude each other".to_owned());
        }
        let rate = written.rate.unwrap_or(1.0);
        if !(0.0..=1.0).contains(&rate) {
            return Err(format!("`rate` is a share from 0 to 1, not {rate}"));
        }
        let pattern = regex::escape(&written.operation).replace(r"\*", ".*");
        let operation = Regex::new(&format!("^(?i:{pattern})$")).map_err(|error| error.to_string())?;
        Ok(Self { operation, containing: written.containing, occurrence: written.occurrence, rate, kind })
    }
}

fn kind(written: &Written) -> Result<FaultKind, String> {
    let moment = written.effect.unwrap_or(Moment::Before);
    let unused = |taken: &[&str]| {
        let given = [
            ("status", written.status.is_some()),
            ("code", written.code.is_some()),
            ("message", written.message.is_some()),
            ("effect", written.effect.is_some()),
            ("delay", written.delay.is_some()),
        ];
        match given.iter().find(|(name, given)| *given && !taken.contains(name)) {
            Some((name, _)) => Err(format!("`{}` takes no `{name}`", written.kind)),
            None => Ok(()),
        }
    };
    let (kind, taken): (_, &[&str]) = match written.kind.as_str() {
        "refuse" => {
            let code = written.code.clone().ok_or("`refuse` needs a `code`, such as AccessDenied")?;
            let message = written.message.clone().unwrap_or_else(|| "a fault of the simulation".to_owned());
            (FaultKind::Refuse { status: written.status.unwrap_or(400), code, message }, &["status", "code", "message"])
        }
        "throttle" => (FaultKind::Throttle, &[]),
        "unavailable" => {
            (FaultKind::Unavailable { status: written.status.unwrap_or(503), moment }, &["status", "effect"])
        }
        "lost_reply" => (FaultKind::LostReply, &[]),
        "reset" => (FaultKind::Reset, &[]),
        "hang" => (FaultKind::Hang { moment }, &["effect"]),
        "slow" => {
            let delay = written.delay.ok_or("`slow` needs a `delay`, such as 10s")?;
            (FaultKind::Slow { delay }, &["delay"])
        }
        "stuck" => (FaultKind::Stuck, &[]),
        "failed" => (FaultKind::Failed, &[]),
        other => return Err(format!("there is no kind of fault `{other}`; there are {KINDS}")),
    };
    unused(taken)?;
    Ok(kind)
}

/// Why a file of faults cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct FaultsError(String);

impl Faults {
    /// Reads a file of faults, in YAML.
    ///
    /// # Errors
    /// With the place and what is wrong there.
    pub fn parse(text: &str) -> Result<Self, FaultsError> {
        serde_yaml::from_str(text).map_err(|error| FaultsError(error.to_string()))
    }

    /// A single fault in the calls of one operation.
    pub fn one(operation: &str, occurrence: u64, kind: FaultKind) -> Self {
        let pattern = format!("^{}$", regex::escape(operation));
        let fault = Regex::new(&pattern).map(|operation| Fault {
            operation,
            containing: None,
            occurrence: Some(occurrence),
            rate: 1.0,
            kind,
        });
        Self { faults: fault.into_iter().collect() }
    }
}

/// Faults, and how often each has been tried.
pub(super) struct Strikes {
    faults: Vec<(Fault, u64)>,
    seed: u64,
}

impl Strikes {
    pub(super) fn new(faults: Faults, seed: u64) -> Self {
        Self { faults: faults.faults.into_iter().map(|fault| (fault, 0)).collect(), seed }
    }

    /// The first fault that strikes a call, if any does, and its place. `text` is the request, for `containing`.
    pub(super) fn strike(&mut self, operation: &str, text: &str) -> Option<(usize, Fault)> {
        let mut struck = None;
        for (at, (fault, tried)) in self.faults.iter_mut().enumerate() {
            let matches = fault.operation.is_match(operation)
                && fault.containing.as_ref().is_none_or(|part| text.contains(part.as_str()));
            if !matches {
                continue;
            }
            // Every fault counts every call it is about, also those that another one strikes.
            *tried += 1;
            let chance = fraction(number(&[&self.seed.to_le_bytes(), &at.to_le_bytes(), &tried.to_le_bytes()]));
            let strikes = fault.occurrence.is_none_or(|occurrence| occurrence == *tried) && chance < fault.rate;
            if strikes && struck.is_none() {
                struck = Some((at, fault.clone()));
            }
        }
        struck
    }

    /// The call that a fault struck came to nothing by itself, so the fault is still to come.
    pub(super) fn take_back(&mut self, at: usize) {
        if let Some((_, tried)) = self.faults.get_mut(at) {
            *tried = tried.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn strikes(text: &str) -> Strikes {
        Strikes::new(Faults::parse(text).unwrap(), 1)
    }

    #[test]
    fn a_fault_strikes_the_calls_it_names() {
        let mut strikes = strikes(
            "faults:\n- { operation: 'eks:Create*', kind: throttle, occurrence: 2 }\n\
             - { operation: 'sqs:*', kind: lost_reply, containing: jobs }",
        );
        let mut struck = |operation: &str, text: &str| strikes.strike(operation, text).map(|(_, fault)| fault.kind);
        assert_eq!(struck("eks:CreateCluster", ""), None);
        assert_eq!(struck("eks:DescribeCluster", ""), None);
        assert_eq!(struck("eks:CreateNodegroup", ""), Some(FaultKind::Throttle));
        assert_eq!(struck("eks:CreateCluster", ""), None);
        assert_eq!(struck("sqs:CreateQueue", "failed"), None);
        assert_eq!(struck("sqs:CreateQueue", "the jobs"), Some(FaultKind::LostReply));
    }

    #[test]
    fn a_rate_is_kept() {
        let mut strikes = strikes("faults: [{ operation: '*', kind: throttle, rate: 0.15 }]");
        let struck = (0..10_000).filter(|_| strikes.strike("iam:GetRole", "").is_some()).count();
        assert!((1400..1600).contains(&struck), "{struck}");
    }

    #[test]
    fn a_wrong_file_is_explained() {
        let cases = [
            ("faults: [{ operation: x, kind: explode }]", "there is no kind of fault `explode`; there are refuse"),
            ("faults: [{ operation: x, kind: refuse }]", "`refuse` needs a `code`"),
            ("faults: [{ operation: x, kind: slow }]", "`slow` needs a `delay`"),
            ("faults: [{ operation: x, kind: slow, delay: soon }]", "expected number"),
            ("faults: [{ operation: x, kind: throttle, code: y }]", "`throttle` takes no `code`"),
            ("faults: [{ operation: x, kind: throttle, rate: 15 }]", "`rate` is a share from 0 to 1, not 15"),
            ("faults: [{ operation: x, kind: throttle, rate: 0.1, occurrence: 1 }]", "exclude each other"),
            ("faults: [{ operation: x, kind: throttle, occurrence: 0 }]", "counts from 1"),
            ("faults: [{ operation: x, kind: throttle, often: 1 }]", "unknown field `often`"),
            ("fault: []", "unknown field `fault`"),
        ];
        for (text, expected) in cases {
            let error = Faults::parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in r"faults: \[?[a-z_{}:,'*0-9. ]{0,60}") {
            let _ = Faults::parse(&text);
        }
    }
}
