//! `azure.role_assignment`: which role someone has on something.
//!
//! Pure: the calls are in `calls`.

mod calls;
mod mark;
mod role;

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::diagnostic::closest;
use crate::provider::{Field, FieldType, Finding, Operation, Output, ResourceType, Schema, Text};
use crate::value::{Attributes, Kind, Path, Value};

/// What Azure calls whom roles are assigned to.
const TYPES: [&str; 5] = ["ServicePrincipal", "User", "Group", "ForeignGroup", "Device"];
/// Azure takes 1024 characters, of which the marks need some.
const LONGEST_DESCRIPTION: usize = 600;

pub(super) struct RoleAssignment {
    schema: Schema,
}

impl RoleAssignment {
    pub(super) fn new() -> Self {
        let outputs = vec![
            Output::new("id", Kind::String, "The id in Azure's Resource Manager"),
            Output::new("role_definition_id", Kind::String, "The id of the role"),
        ];
        Self { schema: Schema { spec: spec(), outputs } }
    }
}

fn spec() -> Vec<Field> {
    let scope = FieldType::pattern(
        "/subscriptions/[^/]+(/[^/]+)*",
        "a scope is an id, such as `${queue.id}` or /subscriptions/11111111-2222-3333-4444-555555555555",
    );
    let guid = FieldType::pattern(
        "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        "a GUID, such as `${identity.principal_id}`",
    );
    let version = FieldType::one_of(&["2.0"]);
    let description = FieldType::String(Text { max: Some(LONGEST_DESCRIPTION), ..Text::default() });
    vec![
        Field::new("scope", scope, "The id of what the role is on, with all that is in it").required().replaces(),
        Field::new("principal_id", guid, "Who has the role: the principal, or object, id").required().replaces(),
        Field::new("principal_type", FieldType::one_of(&TYPES), "What the principal is")
            .default("ServicePrincipal")
            .replaces(),
        Field::new(
            "role",
            FieldType::text(),
            "The name of a built-in role, such as `Azure Service Bus Data Receiver`, or the id of any role",
        )
        .required()
        .replaces(),
        Field::new("condition", FieldType::text(), "What has to be so for the role to allow anything"),
        Field::new("condition_version", version, "The version of the language of `condition`; left out, 2.0"),
        Field::new("description", description, "What it is for; who made it is told behind it"),
    ]
}

/// The GUID that an assignment has by what it assigns, so that whoever makes it again makes the same one.
///
/// One of version 8, of RFC 9562: the first bytes of the SHA-256 of scope, principal and role in small letters.
fn name(scope: &str, principal: &str, role: &str) -> String {
    let hash = Sha256::digest(format!("{scope}\n{principal}\n{role}").to_lowercase().as_bytes());
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash.iter()).for_each(|(byte, hashed)| *byte = *hashed);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().hyphenated().to_string()
}

/// The path of an assignment on this scope.
fn path(scope: &str, spec: &Attributes) -> Option<String> {
    let text = |name: &str| spec.get(name).and_then(Value::as_str);
    let name = name(scope, text("principal_id")?, &role::guid(text("role")?)?);
    Some(format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"))
}

impl ResourceType for RoleAssignment {
    fn name(&self) -> &'static str {
        "azure.role_assignment"
    }

    fn doc(&self) -> &'static str {
        "A role of Azure's that an identity, a user or a group has on something."
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn check(&self, spec: &Attributes) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some(role) = spec.get("role").and_then(Value::as_str).filter(|role| role::guid(role).is_none()) {
            let text = format!("`{role}` is no built-in role that is known here, and no id of a role");
            let close = closest(role, role::names()).map(|name| format!("did you mean `{name}`?"));
            let help = close.unwrap_or_else(|| {
                "say its id: `az role definition list --name NAME --query [].id` shows it".to_owned()
            });
            findings.push(Finding::new("azure/unknown-role", Path::field("role"), text).help(help));
        }
        if spec.contains_key("condition_version") && !spec.contains_key("condition") {
            let text = "there is no `condition` here whose version this could be";
            findings.push(Finding::new("azure/condition", Path::field("condition_version"), text));
        }
        findings
    }

    fn identity(&self, spec: &Attributes) -> Option<String> {
        path(&spec.get("scope")?.as_str()?.to_lowercase(), spec)
    }

    fn identity_fields(&self) -> &'static [&'static str] {
        &["scope", "principal_id", "role"]
    }

    fn scope_settings(&self) -> &'static [&'static str] {
        &["subscription"]
    }

    fn visible_after(&self) -> Duration {
        Duration::from_secs(15)
    }

    fn expected(&self, operation: Operation) -> Duration {
        // Entra takes a while to tell everyone of a new identity.
        Duration::from_secs(if operation == Operation::Create { 20 } else { 5 })
    }

    fn timeout(&self, _: Operation) -> Duration {
        Duration::from_secs(15 * 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{difference, normalise};
    use proptest::prelude::*;
    use serde_json::json;

    const SCOPE: &str = "/subscriptions/s/resourceGroups/Main";
    const PRINCIPAL: &str = "0A000000-0000-4000-8000-000000000001";

    fn spec(with: serde_json::Value) -> (Attributes, Vec<Finding>) {
        let assignment = RoleAssignment::new();
        let mut spec = json!({"scope": SCOPE, "principal_id": PRINCIPAL, "role": "Reader"});
        spec.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        let Value::Map(spec) = Value::from(spec) else { panic!("a map") };
        let (normal, mut findings) = normalise(&assignment.schema.spec, &spec, &Path::default());
        findings.extend(assignment.check(&normal));
        (normal, findings)
    }

    #[test]
    fn a_spec_is_checked() {
        let cases = [
            (json!({}), None),
            (json!({"role": "acdd72a7-3385-48ef-bd42-f606fba81ae7", "description": "x"}), None),
            (json!({"condition": "x", "condition_version": "2.0"}), None),
            (json!({"role": "Reeder"}), Some("azure/unknown-role")),
            (json!({"condition_version": "2.0"}), Some("azure/condition")),
            (json!({"scope": "main"}), Some("stack/bad-pattern")),
            (json!({"scope": "/subscriptions/s/"}), Some("stack/bad-pattern")),
            (json!({"principal_id": "worker"}), Some("stack/bad-pattern")),
        ];
        for (with, code) in cases {
            let found: Vec<_> = spec(with.clone()).1.iter().map(|one| one.code).collect();
            assert_eq!(found, Vec::from_iter(code), "{with}");
        }
        assert_eq!(spec(json!({"role": "Reeder"})).1[0].help.as_deref(), Some("did you mean `Reader`?"));
    }

    #[test]
    fn only_what_is_told_of_it_changes_in_place() {
        let because = |with| {
            let difference = difference(&RoleAssignment::new(), &spec(json!({})).0, &spec(with).0);
            difference.replace_because.iter().map(Path::to_string).collect::<Vec<_>>()
        };
        assert_eq!(because(json!({"description": "x", "condition": "y"})), [""; 0]);
        assert_eq!(because(json!({"role": "Owner"})), ["role"]);
        assert_eq!(because(json!({"principal_type": "User"})), ["principal_type"]);
    }

    #[test]
    fn an_assignment_is_known_by_what_it_assigns() {
        let identity = |with| RoleAssignment::new().identity(&spec(with).0).unwrap();
        let one = identity(json!({}));
        assert_eq!(
            one,
            "/subscriptions/s/resourcegroups/main/providers/Microsoft.Authorization/roleAssignments/\
             7cf17968-a530-8ddc-92b2-a3c3f01bef77"
        );
        let same = json!({
            "scope": SCOPE.to_lowercase(), "principal_id": PRINCIPAL.to_lowercase(),
            "role": "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7",
        });
        assert_eq!(one, identity(same));
        for other in [json!({"role": "Owner"}), json!({"scope": "/subscriptions/s"})] {
            assert_ne!(one, identity(other));
        }
    }

    proptest! {
        #[test]
        fn its_name_is_a_guid_of_a_version_that_is_nobody_elses(scope in ".{0,40}", principal in ".{0,40}") {
            let guid = uuid::Uuid::parse_str(&name(&scope, &principal, "r")).unwrap();
            prop_assert_eq!(guid.get_version_num(), 8);
            prop_assert_eq!(guid.get_variant(), uuid::Variant::RFC4122);
        }
    }
}
