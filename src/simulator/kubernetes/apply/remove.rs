//! Takes fields out of an object.

use serde_json::{Map, Value as Json};

use crate::simulator::kubernetes::fields::{Atom, Element, FieldSet, atom, element_of};
use crate::simulator::kubernetes::schema::Schema;

/// The object without those fields. What held them stays, be it empty, unless it is one of them.
pub(super) fn remove(object: &Json, fields: &FieldSet, schema: &Schema) -> Json {
    match (atom(object, schema), object) {
        (Atom::Map, Json::Object(members)) => {
            let kept: Map<_, _> = members
                .iter()
                .filter_map(|(name, member)| {
                    let kept = member_without(member, &Element::field(name), fields, schema.member(name))?;
                    Some((name.clone(), kept))
                })
                .collect();
            Json::Object(kept)
        }
        (Atom::List, Json::Array(items)) => items
            .iter()
            .filter_map(|item| match element_of(item, schema) {
                Ok(element) => member_without(item, &element, fields, schema.item()),
                Err(_) => Some(item.clone()),
            })
            .collect(),
        _ => object.clone(),
    }
}

/// `None` for a member that goes itself.
fn member_without(member: &Json, element: &Element, fields: &FieldSet, schema: &Schema) -> Option<Json> {
    if fields.has_member(element) {
        return None;
    }
    Some(match fields.below(element) {
        Some(below) => remove(member, below, schema),
        None => member.clone(),
    })
}
