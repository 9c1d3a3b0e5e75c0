//! The engine over a scripted provider.

mod changes;
mod convergence;
mod data;
mod failures;
mod ownership;
