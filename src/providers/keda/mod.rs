//! KEDA's types, as far as they can be judged without a cluster.
//!
//! [`check`] judges one object by itself, [`check_together`] all objects that a stack defines on one
//! cluster. Both follow KEDA's definitions, its admission webhook and the parsers of its scalers, for the
//! version that the object names. What is not known before apply satisfies everything.

mod annotations;
mod authentication;
mod authentication_forms;
mod codes;
mod form;
mod forms;
mod formula;
mod go_values;
mod modifiers;
mod said;
mod scaled_job;
mod scaled_object;
mod schedule;
mod together;
mod trigger;
mod triggers;
mod triggers_of_spec;
mod types;
mod version;

pub use codes::{CODES, Code};
pub use together::{Body, Object, check_together};
pub(crate) use types::{look, types};

use self::codes::finding;
use self::said::{Entries, Said};
use self::version::{FIRST, LAST, Version};
use crate::provider::Finding;
use crate::value::{Attributes, Path, Segment};

/// The types that KEDA adds to a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    ScaledObject,
    ScaledJob,
    TriggerAuthentication,
    ClusterTriggerAuthentication,
}

impl Kind {
    pub const ALL: [Kind; 4] =
        [Kind::ScaledObject, Kind::ScaledJob, Kind::TriggerAuthentication, Kind::ClusterTriggerAuthentication];

    /// As Kubernetes names it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::ScaledObject => "ScaledObject",
            Kind::ScaledJob => "ScaledJob",
            Kind::TriggerAuthentication => "TriggerAuthentication",
            Kind::ClusterTriggerAuthentication => "ClusterTriggerAuthentication",
        }
    }

    fn members(self) -> &'static [form::Member] {
        match self {
            Kind::ScaledObject => forms::SCALED_OBJECT,
            Kind::ScaledJob => forms::SCALED_JOB,
            Kind::TriggerAuthentication | Kind::ClusterTriggerAuthentication => authentication_forms::AUTHENTICATION,
        }
    }
}

/// What is wrong with one object of KEDA's by itself.
///
/// `fields` are those of the resource in a stack, in their normal form: `name`, `labels`, `annotations`,
/// `keda_version`, and KEDA's own `spec`. The paths of the findings begin in them.
pub fn check(kind: Kind, fields: &Attributes) -> Vec<Finding> {
    let version = match Version::of(fields.get("keda_version")) {
        Ok(version) => version,
        Err(message) => {
            let help = format!("write one from \"2.{FIRST}\" to \"2.{LAST}\", in quotes");
            return vec![finding("keda/bad-version", &Path::field("keda_version"), message).help(help)];
        }
    };
    let mut findings = annotations::check(kind, fields, version);
    let Said::This(spec) = said::map(fields, "spec") else {
        return findings;
    };
    let told = form::check_members(kind.members(), spec, &Path::field("spec"), version);
    findings.extend(told.into_iter().map(|finding| explained(kind, spec, finding)));
    findings.extend(match kind {
        Kind::ScaledObject => scaled_object::check(fields, spec, version),
        Kind::ScaledJob => scaled_job::check(spec, version),
        Kind::TriggerAuthentication | Kind::ClusterTriggerAuthentication => authentication::check(kind, spec, version),
    });
    findings
}

/// With a better way out where an unknown field would be fine at another place.
fn explained(kind: Kind, spec: &Entries, finding: Finding) -> Finding {
    let (others, help) = match kind {
        Kind::ScaledObject => (forms::SCALED_JOB, "only a ScaledJob has it, which makes a Job for each piece of work"),
        Kind::ScaledJob => {
            (forms::SCALED_OBJECT, "only a ScaledObject has it: the pods of a ScaledJob end by themselves")
        }
        Kind::TriggerAuthentication | Kind::ClusterTriggerAuthentication => return finding,
    };
    let help = match finding.path.segments() {
        _ if finding.code != "keda/unknown-field" => None,
        [_, Segment::Key(name)] => others.iter().any(|other| other.name == name).then_some(help),
        [_, _, Segment::Index(index), Segment::Key(name)] => {
            triggers_of_spec::has_parameter(spec, *index, name).then_some("move it under `metadata`")
        }
        _ => None,
    };
    match help {
        Some(help) => finding.help(help),
        None => finding,
    }
}

/// The version an object is checked for; the default where it names none or a wrong one.
fn version_of(fields: &Entries) -> Version {
    Version::of(fields.get("keda_version")).unwrap_or(Version::DEFAULT)
}
