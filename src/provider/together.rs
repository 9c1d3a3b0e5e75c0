//! What a family sees only when it looks at the resources of a stack side by side: which needs which
//! although neither says so, and what is wrong between them.

use std::collections::BTreeMap;

use super::{Finding, ResourceType};
use crate::address::Address;
use crate::value::Attributes;

/// One resource of a stack, as far as it is known when the stack is loaded.
pub struct Declared<'a> {
    pub address: &'a Address,
    pub resource_type: &'a dyn ResourceType,
    /// The spec in its normal form, and the outputs that can be told; the rest is unknown.
    pub attributes: &'a Attributes,
    /// How the top fields of the spec are written, those of which a part is unknown. Where two are
    /// written alike, they will be alike.
    pub written: BTreeMap<&'a str, String>,
}

/// What a family says of them.
#[derive(Default)]
pub struct Together {
    /// By the place of the resource in the given order.
    pub findings: Vec<(usize, Finding)>,
    /// The first is to be made after the second, and to go before it.
    pub dependencies: Vec<(usize, usize)>,
}
