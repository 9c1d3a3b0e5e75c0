//! KEDA, while it is installed: its definitions are there, and its operator runs.
//!
//! Queues are empty here: no trigger is ever active, unless an annotation forces it.

mod authentication;
mod autoscaler;
mod conditions;
mod operator;
mod scaled_job;
mod scaled_object;
mod trigger;

use super::object::Kind;
pub(super) use authentication::{look as authentication, look_cluster as cluster_authentication};
pub(super) use operator::{is_running, look as operator, notice};
pub(super) use scaled_job::look as scaled_job;
pub(super) use scaled_object::look as scaled_object;

const fn kind(resource: &'static str, kind: &'static str) -> Kind {
    Kind { group: "keda.sh", version: "v1alpha1", resource, kind }
}

pub(super) const SCALED_OBJECT: Kind = kind("scaledobjects", "ScaledObject");
pub(super) const SCALED_JOB: Kind = kind("scaledjobs", "ScaledJob");
pub(super) const AUTHENTICATION: Kind = kind("triggerauthentications", "TriggerAuthentication");
pub(super) const CLUSTER_AUTHENTICATION: Kind = kind("clustertriggerauthentications", "ClusterTriggerAuthentication");

/// On everything that only the operator may let go.
const FINALIZER: &str = "finalizer.keda.sh";
