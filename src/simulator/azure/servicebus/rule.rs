//! Rules of subscriptions: which of a topic's messages they take.

use serde_json::{Value as Json, json};

use super::namespace::inside;
use super::{active, bad, check_name, head};
use crate::simulator::azure::arm::{Arm, Asked, Outcome};
use crate::simulator::azure::id::Id;
use crate::simulator::azure::shape::{Member, Shape, check, may};
use crate::simulator::object::Object;
use crate::simulator::refusal::Refusal;

/// The one that every subscription begins with, which takes everything.
const FIRST: &str = "$Default";

const SQL: &[Member] = &[
    may("sqlExpression", Shape::Text),
    may("compatibilityLevel", Shape::Integer(20, 20)),
    may("requiresPreprocessing", Shape::Bool),
];
const CORRELATION: &[Member] = &[
    may("properties", Shape::TextMap),
    may("correlationId", Shape::Text),
    may("messageId", Shape::Text),
    may("to", Shape::Text),
    may("replyTo", Shape::Text),
    may("label", Shape::Text),
    may("sessionId", Shape::Text),
    may("replyToSessionId", Shape::Text),
    may("contentType", Shape::Text),
    may("requiresPreprocessing", Shape::Bool),
];
const PROPERTIES: &[Member] = &[
    may("action", Shape::Structure(SQL)),
    may("filterType", Shape::Among(&["SqlFilter", "CorrelationFilter"])),
    may("sqlFilter", Shape::Structure(SQL)),
    may("correlationFilter", Shape::Structure(CORRELATION)),
];
const BODY: &[Member] = &[may("properties", Shape::Structure(PROPERTIES))];

pub(super) fn put(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    check(&asked.body, BODY)?;
    if asked.id.name() != FIRST {
        check_name(asked.id.name(), 50)?;
    }
    active(arm, &asked.id)?;
    let mut properties = asked.properties();
    properties.retain(|_, value| !value.is_null());
    let (sql, correlation) = (properties.contains_key("sqlFilter"), properties.contains_key("correlationFilter"));
    let of = properties.get("filterType").and_then(Json::as_str).unwrap_or("SqlFilter").to_owned();
    if (of == "SqlFilter" && correlation) || (of == "CorrelationFilter" && (sql || !correlation)) {
        return Err(bad(format!("A rule with 'filterType' {of} has that filter and no other")));
    }
    if of == "SqlFilter" && properties.get("sqlFilter").is_some_and(|filter| filter["sqlExpression"] == "") {
        return Err(bad("The expression of the SQL filter is empty"));
    }
    properties.insert("filterType".to_owned(), of.clone().into());
    if of == "SqlFilter" {
        let filter = properties.entry("sqlFilter").or_insert_with(|| json!({"sqlExpression": "1=1"}));
        filter["compatibilityLevel"] = 20.into();
    }
    properties.entry("action").or_insert_with(|| json!({}));
    let object = made(&asked.id, asked.id.name(), Json::Object(properties));
    arm.put(&asked.id, &object);
    Ok(Outcome::new(200, object.answer()))
}

pub(super) fn put_first(arm: &mut Arm<'_>, subscription: &Id) {
    let id = inside(subscription, "rules", FIRST);
    let properties = json!({
        "action": {}, "filterType": "SqlFilter", "sqlFilter": {"sqlExpression": "1=1", "compatibilityLevel": 20},
    });
    let object = made(&id, FIRST, properties);
    arm.put(&id, &object);
}

fn made(id: &Id, name: &str, properties: Json) -> Object {
    let mut answer = head(id, name);
    answer["properties"] = properties;
    Object::new(answer)
}
