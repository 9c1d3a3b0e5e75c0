//! Moments as a layout has them.

use super::layout::{Chunk, Offset, Padding, next};
use super::moment::Moment;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

pub(super) fn format(moment: &Moment, layout: &str) -> String {
    let mut written = String::new();
    let mut rest = layout;
    while !rest.is_empty() {
        let (before, found, after) = next(rest);
        written.push_str(before);
        if let Some((_, chunk)) = found {
            written.push_str(&part(moment, chunk));
        }
        rest = after;
    }
    written
}

fn part(moment: &Moment, chunk: Chunk) -> String {
    let civil = moment.civil();
    let number = |number: i64, padded: bool| if padded { format!("{number:02}") } else { number.to_string() };
    let month = MONTHS[usize::try_from(civil.month() - 1).unwrap_or_default()];
    let weekday = WEEKDAYS[usize::try_from(civil.weekday().to_sunday_zero_offset()).unwrap_or_default()];
    let half = (civil.hour() + 11) % 12 + 1;
    match chunk {
        Chunk::LongMonth => month.to_owned(),
        Chunk::Month => month[..3].to_owned(),
        Chunk::MonthNumber { padded } => number(civil.month().into(), padded),
        Chunk::LongWeekday => weekday.to_owned(),
        Chunk::Weekday => weekday[..3].to_owned(),
        Chunk::Day { padding } => padded(civil.day().into(), padding, 2),
        Chunk::DayOfYear { padding } => padded(civil.day_of_year().into(), padding, 3),
        Chunk::Hour => number(civil.hour().into(), true),
        Chunk::HalfDayHour { padded } => number(half.into(), padded),
        Chunk::Minute { padded } => number(civil.minute().into(), padded),
        Chunk::Second { padded } => number(civil.second().into(), padded),
        Chunk::LongYear => format!("{:04}", civil.year()),
        Chunk::Year => number(i64::from(civil.year()).rem_euclid(100), true),
        Chunk::HalfOfDay { capital } => half_of_day(civil.hour() >= 12, capital).to_owned(),
        Chunk::ZoneName if moment.zone.is_empty() => {
            offset(moment.offset, Offset { z: false, colons: false, parts: 2 })
        }
        Chunk::ZoneName => moment.zone.clone(),
        Chunk::Offset(kind) => offset(moment.offset, kind),
        Chunk::Fraction { digits, trimmed, separator } => {
            fraction(civil.subsec_nanosecond().unsigned_abs(), digits, trimmed, separator)
        }
    }
}

pub(super) fn half_of_day(afternoon: bool, capital: bool) -> &'static str {
    match (afternoon, capital) {
        (false, true) => "AM",
        (true, true) => "PM",
        (false, false) => "am",
        (true, false) => "pm",
    }
}

fn padded(number: i64, padding: Padding, width: usize) -> String {
    match padding {
        Padding::None => number.to_string(),
        Padding::Blank => format!("{number:width$}"),
        Padding::Zero => format!("{number:0width$}"),
    }
}

fn offset(seconds: i32, kind: Offset) -> String {
    if kind.z && seconds == 0 {
        return "Z".to_owned();
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.unsigned_abs();
    let parts = [seconds / 3600, seconds / 60 % 60, seconds % 60];
    let parts: Vec<String> = parts[..kind.parts].iter().map(|part| format!("{part:02}")).collect();
    format!("{sign}{}", parts.join(if kind.colons { ":" } else { "" }))
}

fn fraction(nanoseconds: u32, digits: usize, trimmed: bool, separator: char) -> String {
    let all = format!("{nanoseconds:09}");
    let shown = format!("{all:0<digits$}")[..digits].to_owned();
    let shown = if trimmed { shown.trim_end_matches('0') } else { &shown };
    if shown.is_empty() { String::new() } else { format!("{separator}{shown}") }
}
