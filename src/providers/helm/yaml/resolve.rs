//! What a scalar of YAML is: YAML 1.1 as Helm's reader has it, where `yes` and `on` are booleans and `010` is eight.

use super::timestamp::is_timestamp;

/// A scalar that has been recognised.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    /// Stays a string, but is not one to the writer.
    Timestamp,
    Text,
}

impl Scalar {
    /// For messages.
    fn tag(&self) -> &'static str {
        match self {
            Scalar::Null => "!!null",
            Scalar::Bool(_) => "!!bool",
            Scalar::Int(_) | Scalar::Uint(_) => "!!int",
            Scalar::Float(_) => "!!float",
            Scalar::Timestamp => "!!timestamp",
            Scalar::Text => "!!str",
        }
    }
}

/// What a plain scalar is.
pub(super) fn plain(text: &str) -> Scalar {
    resolve(text, true)
}

/// What a scalar is that a tag of YAML's own says something about, such as `!!int`.
pub(super) fn tagged(text: &str, tag: &str) -> Result<Scalar, String> {
    if tag == "str" {
        return Ok(Scalar::Text);
    }
    let scalar = resolve(text, tag == "timestamp");
    match (tag, scalar) {
        #[expect(clippy::cast_precision_loss, reason = "what Go does here")]
        ("float", Scalar::Int(value)) => Ok(Scalar::Float(value as f64)),
        (_, scalar) if scalar.tag() == format!("!!{tag}") => Ok(scalar),
        (_, scalar) => Err(format!("cannot decode {} `{text}` as a !!{tag}", scalar.tag())),
    }
}

fn resolve(text: &str, timestamps: bool) -> Scalar {
    if let Some(word) = word(text) {
        return word;
    }
    match text.as_bytes().first() {
        Some(b'.') => dotted(text).unwrap_or(Scalar::Text),
        Some(b'+' | b'-' | b'0'..=b'9') => {
            if timestamps && is_timestamp(text) {
                return Scalar::Timestamp;
            }
            let text = text.replace('_', "");
            integer(&text).or_else(|| float(&text)).unwrap_or(Scalar::Text)
        }
        _ => Scalar::Text,
    }
}

fn word(text: &str) -> Option<Scalar> {
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Scalar::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

/// Decimal, or as its prefix says: `0x`, `0o`, `0b`, and `0` alone for octal.
fn integer(text: &str) -> Option<Scalar> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    // The parser would take another sign.
    if !digits.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return None;
    }
    let size = u64::from_str_radix(digits, base).ok()?;
    if negative {
        return 0_i64.checked_sub_unsigned(size).map(Scalar::Int);
    }
    if text.starts_with('+') {
        return i64::try_from(size).ok().map(Scalar::Int);
    }
    Some(i64::try_from(size).map_or(Scalar::Uint(size), Scalar::Int))
}

/// A number that begins with its point has single underscores between digits only.
fn dotted(text: &str) -> Option<Scalar> {
    let is_digit = |part: Option<u8>| part.is_some_and(|byte| byte.is_ascii_digit());
    let separated = text.split('_').collect::<Vec<_>>();
    let between_digits = separated.windows(2).all(|pair| match pair {
        [before, after] => is_digit(before.bytes().next_back()) && is_digit(after.bytes().next()),
        _ => true,
    });
    if between_digits { float(&separated.concat()) } else { None }
}

/// What looks like a decimal number to YAML, and does not go beyond what a float can hold.
fn float(text: &str) -> Option<Scalar> {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (rest, None),
    };
    let mantissa_holds = match mantissa.split_once('.') {
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
        None => digits(mantissa),
    };
    if !mantissa_holds || !exponent.is_none_or(digits) {
        return None;
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite()).map(Scalar::Float)
}

/// Whether a text is a number to base 60, such as `1:30`. No longer read as one, but written in quotes.
pub(super) fn is_sexagesimal(text: &str) -> bool {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = rest.split(':');
    let first = parts.next().unwrap_or_default();
    if !first.starts_with(|first: char| first.is_ascii_digit()) || !first.bytes().all(is_digit_or_blank) {
        return false;
    }
    let mut parts: Vec<_> = parts.collect();
    if let Some(last) = parts.last_mut()
        && let Some((whole, fraction)) = last.split_once('.')
    {
        if !fraction.bytes().all(is_digit_or_blank) {
            return false;
        }
        *last = whole;
    }
    let is_part = |part: &str| match part.as_bytes() {
        [ones] => ones.is_ascii_digit(),
        [tens, ones] => (b'0'..=b'5').contains(tens) && ones.is_ascii_digit(),
        _ => false,
    };
    !parts.is_empty() && parts.into_iter().all(is_part)
}

fn is_digit_or_blank(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_yaml_1_1() {
        for text in ["y", "Y", "yes", "On", "TRUE"] {
            assert_eq!(plain(text), Scalar::Bool(true), "{text}");
        }
        for text in ["oN", "tRUE", "nUll", "=", "<<", "+", "..", "e1", "_1"] {
            assert_eq!(plain(text), Scalar::Text, "{text}");
        }
        assert_eq!(plain(""), Scalar::Null);
        assert_eq!(plain("2001-01-01"), Scalar::Timestamp);
    }

    #[test]
    fn integers_have_prefixes_and_underscores() {
        let cases = [
            ("0777", 511),
            ("0o777", 511),
            ("-0777", -511),
            ("+0x1F", 31),
            ("0b101", 5),
            ("-0b11", -3),
            ("1__0_", 10),
            ("0x_1", 1),
            ("-0", 0),
            ("-9223372036854775808", i64::MIN),
        ];
        for (text, value) in cases {
            assert_eq!(plain(text), Scalar::Int(value), "{text}");
        }
        assert_eq!(plain("0xffffffffffffffff"), Scalar::Uint(u64::MAX));
        for text in ["0x", "0b2", "0xg", "+-1", "--1", "1:30", "0x+1"] {
            assert_eq!(plain(text), Scalar::Text, "{text}");
        }
    }

    #[test]
    fn floats_are_decimal_and_finite() {
        let cases = [
            ("08", 8.0),
            ("1e3", 1000.0),
            (".5", 0.5),
            ("5.", 5.0),
            (".5_1", 0.51),
            ("-.5", -0.5),
            ("1_0.5", 10.5),
            ("18446744073709551616", 18_446_744_073_709_551_616.0),
        ];
        for (text, value) in cases {
            assert_eq!(plain(text), Scalar::Float(value), "{text}");
        }
        for text in ["1e400", "1e", ".", "1.2.3", "infinity", "+inf", "._5", ".5__1", "1e5.0"] {
            assert_eq!(plain(text), Scalar::Text, "{text}");
        }
    }

    #[test]
    fn tags_ask_for_what_they_name() {
        assert_eq!(tagged("1", "str"), Ok(Scalar::Text));
        assert_eq!(tagged("3", "float"), Ok(Scalar::Float(3.0)));
        assert_eq!(tagged("1.5", "int").unwrap_err(), "cannot decode !!float `1.5` as a !!int");
        assert_eq!(tagged("x", "null").unwrap_err(), "cannot decode !!str `x` as a !!null");
    }

    #[test]
    fn numbers_to_base_sixty_are_known() {
        for text in ["1:30", "190:20:30", "-1:59.5", "1_0:0", "1:30."] {
            assert!(is_sexagesimal(text), "{text}");
        }
        for text in ["", "1", "1:60", ":1", "1:2:", "a:1", "1:30.x", "_1:2"] {
            assert!(!is_sexagesimal(text), "{text}");
        }
    }
}
