//! What functions take: how many arguments, and of which Go types. Where one is of another type, the error is in the
//! words of Go's templates.

use super::super::template::{Element, Failure, Function, List, Map, Surroundings, Value, type_name};

pub(super) type Outcome = Result<Value, Failure>;
type Call = fn(&dyn Surroundings, &[Value]) -> Outcome;

/// How much text or how many items a function may make. Charts stay far below; what is above is a mistake or malice.
pub(super) const MOST_TEXT: usize = 32 << 20;
pub(super) const MOST_ITEMS: usize = 1 << 20;

/// How deep maps and lists may be nested: a map can be put into itself, and then there is no end.
pub(super) const DEEPEST: usize = 500;

pub(super) const fn exactly(count: usize, call: Call) -> Function {
    Function { call, least: count, most: Some(count) }
}

pub(super) const fn at_least(count: usize, call: Call) -> Function {
    Function { call, least: count, most: None }
}

/// Arguments as parameters of Go functions take them.
pub(super) trait Arguments {
    /// For an `interface {}`: whatever it is.
    fn any(&self, place: usize) -> &Value;

    /// For a `string`.
    fn text(&self, place: usize) -> Result<&str, Failure>;

    /// For a `string` that may hold anything, such as what `b64dec` decoded.
    fn bytes(&self, place: usize) -> Result<&[u8], Failure>;

    /// For an `int`.
    fn int(&self, place: usize) -> Result<i64, Failure>;

    /// For a `bool`.
    fn flag(&self, place: usize) -> Result<bool, Failure>;

    /// For a `float64`. A literal without a point is one as well.
    fn float(&self, place: usize) -> Result<f64, Failure>;

    /// For a `map[string]interface {}`. Nothing at all is a map without entries, which cannot be set.
    fn map(&self, place: usize) -> Result<Option<&Map>, Failure>;

    /// For a `[]interface {}`, or nothing at all.
    fn list(&self, place: usize) -> Result<&[Value], Failure>;

    /// The arguments from a place on.
    fn from(&self, place: usize) -> &[Value];
}

const NOTHING: &Value = &Value::Nil;

impl Arguments for [Value] {
    fn any(&self, place: usize) -> &Value {
        self.get(place).unwrap_or(NOTHING)
    }

    fn text(&self, place: usize) -> Result<&str, Failure> {
        match self.any(place) {
            Value::String(text) => Ok(text),
            other => Err(unexpected("string", other)),
        }
    }

    fn bytes(&self, place: usize) -> Result<&[u8], Failure> {
        match self.any(place) {
            Value::String(text) => Ok(text.as_bytes()),
            Value::Bytes(bytes) => Ok(bytes),
            other => Err(unexpected("string", other)),
        }
    }

    fn int(&self, place: usize) -> Result<i64, Failure> {
        match self.any(place) {
            Value::Int(number) => Ok(*number),
            other => Err(unexpected("int", other)),
        }
    }

    fn flag(&self, place: usize) -> Result<bool, Failure> {
        match self.any(place) {
            Value::Bool(flag) => Ok(*flag),
            other => Err(unexpected("bool", other)),
        }
    }

    fn float(&self, place: usize) -> Result<f64, Failure> {
        match self.any(place) {
            Value::Float(number) => Ok(*number),
            Value::Int(number) => Ok(*number as f64),
            other => Err(unexpected("float64", other)),
        }
    }

    fn map(&self, place: usize) -> Result<Option<&Map>, Failure> {
        match self.any(place) {
            Value::Map(map) if map.of == Element::Any => Ok(Some(map)),
            Value::Nil => Ok(None),
            other => Err(unexpected("map[string]interface {}", other)),
        }
    }

    fn list(&self, place: usize) -> Result<&[Value], Failure> {
        match self.any(place) {
            Value::List(List { items, of: Element::Any, .. }) => Ok(items),
            Value::Nil => Ok(&[]),
            other => Err(unexpected("[]interface {}", other)),
        }
    }

    fn from(&self, place: usize) -> &[Value] {
        self.get(place..).unwrap_or_default()
    }
}

fn unexpected(wanted: &str, found: &Value) -> Failure {
    match found {
        Value::Nil => Failure::new(format!("invalid value; expected {wanted}")),
        _ => Failure::new(format!("wrong type for value; expected {wanted}; got {}", type_name(found))),
    }
}

/// What Go says when something is asked of a nil that only other values have.
pub(super) fn nil_pointer() -> Failure {
    Failure::new("runtime error: invalid memory address or nil pointer dereference")
}

/// A number of repetitions, as long as what they make is not too much.
pub(super) fn times(count: i64, size: usize, function: &str) -> Result<usize, Failure> {
    let Ok(count) = usize::try_from(count) else {
        return Err(Failure::new("strings: negative Repeat count"));
    };
    if count.saturating_mul(size) > MOST_TEXT {
        return Err(Failure::new(format!("{function} would make more than {MOST_TEXT} bytes of text; make less")));
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fails, gives};

    #[test]
    fn arguments_are_of_the_types_that_go_wants() {
        fails(&[
            ("trunc 1.5 \"abc\"", "wrong type for value; expected int; got float64"),
            ("trunc (add 1 2) \"abc\"", "wrong type for value; expected int; got int64"),
            ("trunc 1 (first list)", "invalid value; expected string"),
            ("trunc 1 (list)", "wrong type for value; expected string; got []interface {}"),
            (
                "hasKey (split \"a\" \"bab\") \"a\"",
                "wrong type for value; expected map[string]interface {}; got map[string]string",
            ),
            ("ternary 1 2 (float64 3)", "wrong type for value; expected bool; got float64"),
            ("set (first list) \"a\" 1", "assignment to entry in nil map"),
            (
                "genSelfSignedCert \"a\" (splitList \",\" \"a\") (list) 1",
                "wrong type for value; expected []interface {}; got []string",
            ),
        ]);
        gives(&[("trunc (int 3) \"abcd\"", "string", "abc"), ("hasKey (first list) \"a\"", "bool", "false")]);
    }
}
