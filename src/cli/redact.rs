//! Keeps secrets out of everything that is printed, logs of libraries included.
//!
//! Values have no printable form of their own. This is for text we did not write:
//! a service may quote what it refuses, and a library may log what it sends.

use std::borrow::Cow;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};

use crate::engine::Event;

/// Shorter ones would garble ordinary text, and protect nothing.
const SHORTEST: usize = 4;

#[derive(Clone, Default)]
pub(super) struct Redactor(Arc<RwLock<Vec<String>>>);

impl Redactor {
    /// Hides these texts from now on, also as JSON, URLs and base64 would write them.
    pub(super) fn hide(&self, secrets: impl IntoIterator<Item = String>) {
        let mut hidden = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for secret in secrets.into_iter().filter(|secret| secret.len() >= SHORTEST) {
            let json = in_json(&secret);
            let debug = format!("{secret:?}");
            let forms = [
                in_json(&json),
                debug[1..debug.len() - 1].to_owned(),
                in_xml(&secret, "&apos;", "&quot;"),
                in_xml(&secret, "&#39;", "&#34;"),
                in_xml(&secret, "'", "\""),
                secret.split_whitespace().collect::<Vec<_>>().join(" "),
                url_encoded(&secret, "%20"),
                url_encoded(&secret, "+"),
                BASE64_STANDARD_NO_PAD.encode(&secret),
                BASE64_URL_SAFE_NO_PAD.encode(&secret),
                json,
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

    /// Everything in an event that a service may have written.
    pub(super) fn clean_event(&self, mut event: Event) -> Event {
        match &mut event {
            Event::Recovered { outcome: text, .. }
            | Event::StepProgress { message: text, .. }
            | Event::StepInterrupted { waiting_for: text, .. }
            | Event::StepRetried { error: text, .. } => self.clean_string(text),
            Event::StepFailed { error, hint, .. } => {
                self.clean_string(error);
                hint.iter_mut().for_each(|hint| self.clean_string(hint));
            }
            _ => {}
        }
        event
    }

    /// Before it is written as JSON, and so before anything in it is escaped.
    pub(super) fn clean_json(&self, json: &mut serde_json::Value) {
        match json {
            serde_json::Value::String(text) => self.clean_string(text),
            serde_json::Value::Array(items) => items.iter_mut().for_each(|item| self.clean_json(item)),
            serde_json::Value::Object(fields) => fields.values_mut().for_each(|field| self.clean_json(field)),
            _ => {}
        }
    }

    pub(super) fn clean_string(&self, text: &mut String) {
        if let Cow::Owned(clean) = self.clean(text) {
            *text = clean;
        }
    }

    pub(super) fn hides_nothing(&self) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// To be done before a text is broken into lines.
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

/// Without the quotes around it.
fn in_json(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    json[1..json.len() - 1].to_owned()
}

fn in_xml(text: &str, apostrophe: &str, quote: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped.replace('\'', apostrophe).replace('"', quote)
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

    #[test]
    fn a_secret_is_hidden_in_a_notation_within_another() {
        let secret = "a\\b\"c<d>\n  e\"";
        let redactor = Redactor::default();
        redactor.hide([secret.to_owned()]);
        let once = serde_json::Value::from(secret).to_string();
        let twice = serde_json::Value::from(once.as_str()).to_string();
        let spelled = [
            once,
            twice,
            format!("{secret:?}"),
            "a\\b&quot;c&lt;d&gt;\n  e&quot;".to_owned(),
            "a\\b\"c<d> e\"".to_owned(),
        ];
        for text in spelled {
            let clean = redactor.clean(&text);
            assert!(clean.contains("(secret)"), "{clean}");
            assert!(!clean.replace("(secret)", "").contains(['b', 'c', 'd']), "{clean}");
        }
    }
}
