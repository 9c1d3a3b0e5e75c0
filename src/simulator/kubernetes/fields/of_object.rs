//! What an object says something about, and whether it can be told apart at all.

use serde_json::Value as Json;

use super::{Element, FieldSet, Path, Scalar, shown};
use crate::simulator::kubernetes::schema::{ListType, Null, Schema, Shape};

/// How a value is treated: as a whole, or by what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::simulator) enum Atom {
    /// A scalar, or a list or map that changes hands as a whole.
    Leaf,
    Map,
    List,
}

/// How a value of a schema is treated. `null` is an empty map or list where the schema wants one.
pub(in crate::simulator) fn atom(value: &Json, schema: &Schema) -> Atom {
    let (map, list) = (schema.is_granular_map(), schema.list != ListType::Atomic);
    match value {
        Json::Object(_) if map => Atom::Map,
        Json::Array(_) if list => Atom::List,
        Json::Null if map && schema.shape == Shape::Object => Atom::Map,
        Json::Null if list => Atom::List,
        _ => Atom::Leaf,
    }
}

/// By what an item of a list is told from the others.
///
/// # Errors
/// When it has nothing to be told apart by.
pub(in crate::simulator) fn element_of(item: &Json, list: &Schema) -> Result<Element, String> {
    match &list.list {
        ListType::Map(keys) => by_keys(item, list, keys),
        ListType::Set if item.is_object() => {
            Err("associative list without keys has an element that's a map type".into())
        }
        ListType::Set if item.is_array() => Err("not supported: associative list with lists as elements".into()),
        ListType::Set if item.is_null() => {
            Err("associative list without keys has an element that's an explicit null".into())
        }
        ListType::Set => Ok(Element::Value(Scalar::of(item))),
        ListType::Atomic => Err("invalid indexing of non-associative list".into()),
    }
}

fn by_keys(item: &Json, list: &Schema, keys: &[String]) -> Result<Element, String> {
    let Some(object) = item.as_object() else {
        let what = if item.is_null() { "a null element" } else { "non-map elements" };
        return Err(format!("associative list with keys may not have {what}"));
    };
    let value_of = |key: &String| object.get(key).cloned().or_else(|| list.item().member(key).default.clone());
    let found: std::collections::BTreeMap<_, _> =
        keys.iter().filter_map(|key| Some((key.clone(), Scalar::of(&value_of(key)?)))).collect();
    if found.is_empty() {
        let keys: Vec<_> = keys.iter().map(|key| format!("{key:?}")).collect();
        return Err(format!(
            "associative list with keys has an element that omits all key fields [{}] (and doesn't have default values for any key fields)",
            keys.join(" ")
        ));
    }
    Ok(Element::Key(found))
}

/// The items of a list with what they are told apart by; those that cannot be are left out.
pub(in crate::simulator) fn item_elements<'j>(list: &'j Json, schema: &Schema) -> Vec<(Element, &'j Json)> {
    let items = list.as_array().map_or(&[][..], Vec::as_slice);
    items.iter().filter_map(|item| Some((element_of(item, schema).ok()?, item))).collect()
}

/// Whether a list with nothing in it counts as a field.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum EmptyLists {
    Count,
    SayNothing,
}

pub(super) fn fields(object: &Json, schema: &Schema, empty_lists: EmptyLists) -> FieldSet {
    let mut walk = Walk { empty_lists, path: Vec::new(), set: FieldSet::default() };
    walk.add(object, schema);
    walk.set
}

struct Walk {
    empty_lists: EmptyLists,
    path: Path,
    set: FieldSet,
}

impl Walk {
    fn add(&mut self, value: &Json, schema: &Schema) {
        match atom(value, schema) {
            Atom::Leaf => self.set.insert(&self.path),
            Atom::Map => {
                for (name, member) in value.as_object().into_iter().flatten() {
                    self.path.push(Element::field(name));
                    self.add(member, schema.member(name));
                    if self.is_empty(member) || !schema.names(name) {
                        self.set.insert(&self.path);
                    }
                    self.path.pop();
                }
            }
            Atom::List => self.add_items(value, schema),
        }
    }

    fn add_items(&mut self, value: &Json, schema: &Schema) {
        let items = item_elements(value, schema);
        for (element, item) in &items {
            let alike = items.iter().filter(|(other, _)| other == element).count();
            self.path.push(element.clone());
            // Items that cannot be told apart are owned together, as a whole.
            if alike == 1 {
                self.add(item, schema.item());
            }
            self.set.insert(&self.path);
            self.path.pop();
        }
    }

    fn is_empty(&self, value: &Json) -> bool {
        match value {
            Json::Null => true,
            Json::Object(members) => members.is_empty(),
            Json::Array(items) => items.is_empty() && self.empty_lists == EmptyLists::Count,
            _ => false,
        }
    }
}

/// Whether an object can be applied: its types fit, and the items of its lists can be told apart.
///
/// # Errors
/// With the place and what is wrong there.
pub(in crate::simulator) fn check(object: &Json, schema: &Schema) -> Result<(), String> {
    check_at(object, schema, &mut Vec::new())
}

fn check_at(value: &Json, schema: &Schema, path: &mut Path) -> Result<(), String> {
    let wanted = match schema.shape {
        _ if value.is_null() && schema.null != Null::Wrong => return Ok(()),
        Shape::Object if !value.is_object() => Some("map"),
        Shape::Array if !value.is_array() => Some("list"),
        Shape::String | Shape::Integer | Shape::Number | Shape::Boolean | Shape::IntOrString | Shape::Quantity
            if value.is_object() || value.is_array() =>
        {
            Some("scalar")
        }
        _ => None,
    };
    if let Some(wanted) = wanted {
        return Err(format!("{}: expected {wanted}, got {value}", shown(path)));
    }
    match value {
        Json::Object(members) => {
            for (name, member) in members {
                path.push(Element::field(name));
                if !schema.names(name) && !schema.is_open() {
                    return Err(format!("{}: field not declared in schema", shown(path)));
                }
                check_at(member, schema.member(name), path)?;
                path.pop();
            }
        }
        Json::Array(items) => check_items(items, schema, path)?,
        _ => {}
    }
    Ok(())
}

fn check_items(items: &[Json], schema: &Schema, path: &mut Path) -> Result<(), String> {
    let mut seen = std::collections::BTreeSet::new();
    for (at, item) in items.iter().enumerate() {
        let element = match schema.list {
            ListType::Atomic => Element::Index(at as u64),
            _ => element_of(item, schema).map_err(|why| format!("{}: element {at}: {why}", shown(path)))?,
        };
        if !seen.insert(element.clone()) {
            return Err(format!("{}: duplicate entries for key {element}", shown(path)));
        }
        path.push(element);
        check_at(item, schema.item(), path)?;
        path.pop();
    }
    Ok(())
}
