//! Where states are kept: in a folder of files, or in memory.
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
//! | `memory`           | a store without files                                         |
//! | `group_commit`     | a thread that writes what is queued, all at once              |

mod assemble;
mod files;
mod flaw;
mod group_commit;
mod journal;
mod journal_file;
mod local_file;
mod lock;
mod memory;
mod snapshot;

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod failure_tests;
#[cfg(test)]
mod samples;

pub use group_commit::Journal;
pub use local_file::{LocalFileStore, stacks};
pub use memory::MemoryStore;
