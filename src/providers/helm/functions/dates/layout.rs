//! Layouts of dates, which in Go are written as the reference time would be: `2006-01-02T15:04:05Z07:00`.

/// One part of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chunk {
    LongMonth,
    Month,
    /// Whether with a zero in front.
    MonthNumber {
        padded: bool,
    },
    LongWeekday,
    Weekday,
    Day {
        padding: Padding,
    },
    DayOfYear {
        padding: Padding,
    },
    Hour,
    HalfDayHour {
        padded: bool,
    },
    Minute {
        padded: bool,
    },
    Second {
        padded: bool,
    },
    LongYear,
    Year,
    HalfOfDay {
        capital: bool,
    },
    ZoneName,
    Offset(Offset),
    /// `.000` with all its digits, `.999` without zeros at the end.
    Fraction {
        digits: usize,
        trimmed: bool,
        separator: char,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Padding {
    None,
    Blank,
    Zero,
}

/// The distance from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    /// `Z` for UTC itself.
    pub(super) z: bool,
    pub(super) colons: bool,
    /// Hours, minutes and seconds.
    pub(super) parts: usize,
}

const fn offset(z: bool, colons: bool, parts: usize) -> Chunk {
    Chunk::Offset(Offset { z, colons, parts })
}

/// Where one text starts like another, the longer one comes first.
const SPELLINGS: [(&str, Chunk); 33] = [
    ("January", Chunk::LongMonth),
    ("Jan", Chunk::Month),
    ("Monday", Chunk::LongWeekday),
    ("Mon", Chunk::Weekday),
    ("MST", Chunk::ZoneName),
    ("002", Chunk::DayOfYear { padding: Padding::Zero }),
    ("01", Chunk::MonthNumber { padded: true }),
    ("02", Chunk::Day { padding: Padding::Zero }),
    ("03", Chunk::HalfDayHour { padded: true }),
    ("04", Chunk::Minute { padded: true }),
    ("05", Chunk::Second { padded: true }),
    ("06", Chunk::Year),
    ("15", Chunk::Hour),
    ("1", Chunk::MonthNumber { padded: false }),
    ("2006", Chunk::LongYear),
    ("2", Chunk::Day { padding: Padding::None }),
    ("__2", Chunk::DayOfYear { padding: Padding::Blank }),
    ("_2", Chunk::Day { padding: Padding::Blank }),
    ("3", Chunk::HalfDayHour { padded: false }),
    ("4", Chunk::Minute { padded: false }),
    ("5", Chunk::Second { padded: false }),
    ("PM", Chunk::HalfOfDay { capital: true }),
    ("pm", Chunk::HalfOfDay { capital: false }),
    ("-070000", offset(false, false, 3)),
    ("-07:00:00", offset(false, true, 3)),
    ("-0700", offset(false, false, 2)),
    ("-07:00", offset(false, true, 2)),
    ("-07", offset(false, false, 1)),
    ("Z070000", offset(true, false, 3)),
    ("Z07:00:00", offset(true, true, 3)),
    ("Z0700", offset(true, false, 2)),
    ("Z07:00", offset(true, true, 2)),
    ("Z07", offset(true, false, 1)),
];

/// What stands before the first part, that part as it is written and what it means, and what follows.
pub(super) fn next(layout: &str) -> (&str, Option<(&str, Chunk)>, &str) {
    for (place, _) in layout.char_indices() {
        let rest = &layout[place..];
        // `_2006` is an underscore and a year.
        if rest.starts_with("_2006") {
            let (year, after) = rest[1..].split_at(4);
            return (&layout[..=place], Some((year, Chunk::LongYear)), after);
        }
        if let Some((length, chunk)) = chunk(rest) {
            let (spelling, after) = rest.split_at(length);
            return (&layout[..place], Some((spelling, chunk)), after);
        }
    }
    (layout, None, "")
}

fn chunk(text: &str) -> Option<(usize, Chunk)> {
    let spelled = SPELLINGS.iter().find(|(spelling, chunk)| {
        let after = text.strip_prefix(spelling);
        let short = matches!(chunk, Chunk::Month | Chunk::Weekday);
        after.is_some_and(|after| !(short && after.starts_with(|next: char| next.is_ascii_lowercase())))
    });
    spelled.map(|(spelling, chunk)| (spelling.len(), *chunk)).or_else(|| fraction(text))
}

fn fraction(text: &str) -> Option<(usize, Chunk)> {
    let separator = text.chars().next().filter(|first| matches!(first, '.' | ','))?;
    let digit = text[1..].chars().next().filter(|digit| matches!(digit, '0' | '9'))?;
    let digits = text[1..].chars().take_while(|next| *next == digit).count();
    if text[1 + digits..].starts_with(|next: char| next.is_ascii_digit()) {
        return None;
    }
    Some((1 + digits, Chunk::Fraction { digits, trimmed: digit == '9', separator }))
}
