//! `index.yaml`: which versions of which charts a repository has, and where.

use serde_json::Value as Json;
use url::Url;

use super::error::{Reason, SourceError};
use super::reference::satisfies;
use crate::providers::helm::chart::{Metadata, gunzip};
use crate::providers::helm::functions::semver::Version;
use crate::providers::helm::yaml;

/// Of an index, unpacked or not. Those of large repositories have 20 MiB.
pub(super) const LIMIT: u64 = 128 * 1024 * 1024;

/// An index as it was read; entries are looked at when they are asked for.
#[derive(Debug)]
pub(super) struct Index(Json);

/// One version of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) version: String,
    /// Where the archive is, as it is written there.
    pub(super) url: Option<String>,
    /// Of the archive, `sha256:` and digits.
    pub(super) digest: Option<String>,
    is_removed: bool,
}

impl Index {
    /// Reads YAML or JSON, packed or not.
    ///
    /// # Errors
    /// When it is no index.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let unpacked;
        let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
            unpacked = gunzip(bytes, LIMIT).map_err(|error| format!("it cannot be unpacked: {error}"))?;
            &unpacked
        } else {
            bytes
        };
        if bytes.is_empty() {
            return Err("it is empty".to_owned());
        }
        let index: Json = match serde_json::from_slice(bytes) {
            Ok(index) => index,
            Err(_) => {
                let text = std::str::from_utf8(bytes).map_err(|error| format!("it is not UTF-8: {error}"))?;
                yaml::read(text).map_err(|error| error.message)?
            }
        };
        if !index.is_object() {
            return Err("it is no map".to_owned());
        }
        if index.get("apiVersion").and_then(Json::as_str).is_none_or(str::is_empty) {
            return Err("it has no `apiVersion`".to_owned());
        }
        Ok(Self(index))
    }

    /// The valid versions of a chart, newest first; `None` where there is no chart of that name.
    fn versions(&self, name: &str) -> Option<Vec<Entry>> {
        let listed = self.0.get("entries")?.get(name)?.as_array()?;
        let mut entries: Vec<(Version, Entry)> = listed.iter().filter_map(entry).collect();
        // Of two that differ in nothing that counts, the one that is listed first comes first.
        entries.sort_by(|(one, _), (other, _)| other.cmp(one));
        Some(entries.into_iter().map(|(_, entry)| entry).collect())
    }

    /// The version that is asked for: that very text, or else the newest that does; without a wish the newest stable
    /// one. One that is `kept` is taken before newer ones, if it does.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn choose(&self, name: &str, wish: Option<&str>, kept: Option<&str>) -> Result<Entry, SourceError> {
        let missing = |message: String, help: String| Err(SourceError::new(Reason::Missing, message, help));
        let Some(versions) = self.versions(name) else {
            let names = self.0.get("entries").and_then(Json::as_object);
            let names = names.into_iter().flatten().map(|(name, _)| name.as_str());
            let help = match crate::diagnostic::closest(name, names.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it has {}", some(names)),
            };
            return missing(format!("the repository has no chart `{name}`"), help);
        };
        let named = |wanted: &str| versions.iter().find(|entry| entry.version == wanted);
        let kept = kept.filter(|kept| satisfies(kept, wish)).and_then(named);
        let matching = || versions.iter().find(|entry| !entry.is_removed && satisfies(&entry.version, wish));
        if let Some(entry) = wish.and_then(named).or(kept).or_else(matching) {
            return Ok(entry.clone());
        }
        let help = format!("there is {}", some(versions.iter().map(|entry| entry.version.as_str())));
        match wish {
            Some(wish) => missing(format!("the repository has no version of chart `{name}` that is {wish}"), help),
            None => {
                let message = format!("the repository has no stable version of chart `{name}`");
                missing(message, format!("{help}; name one as `version`"))
            }
        }
    }
}

/// The first few of many.
fn some<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const SHOWN: usize = 8;
    let names: Vec<&str> = names.collect();
    match names.len() {
        0 => "none at all".to_owned(),
        count if count > SHOWN => format!("{} and {} more", names[..SHOWN].join(", "), count - SHOWN),
        _ => names.join(", "),
    }
}

/// An entry, unless it is one that Helm skips.
fn entry(listed: &Json) -> Option<(Version, Entry)> {
    let mut metadata = Metadata::default();
    metadata.read(listed).ok()?;
    if metadata.api_version().is_empty() {
        metadata.all.insert("apiVersion".to_owned(), Json::from("v1"));
    }
    // What others need of it does not matter here; some repositories leave parts of that out.
    metadata.all.remove("dependencies");
    metadata.validate().ok()?;
    let text = |json: Option<&Json>| json.and_then(Json::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let digest = text(listed.get("digest")).map(|digest| {
        let digits = digest.rsplit_once(':').map_or(digest.as_str(), |(_, digits)| digits);
        format!("sha256:{}", digits.to_ascii_lowercase())
    });
    let entry = Entry {
        version: metadata.version.clone(),
        url: text(listed.get("urls").and_then(|urls| urls.get(0))),
        digest,
        is_removed: listed.get("removed") == Some(&Json::Bool(true)),
    };
    Some((Version::parse(&metadata.version).ok()?, entry))
}

/// Where something is that a repository refers to: relative addresses are in its folder, and have its query.
///
/// # Errors
/// When it is no address.
pub(super) fn resolve(repository: &Url, reference: &str) -> Result<Url, String> {
    match Url::parse(reference) {
        Ok(url) => return Ok(url),
        Err(url::ParseError::RelativeUrlWithoutBase) => {}
        Err(error) => return Err(error.to_string()),
    }
    let mut base = repository.clone();
    let folder = format!("{}/", base.path().trim_end_matches('/'));
    base.set_path(&folder);
    let mut url = base.join(reference).map_err(|error| error.to_string())?;
    url.set_query(repository.query());
    Ok(url)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::providers::helm::chart::real_charts;

    const INDEX: &str = "
apiVersion: v1
entries:
  keda:
  - {name: keda, version: 2.13.0, urls: [keda-2.13.0.tgz], digest: ABC}
  - {name: keda, version: 2.15.0-rc1, urls: ['https://cdn.example/keda-2.15.0-rc1.tgz']}
  - {name: keda, version: 2.14.1, urls: [a], digest: 'sha256:def'}
  - {name: keda, version: 2.14.2, removed: true}
  - {name: keda, version: not a version}
  -
  - {version: 2.16.0}
  - {name: keda, version: [2]}
  - {name: keda, version: 2.12.0+b, apiVersion: v2, dependencies: [{name: a}, {name: a}]}
  beta:
  - {name: beta, version: 0.1.0-alpha}
";

    fn chosen(wish: Option<&str>, kept: Option<&str>) -> String {
        Index::parse(INDEX.as_bytes()).unwrap().choose("keda", wish, kept).unwrap().version
    }

    fn fault(name: &str, wish: Option<&str>) -> (String, String) {
        let error = Index::parse(INDEX.as_bytes()).unwrap().choose(name, wish, None).unwrap_err();
        (error.message, error.help)
    }

    #[test]
    fn the_newest_stable_version_is_chosen_unless_a_wish_says_otherwise() {
        assert_eq!(chosen(None, None), "2.14.1");
        assert_eq!(chosen(Some("2.13.0"), None), "2.13.0");
        assert_eq!(chosen(Some("v2.13"), None), "2.13.0");
        assert_eq!(chosen(Some(">0.0.0-0"), None), "2.15.0-rc1");
        assert_eq!(chosen(Some("<2.13"), None), "2.12.0+b");
        assert_eq!(chosen(Some("2.14.2"), None), "2.14.2");
    }

    #[test]
    fn a_version_that_still_does_is_kept() {
        assert_eq!(chosen(None, Some("2.13.0")), "2.13.0");
        assert_eq!(chosen(Some("2.x"), Some("2.13.0")), "2.13.0");
        assert_eq!(chosen(Some(">2.13.0"), Some("2.13.0")), "2.14.1");
        assert_eq!(chosen(None, Some("2.11.0")), "2.14.1");
        assert_eq!(chosen(Some("2.13.0"), Some("2.14.1")), "2.13.0");
    }

    #[test]
    fn what_is_not_there_is_said_with_what_is() {
        assert_eq!(fault("kedda", None), ("the repository has no chart `kedda`".into(), "did you mean `keda`?".into()));
        assert_eq!(fault("zzzzzzzz", None).1, "it has beta, keda");
        let (message, help) = fault("keda", Some("^3"));
        assert_eq!(message, "the repository has no version of chart `keda` that is ^3");
        assert_eq!(help, "there is 2.15.0-rc1, 2.14.2, 2.14.1, 2.13.0, 2.12.0+b");
        assert!(fault("beta", None).1.ends_with("0.1.0-alpha; name one as `version`"));
    }

    #[test]
    fn digests_have_one_form_and_addresses_are_as_written() {
        let entry = |version| Index::parse(INDEX.as_bytes()).unwrap().choose("keda", Some(version), None).unwrap();
        assert_eq!(entry("2.13.0").digest.as_deref(), Some("sha256:abc"));
        assert_eq!(entry("2.14.1").digest.as_deref(), Some("sha256:def"));
        assert_eq!((entry("2.14.2").digest, entry("2.14.2").url), (None, None));
    }

    #[test]
    fn an_index_may_be_json_or_packed() {
        let json = br#"{"apiVersion": "v1", "entries": {"a": [{"name": "a", "version": "1.0.0"}]}}"#;
        assert_eq!(Index::parse(json).unwrap().choose("a", None, None).unwrap().version, "1.0.0");
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, json).unwrap();
        assert!(Index::parse(&packed.finish().unwrap()).unwrap().choose("a", None, None).is_ok());
    }

    #[test]
    fn what_is_no_index_is_refused() {
        for (text, expected) in [
            ("", "it is empty"),
            ("entries: {}", "it has no `apiVersion`"),
            ("[]", "it is no map"),
            ("<!DOCTYPE html>", "it is no map"),
        ] {
            assert_eq!(Index::parse(text.as_bytes()).unwrap_err(), expected);
        }
        assert!(Index::parse(b"\x1f\x8bxx").unwrap_err().starts_with("it cannot be unpacked"));
        assert!(Index::parse(b"a: b: c").is_err());
    }

    #[test]
    fn addresses_are_relative_to_the_repository() {
        let at = |repository: &str, reference: &str| {
            resolve(&Url::parse(repository).unwrap(), reference).unwrap().to_string()
        };
        assert_eq!(at("https://a.example/charts", "index.yaml"), "https://a.example/charts/index.yaml");
        assert_eq!(at("https://a.example/charts/", "x/a.tgz"), "https://a.example/charts/x/a.tgz");
        assert_eq!(at("https://a.example/charts?key=1", "a.tgz"), "https://a.example/charts/a.tgz?key=1");
        assert_eq!(at("https://a.example/charts", "/a.tgz"), "https://a.example/a.tgz");
        assert_eq!(at("https://a.example", "https://b.example/a%20b.tgz"), "https://b.example/a%20b.tgz");
        assert_eq!(at("https://a.example", "oci://b.example/a:1"), "oci://b.example/a:1");
    }

    #[test]
    fn the_index_of_keda_is_read() {
        let Some(path) = real_charts::find("index.yaml") else { return };
        let index = Index::parse(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(index.choose("keda", None, None).unwrap().version, "2.20.2");
        let entry = index.choose("keda", Some("~2.14.0"), None).unwrap();
        let Some(archive) = real_charts::find("keda-2.14.2.tgz") else { return };
        let found = index.choose("keda", Some("2.14.2"), None).unwrap();
        assert_eq!(found.digest, Some(crate::providers::helm::chart::digest(&std::fs::read(archive).unwrap())));
        assert!(entry.version.starts_with("2.14."));
    }

    proptest! {
        #[test]
        fn any_bytes_get_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = Index::parse(&bytes);
        }

        #[test]
        fn any_entries_get_an_answer(entries in r#"[a-z0-9:\[\]{}, '"-]{0,60}"#) {
            if let Ok(index) = Index::parse(format!("apiVersion: v1\nentries: {{keda: {entries}}}").as_bytes()) {
                let _ = index.choose("keda", None, None);
            }
        }
    }
}
