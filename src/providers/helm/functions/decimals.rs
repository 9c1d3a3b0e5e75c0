//! Floats computed with as the decimal numbers they are printed as, so that 0.1 and 0.2 make 0.3.

use num_bigint::{BigInt, Sign};

use super::super::template::{Failure, Function, Value};
use super::arguments::{Arguments, Outcome, at_least, exactly};
use super::numbers::to_float;

pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("add1f", exactly(1, |_, given| compute(given.any(0), &[Value::Int(1)], |one, other| Ok(one.plus(other))))),
    ("addf", at_least(0, |_, given| compute(&Value::Float(0.0), given, |one, other| Ok(one.plus(other))))),
    ("divf", at_least(1, |_, given| compute(given.any(0), given.from(1), |one, other| one.divided_by(other)))),
    ("mulf", at_least(1, |_, given| compute(given.any(0), given.from(1), |one, other| Ok(one.times(other))))),
    ("subf", at_least(1, |_, given| compute(given.any(0), given.from(1), |one, other| Ok(one.minus(other))))),
];

/// Places after the point of what a division gives.
const PLACES: u32 = 16;

/// `digits` times ten to the power of `-places`.
#[derive(Clone, Debug, PartialEq)]
struct Decimal {
    digits: BigInt,
    places: i32,
}

fn compute(first: &Value, others: &[Value], operation: fn(Decimal, Decimal) -> Result<Decimal, Failure>) -> Outcome {
    let mut result = Decimal::of(to_float(first))?;
    for other in others {
        result = operation(result, Decimal::of(to_float(other))?)?;
    }
    Ok(Value::Float(result.float()))
}

impl Decimal {
    /// The shortest decimal number that is read as this float.
    fn of(number: f64) -> Result<Self, Failure> {
        if !number.is_finite() {
            let printed = if number.is_nan() {
                "NaN"
            } else if number > 0.0 {
                "+Inf"
            } else {
                "-Inf"
            };
            return Err(Failure::new(format!("Cannot create a Decimal from {printed}")));
        }
        let printed = format!("{number:e}");
        let (mantissa, exponent) = printed.split_once('e').unwrap_or((&printed, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}").parse().unwrap_or_default();
        let exponent: i32 = exponent.parse().unwrap_or_default();
        Ok(Self { digits, places: fraction.len() as i32 - exponent })
    }

    fn float(&self) -> f64 {
        let exponent = -i64::from(self.places);
        format!("{}e{exponent}", self.digits).parse().unwrap_or_default()
    }

    /// The same number with more places.
    fn with_places(&self, places: i32) -> BigInt {
        let more = places.saturating_sub(self.places).max(0).unsigned_abs();
        &self.digits * BigInt::from(10).pow(more)
    }

    fn plus(self, other: Self) -> Self {
        let places = self.places.max(other.places);
        Self { digits: self.with_places(places) + other.with_places(places), places }
    }

    fn minus(self, other: Self) -> Self {
        self.plus(Self { digits: -other.digits, ..other })
    }

    fn times(self, other: Self) -> Self {
        Self { digits: self.digits * other.digits, places: self.places.saturating_add(other.places) }
    }

    /// To so many places, halves away from zero.
    fn divided_by(self, other: Self) -> Result<Self, Failure> {
        if other.digits.sign() == Sign::NoSign {
            return Err(Failure::new("decimal division by 0"));
        }
        // As whole numbers: both with the same places, and the first with those of the result on top.
        let places = self.places.max(other.places);
        let divisor = other.with_places(places);
        let dividend = self.with_places(places) * BigInt::from(10).pow(PLACES);
        let negative = (dividend.sign() == Sign::Minus) != (divisor.sign() == Sign::Minus);
        let (dividend, divisor) = (dividend.magnitude(), divisor.magnitude());
        let rounded = (dividend * 2u8 + divisor) / (divisor * 2u8);
        let sign = if negative { Sign::Minus } else { Sign::Plus };
        Ok(Self { digits: BigInt::from_biguint(sign, rounded), places: PLACES as i32 })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fails, gives};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_are_computed_as_helm_computes_them() {
        gives(&[
            ("addf 0.1 0.2", "float64", "0.3"),
            ("addf", "float64", "0"),
            ("addf 1 \"2.5\" nil true", "float64", "4.5"),
            ("add1f 1.5", "float64", "2.5"),
            ("add1f \"x\"", "float64", "1"),
            ("subf 1 0.9", "float64", "0.1"),
            ("subf 5", "float64", "5"),
            ("subf 10 1.1 2.2", "float64", "6.7"),
            ("mulf 1.1 1.1", "float64", "1.21"),
            ("mulf 3", "float64", "3"),
            ("mulf 1e300 1e-300", "float64", "1"),
            ("mulf 0.1 3 7.7", "float64", "2.31"),
            ("divf 1 3", "float64", "0.3333333333333333"),
            ("divf 10 4", "float64", "2.5"),
            ("divf 2 3", "float64", "0.6666666666666667"),
            ("divf -2 3", "float64", "-0.6666666666666667"),
            ("divf 1e-10 3", "float64", "3.33333e-11"),
            ("divf 1e20 7", "float64", "1.4285714285714287e+19"),
            ("divf 5", "float64", "5"),
            ("divf 1 3 3", "float64", "0.1111111111111111"),
            ("mulf 123456789.123456789 987654321.987654321", "float64", "1.2193263135650053e+17"),
            ("subf 0.3 0.1", "float64", "0.2"),
            ("addf 1e16 1", "float64", "1e+16"),
        ]);
        fails(&[
            ("divf 1 0", "decimal division by 0"),
            ("divf 1 \"x\"", "decimal division by 0"),
            ("addf (float64 \"inf\") 1", "Cannot create a Decimal from +Inf"),
            ("mulf 1 (float64 \"-inf\")", "Cannot create a Decimal from -Inf"),
            ("addf (float64 \"nan\")", "Cannot create a Decimal from NaN"),
        ]);
    }

    proptest! {
        #[test]
        fn floats_come_back(number in proptest::num::f64::NORMAL) {
            prop_assert_eq!(Decimal::of(number).unwrap().float(), number);
        }

        #[test]
        fn what_was_added_can_be_taken_away(one in -1e9f64..1e9, other in -1e9f64..1e9) {
            let [one, other] = [one, other].map(|number| Decimal::of(number).unwrap());
            prop_assert_eq!(one.clone().plus(other.clone()).minus(other).float(), one.float());
        }
    }
}
