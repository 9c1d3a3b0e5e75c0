//! Carries templates out.

mod callee;
mod calls;
mod engine;
mod engine_calls;
mod fields;
mod pipeline;
mod set;
mod walk;

pub(super) use callee::Callee;
pub(super) use engine::{Engine, parse};
pub(super) use engine_calls::without_no_value;
pub(super) use set::TemplateSet;

use super::error::RenderError;
use super::value::Value;

/// Boxed, since it is large and rare.
pub(super) type Executed<T> = Result<T, Box<RenderError>>;

/// A value, and whether Go would still know it as an `interface {}`: that decides whether a field of nil is nil
/// again or an error, and which type an error names.
#[derive(Clone)]
struct Held {
    value: Value,
    boxed: bool,
}

impl Held {
    fn plain(value: Value) -> Self {
        Self { value, boxed: false }
    }

    fn type_name(&self) -> &str {
        if self.boxed { "interface {}" } else { super::print::type_name(&self.value) }
    }
}
