//! What a scaler scales: whether the stack has it, and its containers, variables and requests.

use super::{Cluster, Found, Seen, Wanted};
use crate::diagnostic::closest;
use crate::provider::Finding;
use crate::providers::keda::Kind;
use crate::providers::keda::codes::finding;
use crate::providers::keda::go_values::quantity;
use crate::providers::keda::said::{self, Entries, Said};
use crate::providers::keda::scaled_job;
use crate::providers::keda::triggers_of_spec::path_of;
use crate::value::{Attributes, Path, Value};

/// The pods of a scaler, as far as the stack shows them.
pub(super) fn pods<'a>(
    cluster: &Cluster<'a>,
    object: &Seen<'a>,
    kind: Kind,
    fields: &'a Attributes,
) -> Said<&'a Entries> {
    let Said::This(spec) = said::map(fields, "spec") else { return Said::Unclear };
    if kind == Kind::ScaledJob {
        return scaled_job::pods(spec);
    }
    let found = wanted(object, spec).map(|wanted| cluster.find(wanted));
    match found {
        Some(Found::Here(workload)) => pods_of(workload),
        _ => Said::Unclear,
    }
}

fn pods_of<'a>(workload: &Seen<'a>) -> Said<&'a Entries> {
    let template = said::within(workload.spec(), |spec| said::map(spec, "template"));
    said::within(template, |template| said::map(template, "spec"))
}

/// The container whose variables count.
pub(super) fn environment<'a>(spec: &'a Entries, kind: Kind, pods: &'a Entries) -> Option<&'a Entries> {
    const SOURCE: &str = "envSourceContainerName";
    let named = match kind {
        Kind::ScaledJob => said::filled(spec, SOURCE),
        _ => said::within(said::map(spec, "scaleTargetRef"), |target| said::filled(target, SOURCE)),
    };
    let containers = said::entries_of(pods, "containers");
    match named {
        Said::Unclear => None,
        Said::Nothing => containers.first().map(|(_, container)| *container),
        Said::This(name) => container(pods, name),
    }
}

pub(super) fn container<'a>(pods: &'a Entries, name: &str) -> Option<&'a Entries> {
    let mut containers = said::entries_of(pods, "containers").into_iter();
    containers
        .find(|(_, container)| said::filled(container, "name") == Said::This(name))
        .map(|(_, container)| container)
}

pub(super) fn check(cluster: &Cluster<'_>, object: &Seen<'_>, kind: Kind, fields: &Attributes) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Said::This(spec) = said::map(fields, "spec") else { return findings };
    if kind == Kind::ScaledObject {
        findings.extend(check_target(cluster, object, spec));
    }
    let Said::This(pods) = pods(cluster, object, kind, fields) else { return findings };
    if kind == Kind::ScaledObject {
        let target = Path::field("spec").key("scaleTargetRef").key("envSourceContainerName");
        let named = said::within(said::map(spec, "scaleTargetRef"), |one| said::filled(one, "envSourceContainerName"));
        findings.extend(named.known().and_then(|name| no_container(pods, name, &target)));
        if is_judged_by_requests(object, spec) {
            check_resources(cluster, object, spec, pods, &mut findings);
        }
    }
    if let Some(container) = environment(spec, kind, pods) {
        check_variables(cluster, object, spec, container, &mut findings);
    }
    findings
}

fn wanted<'a>(object: &Seen<'a>, spec: &'a Entries) -> Option<Wanted<'a>> {
    let target = said::map(spec, "scaleTargetRef").known()?;
    let api_version = said::filled(target, "apiVersion").or("apps/v1")?;
    Some(Wanted {
        group: api_version.split_once('/').map_or("", |(group, _)| group),
        kind: said::filled(target, "kind").or("Deployment")?,
        namespace: Some(object.namespace?),
        name: said::filled(target, "name").known()?,
    })
}

fn check_target(cluster: &Cluster<'_>, object: &Seen<'_>, spec: &Entries) -> Option<Finding> {
    let wanted = wanted(object, spec)?;
    let path = Path::field("spec").key("scaleTargetRef");
    let target = said::map(spec, "scaleTargetRef").known()?;
    match cluster.find(wanted) {
        Found::Perhaps => None,
        Found::Here(workload) => {
            let said = said::filled(target, "apiVersion").or("apps/v1")?;
            if workload.api_version == said {
                return None;
            }
            let message = format!("`{}` is a {} of {}, not of {said}", wanted.name, wanted.kind, workload.api_version);
            let help = format!("write `apiVersion: {}`", workload.api_version);
            Some(finding("keda/dangling", &path.key("apiVersion"), message).help(help))
        }
        Found::Nowhere => {
            let mut others = cluster.objects.iter();
            let other = others.find(|other| {
                other.name == Some(wanted.name)
                    && other.namespace == wanted.namespace
                    && pods_of(other).known().is_some()
            });
            let Some(other) = other else { return Some(cluster.absent(wanted, &path.key("name"))) };
            let message = format!("the stack has `{}` as a {}, not as a {}", wanted.name, other.kind, wanted.kind);
            let help = match other.api_version {
                "apps/v1" => format!("write `kind: {}`", other.kind),
                api_version => format!("write `apiVersion: {api_version}` and `kind: {}`", other.kind),
            };
            let path = if said::value(target, "kind").is_some() { path.key("kind") } else { path };
            Some(finding("keda/dangling", &path, message).help(help))
        }
    }
}

/// None where there is one of that name, or that cannot be told.
pub(super) fn no_container(pods: &Entries, name: &str, path: &Path) -> Option<Finding> {
    let all = said::list(pods, "containers").known()?;
    let containers = said::entries_of(pods, "containers");
    let names: Vec<_> = containers.iter().filter_map(|(_, one)| said::filled(one, "name").known()).collect();
    if names.len() != all.len() || names.contains(&name) {
        return None;
    }
    let message = format!("the workload has no container `{name}`");
    let help = format!("its containers are: {}", names.join(", "));
    Some(finding("keda/no-such-container", path, message).help(help))
}

/// KEDA's webhook looks at the containers of these only.
fn is_judged_by_requests(object: &Seen<'_>, spec: &Entries) -> bool {
    wanted(object, spec)
        .is_some_and(|target| target.group == "apps" && ["Deployment", "StatefulSet"].contains(&target.kind))
}

/// A share of a request needs the request, and the webhook wants one in any case.
fn check_resources(
    cluster: &Cluster<'_>,
    object: &Seen<'_>,
    spec: &Entries,
    pods: &Entries,
    findings: &mut Vec<Finding>,
) {
    for (index, entry) in said::entries_of(spec, "triggers") {
        let Some(resource @ ("cpu" | "memory")) = said::filled(entry, "type").known() else { continue };
        let named = said::within(said::map(entry, "metadata"), |metadata| said::filled(metadata, "containerName"));
        let path = path_of(index);
        if let Said::This(name) = named
            && let Some(finding) = no_container(pods, name, &path.key("metadata").key("containerName"))
        {
            findings.push(finding);
            continue;
        }
        if named.is_unclear() || has_default(cluster, object.namespace, resource) {
            continue;
        }
        for (_, container) in said::entries_of(pods, "containers") {
            let name = said::filled(container, "name");
            if named.known().is_some() && named != name || has_resource(container, resource) {
                continue;
            }
            let name = name.known().unwrap_or_default();
            let message =
                format!("the container `{name}` has no {resource} request, so KEDA refuses a {resource} trigger");
            let help = format!("add `resources.requests.{resource}` to the container");
            findings.push(finding("keda/no-request", &path.key("type"), message).help(help));
        }
    }
}

fn has_resource(container: &Entries, resource: &str) -> bool {
    let resources = said::map(container, "resources");
    ["requests", "limits"].iter().any(|key| is_above_zero(said::within(resources, |all| said::map(all, key)), resource))
}

/// What is not clear is taken to be there.
fn is_above_zero(amounts: Said<&Entries>, resource: &str) -> bool {
    let amount = match amounts {
        Said::Nothing => return false,
        Said::Unclear => return true,
        Said::This(amounts) => said::value(amounts, resource),
    };
    match amount {
        None => false,
        Some(Value::String(text)) => quantity(text).is_none_or(|amount| amount > 0.0),
        Some(Value::Integer(amount)) => *amount > 0,
        Some(Value::Float(amount)) => *amount > 0.0,
        Some(_) => true,
    }
}

/// Whether a LimitRange of the stack fills in what containers do not say.
fn has_default(cluster: &Cluster<'_>, namespace: Option<&str>, resource: &str) -> bool {
    let ranges = cluster.of_kind("", "LimitRange").filter(|range| range.namespace == namespace);
    let limits = ranges.filter_map(|range| range.spec().known()).flat_map(|spec| said::entries_of(spec, "limits"));
    limits.into_iter().any(|(_, limit)| {
        said::filled(limit, "type") == Said::This("Container")
            && ["default", "defaultRequest"].iter().any(|key| is_above_zero(said::map(limit, key), resource))
    })
}

fn check_variables(
    cluster: &Cluster<'_>,
    object: &Seen<'_>,
    spec: &Entries,
    container: &Entries,
    findings: &mut Vec<Finding>,
) {
    for (index, entry) in said::entries_of(spec, "triggers") {
        let Some(metadata) = said::map(entry, "metadata").known() else { continue };
        for (key, value) in metadata.iter().filter(|(key, _)| key.ends_with("FromEnv")) {
            let Some(name) = value.as_str().filter(|name| !name.is_empty()) else { continue };
            let path = path_of(index).key("metadata").key(key);
            findings.extend(no_variable(cluster, object.namespace, container, name, &path));
        }
    }
}

/// None where the container has the variable, or that cannot be told.
pub(super) fn no_variable(
    cluster: &Cluster<'_>,
    namespace: Option<&str>,
    container: &Entries,
    name: &str,
    path: &Path,
) -> Option<Finding> {
    let mut names = Vec::new();
    for value in said::list(container, "env").or(&[])? {
        names.push(said::filled(value.as_map()?, "name").known()?.to_owned());
    }
    for value in said::list(container, "envFrom").or(&[])? {
        names.extend(from_source(cluster, namespace, value.as_map()?)?);
    }
    if names.iter().any(|known| known == name) {
        return None;
    }
    let of = said::filled(container, "name").known().unwrap_or_default();
    let message = format!("the container `{of}` has no variable `{name}`");
    let help = match closest(name, names.iter().map(String::as_str)) {
        Some(known) => format!("did you mean `{known}`?"),
        None => "add it to the container's `env`, or name the container with `envSourceContainerName`".to_owned(),
    };
    Some(finding("keda/no-such-env", path, message).help(help))
}

/// The variables that a whole Secret or ConfigMap gives; `None` where it is not seen.
fn from_source(cluster: &Cluster<'_>, namespace: Option<&str>, source: &Entries) -> Option<Vec<String>> {
    let prefix = said::text(source, "prefix").or("")?;
    let (kind, reference) = match (said::map(source, "secretRef"), said::map(source, "configMapRef")) {
        (Said::This(reference), _) => ("Secret", reference),
        (_, Said::This(reference)) => ("ConfigMap", reference),
        _ => return None,
    };
    let name = said::filled(reference, "name").known()?;
    let Found::Here(found) = cluster.find(Wanted { group: "", kind, namespace: Some(namespace?), name }) else {
        return None;
    };
    Some(keys(found)?.into_iter().map(|key| format!("{prefix}{key}")).collect())
}

/// The keys of a Secret or ConfigMap, if all are known.
pub(super) fn keys<'a>(object: &Seen<'a>) -> Option<Vec<&'a str>> {
    let mut keys = Vec::new();
    for part in ["data", "stringData", "binaryData"] {
        match said::map(object.root?, part) {
            Said::Nothing => {}
            Said::Unclear => return None,
            Said::This(entries) => keys.extend(entries.keys().map(String::as_str)),
        }
    }
    Some(keys)
}
