//! Who calls, by the bearer token, and whether they may. Whose a token is, the cluster's cloud knows.

use super::kinds::Kind;
use super::request::Asked;
use super::status::Refusal;
use crate::simulator::World;
use crate::simulator::kubernetes::clouds::{self, Caller, ControlPlane};
use crate::simulator::kubernetes::kubeconfig::TOKEN;

pub(in crate::simulator::kubernetes) fn authenticate(
    world: &World,
    asked: &Asked,
    plane: &ControlPlane,
) -> Result<Caller, Refusal> {
    let token = asked.header("authorization").strip_prefix("Bearer ").unwrap_or_default().trim();
    // Clients keep their credentials to themselves where nothing is encrypted.
    let is_anyone = token == TOKEN || !asked.headers.contains_key(http::header::AUTHORIZATION);
    if asked.on_socket && is_anyone {
        return Ok(Caller { name: "kubernetes-admin".to_owned(), administers: true });
    }
    clouds::identify(world, plane, token, asked.on_socket).ok_or_else(Refusal::unauthorized)
}

/// # Errors
/// When the caller is nobody in the cluster.
pub(super) fn authorize(caller: &Caller, asked: &Asked, kind: Option<&Kind>) -> Result<(), Refusal> {
    if caller.administers {
        return Ok(());
    }
    let Caller { name: user, .. } = caller;
    let (Some(target), Some(kind)) = (&asked.target, kind) else {
        let verb = asked.method.as_str().to_lowercase();
        let why = format!("forbidden: User \"{user}\" cannot {verb} path \"{}\"", asked.path);
        return Err(Refusal::new(403, "Forbidden", why));
    };
    let scope = match &target.namespace {
        Some(namespace) => format!("in the namespace \"{namespace}\""),
        None => "at the cluster scope".to_owned(),
    };
    let subresource = target.subresource.iter().map(|name| format!("/{name}")).collect::<String>();
    let why = format!(
        "User \"{user}\" cannot {} resource \"{}{subresource}\" in API group \"{}\" {scope}",
        asked.verb.name(),
        kind.plural,
        kind.group
    );
    match &target.name {
        Some(name) => Err(Refusal::forbidden(kind, name, &why)),
        None => {
            let message = format!("{} is forbidden: {why}", kind.qualified());
            Err(Refusal::new(403, "Forbidden", message).about(kind, ""))
        }
    }
}
