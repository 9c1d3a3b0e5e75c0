//! All objects of one cluster that a stack defines, judged together: KEDA's and those they refer to.
//!
//! Knows what the stack says and nothing of the cluster: an object that is not in the stack may be there.

mod authentications;
mod scalers;
mod workloads;

use super::Kind;
use super::codes::finding;
use super::said::{self, Entries, Said};
use crate::diagnostic::closest;
use crate::provider::Finding;
use crate::value::{Attributes, Path, Value};

/// One object of a stack.
pub struct Object<'a> {
    /// Comes back with each finding about the object.
    pub index: usize,
    /// None for what is in no namespace, and while it is not known.
    pub namespace: Option<&'a str>,
    /// None while it is not known.
    pub name: Option<&'a str>,
    pub body: Body<'a>,
}

/// What an object says.
pub enum Body<'a> {
    /// One of KEDA's types, as the fields of its resource.
    Keda(Kind, &'a Attributes),
    /// Any other, as Kubernetes reads it, with `apiVersion` and `kind`.
    Manifest(&'a Value),
}

/// What is wrong with objects that are fine by themselves, each with the index of the object.
///
/// Only KEDA's own types are told of, and the paths of the findings begin in their fields.
pub fn check_together(objects: &[Object<'_>]) -> Vec<(usize, Finding)> {
    let cluster = Cluster { objects: objects.iter().map(Seen::new).collect() };
    let mut findings = scalers::check(&cluster);
    for object in &cluster.objects {
        let Some((kind, fields)) = object.keda else { continue };
        let told = match kind {
            Kind::ScaledObject | Kind::ScaledJob => {
                let mut told = workloads::check(&cluster, object, kind, fields);
                told.extend(authentications::check_triggers(&cluster, object, kind, fields));
                told
            }
            Kind::TriggerAuthentication | Kind::ClusterTriggerAuthentication => {
                authentications::check_sources(&cluster, object, kind)
            }
        };
        findings.extend(told.into_iter().map(|finding| (object.index, finding)));
    }
    findings
}

/// An object as the rules see it.
struct Seen<'a> {
    index: usize,
    group: &'a str,
    api_version: &'a str,
    kind: &'a str,
    namespace: Option<&'a str>,
    name: Option<&'a str>,
    /// What kind it is, is not known yet.
    is_unclear: bool,
    /// The manifest, or the fields: both have a `spec`.
    root: Option<&'a Entries>,
    keda: Option<(Kind, &'a Attributes)>,
}

impl<'a> Seen<'a> {
    fn new(object: &Object<'a>) -> Self {
        let Object { index, namespace, name, .. } = *object;
        let (api_version, kind, root, keda) = match object.body {
            Body::Keda(kind, fields) => ("keda.sh/v1alpha1", kind.name(), Some(fields), Some((kind, fields))),
            Body::Manifest(manifest) => {
                let root = manifest.as_map();
                let text = |key| root.and_then(|root| said::filled(root, key).known()).unwrap_or_default();
                (text("apiVersion"), text("kind"), root, None)
            }
        };
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let is_unclear = api_version.is_empty() || kind.is_empty();
        Self { index, group, api_version, kind, namespace, name, is_unclear, root, keda }
    }

    fn spec(&self) -> Said<&'a Entries> {
        self.root.map_or(Said::Unclear, |root| said::map(root, "spec"))
    }

    fn annotation(&self, name: &str) -> Said<&'a str> {
        let Some(root) = self.root else { return Said::Unclear };
        let of = if self.keda.is_some() { Said::This(root) } else { said::map(root, "metadata") };
        said::within(said::within(of, |of| said::map(of, "annotations")), |all| said::text(all, name))
    }

    /// Whether it is of that kind, in whatever version.
    fn is(&self, group: &str, kind: &str) -> bool {
        self.group == group && self.kind == kind
    }
}

struct Cluster<'a> {
    objects: Vec<Seen<'a>>,
}

/// What is looked for.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    group: &'a str,
    kind: &'a str,
    /// None where the kind is in no namespace, or it is in one that the stack does not know.
    namespace: Option<&'a str>,
    name: &'a str,
}

enum Found<'s, 'a> {
    Here(&'s Seen<'a>),
    /// One whose name or namespace is not known yet may be it.
    Perhaps,
    Nowhere,
}

impl<'a> Cluster<'a> {
    fn of_kind(&self, group: &str, kind: &str) -> impl Iterator<Item = &Seen<'a>> {
        self.objects.iter().filter(move |object| object.is(group, kind))
    }

    fn find(&self, wanted: Wanted<'_>) -> Found<'_, 'a> {
        let mut unclear = self.objects.iter().filter(|object| object.is_unclear);
        let mut perhaps = unclear.any(|object| object.name.is_none_or(|name| name == wanted.name));
        for object in self.of_kind(wanted.group, wanted.kind) {
            let in_place = match (wanted.namespace, object.namespace) {
                (Some(wanted), Some(found)) => wanted == found,
                _ => true,
            };
            match object.name {
                Some(name) if name == wanted.name && in_place => return Found::Here(object),
                None if in_place => perhaps = true,
                _ => {}
            }
        }
        if perhaps { Found::Perhaps } else { Found::Nowhere }
    }

    /// What to say of an object that the stack does not have: it has one that was meant, or it is elsewhere.
    fn absent(&self, wanted: Wanted<'_>, path: &Path) -> Finding {
        let Wanted { group, kind, namespace, name } = wanted;
        let elsewhere = self.of_kind(group, kind).find(|object| object.name == Some(name));
        if let Some(other) = elsewhere.and_then(|object| object.namespace) {
            let message =
                format!("the {kind} `{name}` is in the namespace {other}, not in {}", namespace.unwrap_or("this"));
            let help = "an object refers to others of its own namespace: bring both into one";
            return finding("keda/dangling", path, message).help(help);
        }
        let here = self.of_kind(group, kind).filter(|object| object.namespace == namespace);
        match closest(name, here.filter_map(|object| object.name)) {
            Some(slip) => {
                let message = format!("the stack has no {kind} `{name}` in this namespace");
                finding("keda/dangling", path, message).help(format!("did you mean `{slip}`?"))
            }
            None => outside(kind, name, path),
        }
    }
}

fn outside(kind: &str, name: &str, path: &Path) -> Finding {
    let message = format!("the {kind} `{name}` is not in the stack, so it must be on the cluster already");
    let help = format!("if it is not, add the {kind} to the stack: KEDA does not say clearly what is missing");
    finding("keda/outside-stack", path, message).help(help)
}
