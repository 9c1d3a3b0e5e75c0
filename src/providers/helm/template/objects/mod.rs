//! What templates are given beside values: the chart and its files, the release, and what the cluster can do.

mod capabilities;
mod chart;
mod files;
mod glob;

pub(crate) use capabilities::Capabilities;

pub(super) use capabilities::CapabilitiesObject;
pub(super) use chart::chart;
pub(super) use files::Files;
