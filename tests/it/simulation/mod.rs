//! Whole runs in simulated clouds: the production code down to its bytes, and time that takes no time.

mod clients;
mod clusters;
mod convergence;
mod generated;
mod interruption;
mod life;
mod multicloud;
pub mod picture;
mod releases;
mod schedule;
mod weather;
