//! Who gives tokens: Entra, for a secret or for the token of someone else that an identity takes, and the endpoint on
//! every machine, for the identities it has.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};

use super::arm::{Arm, Outcome};
use super::identity::{self, Presented, Unmatched};
use super::token::{Claims, LASTS};
use super::{CLIENT, PRINCIPAL, SECRET, TENANT};
use crate::simulator::exchange::Request;

const AUTHORITY: &str = "login.microsoftonline.com";
const MACHINE: &str = "169.254.169.254";
const MACHINE_PATH: &str = "/metadata/identity/oauth2/token";
const JWT: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

type Form = BTreeMap<String, String>;

/// A request for a token.
#[derive(Debug)]
pub(super) enum Wanted {
    /// Of Entra, for whoever proves to be who they say.
    Entra { tenant: String, form: Form },
    /// Of the machine, which asks for no proof.
    Machine { query: Form, has_header: bool },
}

/// Why there is none: the status, OAuth's name for it, Entra's number, and the words.
type Refused = (u16, &'static str, u32, String);

impl Wanted {
    /// Nothing when the request is for someone else. On a socket it is known by its path.
    pub(super) fn read(request: &Request, host: Option<&str>, is_served: bool) -> Option<Self> {
        let path = request.uri().path();
        let fields = |bytes: &[u8]| form_urlencoded::parse(bytes).into_owned().collect::<Form>();
        if path == MACHINE_PATH && (is_served || host == Some(MACHINE)) {
            let query = fields(request.uri().query().unwrap_or_default().as_bytes());
            let header = request.headers().get("metadata").and_then(|value| value.to_str().ok());
            let has_header = header.is_some_and(|value| value.eq_ignore_ascii_case("true"));
            return Some(Self::Machine { query, has_header });
        }
        let tenant = path.strip_prefix('/')?.strip_suffix("/oauth2/v2.0/token")?;
        let is_ours = !tenant.contains('/') && (is_served || host == Some(AUTHORITY));
        is_ours.then(|| Self::Entra { tenant: tenant.to_owned(), form: fields(request.body()) })
    }

    /// For faults.
    pub(super) fn operation(&self) -> &'static str {
        match self {
            Self::Entra { .. } => "Entra/token/action",
            Self::Machine { .. } => "Machine/token/action",
        }
    }

    pub(super) fn answer(&self, arm: &Arm<'_>) -> Outcome {
        match self {
            Self::Entra { tenant, form } => match prove(arm, tenant, form) {
                Ok(principal) => given(arm, form, &principal),
                Err(refused) => refuse(arm, refused),
            },
            Self::Machine { query, has_header } => machine(arm, query, *has_header),
        }
    }
}

fn field<'a>(form: &'a Form, name: &str) -> &'a str {
    form.get(name).map(String::as_str).unwrap_or_default()
}

/// Who it is that asks.
fn prove(arm: &Arm<'_>, tenant: &str, form: &Form) -> Result<String, Refused> {
    if !tenant.eq_ignore_ascii_case(TENANT) {
        return Err((400, "invalid_request", 90002, format!("Tenant '{tenant}' not found.")));
    }
    let grant = field(form, "grant_type");
    if grant != "client_credentials" {
        let text = format!("The app requested an unsupported grant type '{grant}'.");
        return Err((400, "unsupported_grant_type", 70003, text));
    }
    if !field(form, "scope").ends_with("/.default") {
        let text = format!("The provided value for scope {} is not valid.", field(form, "scope"));
        return Err((400, "invalid_scope", 70011, text));
    }
    match (form.get("client_secret"), form.get("client_assertion")) {
        (Some(secret), None) => by_secret(field(form, "client_id"), secret),
        (None, Some(token)) if field(form, "client_assertion_type") == JWT => by_token(arm, form, token),
        _ => {
            let text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
            Err((401, "invalid_client", 7_000_218, text.to_owned()))
        }
    }
}

fn unknown(client: &str) -> Refused {
    let text = format!("Application with identifier '{client}' was not found in the directory 'Simulated'.");
    (400, "unauthorized_client", 700_016, text)
}

fn by_secret(client: &str, secret: &str) -> Result<String, Refused> {
    if !client.eq_ignore_ascii_case(CLIENT) {
        return Err(unknown(client));
    }
    if secret != SECRET {
        let text = format!("Invalid client secret provided. A secret was sent for the app '{client}' that is not its.");
        return Err((401, "invalid_client", 7_000_215, text));
    }
    Ok(PRINCIPAL.to_owned())
}

/// Another's token says who it is; a credential of the identity says that this is enough.
fn by_token(arm: &Arm<'_>, form: &Form, token: &str) -> Result<String, Refused> {
    let client = field(form, "client_id");
    let (key, identity) = identity::with(arm, "clientId", client).ok_or_else(|| unknown(client))?;
    let malformed = || (400, "invalid_request", 50027, "JWT token is invalid or malformed.".to_owned());
    let claims = claims(token).ok_or_else(malformed)?;
    let text = |name: &str| claims.get(name).and_then(Json::as_str).unwrap_or_default();
    let expires = claims.get("exp").and_then(Json::as_u64).unwrap_or_default();
    if expires <= arm.now().as_secs() {
        let text = "Client assertion is not within its valid time range.";
        return Err((401, "invalid_client", 700_024, text.to_owned()));
    }
    let audiences = match claims.get("aud") {
        Some(Json::String(one)) => vec![one.as_str()],
        Some(Json::Array(all)) => all.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    };
    let presented = Presented { issuer: text("iss"), subject: text("sub"), audiences };
    identity::matched(arm, &key, &presented).map_err(|unmatched| {
        let (number, what, value) = match unmatched {
            Unmatched::Issuer => (700_211, "issuer", presented.issuer.to_owned()),
            Unmatched::Audience => (700_212, "audience", presented.audiences.join(" ")),
            Unmatched::Subject => (700_213, "subject", presented.subject.to_owned()),
        };
        let text = format!("No matching federated identity record found for presented assertion {what} '{value}'.");
        (401, "invalid_client", number, text)
    })?;
    Ok(identity.inner(&["properties", "principalId"]).as_str().unwrap_or_default().to_owned())
}

/// What a token says. Whether it is signed by whom it names is not looked at.
fn claims(token: &str) -> Option<Json> {
    let mut parts = token.trim().split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then_some(())?;
    let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    serde_json::from_slice::<Json>(&claims).ok().filter(Json::is_object)
}

fn given(arm: &Arm<'_>, form: &Form, principal: &str) -> Outcome {
    let token = Claims::new(field(form, "scope"), principal, TENANT, arm.now()).token();
    let lasts = LASTS.as_secs() - 1;
    Outcome::new(
        200,
        json!({"token_type": "Bearer", "expires_in": lasts, "ext_expires_in": lasts, "access_token": token}),
    )
}

fn refuse(arm: &Arm<'_>, (status, error, number, text): Refused) -> Outcome {
    let body = json!({
        "error": error, "error_description": format!("AADSTS{number}: {text}"), "error_codes": [number],
        "timestamp": arm.time(), "trace_id": TENANT, "correlation_id": TENANT,
    });
    Outcome::new(status, body)
}

/// The machine has every identity there is, and [`PRINCIPAL`] is its own.
fn machine(arm: &Arm<'_>, query: &Form, has_header: bool) -> Outcome {
    let refuse =
        |status, error: &str, text: &str| Outcome::new(status, json!({"error": error, "error_description": text}));
    if !has_header {
        return refuse(400, "bad_request_102", "Required metadata header not specified");
    }
    let resource = field(query, "resource");
    if resource.is_empty() || field(query, "api-version").is_empty() {
        return refuse(400, "invalid_request", "Required query variable 'resource' or 'api-version' is missing");
    }
    let named = [
        ("client_id", "clientId"),
        ("object_id", "principalId"),
        ("principal_id", "principalId"),
        ("msi_res_id", "id"),
    ];
    let named = named.into_iter().find_map(|(name, member)| Some((member, query.get(name)?)));
    let (client, principal) = match named {
        None => (CLIENT.to_owned(), PRINCIPAL.to_owned()),
        Some((member, id)) => {
            let Some((_, identity)) = identity::with(arm, member, id) else {
                return refuse(400, "invalid_request", "Identity not found");
            };
            let text = |name: &str| identity.inner(&["properties", name]).as_str().unwrap_or_default().to_owned();
            (text("clientId"), text("principalId"))
        }
    };
    let claims = Claims::new(resource, &principal, TENANT, arm.now());
    Outcome::new(
        200,
        json!({
            "access_token": claims.token(), "client_id": client, "expires_in": LASTS.as_secs().to_string(),
            "expires_on": claims.exp.to_string(), "not_before": arm.now().as_secs().to_string(),
            "resource": resource, "token_type": "Bearer",
        }),
    )
}

#[cfg(test)]
mod tests;
