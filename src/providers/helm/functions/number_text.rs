//! Numbers as Go's literals are written: `0x1F`, `0o17`, `017`, `1_000`, `1e3`, `0x1p4`.

/// `5.00` is taken for 5.
pub(super) fn without_zero_decimals(text: &str) -> &str {
    let trimmed = text.trim_end_matches('0');
    match trimmed.strip_suffix('.') {
        Some(whole) if trimmed.len() < text.len() => whole,
        _ => text,
    }
}

/// A whole number of 64 bits.
pub(super) fn parse_int(text: &str) -> Option<i64> {
    let (negative, digits) = signed(text);
    let rest = digits.get(2..).filter(|rest| !rest.is_empty());
    let (base, rest) = match (digits.as_bytes(), rest) {
        ([b'0', b'x' | b'X', ..], Some(rest)) => (16, rest),
        ([b'0', b'b' | b'B', ..], Some(rest)) => (2, rest),
        ([b'0', b'o' | b'O', ..], Some(rest)) => (8, rest),
        ([b'0', ..], _) => (8, digits),
        _ => (10, digits),
    };
    if !underscores_are_well_placed(digits) {
        return None;
    }
    let clean = rest.replace('_', "");
    if !clean.chars().all(|digit| digit.is_digit(base)) {
        return None;
    }
    let magnitude = i128::from_str_radix(&clean, base).ok()?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

pub(super) fn parse_float(text: &str) -> Option<f64> {
    let (negative, digits) = signed(text);
    if digits.starts_with(['+', '-']) || !underscores_are_well_placed(digits) {
        return None;
    }
    let clean = digits.replace('_', "");
    let magnitude = match clean.strip_prefix("0x").or_else(|| clean.strip_prefix("0X")) {
        Some(hexadecimal) => parse_hexadecimal(hexadecimal)?,
        None => clean.parse::<f64>().ok()?,
    };
    let named = clean.starts_with(['i', 'I']);
    if magnitude.is_infinite() && !named {
        return None;
    }
    Some(if negative { -magnitude } else { magnitude })
}

fn signed(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// Between digits, or between a prefix such as `0x` and the first digit.
fn underscores_are_well_placed(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    let prefixed = matches!(bytes, [b'0', b'x' | b'X' | b'b' | b'B' | b'o' | b'O', ..]);
    let hexadecimal = matches!(bytes, [b'0', b'x' | b'X', ..]);
    let is_digit = |byte: u8| byte.is_ascii_digit() || hexadecimal && byte.is_ascii_hexdigit();
    bytes.iter().enumerate().filter(|(_, byte)| **byte == b'_').all(|(place, _)| {
        let before = place.checked_sub(1).and_then(|place| bytes.get(place));
        let after = bytes.get(place + 1);
        let follows = before.is_some_and(|byte| is_digit(*byte)) || prefixed && place == 2;
        follows && after.is_some_and(|byte| is_digit(*byte))
    })
}

/// Digits and the power of two that multiplies them, which has to be there.
fn parse_hexadecimal(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0.0f64;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value.mul_add(16.0, f64::from(digit.to_digit(16)?));
    }
    let places = i32::try_from(fraction.len()).ok()?;
    Some(value * 2f64.powi(exponent.checked_sub(places.checked_mul(4)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_have_many_spellings() {
        let whole = [
            ("0x1F", Some(31)),
            ("-0x1f", Some(-31)),
            ("0b11", Some(3)),
            ("0o17", Some(15)),
            ("017", Some(15)),
            ("0", Some(0)),
            ("00", Some(0)),
            ("08", None),
            ("0x", None),
            ("1_000", Some(1000)),
            ("0x_1", Some(1)),
            ("1__0", None),
            ("_1", None),
            ("1_", None),
            ("", None),
            ("+", None),
            ("--1", None),
            ("9223372036854775808", None),
            ("-9223372036854775808", Some(i64::MIN)),
        ];
        for (text, number) in whole {
            assert_eq!(parse_int(text), number, "{text}");
        }
        let floats = [
            ("0x1p4", Some(16.0)),
            ("0x1.8p1", Some(3.0)),
            ("0x1", None),
            ("1_000.5", Some(1000.5)),
            ("1e999", None),
            ("-inf", Some(f64::NEG_INFINITY)),
            (" 1", None),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
        ];
        for (text, number) in floats {
            assert_eq!(parse_float(text), number, "{text}");
        }
        for (text, cut) in [("5.0", "5"), ("5.00", "5"), ("5.", "5."), ("5.50", "5.50"), (".0", ""), ("100", "100")] {
            assert_eq!(without_zero_decimals(text), cut);
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read(number: i64, float in proptest::num::f64::NORMAL) {
            prop_assert_eq!(parse_int(&number.to_string()), Some(number));
            prop_assert_eq!(parse_float(&float.to_string()), Some(float));
            prop_assert_eq!(parse_float(&format!("{float:e}")), Some(float));
        }

        #[test]
        fn no_text_panics(text in "[-+0-9_xXbop.eé]{0,12}|.*") {
            let _ = (parse_int(&text), parse_float(&text), without_zero_decimals(&text));
        }
    }
}
