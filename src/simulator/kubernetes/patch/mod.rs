//! The three kinds of patches: a list of operations, a partial object, and a partial object that knows what
//! lists are made of.

mod json;
mod merge;
mod strategic;

pub(in crate::simulator) use json::json;
pub(in crate::simulator) use merge::merge;
pub(in crate::simulator) use strategic::strategic;
