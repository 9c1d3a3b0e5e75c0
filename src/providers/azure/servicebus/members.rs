//! Fields of specs and members of bodies, side by side. Makes no calls.

use azure_core::http::Method;
use serde_json::{Map, Value as Json};

use super::super::arm::id;
use super::super::{duration, fields};
use crate::provider::{ErrorKind, ProviderError};
use crate::value::{Attributes, Value};

/// A field and the member below `properties` that it stands for.
pub(in super::super) struct Member {
    pub(in super::super) field: &'static str,
    pub(in super::super) wire: &'static str,
    pub(in super::super) form: Form,
}

/// How a value is written on either side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Form {
    /// Alike.
    Plain,
    /// As seconds here, and as an ISO 8601 duration there.
    Duration,
    /// A name, whose case does not matter.
    Name,
    /// Megabytes: of a partitioned entity, Standard tells the size of all its sixteen partitions.
    Size,
    /// The one is true where the other is false.
    Not,
}

/// Standard makes so many of what is partitioned.
const PARTITIONS: i64 = 16;
/// The member that only the Premium tier takes, and the least it may be there; other tiers tell 256.
const MESSAGE_SIZE: (&str, i64) = ("maxMessageSizeInKilobytes", 1024);
/// What one partition in Standard may have at most, in megabytes.
const LARGEST: i64 = 5_120;

pub(in super::super) const fn member(field: &'static str, wire: &'static str, form: Form) -> Member {
    Member { field, wire, form }
}

/// What the spec says, as a body has it.
pub(in super::super) fn written(members: &[Member], desired: &Attributes) -> Map<String, Json> {
    let given = members.iter().filter_map(|member| Some((member, desired.get(member.field)?)));
    let wire = given.map(|(member, value)| {
        let json = match (member.form, value) {
            (Form::Duration, Value::Integer(seconds)) => Json::from(duration::written(*seconds)),
            (Form::Not, Value::Bool(yes)) => Json::from(!yes),
            (_, value) => value.to_json(),
        };
        (member.wire.to_owned(), json)
    });
    wire.filter(|(_, json)| !json.is_null()).collect()
}

/// What a body says, as the spec would.
pub(in super::super) fn read(members: &[Member], properties: &Json, recorded: &Attributes) -> Attributes {
    let is_partitioned = is_partitioned(properties);
    let mut attributes = Attributes::new();
    for member in members {
        let Some(json) = properties.get(member.wire).filter(|json| !json.is_null()) else { continue };
        let recorded = recorded.get(member.field);
        let value = match (member.form, json) {
            (Form::Duration, Json::String(text)) => {
                duration::read(text).map_or(Value::from(json.clone()), Value::Integer)
            }
            (Form::Not, Json::Bool(yes)) => Value::Bool(!yes),
            (Form::Name, Json::String(found)) => fields::spelled(found, recorded),
            (Form::Size, json) => size(json.as_i64().unwrap_or_default(), recorded, is_partitioned),
            (_, json) => Value::from(json.clone()),
        };
        attributes.insert(member.field.to_owned(), value);
    }
    attributes
}

/// What was not ours and is not ours now, and so stays as it is: a PUT resets whatever it does not say.
pub(in super::super) fn kept(
    members: &[Member],
    others: &[&str],
    properties: &Json,
    recorded: &Attributes,
    desired: &Attributes,
) -> Map<String, Json> {
    let is_ours = |member: &&Member| recorded.contains_key(member.field) || desired.contains_key(member.field);
    let names = members.iter().filter(|member| !is_ours(member)).map(|member| (member.wire, member.form));
    let names = names.chain(others.iter().map(|name| (*name, Form::Plain)));
    let found = names.filter_map(|(name, form)| Some((name, form, properties.get(name)?.clone())));
    let sized = found.map(|(name, form, json)| match (form, json.as_i64()) {
        (Form::Size, Some(size)) if is_partitioned(properties) && size > LARGEST => {
            (name, Json::from(size / PARTITIONS))
        }
        _ => (name, json),
    });
    let is_taken = |name: &str, json: &Json| name != MESSAGE_SIZE.0 || json.as_i64() >= Some(MESSAGE_SIZE.1);
    let sized = sized.filter(|(name, json)| is_taken(name, json));
    // An empty name is none.
    sized.filter(|(_, json)| !json.is_null() && *json != "").map(|(name, json)| (name.to_owned(), json)).collect()
}

/// A body without the members that are null: the models write some of what is read-only so.
pub(in super::super) fn without_nulls(json: Json) -> Json {
    match json {
        Json::Object(members) => {
            let left = members.into_iter().filter(|(_, value)| !value.is_null());
            Json::Object(left.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        other => other,
    }
}

/// A body that is none of its model's.
pub(in super::super) fn no_body(path: &str, error: &serde_json::Error) -> ProviderError {
    ProviderError::new(ErrorKind::Rejected, id::permission(Method::Put, path), error.to_string())
}

fn is_partitioned(properties: &Json) -> bool {
    properties.get("enablePartitioning").and_then(Json::as_bool) == Some(true)
}

fn size(found: i64, recorded: Option<&Value>, is_partitioned: bool) -> Value {
    match recorded.and_then(Value::as_i64) {
        Some(recorded) if is_partitioned && found == recorded * PARTITIONS => Value::Integer(recorded),
        _ => Value::Integer(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const MEMBERS: &[Member] = &[
        member("lock", "lockDuration", Form::Duration),
        member("forward_to", "forwardTo", Form::Name),
        member("size", "maxSizeInMegabytes", Form::Size),
        member("local_auth", "disableLocalAuth", Form::Not),
        member("status", "status", Form::Plain),
    ];

    fn spec(json: Json) -> Attributes {
        let Value::Map(map) = Value::from(json) else { panic!("a map") };
        map
    }

    #[test]
    fn both_sides_say_the_same() {
        let desired =
            spec(json!({"lock": 90, "forward_to": "Other", "size": 1024, "local_auth": true, "status": "Active"}));
        let wire = json!({"lockDuration": "PT1M30S", "forwardTo": "Other", "maxSizeInMegabytes": 1024,
            "disableLocalAuth": false, "status": "Active"});
        assert_eq!(Json::Object(written(MEMBERS, &desired)), wire);
        assert_eq!(read(MEMBERS, &wire, &Attributes::new()), desired);
        // Names without their case, and the size of all partitions.
        let told = json!({"forwardTo": "other", "maxSizeInMegabytes": 16_384, "enablePartitioning": true});
        assert_eq!(read(MEMBERS, &told, &desired), spec(json!({"forward_to": "Other", "size": 1024})));
        assert_eq!(read(MEMBERS, &told, &Attributes::new())["size"], Value::Integer(16_384));
    }

    #[test]
    fn the_size_of_messages_is_kept_only_where_it_can_be_set() {
        let members = [member("message", "maxMessageSizeInKilobytes", Form::Plain)];
        let left = |size: i64| {
            let present = json!({"maxMessageSizeInKilobytes": size});
            kept(&members, &[], &present, &Attributes::new(), &Attributes::new()).len()
        };
        assert_eq!([left(256), left(1024)], [0, 1]);
    }

    #[test]
    fn what_is_not_ours_stays_and_what_was_ours_goes() {
        let present = json!({"lockDuration": "PT1M", "forwardTo": "x", "maxSizeInMegabytes": 16_384,
            "enablePartitioning": true, "status": "Active", "isClientAffine": false, "messageCount": 3});
        let (recorded, desired) =
            (spec(json!({"forward_to": "x", "status": "Active"})), spec(json!({"status": "Active"})));
        let kept = kept(MEMBERS, &["isClientAffine"], &present, &recorded, &desired);
        assert_eq!(
            Json::Object(kept),
            json!({"lockDuration": "PT1M", "maxSizeInMegabytes": 1024, "isClientAffine": false})
        );
    }
}
