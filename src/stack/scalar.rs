//! YAML scalars by the core schema of YAML 1.2.

use crate::value::{Kind, Value};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    String(String),
    /// It could not be read, which has been said; it may be anything.
    Broken,
}

impl Scalar {
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Scalar::Null => "nothing",
            Scalar::Bool(_) => "true or false",
            Scalar::Integer(_) | Scalar::Float(_) => "a number",
            Scalar::String(_) => "a string",
            Scalar::Broken => "something unreadable",
        }
    }

    /// As a key: `1: x` has the key "1".
    pub(super) fn into_text(self) -> String {
        match self {
            Scalar::String(text) => text,
            Scalar::Null | Scalar::Broken => String::new(),
            other => Value::from(other).to_string(),
        }
    }
}

impl From<Scalar> for Value {
    fn from(scalar: Scalar) -> Self {
        match scalar {
            Scalar::Null => Value::Null,
            Scalar::Bool(yes) => Value::Bool(yes),
            Scalar::Integer(number) => Value::Integer(number),
            Scalar::Float(number) => Value::Float(number),
            Scalar::String(text) => Value::String(text),
            Scalar::Broken => Value::Unknown(Kind::Any),
        }
    }
}

/// What a scalar's text means. `plain` is one without quotes; `tag` is its tag, and whether that is YAML's own.
pub(super) fn read(text: &str, plain: bool, tag: Option<(bool, &str)>) -> Result<Scalar, String> {
    let wanted = match tag {
        None if plain => return resolve(text),
        None | Some((false, "")) | Some((true, "str")) => return Ok(Scalar::String(text.to_owned())),
        Some((true, wanted)) => wanted,
        Some((false, tag)) => return Err(format!("the tag `!{tag}` has no meaning here")),
    };
    let scalar = resolve(text)?;
    let fits = match wanted {
        "null" => scalar == Scalar::Null,
        "bool" => matches!(scalar, Scalar::Bool(_)),
        "int" => matches!(scalar, Scalar::Integer(_)),
        "float" => matches!(scalar, Scalar::Float(_) | Scalar::Integer(_)),
        other => return Err(format!("the tag `!!{other}` has no meaning here")),
    };
    match (fits, scalar) {
        (true, Scalar::Integer(number)) if wanted == "float" => Ok(Scalar::Float(number as f64)),
        (true, scalar) => Ok(scalar),
        (false, _) => Err(format!("`{text}` is not of the type `!!{wanted}` it is tagged with")),
    }
}

fn resolve(text: &str) -> Result<Scalar, String> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf"
        | "-.INF" => return Err(format!("{text} is a number that JSON, and so a state, cannot hold")),
        _ => match number(text)? {
            Some(number) => number,
            None => Scalar::String(text.to_owned()),
        },
    })
}

fn number(text: &str) -> Result<Option<Scalar>, String> {
    let too_large = || format!("{text} does not fit into 64 bits; quote it to make it a string");
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && !digits.is_empty()
            && digits.chars().all(|c| c.is_digit(radix))
        {
            return i64::from_str_radix(digits, radix).map(|n| Some(Scalar::Integer(n))).map_err(|_| too_large());
        }
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Ok(None);
    }
    if unsigned.chars().all(|c| c.is_ascii_digit()) {
        return text.parse().map(|n| Some(Scalar::Integer(n))).map_err(|_| too_large());
    }
    // Rust reads more than YAML does, such as `1_0` or `infinity`: let only YAML's characters through.
    let looks_like_float = unsigned.chars().all(|c| c.is_ascii_digit() || ".eE+-".contains(c))
        && unsigned.contains(|c: char| c.is_ascii_digit());
    Ok(looks_like_float.then(|| text.parse().ok().map(Scalar::Float)).flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_core_schema_calls_a_number_is_one() {
        let strings = ["1.2.3", "10m", "1e", "0x", "0o9", "1_000", "+", "-", ".", "2024-01-01", "yes", "off", "e5"];
        for text in strings {
            assert_eq!(read(text, true, None), Ok(Scalar::String(text.to_owned())), "{text}");
        }
        assert_eq!(read("-7", true, None), Ok(Scalar::Integer(-7)));
        assert_eq!(read("+.5", true, None), Ok(Scalar::Float(0.5)));
        assert_eq!(read("007", true, None), Ok(Scalar::Integer(7)));
        assert!(read(".inf", true, None).is_err());
        assert!(read("99999999999999999999", true, None).unwrap_err().contains("quote it"));
        assert_eq!(read("123456789012", false, None), Ok(Scalar::String("123456789012".to_owned())));
    }
}
