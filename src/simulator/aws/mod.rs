//! AWS, service by service, as its wire has it.
//!
//! A request says in its signature's scope which service and which region it is for. The account is the
//! access key, when that has twelve digits, and otherwise [`ACCOUNT`].

mod connector;
pub(super) mod eks;
mod iam;
mod json;
mod query;
mod sqs;
mod sts;

use bytes::Bytes;
use http::{HeaderName, StatusCode};

pub use connector::{sdk_config, sdk_config_for};

use super::World;
use super::exchange::{Reply, Request, ServedAt};
pub(super) use super::fault::Twist;
pub(super) use super::refusal::Refusal;
use super::world::number;
use json::Members;
use query::Parameters;

/// The account of everyone whose access key is not an account's number.
pub const ACCOUNT: &str = "123456789012";

/// Who calls, and where.
#[derive(Clone, Debug)]
struct Caller {
    account: String,
    region: String,
    access_key: String,
    /// The host of the socket that was called, if it was one.
    served_at: Option<String>,
    twist: Option<Twist>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    Eks,
    Iam,
    Sqs,
    Sts,
}

/// What is asked for, in the form of the service's protocol.
#[derive(Debug)]
enum Input {
    Query(Parameters),
    Json(Members),
}

/// A request that was understood so far as to know what is asked of whom.
#[derive(Debug)]
pub struct Call {
    service: Service,
    /// Such as `CreateCluster`.
    name: &'static str,
    caller: Caller,
    input: Input,
    /// The target and the body, for faults that name something in it.
    text: String,
}

/// An operation of a service that speaks the Query protocol.
struct QueryOperation {
    name: &'static str,
    /// The parameters it takes; anything else is refused.
    takes: &'static [&'static str],
    answer: fn(&mut World, &Caller, &Parameters) -> Result<String, Refusal>,
}

/// An operation of a service that speaks JSON.
struct JsonOperation {
    name: &'static str,
    /// The members it takes; anything else is refused.
    takes: &'static [&'static str],
    answer: fn(&mut World, &Caller, &Members) -> Result<serde_json::Value, Refusal>,
}

impl Call {
    /// Reads a request.
    ///
    /// # Errors
    /// The answer to a request that no service would understand.
    pub fn read(request: Request) -> Result<Self, Box<Reply>> {
        let not_understood = |refusal: Refusal| Box::new(query::refusal(&refusal, STS_NAMESPACE));
        let (service, caller) = addressee(&request).map_err(not_understood)?;
        let body = String::from_utf8_lossy(request.body());
        let text = format!("{} {body}", request.uri());
        let refuse = |refusal: Refusal| Box::new(service.refuse(&refusal));
        let (name, input) = service.read(&request, &body).map_err(refuse)?;
        Ok(Self { service, name, caller, input, text })
    }

    /// Such as `eks:CreateCluster`, as permissions are written.
    pub fn operation(&self) -> String {
        format!("{}:{}", self.service.prefix(), self.name)
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Does to the world what is asked for.
    pub fn answer(&self, world: &mut World, twist: Option<Twist>) -> Reply {
        let caller = Caller { twist, ..self.caller.clone() };
        self.service.answer(self.name, world, &caller, &self.input).unwrap_or_else(|refusal| self.refuse(&refusal))
    }

    /// The answer that says no.
    pub fn refuse(&self, refusal: &Refusal) -> Reply {
        self.service.refuse(refusal)
    }

    /// What the service says to whoever calls too often.
    pub(super) fn throttled(&self) -> Refusal {
        match self.service {
            Service::Iam | Service::Sts => Refusal::new(400, "Throttling", "Rate exceeded"),
            Service::Eks => Refusal::new(429, "ThrottlingException", "Rate exceeded"),
            Service::Sqs => Refusal::new(400, "RequestThrottled", "Request is throttled."),
        }
    }
}

const IAM_NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";
const STS_NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

impl Service {
    /// As in a signature's scope, and before the colon of a permission.
    fn prefix(self) -> &'static str {
        match self {
            Service::Eks => "eks",
            Service::Iam => "iam",
            Service::Sqs => "sqs",
            Service::Sts => "sts",
        }
    }

    fn read(self, request: &Request, body: &str) -> Result<(&'static str, Input), Refusal> {
        match self {
            Service::Eks => eks::read(request, body),
            Service::Iam => query::read(iam::OPERATIONS, body),
            Service::Sqs => sqs::read(request, body),
            Service::Sts => query::read(sts::OPERATIONS, body),
        }
    }

    fn answer(self, name: &str, world: &mut World, caller: &Caller, input: &Input) -> Result<Reply, Refusal> {
        match (self, input) {
            (Service::Sts, Input::Query(parameters)) => {
                query::answer(sts::OPERATIONS, STS_NAMESPACE, name, world, caller, parameters)
            }
            (Service::Iam, Input::Query(parameters)) => {
                query::answer(iam::OPERATIONS, IAM_NAMESPACE, name, world, caller, parameters)
            }
            (Service::Eks, Input::Json(members)) => {
                json::answer(eks::OPERATIONS, "application/json", name, world, caller, members)
            }
            (Service::Sqs, Input::Json(members)) => {
                json::answer(sqs::OPERATIONS, "application/x-amz-json-1.0", name, world, caller, members)
            }
            _ => Err(Refusal::new(400, "InvalidAction", "the service speaks another protocol")),
        }
    }

    fn refuse(self, refusal: &Refusal) -> Reply {
        match self {
            Service::Eks => eks::refusal(refusal),
            Service::Iam => query::refusal(refusal, IAM_NAMESPACE),
            Service::Sqs => sqs::refusal(refusal),
            Service::Sts => query::refusal(refusal, STS_NAMESPACE),
        }
    }
}

/// Which service is meant and who calls, by the scope of the signature.
fn addressee(request: &Request) -> Result<(Service, Caller), Refusal> {
    let missing = || Refusal::new(403, "MissingAuthenticationToken", "Missing Authentication Token");
    let header = request.headers().get(http::header::AUTHORIZATION).ok_or_else(missing)?;
    let header = header.to_str().map_err(|_| missing())?;
    let (_, rest) = header.split_once("Credential=").ok_or_else(missing)?;
    let scope: Vec<_> = rest.split([',', ' ']).next().unwrap_or_default().split('/').collect();
    let [key, _date, region, service, "aws4_request"] = scope.as_slice() else {
        return Err(Refusal::new(400, "IncompleteSignature", "the credential has no whole scope"));
    };
    let service = match *service {
        "eks" => Service::Eks,
        "iam" => Service::Iam,
        "sqs" => Service::Sqs,
        "sts" => Service::Sts,
        other => {
            return Err(Refusal::new(501, "NotImplemented", format!("the simulator has no service `{other}`")));
        }
    };
    let account = account_of(key);
    let caller = Caller {
        account: account.to_owned(),
        region: (*region).to_owned(),
        access_key: (*key).to_owned(),
        served_at: ServedAt::of(request).map(str::to_owned),
        twist: None,
    };
    Ok((service, caller))
}

/// Whose access key it is.
pub(super) fn account_of(key: &str) -> &str {
    let is_account = key.len() == 12 && key.bytes().all(|byte| byte.is_ascii_digit());
    if is_account { key } else { ACCOUNT }
}

/// An answer of any protocol.
fn reply(status: u16, content_type: &'static str, headers: &[(&'static str, &str)], body: String) -> Reply {
    let id = number(&[body.as_bytes()]);
    let mut reply = Reply::new(Bytes::from(body));
    *reply.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let id = format!("{id:016x}");
    let all = [("content-type", content_type), ("x-amzn-requestid", id.as_str())];
    for (name, value) in all.iter().chain(headers) {
        if let Ok(value) = value.parse() {
            reply.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    reply
}
