//! How an API server spells what we wrote: `1000m` for `1`, nothing at all for `false`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::pairs::pair;
use super::{given_away, is_secret, with_text};
use crate::providers::kubernetes::managed;
use crate::providers::kubernetes::place::Place;
use crate::value::Value;

/// What was there in place of what we applied, right after we applied it: by place, the digest of what was
/// there. While it is still there, nobody changed it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub(in crate::providers) struct Normal(BTreeMap<String, String>);

/// Stands for a value that is not there.
const ABSENT: &str = "absent";

impl Normal {
    /// Compares what was applied with the answer to it.
    ///
    /// Nothing is kept of what someone else keeps, which is no spelling of ours, nor of a Secret's data: a digest
    /// would tell what it is to whoever guesses.
    pub(in crate::providers) fn of(applied: &Json, live: &Json) -> Self {
        let (secret, scaled) = (is_secret(applied), managed::is_scaled(live));
        let live = if secret { with_text(live, applied) } else { live.clone() };
        let mut spelled = BTreeMap::new();
        pair(&live, applied, &mut |at, live, applied| {
            let text = at.to_string();
            let hidden = secret && (text.starts_with("data") || text.starts_with("stringData"));
            if !is_same(live, applied) && !hidden && !given_away(at, live, applied, scaled) {
                spelled.insert(text, digest(live));
            }
            live.cloned()
        });
        Self(spelled)
    }

    /// Whether what is there is what was there right after we applied.
    pub(super) fn knows(&self, at: &Place, live: Option<&Json>) -> bool {
        self.0.get(&at.to_string()).is_some_and(|kept| *kept == digest(live))
    }

    pub(in crate::providers) fn entries(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

impl From<BTreeMap<String, String>> for Normal {
    fn from(entries: BTreeMap<String, String>) -> Self {
        Self(entries)
    }
}

/// Whether a leaf shows what was applied, in whatever form. An empty map asks for nothing inside it.
pub(super) fn is_same(live: Option<&Json>, applied: Option<&Json>) -> bool {
    let Some(applied) = applied else {
        return live.is_none();
    };
    match (live, applied) {
        (Some(Json::Object(_)), Json::Object(fields)) => fields.is_empty(),
        // `1.0` is `1`; but two whole numbers may be one as floats.
        (Some(Json::Number(live)), Json::Number(applied)) => {
            live == applied || (live.is_f64() != applied.is_f64() && live.as_f64() == applied.as_f64())
        }
        // Nothing was asked for, whatever there is.
        (_, Json::Null) => true,
        (live, applied) => live == Some(applied),
    }
}

fn digest(live: Option<&Json>) -> String {
    let Some(live) = live else {
        return ABSENT.to_owned();
    };
    // A value's maps are in order, whatever the order in which they came.
    let canonical = Value::from(live.clone()).to_json().to_string();
    Sha256::digest(canonical).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Base64 as API servers read it, line breaks and all.
pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    let packed: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    STANDARD.decode(packed).ok()
}
