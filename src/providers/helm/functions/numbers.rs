//! Whole numbers and floats, and how anything becomes one: what is no number is zero.

use std::cmp::Ordering;

use super::super::template::{Element, Failure, Function, Value};
use super::arguments::{Arguments, MOST_ITEMS, Outcome, at_least, exactly};
use super::number_text::{parse_float, parse_int, without_zero_decimals};
use super::printing::print;

const MAX: Function = at_least(1, |_, given| Ok(Value::Int64(extreme(given, i64::max))));

pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("add", at_least(0, |_, given| Ok(Value::Int64(given.iter().map(to_int).fold(0, i64::wrapping_add))))),
    ("add1", exactly(1, |_, given| Ok(Value::Int64(to_int(given.any(0)).wrapping_add(1))))),
    ("atoi", exactly(1, |_, given| Ok(Value::Int(given.text(0)?.parse().unwrap_or_default())))),
    ("biggest", MAX),
    ("ceil", exactly(1, |_, given| Ok(Value::Float(to_float(given.any(0)).ceil())))),
    ("div", exactly(2, |_, given| divided(given, i64::wrapping_div))),
    ("float64", exactly(1, |_, given| Ok(Value::Float(to_float(given.any(0)))))),
    ("floor", exactly(1, |_, given| Ok(Value::Float(to_float(given.any(0)).floor())))),
    ("int", exactly(1, |_, given| Ok(Value::Int(to_int(given.any(0)))))),
    ("int64", exactly(1, |_, given| Ok(Value::Int64(to_int(given.any(0)))))),
    ("max", MAX),
    ("maxf", at_least(1, |_, given| Ok(Value::Float(extreme_float(given, Ordering::Greater))))),
    ("min", at_least(1, |_, given| Ok(Value::Int64(extreme(given, i64::min))))),
    ("minf", at_least(1, |_, given| Ok(Value::Float(extreme_float(given, Ordering::Less))))),
    ("mod", exactly(2, |_, given| divided(given, i64::wrapping_rem))),
    ("mul", at_least(1, |_, given| Ok(Value::Int64(given.iter().map(to_int).fold(1, i64::wrapping_mul))))),
    ("round", at_least(2, |_, given| round(given))),
    ("seq", at_least(0, |_, given| sequence(given))),
    ("sub", exactly(2, |_, given| Ok(Value::Int64(to_int(given.any(0)).wrapping_sub(to_int(given.any(1))))))),
    ("toDecimal", exactly(1, |_, given| Ok(Value::Int64(from_octal(&print(given.any(0))?))))),
    ("until", exactly(1, |_, given| until(given.int(0)?))),
    ("untilStep", exactly(3, |_, given| Ok(ints(steps(given.int(0)?, given.int(1)?, given.int(2)?)?)))),
];

/// As Go's conversions have it: what follows the point is cut, texts are read as Go's literals.
pub(super) fn to_int(value: &Value) -> i64 {
    match value {
        Value::Int(number) | Value::Int64(number) => *number,
        Value::Uint64(number) => number.cast_signed(),
        Value::Float(number) => cut(*number),
        Value::String(text) => parse_int(without_zero_decimals(text)).unwrap_or_default(),
        Value::Bool(flag) => i64::from(*flag),
        _ => 0,
    }
}

/// What has no place in 64 bits is the smallest number there, as on the machines that Helm runs on.
fn cut(number: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&number) { number as i64 } else { i64::MIN }
}

pub(super) fn to_float(value: &Value) -> f64 {
    match value {
        Value::Int(number) | Value::Int64(number) => *number as f64,
        Value::Uint64(number) => *number as f64,
        Value::Float(number) => *number,
        Value::String(text) => parse_float(text).unwrap_or_default(),
        Value::Bool(flag) => f64::from(u8::from(*flag)),
        _ => 0.0,
    }
}

fn divided(given: &[Value], divide: fn(i64, i64) -> i64) -> Outcome {
    match to_int(given.any(1)) {
        0 => Err(Failure::new("runtime error: integer divide by zero")),
        by => Ok(Value::Int64(divide(to_int(given.any(0)), by))),
    }
}

fn extreme(given: &[Value], choose: fn(i64, i64) -> i64) -> i64 {
    given.iter().map(to_int).reduce(choose).unwrap_or_default()
}

/// Where one is not a number, none is.
fn extreme_float(given: &[Value], wanted: Ordering) -> f64 {
    let choose = |one: f64, other: f64| match other.partial_cmp(&one) {
        Some(order) if order == wanted => other,
        Some(_) => one,
        None => f64::NAN,
    };
    given.iter().map(to_float).reduce(choose).unwrap_or_default()
}

/// To so many places; from which fraction on it goes up may be said.
fn round(given: &[Value]) -> Outcome {
    let (value, places) = (to_float(given.any(0)), given.int(1)?);
    let up_from = if given.len() > 2 { given.float(2)? } else { 0.5 };
    let scale = 10f64.powi(i32::try_from(places.clamp(-400, 400)).unwrap_or_default());
    let digit = scale * value;
    let rounded = if digit.fract() >= up_from { digit.ceil() } else { digit.floor() };
    Ok(Value::Float(rounded / scale))
}

fn from_octal(text: &str) -> i64 {
    i64::from_str_radix(text, 8).unwrap_or_default()
}

fn until(count: i64) -> Outcome {
    Ok(ints(steps(0, count, if count < 0 { -1 } else { 1 })?))
}

/// From one number up or down to another, which is not among them.
fn steps(start: i64, stop: i64, step: i64) -> Result<Vec<i64>, Failure> {
    let (distance, step) = (i128::from(stop) - i128::from(start), i128::from(step));
    if distance == 0 || step == 0 || (distance > 0) != (step > 0) {
        return Ok(Vec::new());
    }
    let count = distance.unsigned_abs().div_ceil(step.unsigned_abs());
    if count > MOST_ITEMS as u128 {
        return Err(Failure::new(format!("{count} numbers are more than the {MOST_ITEMS} that a list may have here")));
    }
    let numbers = (0..count).map(|place| i128::from(start) + step * place.cast_signed());
    Ok(numbers.filter_map(|number| i64::try_from(number).ok()).collect())
}

fn ints(numbers: Vec<i64>) -> Value {
    Value::list_of(Element::Int, numbers.into_iter().map(Value::Int))
}

/// Numbers with blanks between: up to one, from one to another, or with a step in the middle.
fn sequence(given: &[Value]) -> Outcome {
    let numbers: Vec<i64> = (0..given.len()).map(|place| given.int(place)).collect::<Result<_, _>>()?;
    let (start, step, end) = match numbers[..] {
        [end] => (1, None, end),
        [start, end] => (start, None, end),
        [start, step, end] => (start, Some(step), end),
        _ => return Ok(Value::string("")),
    };
    let direction = if end < start { -1 } else { 1 };
    if step.is_some_and(|step| end < start && step > 0) {
        return Ok(Value::string(""));
    }
    let numbers = steps(start, end.saturating_add(direction), step.unwrap_or(direction))?;
    let texts: Vec<String> = numbers.iter().map(i64::to_string).collect();
    Ok(Value::string(texts.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{evaluate, fails, gives};

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of what Helm said")]
    fn numbers_are_computed_as_helm_computes_them() {
        gives(&[
            ("add", "int64", "0"),
            ("add 1 2.7 \"3\" true nil \"x\"", "int64", "7"),
            ("add 9223372036854775807 1", "int64", "-9223372036854775808"),
            ("add1 1", "int64", "2"),
            ("add1 9223372036854775807", "int64", "-9223372036854775808"),
            ("add1 \"0x10\"", "int64", "17"),
            ("sub 1 2", "int64", "-1"),
            ("sub 5.9 \"2\"", "int64", "3"),
            ("mul 2", "int64", "2"),
            ("mul 2 3.9 \"4\"", "int64", "24"),
            ("div 7 2", "int64", "3"),
            ("div 7 -2", "int64", "-3"),
            ("div -7 2", "int64", "-3"),
            ("mod 7 3", "int64", "1"),
            ("mod -7 2", "int64", "-1"),
            ("max 1 2.5 \"7\"", "int64", "7"),
            ("max 1", "int64", "1"),
            ("biggest 3 9 4", "int64", "9"),
            ("min 1 2.5 -7", "int64", "-7"),
            ("min 4", "int64", "4"),
            ("maxf 1 2.5 \"3\"", "float64", "3"),
            ("minf 1 2.5 \"-3\"", "float64", "-3"),
            ("maxf 1", "float64", "1"),
            ("maxf \"nan\" 1", "float64", "NaN"),
            ("floor -1.5", "float64", "-2"),
            ("floor 12345678.9", "float64", "1.2345678e+07"),
            ("floor \"3.7\"", "float64", "3"),
            ("ceil 1.1", "float64", "2"),
            ("ceil -1.5", "float64", "-1"),
            ("ceil nil", "float64", "0"),
            ("round 2.5 0", "float64", "3"),
            ("round -2.5 0", "float64", "-3"),
            ("round 123.456 2", "float64", "123.46"),
            ("round 123.456 -1", "float64", "120"),
            ("round 2.4 0 0.4", "float64", "2"),
            ("round 2.44 1 0.3", "float64", "2.5"),
            ("round \"1.005\" 2", "float64", "1"),
            ("round 123 5", "float64", "123"),
            ("round 0.5 0", "float64", "1"),
            ("int \"08\"", "int", "0"),
            ("int \"8\"", "int", "8"),
            ("int \" 5\"", "int", "0"),
            ("int \"0x1F\"", "int", "31"),
            ("int \"1_000\"", "int", "1000"),
            ("int \"5.0\"", "int", "5"),
            ("int \"5.50\"", "int", "0"),
            ("int 5.9", "int", "5"),
            ("int -5.9", "int", "-5"),
            ("int 1e30", "int", "-9223372036854775808"),
            ("int \"1e3\"", "int", "0"),
            ("int true", "int", "1"),
            ("int nil", "int", "0"),
            ("int (list)", "int", "0"),
            ("int \"99999999999999999999\"", "int", "0"),
            ("int64 \"0b11\"", "int64", "3"),
            ("int64 \"0o17\"", "int64", "15"),
            ("int64 3.99", "int64", "3"),
            ("int \"+5\"", "int", "5"),
            ("int \"5.\"", "int", "0"),
            ("int \".0\"", "int", "0"),
            ("int \"00\"", "int", "0"),
            ("int \"-0x1f\"", "int", "-31"),
            ("int \"0x\"", "int", "0"),
            ("int \"1__0\"", "int", "0"),
            ("int \"_1\"", "int", "0"),
            ("int \"0_7\"", "int", "7"),
            ("int \"017\"", "int", "15"),
            ("float64 \"1_000\"", "float64", "1000"),
            ("float64 \"0x1p4\"", "float64", "16"),
            ("float64 \"1e999\"", "float64", "0"),
            ("float64 \"inf\"", "float64", "+Inf"),
            ("float64 \"-Infinity\"", "float64", "-Inf"),
            ("float64 \" 1\"", "float64", "0"),
            ("float64 \"1.5\"", "float64", "1.5"),
            ("float64 true", "float64", "1"),
            ("float64 nil", "float64", "0"),
            ("float64 5", "float64", "5"),
            ("float64 \".5\"", "float64", "0.5"),
            ("float64 \"5.\"", "float64", "5"),
            ("float64 \"1e3\"", "float64", "1000"),
            ("float64 \"x\"", "float64", "0"),
            ("float64 \"+1\"", "float64", "1"),
            ("float64 \"--1\"", "float64", "0"),
            ("atoi \"5\"", "int", "5"),
            ("atoi \"5 \"", "int", "0"),
            ("atoi \"+5\"", "int", "5"),
            ("atoi \"-5\"", "int", "-5"),
            ("atoi \"1_0\"", "int", "0"),
            ("atoi \"0x1\"", "int", "0"),
            ("atoi \"\"", "int", "0"),
            ("toDecimal 777", "int64", "511"),
            ("toDecimal \"0777\"", "int64", "511"),
            ("toDecimal 777.0", "int64", "511"),
            ("toDecimal \"8\"", "int64", "0"),
            ("toDecimal -10", "int64", "-8"),
            ("toDecimal nil", "int64", "0"),
            ("until 3", "[]int", "[0 1 2]"),
            ("until 0", "[]int", "[]"),
            ("until -3", "[]int", "[0 -1 -2]"),
            ("untilStep 0 10 3", "[]int", "[0 3 6 9]"),
            ("untilStep 10 0 -3", "[]int", "[10 7 4 1]"),
            ("untilStep 0 10 -1", "[]int", "[]"),
            ("untilStep 10 0 1", "[]int", "[]"),
            ("untilStep 0 5 0", "[]int", "[]"),
            ("untilStep 3 3 1", "[]int", "[]"),
            ("seq 5", "string", "1 2 3 4 5"),
            ("seq -3", "string", "1 0 -1 -2 -3"),
            ("seq 0", "string", "1 0"),
            ("seq 1", "string", "1"),
            ("seq 0 2", "string", "0 1 2"),
            ("seq 2 0", "string", "2 1 0"),
            ("seq 2 -2", "string", "2 1 0 -1 -2"),
            ("seq 0 2 10", "string", "0 2 4 6 8 10"),
            ("seq 0 -2 -5", "string", "0 -2 -4"),
            ("seq 5 2 1", "string", ""),
            ("seq 1 2 3 4", "string", ""),
            ("seq", "string", ""),
            ("seq 2 2", "string", "2"),
            ("seq 1 0 3", "string", ""),
            ("seq 3 -5 3", "string", ""),
        ]);
        fails(&[
            ("div 1 0", "runtime error: integer divide by zero"),
            ("mod 1 0", "runtime error: integer divide by zero"),
            ("div 1 \"x\"", "runtime error: integer divide by zero"),
        ]);
    }

    #[test]
    fn too_many_numbers_are_refused() {
        for expression in ["until 99999999", "untilStep 0 9223372036854775807 1", "seq 99999999"] {
            let failure = evaluate(expression).unwrap_err();
            assert!(failure.0.contains("more than"), "{failure}");
        }
    }
}
