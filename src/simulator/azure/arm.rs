//! What all of ARM's services share: what is kept where, what is asked, and how it is answered.

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::Caller;
use super::aks;
use super::id::Id;
use crate::clock::{Timestamp, rfc3339};
use crate::simulator::World;
use crate::simulator::fault::Twist;
use crate::simulator::object::Object;
use crate::simulator::refusal::Refusal;
use crate::simulator::world::MEMORY;

/// A request that was understood.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) method: http::Method,
    pub(super) id: Id,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Json,
    pub(super) if_match: Option<String>,
    pub(super) if_none_match: Option<String>,
}

impl Asked {
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(given, _)| given.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn properties(&self) -> Map<String, Json> {
        self.body.get("properties").and_then(Json::as_object).cloned().unwrap_or_default()
    }
}

/// What is answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outcome {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Json>,
    /// How long it is until this is answered.
    pub(super) takes: Duration,
}

impl Outcome {
    pub(super) fn new(status: u16, body: Json) -> Self {
        Self { status, body: Some(body), ..Self::default() }
    }

    pub(super) fn empty(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// What is answered only when it is done.
    pub(super) fn taking(self, takes: Duration) -> Self {
        Self { takes, ..self }
    }

    pub(super) fn with(mut self, headers: Vec<(&'static str, String)>) -> Self {
        self.headers.extend(headers);
        self
    }
}

/// A type of resource: what ARM calls it, and what it answers.
pub(super) struct Kind {
    /// Such as `Microsoft.ServiceBus/namespaces`, as permissions have it.
    pub(super) name: &'static str,
    /// The first version of its API that is still answered.
    pub(super) since: &'static str,
    pub(super) get: Answer,
    pub(super) put: Option<Answer>,
    pub(super) patch: Option<Answer>,
    pub(super) delete: Option<Answer>,
    /// What it answers to a POST, or to a GET of what is below it, by the last part of the path in small letters.
    pub(super) others: &'static [(&'static str, http::Method, Answer)],
}

pub(super) type Answer = fn(&mut Arm<'_>, &Asked) -> Result<Outcome, Refusal>;

/// A subscription, as whoever calls finds it.
pub(super) struct Arm<'w> {
    pub(super) world: &'w mut World,
    pub(super) caller: &'w Caller,
}

impl Arm<'_> {
    pub(super) fn now(&self) -> Timestamp {
        self.world.now()
    }

    pub(super) fn twist(&self) -> Option<Twist> {
        self.caller.twist
    }

    /// When something that begins now is done.
    pub(super) fn after(&self, of: &str, (least, most): (Duration, Duration)) -> Timestamp {
        self.now() + self.world.delay(of, least, most)
    }

    /// What is really there.
    pub(super) fn object(&self, id: &Id) -> Option<Object> {
        self.world.get::<Object>(&id.key())?.at(self.now())
    }

    /// The id with the names of what is there as they were first written, which is how ARM goes on writing them.
    pub(super) fn spelled(&self, id: &Id) -> Id {
        let mut id = id.clone();
        let name = |id: &Id| {
            let found = self.object(id)?;
            Some(found.text("name").rsplit('/').next().unwrap_or_default().to_owned())
        };
        let group = Id { subscription: id.subscription.clone(), group: id.group.clone(), ..Id::default() };
        let known =
            name(&group).filter(|known| id.group.as_ref().is_some_and(|given| given.eq_ignore_ascii_case(known)));
        if let Some(known) = known {
            id.group = Some(known);
        }
        if let Ok(scope) = Id::read(&id.scope) {
            id.scope = if id.scope.is_empty() { String::new() } else { self.spelled(&scope).path() };
        }
        for depth in 1..=id.parts.len() {
            let part = Id { parts: id.parts.iter().take(depth).cloned().collect(), last: None, ..id.clone() };
            let known = name(&part).filter(|known| part.name().eq_ignore_ascii_case(known));
            if let (Some(known), Some((_, given))) = (known, id.parts.get_mut(depth - 1)) {
                *given = known;
            }
        }
        id
    }

    /// What a reader is shown.
    pub(super) fn shown(&self, id: &Id) -> Option<Object> {
        self.world.shown::<Object>(&id.key())?.at(self.now())
    }

    /// What a reader is shown of one type that is right below a path.
    pub(super) fn list_shown(&self, below: &Id, kind: &str) -> Vec<Object> {
        let prefix = format!("{}/{}/", below.key(), kind.to_lowercase());
        let now = self.now();
        let found = self.world.list_shown::<Object>(&prefix);
        let found = found.into_iter().filter(|(name, _)| !name.contains('/'));
        found.filter_map(|(_, object)| object.at(now)).collect()
    }

    pub(super) fn put(&mut self, id: &Id, object: &Object) {
        self.world.put(&id.key(), object);
    }

    /// Puts it in, and shows it to readers after a while.
    pub(super) fn put_late(&mut self, id: &Id, object: &Object, after: Duration) {
        self.world.put_late(&id.key(), object, after);
    }

    pub(super) fn remove(&mut self, id: &Id) {
        let below = format!("{}/", id.key());
        let keys: Vec<_> = self.world.list::<Json>(&below).into_iter().map(|(name, _)| name).collect();
        for key in keys {
            self.world.remove(&format!("{below}{key}"));
        }
        self.world.remove(&id.key());
    }

    /// Where a path is for whoever calls.
    pub(super) fn url(&self, path: &str) -> String {
        match &self.caller.served_at {
            Some(host) => format!("http://{host}{path}"),
            None => format!("https://management.azure.com{path}"),
        }
    }

    /// A GUID that no one else gets.
    pub(super) fn guid(&mut self) -> String {
        let (high, low) = (self.world.draw(), self.world.draw());
        let number = (u128::from(high) << 64) | u128::from(low);
        uuid::Builder::from_random_bytes(number.to_be_bytes()).into_uuid().to_string()
    }

    pub(super) fn time(&self) -> String {
        rfc3339(self.now())
    }

    /// Takes away what has gone by now, and what was in it.
    pub(super) fn sweep(&mut self) {
        let (prefix, now) = ("azure/subscriptions/", self.now());
        let all = self.world.list::<Object>(prefix).into_iter();
        let gone: Vec<_> = all.filter(|(_, object)| object.clone().at(now).is_none()).map(|(name, _)| name).collect();
        for name in gone.iter().filter(|name| !name.contains(MEMORY)) {
            let key = format!("{prefix}{name}");
            let below = format!("{key}/");
            let inside: Vec<_> = self.world.list::<Json>(&below).into_iter().map(|(name, _)| name).collect();
            for inside in inside {
                let key = format!("{below}{inside}");
                self.world.remove(&key);
                aks::gone(self.world, &key);
            }
            self.world.remove(&key);
            aks::gone(self.world, &key);
        }
    }
}

/// The group that something is in has to be there, and to stay.
pub(super) fn group_of(arm: &Arm<'_>, id: &Id) -> Result<Object, Refusal> {
    let group = Id { subscription: id.subscription.clone(), group: id.group.clone(), ..Id::default() };
    let name = group.name().to_owned();
    let found = arm.object(&group).ok_or_else(|| {
        Refusal::new(404, "ResourceGroupNotFound", format!("Resource group '{name}' could not be found."))
    })?;
    if found.inner(&["properties", "provisioningState"]) == "Deleting" {
        let text = format!("The resource group '{name}' is in deprovisioning state and cannot perform this operation.");
        return Err(Refusal::new(409, "ResourceGroupBeingDeleted", text));
    }
    Ok(found)
}

/// What is read has to be there, and so has the group it is in.
pub(super) fn found(arm: &Arm<'_>, id: &Id) -> Result<Object, Refusal> {
    arm.shown(id).ok_or_else(|| missing(arm, id))
}

pub(super) fn missing(arm: &Arm<'_>, id: &Id) -> Refusal {
    if let Err(no_group) = group_of(arm, id)
        && no_group.status() == 404
    {
        return no_group;
    }
    let (of, name, group) = (id.type_name(), id.names().collect::<Vec<_>>().join("/"), id.group.as_deref());
    let text =
        format!("The Resource '{of}/{name}' under resource group '{}' was not found.", group.unwrap_or_default());
    Refusal::new(404, "ResourceNotFound", text)
}

/// `{value: […]}`
pub(super) fn page(items: impl IntoIterator<Item = Json>) -> Outcome {
    Outcome::new(200, json!({"value": items.into_iter().collect::<Vec<_>>()}))
}

/// Members of an object below `properties`, changed in place.
pub(super) fn set_property(object: &mut Object, name: &str, value: impl Into<Json>) {
    let properties = object.members.entry("properties").or_insert_with(|| json!({}));
    properties[name] = value.into();
}
