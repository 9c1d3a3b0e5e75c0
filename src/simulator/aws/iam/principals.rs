//! Who policy documents name: whether IAM knows them yet, and how it shows them.
//!
//! IAM keeps the ids of those who are named, so that nobody comes into a right by taking a deleted one's name: a
//! document whose principal is gone, or was made anew, is shown with an id in its place.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::document::{statements, texts};
use super::key;
use super::lateness::TRUSTED;
use super::role::Role;
use crate::simulator::World;
use crate::simulator::aws::Caller;

/// A document that names principals.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::simulator::aws) struct Document {
    /// As it was given.
    pub(in crate::simulator::aws) text: String,
    /// The ids of the roles it names, by their ARNs.
    #[serde(default)]
    ids: BTreeMap<String, String>,
}

/// Providers of identities that every account knows.
const WEB_IDENTITIES: [&str; 4] =
    ["accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"];

impl Document {
    /// # Errors
    /// Names the first principal that IAM does not know, or not yet.
    pub(in crate::simulator::aws) fn new(
        world: &World,
        caller: &Caller,
        text: &str,
        checked: &Json,
    ) -> Result<Self, String> {
        let mut ids = BTreeMap::new();
        let named = statements(checked).flat_map(|statement| {
            ["Principal", "NotPrincipal"].into_iter().filter_map(|key| statement.get(key)?.as_object())
        });
        for (kind, who) in named.flatten() {
            for who in texts(who) {
                let unknown = || format!("Invalid principal in policy: \"{}\":\"{who}\"", kind.to_uppercase());
                match kind.as_str() {
                    "AWS" => ids.extend(aws(world, caller, who).ok_or_else(unknown)?),
                    "Service" if is_service(who) => {}
                    "Federated" if is_federated(who) => {}
                    _ => return Err(unknown()),
                }
            }
        }
        Ok(Self { text: text.to_owned(), ids })
    }

    /// As readers are shown it: without white space, one principal outside of any list, accounts as their roots'
    /// ARNs, and who is no longer there as an id.
    pub(in crate::simulator::aws) fn shown(&self, world: &World) -> String {
        let Ok(mut document) = serde_json::from_str::<Json>(&self.text) else { return self.text.clone() };
        let statement = document.get_mut("Statement");
        let many = match statement {
            Some(Json::Array(many)) => many.iter_mut().collect(),
            one => Vec::from_iter(one),
        };
        for statement in many {
            for key in ["Principal", "NotPrincipal"] {
                for who in
                    statement.get_mut(key).and_then(Json::as_object_mut).into_iter().flat_map(|of| of.values_mut())
                {
                    let mut shown: Vec<Json> = texts(who).map(|who| self.principal(world, who).into()).collect();
                    *who = if shown.len() == 1 { shown.remove(0) } else { Json::Array(shown) };
                }
            }
        }
        document.to_string()
    }

    fn principal(&self, world: &World, who: &str) -> String {
        if is_account(who) {
            return format!("arn:aws:iam::{who}:root");
        }
        let Some(id) = self.ids.get(who) else { return who.to_owned() };
        match role(world, who) {
            Some((_, role)) if role.id == *id => who.to_owned(),
            _ => id.clone(),
        }
    }
}

/// The id to remember, if there is one to remember; nothing for whom IAM does not know.
fn aws(world: &World, caller: &Caller, who: &str) -> Option<Option<(String, String)>> {
    if who == "*" || is_account(who) {
        return Some(None);
    }
    let rest = who.strip_prefix("arn:aws:")?;
    if let Some(session) = rest.strip_prefix("sts::") {
        let (account, name) = session.split_once(":assumed-role/")?;
        let (name, _) = name.split_once('/')?;
        return known(world, &key(account, "role", name)).map(|_| None);
    }
    let (account, principal) = rest.strip_prefix("iam::")?.split_once(':')?;
    let is_caller = principal.strip_prefix("user/").is_some_and(|user| user == caller.access_key);
    if is_account(account) && (principal == "root" || is_caller && account == caller.account) {
        return Some(None);
    }
    let (key, role) = role(world, who)?;
    known(world, &key).map(|_| Some((who.to_owned(), role.id)))
}

fn known(world: &World, key: &str) -> Option<Role> {
    world.get(key).filter(|role: &Role| TRUSTED.is_over(world, key, role.created_ms))
}

/// The role of an ARN, in whatever account, and its key.
fn role(world: &World, arn: &str) -> Option<(String, Role)> {
    let (account, rest) = arn.strip_prefix("arn:aws:iam::")?.split_once(':')?;
    let key = key(account, "role", rest.rsplit('/').next()?);
    let role: Role = world.get(&key)?;
    (role.arn(account) == arn).then_some((key, role))
}

fn is_account(who: &str) -> bool {
    who.len() == 12 && who.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_service(who: &str) -> bool {
    let name = who.strip_suffix(".cn").unwrap_or(who).strip_suffix(".amazonaws.com").unwrap_or_default();
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    name.split('.').all(part)
}

/// IAM takes the ARN of a provider that is not there.
fn is_federated(who: &str) -> bool {
    let provider = |rest: &str| {
        let (account, rest) = rest.split_once(':')?;
        let (kind, name) = rest.split_once('/')?;
        Some(is_account(account) && ["oidc-provider", "saml-provider"].contains(&kind) && !name.is_empty())
    };
    WEB_IDENTITIES.contains(&who) || who.strip_prefix("arn:aws:iam::").and_then(provider) == Some(true)
}
