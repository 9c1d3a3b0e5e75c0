//! Moments read by a layout.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset as ZoneOffset;

use super::format::{MONTHS, WEEKDAYS, half_of_day};
use super::layout::{Chunk, Offset, Padding, next};
use super::moment::Moment;

/// What was read so far.
#[derive(Default)]
struct Read {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanosecond: i64,
    afternoon: Option<bool>,
    offset: Option<i64>,
    /// Of a name such as `GMT+3`: it is shown, but the time is taken for that of UTC.
    named_offset: Option<i64>,
    utc: bool,
    zone: Option<String>,
}

/// Why a part cannot be read: it is none, or it is out of range.
enum Problem {
    Unreadable,
    OutOfRange(&'static str),
}

type Part<T> = Result<T, Problem>;

/// A moment, or what is wrong with the text, in Go's words.
pub(super) fn parse(layout: &str, text: &str) -> Result<Moment, String> {
    let (mut rest, mut value, mut read) = (layout, text, Read::default());
    loop {
        let (before, found, after) = next(rest);
        let mismatch = |element: &str, value: &str| {
            format!("parsing time {text:?} as {layout:?}: cannot parse {value:?} as {element:?}")
        };
        value = skip(value, before).map_err(|at| mismatch(before, at))?;
        let Some((spelling, chunk)) = found else { break };
        let hold = value;
        match read.part(&mut value, chunk, after) {
            Ok(()) => {}
            Err(Problem::Unreadable) => return Err(mismatch(spelling, hold)),
            Err(Problem::OutOfRange(what)) => return Err(format!("parsing time {text:?}: {what} out of range")),
        }
        rest = after;
    }
    if !value.is_empty() {
        return Err(format!("parsing time {text:?}: extra text: {value:?}"));
    }
    read.moment().map_err(|what| format!("parsing time {text:?}: {what} out of range"))
}

/// The value after what stands in the layout; a blank stands for any number of them. Otherwise where it differs.
fn skip<'a>(mut value: &'a str, mut prefix: &str) -> Result<&'a str, &'a str> {
    while let Some(first) = prefix.chars().next() {
        if first == ' ' {
            if !value.is_empty() && !value.starts_with(' ') {
                return Err(value);
            }
            prefix = prefix.trim_start_matches(' ');
            value = value.trim_start_matches(' ');
            continue;
        }
        value = value.strip_prefix(first).ok_or(value)?;
        prefix = &prefix[first.len_utf8()..];
    }
    Ok(value)
}

impl Read {
    fn part(&mut self, value: &mut &str, chunk: Chunk, after: &str) -> Part<()> {
        match chunk {
            Chunk::Year => {
                let year = exact(value, 2)?;
                self.year = if year >= 69 { year + 1900 } else { year + 2000 };
            }
            Chunk::LongYear => self.year = exact(value, 4)?,
            Chunk::LongMonth => self.month = Some(name(value, MONTHS.map(|month| month).as_slice(), None)?),
            Chunk::Month => self.month = Some(name(value, &MONTHS, Some(3))?),
            Chunk::MonthNumber { padded } => {
                self.month = Some(within(number(value, padded)?, 1..=12, "month")?);
            }
            Chunk::LongWeekday => drop(name(value, &WEEKDAYS, None)?),
            Chunk::Weekday => drop(name(value, &WEEKDAYS, Some(3))?),
            Chunk::Day { padding } => {
                if padding == Padding::Blank {
                    *value = value.strip_prefix(' ').unwrap_or(value);
                }
                self.day = Some(number(value, padding == Padding::Zero)?);
            }
            Chunk::DayOfYear { padding } => self.day_of_year = Some(day_of_year(value, padding)?),
            Chunk::Hour => self.hour = within(number(value, false)?, 0..=23, "hour")?,
            Chunk::HalfDayHour { padded } => self.hour = within(number(value, padded)?, 0..=12, "hour")?,
            Chunk::Minute { padded } => self.minute = within(number(value, padded)?, 0..=59, "minute")?,
            Chunk::Second { padded } => {
                self.second = within(number(value, padded)?, 0..=59, "second")?;
                // A fraction may follow even if the layout has none.
                if !matches!(next(after), ("", Some((_, Chunk::Fraction { .. })), _)) {
                    self.nanosecond = optional_fraction(value).unwrap_or(self.nanosecond);
                }
            }
            Chunk::HalfOfDay { capital } => self.afternoon = Some(half(value, capital)?),
            Chunk::Offset(kind) => self.offset(value, kind)?,
            Chunk::ZoneName => self.zone_name(value)?,
            Chunk::Fraction { trimmed: true, .. } => {
                self.nanosecond = optional_fraction(value).unwrap_or(self.nanosecond);
            }
            Chunk::Fraction { digits, .. } => {
                let found = fraction_length(value).filter(|length| *length >= digits).ok_or(Problem::Unreadable)?;
                let (fraction, rest) = value[1..].split_at(found.min(digits));
                self.nanosecond = nanoseconds(fraction);
                *value = rest;
            }
        }
        Ok(())
    }

    fn offset(&mut self, value: &mut &str, kind: Offset) -> Part<()> {
        if let Some(rest) = value.strip_prefix('Z').filter(|_| kind.z) {
            (self.utc, *value) = (true, rest);
            return Ok(());
        }
        let (sign, mut rest) = match value.split_at_checked(1) {
            Some(("+", rest)) => (1, rest),
            Some(("-", rest)) => (-1, rest),
            _ => return Err(Problem::Unreadable),
        };
        let mut parts = [0; 3];
        for (place, part) in parts.iter_mut().take(kind.parts).enumerate() {
            if place > 0 && kind.colons {
                rest = rest.strip_prefix(':').ok_or(Problem::Unreadable)?;
            }
            *part = exact(&mut rest, 2)?;
        }
        let [hours, minutes, seconds] = parts;
        within(hours, 0..=24, "time zone offset hour")?;
        within(minutes, 0..=60, "time zone offset minute")?;
        within(seconds, 0..=60, "time zone offset second")?;
        self.offset = Some(sign * (hours * 3600 + minutes * 60 + seconds));
        *value = rest;
        Ok(())
    }

    fn zone_name(&mut self, value: &mut &str) -> Part<()> {
        if let Some(rest) = value.strip_prefix("UTC") {
            (self.utc, *value) = (true, rest);
            return Ok(());
        }
        let letters = value.find(|letter: char| !letter.is_ascii_uppercase()).unwrap_or(value.len());
        let length = match letters {
            3 if value.starts_with("GMT") => 3 + signed_hours(&value[3..]),
            3 => 3,
            4 if value[..4].ends_with('T') || value.starts_with("WITA") => 4,
            5 if value[..5].ends_with('T') => 5,
            0 if signed_hours(value) > 0 => signed_hours(value),
            _ => return Err(Problem::Unreadable),
        };
        let (zone, rest) = value.split_at(length);
        if let Some(hours) = zone.strip_prefix("GMT").and_then(|hours| hours.parse::<i64>().ok()) {
            self.named_offset = Some(hours * 3600);
        }
        self.zone = Some(zone.to_owned());
        *value = rest;
        Ok(())
    }

    fn moment(self) -> Result<Moment, &'static str> {
        let by_day_of_year = self.day_of_year.is_some();
        self.assembled().ok_or(if by_day_of_year { "day-of-year" } else { "day" })
    }

    fn assembled(self) -> Option<Moment> {
        let hour = match self.afternoon {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let year = i16::try_from(self.year).ok()?;
        let date = match self.day_of_year {
            Some(day) => {
                let date = Date::new(year, 1, 1).ok()?.checked_add(jiff::ToSpan::days(day - 1)).ok()?;
                let fits = self.month.is_none_or(|month| month == i64::from(date.month()))
                    && self.day.is_none_or(|day| day == i64::from(date.day()));
                if !fits || date.year() != year {
                    return None;
                }
                date
            }
            None => {
                let part = |part: Option<i64>| i8::try_from(part.unwrap_or(1)).ok();
                Date::new(year, part(self.month)?, part(self.day)?).ok()?
            }
        };
        let small = |number: i64| i8::try_from(number).ok();
        let nanosecond = i32::try_from(self.nanosecond).ok()?;
        let time = Time::new(small(hour)?, small(self.minute)?, small(self.second)?, nanosecond).ok()?;
        let offset = i32::try_from(self.offset.filter(|_| !self.utc).unwrap_or_default()).ok()?;
        let at = ZoneOffset::from_seconds(offset).ok()?.to_timestamp(DateTime::from_parts(date, time)).ok()?;
        let named = self.zone.filter(|_| !self.utc);
        let shown = self.named_offset.filter(|_| self.offset.is_none() && named.is_some());
        let offset = shown.and_then(|shown| i32::try_from(shown).ok()).unwrap_or(offset);
        let zone = named.unwrap_or_else(|| if offset == 0 { "UTC".to_owned() } else { String::new() });
        Some(Moment { at, offset, zone })
    }
}

fn within(number: i64, range: std::ops::RangeInclusive<i64>, what: &'static str) -> Part<i64> {
    if range.contains(&number) { Ok(number) } else { Err(Problem::OutOfRange(what)) }
}

/// So many digits.
fn exact(value: &mut &str, digits: usize) -> Part<i64> {
    let (number, rest) = value.split_at_checked(digits).ok_or(Problem::Unreadable)?;
    if !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(Problem::Unreadable);
    }
    *value = rest;
    number.parse().map_err(|_| Problem::Unreadable)
}

/// One or two digits; two where they are padded.
fn number(value: &mut &str, padded: bool) -> Part<i64> {
    let digits = value.bytes().take(2).take_while(u8::is_ascii_digit).count();
    match digits {
        2 => exact(value, 2),
        1 if !padded => exact(value, 1),
        _ => Err(Problem::Unreadable),
    }
}

fn day_of_year(value: &mut &str, padding: Padding) -> Part<i64> {
    if padding == Padding::Blank {
        let blanks = value.bytes().take(2).take_while(|byte| *byte == b' ').count();
        *value = &value[blanks..];
    }
    let digits = value.bytes().take(3).take_while(u8::is_ascii_digit).count();
    if digits == 0 || padding == Padding::Zero && digits < 3 {
        return Err(Problem::Unreadable);
    }
    within(exact(value, digits)?, 1..=366, "day-of-year")
}

/// The number of a name, from one on, in any case; a name may be cut to its first letters.
fn name(value: &mut &str, names: &[&str], cut: Option<usize>) -> Part<i64> {
    for (place, name) in names.iter().enumerate() {
        let name = &name[..cut.unwrap_or(name.len())];
        if let Some((start, rest)) = value.split_at_checked(name.len())
            && start.eq_ignore_ascii_case(name)
        {
            *value = rest;
            return Ok(place as i64 + 1);
        }
    }
    Err(Problem::Unreadable)
}

fn half(value: &mut &str, capital: bool) -> Part<bool> {
    for afternoon in [false, true] {
        if let Some(rest) = value.strip_prefix(half_of_day(afternoon, capital)) {
            *value = rest;
            return Ok(afternoon);
        }
    }
    Err(Problem::Unreadable)
}

/// How many digits follow a point or a comma.
fn fraction_length(value: &str) -> Option<usize> {
    let digits = value.strip_prefix(['.', ','])?;
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    (length > 0).then_some(length)
}

fn optional_fraction(value: &mut &str) -> Option<i64> {
    let (fraction, rest) = value.get(1..)?.split_at(fraction_length(value)?);
    *value = rest;
    Some(nanoseconds(fraction))
}

fn nanoseconds(fraction: &str) -> i64 {
    let digits = &fraction[..fraction.len().min(9)];
    format!("{digits:0<9}").parse().unwrap_or_default()
}

/// The length of a sign and up to two digits that make less than a day.
fn signed_hours(text: &str) -> usize {
    let Some(digits) = text.strip_prefix(['+', '-']) else { return 0 };
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    let fits = digits[..length].parse::<u32>().is_ok_and(|hours| hours < 24);
    if fits { 1 + length } else { 0 }
}
