//! What a request asks of an API server: a verb and a resource, or a path that is none.

use bytes::Bytes;
use http::{HeaderMap, Method};

use crate::simulator::exchange::{Request, ServedAt};

/// A request, read but for its body.
#[derive(Debug)]
pub(in crate::simulator::kubernetes) struct Asked {
    pub(super) verb: Verb,
    /// `None` when the path is no resource's.
    pub(super) target: Option<Target>,
    pub(super) method: Method,
    pub(super) path: String,
    query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// It came in by a socket.
    pub(super) on_socket: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::simulator::kubernetes) enum Verb {
    Get,
    List,
    Watch,
    Create,
    Update,
    Patch,
    Delete,
    DeleteCollection,
}

/// Which resource, and what of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::simulator::kubernetes) struct Target {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) namespace: Option<String>,
    pub(super) resource: String,
    pub(super) name: Option<String>,
    pub(super) subresource: Option<String>,
}

impl Verb {
    pub(super) fn name(self) -> &'static str {
        match self {
            Verb::Get => "get",
            Verb::List => "list",
            Verb::Watch => "watch",
            Verb::Create => "create",
            Verb::Update => "update",
            Verb::Patch => "patch",
            Verb::Delete => "delete",
            Verb::DeleteCollection => "deletecollection",
        }
    }
}

impl Asked {
    /// The path is the one behind what says which cluster is meant.
    pub(in crate::simulator::kubernetes) fn read(request: &Request, path: &str) -> Self {
        let query: Vec<(String, String)> =
            form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()).into_owned().collect();
        let target = target(path);
        let named = target.as_ref().is_some_and(|target| target.name.is_some());
        let watch = query.iter().any(|(name, value)| name == "watch" && is_true(value));
        let verb = match (request.method(), named) {
            (&Method::POST, _) => Verb::Create,
            (&Method::PUT, _) => Verb::Update,
            (&Method::PATCH, _) => Verb::Patch,
            (&Method::DELETE, true) => Verb::Delete,
            (&Method::DELETE, false) => Verb::DeleteCollection,
            (_, _) if watch => Verb::Watch,
            (_, true) => Verb::Get,
            (_, false) => Verb::List,
        };
        Self {
            verb,
            target,
            method: request.method().clone(),
            path: path.to_owned(),
            query,
            headers: request.headers().clone(),
            body: request.body().clone(),
            on_socket: ServedAt::of(request).is_some(),
        }
    }

    /// Such as `patch deployments/scale`, or `get /version`.
    pub(in crate::simulator::kubernetes) fn operation(&self) -> String {
        let Some(target) = &self.target else {
            return format!("{} {}", self.method.as_str().to_lowercase(), self.path);
        };
        let subresource = target.subresource.iter().map(|name| format!("/{name}"));
        format!("{} {}{}", self.verb.name(), target.resource, subresource.collect::<String>())
    }

    /// A parameter of the query; an empty one is none.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(given, value)| given == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.parameter(name).is_some_and(is_true)
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Whether nothing is to come of it.
    pub(super) fn is_dry_run(&self) -> bool {
        self.parameter("dryRun").is_some()
    }
}

fn is_true(value: &str) -> bool {
    matches!(value, "true" | "1" | "True" | "t" | "T")
}

fn target(path: &str) -> Option<Target> {
    let parts: Vec<String> = path.trim_matches('/').split('/').map(decoded).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (group, version, rest) = match parts.as_slice() {
        ["api", version, rest @ ..] => ("", version, rest),
        ["apis", group, version, rest @ ..] => (*group, version, rest),
        _ => return None,
    };
    let part = |text: &str| Some(text.to_owned());
    let mut target = Target { group: group.to_owned(), version: (*version).to_owned(), ..Target::default() };
    let rest = match rest {
        // A namespace's own subresources.
        ["namespaces", _, "status" | "finalize"] | ["namespaces"] | ["namespaces", _] => rest,
        ["namespaces", namespace, rest @ ..] => {
            target.namespace = part(namespace);
            rest
        }
        _ => rest,
    };
    let (resource, rest) = rest.split_first()?;
    target.resource = (*resource).to_owned();
    match rest {
        [] => {}
        [name] => target.name = part(name),
        [name, subresource @ ..] => {
            target.name = part(name);
            target.subresource = Some(subresource.join("/"));
        }
    }
    Some(target)
}

fn decoded(part: &str) -> String {
    let kept = part.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(kept.as_bytes()).next().map(|(text, _)| text.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(method: &str, uri: &str) -> Asked {
        let request = http::Request::builder().method(method).uri(uri).body(Bytes::new()).unwrap();
        let path = request.uri().path().to_owned();
        Asked::read(&request, &path)
    }

    #[test]
    fn a_request_is_a_verb_and_a_resource() {
        let cases = [
            ("GET", "/api/v1/pods", "list pods"),
            ("GET", "/api/v1/pods?watch=1", "watch pods"),
            ("GET", "/api/v1/namespaces/a/pods/b", "get pods"),
            ("GET", "/api/v1/namespaces/a", "get namespaces"),
            ("PUT", "/api/v1/namespaces/a/finalize", "update namespaces/finalize"),
            ("DELETE", "/apis/apps/v1/namespaces/a/deployments", "deletecollection deployments"),
            ("PATCH", "/apis/apps/v1/namespaces/a/deployments/b/scale", "patch deployments/scale"),
            ("POST", "/api/v1/namespaces/a/configmaps", "create configmaps"),
            ("GET", "/apis/apps/v1", "get /apis/apps/v1"),
            ("GET", "/version", "get /version"),
        ];
        for (method, uri, operation) in cases {
            assert_eq!(read(method, uri).operation(), operation, "{method} {uri}");
        }
        let asked = read("GET", "/api/v1/namespaces/a/pods/b/log?container=c&follow=");
        let target = asked.target.as_ref().unwrap();
        assert_eq!((target.namespace.as_deref(), target.name.as_deref()), (Some("a"), Some("b")));
        assert_eq!((asked.parameter("container"), asked.parameter("follow")), (Some("c"), None));
    }
}
