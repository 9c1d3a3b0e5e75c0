//! Amounts as Kubernetes writes them: `500m`, `1.5Gi`, `1e3`
//! (<https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>).

/// An amount, in billionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::providers::kubernetes) struct Quantity(i128);

const BILLIONTHS: i128 = 1_000_000_000;

impl Quantity {
    /// `None` if it is no amount, or too large to be compared.
    pub(in crate::providers::kubernetes) fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let end = digits.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(digits.len());
        let (number, suffix) = digits.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return None;
        }
        let mantissa: i128 = format!("0{whole}{fraction}").parse().ok()?;
        let scale = i128::from(10u8).checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let (times, divided) = factor(suffix)?;
        let amount = mantissa.checked_mul(times)?.checked_mul(BILLIONTHS)?;
        Some(Self(sign * (amount / scale.checked_mul(divided)?)))
    }
}

/// What a suffix multiplies and divides by.
fn factor(suffix: &str) -> Option<(i128, i128)> {
    let binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    if let Some(position) = binary.iter().position(|unit| *unit == suffix) {
        return Some((1 << (10 * (position + 1)), 1));
    }
    let powers =
        [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
    let exponent = || suffix.strip_prefix(['e', 'E']).and_then(|digits| digits.parse::<i32>().ok());
    let power = powers.iter().find(|(unit, _)| *unit == suffix).map(|(_, power)| *power).or_else(exponent)?;
    let ten = i128::from(10u8).checked_pow(power.unsigned_abs())?;
    Some(if power < 0 { (1, ten) } else { (ten, 1) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_amount_has_many_spellings() {
        let same = [
            ("1", "1000m"),
            ("1Gi", "1024Mi"),
            ("0.5Gi", "512Mi"),
            ("1e3", "1k"),
            ("1.1G", "1100M"),
            (".5", "500m"),
            ("-1", "-1000m"),
            ("2E", "2e18"),
        ];
        for (one, other) in same {
            assert_eq!(Quantity::parse(one), Quantity::parse(other), "{one} {other}");
            assert!(Quantity::parse(one).is_some(), "{one}");
        }
        let less = [("999m", "1"), ("1G", "1Gi"), ("1Gi", "1.1Gi"), ("-1", "0"), ("9Ti", "1Pi")];
        for (small, large) in less {
            assert!(Quantity::parse(small).unwrap() < Quantity::parse(large).unwrap(), "{small} {large}");
        }
        for wrong in ["", "x", "1x", "1.2.3", "Gi", "1 Gi", "1gi", "--1", "1e", "."] {
            assert_eq!(Quantity::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn more_of_a_unit_is_more(few in 0u32..1000, more in 1u32..1000, unit in "[numkMGTPE]|[KMGTPE]i") {
            let amount = |number: u32| Quantity::parse(&format!("{number}{unit}")).unwrap();
            prop_assert!(amount(few) < amount(few + more));
        }

        #[test]
        fn no_text_panics(text in "[-+.0-9eEkKi]{0,12}|.*") {
            let _ = Quantity::parse(&text);
        }
    }
}
