//! The API server: from a request to an answer.

mod body;
mod cells;
mod change;
mod columns;
mod controllers;
mod custom;
mod definitions;
mod delete;
mod discovery;
mod events;
mod garbage;
mod identity;
mod json_path;
mod kinds;
mod namespaces;
mod object;
mod openapi;
mod protobuf;
mod read;
mod reply;
mod request;
mod rules;
mod selector;
mod start;
mod status;
mod strategy;
mod subresource;
mod table;
mod upkeep;
mod watch;
mod write;

pub(super) use identity::authenticate;
pub(super) use request::Asked;
pub(super) use status::Refusal;
pub(in crate::simulator) use watch::Watch;

use kinds::Kind;
use reply::Form;
use request::{Target, Verb};
use write::{Outcome, Request};

use super::Cluster;
use super::clouds::{Caller, ControlPlane};
use crate::simulator::exchange::{Answer, Reply};
use crate::simulator::fault::Twist;

/// The answer that says no for a reason outside of the server.
pub(in crate::simulator) fn refusal(code: u16, reason: &str, message: &str) -> Reply {
    reply::refusal(&Refusal::new(code, reason, message))
}

/// Does what is asked for, and everything that was due before.
pub(super) fn answer(
    cluster: &mut Cluster<'_>,
    plane: &ControlPlane,
    asked: &Asked,
    caller: Result<Caller, Refusal>,
    twist: Option<Twist>,
) -> Answer {
    upkeep::catch_up(cluster);
    if twist.is_some() {
        let message = "faults of the kinds stuck and failed are for what clouds make; in a cluster, use an image whose \
                       name has `does-not-exist` or `crash` in it";
        return Answer::Whole(reply::refusal(&Refusal::new(501, "NotImplemented", message)));
    }
    let answered = caller.and_then(|caller| served(cluster, plane, asked, &caller));
    upkeep::catch_up(cluster);
    answered.unwrap_or_else(|refusal| Answer::Whole(reply::refusal(&refusal)))
}

fn served(cluster: &mut Cluster<'_>, plane: &ControlPlane, asked: &Asked, caller: &Caller) -> Result<Answer, Refusal> {
    let Some(target) = &asked.target else {
        identity::authorize(caller, asked, None)?;
        return discovery::answer(cluster, plane, asked).map(Answer::Whole);
    };
    let kind = custom::find(cluster, &target.group, &target.version, &target.resource);
    identity::authorize(caller, asked, kind.as_ref())?;
    let Some(kind) = kind else {
        return Err(discovery::not_here(cluster, &target.group, &target.version));
    };
    let request = Request { asked, target, kind: &kind };
    if asked.verb == Verb::Watch {
        return watch::begin(cluster, plane, &request).map(|watch| Answer::Watch(Box::new(watch)));
    }
    let form = Form::of(asked)?;
    let outcome = outcome(cluster, &request)?;
    Ok(Answer::Whole(reply::outcome(form, &kind, outcome, cluster.now())))
}

fn outcome(cluster: &mut Cluster<'_>, request: &Request<'_>) -> Result<Outcome, Refusal> {
    check_path(request.target, request.kind, request.asked.verb)?;
    if request.kind.review {
        return subresource::review(request);
    }
    if let Some(which) = request.target.subresource.as_deref().filter(|which| *which != "status") {
        return subresource::answer(cluster, request, which);
    }
    match request.asked.verb {
        Verb::Get => read::get(cluster, request),
        Verb::List | Verb::Watch => read::list(cluster, request),
        Verb::Create => change::create(cluster, request),
        Verb::Update => change::update(cluster, request),
        Verb::Patch => change::patch(cluster, request),
        Verb::Delete => delete::delete(cluster, request),
        Verb::DeleteCollection => delete::delete_collection(cluster, request),
    }
}

fn check_path(target: &Target, kind: &Kind, verb: Verb) -> Result<(), Refusal> {
    if target.subresource.as_deref().is_some_and(|name| !kind.has(name)) {
        return Err(Refusal::no_resource());
    }
    if target.namespace.is_some() && !kind.namespaced {
        return Err(Refusal::no_resource());
    }
    if kind.review && verb != Verb::Create {
        return Err(Refusal::method_not_allowed("the server does not allow this method on the requested resource"));
    }
    let is_of_one = matches!(verb, Verb::Get | Verb::Update | Verb::Patch | Verb::Delete);
    let changes = !matches!(verb, Verb::Get | Verb::List | Verb::Watch);
    let in_all = kind.namespaced && target.namespace.is_none();
    if is_of_one != target.name.is_some() && target.subresource.is_none() || (changes && in_all) {
        return Err(Refusal::method_not_allowed("the server does not allow this method on the requested resource"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod upkeep_tests;
#[cfg(test)]
mod verb_tests;
