//! Tells which plain scalars are timestamps: they are read as strings, but written in quotes.

/// Whether a text is a date, or a date with a time, in one of the forms that Helm's YAML knows.
pub(super) fn is_timestamp(text: &str) -> bool {
    let mut rest = text.as_bytes();
    date(&mut rest).is_some() && (rest.is_empty() || time(rest).is_some())
}

fn date(rest: &mut &[u8]) -> Option<()> {
    let (year, behind) = rest.split_at_checked(4)?;
    if !year.iter().all(u8::is_ascii_digit) {
        return None;
    }
    *rest = behind;
    let year = year.iter().fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    one_of(rest, b"-")?;
    let month = number(rest)?;
    one_of(rest, b"-")?;
    let day = number(rest)?;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (1..=days).contains(&day).then_some(())
}

fn time(mut rest: &[u8]) -> Option<()> {
    let zoned = one_of(&mut rest, b"tT ")? != b' ';
    if !zoned {
        rest = rest.trim_ascii_start();
    }
    let hour = number(&mut rest)?;
    one_of(&mut rest, b":")?;
    let minute = number(&mut rest)?;
    one_of(&mut rest, b":")?;
    let second = number(&mut rest)?;
    if let [b'.' | b',', b'0'..=b'9', ..] = rest {
        let digits = rest[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        rest = &rest[1 + digits..];
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    match rest {
        [] if !zoned => Some(()),
        b"Z" if zoned => Some(()),
        [b'+' | b'-', hours @ .., b':', tens, ones] if zoned && hours.len() == 2 => {
            let value = |tens: u8, ones: u8| {
                (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + (ones - b'0'))
            };
            (value(hours[0], hours[1])? <= 24 && value(*tens, *ones)? <= 60).then_some(())
        }
        _ => None,
    }
}

fn one_of(rest: &mut &[u8], wanted: &[u8]) -> Option<u8> {
    let (first, behind) = rest.split_first()?;
    *rest = behind;
    wanted.contains(first).then_some(*first)
}

/// One digit or two.
fn number(rest: &mut &[u8]) -> Option<u8> {
    let count = rest.iter().take(2).take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, behind) = rest.split_at(count);
    *rest = behind;
    (count > 0).then(|| digits.iter().fold(0, |sum, digit| sum * 10 + (digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_told_from_other_text() {
        for text in [
            "2001-01-01",
            "2001-1-1",
            "2000-02-29",
            "2001-01-01T10:00:00Z",
            "2001-01-01t1:2:3.5+02:00",
            "2001-01-01 10:00:00",
            "2001-01-01  10:00:00.25",
        ] {
            assert!(is_timestamp(text), "{text}");
        }
        for text in [
            "",
            "2001",
            "2001-13-01",
            "2001-02-29",
            "1900-02-29",
            "2001-01-01T10:00:00",
            "2001-01-01 10:00:00Z",
            "2001-01-01T25:00:00Z",
            "2001-01-01T10:00:00+2",
            "2001-01-01 ",
            "20010-1-1",
            "2001-01-011",
        ] {
            assert!(!is_timestamp(text), "{text}");
        }
    }
}
