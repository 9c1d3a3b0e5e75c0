//! What numbers, characters and strings of a template stand for.

use super::tree::Number;

/// The text of a `"quoted"` string, given with its quotes; `None` where Go's rules are broken.
pub(super) fn quoted(written: &str) -> Option<String> {
    let inner = written.get(1..written.len().checked_sub(1)?)?;
    if !inner.contains('\\') {
        return Some(inner.to_owned());
    }
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while !rest.is_empty() {
        rest = match unescape(rest, '"')? {
            (Unescaped::Byte(byte), rest) => {
                bytes.push(byte);
                rest
            }
            (Unescaped::Character(character), rest) => {
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                rest
            }
        };
    }
    // Go's strings may hold any bytes. What is not UTF-8 could go into no manifest.
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The text of a string in backquotes: as it stands, but for carriage returns.
pub(super) fn raw(written: &str) -> String {
    written[1..written.len() - 1].replace('\r', "")
}

pub(super) fn character(written: &str) -> Result<Number, String> {
    let inner = &written[1..];
    let (unescaped, rest) = unescape(inner, '\'').ok_or("invalid syntax")?;
    if rest != "'" {
        return Err(format!("malformed character constant: {written}"));
    }
    Ok(Number::Int(match unescaped {
        Unescaped::Byte(byte) => i64::from(byte),
        Unescaped::Character(character) => i64::from(u32::from(character)),
    }))
}

enum Unescaped {
    Byte(u8),
    Character(char),
}

fn unescape(text: &str, quote: char) -> Option<(Unescaped, &str)> {
    let mut characters = text.chars();
    let first = characters.next()?;
    if first == quote {
        return None;
    }
    if first != '\\' {
        return Some((Unescaped::Character(first), characters.as_str()));
    }
    let escape = characters.next()?;
    let rest = characters.as_str();
    let character = match escape {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '\\' => '\\',
        '\'' | '"' if escape == quote => escape,
        'x' => return Some((Unescaped::Byte(u8::try_from(digits(rest, 2, 16)?).ok()?), &rest[2..])),
        'u' => return Some((Unescaped::Character(char::from_u32(digits(rest, 4, 16)?)?), &rest[4..])),
        'U' => return Some((Unescaped::Character(char::from_u32(digits(rest, 8, 16)?)?), &rest[8..])),
        '0'..='7' => {
            let octal = &text[1..];
            return Some((Unescaped::Byte(u8::try_from(digits(octal, 3, 8)?).ok()?), &octal[3..]));
        }
        _ => return None,
    };
    Some((Unescaped::Character(character), rest))
}

fn digits(text: &str, count: usize, radix: u32) -> Option<u32> {
    let digits = text.get(..count)?;
    digits.chars().all(|digit| digit.is_digit(radix)).then(|| u32::from_str_radix(digits, radix).ok())?
}

/// A number: an `int` if it is written as one, else a `float64`.
pub(super) fn number(written: &str) -> Result<Number, String> {
    let illegal = || format!("illegal number syntax: {written:?}");
    if written.ends_with('i') && !written.contains(['x', 'X']) {
        return Err(format!("imaginary number {written}: charts have no use for one, write a real number"));
    }
    if !underscores_separate_digits(written) {
        return Err(illegal());
    }
    let plain = written.replace('_', "");
    if let Some(integer) = integer(&plain) {
        return match i64::try_from(integer) {
            Ok(integer) => Ok(Number::Int(integer)),
            Err(_) if u64::try_from(integer).is_ok() => Ok(Number::Overflow(written.to_owned())),
            Err(_) => Err(format!("integer overflow: {written:?}")),
        };
    }
    let float = if is_hexadecimal(&plain) {
        hexadecimal_float(&plain)
    } else {
        plain.parse::<f64>().ok().filter(|float| float.is_finite())
    };
    let float = float.ok_or_else(illegal)?;
    if !written.contains(['.', 'e', 'E', 'p', 'P']) {
        return Err(format!("integer overflow: {written:?}"));
    }
    Ok(Number::Float(float))
}

fn is_hexadecimal(written: &str) -> bool {
    let unsigned = written.trim_start_matches(['+', '-']);
    unsigned.starts_with("0x") || unsigned.starts_with("0X")
}

fn integer(written: &str) -> Option<i128> {
    let (negative, unsigned) = match written.strip_prefix('-') {
        Some(unsigned) => (true, unsigned),
        None => (false, written.strip_prefix('+').unwrap_or(written)),
    };
    let lower = unsigned.to_ascii_lowercase();
    let (digits, radix) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&lower[2..], 16),
        [b'0', b'o', ..] => (&lower[2..], 8),
        [b'0', b'b', ..] => (&lower[2..], 2),
        [b'0', _, ..] => (&lower[1..], 8),
        _ => (lower.as_str(), 10),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    // Longer than any i128: out of range all the same.
    let magnitude = i128::from_str_radix(digits, radix).unwrap_or(i128::MAX);
    Some(if negative { -magnitude } else { magnitude })
}

fn hexadecimal_float(written: &str) -> Option<f64> {
    let lower = written.to_ascii_lowercase();
    let (sign, unsigned) = match lower.strip_prefix('-') {
        Some(unsigned) => (-1.0, unsigned),
        None => (1.0, lower.strip_prefix('+').unwrap_or(&lower)),
    };
    let (mantissa, exponent) = unsigned.strip_prefix("0x")?.split_once('p')?;
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0.0;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let shift = exponent.checked_sub(4 * i32::try_from(fraction.len()).ok()?)?;
    Some(sign * value * 2f64.powi(shift)).filter(|value| value.is_finite())
}

/// `1_000` is a number, `1__0`, `_1` and `1_` are not; behind `0x` one may follow at once.
fn underscores_separate_digits(written: &str) -> bool {
    if !written.contains('_') {
        return true;
    }
    let unsigned = written.trim_start_matches(['+', '-']);
    let bytes = unsigned.as_bytes();
    let prefixed = matches!(bytes, [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', ..]);
    let (mut previous, start, hexadecimal) =
        if prefixed { (b'0', 2, matches!(bytes[1], b'x' | b'X')) } else { (b'^', 0, false) };
    let is_digit = |byte: u8| byte.is_ascii_digit() || (hexadecimal && byte.is_ascii_hexdigit());
    for byte in &bytes[start..] {
        if is_digit(*byte) {
            previous = b'0';
        } else if *byte == b'_' {
            if previous != b'0' {
                return false;
            }
            previous = b'_';
        } else {
            if previous == b'_' {
                return false;
            }
            previous = b'!';
        }
    }
    previous != b'_'
}
