//! Keeps secrets out of everything that is printed, logs of libraries included.
//!
//! Values have no printable form of their own. This is for text we did not write:
//! a service may quote what it refuses, and a library may log what it sends.

use std::borrow::Cow;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;

/// Shorter ones would garble ordinary text, and protect nothing.
const SHORTEST: usize = 4;

#[derive(Clone, Default)]
pub(super) struct Redactor(Arc<RwLock<Vec<String>>>);

impl Redactor {
    /// Hides these texts from now on, also as JSON, URLs and base64 would write them.
    pub(super) fn hide(&self, secrets: impl IntoIterator<Item = String>) {
        let mut hidden = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for secret in secrets.into_iter().filter(|secret| secret.len() >= SHORTEST) {
            let json = serde_json::Value::from(secret.as_str()).to_string();
            let forms = [
                json.trim_matches('"').to_owned(),
                json.trim_matches('"').replace('\\', "\\\\"),
                url_encoded(&secret, "%20"),
                url_encoded(&secret, "+"),
                BASE64_STANDARD_NO_PAD.encode(&secret),
                secret,
            ];
            for form in forms {
                if !hidden.contains(&form) {
                    hidden.push(form);
                }
            }
        }
        // Longest first, so that one secret inside another does not leave half of it.
        hidden.sort_by_key(|form| std::cmp::Reverse(form.len()));
    }

    pub(super) fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let hidden = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut clean = Cow::Borrowed(text);
        for form in hidden.iter() {
            if clean.contains(form.as_str()) {
                clean = Cow::Owned(clean.replace(form.as_str(), "(secret)"));
            }
        }
        clean
    }
}

fn url_encoded(text: &str, space: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b' ' => space.to_owned(),
            byte if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_in_every_spelling() {
        let redactor = Redactor::default();
        redactor.hide(["hunter 2\"&".to_owned(), "abc".to_owned()]);
        let text = "a hunter 2\"& b hunter 2\\\"& c hunter%202%22%26 d hunter+2%22%26 e aHVudGVyIDIiJg abc";
        let clean = redactor.clean(text);
        assert_eq!(clean, "a (secret) b (secret) c (secret) d (secret) e (secret) abc");
    }
}
