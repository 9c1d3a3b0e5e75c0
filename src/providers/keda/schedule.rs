//! The five fields of a cron schedule, and names of time zones, as KEDA's cron trigger reads them.
//!
//! Time zones are those of the tz database; one that is newer than this list is taken for a slip.

use crate::diagnostic::closest;

const TIMEZONES: &str = include_str!("timezones.txt");

struct Part {
    name: &'static str,
    min: u32,
    max: u32,
    /// Names for numbers, the first for `min`.
    names: &'static [&'static str],
}

const PARTS: [Part; 5] = [
    Part { name: "minute", min: 0, max: 59, names: &[] },
    Part { name: "hour", min: 0, max: 23, names: &[] },
    Part { name: "day of the month", min: 1, max: 31, names: &[] },
    Part {
        name: "month",
        min: 1,
        max: 12,
        names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    },
    Part { name: "day of the week", min: 0, max: 6, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

/// What is wrong with a schedule.
pub(super) fn schedule_problem(text: &str) -> Option<String> {
    let zoned = ["TZ=", "CRON_TZ="].iter().any(|prefix| text.starts_with(prefix));
    let fields: Vec<_> = text.split_whitespace().skip(usize::from(zoned)).collect();
    if fields.len() != PARTS.len() {
        let count = fields.len();
        return Some(format!("a schedule has 5 fields (minute, hour, day, month, day of the week), this has {count}"));
    }
    PARTS.iter().zip(fields).find_map(|(part, field)| {
        let wrong = field.split(',').find(|item| !part.allows(item))?;
        let Part { name, min, max, .. } = part;
        Some(format!("`{wrong}` is no {name}: a number from {min} to {max}, a range such as {min}-{max}, `*` or `*/5`"))
    })
}

impl Part {
    /// `*`, `?`, `3`, `1-5`, any of them with a step.
    fn allows(&self, item: &str) -> bool {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (item, None),
        };
        let good_step = step.is_none_or(|step| step.parse::<u32>().is_ok_and(|step| step > 0));
        let good_range = match range.split_once('-') {
            _ if matches!(range, "*" | "?") => true,
            Some((from, to)) => self.number(from).zip(self.number(to)).is_some_and(|(from, to)| from <= to),
            None => self.number(range).is_some(),
        };
        good_step && good_range
    }

    fn number(&self, text: &str) -> Option<u32> {
        let lower = text.to_ascii_lowercase();
        let named = self.names.iter().position(|name| *name == lower).map(|place| self.min + place as u32);
        named.or_else(|| text.parse().ok()).filter(|number| (self.min..=self.max).contains(number))
    }
}

/// What is wrong with the name of a time zone.
pub(super) fn timezone_problem(text: &str) -> Option<String> {
    if TIMEZONES.lines().any(|name| name == text) {
        return None;
    }
    let hint = closest(text, TIMEZONES.lines()).map(|name| format!("; did you mean `{name}`?"));
    Some(format!("`{text}` is no time zone of the tz database{}", hint.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_judged() {
        for right in ["0 8 * * *", "*/15 8-18 * * MON-FRI", "30 6 1,15 jan ?", "TZ=UTC 0 0 * * 0", "0 0-12/3 * * *"] {
            assert_eq!(schedule_problem(right), None, "{right}");
        }
        let wrong = [
            "0 8 * *",
            "0 0 8 * * *",
            "60 8 * * *",
            "0 24 * * *",
            "0 8 0 * *",
            "0 8 * 13 *",
            "0 8 * * 7",
            "0 8 * * funday",
            "5-1 8 * * *",
            "*/0 8 * * *",
            "@daily",
            "",
        ];
        for wrong in wrong {
            assert!(schedule_problem(wrong).is_some(), "{wrong}");
        }
    }

    #[test]
    fn time_zones_are_judged() {
        for right in ["UTC", "Europe/Berlin", "Asia/Kolkata", "Etc/GMT+5"] {
            assert_eq!(timezone_problem(right), None, "{right}");
        }
        let slip = timezone_problem("Europe/Berln");
        assert!(slip.is_some_and(|problem| problem.contains("`Europe/Berlin`")));
        assert!(timezone_problem("PDT").is_some());
    }
}
