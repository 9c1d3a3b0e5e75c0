//!
//! | file               | knows                                                         |
//! |--------------------|---------------------------------------------------------------|
//! | `local_file`       | when to read and write which file of a stack                  |
//! | `assemble`         | how a snapshot and a journal make a state                     |
//! | `snapshot`         | the text of `<stack>.json`                                    |
//! | `journal`          | the lines of `<stack>.journal`                                |
//! | `journal_file`     | how lines get to the end of a file, whole or not at all       |
//! | `files`            | the names, and the system calls that make a change last       |
//! | `lock`             | who may write                                                 |
//! | `flaw`             | what can be wrong with the files, and what to do about it     |

mod assemble;
mod files;
mod flaw;
mod journal;
mod journal_file;
mod local_file;
mod lock;
mod snapshot;

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod failure_tests;
#[cfg(test)]
mod samples;

pub use local_file::{LocalFileStore, stacks};
