//! Dates and durations. Whatever asks for the time of day gets that of the surroundings, and it is noted that the
//! text depends on it.

mod duration;
mod format;
mod layout;
mod moment;
mod parse;

use super::super::template::{Failure, Function, Surroundings, Value};
use super::arguments::{Arguments, Outcome, exactly};
use format::format;
use moment::Moment;

const DATE_IN_ZONE: Function =
    exactly(3, |world, given| Ok(in_zone(world, given.text(0)?, given.any(1), given.text(2)?)));
const DATE_MODIFY: Function = exactly(2, |_, given| {
    let date = Moment::required(given.any(1))?;
    Ok(date.plus(duration::parse(given.text(0)?).unwrap_or_default()).value())
});
const MUST_DATE_MODIFY: Function = exactly(2, |_, given| {
    let date = Moment::required(given.any(1))?;
    Ok(date.plus(duration::parse(given.text(0)?).map_err(Failure::new)?).value())
});

pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("ago", exactly(1, |world, given| Ok(ago(world, given.any(0))))),
    ("date", exactly(2, |world, given| Ok(in_zone(world, given.text(0)?, given.any(1), "UTC")))),
    ("dateInZone", DATE_IN_ZONE),
    ("dateModify", DATE_MODIFY),
    ("date_in_zone", DATE_IN_ZONE),
    ("date_modify", DATE_MODIFY),
    ("duration", exactly(1, |_, given| Ok(printed_seconds(given.any(0))))),
    ("durationRound", exactly(1, |world, given| Ok(rounded(world, given.any(0))))),
    ("htmlDate", exactly(1, |world, given| Ok(in_zone(world, HTML, given.any(0), "UTC")))),
    ("htmlDateInZone", exactly(2, |world, given| Ok(in_zone(world, HTML, given.any(0), given.text(1)?)))),
    ("mustDateModify", MUST_DATE_MODIFY),
    ("mustToDate", exactly(2, |_, given| must_to_date(given))),
    ("must_date_modify", MUST_DATE_MODIFY),
    ("now", exactly(0, |world, _| Ok(Moment::now(world).value()))),
    ("toDate", exactly(2, |_, given| to_date(given))),
    ("unixEpoch", exactly(1, |_, given| unix_epoch(given.any(0)))),
];

const HTML: &str = "2006-01-02";

/// A time, or seconds since 1970; anything else is now.
fn moment_of(world: &dyn Surroundings, value: &Value) -> Moment {
    match value {
        Value::Int(seconds) | Value::Int64(seconds) => Moment::of_seconds(*seconds),
        other => Moment::of(other).unwrap_or_else(|| Moment::now(world)),
    }
}

fn in_zone(world: &dyn Surroundings, layout: &str, date: &Value, zone: &str) -> Value {
    Value::string(format(&moment_of(world, date).in_zone(zone), layout))
}

fn ago(world: &dyn Surroundings, date: &Value) -> Value {
    let passed = Moment::now(world).since(&moment_of(world, date));
    Value::string(duration::print(duration::rounded_to_seconds(passed)))
}

/// Seconds as a duration. A literal is an `int`, which the library does not expect, and counts as none.
fn printed_seconds(seconds: &Value) -> Value {
    let seconds = match seconds {
        Value::String(text) => text.parse().unwrap_or_default(),
        Value::Int64(seconds) => *seconds,
        _ => 0,
    };
    Value::string(duration::print(seconds.wrapping_mul(1_000_000_000)))
}

fn rounded(world: &dyn Surroundings, given: &Value) -> Value {
    let nanoseconds = match given {
        Value::String(text) => duration::parse(text).unwrap_or_default(),
        Value::Int64(nanoseconds) => *nanoseconds,
        other => Moment::of(other).map(|moment| Moment::now(world).since(&moment)).unwrap_or_default(),
    };
    Value::string(duration::roughly(nanoseconds))
}

fn must_to_date(given: &[Value]) -> Outcome {
    parse::parse(given.text(0)?, given.text(1)?).map(Moment::value).map_err(Failure::new)
}

fn to_date(given: &[Value]) -> Outcome {
    Ok(parse::parse(given.text(0)?, given.text(1)?).unwrap_or_else(|_| Moment::zero()).value())
}

fn unix_epoch(date: &Value) -> Outcome {
    Ok(Value::string(Moment::required(date)?.at.as_nanosecond().div_euclid(1_000_000_000).to_string()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Still, fails, gives};
    use super::*;
    use proptest::prelude::*;

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of what Helm said")]
    fn dates_are_written_as_helm_writes_them() {
        gives(&[
            ("date \"2006-01-02 15:04:05 -0700 MST\" 1700000000", "string", "2023-11-14 22:13:20 +0000 UTC"),
            ("date \"Jan _2 2006 3:04PM .000\" 1700000000", "string", "Nov 14 2023 10:13PM .000"),
            ("date \"Monday, 02-Jan-06 15:04:05 MST\" 0", "string", "Thursday, 01-Jan-70 00:00:00 UTC"),
            (
                "dateInZone \"2006-01-02T15:04:05Z07:00\" 1700000000 \"Europe/Berlin\"",
                "string",
                "2023-11-14T23:13:20+01:00",
            ),
            (
                "dateInZone \"2006-01-02T15:04:05Z07:00\" (int64 1690000000) \"Europe/Berlin\"",
                "string",
                "2023-07-22T06:26:40+02:00",
            ),
            (
                "dateInZone \"15:04 MST -07 -07:00 -070000 -07:00:00 Z0700 Z07\" 1700000000 \"Asia/Kolkata\"",
                "string",
                "03:43 IST +05 +05:30 +053000 +05:30:00 +0530 +05",
            ),
            ("dateInZone \"15:04 MST\" 1700000000 \"america/new_york\"", "string", "22:13 UTC"),
            ("dateInZone \"15:04 MST\" 1700000000 \"America/New_York\"", "string", "17:13 EST"),
            ("dateInZone \"15:04 MST\" 1700000000 \"Nowhere\"", "string", "22:13 UTC"),
            ("dateInZone \"15:04 MST\" 1700000000 \"\"", "string", "22:13 UTC"),
            ("dateInZone \"15:04 MST\" 1700000000 \"Local\"", "string", "22:13 UTC"),
            ("dateInZone \"15:04 MST\" 1700000000 \"America/Sao_Paulo\"", "string", "19:13 -03"),
            ("date_in_zone \"002 __2 1 2 3 4 5 06 pm\" 1700000000 \"UTC\"", "string", "318 318 11 14 10 13 20 23 pm"),
            (
                "date \"2006_2 _2006 January Janet Mon Monda Z\" 1700000000",
                "string",
                "202314 _2023 November Janet Tue Monda Z",
            ),
            ("date \"\" 0", "string", ""),
            ("date \"plain text\" 0", "string", "plain text"),
            ("date \"2006\" -99999999999", "string", "-1199"),
            ("htmlDate 1700000000", "string", "2023-11-14"),
            ("htmlDateInZone 1700000000 \"Asia/Tokyo\"", "string", "2023-11-15"),
            ("toDate \"2006-01-02\" \"2024-02-29\"", "time.Time", "2024-02-29 00:00:00 +0000 UTC"),
            ("toDate \"2006-01-02\" \"2023-02-29\"", "time.Time", "0001-01-01 00:00:00 +0000 UTC"),
            ("toDate \"2006\" \"x\"", "time.Time", "0001-01-01 00:00:00 +0000 UTC"),
            (
                "mustToDate \"2006-01-02T15:04:05Z07:00\" \"2024-03-01T10:20:30+02:00\"",
                "time.Time",
                "2024-03-01 10:20:30 +0200 +0200",
            ),
            (
                "mustToDate \"2006-01-02T15:04:05Z07:00\" \"2024-03-01T10:20:30Z\"",
                "time.Time",
                "2024-03-01 10:20:30 +0000 UTC",
            ),
            (
                "mustToDate \"2006-01-02T15:04:05Z07:00\" \"2024-03-01T10:20:30+00:00\"",
                "time.Time",
                "2024-03-01 10:20:30 +0000 UTC",
            ),
            (
                "mustToDate \"2006-01-02T15:04:05Z07:00\" \"2024-03-01T10:20:30.123456Z\"",
                "time.Time",
                "2024-03-01 10:20:30.123456 +0000 UTC",
            ),
            (
                "mustToDate \"2006-01-02 15:04:05.000\" \"2024-03-01 10:20:30.123\"",
                "time.Time",
                "2024-03-01 10:20:30.123 +0000 UTC",
            ),
            (
                "mustToDate \"2006-01-02 15:04:05.999\" \"2024-03-01 10:20:30\"",
                "time.Time",
                "2024-03-01 10:20:30 +0000 UTC",
            ),
            (
                "mustToDate \"2006-01-02 15:04:05,000\" \"2024-03-01 10:20:30,123\"",
                "time.Time",
                "2024-03-01 10:20:30.123 +0000 UTC",
            ),
            (
                "mustToDate \"Jan 2, 2006 at 3:04pm (MST)\" \"Feb 3, 2013 at 7:54pm (PST)\"",
                "time.Time",
                "2013-02-03 19:54:00 +0000 PST",
            ),
            (
                "mustToDate \"Mon Jan _2 15:04:05 2006\" \"Thu Feb  4 21:00:57 2010\"",
                "time.Time",
                "2010-02-04 21:00:57 +0000 UTC",
            ),
            (
                "mustToDate \"Monday, 02-Jan-06 15:04:05 MST\" \"Wednesday, 04-Feb-09 21:00:57 UTC\"",
                "time.Time",
                "2009-02-04 21:00:57 +0000 UTC",
            ),
            ("mustToDate \"2006-002\" \"2024-060\"", "time.Time", "2024-02-29 00:00:00 +0000 UTC"),
            ("mustToDate \"2006 MST\" \"2024 GMT+3\"", "time.Time", "2024-01-01 03:00:00 +0300 GMT+3"),
            ("mustToDate \"2006 MST\" \"2024 CEST\"", "time.Time", "2024-01-01 00:00:00 +0000 CEST"),
            ("mustToDate \"3PM\" \"12AM\"", "time.Time", "0000-01-01 00:00:00 +0000 UTC"),
            ("mustToDate \"3PM\" \"12PM\"", "time.Time", "0000-01-01 12:00:00 +0000 UTC"),
            ("mustToDate \"3PM\" \"5PM\"", "time.Time", "0000-01-01 17:00:00 +0000 UTC"),
            ("mustToDate \"06\" \"68\"", "time.Time", "2068-01-01 00:00:00 +0000 UTC"),
            ("mustToDate \"06\" \"69\"", "time.Time", "1969-01-01 00:00:00 +0000 UTC"),
            ("mustToDate \"January 2\" \"mArCh 5\"", "time.Time", "0000-03-05 00:00:00 +0000 UTC"),
            ("mustToDate \"2006  x\" \"2024 x\"", "time.Time", "2024-01-01 00:00:00 +0000 UTC"),
            ("mustToDate \"-0700\" \"-0330\"", "time.Time", "0000-01-01 00:00:00 -0330 -0330"),
            ("mustToDate \"-07\" \"+05\"", "time.Time", "0000-01-01 00:00:00 +0500 +0500"),
            ("mustToDate \"\" \"\"", "time.Time", "0000-01-01 00:00:00 +0000 UTC"),
            (
                "dateModify \"1h30m\" (toDate \"2006-01-02\" \"2024-02-29\")",
                "time.Time",
                "2024-02-29 01:30:00 +0000 UTC",
            ),
            (
                "dateModify \"-24h\" (toDate \"2006-01-02\" \"2024-03-01\")",
                "time.Time",
                "2024-02-29 00:00:00 +0000 UTC",
            ),
            ("dateModify \"x\" (toDate \"2006-01-02\" \"2024-03-01\")", "time.Time", "2024-03-01 00:00:00 +0000 UTC"),
            (
                "date_modify \"1.5s\" (toDate \"2006-01-02\" \"2024-03-01\")",
                "time.Time",
                "2024-03-01 00:00:01.5 +0000 UTC",
            ),
            (
                "mustDateModify \"1m\" (toDate \"2006-01-02\" \"2024-03-01\")",
                "time.Time",
                "2024-03-01 00:01:00 +0000 UTC",
            ),
            (
                "must_date_modify \"-1ns\" (toDate \"2006-01-02\" \"2024-03-01\")",
                "time.Time",
                "2024-02-29 23:59:59.999999999 +0000 UTC",
            ),
            ("unixEpoch (toDate \"2006-01-02\" \"2024-03-01\")", "string", "1709251200"),
            ("unixEpoch (toDate \"2006-01-02\" \"1924-03-01\")", "string", "-1446508800"),
            ("duration 60", "string", "0s"),
            ("duration \"95\"", "string", "1m35s"),
            ("duration (int64 3661)", "string", "1h1m1s"),
            ("duration \"x\"", "string", "0s"),
            ("duration 1.5", "string", "0s"),
            ("duration nil", "string", "0s"),
            ("duration \"-95\"", "string", "-1m35s"),
            ("duration \"0\"", "string", "0s"),
            ("duration (int64 86400)", "string", "24h0m0s"),
            ("durationRound \"2h10m5s\"", "string", "2h"),
            ("durationRound \"36h\"", "string", "1d"),
            ("durationRound \"2400h10m5s\"", "string", "3mo"),
            ("durationRound \"10000h\"", "string", "1y"),
            ("durationRound \"61s\"", "string", "1m"),
            ("durationRound \"60s\"", "string", "60s"),
            ("durationRound \"1s\"", "string", "0s"),
            ("durationRound \"x\"", "string", "0s"),
            ("durationRound \"-90s\"", "string", "1m"),
            ("durationRound (int64 1500000000)", "string", "1s"),
            ("durationRound 5", "string", "0s"),
            (
                "dateInZone \"2006-01-02 15:04:05.000000 .999999 ,000 .9 .0\" (mustToDate \"2006-01-02T15:04:05Z07:00\" \"2024-03-01T10:20:30.123400Z\") \"UTC\"",
                "string",
                "2024-03-01 10:20:30.123400 .1234 ,123 .1 .1",
            ),
            ("toString (toDate \"2006-01-02\" \"2024-02-29\").Year", "string", "2024"),
            ("toString (toDate \"2006-01-02\" \"2024-02-29\").Month", "string", "February"),
            ("toString (toDate \"2006-01-02\" \"2024-02-29\").Weekday", "string", "Thursday"),
            ("toString (toDate \"2006-01-02\" \"2024-02-29\").YearDay", "string", "60"),
            ("toString (toDate \"2006-01-02\" \"2024-02-29\").Unix", "string", "1709164800"),
            ("toString (toDate \"2006-01-02\" \"1904-02-29\").UnixNano", "string", "-2077747200000000000"),
            ("toString (toDate \"2006-01-02\" \"x\").IsZero", "string", "true"),
            ("toString (toDate \"2006-01-02\" \"2024-02-29\").UTC", "string", "2024-02-29 00:00:00 +0000 UTC"),
        ]);
        fails(&[
            (
                "mustToDate \"january 2\" \"JANUARY 5\"",
                "parsing time \"JANUARY 5\" as \"january 2\": cannot parse \"JANUARY 5\" as \"january \"",
            ),
            ("mustToDate \"2006\" \"x\"", "parsing time \"x\" as \"2006\": cannot parse \"x\" as \"2006\""),
            ("mustToDate \"2006-01-02\" \"2024-13-01\"", "parsing time \"2024-13-01\": month out of range"),
            ("mustToDate \"2006-01-02\" \"2024-02-30\"", "parsing time \"2024-02-30\": day out of range"),
            ("mustToDate \"2006-01-02\" \"2024-02-01x\"", "parsing time \"2024-02-01x\": extra text: \"x\""),
            (
                "mustToDate \"2006-01-02\" \"2024/02/01\"",
                "parsing time \"2024/02/01\" as \"2006-01-02\": cannot parse \"/02/01\" as \"-\"",
            ),
            ("mustToDate \"15:04\" \"24:00\"", "parsing time \"24:00\": hour out of range"),
            ("mustToDate \"15:04\" \"23:60\"", "parsing time \"23:60\": minute out of range"),
            ("mustToDate \"15:04:05\" \"23:59:60\"", "parsing time \"23:59:60\": second out of range"),
            ("mustToDate \"3:04PM\" \"13:00PM\"", "parsing time \"13:00PM\": hour out of range"),
            (
                "mustToDate \"3:04PM\" \"1:00XM\"",
                "parsing time \"1:00XM\" as \"3:04PM\": cannot parse \"XM\" as \"PM\"",
            ),
            ("mustToDate \"Jan\" \"Foo\"", "parsing time \"Foo\" as \"Jan\": cannot parse \"Foo\" as \"Jan\""),
            ("mustToDate \"Mon\" \"Foo\"", "parsing time \"Foo\" as \"Mon\": cannot parse \"Foo\" as \"Mon\""),
            ("mustToDate \"02\" \"1\"", "parsing time \"1\" as \"02\": cannot parse \"1\" as \"02\""),
            ("mustToDate \"2006-002\" \"2024-367\"", "parsing time \"2024-367\": day-of-year out of range"),
            ("mustToDate \"2006-002\" \"2023-366\"", "parsing time \"2023-366\": day-of-year out of range"),
            ("mustToDate \"-0700\" \"0700\"", "parsing time \"0700\" as \"-0700\": cannot parse \"0700\" as \"-0700\""),
            ("mustToDate \"-0700\" \"+9900\"", "parsing time \"+9900\": time zone offset hour out of range"),
            (
                "mustToDate \"-07:00\" \"+0700\"",
                "parsing time \"+0700\" as \"-07:00\": cannot parse \"+0700\" as \"-07:00\"",
            ),
            ("mustToDate \"MST\" \"abc\"", "parsing time \"abc\" as \"MST\": cannot parse \"abc\" as \"MST\""),
            ("mustToDate \"15.000\" \"12\"", "parsing time \"12\" as \"15.000\": cannot parse \"\" as \".000\""),
            ("mustToDate \"2006 x\" \"2024x\"", "parsing time \"2024x\" as \"2006 x\": cannot parse \"x\" as \" x\""),
            ("mustDateModify \"x\" (toDate \"2006-01-02\" \"2024-03-01\")", "time: invalid duration \"x\""),
            ("mustDateModify \"5\" (toDate \"2006-01-02\" \"2024-03-01\")", "time: missing unit in duration \"5\""),
            (
                "mustDateModify \"5x\" (toDate \"2006-01-02\" \"2024-03-01\")",
                "time: unknown unit \"x\" in duration \"5x\"",
            ),
        ]);
    }

    #[test]
    fn now_is_what_the_surroundings_say() {
        gives(&[
            ("now", "time.Time", "2026-01-02 03:04:05.5 +0000 UTC"),
            ("date \"2006-01-02 15:04:05\" nil", "string", "2026-01-02 03:04:05"),
            ("ago (now)", "string", "0s"),
            ("ago 1767320000", "string", "50m46s"),
            ("durationRound (toDate \"2006\" \"2024\")", "string", "2y"),
            ("unixEpoch now", "string", "1767323045"),
            ("toString (now).Year", "string", "2026"),
        ]);
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_again(seconds in -62_135_596_800i64..250_000_000_000, zone in prop_oneof![Just("UTC"), Just("Europe/Berlin"), Just("Asia/Kolkata")]) {
            let layout = "Mon, 02 Jan 2006 15:04:05 -070000";
            let moment = moment_of(&Still, &Value::Int64(seconds)).in_zone(zone);
            let again = parse::parse(layout, &format(&moment, layout)).unwrap();
            prop_assert_eq!(again.at, moment.at);
            prop_assert_eq!(Moment::of(&moment.clone().value()), Some(moment));
        }

        #[test]
        fn no_layout_panics(layout in "[0-9_ .,JanMonSTZ:+-]{0,16}|.*", text in "[0-9 .,A-Z:+-]{0,16}|.*") {
            let _ = parse::parse(&layout, &text);
            let _ = format(&Moment::zero(), &layout);
        }
    }
}
