//! What an object of a kind may say: the types of its fields, and how its lists and maps are merged.
//!
//! Built-in kinds have theirs from the published API (`built_in`) with what the API server knows besides
//! (`facts`); custom resources from their definition (`custom`). Definitions refer to each other by name, and
//! to themselves, so a [`Node`] is followed only when someone goes there.

mod built_in;
mod cause;
mod custom;
mod facts;
mod parse;

use std::collections::BTreeMap;
use std::ops::Deref;

use serde_json::Value as Json;

pub(in crate::simulator) use built_in::{built_in, definition_name, definitions, named_definition};
pub(in crate::simulator) use cause::{Cause, type_name};
pub(in crate::simulator) use custom::of_crd_version;

/// What one value may be.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::simulator) struct Schema {
    pub(in crate::simulator) shape: Shape,
    pub(in crate::simulator) properties: BTreeMap<String, Node>,
    /// What the values of a map are.
    pub(in crate::simulator) additional: Option<Node>,
    pub(in crate::simulator) items: Option<Node>,
    pub(in crate::simulator) required: Vec<String>,
    pub(in crate::simulator) limits: Limits,
    pub(in crate::simulator) null: Null,
    pub(in crate::simulator) default: Option<Json>,
    /// Fields that are not named here stay.
    pub(in crate::simulator) keeps_unknown: bool,
    /// A whole object inside another one, with apiVersion, kind and metadata.
    pub(in crate::simulator) embedded: bool,
    pub(in crate::simulator) list: ListType,
    /// The map changes hands as a whole.
    pub(in crate::simulator) atomic_map: bool,
    pub(in crate::simulator) patch: PatchStrategy,
    /// `allOf`, `anyOf`, `oneOf` and `not` of a custom resource: they limit values and name no fields.
    pub(in crate::simulator) all_of: Vec<Schema>,
    pub(in crate::simulator) any_of: Vec<Schema>,
    pub(in crate::simulator) one_of: Vec<Schema>,
    pub(in crate::simulator) not: Option<Box<Schema>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::simulator) enum Shape {
    #[default]
    Any,
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
    IntOrString,
    /// `500m`, `1Gi`, or a number.
    Quantity,
}

/// What values are allowed beyond their type.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::simulator) struct Limits {
    pub(in crate::simulator) allowed: Vec<Json>,
    pub(in crate::simulator) format: Option<String>,
    pub(in crate::simulator) pattern: Option<String>,
    pub(in crate::simulator) minimum: Option<f64>,
    pub(in crate::simulator) maximum: Option<f64>,
    pub(in crate::simulator) exclusive_minimum: bool,
    pub(in crate::simulator) exclusive_maximum: bool,
    pub(in crate::simulator) multiple_of: Option<f64>,
    pub(in crate::simulator) min_length: Option<u64>,
    pub(in crate::simulator) max_length: Option<u64>,
    pub(in crate::simulator) min_items: Option<u64>,
    pub(in crate::simulator) max_items: Option<u64>,
    pub(in crate::simulator) min_properties: Option<u64>,
    pub(in crate::simulator) max_properties: Option<u64>,
    pub(in crate::simulator) unique_items: bool,
}

/// What `null` means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::simulator) enum Null {
    /// The same as leaving the field out: all built-in kinds.
    #[default]
    Absent,
    /// Refused: custom resources.
    Wrong,
    /// A value: `nullable: true`.
    Value,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::simulator) enum ListType {
    #[default]
    Atomic,
    Set,
    /// Items are told apart by these fields.
    Map(Vec<String>),
}

/// How a strategic merge patch changes the field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::simulator) struct PatchStrategy {
    pub(in crate::simulator) merge: bool,
    pub(in crate::simulator) retain_keys: bool,
    pub(in crate::simulator) replace: bool,
    /// The one field by which items of a list are told apart.
    pub(in crate::simulator) key: Option<String>,
}

/// A schema, or the name of a definition.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::simulator) enum Node {
    Own(Box<Schema>),
    Named(String),
}

impl Deref for Node {
    type Target = Schema;

    fn deref(&self) -> &Schema {
        match self {
            Self::Own(schema) => schema,
            Self::Named(name) => built_in::named_definition(name).unwrap_or_else(Schema::opaque),
        }
    }
}

impl Schema {
    /// Nothing is known of the value, and it changes hands as a whole.
    pub(in crate::simulator) fn opaque() -> &'static Self {
        &OPAQUE
    }

    /// Nothing is known of the value; maps in it are merged, lists are not.
    pub(in crate::simulator) fn deduced() -> &'static Self {
        &DEDUCED
    }

    /// The schema of a member of an object, whether the object has it or not.
    pub(in crate::simulator) fn member(&self, name: &str) -> &Self {
        match (self.properties.get(name), &self.additional) {
            (Some(node), _) | (None, Some(node)) => node,
            (None, None) if self.keeps_unknown => Self::deduced(),
            (None, None) => Self::opaque(),
        }
    }

    /// The schema of the items of a list.
    pub(in crate::simulator) fn item(&self) -> &Self {
        self.items.as_deref().unwrap_or_else(|| if self.keeps_unknown { Self::deduced() } else { Self::opaque() })
    }

    /// Whether the member has a name of its own here, rather than being an entry of a map.
    pub(in crate::simulator) fn names(&self, member: &str) -> bool {
        self.properties.contains_key(member)
    }

    /// Whether any member is welcome.
    pub(in crate::simulator) fn is_open(&self) -> bool {
        self.keeps_unknown || self.additional.is_some()
    }

    /// Whether this describes a kind that the API server brings along.
    pub(in crate::simulator) fn is_built_in(&self) -> bool {
        self.null == Null::Absent
    }

    /// Whether a map is merged entry by entry.
    pub(in crate::simulator) fn is_granular_map(&self) -> bool {
        !self.atomic_map && matches!(self.shape, Shape::Object | Shape::Any)
    }
}

static OPAQUE: std::sync::LazyLock<Schema> = std::sync::LazyLock::new(|| Schema {
    keeps_unknown: true,
    atomic_map: true,
    null: Null::Value,
    ..Schema::default()
});

static DEDUCED: std::sync::LazyLock<Schema> =
    std::sync::LazyLock::new(|| Schema { keeps_unknown: true, null: Null::Value, ..Schema::default() });
