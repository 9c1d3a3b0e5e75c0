//! What objects of a kind may say, and how one becomes another: where the server asks the libraries of schemas,
//! validation, patches and field management.

use std::sync::LazyLock;

use serde_json::{Value as Json, json};

use super::kinds::Kind;
use super::status::{Mistake, Refusal};
use crate::clock::Timestamp;
use crate::simulator::kubernetes::apply::{self, Manager, Refused};
pub(super) use crate::simulator::kubernetes::apply::{is_no_change, only_status, without_status};
use crate::simulator::kubernetes::schema::{self, Cause, Schema};
use crate::simulator::kubernetes::{patch, validation};

/// Who writes, for the fields' owners.
#[derive(Clone, Debug)]
pub(super) struct Writer<'a> {
    pub(super) manager: &'a str,
    pub(super) subresource: &'a str,
    pub(super) time: Timestamp,
}

impl Writer<'_> {
    fn manager(&self) -> Manager<'_> {
        Manager { name: self.manager, subresource: self.subresource, time: self.time }
    }
}

fn schema_of(kind: &Kind) -> &Schema {
    match &kind.custom {
        Some(custom) => custom.schema.get_or_init(|| {
            // What is no schema was refused when the definition was made.
            schema::of_crd_version(&custom.version["schema"]["openAPIV3Schema"]).unwrap_or_else(|_| anything())
        }),
        None => schema::built_in(&kind.group, &kind.version, &kind.kind).unwrap_or(&ANYTHING),
    }
}

static ANYTHING: LazyLock<Schema> = LazyLock::new(anything);

fn anything() -> Schema {
    Schema { keeps_unknown: true, ..Schema::default() }
}

/// Where an object says what its kind does not know, such as `spec.replica`.
pub(super) fn unknown_fields(object: &Json, kind: &Kind) -> Vec<String> {
    validation::unknown_fields(object, schema_of(kind))
}

pub(super) fn mistakes(object: &Json, kind: &Kind, old: Option<&Json>) -> Vec<Mistake> {
    // Where a type is wrong, everything else that could be said is about something else.
    let mut causes = validation::check(object, schema_of(kind));
    if causes.is_empty() {
        causes = validation::check_built_in(&kind.kind, object, old);
    }
    let mistake =
        |cause: Cause| Mistake { reason: cause.reason.to_owned(), message: cause.message, field: cause.field };
    causes.into_iter().map(mistake).collect()
}

/// What a server fills in, and what it leaves out because the kind does not know it.
pub(super) fn complete(object: &mut Json, kind: &Kind) {
    let schema = schema_of(kind);
    validation::prune(object, schema);
    validation::default(object, schema);
}

/// The fields' owners after a write that is no apply.
pub(super) fn track(live: Option<&Json>, new: Json, writer: &Writer<'_>, kind: &Kind) -> Json {
    apply::track(live, new, &writer.manager(), schema_of(kind))
}

pub(super) fn apply(
    live: Option<&Json>,
    given: &Json,
    writer: &Writer<'_>,
    force: bool,
    kind: &Kind,
) -> Result<Json, Refusal> {
    apply::apply(live, given, &writer.manager(), force, schema_of(kind)).map_err(|refused| {
        let message = refused.message();
        match refused {
            Refused::Invalid(_) => Refusal::bad_request(message),
            Refused::Conflicts(conflicts) => {
                let causes: Vec<_> = conflicts.iter().map(|conflict| conflict.cause()).collect();
                Refusal::new(409, "Conflict", message).detail("causes", json!(causes))
            }
        }
    })
}

/// A patch that cannot be applied is the caller's mistake.
fn unprocessable(message: String) -> Refusal {
    Refusal::new(422, "Invalid", format!("the server rejected our request due to an error in our request: {message}"))
}

pub(super) fn json_patched(object: &Json, given: &Json) -> Result<Json, Refusal> {
    patch::json(object, given).map_err(unprocessable)
}

pub(super) fn strategic(object: &Json, given: &Json, kind: &Kind) -> Result<Json, Refusal> {
    patch::strategic(object, given, schema_of(kind)).map_err(unprocessable)
}

pub(super) fn merged(object: &Json, given: &Json) -> Result<Json, Refusal> {
    patch::merge(object, given).map_err(unprocessable)
}
