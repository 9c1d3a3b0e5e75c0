//! Helm releases without helm: charts from where they are published, rendered as Helm renders them, installed
//! and recorded as Helm does, so that helm reads and changes what was made here, and the other way round.
//!
//! Pure: `chart`, `values`, `yaml`, `template`, `functions`, `manifest` and `release`. At the edges:
//! `sources` fetches charts, `operation` changes clusters.

mod chart;
mod door;
mod family;
mod functions;
mod manifest;
mod offline;
mod operation;
mod release;
mod rendering;
mod resource;
mod seen;
mod settings;
mod shelf;
pub mod sources;
mod surroundings;
mod template;
mod values;
mod yaml;

pub use family::{HelmFamily, Supply};
pub use offline::{OfflineChart, OfflineError, OfflineRelease, render};
pub use shelf::Shelf;
