//! What templates ask a cluster.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// One object, or with an empty name all of a kind; with an empty namespace those of no namespace, or of all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lookup {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

/// What is known of a cluster. What is not in here is answered as absent, and noted.
pub(crate) type Lookups = BTreeMap<Lookup, Json>;
