//! Authentications: whether a trigger's is there and gives what the trigger needs, and whether what it
//! takes from is there.

use super::workloads::{container, environment, keys, no_container, no_variable, pods};
use super::{Cluster, Found, Seen, Wanted, outside};
use crate::diagnostic::closest;
use crate::provider::Finding;
use crate::providers::keda::authentication::{grants, parameters};
use crate::providers::keda::codes::finding;
use crate::providers::keda::said::{self, Entries, Said};
use crate::providers::keda::trigger::Authentication;
use crate::providers::keda::triggers::{Known, known};
use crate::providers::keda::triggers_of_spec::{Scaler, path_of};
use crate::providers::keda::{Kind, scaled_job, scaled_object, version_of};
use crate::value::{Attributes, Path};

const CLUSTER_KIND: &str = "ClusterTriggerAuthentication";
const OWN_KIND: &str = "TriggerAuthentication";

fn scaler<'a>(kind: Kind, fields: &'a Attributes, spec: &'a Entries) -> Scaler<'a> {
    match kind {
        Kind::ScaledJob => scaled_job::scaler(spec, version_of(fields)),
        _ => scaled_object::scaler(spec, version_of(fields)),
    }
}

/// The authentication that a trigger refers to.
fn wanted<'a>(object: &Seen<'a>, entry: &'a Entries) -> Option<Wanted<'a>> {
    let reference = said::map(entry, "authenticationRef").known()?;
    let name = said::filled(reference, "name").known()?;
    let kind = said::filled(reference, "kind").or(OWN_KIND)?;
    let namespace = if kind == CLUSTER_KIND { None } else { Some(object.namespace?) };
    Some(Wanted { group: "keda.sh", kind, namespace, name })
}

/// The triggers of one scaler, now that their authentications are seen.
pub(super) fn check_triggers(
    cluster: &Cluster<'_>,
    object: &Seen<'_>,
    kind: Kind,
    fields: &Attributes,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Said::This(spec) = said::map(fields, "spec") else { return findings };
    let scaler = scaler(kind, fields, spec);
    for (index, entry) in said::entries_of(spec, "triggers") {
        let Some(wanted) = wanted(object, entry) else { continue };
        match cluster.find(wanted) {
            Found::Perhaps => {}
            Found::Here(authentication) => {
                let seen = Authentication::Seen(grants(authentication.spec()));
                let before = scaler.check_trigger(entry, index, &Authentication::Unseen);
                let now = scaler.check_trigger(entry, index, &seen);
                findings.extend(now.into_iter().filter(|finding| !before.contains(finding)));
            }
            Found::Nowhere => findings.push(no_authentication(cluster, object, wanted, &path_of(index))),
        }
    }
    findings
}

fn no_authentication(cluster: &Cluster<'_>, object: &Seen<'_>, wanted: Wanted<'_>, at: &Path) -> Finding {
    let path = at.key("authenticationRef");
    let (other_kind, namespace) = match wanted.kind {
        CLUSTER_KIND => (OWN_KIND, object.namespace),
        _ => (CLUSTER_KIND, None),
    };
    let other = Wanted { kind: other_kind, namespace, ..wanted };
    if let Found::Here(_) = cluster.find(other) {
        let message = format!("the stack has `{}` as a {other_kind}, not as a {}", wanted.name, wanted.kind);
        return finding("keda/dangling", &path, message).help(format!("write `kind: {other_kind}` in the reference"));
    }
    cluster.absent(wanted, &path.key("name"))
}

/// What an authentication takes from, and what of it nobody reads.
pub(super) fn check_sources(cluster: &Cluster<'_>, object: &Seen<'_>, kind: Kind) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Said::This(spec) = object.spec() else { return findings };
    for (list, source) in [("secretTargetRef", "Secret"), ("configMapTargetRef", "ConfigMap")] {
        for (index, entry) in said::entries_of(spec, list) {
            let path = Path::field("spec").key(list).index(index);
            findings.extend(check_key(cluster, object, kind, source, entry, &path));
        }
    }
    let users = users(cluster, object);
    check_unread(spec, &users, &mut findings);
    for user in &users {
        check_variables(cluster, user, spec, &mut findings);
    }
    findings
}

fn check_key(
    cluster: &Cluster<'_>,
    object: &Seen<'_>,
    kind: Kind,
    source: &str,
    entry: &Entries,
    path: &Path,
) -> Option<Finding> {
    let name = said::filled(entry, "name").known()?;
    // For the whole cluster KEDA looks in its own namespace, which the stack need not know.
    let namespace = match kind {
        Kind::ClusterTriggerAuthentication => None,
        _ => Some(object.namespace?),
    };
    let found = match cluster.find(Wanted { group: "", kind: source, namespace, name }) {
        Found::Perhaps => return None,
        Found::Nowhere => {
            let near = cluster.of_kind("", source).filter(|one| namespace.is_none() || one.namespace == namespace);
            let finding = outside(source, name, &path.key("name"));
            return Some(match closest(name, near.filter_map(|one| one.name)) {
                Some(slip) => finding.help(format!("did you mean `{slip}`?")),
                None => finding,
            });
        }
        Found::Here(found) => found,
    };
    let key = said::filled(entry, "key").known()?;
    let keys = keys(found)?;
    if keys.contains(&key) {
        return None;
    }
    let message = format!("the {source} `{name}` has no key `{key}`; KEDA would take it for empty");
    let help = match closest(key, keys.iter().copied()) {
        Some(slip) => format!("did you mean `{slip}`?"),
        None => format!("its keys are: {}", keys.join(", ")),
    };
    Some(finding("keda/no-such-key", &path.key("key"), message).help(help))
}

/// A trigger that refers to the authentication.
struct User<'s, 'a> {
    scaler: &'s Seen<'a>,
    kind: Kind,
    fields: &'a Attributes,
    entry: &'a Entries,
}

fn users<'s, 'a>(cluster: &'s Cluster<'a>, authentication: &Seen<'a>) -> Vec<User<'s, 'a>> {
    let mut users = Vec::new();
    for scaler in &cluster.objects {
        let Some((kind @ (Kind::ScaledObject | Kind::ScaledJob), fields)) = scaler.keda else { continue };
        let Said::This(spec) = said::map(fields, "spec") else { continue };
        for (_, entry) in said::entries_of(spec, "triggers") {
            let found = wanted(scaler, entry).map(|wanted| cluster.find(wanted));
            if matches!(found, Some(Found::Here(one)) if one.index == authentication.index) {
                users.push(User { scaler, kind, fields, entry });
            }
        }
    }
    users
}

/// A parameter is a slip where every trigger that could read it is known and does not.
fn check_unread(spec: &Entries, users: &[User<'_, '_>], findings: &mut Vec<Finding>) {
    let mut tables = Vec::new();
    for user in users {
        match said::filled(user.entry, "type").known().map(known) {
            Some(Known::Table(table)) if !table.is_open => tables.push(table),
            _ => return,
        }
    }
    let readable: Vec<_> = tables
        .iter()
        .flat_map(|table| table.parameters())
        .filter(|parameter| parameter.from_authentication)
        .flat_map(|parameter| parameter.names.iter().copied())
        .collect();
    for (path, parameter) in parameters(spec) {
        let Some(name) = parameter.known().filter(|name| !tables.is_empty() && !readable.contains(name)) else {
            continue;
        };
        let message = format!("none of the triggers that use this reads a parameter `{name}`");
        let help = match closest(name, readable.iter().copied()) {
            Some(slip) => format!("did you mean `{slip}`?"),
            None => format!("they read: {}", readable.join(", ")),
        };
        findings.push(finding("keda/unread-parameter", &path, message).help(help));
    }
}

/// Variables are those of the workload that is scaled.
fn check_variables(cluster: &Cluster<'_>, user: &User<'_, '_>, spec: &Entries, findings: &mut Vec<Finding>) {
    let Said::This(scaled) = said::map(user.fields, "spec") else { return };
    let Said::This(pods) = pods(cluster, user.scaler, user.kind, user.fields) else { return };
    for (index, entry) in said::entries_of(spec, "env") {
        let path = Path::field("spec").key("env").index(index);
        let Some(name) = said::filled(entry, "name").known() else { continue };
        let from = match said::filled(entry, "containerName") {
            Said::Nothing => environment(scaled, user.kind, pods),
            Said::Unclear => None,
            Said::This(of) => {
                findings.extend(no_container(pods, of, &path.key("containerName")));
                container(pods, of)
            }
        };
        let problem = from.and_then(|from| no_variable(cluster, user.scaler.namespace, from, name, &path.key("name")));
        findings.extend(problem.filter(|problem| !findings.contains(problem)));
    }
}
