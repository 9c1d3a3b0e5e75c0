//! What may be written in a stack: for people in the terminal, for editors as JSON Schema.

mod explain;
mod field_type;
mod stack_file;

pub use explain::{explain, list};
pub use stack_file::json_schema;

use std::time::Duration;

use super::text::about;

/// Whole seconds as a stack would write them.
fn duration(seconds: i64) -> String {
    const DAY: i64 = 86_400;
    match u64::try_from(seconds) {
        Ok(_) if seconds > DAY && seconds % DAY == 0 => format!("{}d", seconds / DAY),
        Ok(seconds) => about(Duration::from_secs(seconds)),
        Err(_) => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod sample;
