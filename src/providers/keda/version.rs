//! Which KEDA is meant, so that its own rules hold. Knows minor versions of 2; patches follow their minor.

use crate::value::Value;

/// The first and the last whose rules are known.
pub(super) const FIRST: u8 = 12;
pub(super) const LAST: u8 = 20;

/// The minor version: 14 is 2.14.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(pub(super) u8);

impl Version {
    /// Which rules hold where a stack does not say.
    pub(super) const DEFAULT: Version = Version(14);

    /// Not known before apply: what one version refuses, another may accept.
    const UNCLEAR: Version = Version(u8::MAX);

    pub(super) fn is_before(self, minor: u8) -> bool {
        self.0 < minor
    }

    pub(super) fn is_from(self, minor: u8) -> bool {
        self.0 >= minor && self != Self::UNCLEAR
    }

    /// Reads `2.14` or `2.14.1`, with or without a `v`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix('v').unwrap_or(text).split('.');
        let (major, minor) = (parts.next()?, parts.next()?);
        let minor: u8 = minor.parse().ok()?;
        let is_plain = parts.all(|part| part.parse::<u16>().is_ok());
        (major == "2" && is_plain && (FIRST..=LAST).contains(&minor)).then_some(Self(minor))
    }

    /// What a stack says; the problem when that is no version.
    pub(super) fn of(value: Option<&Value>) -> Result<Self, String> {
        match value {
            None | Some(Value::Null) => Ok(Self::DEFAULT),
            Some(Value::Unknown(_) | Value::Secret(_)) => Ok(Self::UNCLEAR),
            Some(Value::String(text)) => {
                Self::parse(text).ok_or_else(|| format!("the rules of KEDA {text} are not known"))
            }
            Some(other) => Err(format!("a version of KEDA is a string, not {other}: 2.20 as a number is 2.2")),
        }
    }
}

/// From which version to which something exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Life {
    pub(super) since: u8,
    pub(super) until: u8,
}

impl Life {
    pub(super) const ALWAYS: Life = Life { since: 0, until: u8::MAX };

    pub(super) const fn since(minor: u8) -> Self {
        Self { since: minor, until: u8::MAX }
    }

    pub(super) const fn until(minor: u8) -> Self {
        Self { since: 0, until: minor }
    }

    pub(super) fn has(self, version: Version) -> bool {
        version == Version::UNCLEAR || (self.since <= version.0 && version.0 <= self.until)
    }

    /// The code and the words for something that this version does not have.
    pub(super) fn problem(self, version: Version, what: &str) -> Option<(&'static str, String, String)> {
        let Version(minor) = version;
        if self.has(version) {
            return None;
        }
        if minor < self.since {
            let since = self.since;
            let message = format!("{what} is in KEDA 2.{since} and later, this is checked for 2.{minor}");
            let help = format!("leave it out, or run KEDA 2.{since} and say `keda_version: \"2.{since}\"`");
            return Some(("keda/needs-later-version", message, help));
        }
        let gone = self.until.saturating_add(1);
        let message = format!("{what} was removed in KEDA 2.{gone}, this is checked for 2.{minor}");
        Some(("keda/removed", message, "leave it out".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        let cases = [
            ("2.12", Some(12)),
            ("2.20", Some(20)),
            ("2.14.1", Some(14)),
            ("v2.16.0", Some(16)),
            ("2.11", None),
            ("2.21", None),
            ("3.1", None),
            ("2", None),
            ("2.14-rc", None),
            ("2.14.x", None),
        ];
        for (text, minor) in cases {
            assert_eq!(Version::parse(text), minor.map(Version), "{text}");
        }
        assert!(Version::of(Some(&Value::Float(2.2))).is_err());
        assert_eq!(Version::of(None), Ok(Version::DEFAULT));
    }

    #[test]
    fn what_comes_and_what_goes() {
        let code = |life: Life, minor| life.problem(Version(minor), "it").map(|(code, ..)| code);
        assert_eq!(code(Life::since(17), 16), Some("keda/needs-later-version"));
        assert_eq!(code(Life::since(17), 17), None);
        assert_eq!(code(Life::until(17), 17), None);
        assert_eq!(code(Life::until(17), 18), Some("keda/removed"));
    }

    #[test]
    fn a_version_that_is_not_known_yet_has_everything() {
        let unclear = Version::of(Some(&Value::Unknown(crate::value::Kind::String))).unwrap_or(Version(0));
        assert!(Life::until(14).has(unclear) && Life::since(20).has(unclear));
        assert!(!unclear.is_before(20) && !unclear.is_from(12));
        assert!(Version(14).is_before(15) && Version(14).is_from(14));
    }
}
