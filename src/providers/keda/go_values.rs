//! Texts as KEDA's parsers read them: Go's numbers, booleans and durations, and Kubernetes quantities.

/// `strconv.ParseBool`.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.trim() {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

pub(super) fn integer(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

/// Finite, and without the spellings that Rust knows and Go does not.
pub(super) fn float(text: &str) -> Option<f64> {
    let text = text.trim();
    let is_plain = text.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
    text.parse().ok().filter(|number: &f64| is_plain && number.is_finite())
}

/// `time.ParseDuration`, in seconds: `1h30m`, `1.5s`, `300ms`.
pub(super) fn duration(text: &str) -> Option<f64> {
    let text = text.trim();
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0.0);
    }
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        let units = [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
        let after = &rest[end..];
        let unit_end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (_, length) = units.iter().find(|(unit, _)| *unit == &after[..unit_end])?;
        seconds += number * length;
        rest = &after[unit_end..];
    }
    (!text.is_empty()).then_some(sign * seconds)
}

/// A Kubernetes quantity, as a number: `500m`, `1.5Gi`, `1e3`.
pub(super) fn quantity(text: &str) -> Option<f64> {
    let end = text.find(|c: char| c.is_ascii_alphabetic() && c != 'e' && c != 'E').unwrap_or(text.len());
    // `1E` is an exa, `1e3` an exponent.
    let end = if text[..end].ends_with(['e', 'E']) { end - 1 } else { end };
    let suffixes = [
        ("n", 1e-9),
        ("u", 1e-6),
        ("m", 1e-3),
        ("", 1.0),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("P", 1e15),
        ("E", 1e18),
        ("Ki", 1024.0),
        ("Mi", 1_048_576.0),
        ("Gi", 1_073_741_824.0),
        ("Ti", 1_099_511_627_776.0),
        ("Pi", 1_125_899_906_842_624.0),
        ("Ei", 1_152_921_504_606_846_976.0),
    ];
    let (_, factor) = suffixes.iter().find(|(suffix, _)| *suffix == &text[end..])?;
    float(&text[..end]).filter(|_| !text.contains(char::is_whitespace)).map(|number| number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_and_quantities_are_read() {
        let durations =
            [("30s", Some(30.0)), ("1h30m", Some(5400.0)), ("1.5s", Some(1.5)), ("0", Some(0.0)), ("-1m", Some(-60.0))];
        for (text, seconds) in durations {
            assert_eq!(duration(text), seconds, "{text}");
        }
        for wrong in ["", "30", "s", "5 s", "1d", "30sec"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
        let quantities = [
            ("500m", Some(0.5)),
            ("1Gi", Some(1_073_741_824.0)),
            ("1e3", Some(1000.0)),
            ("2E", Some(2e18)),
            ("80", Some(80.0)),
        ];
        for (text, number) in quantities {
            assert_eq!(quantity(text), number, "{text}");
        }
        for wrong in ["", "80%", "1GB", "m", "1 Gi", "1gi"] {
            assert_eq!(quantity(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn booleans_and_numbers_are_read_as_go_does() {
        assert_eq!(boolean("T"), Some(true));
        assert_eq!(boolean("yes"), None);
        assert_eq!(integer("5.0"), None);
        assert_eq!(float("inf"), None);
        assert_eq!(float("1e-3"), Some(0.001));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,12}") {
            let _ = (boolean(&text), integer(&text), float(&text), duration(&text), quantity(&text));
        }

        #[test]
        fn every_whole_second_reads_back(seconds in 0_u32..1_000_000) {
            prop_assert_eq!(duration(&format!("{seconds}s")), Some(f64::from(seconds)));
        }
    }
}
