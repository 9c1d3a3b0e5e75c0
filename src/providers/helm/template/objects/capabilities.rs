//! `.Capabilities`: which Kubernetes and which Helm a chart is for.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::{Value as Json, json};

use super::super::value::{Object, Value};
use super::super::{Failure, print};

/// What is known of a cluster before anything is asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Capabilities {
    /// `v1.34.0`.
    pub(crate) kube_version: String,
    /// `apps/v1`, and with kinds `apps/v1/Deployment`.
    pub(crate) api_versions: BTreeSet<String>,
}

/// The Helm whose rendering this is, in the words of its own library.
const HELM_VERSION: &str = "v4.2";
const HELM_GO_VERSION: &str = "go1.26.6";
const HELM_KUBE_CLIENT_VERSION: &str = "v1.36";

pub(in super::super) struct CapabilitiesObject {
    kube_version: Rc<KubeVersion>,
    /// Go's `[]string`, so that all that works on lists works on it; its method `Has` is with the lists' fields.
    api_versions: Value,
    helm_version: Rc<HelmVersion>,
}

impl CapabilitiesObject {
    pub(in super::super) fn of(capabilities: &Capabilities) -> Self {
        let kube_version = KubeVersion::of(&capabilities.kube_version);
        Self {
            kube_version: Rc::new(kube_version),
            api_versions: Value::strings(capabilities.api_versions.iter().map(String::as_str)),
            helm_version: Rc::new(HelmVersion),
        }
    }
}

impl CapabilitiesObject {
    fn versions(&self) -> Json {
        match &self.api_versions {
            Value::List(versions) => versions.items.iter().filter_map(Value::as_str).collect(),
            _ => Json::Null,
        }
    }
}

impl Object for CapabilitiesObject {
    fn type_name(&self) -> &str {
        "*common.Capabilities"
    }

    fn kind(&self) -> &str {
        "ptr"
    }

    fn field(&self, name: &str) -> Option<Value> {
        Some(match name {
            "KubeVersion" => Value::Object(self.kube_version.clone()),
            "APIVersions" => self.api_versions.clone(),
            "HelmVersion" => Value::Object(self.helm_version.clone()),
            _ => return None,
        })
    }

    fn call(&self, _: &str, _: &[Value]) -> Option<Result<Value, Failure>> {
        None
    }

    fn print(&self) -> String {
        format!("{{{} {} {}}}", self.kube_version.print(), print::print(&self.api_versions), self.helm_version.print())
    }

    fn json(&self) -> Json {
        json!({
            "KubeVersion": self.kube_version.json(),
            "APIVersions": self.versions(),
            "HelmVersion": self.helm_version.json(),
        })
    }
}

struct KubeVersion {
    version: Rc<str>,
    /// Without what a provider of clusters adds: `v1.34.0` for `v1.34.0-eks-1234`.
    normalized: Rc<str>,
    major: Rc<str>,
    minor: Rc<str>,
}

impl KubeVersion {
    fn of(version: &str) -> Self {
        let bare = version.trim_start_matches('v');
        let bare = bare.split(['-', '+']).next().unwrap_or(bare);
        let mut parts = bare.split('.');
        let major = parts.next().unwrap_or_default();
        let minor = parts.next().unwrap_or_default();
        Self {
            version: version.into(),
            normalized: format!("v{bare}").into(),
            major: major.into(),
            minor: minor.into(),
        }
    }
}

impl Object for KubeVersion {
    fn type_name(&self) -> &str {
        "common.KubeVersion"
    }

    fn field(&self, name: &str) -> Option<Value> {
        Some(Value::String(match name {
            "Version" => self.version.clone(),
            "Major" => self.major.clone(),
            "Minor" => self.minor.clone(),
            _ => return None,
        }))
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, Failure>> {
        let answer = match name {
            "String" => self.version.clone(),
            "GitVersion" => self.version.clone(),
            _ => return None,
        };
        Some(no_arguments(name, arguments).map(|()| Value::String(answer)))
    }

    fn print(&self) -> String {
        let Self { version, normalized, major, minor } = self;
        format!("{{{version} {normalized} {major} {minor}}}")
    }

    fn show(&self) -> String {
        self.version.to_string()
    }

    fn json(&self) -> Json {
        json!({ "Version": *self.version, "Major": *self.major, "Minor": *self.minor })
    }
}

struct HelmVersion;

impl Object for HelmVersion {
    fn type_name(&self) -> &str {
        "version.BuildInfo"
    }

    fn field(&self, name: &str) -> Option<Value> {
        Some(Value::string(match name {
            "Version" => HELM_VERSION,
            "GitCommit" | "GitTreeState" => "",
            "GoVersion" => HELM_GO_VERSION,
            "KubeClientVersion" => HELM_KUBE_CLIENT_VERSION,
            _ => return None,
        }))
    }

    fn call(&self, _: &str, _: &[Value]) -> Option<Result<Value, Failure>> {
        None
    }

    fn print(&self) -> String {
        format!("{{{HELM_VERSION}   {HELM_GO_VERSION} {HELM_KUBE_CLIENT_VERSION}}}")
    }

    fn json(&self) -> Json {
        json!({
            "version": HELM_VERSION,
            "go_version": HELM_GO_VERSION,
            "kube_client_version": HELM_KUBE_CLIENT_VERSION,
        })
    }
}

fn no_arguments(name: &str, arguments: &[Value]) -> Result<(), Failure> {
    match arguments.len() {
        0 => Ok(()),
        count => Err(Failure(format!("wrong number of args for {name}: want 0 got {count}"))),
    }
}
