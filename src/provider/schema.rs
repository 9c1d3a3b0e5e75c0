//! What a resource of a type may say, as data: one source for checking a stack,
//! for telling versions apart, for editors and for the reference.

mod check;
mod pattern;

pub use check::normalise;
pub(crate) use check::parse_duration;
pub use pattern::Pattern;

use crate::value::{Kind, Value};

/// The fields a stack writes and the outputs a resource gives.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    pub spec: Vec<Field>,
    pub outputs: Vec<Output>,
}

impl Schema {
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.spec.iter().find(|field| field.name == name)
    }

    pub fn output(&self, name: &str) -> Option<&Output> {
        self.outputs.iter().find(|output| output.name == name)
    }

    /// Every name an expression may use behind the resource's own.
    pub fn attribute_names(&self) -> impl Iterator<Item = &str> {
        self.spec.iter().map(|field| field.name).chain(self.outputs.iter().map(|output| output.name))
    }

    /// What kind of value an attribute has.
    pub fn kind(&self, attribute: &str) -> Option<Kind> {
        match self.field(attribute) {
            Some(field) => Some(field.field_type.kind()),
            None => self.output(attribute).map(|output| output.kind),
        }
    }
}

/// What happens to the object when a field changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnChange {
    Update,
    Replace,
}

/// One field of a spec.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: &'static str,
    pub doc: &'static str,
    pub field_type: FieldType,
    pub required: bool,
    /// Stands for the field where the stack leaves it out. A field without one that is left out is not ours.
    pub default: Option<Value>,
    pub on_change: OnChange,
}

impl Field {
    pub fn new(name: &'static str, field_type: FieldType, doc: &'static str) -> Self {
        Self { name, doc, field_type, required: false, default: None, on_change: OnChange::Update }
    }

    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self
    }

    /// A change of this field needs a new object.
    pub fn replaces(mut self) -> Self {
        self.on_change = OnChange::Replace;
        self
    }
}

/// One thing a resource tells once it is made.
#[derive(Clone, Debug)]
pub struct Output {
    pub name: &'static str,
    pub doc: &'static str,
    pub kind: Kind,
    /// It follows from the spec. Where it is not what it will be, there is something to do.
    pub compared: bool,
}

impl Output {
    pub fn new(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, doc, kind, compared: false }
    }

    /// [`ResourceType::planned_outputs`](super::ResourceType::planned_outputs) tells it, and an update brings it about.
    pub fn compared(self) -> Self {
        Self { compared: true, ..self }
    }
}

/// What a string may look like.
#[derive(Clone, Debug, Default)]
pub struct Text {
    /// In characters.
    pub min: usize,
    pub max: Option<usize>,
    pub pattern: Option<Pattern>,
    /// The only values there are, when not empty.
    pub one_of: &'static [&'static str],
}

#[derive(Clone, Debug)]
pub enum FieldType {
    Bool,
    Integer {
        min: i64,
        max: i64,
    },
    Float,
    String(Text),
    /// Written `90s`, `10m`, `1h 30m` or whole seconds; kept as whole seconds.
    Duration {
        min: i64,
        max: i64,
    },
    List(Box<FieldType>),
    /// A list whose order has no meaning; kept sorted, without repeats.
    Set(Box<FieldType>),
    Map(Box<FieldType>),
    Object(Vec<Field>),
    /// A document of another API, compared by its canonical form and kept as written.
    Document {
        canonical: fn(&Value) -> Value,
    },
    Any,
}

impl FieldType {
    pub fn text() -> Self {
        FieldType::String(Text::default())
    }

    /// Text that matches a regular expression all through; `says` explains it to people.
    pub fn pattern(pattern: &str, says: &'static str) -> Self {
        FieldType::String(Text { pattern: Some(Pattern::new(pattern, says)), ..Text::default() })
    }

    pub fn one_of(values: &'static [&'static str]) -> Self {
        FieldType::String(Text { one_of: values, ..Text::default() })
    }

    pub fn list(item: FieldType) -> Self {
        FieldType::List(Box::new(item))
    }

    pub fn set(item: FieldType) -> Self {
        FieldType::Set(Box::new(item))
    }

    pub fn map(entry: FieldType) -> Self {
        FieldType::Map(Box::new(entry))
    }

    pub fn kind(&self) -> Kind {
        match self {
            FieldType::Bool => Kind::Bool,
            FieldType::Integer { .. } | FieldType::Duration { .. } => Kind::Integer,
            FieldType::Float => Kind::Float,
            FieldType::String(_) => Kind::String,
            FieldType::List(_) | FieldType::Set(_) => Kind::List,
            FieldType::Map(_) | FieldType::Object(_) => Kind::Map,
            FieldType::Document { .. } | FieldType::Any => Kind::Any,
        }
    }

    /// For messages: `a duration`.
    pub fn noun(&self) -> &'static str {
        match self {
            FieldType::Bool => "true or false",
            FieldType::Integer { .. } => "a whole number",
            FieldType::Float => "a number",
            FieldType::String(_) => "a string",
            FieldType::Duration { .. } => "a duration, such as 90s, 10m or 600",
            FieldType::List(_) | FieldType::Set(_) => "a list",
            FieldType::Map(_) | FieldType::Object(_) => "a map",
            FieldType::Document { .. } => "a document",
            FieldType::Any => "a value",
        }
    }
}
