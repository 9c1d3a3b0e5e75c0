//! Durations as Go reads and writes them: `1h2m3.5s`.

const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", MINUTE),
    ("h", HOUR),
];

/// In nanoseconds.
pub(super) fn parse(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (whole, after) = digits(rest);
        let (fraction, after) = after.strip_prefix('.').map_or(("", after), digits);
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let end = after.find(|character: char| character == '.' || character.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {text:?}"));
        }
        let known = UNITS.iter().find(|(name, _)| *name == unit);
        let Some((_, size)) = known else { return Err(format!("time: unknown unit {unit:?} in duration {text:?}")) };
        let nanoseconds = amount(whole, fraction, *size).ok_or_else(invalid)?;
        total = total.checked_add(nanoseconds).filter(|total| *total <= 1 << 63).ok_or_else(invalid)?;
        rest = after;
    }
    let total = i128::from(total);
    i64::try_from(if negative { -total } else { total }).map_err(|_| invalid())
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len()))
}

fn amount(whole: &str, fraction: &str, unit: u64) -> Option<u64> {
    let whole: u64 = format!("0{whole}").parse().ok()?;
    // As many places as are exact; a nanosecond is cut, not rounded.
    let fraction = &fraction[..fraction.len().min(18)];
    let numerator: u128 = format!("0{fraction}").parse().ok()?;
    let part = numerator * u128::from(unit) / 10u128.pow(u32::try_from(fraction.len()).ok()?);
    whole.checked_mul(unit)?.checked_add(u64::try_from(part).ok()?)
}

/// The largest units first, a zero among them: `1h0m5s`; below a second in the unit that leaves a whole number.
pub(super) fn print(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let amount = nanoseconds.unsigned_abs();
    let small = |unit: u64, name: &str| format!("{sign}{}{name}", with_fraction(amount, unit));
    match amount {
        0 => "0s".to_owned(),
        1..1_000 => small(1, "ns"),
        1_000..1_000_000 => small(1_000, "µs"),
        1_000_000..SECOND => small(1_000_000, "ms"),
        _ => {
            let seconds = with_fraction(amount % MINUTE, SECOND);
            let (hours, minutes) = (amount / HOUR, amount / MINUTE % 60);
            match (hours, minutes) {
                (0, 0) => format!("{sign}{seconds}s"),
                (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
                (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

fn with_fraction(amount: u64, unit: u64) -> String {
    let (whole, fraction) = (amount / unit, amount % unit);
    if fraction == 0 {
        return whole.to_string();
    }
    let places = unit.ilog10() as usize;
    format!("{whole}.{}", format!("{fraction:0places$}").trim_end_matches('0'))
}

/// Whole seconds, halves away from zero, unless that is too much.
pub(super) fn rounded_to_seconds(nanoseconds: i64) -> i64 {
    let second = SECOND.cast_signed();
    let rest = nanoseconds % second;
    let whole = nanoseconds - rest;
    if rest.abs() * 2 < second {
        return whole;
    }
    whole.checked_add(second * rest.signum()).unwrap_or(if rest > 0 { i64::MAX } else { i64::MIN })
}

/// How many of the largest unit that fits more than once.
pub(super) fn roughly(nanoseconds: i64) -> String {
    let amount = nanoseconds.unsigned_abs();
    let units = [(365 * DAY, "y"), (30 * DAY, "mo"), (DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s")];
    let fitting = units.iter().find(|(unit, _)| amount > *unit);
    fitting.map_or_else(|| "0s".to_owned(), |(unit, name)| format!("{}{name}", amount / unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read() {
        let right = [
            ("0", 0),
            ("-0", 0),
            ("1h2m3.5s", 3_723_500_000_000),
            ("-1.5h", -5_400_000_000_000),
            ("+5ns", 5),
            ("1µs", 1_000),
            (".5ms", 500_000),
            ("1.s", 1_000_000_000),
            ("2562047h47m16.854775807s", i64::MAX),
            ("-2562047h47m16.854775808s", i64::MIN),
        ];
        for (text, nanoseconds) in right {
            assert_eq!(parse(text), Ok(nanoseconds), "{text}");
        }
        let wrong = [
            ("", "time: invalid duration \"\""),
            ("x", "time: invalid duration \"x\""),
            (".s", "time: invalid duration \".s\""),
            ("5", "time: missing unit in duration \"5\""),
            ("5x", "time: unknown unit \"x\" in duration \"5x\""),
            ("9999999h", "time: invalid duration \"9999999h\""),
        ];
        for (text, message) in wrong {
            assert_eq!(parse(text), Err(message.to_owned()));
        }
    }

    #[test]
    fn durations_are_rounded() {
        assert_eq!(
            [1_499_999_999, 1_500_000_000, -1_500_000_000, i64::MAX].map(rounded_to_seconds),
            [1_000_000_000, 2_000_000_000, -2_000_000_000, i64::MAX]
        );
        assert_eq!([0, 1_000_000_000, 1_000_000_001, -90_000_000_001].map(roughly), ["0s", "0s", "1s", "1m"]);
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read(nanoseconds: i64, few in -2_000_000i64..2_000_000) {
            prop_assert_eq!(parse(&print(nanoseconds)), Ok(nanoseconds));
            prop_assert_eq!(parse(&print(few)), Ok(few));
        }

        #[test]
        fn no_text_panics(text in "[-+0-9.hmsnuµ]{0,12}|.*") {
            let _ = parse(&text);
        }
    }
}
