//! Numbers as Go prints them.

use serde_json::{Number, Value as Json};

/// The shortest decimal digits that read back as the number, and where the decimal point stands among them.
struct Digits {
    negative: bool,
    /// Without zeros at either end; `0` alone for zero.
    digits: String,
    /// How many digits stand before the decimal point; negative for zeros behind it.
    point: i32,
}

impl Digits {
    fn of(scientific: &str) -> Self {
        let (negative, rest) = match scientific.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, scientific),
        };
        let (mantissa, exponent) = rest.split_once('e').unwrap_or((rest, "0"));
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        let point = exponent.parse::<i32>().unwrap_or(0) + 1;
        Self { negative, digits, point }
    }

    fn sign(&self) -> &'static str {
        if self.negative { "-" } else { "" }
    }

    /// `d.ddde±dd`, with at least `least` digits in the exponent.
    fn scientific(&self, least: usize) -> String {
        let (first, rest) = self.digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        let exponent = self.point - 1;
        let direction = if exponent < 0 { '-' } else { '+' };
        format!("{}{first}{dot}{rest}e{direction}{:0least$}", self.sign(), exponent.unsigned_abs())
    }

    fn positional(&self) -> String {
        let count = i32::try_from(self.digits.len()).unwrap_or(i32::MAX);
        let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
        let text = if self.point <= 0 {
            format!("0.{}{}", zeros(-self.point), self.digits)
        } else if self.point >= count {
            format!("{}{}", self.digits, zeros(self.point - count))
        } else {
            let (whole, fraction) = self.digits.split_at(usize::try_from(self.point).unwrap_or(0));
            format!("{whole}.{fraction}")
        };
        format!("{}{text}", self.sign())
    }

    /// Go's `%g` of the shortest digits: an exponent from a million on, and below a ten-thousandth.
    fn general(&self) -> String {
        let exponent = self.point - 1;
        if (-4..6).contains(&exponent) || self.digits == "0" { self.positional() } else { self.scientific(2) }
    }
}

/// As `%v` prints a `float64`.
pub(crate) fn format_float(value: f64) -> String {
    match special(value) {
        Some(text) => text.to_owned(),
        None => Digits::of(&format!("{value:e}")).general(),
    }
}

/// As `%v` prints it after a `float32` has been made of it, which is what becomes of numbers that are keys of a map
/// or stand where a string is wanted.
pub(crate) fn format_short_float(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "what Go does here")]
    let short = value as f32;
    match special(f64::from(short)) {
        Some(text) => text.to_owned(),
        None => Digits::of(&format!("{short:e}")).general(),
    }
}

fn special(value: f64) -> Option<&'static str> {
    if value.is_nan() {
        Some("NaN")
    } else if value.is_infinite() {
        Some(if value > 0.0 { "+Inf" } else { "-Inf" })
    } else {
        None
    }
}

/// As Go's `encoding/json` writes a `float64`; `None` for what JSON has no number for.
pub(crate) fn json_float(value: f64) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    let digits = Digits::of(&format!("{value:e}"));
    let size = value.abs();
    let far = size != 0.0 && !(1e-6..1e21).contains(&size);
    Some(if far { digits.scientific(1) } else { digits.positional() })
}

/// The number that a `float64` is once it went through JSON: whole ones are integers as far as they are exact.
pub(crate) fn number_of(value: f64) -> Option<Number> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= EXACT && !(value == 0.0 && value.is_sign_negative()) {
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
        return Some(Number::from(value as i64));
    }
    Number::from_f64(value)
}

/// A number as the API machinery of Kubernetes reads it: one that JSON writes without a point is an `int64` if it fits.
pub(crate) fn exact_number_of(value: f64) -> Option<Number> {
    let whole = json_float(value)?.parse::<i64>().ok().filter(|whole| *whole != 0 || value.is_sign_positive());
    whole.map(Number::from).or_else(|| Number::from_f64(value))
}

/// Every number as a `float64`, which is how values are held.
pub(crate) fn as_values(json: Json) -> Json {
    match json {
        Json::Number(number) => {
            let value = number.as_f64().and_then(number_of);
            Json::Number(value.unwrap_or(number))
        }
        Json::Array(items) => Json::Array(items.into_iter().map(as_values).collect()),
        Json::Object(entries) => {
            Json::Object(entries.into_iter().map(|(key, entry)| (key, as_values(entry))).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn floats_are_printed_as_go_prints_them() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (0.1, "0.1"),
            (-1.5, "-1.5"),
            (100_000.0, "100000"),
            (1e6, "1e+06"),
            (123_456_789.5, "1.234567895e+08"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1e21, "1e+21"),
            (1e100, "1e+100"),
            (5e-324, "5e-324"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
        ];
        for (value, text) in cases {
            assert_eq!(format_float(value), text);
        }
    }

    #[test]
    fn json_has_exponents_only_far_out() {
        let cases = [
            (0.0, "0"),
            (1e6, "1000000"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (0.000001, "0.000001"),
            (1e-7, "1e-7"),
            (1.5e-10, "1.5e-10"),
            (12_345_678_901_234_567_890.0, "12345678901234567000"),
            (-0.5, "-0.5"),
        ];
        for (value, text) in cases {
            assert_eq!(json_float(value).as_deref(), Some(text));
        }
        assert_eq!(json_float(f64::NAN), None);
    }

    #[test]
    fn keys_that_are_numbers_are_short_floats() {
        let texts = [1.1, 1.0, 1e10, 0.123456789, 1e300].map(format_short_float);
        assert_eq!(texts, ["1.1", "1", "1e+10", "0.12345679", "+Inf"]);
    }

    #[test]
    fn values_hold_integers_only_as_exactly_as_floats_do() {
        assert_eq!(as_values(json!([1, 1.0, 9_007_199_254_740_993_i64])), json!([1, 1, 9_007_199_254_740_992_i64]));
        assert_eq!(as_values(json!(12_345_678_901_234_567_890_u64)), json!(12_345_678_901_234_567_000_f64));
        assert_eq!(exact_number_of(1e18), Some(Number::from(1_000_000_000_000_000_000_i64)));
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(value in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL) {
            prop_assert_eq!(format_float(value).parse::<f64>().unwrap(), value);
            prop_assert_eq!(json_float(value).unwrap().parse::<f64>().unwrap(), value);
        }
    }
}
