//! One call to an API server, as a value.

use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use serde_json::Value as Json;

pub(super) const JSON: &str = "application/json";
pub(super) const APPLY: &str = "application/apply-patch+yaml";
pub(super) const MERGE: &str = "application/merge-patch+json";

/// One call. Its body is never printed: it may hold secrets.
#[derive(Clone)]
pub(in crate::providers) struct Request {
    pub(in crate::providers) method: Method,
    /// From the API server's root, such as `/api/v1/namespaces/demo`.
    pub(in crate::providers) path: String,
    pub(in crate::providers) query: Vec<(&'static str, String)>,
    pub(in crate::providers) content_type: &'static str,
    pub(in crate::providers) body: Option<Json>,
    /// What comes back is plain text, and is given as a JSON string.
    pub(in crate::providers) is_text: bool,
}

impl Request {
    pub(in crate::providers) fn new(method: Method, path: &str) -> Self {
        Self { method, path: path.to_owned(), query: Vec::new(), content_type: JSON, body: None, is_text: false }
    }

    pub(in crate::providers) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub(in crate::providers) fn body(mut self, body: Json) -> Self {
        self.body = Some(body);
        self
    }

    /// Whether making it twice comes to the same as making it once.
    pub(super) fn is_repeatable(&self) -> bool {
        let is_dry = self.query.iter().any(|(name, _)| *name == "dryRun");
        is_dry
            || match self.method {
                Method::GET | Method::PUT => true,
                Method::PATCH => [APPLY, MERGE].contains(&self.content_type),
                Method::DELETE => self.at("/preconditions/uid").is_some(),
                _ => false,
            }
    }

    /// Whether it insists on the version of an object that its sender has read.
    pub(super) fn names_version(&self) -> bool {
        self.at("/metadata/resourceVersion").is_some()
    }

    fn at(&self, pointer: &str) -> Option<&Json> {
        self.body.as_ref().and_then(|body| body.pointer(pointer)).filter(|value| !value.is_null())
    }

    /// As it goes out to this server, but for the credential.
    pub(super) fn to_http(&self, server: &str) -> Result<http::Request<Bytes>, http::Error> {
        let mut address = format!("{server}{}", self.path);
        if !self.query.is_empty() {
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.query).finish();
            address = format!("{address}?{query}");
        }
        let mut request = http::Request::builder()
            .method(&self.method)
            .uri(address)
            .header(ACCEPT, if self.is_text { "*/*" } else { JSON })
            .header(USER_AGENT, concat!("tidegate/", env!("CARGO_PKG_VERSION")));
        if self.body.is_some() {
            request = request.header(CONTENT_TYPE, self.content_type);
        }
        request.body(self.body.as_ref().map(|body| Bytes::from(body.to_string())).unwrap_or_default())
    }
}

/// A name as one part of a path.
pub(super) fn segment(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:@!$&'()*+,;=".contains(&byte);
    name.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_comes_to_the_same_may_be_sent_twice() {
        let request = |method: Method| Request::new(method, "/api/v1/pods");
        let patch = |content_type| Request { content_type, ..request(Method::PATCH) };
        let cases = [
            (request(Method::GET), true),
            (request(Method::PUT), true),
            (request(Method::POST), false),
            (request(Method::POST).query("dryRun", "All"), true),
            (patch(APPLY), true),
            (patch(MERGE), true),
            (patch("application/json-patch+json"), false),
            (request(Method::DELETE), false),
            (request(Method::DELETE).body(json!({"preconditions": {"uid": "a"}})), true),
        ];
        for (request, expected) in cases {
            assert_eq!(request.is_repeatable(), expected, "{} {}", request.method, request.content_type);
        }
    }

    #[test]
    fn the_servers_own_path_is_kept() {
        let request = Request::new(Method::GET, "/api/v1/pods").query("labelSelector", "a=b,c in (d, e)");
        let sent = request.to_http("https://rancher.example/k8s/clusters/c-1").unwrap();
        let expected = "https://rancher.example/k8s/clusters/c-1/api/v1/pods?labelSelector=a%3Db%2Cc+in+%28d%2C+e%29";
        assert_eq!(sent.uri().to_string(), expected);
        assert!(!sent.headers().contains_key(CONTENT_TYPE));
        assert!(sent.headers()[USER_AGENT].to_str().unwrap().starts_with("tidegate/"));
    }

    #[test]
    fn odd_names_stay_one_part_of_the_path() {
        assert_eq!(segment("system:node"), "system:node");
        assert_eq!(segment("a/b c?d%é"), "a%2Fb%20c%3Fd%25%C3%A9");
    }
}
