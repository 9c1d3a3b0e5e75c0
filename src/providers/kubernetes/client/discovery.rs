//! Which kinds of object a cluster has, and where their objects are.
//!
//! Asked for when needed and kept; a kind that is missing is asked for again, since its CRD may have come meanwhile.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use http::Method;
use serde_json::Value as Json;

use super::call::Calls;
use super::request::{Request, segment};
use super::status::NO_SUCH_PATH;
use crate::diagnostic::closest;
use crate::provider::{ErrorKind, ProviderError};

/// The cluster has no such kind.
pub(in crate::providers) const NO_KIND_MATCH: &str = "NoKindMatch";

/// How long a cluster may list a kind that it does not serve: both follow the definition, one after the other.
const LISTED_AND_NOT_SERVED: Duration = Duration::from_secs(30);

/// A kind of object, as its cluster offers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::providers) struct ApiResource {
    pub(in crate::providers) kind: String,
    pub(in crate::providers) plural: String,
    pub(in crate::providers) is_namespaced: bool,
    pub(in crate::providers) verbs: Vec<String>,
    /// Such as `/apis/apps/v1`.
    root: String,
}

impl ApiResource {
    /// Where its objects are: those of one namespace, or all there are.
    pub(in crate::providers) fn collection(&self, namespace: Option<&str>) -> String {
        let Self { root, plural, .. } = self;
        match namespace.filter(|_| self.is_namespaced) {
            Some(namespace) => format!("{root}/namespaces/{}/{plural}", segment(namespace)),
            None => format!("{root}/{plural}"),
        }
    }

    /// Where one of its objects is. As everywhere, a namespace that is left out is `default`, and an object
    /// of the whole cluster has none.
    pub(in crate::providers) fn path(&self, namespace: Option<&str>, name: &str) -> String {
        format!("{}/{}", self.collection(Some(namespace.unwrap_or("default"))), segment(name))
    }
}

impl Calls<'_> {
    /// The kind of this name.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] with the code [`NO_KIND_MATCH`] when the cluster does not have it.
    pub(in crate::providers) async fn resource(
        &self,
        api_version: &str,
        kind: &str,
    ) -> Result<ApiResource, ProviderError> {
        let find = |resources: &[ApiResource]| resources.iter().find(|resource| resource.kind == kind).cloned();
        if let Some(found) = self.known(api_version).and_then(|resources| find(&resources)) {
            return Ok(found);
        }
        self.forget(api_version);
        let resources = self.discover(api_version).await?;
        find(&resources).ok_or_else(|| {
            let kinds = resources.iter().map(|resource| resource.kind.as_str());
            let hint = closest(kind, kinds).map(|near| format!("did you mean `{near}`?"));
            unknown_kind(api_version, kind, hint)
        })
    }

    /// What a question about a kind's objects comes to, or `None` when the cluster does not have the kind. What was
    /// known of the kind, or listed a moment ago, may be gone when the question arrives.
    pub(in crate::providers) async fn of_kind<T, F>(
        &self,
        api_version: &str,
        kind: &str,
        question: impl Fn(ApiResource) -> F,
    ) -> Result<Option<T>, ProviderError>
    where
        F: Future<Output = Result<T, ProviderError>>,
    {
        let mut wait = self.wait(LISTED_AND_NOT_SERVED);
        loop {
            let resource = match self.resource(api_version, kind).await {
                Err(error) if error.code.as_deref() == Some(NO_KIND_MATCH) => return Ok(None),
                resource => resource?,
            };
            match question(resource).await {
                Err(error) if error.code.as_deref() == Some(NO_SUCH_PATH) => {
                    let what = format!("the cluster lists {kind} ({api_version}) and does not serve it");
                    if !self.pause(&mut wait, &what).await? {
                        return Err(error);
                    }
                }
                outcome => return outcome.map(Some),
            }
        }
    }

    /// Every kind of a group and version, such as `apps/v1`; kept once it is known.
    pub(in crate::providers) async fn discover(
        &self,
        api_version: &str,
    ) -> Result<Arc<Vec<ApiResource>>, ProviderError> {
        if let Some(known) = self.known(api_version) {
            return Ok(known);
        }
        let root = root(api_version);
        let list = match self.send(&Request::new(Method::GET, &root)).await {
            Err(error) if error.code.as_deref() == Some(NO_SUCH_PATH) => {
                return Err(self.unserved(api_version, error).await);
            }
            answer => answer?,
        };
        let resources = Arc::new(read(&list, &root));
        let mut all = self.client.resources.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(api_version.to_owned(), Arc::clone(&resources));
        Ok(resources)
    }

    /// Has the kinds of a group and version asked for again when they are next needed.
    pub(in crate::providers) fn forget(&self, api_version: &str) {
        self.client.resources.lock().unwrap_or_else(PoisonError::into_inner).remove(api_version);
    }

    /// The same for the group and version that this path is of.
    pub(super) fn forget_at(&self, path: &str) {
        let mut all = self.client.resources.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|api_version, _| !path.starts_with(&format!("{}/", root(api_version))));
    }

    fn known(&self, api_version: &str) -> Option<Arc<Vec<ApiResource>>> {
        self.client.resources.lock().unwrap_or_else(PoisonError::into_inner).get(api_version).cloned()
    }

    /// What to make of a group and version whose address is not served. Only a server that lists its groups and does
    /// not list this one says that it does not have it.
    async fn unserved(&self, api_version: &str, missed: ProviderError) -> ProviderError {
        let Some((group, version)) = api_version.split_once('/') else {
            return ProviderError { kind: ErrorKind::Unexpected, ..missed }
                .hint("is this the address of a Kubernetes API server?");
        };
        let groups = match self.send(&Request::new(Method::GET, "/apis")).await {
            Ok(groups) => groups,
            Err(error) if error.kind == ErrorKind::NotFound => {
                return ProviderError { kind: ErrorKind::Unexpected, ..error }
                    .hint("is this the address of a Kubernetes API server?");
            }
            Err(error) => return error,
        };
        let versions = versions(&groups, group);
        if versions.iter().any(|served| served == version) {
            // It came between the two calls.
            return ProviderError { kind: ErrorKind::Busy, ..missed };
        }
        let hint = (!versions.is_empty()).then(|| format!("the cluster has {group} in {}", versions.join(", ")));
        unknown_kind(api_version, "", hint)
    }
}

/// The versions of a group, as `/apis` tells them.
fn versions(groups: &Json, group: &str) -> Vec<String> {
    let groups = groups.get("groups").and_then(Json::as_array).into_iter().flatten();
    let of_group = groups.filter(|entry| entry.get("name").and_then(Json::as_str) == Some(group));
    let versions = of_group.filter_map(|entry| entry.get("versions")?.as_array()).flatten();
    versions.filter_map(|entry| entry.get("version")?.as_str().map(str::to_owned)).collect()
}

fn unknown_kind(api_version: &str, kind: &str, hint: Option<String>) -> ProviderError {
    let what = if kind.is_empty() { String::new() } else { format!("{kind} in ") };
    let text = format!("the cluster has no {what}{api_version}");
    let hint = hint.unwrap_or_else(|| {
        "its CRD is not installed: have what brings it made first, such as the operator's chart".to_owned()
    });
    ProviderError::new(ErrorKind::NotFound, format!("get {}", root(api_version)), text).code(NO_KIND_MATCH).hint(hint)
}

fn root(api_version: &str) -> String {
    match api_version.split_once('/') {
        Some((group, version)) => format!("/apis/{}/{}", segment(group), segment(version)),
        None => format!("/api/{}", segment(api_version)),
    }
}

/// The kinds in an `APIResourceList`, without the parts of objects that have addresses of their own.
fn read(list: &Json, root: &str) -> Vec<ApiResource> {
    let resources = list.get("resources").and_then(Json::as_array).into_iter().flatten();
    let resource = |entry: &Json| {
        let text = |name: &str| entry.get(name).and_then(Json::as_str).map(str::to_owned);
        let verbs = entry.get("verbs").and_then(Json::as_array).into_iter().flatten();
        Some(ApiResource {
            kind: text("kind")?,
            plural: text("name").filter(|name| !name.contains('/'))?,
            is_namespaced: entry.get("namespaced").and_then(Json::as_bool).unwrap_or(false),
            verbs: verbs.filter_map(|verb| verb.as_str().map(str::to_owned)).collect(),
            root: root.to_owned(),
        })
    };
    resources.filter_map(resource).collect()
}

#[cfg(test)]
mod tests {
    use super::super::scripted::{Script, refusal, reply};
    use super::*;
    use serde_json::json;

    fn apps() -> (u16, Json) {
        (
            200,
            json!({"kind": "APIResourceList", "groupVersion": "apps/v1", "resources": [
                {"name": "deployments", "kind": "Deployment", "namespaced": true, "verbs": ["get", "patch"]},
                {"name": "deployments/scale", "kind": "Scale", "namespaced": true, "verbs": ["get"]},
                {"name": "widgets", "kind": "Widget", "namespaced": false, "verbs": ["get"]},
                {"oops": 1},
            ]}),
        )
    }

    fn no_page() -> (u16, Json) {
        refusal(404, "NotFound", "the server could not find the requested resource", json!({}))
    }

    fn groups(versions: &[&str]) -> (u16, Json) {
        let versions: Vec<Json> = versions.iter().map(|version| json!({"version": version})).collect();
        (200, json!({"kind": "APIGroupList", "groups": [{"name": "apps", "versions": versions}]}))
    }

    #[tokio::test]
    async fn a_kind_leads_to_where_its_objects_are() {
        let script = Script::new([reply(apps())]);
        let client = script.client();
        let calls = client.within(Script::PATIENCE);
        let deployment = calls.resource("apps/v1", "Deployment").await.unwrap();
        assert_eq!(deployment.path(Some("demo"), "web"), "/apis/apps/v1/namespaces/demo/deployments/web");
        assert_eq!(deployment.path(None, "web"), "/apis/apps/v1/namespaces/default/deployments/web");
        assert_eq!(deployment.collection(None), "/apis/apps/v1/deployments");
        let widget = calls.resource("apps/v1", "Widget").await.unwrap();
        assert_eq!(widget.path(Some("demo"), "a:b"), "/apis/apps/v1/widgets/a:b");
        assert_eq!(script.asked(), ["GET /apis/apps/v1"], "what is known is not asked for again");
    }

    #[tokio::test]
    async fn a_kind_that_is_missing_is_asked_for_again() {
        let script = Script::new([reply(apps()), reply(apps()), reply(apps())]);
        let client = script.client();
        let calls = client.within(Script::PATIENCE);
        for tries in 1..3 {
            let error = calls.resource("apps/v1", "Deploymnet").await.unwrap_err();
            assert_eq!((error.kind, error.code.as_deref()), (ErrorKind::NotFound, Some(NO_KIND_MATCH)));
            assert_eq!(error.hint.as_deref(), Some("did you mean `Deployment`?"));
            assert_eq!(script.asked().len(), tries);
        }
    }

    #[tokio::test]
    async fn only_a_server_that_lists_its_groups_says_that_one_is_missing() {
        let kind = |error: &ProviderError| (error.kind.clone(), error.code.clone().unwrap_or_default());
        let missing = (ErrorKind::NotFound, NO_KIND_MATCH.to_owned());
        let cases = [
            ("keda.sh/v1alpha1", vec![no_page(), groups(&["v1"])], missing.clone(), "its CRD is not installed"),
            ("apps/v1beta1", vec![no_page(), groups(&["v1", "v2"])], missing, "the cluster has apps in v1, v2"),
            ("apps/v1", vec![no_page(), no_page()], (ErrorKind::Unexpected, NO_SUCH_PATH.to_owned()), "API server?"),
            ("v1", vec![no_page()], (ErrorKind::Unexpected, NO_SUCH_PATH.to_owned()), "API server?"),
        ];
        for (api_version, answers, expected, hint) in cases {
            let script = Script::new(answers.into_iter().map(reply));
            let error = script.client().within(Script::PATIENCE).resource(api_version, "A").await.unwrap_err();
            assert_eq!(kind(&error), expected, "{error}");
            assert!(error.hint.as_ref().is_some_and(|text| text.contains(hint)), "{:?}", error.hint);
        }
    }

    #[tokio::test]
    async fn what_is_no_longer_served_is_forgotten() {
        let script = Script::new([reply(apps()), reply(no_page()), reply(apps())]);
        let client = script.client();
        let calls = client.within(Script::PATIENCE);
        let deployment = calls.resource("apps/v1", "Deployment").await.unwrap();
        assert!(calls.get(&deployment.path(None, "a")).await.is_err());
        assert!(calls.resource("apps/v1", "Deployment").await.is_ok());
        assert_eq!(script.asked().len(), 3);
    }

    #[tokio::test]
    async fn a_kind_that_goes_before_it_is_asked_about_has_no_objects() {
        let found = async |answers: Vec<(u16, Json)>| {
            let script = Script::new(answers.into_iter().map(reply));
            let client = script.client();
            let calls = client.within(Script::PATIENCE);
            let calls = &calls;
            let list = |kind: ApiResource| async move { calls.list(&kind.collection(None), None).await };
            (calls.of_kind("apps/v1", "Deployment", list).await, script.asked().len())
        };
        let none = || (200, json!({"kind": "DeploymentList", "apiVersion": "apps/v1", "items": []}));
        assert_eq!(found(vec![apps(), none()]).await, (Ok(Some(vec![])), 2));
        assert_eq!(found(vec![no_page(), groups(&[])]).await, (Ok(None), 2));
        assert_eq!(found(vec![apps(), no_page(), no_page(), groups(&[])]).await, (Ok(None), 4));
        // The list of kinds is a little behind.
        assert_eq!(found(vec![apps(), no_page(), apps(), no_page(), no_page(), groups(&[])]).await, (Ok(None), 6));
        assert_eq!(found(vec![apps(), no_page(), apps(), none()]).await, (Ok(Some(vec![])), 4));
        let never = (0..100).flat_map(|_| [apps(), no_page()]).collect();
        let (outcome, asked) = found(never).await;
        assert_eq!(outcome.unwrap_err().code.as_deref(), Some(NO_SUCH_PATH));
        assert!((4..100).contains(&asked), "{asked}");
    }
}
