//! What is looked for beyond one group: names that everyone in Azure shares, and lists of a whole subscription.

use serde_json::{Value as Json, json};

use super::arm::{Arm, Asked, Outcome, page};
use crate::simulator::object::Object;
use crate::simulator::refusal::Refusal;

/// The types whose names are hosts below `servicebus.windows.net`.
const MESSAGING: [&str; 2] = ["Microsoft.EventHub/namespaces", "Microsoft.ServiceBus/namespaces"];
/// What is said of a name that someone has, by <https://github.com/Azure/azure-sdk-for-python/pull/18884>.
const NOT_AVAILABLE: &str =
    "The specified name is not available. For more information visit https://aka.ms/eventhubsarmexceptions.";

/// Where a name of one of these types is taken, if it is: the key of its holder.
pub(super) fn holder(arm: &Arm<'_>, types: &[&str], name: &str) -> Option<String> {
    let ends: Vec<_> = types.iter().map(|of| format!("/providers/{of}/{name}").to_lowercase()).collect();
    let all = arm.world.list::<Object>("azure/subscriptions/").into_iter();
    let found = all.filter(|(key, _)| ends.iter().any(|end| key.ends_with(end))).map(|(key, _)| key);
    found.map(|key| format!("azure/subscriptions/{key}")).next()
}

/// A new namespace of Service Bus or Event Hubs has a name that no other one of both has.
pub(super) fn messaging_name_is_free(arm: &Arm<'_>, name: &str) -> Result<(), Refusal> {
    match holder(arm, &MESSAGING, name) {
        None => Ok(()),
        Some(_) => Err(Refusal::new(400, "BadRequest", NOT_AVAILABLE)),
    }
}

/// What there is of a type of the namespace that is asked, in its group or in all of them.
pub(super) fn list(arm: &Arm<'_>, asked: &Asked, of: &str) -> Outcome {
    if asked.id.group.is_some() {
        return page(arm.list_shown(&asked.id, of).iter().map(Object::answer));
    }
    let below = format!("azure/subscriptions/{}/resourcegroups/", asked.id.subscription);
    let (namespace, of, now) = (asked.id.namespace.to_lowercase(), of.to_lowercase(), arm.now());
    let is_one = |key: &str| {
        let parts: Vec<_> = key.split('/').collect();
        matches!(parts.as_slice(), [_, "providers", in_namespace, kind, _] if *in_namespace == namespace && *kind == of)
    };
    let found = arm.world.list_shown::<Object>(&below).into_iter().filter(|(key, _)| is_one(key));
    page(found.filter_map(|(_, object)| Some(object.at(now)?.answer())))
}

/// Whether a name can be had, as services answer it.
pub(super) fn availability(taken: Option<(&str, String)>) -> Outcome {
    let told =
        |reason: &str, message: &str| json!({"nameAvailable": reason == "None", "reason": reason, "message": message});
    let body: Json = match taken {
        None => told("None", ""),
        Some((reason, message)) => told(reason, &message),
    };
    Outcome::new(200, body)
}
