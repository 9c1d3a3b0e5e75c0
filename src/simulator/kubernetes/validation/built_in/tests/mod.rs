//! What is refused, and in what words.

mod changes;
mod kinds;

use serde_json::{Value as Json, json};

use super::check_built_in;
use crate::simulator::kubernetes::schema::Cause;

fn refused(object: &Json, old: Option<&Json>) -> Vec<String> {
    let kind = object["kind"].as_str().unwrap();
    check_built_in(kind, object, old).iter().map(Cause::text).collect()
}

fn assert_refused(cases: &[(Json, &str)]) {
    for (object, why) in cases {
        let found = refused(object, None);
        assert!(found.len() == 1 && found[0].contains(why), "{why}: {found:?}");
    }
}

fn object(api_version: &str, kind: &str, rest: Json) -> Json {
    let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a", "namespace": "demo"}});
    for (name, value) in rest.as_object().unwrap() {
        object[name] = value.clone();
    }
    object
}

fn deployment(spec: Json) -> Json {
    object("apps/v1", "Deployment", json!({"spec": spec}))
}

fn pod(spec: Json) -> Json {
    object("v1", "Pod", json!({"spec": spec}))
}

fn web() -> Json {
    json!({"selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}}})
}
