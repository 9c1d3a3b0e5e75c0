//! The versions of a template: their marks, and the ControllerRevisions that keep them.

use serde_json::{Value as Json, json};

use super::object::{CONTROLLER_REVISION, name, namespace, number, set, set_label};
use super::turn::Turn;
use crate::simulator::world::number as digest;

/// The label of a pod with the version that it is of.
pub(super) const LABEL: &str = "controller-revision-hash";

/// A mark of a template, in the letters that such marks have.
pub(super) fn hash(template: &Json, collisions: u64) -> String {
    const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
    let number = digest(&[template.to_string().as_bytes(), &collisions.to_le_bytes()]) & 0xffff_ffff;
    let letter = |byte: u8| LETTERS.get(usize::from(byte) % LETTERS.len()).copied().unwrap_or(b'b');
    number.to_string().bytes().map(|byte| char::from(letter(byte))).collect()
}

/// The name of the version that an owner's template is of, which is kept if it was not yet.
pub(super) fn current(turn: &mut Turn<'_, '_>, owner: &Json) -> String {
    let mark = hash(&owner["spec"]["template"], 0);
    let version = format!("{}-{mark}", name(owner));
    let place = CONTROLLER_REVISION.place_in(namespace(owner), &version);
    if turn.cluster.get(&place).is_none() {
        let known = turn.controlled(owner, CONTROLLER_REVISION);
        let next = known.iter().filter_map(|one| number(one, "/revision")).max().unwrap_or(0) + 1;
        let mut revision = Turn::owned(CONTROLLER_REVISION, owner, &version);
        set(&mut revision, "/metadata/labels", owner["spec"]["template"]["metadata"]["labels"].clone());
        set_label(&mut revision, LABEL, &mark);
        let mut template = owner["spec"]["template"].clone();
        set(&mut template, "/$patch", "replace");
        set(&mut revision, "/data", json!({"spec": {"template": template}}));
        set(&mut revision, "/revision", next);
        turn.create(&place, revision);
    }
    version
}
