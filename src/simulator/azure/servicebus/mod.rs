//! Service Bus: namespaces, and the queues, topics, subscriptions, rules and keys in them.
//!
//! Shapes are those of `Microsoft.ServiceBus` 2024-01-01. Messages are not simulated.

mod entity;
mod forms;
mod keys;
mod namespace;
mod rule;
#[cfg(test)]
mod tests;

use http::Method;
use serde_json::{Value as Json, json};

use super::arm::{Arm, Asked, Kind, Outcome, group_of};
use super::id::Id;
use crate::simulator::object::Object;
use crate::simulator::refusal::Refusal;

const SINCE: &str = "2021-11-01";
/// So many are on one page of a list.
const PAGE: usize = 100;

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "Microsoft.ServiceBus",
        since: SINCE,
        get: nothing,
        put: None,
        patch: None,
        delete: None,
        others: &[
            ("namespaces", Method::GET, namespace::list),
            ("checknameavailability", Method::POST, namespace::check_name),
        ],
    },
    Kind {
        name: "Microsoft.ServiceBus/namespaces",
        since: SINCE,
        get: namespace::get,
        put: Some(namespace::put),
        patch: Some(namespace::patch),
        delete: Some(namespace::delete),
        others: &[
            ("queues", Method::GET, entity::list),
            ("topics", Method::GET, entity::list),
            ("authorizationrules", Method::GET, keys::list),
        ],
    },
    Kind {
        name: "Microsoft.ServiceBus/namespaces/queues",
        since: SINCE,
        get: entity::get,
        put: Some(entity::put_queue),
        patch: None,
        delete: Some(entity::delete),
        others: &[("authorizationrules", Method::GET, keys::list)],
    },
    Kind {
        name: "Microsoft.ServiceBus/namespaces/topics",
        since: SINCE,
        get: entity::get,
        put: Some(entity::put_topic),
        patch: None,
        delete: Some(entity::delete),
        others: &[("subscriptions", Method::GET, entity::list), ("authorizationrules", Method::GET, keys::list)],
    },
    Kind {
        name: "Microsoft.ServiceBus/namespaces/topics/subscriptions",
        since: SINCE,
        get: entity::get,
        put: Some(entity::put_subscription),
        patch: None,
        delete: Some(entity::delete),
        others: &[("rules", Method::GET, entity::list)],
    },
    Kind {
        name: "Microsoft.ServiceBus/namespaces/topics/subscriptions/rules",
        since: SINCE,
        get: entity::get,
        put: Some(rule::put),
        patch: None,
        delete: Some(entity::delete),
        others: &[],
    },
    keys::kind("Microsoft.ServiceBus/namespaces/AuthorizationRules"),
    keys::kind("Microsoft.ServiceBus/namespaces/queues/authorizationRules"),
    keys::kind("Microsoft.ServiceBus/namespaces/topics/authorizationRules"),
];

fn nothing(_: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let last = asked.id.last.as_deref().unwrap_or_default();
    Err(Refusal::new(404, "InvalidResourceType", format!("There is no list of {last} in Microsoft.ServiceBus.")))
}

/// What the service itself says no to, in its own words.
fn bad(text: impl std::fmt::Display) -> Refusal {
    Refusal::new(
        400,
        "BadRequest",
        format!("SubCode=40000. {text}. To know more visit https://aka.ms/sbResourceMgrExceptions."),
    )
}

/// Something else is there, or goes on.
fn conflict(text: impl std::fmt::Display) -> Refusal {
    let text = format!("SubCode=40900. Conflict. {text}. To know more visit https://aka.ms/sbResourceMgrExceptions.");
    Refusal::new(409, "Conflict", text)
}

fn in_transit() -> Refusal {
    let text = "SubCode=40901. Another conflicting operation is in progress. \
                To know more visit https://aka.ms/sbResourceMgrExceptions.";
    Refusal::new(409, "Conflict", text)
}

/// The namespace that something is in.
fn namespace_of(id: &Id) -> Id {
    let mut namespace = Id { last: None, ..id.clone() };
    namespace.parts.truncate(1);
    namespace
}

/// What something is put into has to be there, and the namespace has to be active.
fn active(arm: &Arm<'_>, id: &Id) -> Result<Object, Refusal> {
    group_of(arm, id)?;
    let namespace = namespace_of(id);
    let found = arm.object(&namespace).ok_or_else(|| no_parent(id, &namespace))?;
    let parent = id.parent();
    if arm.object(&parent).is_none() {
        return Err(no_parent(id, &parent));
    }
    match state(&found) {
        "Succeeded" => Ok(found),
        "Failed" => Err(conflict(format!("The namespace '{}' is not active", namespace.name()))),
        "Deleting" => Err(conflict(format!("The namespace '{}' is being deleted", namespace.name()))),
        _ => Err(in_transit()),
    }
}

fn no_parent(id: &Id, parent: &Id) -> Refusal {
    let text = format!(
        "Failed to perform 'write' on resource(s) of type '{}', because the parent resource '{}' could not be found.",
        id.type_name(),
        parent.path()
    );
    Refusal::new(404, "ParentResourceNotFound", text)
}

fn state(object: &Object) -> &str {
    object.inner(&["properties", "provisioningState"]).as_str().unwrap_or_default()
}

/// What a namespace costs, and so what can be in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tier {
    Basic,
    Standard,
    Premium,
}

impl Tier {
    fn of(namespace: &Object) -> Self {
        match namespace.inner(&["sku", "name"]).as_str() {
            Some("Basic") => Self::Basic,
            Some("Premium") => Self::Premium,
            _ => Self::Standard,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Basic => "Basic",
            Self::Standard => "Standard",
            Self::Premium => "Premium",
        }
    }
}

/// The part of a list that is asked for with `$skip` and `$top`, with the way to what follows it.
fn part(arm: &Arm<'_>, asked: &Asked, all: &[Object]) -> Result<Outcome, Refusal> {
    let number = |name: &str| match asked.query(name).map(str::parse::<usize>) {
        None => Ok(None),
        Some(Ok(number)) if number <= 1000 => Ok(Some(number)),
        Some(_) => Err(bad(format!("The value of '{name}' has to be from 0 to 1000"))),
    };
    let (skip, top) = (number("$skip")?.unwrap_or_default(), number("$top")?);
    let size = top.unwrap_or(PAGE).min(PAGE);
    let items: Vec<Json> = all.iter().skip(skip).take(size).map(Object::answer).collect();
    let (next, mut page) = (skip + items.len(), json!({"value": items}));
    if next < all.len() && top.is_none() {
        let path = format!("{}/{}", asked.id.path(), asked.id.last.as_deref().unwrap_or_default());
        let version = asked.query("api-version").unwrap_or(SINCE);
        page["nextLink"] = arm.url(&format!("{path}?api-version={version}&$skip={next}")).into();
    }
    Ok(Outcome::new(200, page))
}

/// Id, name and type, as every answer has them.
fn head(id: &Id, name: &str) -> Json {
    json!({"id": id.path(), "name": name, "type": id.type_name()})
}

/// Names of what is in a namespace. ARM takes a slash in one for the end of it.
fn check_name(name: &str, longest: usize) -> Result<(), Refusal> {
    let fits = |character: char| character.is_ascii_alphanumeric() || "-_.~".contains(character);
    let is_end = |end: Option<char>| end.is_some_and(|character| character.is_ascii_alphanumeric());
    let is_right = name.len() <= longest
        && name.chars().all(fits)
        && is_end(name.chars().next())
        && is_end(name.chars().next_back());
    if is_right {
        return Ok(());
    }
    Err(bad(format!(
        "The specified name '{name}' is not valid: it has 1 to {longest} letters, digits, periods, hyphens and \
         underscores, and begins and ends with a letter or a digit"
    )))
}
