//! What a kind's file asks an object for.

use serde_json::Value as Json;

use super::{Readiness, Related, pods};

/// An object, read for its status.
pub(super) struct Status<'a> {
    pub(super) object: &'a Json,
}

/// One of its conditions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Condition<'a>(&'a Json);

impl<'a> Condition<'a> {
    fn text(self, key: &str) -> &'a str {
        self.0.get(key).and_then(Json::as_str).unwrap_or_default()
    }

    pub(super) fn is_true(self) -> bool {
        self.text("status") == "True"
    }

    pub(super) fn is_false(self) -> bool {
        self.text("status") == "False"
    }

    pub(super) fn reason(self) -> &'a str {
        self.text("reason")
    }

    /// `MissingEndpoints: endpoints for service/api are missing`, as far as it says so.
    pub(super) fn told(self) -> String {
        match (self.reason(), self.text("message").trim()) {
            ("", "") => format!("its condition {} is {}", self.text("type"), self.text("status")),
            (reason, "") => reason.to_owned(),
            ("", message) => message.to_owned(),
            (reason, message) => format!("{reason}: {message}"),
        }
    }
}

impl<'a> Status<'a> {
    pub(super) fn of(object: &'a Json) -> Self {
        Self { object }
    }

    pub(super) fn text(&self, pointer: &str) -> Option<&'a str> {
        self.object.pointer(pointer).and_then(Json::as_str).filter(|text| !text.is_empty())
    }

    pub(super) fn number(&self, pointer: &str) -> Option<i64> {
        self.object.pointer(pointer).and_then(Json::as_i64)
    }

    /// A number in the status: what is left out there is 0.
    pub(super) fn count(&self, field: &str) -> i64 {
        self.number(&format!("/status/{field}")).unwrap_or(0)
    }

    /// How many replicas are asked for.
    pub(super) fn replicas(&self) -> i64 {
        self.number("/spec/replicas").unwrap_or(1)
    }

    pub(super) fn is(&self, pointer: &str) -> bool {
        self.object.pointer(pointer).and_then(Json::as_bool).unwrap_or(false)
    }

    pub(super) fn name(&self) -> &'a str {
        self.text("/metadata/name").unwrap_or_default()
    }

    pub(super) fn kind(&self) -> &'a str {
        self.text("/kind").unwrap_or_default()
    }

    pub(super) fn condition(&self, name: &str) -> Option<Condition<'a>> {
        let conditions = self.object.pointer("/status/conditions").and_then(Json::as_array)?;
        conditions.iter().map(Condition).find(|condition| condition.text("type") == name)
    }

    /// Whether its controller has seen this generation. One that has never said which it saw is no witness.
    pub(super) fn is_seen(&self) -> bool {
        match (self.number("/metadata/generation"), self.number("/status/observedGeneration")) {
            (Some(generation), Some(seen)) => seen >= generation,
            _ => true,
        }
    }

    /// As [`Self::is_seen`], for kinds whose controllers always say it.
    pub(super) fn is_surely_seen(&self) -> bool {
        self.is_seen()
            && (self.number("/status/observedGeneration").is_some() || self.number("/metadata/generation").is_none())
    }

    /// A change that its controller has not seen yet: its status is about what was before.
    pub(super) fn unseen(&self) -> Option<Readiness> {
        (!self.is_seen()).then(|| self.not_seen())
    }

    pub(super) fn not_seen(&self) -> Readiness {
        Readiness::Waiting("its controller has not seen the change yet".to_owned())
    }

    /// Waiting, with what keeps its pods.
    pub(super) fn waiting(&self, what: String, related: &Related<'_>) -> Readiness {
        Readiness::Waiting(match pods::trouble(self, related) {
            Some(trouble) => format!("{what}; {trouble}"),
            None => what,
        })
    }
}

/// `1 of 3 replicas`.
pub(super) fn of_all(some: i64, all: i64, noun: &str) -> String {
    let plural = if all == 1 { "" } else { "s" };
    format!("{some} of {all} {noun}{plural}")
}
