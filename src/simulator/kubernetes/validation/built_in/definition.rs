//! Definitions of custom resources, and API services.

use serde_json::{Value as Json, json};

use super::{check_immutable, check_one_of, items, part, text};
use crate::simulator::kubernetes::schema::{Cause, of_crd_version};
use crate::simulator::kubernetes::validation::names;

pub(super) fn check(object: &Json) -> Vec<Cause> {
    let mut causes = Vec::new();
    let (group, plural) = (text(object, "/spec/group"), text(object, "/spec/names/plural"));
    let name = text(object, "/metadata/name");
    if !name.is_empty() && name != format!("{plural}.{group}") {
        causes.push(Cause::invalid("metadata.name", &json!(name), "must be spec.names.plural+\".\"+spec.group"));
    }
    if !group.is_empty() {
        if let Some(why) = names::subdomain(group) {
            causes.push(Cause::invalid("spec.group", &json!(group), &why));
        } else if !group.contains('.') {
            causes.push(Cause::invalid("spec.group", &json!(group), "should be a domain with at least one dot"));
        }
    }
    check_one_of(part(object, "/spec/scope"), "spec.scope".into(), &["Cluster", "Namespaced"], &mut causes);
    check_names(object, &mut causes);
    check_versions(object, &mut causes);
    causes
}

fn check_names(object: &Json, causes: &mut Vec<Cause>) {
    for (field, lower) in [("plural", false), ("singular", false), ("kind", true), ("listKind", true)] {
        let name = text(object, &format!("/spec/names/{field}"));
        let checked = if lower { name.to_lowercase() } else { name.to_owned() };
        if let Some(why) = names::service(&checked).filter(|_| !name.is_empty()) {
            let why = if lower { format!("may have mixed case, but should otherwise match: {why}") } else { why };
            causes.push(Cause::invalid(format!("spec.names.{field}"), &json!(name), &why));
        }
    }
    let kind = text(object, "/spec/names/kind");
    if !kind.is_empty() && kind == text(object, "/spec/names/listKind") {
        causes.push(Cause::invalid("spec.names.listKind", &json!(kind), "kind and listKind may not be the same"));
    }
}

fn check_versions(object: &Json, causes: &mut Vec<Cause>) {
    let mut taken = Vec::new();
    for (at, version) in items(object, "/spec/versions") {
        let path = format!("spec.versions[{at}]");
        let name = text(version, "/name");
        if let Some(why) = names::service(name).filter(|_| !name.is_empty()) {
            causes.push(Cause::invalid(format!("{path}.name"), &json!(name), &why));
        }
        if taken.contains(&name) {
            causes.push(Cause::invalid("spec.versions", &json!(name), "must contain unique version names"));
        }
        taken.push(name);
        match part(version, "/schema/openAPIV3Schema") {
            Json::Null => {
                causes.push(Cause::required(format!("{path}.schema.openAPIV3Schema"), "schemas are required"))
            }
            schema => causes.extend(of_crd_version(schema).err().into_iter().flatten().map(|mut cause| {
                cause.field = format!("{path}.schema.{}", cause.field);
                cause
            })),
        }
    }
    let stored = items(object, "/spec/versions").filter(|(_, version)| version["storage"] == Json::Bool(true)).count();
    if stored != 1 && !taken.is_empty() {
        let why = "must have exactly one version marked as storage version";
        causes.push(Cause::invalid("spec.versions", &json!(taken), why));
    }
}

pub(super) fn check_change(object: &Json, old: &Json) -> Vec<Cause> {
    let mut causes =
        check_immutable(object, old, &["/spec/group", "/spec/scope", "/spec/names/kind", "/spec/names/plural"]);
    for (at, stored) in items(old, "/status/storedVersions") {
        let kept = items(object, "/spec/versions").any(|(_, version)| &version["name"] == stored);
        if !kept {
            let name = stored.as_str().unwrap_or_default();
            let why = format!(
                "missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in {name} and removes {name} from status.storedVersions"
            );
            causes.push(Cause::invalid(format!("status.storedVersions[{at}]"), stored, &why));
        }
    }
    causes
}

pub(super) fn check_api_service(object: &Json) -> Vec<Cause> {
    let (name, group, version) =
        (text(object, "/metadata/name"), text(object, "/spec/group"), text(object, "/spec/version"));
    let wanted = format!("{version}.{group}");
    if name.is_empty() || name == wanted || name == format!("{version}.") {
        return Vec::new();
    }
    let why = format!("must be `spec.version+\".\"+spec.group`: {wanted:?}");
    vec![Cause::invalid("metadata.name", &json!(name), &why)]
}
