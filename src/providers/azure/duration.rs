//! ISO 8601 durations, as Azure writes spans of time: days and less, to parts of a second.

/// What stands for no limit: .NET's longest span of time.
pub(super) const UNLIMITED: &str = "P10675199DT2H48M5.4775807S";
/// Its whole seconds.
pub(super) const UNLIMITED_S: i64 = 922_337_203_685;

const DAY: i64 = 86_400;

/// Whole seconds as Azure writes them, such as `PT1M30S`.
pub(super) fn written(seconds: i64) -> String {
    if seconds >= UNLIMITED_S {
        return UNLIMITED.to_owned();
    }
    let seconds = seconds.max(0);
    let part = |amount: i64, unit: &str| if amount == 0 { String::new() } else { format!("{amount}{unit}") };
    let days = part(seconds / DAY, "D");
    let time = [part(seconds % DAY / 3_600, "H"), part(seconds % 3_600 / 60, "M"), part(seconds % 60, "S")].concat();
    match (days.as_str(), time.as_str()) {
        ("", "") => "PT0S".to_owned(),
        (days, "") => format!("P{days}"),
        (days, time) => format!("P{days}T{time}"),
    }
}

/// The whole seconds of a duration; parts of a second are dropped.
pub(super) fn read(text: &str) -> Option<i64> {
    let rest = text.strip_prefix('P')?;
    let (days, time) = match rest.split_once('T') {
        Some((days, time)) if !time.is_empty() => (days, time),
        Some(_) => return None,
        None => (rest, ""),
    };
    if days.is_empty() && time.is_empty() {
        return None;
    }
    let of_days = sum(days, &[('D', DAY)])?;
    of_days.checked_add(sum(time, &[('H', 3_600), ('M', 60), ('S', 1)])?)
}

/// Amounts with their units, which come in this order and at most once.
fn sum(mut text: &str, units: &[(char, i64)]) -> Option<i64> {
    let (mut total, mut units) = (0_i64, units.iter());
    while !text.is_empty() {
        let end = text.find(|character: char| character.is_ascii_alphabetic())?;
        let (amount, rest) = text.split_at_checked(end)?;
        let unit = rest.chars().next()?;
        let (_, seconds) = units.find(|(known, _)| *known == unit)?;
        let whole = match amount.split_once('.') {
            Some((whole, part))
                if unit == 'S' && !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                whole
            }
            Some(_) => return None,
            None => amount,
        };
        if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        total = total.checked_add(whole.parse::<i64>().ok()?.checked_mul(*seconds)?)?;
        text = rest.get(1..)?;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_written_as_azure_writes_them() {
        let cases = [
            (0, "PT0S"),
            (60, "PT1M"),
            (90, "PT1M30S"),
            (86_400, "P1D"),
            (93_661, "P1DT2H1M1S"),
            (UNLIMITED_S, UNLIMITED),
        ];
        for (seconds, text) in cases {
            assert_eq!((written(seconds).as_str(), read(text)), (text, Some(seconds)));
        }
        // Other spellings of the same.
        assert_eq!([read("PT60S"), read("P0DT1M"), read("PT90.5S")], [Some(60), Some(60), Some(90)]);
    }

    #[test]
    fn what_is_none_is_not_read() {
        for text in [
            "",
            "P",
            "PT",
            "1M",
            "P1M",
            "P1Y",
            "PT1S1M",
            "PT1",
            "PT-1S",
            "P1DT",
            "PT1.5H",
            "PT.S",
            "P99999999999999999999D",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(seconds in 0..UNLIMITED_S) {
            prop_assert_eq!(read(&written(seconds)), Some(seconds));
        }

        #[test]
        fn no_text_panics(text in "P?[0-9DHMST.é-]{0,12}") {
            let _ = read(&text);
        }
    }
}
