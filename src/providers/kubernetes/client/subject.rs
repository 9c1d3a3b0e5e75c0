//! What a call is about, in the words of the API's own permissions.

use http::Method;

use super::request::Request;

/// `patch deployments.apps/web in namespace demo`, in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    verb: &'static str,
    /// With its group, `deployments.apps`, or the path where it is no resource.
    pub(super) resource: String,
    name: Option<String>,
    namespace: Option<String>,
}

impl Subject {
    pub(super) fn of(request: &Request) -> Self {
        let parts: Vec<&str> = request.path.split('/').filter(|part| !part.is_empty()).collect();
        let (group, rest) = match parts.as_slice() {
            ["api", _version, rest @ ..] => ("", rest),
            ["apis", group, _version, rest @ ..] => (*group, rest),
            _ => ("", [].as_slice()),
        };
        let (namespace, rest) = match rest {
            ["namespaces", namespace, inside @ ..] if !inside.is_empty() => (Some(*namespace), inside),
            _ => (None, rest),
        };
        let Some((plural, rest)) = rest.split_first() else {
            return Self {
                verb: verb(&request.method, true),
                resource: request.path.clone(),
                name: None,
                namespace: None,
            };
        };
        let part = rest.get(1).map(|part| format!("/{part}")).unwrap_or_default();
        let resource = if group.is_empty() { format!("{plural}{part}") } else { format!("{plural}{part}.{group}") };
        let name = rest.first().map(|name| (*name).to_owned());
        Self { verb: verb(&request.method, name.is_some()), resource, name, namespace: namespace.map(str::to_owned) }
    }

    /// The call, for messages.
    pub(super) fn operation(&self) -> String {
        let name = self.name.as_ref().map(|name| format!("/{name}")).unwrap_or_default();
        format!("{} {}{name}{}", self.verb, self.resource, self.place())
    }

    /// The permission it takes.
    pub(super) fn action(&self) -> String {
        format!("{} {}{}", self.verb, self.resource, self.place())
    }

    fn place(&self) -> String {
        self.namespace.as_ref().map(|namespace| format!(" in namespace {namespace}")).unwrap_or_default()
    }
}

fn verb(method: &Method, is_one: bool) -> &'static str {
    match *method {
        Method::GET if !is_one => "list",
        Method::POST => "create",
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE => "delete",
        _ => "get",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_named_as_its_permission_is() {
        let web = "/apis/apps/v1/namespaces/demo/deployments/web";
        let cases = [
            (Method::PATCH, web, "patch deployments.apps/web in namespace demo"),
            (
                Method::GET,
                "/apis/apps/v1/namespaces/demo/deployments/web/scale",
                "get deployments/scale.apps/web in namespace demo",
            ),
            (Method::GET, "/api/v1/namespaces/demo", "get namespaces/demo"),
            (Method::GET, "/api/v1/namespaces", "list namespaces"),
            (Method::GET, "/api/v1/namespaces/demo/pods", "list pods in namespace demo"),
            (Method::POST, "/api/v1/namespaces/demo/secrets", "create secrets in namespace demo"),
            (Method::DELETE, "/api/v1/nodes/a", "delete nodes/a"),
            (Method::GET, "/apis/keda.sh/v1alpha1", "get /apis/keda.sh/v1alpha1"),
            (Method::GET, "/version", "get /version"),
        ];
        for (method, path, expected) in cases {
            assert_eq!(Subject::of(&Request::new(method, path)).operation(), expected);
        }
        let action = Subject::of(&Request::new(Method::PATCH, web)).action();
        assert_eq!(action, "patch deployments.apps in namespace demo");
    }
}
