//! What an API server refuses, and what it fills in.
//!
//! The order a server does things in: refuse or drop fields no one knows ([`unknown_fields`], [`prune`]), fill in
//! defaults ([`default`]), check against the schema ([`check`]) and against what a schema cannot say
//! ([`check_built_in`]).

mod built_in;
mod check;
mod defaults;
mod names;
mod quantity;
mod unknown;

pub(in crate::simulator) use built_in::check_built_in;
pub(in crate::simulator) use check::check;
pub(in crate::simulator) use defaults::default;
pub(in crate::simulator) use quantity::Quantity;
pub(in crate::simulator) use unknown::{drop_empty, prune, unknown_fields};
