//! Azure, as its wire has it: the Resource Manager, type by type, and what gives tokens for it.
//!
//! A request is known by its host, and on a socket by its path. Everyone's tenant is [`TENANT`]; a subscription is
//! there as soon as someone asks for it.

pub(in crate::simulator) mod aks;
mod arm;
mod authorization;
#[cfg(test)]
mod bench;
mod connector;
mod entra;
mod event_hubs;
mod everywhere;
mod id;
mod identity;
mod operation;
mod principal;
mod resource_group;
mod servicebus;
mod shape;
mod storage;
mod subscription;
mod token;

use bytes::Bytes;
use http::{HeaderName, Method, StatusCode};
use serde_json::{Value as Json, json};

use super::World;
use super::exchange::{Reply, Request, ServedAt, Takes};
use super::fault::Twist;
use super::refusal::Refusal;
use super::world::number;
use arm::{Arm, Asked, Kind, Outcome};
pub use connector::{credential, transport};
use id::Id;
use token::Claims;

/// The tenant of all subscriptions.
pub const TENANT: &str = "11111111-1111-4111-8111-111111111111";
/// The subscription of whoever names none.
pub const SUBSCRIPTION: &str = "22222222-2222-4222-8222-222222222222";
/// An application that signs in with [`SECRET`], and as which whoever calls is known.
pub const CLIENT: &str = "44444444-4444-4444-8444-444444444444";
/// What [`CLIENT`] shows for it.
pub const SECRET: &str = "simulated-secret";
/// Who whoever calls is.
pub const PRINCIPAL: &str = "33333333-3333-4333-8333-333333333333";

const MANAGEMENT: &str = "management.azure.com";
/// What a token for the Resource Manager is for.
const AUDIENCE: &str = "https://management.azure.com";

/// Who calls, and how.
#[derive(Clone, Debug)]
struct Caller {
    /// The host of the socket that was called, if it was one.
    served_at: Option<String>,
    /// What was sent as a bearer token.
    token: Option<String>,
    twist: Option<Twist>,
}

/// A request that was understood so far as to know what is asked.
#[derive(Debug)]
pub(super) struct Call {
    sought: Sought,
    caller: Caller,
    /// The target and the body, for faults that name something in it.
    text: String,
}

/// What is asked for.
#[derive(Debug)]
enum Sought {
    Resource(Box<Asked>),
    Token(entra::Wanted),
}

/// Every type there is.
fn kinds() -> impl Iterator<Item = &'static Kind> {
    [
        subscription::KINDS,
        resource_group::KINDS,
        aks::KINDS,
        servicebus::KINDS,
        identity::KINDS,
        authorization::KINDS,
        event_hubs::KINDS,
        storage::KINDS,
    ]
    .into_iter()
    .flatten()
}

impl Call {
    /// Nothing when the request is for someone else.
    pub(super) fn read(request: &Request) -> Option<Result<Self, Box<Reply>>> {
        let served_at = ServedAt::of(request).map(str::to_owned);
        let (uri, path) = (request.uri(), request.uri().path());
        let host = uri.host().or_else(|| request.headers().get(http::header::HOST)?.to_str().ok());
        let is_of_arm = |path: &str| {
            let path = path.to_lowercase();
            path.starts_with("/subscriptions") || path.starts_with("/providers/")
        };
        let body = String::from_utf8_lossy(request.body());
        if let Some(wanted) = entra::Wanted::read(request, host, served_at.is_some()) {
            let caller = Caller { served_at, token: None, twist: None };
            return Some(Ok(Self { sought: Sought::Token(wanted), caller, text: format!("{uri} {body}") }));
        }
        let is_ours = host.is_some_and(|host| host == MANAGEMENT) || served_at.is_some() && is_of_arm(path);
        if !is_ours {
            return None;
        }
        let text = format!("{uri} {body}");
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let token = header("authorization").and_then(|value| value.strip_prefix("Bearer ").map(str::to_owned));
        let caller = Caller { served_at, token, twist: None };
        let body = match body.trim() {
            "" => Ok(Json::Null),
            text => serde_json::from_str(text).map_err(|error| {
                Refusal::new(400, "InvalidRequestContent", format!("The request content was invalid: {error}."))
            }),
        };
        let query = uri.query().unwrap_or_default();
        let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let asked = body.and_then(|body| {
            let (if_match, if_none_match) = (header("if-match"), header("if-none-match"));
            Ok(Asked { method: request.method().clone(), id: Id::read(path)?, query, body, if_match, if_none_match })
        });
        Some(match asked {
            Ok(asked) => Ok(Self { sought: Sought::Resource(Box::new(asked)), caller, text }),
            Err(refusal) => Err(Box::new(refuse(&refusal))),
        })
    }

    /// As permissions are written, such as `Microsoft.ServiceBus/namespaces/write`.
    pub(super) fn operation(&self) -> String {
        let Asked { method, id, .. } = &**match &self.sought {
            Sought::Resource(asked) => asked,
            Sought::Token(wanted) => return wanted.operation().to_owned(),
        };
        let of = if id.parts.is_empty() && !id.namespace.is_empty() { id.namespace.clone() } else { id.type_name() };
        match (method, &id.last) {
            (&Method::POST, Some(action)) => format!("{of}/{action}/action"),
            (&Method::GET | &Method::HEAD, _) => format!("{of}/read"),
            (&Method::DELETE, _) => format!("{of}/delete"),
            _ => format!("{of}/write"),
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Does to the world what is asked for.
    pub(super) fn answer(&self, world: &mut World, twist: Option<Twist>) -> Reply {
        let caller = Caller { twist, ..self.caller.clone() };
        let mut arm = Arm { world, caller: &caller };
        arm.sweep();
        let asked = match &self.sought {
            Sought::Resource(asked) => asked,
            Sought::Token(wanted) => return reply(&wanted.answer(&arm)),
        };
        match answer(&mut arm, asked) {
            Ok(outcome) => reply(&outcome),
            Err(refusal) => refuse(&refusal),
        }
    }

    pub(super) fn throttled() -> Refusal {
        let text = "Number of requests exceeded the limit for principal. Please try again after '5' seconds.";
        Refusal::new(429, "SubscriptionRequestsThrottled", text)
    }
}

fn answer(arm: &mut Arm<'_>, asked: &Asked) -> Result<Outcome, Refusal> {
    authenticate(arm)?;
    if let Some(outcome) = operation::look(arm, asked) {
        return outcome;
    }
    let asked = &Asked { id: arm.spelled(&asked.id), ..asked.clone() };
    let by_name = |name: &str| kinds().find(|kind| kind.name.eq_ignore_ascii_case(name));
    let Some(kind) = list_of(asked).or_else(|| by_name(&asked.id.type_name())) else {
        let (of, namespace) = (asked.id.type_name(), &asked.id.namespace);
        let text = format!("The resource type '{of}' could not be found in the namespace '{namespace}'.");
        return Err(Refusal::new(404, "InvalidResourceType", text));
    };
    version(asked, kind)?;
    let last = asked.id.last.as_deref().unwrap_or_default().to_lowercase();
    let other = kind.others.iter().find(|(name, method, _)| *name == last && *method == asked.method);
    let answer = match (&asked.method, other) {
        (_, Some((_, _, answer))) => Some(*answer),
        (&Method::GET | &Method::HEAD, None) => Some(kind.get),
        (&Method::PUT, None) => kind.put,
        (&Method::PATCH, None) => kind.patch,
        (&Method::DELETE, None) => kind.delete,
        _ => None,
    };
    let not_allowed = || {
        let text = format!("The requested resource does not support http method '{}'.", asked.method);
        Refusal::new(405, "MethodNotAllowed", text)
    };
    answer.ok_or_else(not_allowed)?(arm, asked)
}

/// Whose lists are of everything of one type that a service has in a group, a subscription or a scope.
fn list_of(asked: &Asked) -> Option<&'static Kind> {
    let (namespace, last) = (&asked.id.namespace, asked.id.last.as_deref()?.to_lowercase());
    let lists = |kind: &&Kind| kind.others.iter().any(|(name, method, _)| *name == last && *method == asked.method);
    let of_service = |kind: &&Kind| kind.name.eq_ignore_ascii_case(namespace);
    kinds().filter(of_service).find(lists).filter(|_| asked.id.parts.is_empty())
}

/// Whoever calls a socket, where nothing is encrypted, keeps their credentials to themselves.
fn authenticate(arm: &Arm<'_>) -> Result<(), Refusal> {
    let Some(token) = &arm.caller.token else {
        return match &arm.caller.served_at {
            Some(_) => Ok(()),
            None => Err(Refusal::new(
                401,
                "AuthenticationFailed",
                "Authentication failed. The 'Authorization' header is missing.",
            )),
        };
    };
    let claims = Claims::read(token);
    let is_valid = claims.as_ref().is_some_and(|claims| claims.is_valid(AUDIENCE, arm.now()));
    match (is_valid || arm.caller.served_at.is_some(), claims) {
        (true, _) => Ok(()),
        (false, Some(claims)) if claims.aud == AUDIENCE => {
            Err(Refusal::new(401, "ExpiredAuthenticationToken", "The access token has expired."))
        }
        (false, _) => Err(Refusal::new(401, "InvalidAuthenticationToken", "The access token is invalid.")),
    }
}

fn version(asked: &Asked, kind: &Kind) -> Result<(), Refusal> {
    let Some(version) = asked.query("api-version") else {
        let text = "The api-version query parameter (?api-version=) is required for all requests.";
        return Err(Refusal::new(400, "MissingApiVersionParameter", text));
    };
    let date: String = version.chars().take(10).collect();
    let is_date = date.len() == 10
        && date
            .char_indices()
            .all(|(at, character)| if at == 4 || at == 7 { character == '-' } else { character.is_ascii_digit() });
    if is_date && date.as_str() >= kind.since {
        return Ok(());
    }
    let text = format!("No registered resource provider found for API version '{version}' for type '{}'.", kind.name);
    Err(Refusal::new(400, "NoRegisteredProviderFound", text))
}

/// The answer that says no.
pub(super) fn refuse(refusal: &Refusal) -> Reply {
    let headers = match refusal.status() {
        429 => vec![("retry-after", "5".to_owned())],
        _ => Vec::new(),
    };
    let body = json!({"error": {"code": refusal.code(), "message": refusal.message()}});
    reply(&Outcome::new(refusal.status(), body).with(headers))
}

fn reply(outcome: &Outcome) -> Reply {
    let body = outcome.body.as_ref().map(Json::to_string).unwrap_or_default();
    let id = format!("{:016x}", number(&[body.as_bytes()]));
    let mut headers = vec![("x-ms-request-id", id.clone()), ("x-ms-correlation-request-id", id)];
    if outcome.body.is_some() {
        headers.push(("content-type", "application/json; charset=utf-8".to_owned()));
    }
    headers.extend(outcome.headers.iter().cloned());
    let mut reply = Reply::new(Bytes::from(body));
    reply.extensions_mut().insert(Takes(outcome.takes));
    *reply.status_mut() = StatusCode::from_u16(outcome.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        if let Ok(value) = value.parse() {
            reply.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    reply
}
