//! A release's records in the cluster: read, made, changed and deleted.
//!
//! Each change insists on what was read before it, so that two who are at one release find each other out.

use serde_json::Value as Json;

use crate::provider::{ErrorKind, ProviderError};
use crate::providers::helm::release::{History, Record, RecordError, Stored, secret_name, selector};
use crate::providers::kubernetes::{Calls, Manager, Propagation};

/// Somebody else wrote the record meanwhile.
const CHANGED_MEANWHILE: &str = "ReleaseChangedMeanwhile";
/// How often something is tried whose answer is lost.
const TRIES: usize = 5;

pub(super) async fn history(calls: &Calls<'_>, namespace: &str, name: &str) -> Result<History, ProviderError> {
    let secrets = calls.resource("v1", "Secret").await?.collection(Some(namespace));
    let found = calls.list(&secrets, Some(&selector(name))).await?;
    let stored: Result<Vec<_>, _> = found.iter().map(Stored::read).collect();
    Ok(History::new(stored.map_err(|error| unreadable(&error))?))
}

/// Keeps a new revision.
///
/// # Errors
/// [`ErrorKind::Busy`] when somebody else has made one of the same number.
pub(super) async fn create(calls: &Calls<'_>, stored: Stored) -> Result<Stored, ProviderError> {
    let secret = stored.write(calls.now()).map_err(|error| refused(&error))?;
    let secrets = calls.resource("v1", "Secret").await?;
    let (namespace, name) = (stored.record.namespace(), name_of(&secret));
    let path = secrets.path(Some(namespace), name);
    for _ in 0..TRIES {
        let error = match calls.create(&secrets.collection(Some(namespace)), &secret, Manager::Helm).await {
            Ok(made) => return read(&made),
            Err(error) => error,
        };
        if error.kind != ErrorKind::AlreadyExists && !error.unsure {
            return Err(error);
        }
        // An answer that was lost may have been a yes.
        match calls.get(&path).await? {
            Some(found) if is_same(&found, &secret) => return read(&found),
            Some(_) => return Err(changed_meanwhile(&stored.record)),
            None => {}
        }
    }
    Err(ProviderError::new(ErrorKind::Unavailable, "helm", format!("Secret {name} could not be made")))
}

/// Writes a record as it is now.
pub(super) async fn update(calls: &Calls<'_>, stored: &mut Stored) -> Result<(), ProviderError> {
    let secret = stored.write(calls.now()).map_err(|error| refused(&error))?;
    let secrets = calls.resource("v1", "Secret").await?;
    let path = secrets.path(Some(stored.record.namespace()), name_of(&secret));
    let written = match calls.replace(&path, &secret, Manager::Helm).await {
        Err(error) if error.code.as_deref() == Some("Conflict") => match calls.get(&path).await? {
            Some(found) if is_same(&found, &secret) => found,
            _ => return Err(changed_meanwhile(&stored.record)),
        },
        written => written?,
    };
    *stored = read(&written)?;
    Ok(())
}

pub(super) async fn delete(calls: &Calls<'_>, record: &Record) -> Result<(), ProviderError> {
    let secrets = calls.resource("v1", "Secret").await?;
    let path = secrets.path(Some(record.namespace()), &secret_name(record.name(), record.revision()));
    let Some(found) = calls.get(&path).await? else { return Ok(()) };
    let uid = found.pointer("/metadata/uid").and_then(Json::as_str);
    calls.delete(&path, uid, Propagation::Background).await?;
    Ok(())
}

/// That a record can be kept, before anything is done for it.
pub(super) fn check(stored: &Stored, calls: &Calls<'_>) -> Result<(), ProviderError> {
    stored.write(calls.now()).map(drop).map_err(|error| refused(&error))
}

fn read(secret: &Json) -> Result<Stored, ProviderError> {
    Stored::read(secret).map_err(|error| unreadable(&error))
}

fn name_of(secret: &Json) -> &str {
    secret.pointer("/metadata/name").and_then(Json::as_str).unwrap_or_default()
}

/// Whether a Secret holds what was to be written.
fn is_same(found: &Json, written: &Json) -> bool {
    ["/data", "/metadata/labels", "/metadata/annotations"]
        .iter()
        .all(|part| found.pointer(part) == written.pointer(part))
}

fn refused(error: &RecordError) -> ProviderError {
    ProviderError::new(ErrorKind::Rejected, "helm", error.to_string())
}

fn unreadable(error: &RecordError) -> ProviderError {
    ProviderError::new(ErrorKind::Unexpected, "helm", format!("a record of the release cannot be read: {error}"))
        .hint("if nobody needs that revision any more, delete its Secret")
}

fn changed_meanwhile(record: &Record) -> ProviderError {
    let text =
        format!("somebody else is at release {} too: its revision {} is not ours", record.name(), record.revision());
    ProviderError { exhausted: true, ..ProviderError::new(ErrorKind::Busy, "helm", text) }
        .code(CHANGED_MEANWHILE)
        .hint("wait until they are done, see `helm history`, and apply again")
}
