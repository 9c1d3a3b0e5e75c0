//! Which versions are wanted: `>=1.2 <2 || ^3.1`, `1.2 - 2.0`, `~1.4.0-0`, `1.x`, `*`, read and judged as the library
//! does that Helm uses, its quirks included: a chart that asks for a version has to get the same one from both.

use std::fmt;

use super::version::{Version, compare_prereleases};

/// What a version has to meet: all comparisons of one of the alternatives.
#[derive(Clone, Debug)]
pub(crate) struct Constraint {
    alternatives: Vec<Vec<Comparison>>,
    original: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Tilde,
    Caret,
}

/// What a comparison leaves open, by `x`, `X`, `*` or by not saying it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Nothing,
    Patch,
    Minor,
    Everything,
}

#[derive(Clone, Debug)]
struct Comparison {
    operator: Operator,
    version: Version,
    open: Open,
}

/// The longer ones first, so that `>=` is not read as `>`.
const OPERATORS: [(&str, Operator); 11] = [
    (">=", Operator::GreaterOrEqual),
    ("=>", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("=<", Operator::LessOrEqual),
    ("!=", Operator::NotEqual),
    ("~>", Operator::Tilde),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
];

/// In bytes. The library refuses longer ones, and more alternatives.
const LONGEST: usize = 512;
const MOST_ALTERNATIVES: usize = 32;

impl Constraint {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("constraint string is too long (max {LONGEST} bytes)"));
        }
        let spelled_out = without_ranges(text);
        if spelled_out.split("||").count() > MOST_ALTERNATIVES {
            return Err(format!("too many constraint groups (max {MOST_ALTERNATIVES})"));
        }
        let alternatives = spelled_out.split("||").map(comparisons).collect::<Result<_, _>>()?;
        Ok(Self { alternatives, original: text.to_owned() })
    }

    /// Pre-releases are wanted only by an alternative that names one.
    pub(crate) fn check(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|comparisons| {
            let names_one = comparisons.iter().any(|comparison| !comparison.version.prerelease().is_empty());
            let wanted = names_one || version.prerelease().is_empty();
            wanted && comparisons.iter().all(|comparison| comparison.holds(version))
        })
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.original)
    }
}

impl Comparison {
    fn holds(&self, version: &Version) -> bool {
        match self.operator {
            Operator::Equal if self.open == Open::Nothing => *version == self.version,
            Operator::Equal | Operator::Tilde => self.tilde(version),
            Operator::NotEqual => self.differs(version),
            Operator::Greater => match self.open {
                Open::Nothing | Open::Everything => *version > self.version,
                Open::Minor => version.major() > self.version.major(),
                Open::Patch => major_and_minor(version) > major_and_minor(&self.version),
            },
            Operator::Less => *version < self.version,
            Operator::GreaterOrEqual => *version >= self.version,
            Operator::LessOrEqual => match self.open {
                Open::Nothing => *version <= self.version,
                Open::Minor => version.major() <= self.version.major(),
                Open::Patch | Open::Everything => major_and_minor(version) <= major_and_minor(&self.version),
            },
            Operator::Caret => self.caret(version),
        }
    }

    fn differs(&self, version: &Version) -> bool {
        match self.open {
            Open::Nothing | Open::Everything => *version != self.version,
            Open::Minor => version.major() != self.version.major(),
            Open::Patch => {
                major_and_minor(version) != major_and_minor(&self.version)
                    || compare_prereleases(version.prerelease(), self.version.prerelease()).is_ne()
            }
        }
    }

    /// From the version on, within what it fixes: `~1.2.3` and `~1.2` stay in 1.2, `~1` in 1.
    fn tilde(&self, version: &Version) -> bool {
        let wanted = &self.version;
        let zero = (wanted.major(), wanted.minor(), wanted.patch()) == (0, 0, 0);
        if version < wanted {
            return false;
        }
        match self.open {
            Open::Nothing | Open::Everything if zero => true,
            Open::Minor => version.major() == wanted.major(),
            _ => major_and_minor(version) == major_and_minor(wanted),
        }
    }

    /// From the version on, as long as its first number that is not zero stays.
    fn caret(&self, version: &Version) -> bool {
        let wanted = &self.version;
        if version < wanted || version.major() != wanted.major() {
            return false;
        }
        if wanted.major() > 0 || self.open == Open::Minor {
            return true;
        }
        let same_minor = version.minor() == wanted.minor();
        let any_patch = wanted.minor() > 0 || self.open == Open::Patch;
        same_minor && (any_patch || version.patch() == wanted.patch())
    }
}

fn major_and_minor(version: &Version) -> (u64, u64) {
    (version.major(), version.minor())
}

/// The comparisons of one alternative, which blanks or commas separate.
fn comparisons(text: &str) -> Result<Vec<Comparison>, String> {
    let improper = || format!("improper constraint: {text:?}");
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(is_blank);
        let (operator, after) = operator(rest);
        let (wildcard, after) = Wildcard::take(after.trim_start_matches(is_blank)).ok_or_else(improper)?;
        found.push((operator, wildcard));
        let trimmed = after.trim_start_matches(is_blank);
        if trimmed.is_empty() {
            break;
        }
        rest = match trimmed.strip_prefix(',') {
            Some(rest) => rest,
            None if trimmed.len() < after.len() => trimmed,
            None => return Err(improper()),
        };
    }
    found.into_iter().map(|(operator, wildcard)| wildcard.comparison(operator)).collect()
}

fn operator(text: &str) -> (Operator, &str) {
    let found = OPERATORS.iter().find_map(|(sign, operator)| Some((*operator, text.strip_prefix(sign)?)));
    found.unwrap_or((Operator::Equal, text))
}

/// What Go's regular expressions take for a blank.
fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

/// A version in a constraint, whose numbers may be `x`, `X`, `*` or missing.
struct Wildcard<'a> {
    text: &'a str,
    numbers: [Option<&'a str>; 3],
    /// With its `-`.
    prerelease: &'a str,
}

impl<'a> Wildcard<'a> {
    /// The longest one that the text starts with, and what follows it.
    fn take(text: &'a str) -> Option<(Self, &'a str)> {
        let mut rest = text.strip_prefix('v').unwrap_or(text);
        let mut numbers = [None; 3];
        for (place, number) in numbers.iter_mut().enumerate() {
            let segment = if place == 0 { Some(rest) } else { rest.strip_prefix('.') };
            let Some(segment) = segment else { break };
            let end = segment.find(|character: char| !is_segment(character)).unwrap_or(segment.len());
            if end == 0 {
                break;
            }
            let (found, after) = segment.split_at(end);
            *number = Some(found);
            rest = after;
        }
        numbers[0]?;
        let (prerelease, rest) = identifiers(rest, '-');
        let (_, rest) = identifiers(rest, '+');
        Some((Self { text: &text[..text.len() - rest.len()], numbers, prerelease }, rest))
    }

    fn comparison(&self, operator: Operator) -> Result<Comparison, String> {
        let open = |number: Option<&str>| number.is_none_or(|number| matches!(number, "x" | "X" | "*"));
        let given = |number: Option<&'a str>| number.unwrap_or_default();
        let [major, minor, patch] = self.numbers;
        let prerelease = self.prerelease;
        let (open, version) = if open(major) {
            (Open::Everything, format!("0.0.0{prerelease}"))
        } else if open(minor) {
            (Open::Minor, format!("{}.0.0{prerelease}", given(major)))
        } else if open(patch) {
            (Open::Patch, format!("{}.{}.0{prerelease}", given(major), given(minor)))
        } else {
            (Open::Nothing, self.text.to_owned())
        };
        let version = Version::parse(&version).map_err(|_| "constraint parser error".to_owned())?;
        Ok(Comparison { operator, version, open })
    }
}

/// What the library lets stand for a number; that `|` is none shows only afterwards.
fn is_segment(character: char) -> bool {
    character.is_ascii_digit() || matches!(character, 'x' | 'X' | '*' | '|')
}

/// Identifiers with dots between them after a sign, as many as there are: with the sign, and what follows.
fn identifiers(text: &str, sign: char) -> (&str, &str) {
    let Some(mut rest) = text.strip_prefix(sign) else { return ("", text) };
    let mut end = 0;
    loop {
        let length = rest.find(|character: char| !character.is_ascii_alphanumeric() && character != '-');
        let length = length.unwrap_or(rest.len());
        if length == 0 {
            break;
        }
        end = text.len() - rest.len() + length;
        match rest[length..].strip_prefix('.') {
            Some(after) => rest = after,
            None => break,
        }
    }
    text.split_at(end)
}

/// `1.2 - 2.0` is `>= 1.2, <= 2.0`.
fn without_ranges(text: &str) -> String {
    let mut spelled_out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some((from, to, after)) = range(rest) {
            spelled_out.push_str(&format!(">= {from}, <= {to} "));
            rest = after;
        } else {
            spelled_out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    spelled_out
}

fn range(text: &str) -> Option<(&str, &str, &str)> {
    let (from, after) = Wildcard::take(text.trim_start_matches(is_blank))?;
    let dash = after.trim_start_matches(is_blank);
    let to = dash.strip_prefix('-')?;
    let trimmed = to.trim_start_matches(is_blank);
    if dash.len() == after.len() || trimmed.len() == to.len() {
        return None;
    }
    let (to, after) = Wildcard::take(trimmed)?;
    Some((from.text, to.text, after.trim_start_matches(is_blank)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(constraint: &str, version: &str) -> Result<bool, String> {
        let constraint = Constraint::parse(constraint)?;
        Version::parse(version).map(|version| constraint.check(&version))
    }

    /// All of this is what Helm itself said.
    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of what Helm said")]
    fn constraints_are_judged_as_helm_judges_them() {
        let judged = [
            ("X.*.1-alpha.beta-3-rc.10", "0.0.0", Ok(true)),
            ("=<3-1 ", "0.1", Ok(true)),
            ("> *.*.*", "0.1.2", Ok(true)),
            (">2 ||~>x.x.1", "v0.10.2+b", Ok(true)),
            ("<=X.x-a-b|| X.0.1", "2.1.0", Ok(true)),
            (" <= 2-alpha.beta", "2.0", Ok(true)),
            ("<=3.3", "3.0.10", Ok(true)),
            (">=1.0 ", "v1.0.1", Ok(true)),
            ("=< 10.0.0-alpha", "0.3.3", Ok(true)),
            ("^ 1.0||=> *.x", "3.0+1.2", Ok(true)),
            ("~ x.10.2  > 1.10.0-0 ", "2", Ok(true)),
            ("~0.x.X ||~> x", "v0.3.10", Ok(true)),
            (" = 0.1.3-beta|| !=10-1", "2.0.0", Ok(true)),
            ("=x.x.3||=1.3.0", "3.0.1", Ok(true)),
            (" => 2.X.0,  >=0.0", "2.1.10+1.2", Ok(true)),
            (" >= *.*.*-alpha.beta||v1.x.0-alpha - 0 ||  =< x+b", "0.0.0", Ok(true)),
            ("!= x.x.3-2.x+1.2||>X.3.3+b", "1", Ok(true)),
            ("=> 3.0", "v3.0.0", Ok(true)),
            ("*.1.3-10.10.x-rc.10", "0.1.2", Ok(true)),
            ("~> X.0.0-a-b , >=*.1.x", "1-alpha", Ok(true)),
            ("<= 0.x+1.2||>=1-0", "v0", Ok(true)),
            ("=< 10.0.0", "0.10", Ok(true)),
            ("X.3.3-alpha.1 - 2-a-b", "0.0", Ok(true)),
            ("*.0-alpha.1  -  3.x.1", "v1.1", Ok(true)),
            ("!= *.x.0-2.x", "0.2.0", Ok(true)),
            (" ~>x-2.x", "2.0.1-alpha.1", Ok(true)),
            ("> x.x.1", "v0.10", Ok(true)),
            ("= 0.x.X", "0.10", Ok(true)),
            (" > vx.X.3-a-b, >= 0.0.0+1.2", "0.3.1", Ok(true)),
            ("!= 10.*.*|| =0.1.x-alpha", "3.1.0", Ok(true)),
            ("=<x.3.0-01 != *.10.3 ", "0", Err("constraint parser error")),
            ("~>X-01 ", "0.0.0-a-b", Err("constraint parser error")),
            ("~>10 , ^10.x.*-01", "10.2.0+b", Err("constraint parser error")),
            ("<= x.3-1||v1.2.3 - 1.0.*-beta,>=10-01", "0.2.0", Err("constraint parser error")),
            ("!= X.2.2||3 - X.3 ||  >= x.0.10", "1.2", Err("improper constraint: \"!=>= X.2.2\"")),
            (
                ">= 0 ||v0.*-alpha.1 - *.3.1- || <=1.1.10",
                "v2.1.1-rc.10",
                Err("improper constraint: \">= v0.*-alpha.1, <= *.3.1 - \""),
            ),
            ("~ 10.0.2-alpha^ 2.0.3-01 ", "0.0.0-1", Err("improper constraint: \"~ 10.0.2-alpha^ 2.0.3-01 \"")),
            ("~ v0.2.0-a..b", "3.2.0", Err("improper constraint: \"~ v0.2.0-a..b\"")),
            ("1.X.3 - v0+b", "3.10.3-", Err("invalid semantic version")),
            ("~> X.2.1 ", "0.2-", Err("invalid semantic version")),
            ("<=v1.2.0", "1.2.1-a..b+b", Err("invalid semantic version")),
            ("^ 1.3.0-rc.10  ^1.X", "0.1.1-a..b+b", Err("invalid semantic version")),
            (">=*.*-a-b+b", "1.0.0-01+1.2", Err("version segment starts with 0")),
            ("0.1.2-0.0", "10-01", Err("version segment starts with 0")),
            (" =2-beta", "2-01", Err("version segment starts with 0")),
            ("<2.x|| <= 10.*.10-alpha.1", "v10.2.2-01", Err("version segment starts with 0")),
            (" =10.1", "0.0.0", Ok(false)),
            ("^X.2.x", "v1.1", Ok(false)),
            (" <0.0.2||>10.3.*", "1.0-2.x", Ok(false)),
            (" ~ *.0.0", "1.1.0-alpha.beta", Ok(false)),
            (" > *", "0-alpha.1", Ok(false)),
            ("~v2.3.10  = 10.0.0", "10.10.0", Ok(false)),
            ("= 0.*.0-beta", "3.10.2", Ok(false)),
            (" >0.10.X  , <X", "1.1.3", Ok(false)),
            (">= 10.*", "1.2.1+1.2", Ok(false)),
            ("0.3.3", "2-beta", Ok(false)),
            ("!= 3.x  = 0.x-rc.10", "0-2.x+1.2", Ok(false)),
            (" =<x.1", "0.10", Ok(false)),
            ("< *.1.0  1", "1.3.1", Ok(false)),
            (" ^ 0.X  =>0.x", "3.3", Ok(false)),
            ("~3-0 ", "0.10", Ok(false)),
            ("<*.0.1,  >= 0.x.2 ", "3", Ok(false)),
            ("~2", "10.1.3", Ok(false)),
            (" ^ 3.*.10", "10.2.2-alpha.1", Ok(false)),
            ("10.2.X-alpha-0.3.10-a-b", "1-1", Ok(false)),
            ("=<vX", "10.10.2-rc.10+1.2", Ok(false)),
            ("< 10.x.x-rc.10||=< x", "10.2.0+b", Ok(false)),
            ("~2 <=1", "2.3.1", Ok(false)),
            ("=<0.3.x-rc.10|| =< X-0 ", "1.2.2", Ok(false)),
            (" >= v3.2,!= X.1.*-2.x", "0.10", Ok(false)),
            ("<= x.X.0-2.x, ~2.1.0 ", "0.2.0", Ok(false)),
            (" <*-alpha.1", "2-1", Ok(false)),
            (" =3.X.10", "1.1.2", Ok(false)),
            ("~10||= 1.X.*", "2+1.2", Ok(false)),
            (" >0", "1.0-a-b", Ok(false)),
            ("10.3  -  x", "0.2.10", Ok(false)),
        ];
        for (constraint, version, expected) in judged {
            let expected = expected.map_err(str::to_owned);
            assert_eq!(check(constraint, version), expected, "{constraint:?} {version:?}");
        }
    }

    /// All of this is what Helm itself said.
    #[test]
    fn quirks_of_open_constraints_are_kept() {
        let versions = ["0.0.0", "0.0.1", "0.1.0", "1.0.0", "1.2.0", "2.1.0", "1.2.3-0", "1.2.3-a", "2.0.0-a"];
        let allowed: [(&str, &[&str]); 13] = [
            ("^*", &["0.0.0"]),
            ("<=*", &["0.0.0", "0.0.1"]),
            ("!=*", &["0.0.1", "0.1.0", "1.0.0", "1.2.0", "2.1.0"]),
            (">*", &["0.0.1", "0.1.0", "1.0.0", "1.2.0", "2.1.0"]),
            ("~*", &["0.0.0", "0.0.1", "0.1.0", "1.0.0", "1.2.0", "2.1.0"]),
            ("*", &["0.0.0", "0.0.1", "0.1.0", "1.0.0", "1.2.0", "2.1.0"]),
            ("^0", &["0.0.0", "0.0.1", "0.1.0"]),
            ("^0.0", &["0.0.0", "0.0.1"]),
            ("^0.0.0", &["0.0.0"]),
            ("~0.0.0", &["0.0.0", "0.0.1", "0.1.0", "1.0.0", "1.2.0", "2.1.0"]),
            ("1 || >=2 <3", &["1.0.0", "1.2.0", "2.1.0"]),
            ("<1.2.3-0", &["0.0.0", "0.0.1", "0.1.0", "1.0.0", "1.2.0"]),
            (">=1.0.0-0", &["1.0.0", "1.2.0", "2.1.0", "1.2.3-0", "1.2.3-a", "2.0.0-a"]),
        ];
        for (constraint, expected) in allowed {
            let found: Vec<_> = versions.into_iter().filter(|version| check(constraint, version) == Ok(true)).collect();
            assert_eq!(found, expected, "{constraint}");
        }
    }

    #[test]
    fn what_is_no_constraint_is_refused() {
        let wrong = [
            ("", "improper constraint: \"\""),
            (" ", "improper constraint: \" \""),
            ("a", "improper constraint: \"a\""),
            (">=1 foo", "improper constraint: \">=1 foo\""),
            (">=1||", "improper constraint: \"\""),
            ("1.2.3.4", "improper constraint: \"1.2.3.4\""),
            (">1,<2,", "improper constraint: \">1,<2,\""),
            (">1<2", "improper constraint: \">1<2\""),
            ("99999999999999999999", "constraint parser error"),
            ("1.2.3-01", "constraint parser error"),
            ("1|2", "constraint parser error"),
        ];
        for (constraint, message) in wrong {
            assert_eq!(check(constraint, "1.0.0"), Err(message.to_owned()));
        }
        let alternatives = |count| vec!["1"; count].join("||");
        assert_eq!(check(&alternatives(32), "1"), Ok(true));
        assert_eq!(check(&alternatives(33), "1"), Err("too many constraint groups (max 32)".to_owned()));
        let long = |count| check(&format!("1{}", " ".repeat(count)), "1");
        assert_eq!(long(511), Ok(true));
        assert_eq!(long(512), Err("constraint string is too long (max 512 bytes)".to_owned()));
    }

    proptest! {
        #[test]
        fn an_alternative_more_allows_no_less(
            one in "[<>~^=]?[0-2](\\.[0-2x]){0,2}",
            other in "[<>~^=]?[0-2](\\.[0-2x]){0,2}",
            version in "[0-3]\\.[0-3]\\.[0-3]",
        ) {
            let (first, second) = (check(&one, &version).unwrap(), check(&other, &version).unwrap());
            prop_assert_eq!(check(&format!("{one} || {other}"), &version).unwrap(), first || second);
            prop_assert_eq!(check(&format!("{one}, {other}"), &version).unwrap(), first && second);
        }

        #[test]
        fn a_range_is_two_comparisons(from in "[0-3]\\.[0-3]", to in "[0-3]\\.[0-3]\\.1", version in "[0-3]\\.[0-3]\\.[0-3]") {
            let spelled_out = check(&format!(">={from} <={to}"), &version);
            prop_assert_eq!(check(&format!("{from} - {to}"), &version), spelled_out);
        }

        #[test]
        fn no_text_panics(text in "[-<>=~^!|, v0-9.x*+a]{0,20}|.*") {
            let _ = Constraint::parse(&text);
        }
    }
}
