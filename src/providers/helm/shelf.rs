//! What was fetched before a plan and is needed to make it: charts, and what clusters can do. Shared by the types,
//! which only look, and the family, which fetches.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::sources::Loaded;
use super::template::Capabilities;

/// The fields of a spec that say which chart is meant, as they are written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wish {
    pub(super) chart: String,
    pub(super) repository: Option<String>,
    pub(super) version: Option<String>,
}

/// Cloning it gives another hand on the same shelf.
#[derive(Clone, Default)]
pub struct Shelf(Arc<Mutex<Things>>);

#[derive(Default)]
struct Things {
    charts: BTreeMap<Wish, Arc<Loaded>>,
    /// By what the cluster is known by.
    capabilities: BTreeMap<String, Arc<Capabilities>>,
}

impl Shelf {
    pub(super) fn chart(&self, wish: &Wish) -> Option<Arc<Loaded>> {
        self.with(|things| things.charts.get(wish).cloned())
    }

    pub(super) fn put_chart(&self, wish: Wish, loaded: Arc<Loaded>) {
        self.with(|things| things.charts.insert(wish, loaded));
    }

    pub(super) fn capabilities(&self, cluster: &str) -> Option<Arc<Capabilities>> {
        self.with(|things| things.capabilities.get(cluster).cloned())
    }

    pub(super) fn put_capabilities(&self, cluster: String, capabilities: Capabilities) {
        self.with(|things| things.capabilities.insert(cluster, Arc::new(capabilities)));
    }

    fn with<T>(&self, work: impl FnOnce(&mut Things) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
