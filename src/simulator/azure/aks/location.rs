//! What there is at a location: versions of Kubernetes.

use super::version;
use crate::simulator::azure::arm::{Arm, Asked, Outcome};
use crate::simulator::refusal::Refusal;

pub(super) fn versions(_: &mut Arm<'_>, _: &Asked) -> Result<Outcome, Refusal> {
    Ok(Outcome::new(200, version::told()))
}
