//! Renders templates as Helm does, which is as Go's `text/template` does: [`syntax`] reads them, [`execute`] carries
//! them out with the functions of [`builtins`] and `super::functions`, [`objects`] are what they are given beside
//! values, and [`render`] is the way in. Errors tell where in which file of which chart they happened, and how the
//! place was reached; [`limits`] end what would go on for ever.

mod builtins;
mod error;
mod execute;
#[cfg(test)]
mod expectations;
mod format;
mod limits;
mod lookup;
mod nesting;
mod objects;
pub(crate) mod print;
mod render;
mod syntax;
mod truth;
pub(crate) mod value;

pub(crate) use format::quoted;
pub(crate) use limits::Limits;
pub(crate) use lookup::{Lookup, Lookups};
pub(crate) use nesting::check_depth;
pub(crate) use objects::Capabilities;
pub(crate) use print::type_name;
pub(crate) use render::{ReleaseFacts, Rendering, render};
pub(crate) use truth::is_true;

pub(crate) use value::{Element, List, Map, Object, Value};

/// Why a template cannot go on, in words as Go or sprig has them; the place is added on the way up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(pub(crate) String);

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// What a function may ask of the world. Everything here is decided before a template is rendered,
/// so that the same rendering gives the same text.
pub(crate) trait Surroundings {
    /// Fills with random bytes, and has it noted that the text depends on them.
    fn random(&self, bytes: &mut [u8]);

    /// Now, in whole seconds and nanoseconds since 1970; noted likewise.
    fn now(&self) -> std::time::Duration;
}

/// A function of templates.
#[derive(Clone, Copy)]
pub(crate) struct Function {
    pub(crate) call: fn(&dyn Surroundings, &[Value]) -> Result<Value, Failure>,
    /// How few and how many arguments it takes; `None` for any number.
    pub(crate) least: usize,
    pub(crate) most: Option<usize>,
}
