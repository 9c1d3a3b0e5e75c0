//! What one can do with objects: get, list, apply, delete.

use http::Method;
use serde_json::{Value as Json, json};

use super::call::Calls;
use super::request::{APPLY, MERGE, Request};
use super::status::{EXPIRED, NO_SUCH_PATH, OTHER_OBJECT};
use super::unreachable::CLUSTER_GONE;
use crate::provider::{ErrorKind, ProviderError};

/// Who applies, in the objects' own records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::providers) enum Manager {
    #[default]
    Tidegate,
    /// For what helm is to find as if it had made it.
    Helm,
}

impl Manager {
    pub(in crate::providers) fn name(self) -> &'static str {
        match self {
            Manager::Tidegate => "tidegate",
            Manager::Helm => "helm",
        }
    }
}

const PAGE: usize = 500;
/// How often a list is begun again because its pages were not kept long enough.
const LISTINGS: usize = 5;

/// How an object is applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::providers) struct Apply {
    /// Take over fields that others manage.
    pub(in crate::providers) force: bool,
    /// Tell what would come of it, and change nothing.
    pub(in crate::providers) dry_run: bool,
    pub(in crate::providers) manager: Manager,
}

/// What becomes of the objects that belong to a deleted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::providers) enum Propagation {
    /// They go first, and it goes last.
    Foreground,
    Background,
}

impl Propagation {
    fn name(self) -> &'static str {
        match self {
            Propagation::Foreground => "Foreground",
            Propagation::Background => "Background",
        }
    }
}

impl Calls<'_> {
    /// The object, or `None` if there is none. An address that the cluster does not serve is an error.
    pub(in crate::providers) async fn get(&self, path: &str) -> Result<Option<Json>, ProviderError> {
        found(self.send(&Request::new(Method::GET, path)).await)
    }

    /// Every object of a collection with these labels, such as `app=web,tier!=cache`.
    pub(in crate::providers) async fn list(
        &self,
        path: &str,
        labels: Option<&str>,
    ) -> Result<Vec<Json>, ProviderError> {
        let mut listings = 0;
        loop {
            listings += 1;
            match self.pages(path, labels).await {
                Err(error) if error.code.as_deref() == Some(EXPIRED) && listings < LISTINGS => {}
                outcome => return Ok(found(outcome)?.unwrap_or_default()),
            }
        }
    }

    async fn pages(&self, path: &str, labels: Option<&str>) -> Result<Vec<Json>, ProviderError> {
        let (mut items, mut next) = (Vec::new(), None);
        loop {
            let mut request = Request::new(Method::GET, path).query("limit", PAGE.to_string());
            if let Some(labels) = labels {
                request = request.query("labelSelector", labels);
            }
            if let Some(next) = next.take() {
                request = request.query("continue", next);
            }
            let mut page = self.send(&request).await?;
            let rest = page.pointer("/metadata/continue").and_then(Json::as_str).unwrap_or_default().to_owned();
            // Items do not say what they are; their list does.
            let (api_version, kind) = (member(&page, "apiVersion"), member(&page, "kind"));
            if let Some(Json::Array(found)) = page.get_mut("items").map(Json::take) {
                items.extend(found.into_iter().map(|item| named(item, api_version.as_deref(), kind.as_deref())));
            }
            if rest.is_empty() {
                return Ok(items);
            }
            self.in_time(path)?;
            next = Some(rest);
        }
    }

    /// Makes the object say what `object` says, and leaves the rest of it alone. Unknown fields are refused.
    pub(in crate::providers) async fn apply(
        &self,
        path: &str,
        object: &Json,
        how: Apply,
    ) -> Result<Json, ProviderError> {
        let mut request = Request { content_type: APPLY, ..Request::new(Method::PATCH, path) }
            .query("fieldManager", how.manager.name())
            .query("fieldValidation", "Strict")
            .query("force", how.force.to_string());
        if how.dry_run {
            request = request.query("dryRun", "All");
        }
        self.send(&request.body(object.clone())).await
    }

    /// Makes a new object in this collection. Not tried again when its answer is lost: whoever calls looks.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] when there is one of its name.
    pub(in crate::providers) async fn create(
        &self,
        collection: &str,
        object: &Json,
        manager: Manager,
    ) -> Result<Json, ProviderError> {
        let request = Request::new(Method::POST, collection).query("fieldManager", manager.name());
        self.send(&request.body(object.clone())).await
    }

    /// Writes an object anew, as a whole.
    pub(in crate::providers) async fn replace(
        &self,
        path: &str,
        object: &Json,
        manager: Manager,
    ) -> Result<Json, ProviderError> {
        let request = Request::new(Method::PUT, path).query("fieldManager", manager.name());
        self.send(&request.body(object.clone())).await
    }

    /// Changes the parts of an object that `patch` names; lists as a whole.
    pub(in crate::providers) async fn merge(
        &self,
        path: &str,
        patch: &Json,
        manager: Manager,
    ) -> Result<Json, ProviderError> {
        let request = Request { content_type: MERGE, ..Request::new(Method::PATCH, path) };
        self.send(&request.query("fieldManager", manager.name()).body(patch.clone())).await
    }

    /// The last lines of what a container said.
    pub(in crate::providers) async fn log(
        &self,
        pod: &str,
        container: &str,
        lines: u32,
    ) -> Result<String, ProviderError> {
        let request = Request { is_text: true, ..Request::new(Method::GET, &format!("{pod}/log")) };
        let request = request.query("container", container).query("tailLines", lines.to_string());
        let said = self.send(&request).await?;
        Ok(said.as_str().unwrap_or_default().to_owned())
    }

    /// Has the object deleted if it is the one with this uid; false if that one is gone already.
    /// Its finalizers may keep it for a while.
    pub(in crate::providers) async fn delete(
        &self,
        path: &str,
        uid: Option<&str>,
        propagation: Propagation,
    ) -> Result<bool, ProviderError> {
        let mut options = json!({
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation.name(),
        });
        if let Some(uid) = uid {
            options["preconditions"] = json!({"uid": uid});
        }
        match found(self.send(&Request::new(Method::DELETE, path).body(options)).await) {
            Err(error) if error.code.as_deref() == Some(OTHER_OBJECT) => Ok(false),
            outcome => Ok(outcome?.is_some()),
        }
    }
}

/// `None` where the object is not there, or its whole cluster is gone.
fn found<T>(outcome: Result<T, ProviderError>) -> Result<Option<T>, ProviderError> {
    match outcome {
        Err(error) if error.code.as_deref() == Some(CLUSTER_GONE) => Ok(None),
        Err(error) if error.kind == ErrorKind::NotFound && error.code.as_deref() == Some("NotFound") => Ok(None),
        Err(error) if error.code.as_deref() == Some(NO_SUCH_PATH) => {
            Err(error.hint("the cluster does not serve this kind of object any more"))
        }
        outcome => outcome.map(Some),
    }
}

fn member(json: &Json, name: &str) -> Option<String> {
    json.get(name).and_then(Json::as_str).map(str::to_owned)
}

/// An item of a list, with the kind it is of.
fn named(mut item: Json, api_version: Option<&str>, list: Option<&str>) -> Json {
    let kind = list.and_then(|list| list.strip_suffix("List")).filter(|kind| !kind.is_empty());
    if let (Some(item), Some(api_version), Some(kind)) = (item.as_object_mut(), api_version, kind) {
        item.entry("apiVersion").or_insert_with(|| api_version.into());
        item.entry("kind").or_insert_with(|| kind.into());
    }
    item
}

#[cfg(test)]
mod tests {
    use super::super::scripted::{Script, refusal, reply};
    use super::*;
    use proptest::prelude::*;

    const PODS: &str = "/api/v1/namespaces/demo/pods";

    fn page(names: &[&str], next: &str) -> (u16, Json) {
        let items: Vec<Json> = names.iter().map(|name| json!({"metadata": {"name": name}})).collect();
        (200, json!({"apiVersion": "v1", "kind": "PodList", "metadata": {"continue": next}, "items": items}))
    }

    #[tokio::test]
    async fn objects_are_made_replaced_and_changed_under_a_name() {
        let script = Script::always(|| reply((200, json!({}))));
        let client = script.client();
        let calls = client.within(Script::PATIENCE);
        let object = json!({"metadata": {"name": "a"}});
        calls.create(PODS, &object, Manager::Helm).await.unwrap();
        calls.replace(&format!("{PODS}/a"), &object, Manager::Tidegate).await.unwrap();
        calls.merge(&format!("{PODS}/a"), &object, Manager::Helm).await.unwrap();
        let expected = [
            format!("POST {PODS}?fieldManager=helm"),
            format!("PUT {PODS}/a?fieldManager=tidegate"),
            format!("PATCH {PODS}/a?fieldManager=helm"),
        ];
        assert_eq!(script.asked(), expected);
        assert_eq!(script.sent()[2].headers()["content-type"], MERGE);
    }

    #[tokio::test]
    async fn a_log_is_plain_text() {
        let script = Script::new([Ok(http::Response::new("one\ntwo\n".into()))]);
        let client = script.client();
        let said = client.within(Script::PATIENCE).log(&format!("{PODS}/a"), "main", 5).await;
        assert_eq!(said.as_deref(), Ok("one\ntwo\n"));
        assert_eq!(script.asked(), [format!("GET {PODS}/a/log?container=main&tailLines=5")]);
        assert_eq!(script.sent()[0].headers()["accept"], "*/*");
    }

    fn names(items: &[Json]) -> Vec<&str> {
        items.iter().map(|item| item["metadata"]["name"].as_str().unwrap()).collect()
    }

    #[tokio::test]
    async fn a_list_is_read_page_by_page() {
        let script = Script::new([reply(page(&["a", "b"], "more")), reply(page(&["c"], ""))]);
        let items = script.client().within(Script::PATIENCE).list(PODS, Some("app=web")).await.unwrap();
        assert_eq!(names(&items), ["a", "b", "c"]);
        assert_eq!((items[0]["kind"].as_str(), items[0]["apiVersion"].as_str()), (Some("Pod"), Some("v1")));
        let asked = script.asked();
        assert_eq!(asked[0], format!("GET {PODS}?limit=500&labelSelector=app%3Dweb"));
        assert_eq!(asked[1], format!("GET {PODS}?limit=500&labelSelector=app%3Dweb&continue=more"));
    }

    #[tokio::test]
    async fn a_list_whose_pages_are_lost_is_begun_again() {
        let lost = || reply(refusal(410, "Expired", "The provided continue parameter is too old", json!({})));
        let script =
            Script::new([reply(page(&["a"], "more")), lost(), reply(page(&["a"], "more")), reply(page(&["b"], ""))]);
        let items = script.client().within(Script::PATIENCE).list(PODS, None).await.unwrap();
        assert_eq!(names(&items), ["a", "b"]);
        let script = Script::new((0..LISTINGS).map(|_| lost()));
        let error = script.client().within(Script::PATIENCE).list(PODS, None).await.unwrap_err();
        assert_eq!((error.code.as_deref(), script.asked().len()), (Some(EXPIRED), LISTINGS));
    }

    #[tokio::test]
    async fn a_list_without_an_end_ends_with_its_time() {
        let script = Script::always(|| reply(page(&["a"], "more")));
        let error = script.client().within(std::time::Duration::from_secs(9)).list(PODS, None).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::TimedOut { after: std::time::Duration::from_secs(9) });
    }

    #[tokio::test]
    async fn what_is_not_there_is_none_and_what_is_not_served_is_an_error() {
        let missing = refusal(404, "NotFound", "pods \"a\" not found", json!({"name": "a", "kind": "pods"}));
        let unserved = refusal(404, "NotFound", "the server could not find the requested resource", json!({}));
        let script = Script::new([reply(missing), reply(unserved)]);
        let client = script.client();
        assert_eq!(client.within(Script::PATIENCE).get(PODS).await, Ok(None));
        let error = client.within(Script::PATIENCE).get(PODS).await.unwrap_err();
        assert_eq!((error.kind, error.code.as_deref()), (ErrorKind::NotFound, Some(NO_SUCH_PATH)));
    }

    #[tokio::test]
    async fn an_apply_is_strict_and_says_who_applies() {
        let script = Script::new([reply((200, json!({}))), reply((200, json!({})))]);
        let client = script.client();
        let calls = client.within(Script::PATIENCE);
        calls.apply("/api/v1/namespaces/a", &json!({"kind": "Namespace"}), Apply::default()).await.unwrap();
        let how = Apply { force: true, dry_run: true, ..Apply::default() };
        calls.apply("/api/v1/namespaces/a", &json!({}), how).await.unwrap();
        let address = "PATCH /api/v1/namespaces/a?fieldManager=tidegate&fieldValidation=Strict";
        assert_eq!(script.asked(), [format!("{address}&force=false"), format!("{address}&force=true&dryRun=All")]);
        assert_eq!(script.sent()[0].headers()["content-type"], APPLY);
        assert_eq!(script.sent()[0].body(), r#"{"kind":"Namespace"}"#);
    }

    #[tokio::test]
    async fn only_the_object_that_is_meant_is_deleted() {
        let other = "Precondition failed: UID in precondition: a, UID in object meta: b";
        let other =
            refusal(409, "Conflict", &format!("Operation cannot be fulfilled on pods \"a\": {other}"), json!({}));
        let missing = refusal(404, "NotFound", "pods \"a\" not found", json!({"name": "a"}));
        let script = Script::new([reply((200, json!({"kind": "Status"}))), reply(other), reply(missing)]);
        let client = script.client();
        let calls = client.within(Script::PATIENCE);
        for expected in [true, false, false] {
            assert_eq!(calls.delete(PODS, Some("u"), Propagation::Foreground).await, Ok(expected));
        }
        let body: Json = serde_json::from_slice(script.sent()[0].body()).unwrap();
        assert_eq!((&body["preconditions"]["uid"], &body["propagationPolicy"]), (&json!("u"), &json!("Foreground")));
    }

    const NAMES: &[&str] = &["kind", "items", "metadata", "continue", "groups", "resources", "name", "versions"];

    /// What an answer may look like that no one has thought of.
    fn odd() -> impl Strategy<Value = (u16, Vec<u8>)> {
        let leaf = prop_oneof![Just(json!(null)), Just(json!(1)), any::<String>().prop_map(Json::from)];
        let json = leaf.prop_recursive(3, 20, 4, |inner| {
            let entries = prop::collection::btree_map(prop::sample::select(NAMES), inner.clone(), 0..4);
            prop_oneof![prop::collection::vec(inner, 0..3).prop_map(Json::from), entries.prop_map(|all| json!(all))]
        });
        let body =
            prop_oneof![prop::collection::vec(any::<u8>(), 0..100), json.prop_map(|json| json.to_string().into())];
        (prop_oneof![Just(200), 100u16..1000], body)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
        #[test]
        fn no_answer_is_too_odd((status, body) in odd()) {
            let answer = move || Ok(http::Response::builder().status(status).body(body.clone().into()).unwrap());
            let script = Script::always(answer);
            let client = script.client();
            let calls = client.within(std::time::Duration::from_secs(30));
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let (read, known) = runtime.block_on(async {
                let known = calls.resource("apps/v1", "Deployment").await;
                let _ = calls.list(PODS, None).await;
                let _ = calls.apply(PODS, &json!({}), Apply::default()).await;
                let _ = calls.delete(PODS, Some("u"), Propagation::Background).await;
                (calls.get(PODS).await, known)
            });
            prop_assert!(status < 300 || read.is_err() || read == Ok(None));
            prop_assert!(known.is_err() || known.is_ok_and(|known| known.kind == "Deployment"));
        }
    }
}
