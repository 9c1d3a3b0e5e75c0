//! The roles that every subscription has. Of what they allow nothing is known.
//!
//! Source: <https://learn.microsoft.com/azure/role-based-access-control/built-in-roles>

use serde_json::{Value as Json, json};

use super::super::arm::{Arm, Asked, Kind, Outcome, page};
use super::filter::{self, Term};
use crate::simulator::refusal::Refusal;

pub(super) const KIND: Kind = Kind {
    name: "Microsoft.Authorization/roleDefinitions",
    since: "2015-07-01",
    get,
    put: None,
    patch: None,
    delete: None,
    others: &[],
};

const ROLES: &[(&str, &str)] = &[
    ("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"),
    ("Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c"),
    ("Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7"),
    ("User Access Administrator", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"),
    ("Role Based Access Control Administrator", "f58310d9-a9f6-439a-9e8d-f62e7b41a168"),
    ("AcrPull", "7f951dda-4ed3-4680-a7ca-43fe172d538d"),
    ("AcrPush", "8311e382-0749-4cb8-b61a-304f252e45ec"),
    ("Azure Event Hubs Data Owner", "f526a384-b230-433a-b45c-95f59c4a2dec"),
    ("Azure Event Hubs Data Receiver", "a638d3c7-ab3a-418d-83e6-5f17a39d4fde"),
    ("Azure Event Hubs Data Sender", "2b629674-e913-4c01-ae53-ef4638d8f975"),
    ("Azure Kubernetes Service Cluster Admin Role", "0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8"),
    ("Azure Kubernetes Service Cluster User Role", "4abbcc35-e782-43d8-92c5-2d3f1bd2253f"),
    ("Azure Kubernetes Service Contributor Role", "ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8"),
    ("Azure Kubernetes Service RBAC Admin", "3498e952-d568-435e-9b2c-8d77e338d7f7"),
    ("Azure Kubernetes Service RBAC Cluster Admin", "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b"),
    ("Azure Kubernetes Service RBAC Reader", "7f6c6a51-bcf8-42ba-9220-52d62157d7db"),
    ("Azure Kubernetes Service RBAC Writer", "a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb"),
    ("Azure Service Bus Data Owner", "090c5cfd-751d-490a-894a-3ce6f1109419"),
    ("Azure Service Bus Data Receiver", "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0"),
    ("Azure Service Bus Data Sender", "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39"),
    ("Key Vault Secrets User", "4633458b-17de-408a-b874-0445c86b69e6"),
    ("Managed Identity Contributor", "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59"),
    ("Managed Identity Operator", "f1a07417-d97a-45cb-824c-7a7467783830"),
    ("Monitoring Contributor", "749f88d5-cbae-40b8-bcfc-e573ddc772fa"),
    ("Monitoring Metrics Publisher", "3913510d-42f4-4e42-8a64-420c390055eb"),
    ("Monitoring Reader", "43d0d8ad-25c7-4714-9337-8ba259a9fe05"),
    ("Network Contributor", "4d97b98b-1d4f-4787-a291-c67834d212e7"),
    ("Storage Account Contributor", "17d1049b-9a84-46fb-8f53-869881c3d3ab"),
    ("Storage Blob Data Contributor", "ba92f5b4-2d11-453d-a403-e96b0029c9fe"),
    ("Storage Blob Data Owner", "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"),
    ("Storage Blob Data Reader", "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"),
    ("Storage Queue Data Contributor", "974c5e8b-45b9-4653-ba55-5f855dd0fb88"),
    ("Storage Queue Data Message Processor", "8a0f0c08-91a1-4084-bc3d-661d67233fed"),
    ("Storage Queue Data Message Sender", "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a"),
    ("Storage Queue Data Reader", "19e7f393-937e-4f77-808e-94535e297925"),
];

/// The GUID at the end of an id of a role that there is.
pub(super) fn known(id: &str) -> Option<&'static str> {
    let (path, guid) = id.rsplit_once('/')?;
    let is_role = path.to_lowercase().ends_with("/providers/microsoft.authorization/roledefinitions");
    let found = ROLES.iter().find(|(_, known)| known.eq_ignore_ascii_case(guid))?;
    is_role.then_some(found.1)
}

fn get(_: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let found = ROLES.iter().find(|(_, guid)| guid.eq_ignore_ascii_case(asked.id.name()));
    found.map(|role| Outcome::new(200, told(asked, role))).ok_or_else(|| {
        let text = format!("The specified role definition with ID '{}' does not exist.", asked.id.name());
        Refusal::new(404, "RoleDefinitionDoesNotExist", text)
    })
}

pub(super) fn list(_: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    let terms = filter::read(asked)?;
    let mut found: Vec<_> = ROLES.iter().collect();
    for term in &terms {
        match term {
            Term::Equals(member, name) if member == "rolename" => {
                found.retain(|role| role.0.eq_ignore_ascii_case(name))
            }
            Term::Equals(member, kind) if member == "type" => {
                found.retain(|_| kind.eq_ignore_ascii_case("BuiltInRole"))
            }
            Term::Call(name, None) if name == "atscope" || name == "atscopeandbelow" => {}
            _ => return Err(filter::refused(asked.query("$filter").unwrap_or_default())),
        }
    }
    Ok(page(found.into_iter().map(|role| told(asked, role))))
}

fn told(asked: &Asked, (name, guid): &(&str, &str)) -> Json {
    let subscription = &asked.id.subscription;
    let within = if subscription.is_empty() { String::new() } else { format!("/subscriptions/{subscription}") };
    json!({
        "id": format!("{within}/providers/Microsoft.Authorization/roleDefinitions/{guid}"),
        "name": guid,
        "type": KIND.name,
        "properties": {
            "roleName": name, "type": "BuiltInRole", "description": name, "assignableScopes": ["/"],
            "permissions": [{"actions": [], "notActions": [], "dataActions": [], "notDataActions": []}],
        },
    })
}
