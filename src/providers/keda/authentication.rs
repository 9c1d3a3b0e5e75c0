//! A TriggerAuthentication by itself, and what it gives to the triggers that refer to it.

use std::collections::BTreeMap;

use super::Kind;
use super::codes::finding;
use super::said::{self, Entries, Said};
use super::trigger::{Grants, Identity};
use super::version::Version;
use crate::provider::Finding;
use crate::value::{Path, Value};

/// Where lists of parameters stand, in the order in which later ones win.
const LISTS: &[(&str, &str)] = &[
    ("env", ""),
    ("configMapTargetRef", ""),
    ("secretTargetRef", ""),
    ("hashiCorpVault", "secrets"),
    ("azureKeyVault", "secrets"),
    ("gcpSecretManager", "secrets"),
    ("awsSecretManager", "secrets"),
    ("boundServiceAccountToken", ""),
];

pub(super) fn check(kind: Kind, spec: &Entries, version: Version) -> Vec<Finding> {
    let mut findings = Vec::new();
    let at = Path::field("spec");
    if spec.values().all(Value::is_null) {
        let message = "this gives nothing: no parameter, and no identity";
        let help = "add `podIdentity`, `secretTargetRef`, or another source";
        findings.push(finding("keda/empty-authentication", &at, message).help(help));
    }
    check_identity(spec, &at.key("podIdentity"), &mut findings);
    check_twice(spec, &mut findings);
    check_file_path(kind, spec, &mut findings);
    check_vault(spec, &mut findings);
    for store in ["azureKeyVault", "awsSecretManager", "gcpSecretManager"] {
        check_store(spec, store, &mut findings);
    }
    if version.is_from(20) {
        check_oauth2(spec, &mut findings);
    }
    findings
}

/// What a trigger can expect.
pub(super) fn grants(spec: Said<&Entries>) -> Grants {
    let Some(spec) = spec.known() else {
        return Grants { more: true, identity: Identity::Unclear, ..Grants::default() };
    };
    let mut grants = Grants { identity: identity(spec), ..Grants::default() };
    for (_, parameter) in parameters(spec) {
        match parameter {
            Said::This(name) => {
                grants.parameters.insert(name.to_owned());
            }
            Said::Unclear => grants.more = true,
            Said::Nothing => {}
        }
    }
    // A file may hold anything, and OAuth 2 gives its token under the name that the scaler reads.
    let anything = ["filePath", "oauth2"].iter().any(|key| said::value(spec, key).is_some());
    grants.more |= anything || LISTS.iter().any(|(key, inner)| is_unclear(spec, key, inner));
    // A role of one's own stands for the parameter of old.
    let role = said::within(said::map(spec, "podIdentity"), |identity| said::filled(identity, "roleArn"));
    if !role.is_nothing() {
        grants.parameters.insert("awsRoleArn".to_owned());
    }
    grants
}

fn is_unclear(spec: &Entries, key: &str, inner: &str) -> bool {
    let found = match inner {
        "" => said::list(spec, key),
        inner => said::within(said::map(spec, key), |store| said::list(store, inner)),
    };
    found.is_unclear() || found.known().is_some_and(|items| items.iter().any(|item| item.as_map().is_none()))
}

/// Every parameter that is given by name, with its place.
pub(super) fn parameters(spec: &Entries) -> Vec<(Path, Said<&str>)> {
    let mut all = Vec::new();
    for (key, inner) in LISTS {
        let path = Path::field("spec").key(key);
        let (path, entries) = match *inner {
            "" => (path, said::entries_of(spec, key)),
            inner => {
                let store = said::map(spec, key).known();
                (path.key(inner), store.map(|store| said::entries_of(store, inner)).unwrap_or_default())
            }
        };
        for (index, entry) in entries {
            all.push((path.index(index).key("parameter"), said::filled(entry, "parameter")));
        }
    }
    all
}

fn identity(spec: &Entries) -> Identity {
    let identity = said::map(spec, "podIdentity");
    match said::within(identity, |identity| said::filled(identity, "provider")) {
        Said::Nothing | Said::This("none") => Identity::None,
        Said::Unclear => Identity::Unclear,
        Said::This(provider) => Identity::Of(provider.to_owned()),
    }
}

fn check_identity(spec: &Entries, path: &Path, findings: &mut Vec<Finding>) {
    let Some(identity) = said::map(spec, "podIdentity").known() else { return };
    let mut wrong = |key: &str, message: &str, help: &str| {
        findings.push(finding("keda/bad-identity", &path.key(key), message).help(help));
    };
    let is_empty = |key: &str| said::text(identity, key) == Said::This("");
    let has = |key: &str| said::filled(identity, key).known();
    match has("provider") {
        Some("azure-workload" | "azure") => {
            if is_empty("identityId") {
                wrong(
                    "identityId",
                    "an identity that is given cannot be empty",
                    "write its client id, or leave it out",
                );
            }
            if is_empty("identityTenantId") {
                wrong("identityTenantId", "a tenant that is given cannot be empty", "write its id, or leave it out");
            } else if has("identityAuthorityHost").is_some() && said::filled(identity, "identityTenantId").is_nothing()
            {
                let message = "an authority of one's own needs the tenant too";
                wrong("identityAuthorityHost", message, "add `identityTenantId`");
            }
        }
        Some("aws") => {
            let role = said::filled(identity, "roleArn");
            if role.known().is_some() && has("identityOwner") == Some("workload") {
                let message = "either the role named here is taken, or that of the workload";
                wrong("roleArn", message, "leave out `roleArn` or `identityOwner: workload`");
            }
            if let Some(arn) = role.known().filter(|arn| !is_role(arn)) {
                let message = format!("`{arn}` is no ARN of a role");
                wrong("roleArn", &message, "write arn:aws:iam::<account>:role/<name>, or refer to the role's `arn`");
            }
            if has("externalID").is_some() && role.is_nothing() {
                wrong("externalID", "an external id is for a role that is taken on", "add `roleArn`");
            }
        }
        Some("aws-eks") => {
            let message = "the pod identity `aws-eks` is deprecated";
            let help = "write `provider: aws`, and `identityOwner: workload` for the role of the workload";
            findings.push(finding("keda/deprecated", &path.key("provider"), message).help(help));
        }
        _ => {}
    }
}

fn is_role(arn: &str) -> bool {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    matches!(parts.as_slice(), ["arn", partition, "iam", "", account, name]
        if partition.starts_with("aws") && account.len() == 12 && account.chars().all(|c| c.is_ascii_digit())
            && name.strip_prefix("role/").is_some_and(|name| !name.is_empty()))
}

fn check_twice(spec: &Entries, findings: &mut Vec<Finding>) {
    let mut seen: BTreeMap<&str, Path> = BTreeMap::new();
    for (path, parameter) in parameters(spec) {
        let Some(name) = parameter.known() else { continue };
        if let Some(first) = seen.insert(name, path.clone()) {
            let message = format!("`{name}` is given at {first} already, and this one wins");
            findings.push(finding("keda/parameter-twice", &path, message).help("leave one of them out"));
        }
    }
}

fn check_file_path(kind: Kind, spec: &Entries, findings: &mut Vec<Finding>) {
    let Some(file) = said::text(spec, "filePath").known() else { return };
    let (message, help) = if kind == Kind::TriggerAuthentication {
        (
            "files are read for a ClusterTriggerAuthentication only",
            "write a ClusterTriggerAuthentication, or use a Secret",
        )
    } else if file.starts_with('/') || file.split('/').any(|part| part == "..") {
        ("a file stands below the folder that KEDA's operator is told", "write a relative path without `..`")
    } else {
        return;
    };
    findings.push(finding("keda/file-path", &Path::field("spec").key("filePath"), message).help(help));
}

fn check_vault(spec: &Entries, findings: &mut Vec<Finding>) {
    let Some(vault) = said::map(spec, "hashiCorpVault").known() else { return };
    let path = Path::field("spec").key("hashiCorpVault");
    let credential = said::map(vault, "credential");
    let missing = match said::filled(vault, "authentication").known() {
        Some("token") if said::within(credential, |credential| said::filled(credential, "token")).is_nothing() => {
            "`credential.token`"
        }
        Some("kubernetes") if said::filled(vault, "role").is_nothing() => "`role`",
        Some("kubernetes") if said::filled(vault, "mount").is_nothing() => "`mount`",
        _ => return,
    };
    let message = format!("to enter Vault in this way, KEDA needs {missing}");
    findings.push(finding("keda/secret-store", &path, message).help(format!("add {missing}")));
}

fn check_store(spec: &Entries, key: &str, findings: &mut Vec<Finding>) {
    let Some(store) = said::map(spec, key).known() else { return };
    let path = Path::field("spec").key(key);
    let identity = said::map(store, "podIdentity");
    let wanted = match key {
        "azureKeyVault" => "azure-workload",
        "awsSecretManager" => "aws",
        _ => "gcp",
    };
    let provider = said::within(identity, |identity| said::filled(identity, "provider"));
    let has_identity = !matches!(provider, Said::Nothing | Said::This("none"));
    if said::value(store, "credentials").is_none() && !has_identity {
        let message = format!("how KEDA enters `{key}` is not said");
        let help = format!("add `podIdentity: {{ provider: {wanted} }}` or `credentials` to it");
        findings.push(finding("keda/secret-store", &path, message).help(help));
    } else if let Said::This(provider) = provider
        && provider != wanted
        && !matches!((provider, wanted), ("none", _) | ("azure", "azure-workload"))
    {
        let message = format!("`{key}` cannot be entered with the pod identity `{provider}`");
        let help = format!("write `provider: {wanted}`");
        findings.push(finding("keda/secret-store", &path.key("podIdentity").key("provider"), message).help(help));
    }
}

fn check_oauth2(spec: &Entries, findings: &mut Vec<Finding>) {
    let Some(oauth2) = said::map(spec, "oauth2").known() else { return };
    let path = Path::field("spec").key("oauth2");
    if said::text(oauth2, "clientId") == Said::This("") {
        let message = "the client id is empty";
        findings.push(finding("keda/oauth2", &path.key("clientId"), message).help("write the id of the client"));
    }
    if let Some(url) = said::text(oauth2, "tokenUrl").known() {
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        if host.is_none_or(|host| host.is_empty() || host.starts_with('/')) {
            let message = format!("`{url}` is no address with http:// or https://");
            findings.push(finding("keda/oauth2", &path.key("tokenUrl"), message).help("write the whole address"));
        }
    }
}
