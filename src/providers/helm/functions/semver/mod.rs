//! Versions and what is asked of them, as Masterminds/semver has them, which Helm uses for charts, for Kubernetes and
//! in templates.

mod constraint;
mod functions;
mod version;

pub(crate) use constraint::Constraint;
pub(super) use functions::FUNCTIONS;
pub(crate) use version::Version;
