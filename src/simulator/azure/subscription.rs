//! Subscriptions: there is every one that anyone asks for, registered for every service.

use serde_json::json;

use super::TENANT;
use super::arm::{Arm, Asked, Kind, Outcome, page};
use super::resource_group;
use crate::simulator::refusal::Refusal;

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "Microsoft.Resources/subscriptions",
        since: "2016-06-01",
        get,
        put: None,
        patch: None,
        delete: None,
        others: &[("resourcegroups", http::Method::GET, groups)],
    },
    Kind {
        name: "Microsoft.Resources/subscriptions/providers",
        since: "2016-06-01",
        get: registered,
        put: None,
        patch: None,
        delete: None,
        others: &[("register", http::Method::POST, registered)],
    },
];

fn get(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let told = |id: &str| {
        json!({
            "id": format!("/subscriptions/{id}"), "subscriptionId": id, "tenantId": TENANT,
            "displayName": "Simulated", "state": "Enabled", "authorizationSource": "RoleBased",
        })
    };
    let id = &asked.id.subscription;
    match (id.is_empty(), &asked.id.last) {
        (true, _) => Ok(page([told(super::SUBSCRIPTION)])),
        (false, None) if uuid::Uuid::parse_str(id).is_ok() => Ok(Outcome::new(200, told(id))),
        (false, None) => {
            let text = format!("The provided subscription identifier '{id}' is malformed or invalid.");
            Err(Refusal::new(400, "InvalidSubscriptionId", text))
        }
        (false, Some(last)) => {
            let _ = arm;
            Err(Refusal::new(404, "NotFound", format!("There is no list of {last} here.")))
        }
    }
}

fn groups(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    resource_group::list(arm, asked)
}

/// How the subscription stands with a service.
fn registered(_: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let (subscription, namespace) = (&asked.id.subscription, &asked.id.namespace);
    Ok(Outcome::new(
        200,
        json!({
            "id": format!("/subscriptions/{subscription}/providers/{namespace}"), "namespace": namespace,
            "registrationPolicy": "RegistrationRequired", "registrationState": "Registered", "resourceTypes": [],
        }),
    ))
}
