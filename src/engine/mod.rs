//! Does what a plan says. Async; talks only to contracts.

mod event;

pub use event::{Event, Observer, Phase};
