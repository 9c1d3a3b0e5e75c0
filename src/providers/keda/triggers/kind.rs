//! What the values of parameters must be, as KEDA's scalers parse them.

use crate::diagnostic::closest;
use crate::providers::keda::go_values::{boolean, duration, float, integer, quantity};
use crate::providers::keda::schedule::{schedule_problem, timezone_problem};
use crate::providers::keda::version::{Life, Version};

/// What a value must be.
#[derive(Clone, Copy)]
pub(in crate::providers::keda) enum Kind {
    Text,
    /// Between, both included.
    Integer(i64, i64),
    Number,
    /// Above zero: the autoscaler takes no other target.
    Positive,
    Bool,
    Duration,
    Schedule,
    Timezone,
    Quantity,
    /// `name=value, name=value`.
    Pairs,
    Json,
    Word(&'static [(&'static str, Life)]),
    /// As `Word`, whatever the case.
    AnyCase(&'static [&'static str]),
    /// Words with commas between.
    Words(&'static [&'static str]),
    /// `1-3,5`.
    Partitions,
    /// With one of these schemes.
    Url(&'static [&'static str]),
}

/// Above zero, for targets.
pub(super) const COUNT: Kind = Kind::Integer(1, i64::MAX);
/// Zero or more, for what wakes a workload.
pub(super) const FLOOR: Kind = Kind::Integer(0, i64::MAX);

/// What is wrong with a value, and the way out.
pub(in crate::providers::keda) struct Problem {
    pub(in crate::providers::keda) code: &'static str,
    pub(in crate::providers::keda) message: String,
    pub(in crate::providers::keda) help: String,
}

impl Problem {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code: "keda/bad-parameter", message: message.into(), help: help.into() }
    }
}

impl Kind {
    pub(in crate::providers::keda) fn problem(&self, text: &str, version: Version) -> Option<Problem> {
        let text = text.trim();
        let problem = |what: &str, help: &str| Some(Problem::new(format!("`{text}` is no {what}"), help));
        match self {
            Kind::Text => None,
            Kind::Integer(min, max) => match integer(text) {
                None => problem("whole number", "write digits only, such as \"5\""),
                Some(number) if number < *min || number > *max => {
                    let help = match *max {
                        i64::MAX => format!("at least {min}"),
                        max => format!("from {min} to {max}"),
                    };
                    Some(Problem::new(format!("{text} is out of range"), help))
                }
                Some(_) => None,
            },
            Kind::Number if float(text).is_none() => problem("number", "write a number, such as \"5\" or \"0.5\""),
            Kind::Positive => match float(text) {
                None => problem("number", "write a number, such as \"5\" or \"0.5\""),
                Some(number) if number <= 0.0 => problem("target: it must be above zero", "write a number above zero"),
                Some(_) => None,
            },
            Kind::Bool if boolean(text).is_none() => problem("boolean that Go reads", "write \"true\" or \"false\""),
            Kind::Duration => duration_problem(text, version),
            Kind::Schedule => Some(Problem::new(schedule_problem(text)?, SCHEDULE)),
            Kind::Timezone => Some(Problem::new(timezone_problem(text)?, TIMEZONE)),
            Kind::Quantity if quantity(text).is_none() => problem("quantity", "such as \"80\", \"500m\" or \"512Mi\""),
            Kind::Pairs if text.split(',').any(|pair| pair.split('=').count() != 2) => {
                problem("list of pairs", "write name=value, with commas between")
            }
            Kind::Json if serde_json::from_str::<serde_json::Value>(text).map_or(true, |json| !json.is_object()) => {
                problem("JSON object", "write it as JSON, such as '{\":id\": {\"S\": \"1\"}}'")
            }
            Kind::Word(words) => word_problem(words, text, version),
            Kind::AnyCase(words) if !words.iter().any(|word| word.eq_ignore_ascii_case(text)) => none_of(words, text),
            Kind::Words(words) => {
                text.split(',').map(str::trim).find(|item| !words.contains(item)).and_then(|item| none_of(words, item))
            }
            Kind::Partitions if !text.split(',').all(is_partition_range) => {
                problem("list of partitions", "write numbers and ranges, such as \"1-3,5\"")
            }
            Kind::Url(schemes) => url_problem(schemes, text),
            _ => None,
        }
    }
}

const SCHEDULE: &str = "such as \"0 8 * * 1-5\": at eight from Monday to Friday";
const TIMEZONE: &str = "write a name of the tz database, such as Europe/Berlin or UTC";

/// Numbers are milliseconds; texts such as `5s` are read since 2.18.
fn duration_problem(text: &str, version: Version) -> Option<Problem> {
    let is_good = match integer(text) {
        Some(milliseconds) => milliseconds > 0,
        None => !version.is_before(18) && duration(text).is_some_and(|seconds| seconds >= 0.0),
    };
    let help = match version.is_before(18) {
        false => "write milliseconds, such as \"3000\", or a duration, such as 3s",
        true => "write milliseconds, such as \"3000\"",
    };
    (!is_good).then(|| Problem::new(format!("`{text}` is no duration that KEDA reads"), help))
}

fn word_problem(words: &[(&str, Life)], text: &str, version: Version) -> Option<Problem> {
    if let Some((_, life)) = words.iter().find(|(word, _)| *word == text) {
        let (code, message, help) = life.problem(version, &format!("`{text}`"))?;
        return Some(Problem { code, message, help });
    }
    let here: Vec<_> = words.iter().filter(|(_, life)| life.has(version)).map(|(word, _)| *word).collect();
    none_of(&here, text)
}

fn none_of(words: &[&str], text: &str) -> Option<Problem> {
    let help = match closest(text, words.iter().copied()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("one of {}", words.join(", ")),
    };
    Some(Problem::new(format!("KEDA does not know `{text}` here"), help))
}

fn is_partition_range(text: &str) -> bool {
    match text.trim().split_once('-') {
        Some((from, to)) => {
            matches!((from.trim().parse::<u32>(), to.trim().parse::<u32>()), (Ok(from), Ok(to)) if from <= to)
        }
        None => text.trim().parse::<u32>().is_ok(),
    }
}

fn url_problem(schemes: &[&str], text: &str) -> Option<Problem> {
    let host = schemes.iter().find_map(|scheme| text.strip_prefix(scheme)?.strip_prefix("://"));
    let is_good = host.is_some_and(|host| !host.is_empty() && !host.starts_with('/') && !host.contains(' '));
    (!is_good).then(|| {
        Problem::new(
            format!("`{text}` is no address with {}://", schemes.join(":// or ")),
            format!("write {}://host:port", schemes.first().unwrap_or(&"http")),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_refuses_what_it_is_not() {
        const WORDS: &[(&str, Life)] = &[("sum", Life::ALWAYS), ("late", Life::since(18))];
        let words = Kind::Word(WORDS);
        let cases: &[(Kind, &str, bool)] = &[
            (COUNT, "5", true),
            (COUNT, "0", false),
            (COUNT, "five", false),
            (Kind::Positive, "0.5", true),
            (Kind::Positive, "0", false),
            (Kind::Bool, "yes", false),
            (Kind::Duration, "3000", true),
            (Kind::Duration, "3s", false),
            (Kind::Pairs, "a=1, b=2", true),
            (Kind::Pairs, "a:1", false),
            (Kind::Json, "{\"#k\": \"v\"}", true),
            (Kind::Json, "{'#k': 'v'}", false),
            (words, "sum", true),
            (words, "late", false),
            (words, "total", false),
            (Kind::AnyCase(&["Private"]), "private", true),
            (Kind::Words(&["basic", "tls"]), "tls, basic", true),
            (Kind::Words(&["basic", "tls"]), "tls,digest", false),
            (Kind::Partitions, "1-3, 5", true),
            (Kind::Partitions, "3-1", false),
            (Kind::Url(&["http", "https"]), "http://prometheus:9090", true),
            (Kind::Url(&["http", "https"]), "prometheus:9090", false),
        ];
        for (kind, text, fine) in cases {
            assert_eq!(kind.problem(text, Version(14)).is_none(), *fine, "{text}");
        }
        assert!(Kind::Duration.problem("3s", Version(18)).is_none());
    }
}
