//! What a refresh found.

use crate::provider::Observed;

/// What became of one object that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Observation {
    Present(Observed),
    Gone,
}

impl Observation {
    pub fn present(&self) -> Option<&Observed> {
        match self {
            Observation::Present(observed) => Some(observed),
            Observation::Gone => None,
        }
    }
}
