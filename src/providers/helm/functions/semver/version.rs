//! Versions as charts write them: semantic versions (<https://semver.org>), and what people take for them, `v1` and
//! `1.2` among it, read as the library does that Helm uses.

use std::cmp::Ordering;
use std::fmt;

/// A version. Two are equal where neither precedes the other, whatever their build metadata.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    major: u64,
    minor: u64,
    patch: u64,
    prerelease: String,
    metadata: String,
    original: String,
}

/// Why a text is no version, in the words of the library.
const INVALID: &str = "invalid semantic version";
const ZERO_FIRST: &str = "version segment starts with 0";

/// In bytes. The library refuses longer ones, and so they are refused here.
const LONGEST: usize = 256;

impl Version {
    /// Reads loosely: a `v` may stand in front, the second and third number may be left out, and zeros may lead them.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        check_length(text)?;
        let rest = text.strip_prefix('v').unwrap_or(text);
        let (numbers, prerelease, metadata) = parts(rest);
        let mut numbers = numbers.split('.');
        let mut number = || numbers.next().map(digits).transpose();
        let Some(major) = number()? else { return Err(INVALID.to_owned()) };
        let (minor, patch) = (number()?, number()?);
        if number()?.is_some() {
            return Err(INVALID.to_owned());
        }
        for identifiers in [prerelease, metadata].into_iter().flatten() {
            if !identifiers.split('.').all(is_identifier) {
                return Err(INVALID.to_owned());
            }
        }
        let numbers = [Some(major), minor, patch];
        Self::of(numbers.map(Option::unwrap_or_default), prerelease, metadata, text)
    }

    /// Reads nothing but semantic versions.
    pub(crate) fn parse_strict(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("version string empty".to_owned());
        }
        check_length(text)?;
        let pieces: Vec<&str> = text.splitn(3, '.').collect();
        let [major, minor, rest] = pieces[..] else { return Err(INVALID.to_owned()) };
        let (patch, prerelease, metadata) = parts(rest);
        if metadata.is_some_and(|metadata| !metadata.split('.').all(is_identifier)) {
            return Err("invalid metadata string".to_owned());
        }
        check_prerelease(prerelease)?;
        let segments = [major, minor, patch];
        if !segments.iter().all(|segment| segment.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err("invalid characters in version".to_owned());
        }
        if segments.iter().any(|segment| segment.len() > 1 && segment.starts_with('0')) {
            return Err(ZERO_FIRST.to_owned());
        }
        let [major, minor, patch] = segments.map(|segment| segment.parse::<u64>().map_err(|_| out_of_range(segment)));
        Self::of([major?, minor?, patch?], prerelease, metadata, text)
    }

    fn of(
        [major, minor, patch]: [u64; 3],
        prerelease: Option<&str>,
        metadata: Option<&str>,
        original: &str,
    ) -> Result<Self, String> {
        check_prerelease(prerelease)?;
        let [prerelease, metadata] = [prerelease, metadata].map(|part| part.unwrap_or_default().to_owned());
        Ok(Self { major, minor, patch, prerelease, metadata, original: original.to_owned() })
    }

    pub(crate) fn major(&self) -> u64 {
        self.major
    }

    pub(crate) fn minor(&self) -> u64 {
        self.minor
    }

    pub(crate) fn patch(&self) -> u64 {
        self.patch
    }

    /// What follows the `-`; empty for a release.
    pub(crate) fn prerelease(&self) -> &str {
        &self.prerelease
    }

    /// What follows the `+`.
    pub(crate) fn metadata(&self) -> &str {
        &self.metadata
    }

    /// As it was written.
    pub(crate) fn original(&self) -> &str {
        &self.original
    }

    /// The next patch; of a pre-release, the release it precedes.
    pub(super) fn next_patch(&self) -> Self {
        let step = u64::from(self.prerelease.is_empty());
        self.following([self.major, self.minor, self.patch.wrapping_add(step)])
    }

    pub(super) fn next_minor(&self) -> Self {
        self.following([self.major, self.minor.wrapping_add(1), 0])
    }

    pub(super) fn next_major(&self) -> Self {
        self.following([self.major.wrapping_add(1), 0, 0])
    }

    fn following(&self, [major, minor, patch]: [u64; 3]) -> Self {
        let next =
            Self { major, minor, patch, prerelease: String::new(), metadata: String::new(), original: String::new() };
        next.spelled_like(self)
    }

    pub(super) fn with_prerelease(&self, prerelease: &str) -> Result<Self, String> {
        if !prerelease.is_empty() {
            check_prerelease(Some(prerelease))?;
        }
        let changed = Self { prerelease: prerelease.to_owned(), ..self.clone() };
        Ok(changed.spelled_like(self))
    }

    pub(super) fn with_metadata(&self, metadata: &str) -> Result<Self, String> {
        if !metadata.is_empty() && !metadata.split('.').all(is_identifier) {
            return Err("invalid metadata string".to_owned());
        }
        let changed = Self { metadata: metadata.to_owned(), ..self.clone() };
        Ok(changed.spelled_like(self))
    }

    /// A version that was computed is written with a `v` where the one it comes from was.
    fn spelled_like(mut self, other: &Self) -> Self {
        let v = if other.original.starts_with('v') { "v" } else { "" };
        self.original = format!("{v}{self}");
        self
    }
}

fn check_length(text: &str) -> Result<(), String> {
    if text.len() > LONGEST {
        return Err(format!("version string is too long (max {LONGEST} bytes)"));
    }
    Ok(())
}

/// Numbers, pre-release and metadata of a version without its `v`.
fn parts(text: &str) -> (&str, Option<&str>, Option<&str>) {
    let (text, metadata) = match text.split_once('+') {
        Some((text, metadata)) => (text, Some(metadata)),
        None => (text, None),
    };
    match text.split_once('-') {
        Some((numbers, prerelease)) => (numbers, Some(prerelease), metadata),
        None => (text, None, metadata),
    }
}

fn digits(segment: &str) -> Result<u64, String> {
    if segment.is_empty() || !segment.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(INVALID.to_owned());
    }
    segment.parse().map_err(|_| format!("error parsing version segment: {}", out_of_range(segment)))
}

fn out_of_range(segment: &str) -> String {
    format!("strconv.ParseUint: parsing \"{segment}\": value out of range")
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Numbers among the identifiers of a pre-release have no leading zeros.
fn check_prerelease(prerelease: Option<&str>) -> Result<(), String> {
    for identifier in prerelease.into_iter().flat_map(|prerelease| prerelease.split('.')) {
        if !is_identifier(identifier) {
            return Err("invalid prerelease string".to_owned());
        }
        let numeric = identifier.bytes().all(|byte| byte.is_ascii_digit());
        if numeric && identifier.len() > 1 && identifier.starts_with('0') {
            return Err(ZERO_FIRST.to_owned());
        }
    }
    Ok(())
}

/// Which of two pre-releases comes first; none at all is taken for one before any other.
pub(super) fn compare_prereleases(one: &str, other: &str) -> Ordering {
    let mut others = other.split('.');
    for identifier in one.split('.') {
        let Some(against) = others.next() else { return Ordering::Greater };
        let order = compare_identifiers(identifier, against);
        if order.is_ne() {
            return order;
        }
    }
    if others.next().is_some() { Ordering::Less } else { Ordering::Equal }
}

/// Numbers come before words; a number too large for 64 bits counts as a word.
fn compare_identifiers(one: &str, other: &str) -> Ordering {
    match (one.parse::<u64>(), other.parse::<u64>()) {
        (Ok(one), Ok(other)) => one.cmp(&other),
        _ if one.is_empty() || other.is_empty() => one.cmp(other),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => one.cmp(other),
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        let prereleases = || match (self.prerelease.is_empty(), other.prerelease.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => compare_prereleases(&self.prerelease, &other.prerelease),
        };
        numbers(self).cmp(&numbers(other)).then_with(prereleases)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

/// In full and without a `v`, however it was written.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.prerelease.is_empty() {
            write!(f, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn versions_are_read_loosely() {
        let same = [
            ("v1.2", "1.2.0"),
            ("01.2.3", "1.2.3"),
            ("1", "1.0.0"),
            ("1.2-beta.1+x", "1.2.0-beta.1+x"),
            ("1.2.3--", "1.2.3--"),
            ("1.2.3+01.a-b", "1.2.3+01.a-b"),
        ];
        for (written, full) in same {
            assert_eq!(version(written).to_string(), full, "{written}");
            assert_eq!(version(written).original(), written);
        }
        let wrong = [
            ("", INVALID),
            ("a", INVALID),
            ("V1.2", INVALID),
            (" 1.2", INVALID),
            ("1.2.3.4", INVALID),
            ("1.2.3-", INVALID),
            ("1.2.3-a..b", INVALID),
            ("1.2.3+", INVALID),
            ("1..3", INVALID),
            ("1.2.", INVALID),
            ("1.2.3-01", ZERO_FIRST),
            (
                "99999999999999999999.1.1",
                "error parsing version segment: strconv.ParseUint: parsing \"99999999999999999999\": value out of range",
            ),
        ];
        for (text, message) in wrong {
            assert_eq!(Version::parse(text).map(|version| version.to_string()), Err(message.to_owned()), "{text}");
        }
        let long = format!("1.0.0-{}", "a".repeat(LONGEST - 6));
        assert!(Version::parse(&long).is_ok());
        assert_eq!(Version::parse(&(long + "a")).unwrap_err(), "version string is too long (max 256 bytes)");
    }

    #[test]
    fn strictly_nothing_may_be_left_out() {
        for right in ["1.2.3", "0.0.0-0", "1.2.3-a.1+01"] {
            assert_eq!(Version::parse_strict(right).unwrap().to_string(), right);
        }
        let wrong = [
            ("", "version string empty"),
            ("1.2", INVALID),
            ("v1.2.3", "invalid characters in version"),
            ("1.02.3", ZERO_FIRST),
            ("1.2.3-a..b", "invalid prerelease string"),
            ("1.2.3-01", ZERO_FIRST),
            ("1.2.3+", "invalid metadata string"),
        ];
        for (text, message) in wrong {
            assert_eq!(
                Version::parse_strict(text).map(|version| version.to_string()),
                Err(message.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn versions_have_an_order() {
        let ascending = [
            "0.0.0-0",
            "0.0.1",
            "1.0.0-1",
            "1.0.0-2",
            "1.0.0-10",
            "1.0.0-10.0",
            "1.0.0--",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0",
            "1.0.1",
            "1.2.0",
            "10.0.0",
        ];
        for pair in ascending.windows(2) {
            assert!(version(pair[0]) < version(pair[1]), "{pair:?}");
        }
        assert_eq!(version("v1.2+a"), version("1.2.0+b"));
    }

    #[test]
    fn versions_are_counted_on() {
        let next = version("v1.2.3-rc.1+b");
        let spelled = |version: Version| version.original().to_owned();
        assert_eq!(spelled(next.next_patch()), "v1.2.3");
        assert_eq!(spelled(next.next_patch().next_patch()), "v1.2.4");
        assert_eq!(spelled(next.next_minor()), "v1.3.0");
        assert_eq!(spelled(next.next_major()), "v2.0.0");
        assert_eq!(next.with_prerelease("a").map(spelled), Ok("v1.2.3-a+b".to_owned()));
        assert_eq!(next.with_prerelease("a..").map(spelled), Err("invalid prerelease string".to_owned()));
        assert_eq!(next.with_metadata("").map(spelled), Ok("v1.2.3-rc.1".to_owned()));
        assert_eq!(next.with_metadata("_").map(spelled), Err("invalid metadata string".to_owned()));
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_the_same(text in "v?[0-9]{1,3}(\\.[0-9]{1,3}){0,2}(-[a-z][0-9a-z-]{0,3}(\\.[1-9])?)?(\\+[0-9a-z]{1,3})?") {
            let once = version(&text);
            prop_assert_eq!(&version(&once.to_string()), &once);
            prop_assert_eq!(version(&once.to_string()).to_string(), once.to_string());
            prop_assert!(Version::parse_strict(&once.to_string()).is_ok());
        }

        #[test]
        fn what_is_strict_is_loose_too(text in "[0-9.av+-]{0,12}") {
            if let Ok(strict) = Version::parse_strict(&text) {
                prop_assert_eq!(version(&text).to_string(), strict.to_string());
            }
        }

        #[test]
        fn the_order_is_one(texts in proptest::array::uniform3("[01]\\.[01](-[0a]{1,2}(\\.[0-1a])?)?")) {
            let [Ok(one), Ok(two), Ok(three)] = texts.map(|text| Version::parse(&text)) else { return Ok(()) };
            prop_assert_eq!(one.cmp(&two), two.cmp(&one).reverse());
            if one <= two && two <= three {
                prop_assert!(one <= three);
            }
        }

        #[test]
        fn no_text_panics(text in "[-v0-9.+a]{0,20}|.*") {
            let _ = Version::parse(&text);
            let _ = Version::parse_strict(&text);
        }
    }
}
