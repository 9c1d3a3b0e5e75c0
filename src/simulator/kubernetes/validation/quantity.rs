//! Amounts: `500m`, `1Gi`, `1e3`. Exact, and written in the one form an API server shows.

use serde_json::Value as Json;

/// Nothing is counted in smaller parts than these.
const NANO: i128 = 1_000_000_000;

const DECIMAL: &[(&str, i32)] =
    &[("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];

const BINARY: &[(&str, u32)] = &[("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Decimal,
    Binary,
    Exponent,
}

/// An amount.
#[derive(Clone, Copy, Debug)]
pub(in crate::simulator) struct Quantity {
    nanos: i128,
    form: Form,
}

impl Quantity {
    /// Reads a text or a number; `None` for what is no amount.
    pub(in crate::simulator) fn of(value: &Json) -> Option<Self> {
        match value {
            Json::String(text) => Self::parse(text),
            Json::Number(number) => Self::parse(&number.to_string()),
            _ => None,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let end = text.find(|c: char| !(c.is_ascii_digit() || "+-.".contains(c))).unwrap_or(text.len());
        let (number, suffix) = text.split_at(end);
        if let Some((_, power)) = BINARY.iter().find(|(name, _)| *name == suffix) {
            return Some(Self { nanos: scaled(number, 0, 1_i128.checked_shl(*power)?)?, form: Form::Binary });
        }
        if let Some((_, power)) = DECIMAL.iter().find(|(name, _)| *name == suffix) {
            return Some(Self { nanos: scaled(number, *power, 1)?, form: Form::Decimal });
        }
        let power: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
        Some(Self { nanos: scaled(number, power, 1)?, form: Form::Exponent })
    }

    pub(in crate::simulator) fn is_negative(self) -> bool {
        self.nanos < 0
    }

    pub(in crate::simulator) fn exceeds(self, other: Self) -> bool {
        self.nanos > other.nanos
    }

    /// The one form it is shown in.
    pub(in crate::simulator) fn canonical(self) -> String {
        match self.form {
            Form::Binary if self.nanos.abs() >= 1024 * NANO => self.binary(),
            Form::Exponent => self.decimal(|power| if power == 0 { String::new() } else { format!("e{power}") }),
            Form::Binary | Form::Decimal => self.decimal(|power| {
                DECIMAL.iter().find(|(_, of)| *of == power).map(|(name, _)| (*name).to_owned()).unwrap_or_default()
            }),
        }
    }

    fn binary(self) -> String {
        let mut amount = ceiling(self.nanos, NANO);
        let mut suffix = "";
        for (name, _) in BINARY {
            if amount % 1024 != 0 {
                break;
            }
            (amount, suffix) = (amount / 1024, name);
        }
        format!("{amount}{suffix}")
    }

    fn decimal(self, suffix: impl Fn(i32) -> String) -> String {
        let (mut amount, mut power) = (self.nanos, -9);
        if amount == 0 {
            return "0".to_owned();
        }
        while amount % 1000 == 0 && power < 18 {
            (amount, power) = (amount / 1000, power + 3);
        }
        format!("{amount}{}", suffix(power))
    }
}

/// `number` times a power of ten and a factor, in billionths, rounded away from zero.
fn scaled(number: &str, power: i32, factor: i128) -> Option<i128> {
    let (negative, digits) = match number.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, number.strip_prefix('+').unwrap_or(number)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let amount = all.parse::<i128>().ok()?.checked_mul(factor)?;
    let power = power.checked_add(9)?.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let amount = if power >= 0 {
        amount.checked_mul(10_i128.checked_pow(power.unsigned_abs())?)?
    } else {
        10_i128.checked_pow(power.unsigned_abs()).map_or(i128::from(amount > 0), |part| ceiling(amount, part))
    };
    Some(if negative { -amount } else { amount })
}

/// Divides, rounded away from zero.
fn ceiling(amount: i128, part: i128) -> i128 {
    amount / part + (amount % part).signum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn amounts_have_one_form() {
        let cases = [
            (json!("0.5"), "500m"),
            (json!("1000m"), "1"),
            (json!("1024Mi"), "1Gi"),
            (json!("1.5Gi"), "1536Mi"),
            (json!("100Mi"), "100Mi"),
            (json!("1500Mi"), "1500Mi"),
            (json!("0.5Ki"), "512"),
            (json!("1000"), "1k"),
            (json!("2000000"), "2M"),
            (json!("1500"), "1500"),
            (json!(1), "1"),
            (json!(0.25), "250m"),
            (json!("1e3"), "1e3"),
            (json!("1E6"), "1e6"),
            (json!("12e1"), "120"),
            (json!("1E"), "1E"),
            (json!("-1.5"), "-1500m"),
            (json!("+2"), "2"),
            (json!("0"), "0"),
            (json!("0Gi"), "0"),
            (json!(".5"), "500m"),
            (json!("1n"), "1n"),
            (json!("0.1n"), "1n"),
            (json!("1.0"), "1"),
        ];
        for (value, form) in cases {
            assert_eq!(Quantity::of(&value).map(Quantity::canonical).as_deref(), Some(form), "{value}");
        }
    }

    #[test]
    fn what_is_no_amount_is_none() {
        for value in [
            json!(""),
            json!("Gi"),
            json!("1 Gi"),
            json!("1gi"),
            json!("1K"),
            json!("1..2"),
            json!("a"),
            json!("-"),
            json!("1e"),
            json!(true),
            json!(null),
        ] {
            assert!(Quantity::of(&value).is_none(), "{value}");
        }
    }

    proptest! {
        #[test]
        fn the_form_says_the_same_amount(number in -1_000_000_i64..1_000_000, suffix in prop::sample::select(vec!["", "m", "k", "M", "Ki", "Mi", "Gi", "e2"])) {
            let quantity = Quantity::of(&json!(format!("{number}{suffix}"))).unwrap();
            let form = quantity.canonical();
            let again = Quantity::of(&json!(form)).unwrap();
            prop_assert_eq!(again.nanos, quantity.nanos);
            prop_assert_eq!(again.canonical(), form);
        }
    }
}
