//! A moment in a time zone: Go's `time.Time`.

use std::rc::Rc;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use serde_json::Value as Json;

use super::super::super::template::{Failure, Object, Surroundings, Value, type_name};
use super::super::arguments::{Arguments, Outcome};
use super::format::format;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moment {
    pub(super) at: Timestamp,
    /// Seconds that clocks there are ahead of UTC.
    pub(super) offset: i32,
    /// What the zone is called there and then: `CET`.
    pub(super) zone: String,
}

/// How Go prints a time.
const PRINTED: &str = "2006-01-02 15:04:05.999999999 -0700 MST";
const RFC_3339: &str = "2006-01-02T15:04:05.999999999Z07:00";

impl Moment {
    pub(super) fn utc(at: Timestamp) -> Self {
        Self { at, offset: 0, zone: "UTC".to_owned() }
    }

    pub(super) fn now(surroundings: &dyn Surroundings) -> Self {
        Self::of_seconds(0).plus(i64::try_from(surroundings.now().as_nanos()).unwrap_or(i64::MAX))
    }

    /// Seconds since 1970; what is out of reach is the closest there is.
    pub(super) fn of_seconds(seconds: i64) -> Self {
        let closest = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Self::utc(Timestamp::from_second(seconds).unwrap_or(closest))
    }

    /// The first second of the year 1, which Go has where there is no time.
    pub(super) fn zero() -> Self {
        Self::of_seconds(-62_135_596_800)
    }

    pub(super) fn plus(&self, nanoseconds: i64) -> Self {
        let duration = jiff::SignedDuration::from_nanos(nanoseconds);
        let closest = if nanoseconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Self { at: self.at.checked_add(duration).unwrap_or(closest), ..self.clone() }
    }

    /// The same moment elsewhere. A zone that is not known is UTC, and so is the one of the machine: what is rendered
    /// should not depend on where that is done.
    pub(super) fn in_zone(&self, name: &str) -> Self {
        let exact = |zone: &TimeZone| zone.iana_name() == Some(name);
        let Some(zone) = TimeZone::get(name).ok().filter(exact) else { return Self::utc(self.at) };
        let info = zone.to_offset_info(self.at);
        Self { at: self.at, offset: info.offset().seconds(), zone: info.abbreviation().to_owned() }
    }

    /// What clocks and calendars show.
    pub(super) fn civil(&self) -> DateTime {
        Offset::from_seconds(self.offset).unwrap_or(Offset::UTC).to_datetime(self.at)
    }

    /// The same time of another day. A day that a month does not have is one of the next month, as in Go.
    fn on_another_day(&self, years: i64, months: i64, days: i64) -> Self {
        let civil = self.civil();
        let moved = || {
            let months = i64::from(civil.year()).checked_add(years)?.checked_mul(12)?.checked_add(months)?;
            let months = months.checked_add(i64::from(civil.month()) - 1)?;
            let (year, month) = (i16::try_from(months.div_euclid(12)).ok()?, i8::try_from(months.rem_euclid(12)).ok()?);
            let first = jiff::civil::Date::new(year, month + 1, 1).ok()?;
            let days = jiff::Span::new().try_days(days.checked_add(i64::from(civil.day()) - 1)?).ok()?;
            let there = first.checked_add(days).ok()?.to_datetime(civil.time());
            Offset::from_seconds(self.offset).ok()?.to_timestamp(there).ok()
        };
        let closest = if years < 0 || months < 0 || days < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Self { at: moved().unwrap_or(closest), ..self.clone() }
    }

    /// In nanoseconds, as far as they go.
    pub(super) fn since(&self, earlier: &Self) -> i64 {
        let nanoseconds = self.at.as_nanosecond() - earlier.at.as_nanosecond();
        i64::try_from(nanoseconds).unwrap_or(if nanoseconds < 0 { i64::MIN } else { i64::MAX })
    }

    pub(super) fn value(self) -> Value {
        Value::Object(Rc::new(self))
    }

    /// A time that a template got from one of the functions.
    pub(super) fn of(value: &Value) -> Option<Self> {
        let Value::Object(object) = value else { return None };
        if object.type_name() != "time.Time" {
            return None;
        }
        let asked = |name: &str, arguments: &[Value]| object.call(name, arguments)?.ok();
        let Some(Value::Int64(seconds)) = asked("Unix", &[]) else { return None };
        let Some(Value::Int(nanoseconds)) = asked("Nanosecond", &[]) else { return None };
        let Some(Value::Int(offset)) = asked("offset", &[]) else { return None };
        let Some(Value::String(zone)) = asked("Format", &[Value::string("MST")]) else { return None };
        let at = Self::of_seconds(seconds).plus(nanoseconds).at;
        Some(Self { at, offset: i32::try_from(offset).ok()?, zone: zone.to_string() })
    }

    /// For a parameter that has to be a time.
    pub(super) fn required(value: &Value) -> Result<Self, Failure> {
        let found = type_name(value);
        Self::of(value).ok_or_else(|| Failure::new(format!("wrong type for value; expected time.Time; got {found}")))
    }

    fn part(&self, name: &str) -> Option<Value> {
        let civil = self.civil();
        let int = |number: i64| Some(Value::Int(number));
        match name {
            "Year" => int(civil.year().into()),
            "Month" => Some(Value::string(format(self, "January"))),
            "Day" => int(civil.day().into()),
            "YearDay" => int(civil.day_of_year().into()),
            "Weekday" => Some(Value::string(format(self, "Monday"))),
            "Hour" => int(civil.hour().into()),
            "Minute" => int(civil.minute().into()),
            "Second" => int(civil.second().into()),
            "Nanosecond" => int(civil.subsec_nanosecond().into()),
            "offset" => int(self.offset.into()),
            "Unix" => Some(Value::Int64(self.at.as_nanosecond().div_euclid(1_000_000_000) as i64)),
            "UnixMilli" => Some(Value::Int64(self.at.as_nanosecond().div_euclid(1_000_000) as i64)),
            "UnixMicro" => Some(Value::Int64(self.at.as_nanosecond().div_euclid(1_000) as i64)),
            "UnixNano" => Some(Value::Int64(self.at.as_nanosecond() as i64)),
            "IsZero" => Some(Value::Bool(self.at == Self::zero().at)),
            "String" => Some(Value::string(self.print())),
            "UTC" | "Local" => Some(Self::utc(self.at).value()),
            _ => None,
        }
    }
}

impl Object for Moment {
    fn type_name(&self) -> &str {
        "time.Time"
    }

    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Option<Outcome> {
        let against = |compare: fn(&Timestamp, &Timestamp) -> bool| {
            Moment::required(arguments.any(0)).map(|other| Value::Bool(compare(&self.at, &other.at)))
        };
        match name {
            "Format" => Some(arguments.text(0).map(|layout| Value::string(format(self, layout)))),
            "AddDate" => {
                let count = |index: usize| arguments.int(index);
                let all = count(0).and_then(|years| Ok((years, count(1)?, count(2)?)));
                Some(all.map(|(years, months, days)| self.on_another_day(years, months, days).value()))
            }
            "Before" => Some(against(Timestamp::lt)),
            "After" => Some(against(Timestamp::gt)),
            "Equal" => Some(against(Timestamp::eq)),
            _ => self.part(name).map(Ok),
        }
    }

    fn print(&self) -> String {
        format(self, PRINTED)
    }

    fn json(&self) -> Json {
        Json::String(format(self, RFC_3339))
    }
}
