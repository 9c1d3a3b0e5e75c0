//! Floats as Go writes them.

use super::specification::Specification;

/// As `%v`: the fewest digits that tell the number from any other, with an exponent where it is large or small.
pub(crate) fn shortest(value: f64) -> String {
    text(value, 'g', None)
}

/// A float by a verb, with its sign, as wide as asked for.
pub(super) fn float(specification: &Specification, value: f64, verb: char, out: &mut String) {
    let (verb, default) = match verb {
        'v' => ('g', None),
        'F' => ('f', Some(6)),
        'f' | 'e' | 'E' => (verb, Some(6)),
        verb => (verb, None),
    };
    let precision = specification.precision.or(default);
    let mut text = text(value, verb, precision);
    let sign = match text.strip_prefix(['-', '+']) {
        Some(unsigned) => {
            let sign = if text.starts_with('-') { '-' } else { '+' };
            text = unsigned.to_owned();
            Some(sign)
        }
        None => None,
    };
    let sign = match sign {
        Some('-') => "-",
        // Infinity always has its sign.
        Some(_) if !specification.space || specification.plus => "+",
        _ if specification.plus => "+",
        _ if specification.space => " ",
        _ => "",
    };
    if !value.is_finite() {
        return specification.pad_with_space(&format!("{sign}{text}"), out);
    }
    if specification.sharp && verb != 'b' {
        text = with_point(text, verb, precision);
    }
    let width = specification.width.unwrap_or(0);
    if specification.zero && !specification.minus && !sign.is_empty() {
        let zeros = width.saturating_sub(text.chars().count() + sign.len());
        out.push_str(sign);
        out.extend(std::iter::repeat_n('0', zeros));
        out.push_str(&text);
        return;
    }
    specification.pad(&format!("{sign}{text}"), out);
}

/// As Go's `strconv` has it; no precision is the shortest one that is exact.
pub(super) fn text(value: f64, verb: char, precision: Option<usize>) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let magnitude = value.abs();
    let text = match verb {
        'b' => binary(magnitude),
        'x' | 'X' => hexadecimal(magnitude, precision, verb),
        'e' | 'E' => {
            let Digits { digits, exponent } = match precision {
                Some(precision) => Digits::of(&format!("{magnitude:.precision$e}")),
                None => Digits::of(&format!("{magnitude:e}")),
            };
            scientific(&digits, exponent - 1, verb)
        }
        'f' => match precision {
            Some(precision) => format!("{magnitude:.precision$}"),
            None => {
                let Digits { digits, exponent } = Digits::of(&format!("{magnitude:e}"));
                plain(&digits, exponent)
            }
        },
        _ => general(magnitude, precision, if verb == 'G' { 'E' } else { 'e' }),
    };
    format!("{sign}{text}")
}

/// With an exponent or without, whichever is shorter.
fn general(magnitude: f64, precision: Option<usize>, letter: char) -> String {
    let Digits { mut digits, exponent } = match precision {
        None => Digits::of(&format!("{magnitude:e}")),
        Some(precision) => Digits::of(&format!("{magnitude:.*e}", precision.max(1) - 1)),
    };
    let kept = digits.trim_end_matches('0').len().max(1);
    digits.truncate(kept);
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let limit = match precision {
        None => 6,
        Some(precision) => {
            let precision = i32::try_from(precision.max(1)).unwrap_or(i32::MAX);
            if precision > count && count >= exponent { count } else { precision }
        }
    };
    let scientific_exponent = exponent - 1;
    if scientific_exponent < -4 || scientific_exponent >= limit {
        scientific(&digits, scientific_exponent, letter)
    } else {
        plain(&digits, exponent)
    }
}

/// `0.digits` times ten to the power of `exponent`.
struct Digits {
    digits: String,
    exponent: i32,
}

impl Digits {
    /// Takes apart what Rust writes as `1.25e-7`.
    fn of(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let exponent = exponent.parse::<i32>().unwrap_or_default() + 1;
        Self { digits: mantissa.replace('.', ""), exponent }
    }
}

fn scientific(digits: &str, exponent: i32, letter: char) -> String {
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    format!("{first}{point}{rest}{letter}{}", signed_exponent(exponent))
}

fn signed_exponent(exponent: i32) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{:02}", exponent.abs())
}

fn plain(digits: &str, exponent: i32) -> String {
    let point = usize::try_from(exponent).unwrap_or(0);
    if point == 0 {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize);
        return format!("0.{zeros}{digits}");
    }
    if point >= digits.len() {
        return format!("{digits}{}", "0".repeat(point - digits.len()));
    }
    let (whole, fraction) = digits.split_at(point);
    format!("{whole}.{fraction}")
}

/// The mantissa as an integer, and the power of two behind it.
fn parts(magnitude: f64) -> (u64, i32) {
    let bits = magnitude.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    match i32::try_from(bits >> 52).unwrap_or_default() {
        0 => (fraction, -1074),
        exponent => (fraction | (1 << 52), exponent - 1075),
    }
}

fn binary(magnitude: f64) -> String {
    let (mantissa, exponent) = parts(magnitude);
    format!("{mantissa}p{}{}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

/// `0x1.8p+01`.
fn hexadecimal(magnitude: f64, precision: Option<usize>, verb: char) -> String {
    let (mut mantissa, mut exponent) = parts(magnitude);
    if mantissa == 0 {
        exponent = 0;
    } else {
        exponent += 60;
        // One bit in front of the point, 60 behind it.
        while mantissa & (1 << 60) == 0 {
            mantissa <<= 1;
            exponent -= 1;
        }
    }
    if let Some(precision) = precision.filter(|precision| *precision < 15) {
        let shift = 60 - 4 * u32::try_from(precision).unwrap_or_default();
        let half = 1_u64 << (shift - 1);
        let rest = mantissa & ((1 << shift) - 1);
        let odd = (mantissa >> shift) & 1 == 1;
        mantissa = (mantissa >> shift) + u64::from(rest > half || (rest == half && odd));
        mantissa <<= shift;
        if mantissa & (1 << 61) != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let mut fraction = format!("{:015x}", mantissa & ((1 << 60) - 1));
    match precision {
        None => fraction.truncate(fraction.trim_end_matches('0').len()),
        Some(precision) => {
            fraction.truncate(precision);
            fraction.extend(std::iter::repeat_n('0', precision.saturating_sub(15)));
        }
    }
    let point = if fraction.is_empty() { "" } else { "." };
    let text = format!("0x{}{point}{fraction}p{}", mantissa >> 60, signed_exponent(exponent));
    if verb == 'X' { text.to_uppercase() } else { text }
}

/// With `#`: always a point, and with `g` all digits of the precision.
fn with_point(text: String, verb: char, precision: Option<usize>) -> String {
    let mut digits = match verb {
        'g' | 'G' | 'x' => precision.unwrap_or(6),
        _ => 0,
    };
    let hexadecimal = matches!(verb, 'x' | 'X');
    let tail = text
        .find(|character| if hexadecimal { matches!(character, 'p' | 'P') } else { matches!(character, 'e' | 'E') });
    let (number, tail) = text.split_at(tail.unwrap_or(text.len()));
    let significant = number.trim_start_matches(['0', '.']).chars().filter(|character| *character != '.').count();
    digits = digits.saturating_sub(significant);
    let mut number = number.to_owned();
    if !number.contains('.') {
        if number == "0" {
            digits = digits.saturating_sub(1);
        }
        number.push('.');
    }
    number.extend(std::iter::repeat_n('0', digits));
    number + tail
}
