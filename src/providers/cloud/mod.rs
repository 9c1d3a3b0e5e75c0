//! What clouds have in common: how their APIs are called and waited for, and how made objects are marked.
//!
//! Knows no cloud: a family says how its own wants to be called, and makes the calls.
#![cfg_attr(
    not(all(feature = "aws", feature = "azure")),
    expect(dead_code, unused_imports, reason = "not every cloud needs all of it")
)]

mod calls;
mod door;
mod marks;
mod wire;

pub use calls::Jitter;
pub(crate) use calls::{Calls, Explain, Manners, Pace, random_jitter};
pub(crate) use door::CloudDoor;
pub(crate) use marks::{ADDRESS, LONGEST_VALUE, MARKS, Marks, STACK, TagChanges, Tags, changes, marks, users, wanted};
pub(crate) use wire::{Client, Wire};
