//! Integers.

use super::quote;
use super::specification::Specification;

/// An integer in a base, with sign, prefix and zeros.
pub(super) fn integer(specification: &Specification, value: i128, verb: char, out: &mut String) {
    let magnitude = value.unsigned_abs();
    if specification.precision == Some(0) && value == 0 {
        return specification.pad_with_space("", out);
    }
    let (digits, prefix) = match verb {
        'b' => (format!("{magnitude:b}"), "0b"),
        'o' => (format!("{magnitude:o}"), ""),
        'O' => (format!("{magnitude:o}"), ""),
        'x' => (format!("{magnitude:x}"), "0x"),
        'X' => (format!("{magnitude:X}"), "0X"),
        _ => (magnitude.to_string(), ""),
    };
    let signed = value < 0 || specification.plus || specification.space;
    let least = match specification.precision {
        Some(precision) => precision,
        None if specification.zero && !specification.minus => {
            specification.width.unwrap_or(0).saturating_sub(usize::from(signed))
        }
        None => 0,
    };
    let mut text = String::new();
    match () {
        () if value < 0 => text.push('-'),
        () if specification.plus => text.push('+'),
        () if specification.space => text.push(' '),
        () => {}
    }
    if verb == 'O' {
        text.push_str("0o");
    }
    if specification.sharp {
        text.push_str(prefix);
    }
    let zeros = least.saturating_sub(digits.len());
    text.extend(std::iter::repeat_n('0', zeros));
    if specification.sharp && matches!(verb, 'o' | 'O') && zeros == 0 && !digits.starts_with('0') {
        text.push('0');
    }
    text.push_str(&digits);
    specification.pad_with_space(&text, out);
}

/// The character of a code, or what stands for none.
pub(super) fn character(value: i128) -> char {
    u32::try_from(value).ok().and_then(char::from_u32).unwrap_or('\u{fffd}')
}

/// `U+0041`, with `#` also `'A'`.
pub(super) fn unicode(specification: &Specification, value: i128, out: &mut String) {
    // Go takes the bits of a negative number for those of a large one.
    let code = if value < 0 { (value + (1 << 64)).unsigned_abs() } else { value.unsigned_abs() };
    let digits = specification.precision.unwrap_or(4).max(4);
    let mut text = format!("U+{code:0digits$X}");
    let character = u32::try_from(code).ok().and_then(char::from_u32);
    if let Some(character) = character.filter(|character| specification.sharp && quote::is_printable(*character)) {
        text.push_str(&format!(" '{character}'"));
    }
    specification.pad_with_space(&text, out);
}
