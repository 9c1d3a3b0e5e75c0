//! What the JSON protocols share: members of a request, read strictly.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::{Caller, Input, JsonOperation, Refusal, reply};
use crate::simulator::World;
use crate::simulator::exchange::Reply;

/// The members of a request: of its body, and for REST also of its path and query.
#[derive(Clone, Debug, Default)]
pub(super) struct Members(Map<String, Json>);

impl Members {
    /// # Errors
    /// When the body is no JSON object.
    pub(super) fn parse(body: &str) -> Result<Self, Refusal> {
        if body.trim().is_empty() {
            return Ok(Self::default());
        }
        match serde_json::from_str(body) {
            Ok(Json::Object(members)) => Ok(Self(members)),
            _ => Err(Refusal::new(400, "SerializationException", "the body is no JSON object")),
        }
    }

    pub(super) fn of(value: &Json) -> Self {
        Self(value.as_object().cloned().unwrap_or_default())
    }

    pub(super) fn insert(&mut self, name: &str, value: impl Into<Json>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Refuses anything but these.
    ///
    /// # Errors
    /// Names the first other member.
    pub(super) fn only(&self, known: &[&str], code: &str) -> Result<(), Refusal> {
        match self.0.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(Refusal::new(400, code, format!("there is no member `{name}` here"))),
            None => Ok(()),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        self.typed(name, "a string", Json::as_str)
    }

    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, Refusal> {
        self.typed(name, "an integer", Json::as_i64)
    }

    pub(super) fn boolean(&self, name: &str) -> Result<Option<bool>, Refusal> {
        self.typed(name, "a boolean", Json::as_bool)
    }

    /// The members of a structure.
    pub(super) fn structure(&self, name: &str) -> Result<Option<Members>, Refusal> {
        self.typed(name, "a structure", |value| value.as_object().cloned().map(Members))
    }

    pub(super) fn list(&self, name: &str) -> Result<Option<&[Json]>, Refusal> {
        self.typed(name, "a list", |value| value.as_array().map(Vec::as_slice))
    }

    /// A list of texts.
    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Refusal> {
        self.typed(name, "a list of strings", |value| {
            value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
        })
    }

    /// A map from texts to texts.
    pub(super) fn text_map(&self, name: &str) -> Result<Option<BTreeMap<String, String>>, Refusal> {
        self.typed(name, "a map of strings", |value| {
            let entries = value.as_object()?.iter();
            entries.map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
        })
    }

    fn typed<'a, T>(
        &'a self,
        name: &str,
        what: &str,
        read: impl FnOnce(&'a Json) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let wrong = || Refusal::new(400, "SerializationException", format!("`{name}` has to be {what}"));
        read(value).map(Some).ok_or_else(wrong)
    }
}

/// Finds the operation and refuses members it does not take.
pub(super) fn read(
    operations: &[JsonOperation],
    name: &str,
    members: Members,
    unknown: (&str, &str),
) -> Result<(&'static str, Input), Refusal> {
    let (no_operation, no_member) = unknown;
    let Some(operation) = operations.iter().find(|operation| operation.name == name) else {
        return Err(Refusal::new(400, no_operation, format!("there is no operation {name}")));
    };
    members.only(operation.takes, no_member)?;
    Ok((operation.name, Input::Json(members)))
}

pub(super) fn answer(
    operations: &[JsonOperation],
    content_type: &'static str,
    name: &str,
    world: &mut World,
    caller: &Caller,
    members: &Members,
) -> Result<Reply, Refusal> {
    let Some(operation) = operations.iter().find(|operation| operation.name == name) else {
        return Err(Refusal::new(400, "InvalidAction", format!("there is no operation {name}")));
    };
    let answer = (operation.answer)(world, caller, members)?;
    Ok(reply(200, content_type, &[], answer.to_string()))
}
