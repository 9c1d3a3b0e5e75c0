//! Roles: what the built-in ones are called, and their ids. Whoever writes a name needs no call to find its id.
//!
//! Source: <https://learn.microsoft.com/azure/role-based-access-control/built-in-roles>

use uuid::Uuid;

use super::super::arm::id;

const BUILT_IN: &[(&str, &str)] = &[
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

/// The GUID of a role, in small letters: of a built-in one by its name, of any by its id or the GUID itself.
pub(super) fn guid(role: &str) -> Option<String> {
    let named = BUILT_IN.iter().find(|(name, _)| name.eq_ignore_ascii_case(role.trim()));
    if let Some((_, guid)) = named {
        return Some((*guid).to_owned());
    }
    let is_id = role.to_lowercase().contains("/providers/microsoft.authorization/roledefinitions/");
    let guid = if is_id { id::name(role) } else { role };
    Uuid::parse_str(guid).ok().map(|guid| guid.hyphenated().to_string())
}

/// Its id, as it stands in assignments.
pub(super) fn definition(role: &str, subscription: &str) -> Option<String> {
    match role.starts_with('/') {
        true => Some(role.to_owned()),
        false => {
            let within = format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions");
            Some(format!("{within}/{}", guid(role)?))
        }
    }
}

/// As the stack writes it, if that is the same role; else its name, and of one that is not built in its id.
pub(super) fn as_written(definition: &str, recorded: Option<&str>) -> String {
    let found = guid(definition);
    if let Some(recorded) = recorded.filter(|recorded| found.is_some() && guid(recorded) == found) {
        return recorded.to_owned();
    }
    let built_in = BUILT_IN.iter().find(|(_, guid)| Some(*guid) == found.as_deref());
    built_in.map_or(definition, |(name, _)| name).to_owned()
}

/// The names of the built-in ones.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENDER: &str = "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39";

    #[test]
    fn a_role_is_known_by_its_name_its_id_and_its_guid() {
        let id = format!("/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/{SENDER}");
        let cases = [
            ("Azure Service Bus Data Sender", Some(SENDER)),
            ("azure service bus data sender", Some(SENDER)),
            (SENDER, Some(SENDER)),
            ("69A216FC-B8FB-44D8-BC22-1F3C2CD27A39", Some(SENDER)),
            (id.as_str(), Some(SENDER)),
            ("Sender", None),
            ("/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/x", None),
        ];
        for (role, expected) in cases {
            assert_eq!(guid(role).as_deref(), expected, "{role}");
        }
        assert_eq!(definition("Azure Service Bus Data Sender", "s"), Some(id.clone()));
        assert_eq!(definition(&id, "other"), Some(id.clone()));
        assert_eq!(as_written(&id, Some(SENDER)), SENDER);
        assert_eq!(as_written(&id, Some("Owner")), "Azure Service Bus Data Sender");
        let custom = id.replace(SENDER, "00000000-0000-4000-8000-000000000001");
        assert_eq!(as_written(&custom, None), custom);
    }

    #[test]
    fn every_role_of_the_table_has_a_guid_of_its_own() {
        let guids: std::collections::BTreeSet<_> = BUILT_IN.iter().map(|(_, guid)| *guid).collect();
        let names: std::collections::BTreeSet<_> = names().collect();
        assert_eq!((guids.len(), names.len()), (BUILT_IN.len(), BUILT_IN.len()));
        assert!(guids.iter().all(|text| guid(text).as_deref() == Some(*text)));
    }
}
