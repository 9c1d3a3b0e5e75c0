//! What a refresh found.

use crate::provider::Observed;

/// What became of one object that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Observation {
    Present(Observed),
    Gone,
}
