//! Operations that go on after their answer, followed as Azure's own SDKs follow them. Pure: no call is made here.
//!
//! Which way is decided by the first answer: the header `Azure-AsyncOperation`, else the header `Location`, else
//! `properties.provisioningState` in the body, else the status. No operation called here sets `final-state-via`.

use std::time::Duration;

use azure_core::http::Method;
use serde_json::Value as Json;

use super::answer::Answer;
use super::failure::Envelope;

/// Between two looks where the service does not say.
const INTERVAL: Duration = Duration::from_secs(30);

/// An operation that has begun.
#[derive(Debug)]
pub(super) struct Operation {
    route: Route,
    method: Method,
    /// What the call was to; a GET of it shows what came of a PUT or a PATCH.
    resource: String,
    /// Where the result of a POST is.
    location: Option<String>,
    /// For messages: `Creating`.
    state: String,
    interval: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Route {
    /// A document that says how the operation is getting on.
    Status(String),
    /// An address that answers 202 until all is done.
    Location(String),
    /// The resource itself.
    Resource,
}

/// How an operation is getting on.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    /// Look again after a while.
    Wait,
    /// It came about; this is the resource or the result, where the answer has it.
    Done(Option<Json>),
    /// It came about; what is there now is at this address.
    DoneAt(String),
    /// It failed in the end, in the service's words: `{error: {code, message}}`.
    Failed(Json),
}

impl Operation {
    /// What a first answer means, which is a success.
    pub(super) fn begin(method: Method, resource: &str, first: &Answer) -> (Self, Step) {
        let route = match (first.header("azure-asyncoperation"), first.header("location")) {
            (Some(url), _) => Route::Status(url.to_owned()),
            // Of an answer that is final, it only says where the resource is.
            (None, Some(url)) if first.status == 202 || method == Method::Delete && first.status == 201 => {
                Route::Location(url.to_owned())
            }
            _ => Route::Resource,
        };
        let mut operation = Self {
            route,
            method,
            resource: resource.to_owned(),
            location: first.header("location").map(str::to_owned),
            state: String::new(),
            interval: INTERVAL,
        };
        operation.listen(first);
        let step = match &operation.route {
            Route::Status(_) | Route::Location(_) => Step::Wait,
            Route::Resource => operation.by_resource(first),
        };
        (operation, step)
    }

    /// Where to look next.
    pub(super) fn url(&self) -> &str {
        match &self.route {
            Route::Status(url) | Route::Location(url) => url,
            Route::Resource => &self.resource,
        }
    }

    pub(super) fn interval(&self) -> Duration {
        self.interval
    }

    pub(super) fn state(&self) -> &str {
        &self.state
    }

    /// What a look shows.
    pub(super) fn look(&mut self, answer: &Answer) -> Step {
        self.listen(answer);
        let moved = |url: &mut String, header: &str| {
            if let Some(newer) = answer.header(header) {
                newer.clone_into(url);
            }
        };
        match &mut self.route {
            Route::Status(url) => moved(url, "azure-asyncoperation"),
            Route::Location(url) => moved(url, "location"),
            Route::Resource => {}
        }
        match &self.route {
            Route::Status(_) => self.by_status(answer),
            Route::Location(_) if answer.status == 202 => Step::Wait,
            Route::Location(_) => Step::Done(some(&answer.body)),
            Route::Resource => self.by_resource(answer),
        }
    }

    fn listen(&mut self, answer: &Answer) {
        self.interval = answer.retry_after().unwrap_or(INTERVAL);
        if let Some(url) = answer.header("location") {
            self.location = Some(url.to_owned());
        }
        let state = answer.body.get("status").and_then(Json::as_str).or_else(|| provisioning_state(&answer.body));
        if let Some(state) = state {
            state.clone_into(&mut self.state);
        }
    }

    fn by_status(&self, answer: &Answer) -> Step {
        let status = answer.body.get("status").and_then(Json::as_str).unwrap_or_default();
        match Ended::of(status) {
            None => Step::Wait,
            Some(Ended::Well) => match (self.method, &self.location) {
                (Method::Put | Method::Patch, _) => Step::DoneAt(self.resource.clone()),
                (Method::Post, Some(url)) => Step::DoneAt(url.clone()),
                _ => Step::Done(None),
            },
            Some(Ended::Badly) => Step::Failed(failure(&answer.body, status)),
        }
    }

    fn by_resource(&self, answer: &Answer) -> Step {
        let by_itself = matches!(self.method, Method::Put | Method::Patch);
        let state = provisioning_state(&answer.body);
        match (answer.status, state) {
            (202, _) if by_itself => Step::Wait,
            (201, None) if by_itself => Step::Wait,
            (200 | 201, Some(state)) if by_itself => match Ended::of(state) {
                None => Step::Wait,
                Some(Ended::Well) => Step::Done(some(&answer.body)),
                Some(Ended::Badly) => Step::Failed(failure(&answer.body, state)),
            },
            _ => Step::Done(some(&answer.body)),
        }
    }
}

enum Ended {
    Well,
    Badly,
}

impl Ended {
    fn of(state: &str) -> Option<Self> {
        match state.to_ascii_lowercase().as_str() {
            "succeeded" => Some(Self::Well),
            "failed" | "canceled" => Some(Self::Badly),
            _ => None,
        }
    }
}

pub(super) fn provisioning_state(body: &Json) -> Option<&str> {
    body.get("properties")?.get("provisioningState")?.as_str()
}

fn some(body: &Json) -> Option<Json> {
    (!body.is_null()).then(|| body.clone())
}

fn failure(body: &Json, state: &str) -> Json {
    if Envelope::read(body).is_some() && body.get("error").is_some() {
        return body.clone();
    }
    serde_json::json!({"error": {"code": state, "message": format!("the operation ended as {state}")}})
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const RESOURCE: &str = "/subscriptions/s/x";

    fn state(state: &str) -> Json {
        json!({"properties": {"provisioningState": state}})
    }

    fn begin(method: Method, status: u16, headers: &[(&str, &str)], body: Json) -> (Operation, Step) {
        Operation::begin(method, RESOURCE, &Answer::new(status, headers, body))
    }

    #[test]
    fn an_operation_is_followed_by_its_status_first() {
        let headers =
            [("Azure-AsyncOperation", "https://a/op"), ("Location", "https://a/result"), ("Retry-After", "7")];
        let (mut operation, step) = begin(Method::Put, 201, &headers, state("Creating"));
        assert_eq!((operation.url(), operation.interval(), step), ("https://a/op", Duration::from_secs(7), Step::Wait));
        let moved = Answer::new(200, &[("Azure-AsyncOperation", "https://a/op2")], json!({"status": "InProgress"}));
        assert_eq!((operation.look(&moved), operation.url()), (Step::Wait, "https://a/op2"));
        assert_eq!((operation.interval(), operation.state()), (INTERVAL, "InProgress"));
        let ended = |operation: &mut Operation, body| operation.look(&Answer::new(200, &[], body));
        assert_eq!(ended(&mut operation, json!({"status": "succeeded"})), Step::DoneAt(RESOURCE.to_owned()));
        let failed = json!({"status": "Failed", "error": {"code": "A", "message": "m"}});
        assert_eq!(ended(&mut operation, failed.clone()), Step::Failed(failed));
        assert!(matches!(ended(&mut operation, json!({"status": "Canceled"})), Step::Failed(_)));
        let (mut posted, _) = begin(Method::Post, 202, &headers, Json::Null);
        assert_eq!(ended(&mut posted, json!({"status": "Succeeded"})), Step::DoneAt("https://a/result".to_owned()));
        let (mut deleted, _) = begin(Method::Delete, 202, &headers, Json::Null);
        assert_eq!(ended(&mut deleted, json!({"status": "Succeeded"})), Step::Done(None));
    }

    #[test]
    fn a_location_is_looked_at_until_it_answers_otherwise() {
        let (mut operation, step) = begin(Method::Delete, 202, &[("Location", "https://a/1")], Json::Null);
        assert_eq!((step, operation.url()), (Step::Wait, "https://a/1"));
        assert_eq!(operation.look(&Answer::new(202, &[("Location", "https://a/2")], Json::Null)), Step::Wait);
        assert_eq!(operation.url(), "https://a/2");
        assert_eq!(operation.look(&Answer::new(204, &[], Json::Null)), Step::Done(None));
    }

    #[test]
    fn without_headers_the_resource_itself_tells() {
        let first = |status, body| begin(Method::Put, status, &[], body).1;
        assert_eq!(first(200, json!({})), Step::Done(Some(json!({}))));
        assert_eq!(first(201, json!({})), Step::Wait);
        assert_eq!(first(202, state("Succeeded")), Step::Wait);
        assert_eq!(first(201, state("Succeeded")), Step::Done(Some(state("Succeeded"))));
        assert_eq!(first(200, state("Updating")), Step::Wait);
        assert!(matches!(first(200, state("failed")), Step::Failed(_)));
        assert_eq!(begin(Method::Delete, 204, &[], Json::Null).1, Step::Done(None));
        let (mut operation, _) = begin(Method::Put, 201, &[], state("Creating"));
        assert_eq!(operation.url(), RESOURCE);
        assert!(matches!(operation.look(&Answer::new(200, &[], state("Succeeded"))), Step::Done(Some(_))));
    }
}
