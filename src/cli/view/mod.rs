//! Data to text: what a person, a log or a program gets to see.
//!
//! Everything here turns values into text; only [`live`], [`event_lines`] and
//! [`json`]'s writer hold a place to write to. Nothing reads arguments, the
//! environment or the terminal: what they say comes in as a [`Style`].

pub mod diagnostics;
pub mod drift;
pub mod event_lines;
pub mod graph;
pub mod json;
pub mod live;
pub mod outputs;
pub mod plan;
#[cfg(test)]
mod sample;
pub mod schema;
pub mod state;
mod step_words;
pub mod style;
mod summary_lines;
mod text;
mod values;

pub use style::{Role, Style};
