//! Which chart a stack asks for: the words of a spec, taken apart.

use std::path::PathBuf;

use crate::provider::Finding;
use crate::providers::helm::functions::semver::{Constraint, Version};
use crate::value::Path;

/// Where a chart is, and which of its versions is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reference {
    /// In a repository with an index.
    Repository { url: String, name: String, version: Option<String> },
    /// In a registry.
    Oci(OciReference),
    /// At an address of its own.
    Archive { url: String, version: Option<String> },
    /// A folder or an archive on this machine; from the stack's folder on, if it is relative.
    Path { path: PathBuf, version: Option<String> },
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OciReference {
    /// With its port, if it has one.
    pub(crate) host: String,
    /// Such as `kedacore/charts/keda`.
    pub(crate) path: String,
    /// A version or which versions will do; nothing for the newest.
    pub(crate) version: Option<String>,
    /// `sha256:` and 64 digits, of the manifest.
    pub(crate) digest: Option<String>,
}

const OCI: &str = "oci://";

impl Reference {
    /// # Errors
    /// What is wrong with the words, each with its place in the spec.
    pub(crate) fn parse(chart: &str, repository: Option<&str>, version: Option<&str>) -> Result<Self, Vec<Finding>> {
        let version = version.map(str::trim).filter(|version| !version.is_empty());
        let mut findings: Vec<Finding> = version.and_then(check_version).into_iter().collect();
        let parsed = match repository {
            Some(repository) => in_repository(chart, repository, version),
            None => alone(chart, version),
        };
        match parsed {
            Ok(reference) if findings.is_empty() => Ok(reference),
            Ok(_) => Err(findings),
            Err(finding) => {
                findings.insert(0, finding);
                Err(findings)
            }
        }
    }
}

fn check_version(version: &str) -> Option<Finding> {
    let error = Constraint::parse(version).err()?;
    let message = format!("`{version}` is neither a version nor a range of versions: {error}");
    let help = "write a version as in `2.14.2`, or a range as in `~2.14` or `>=2.14 <3`";
    Some(Finding::new("helm/version", Path::field("version"), message).help(help))
}

fn wrong_chart(message: String, help: &str) -> Finding {
    Finding::new("helm/chart", Path::field("chart"), message).help(help)
}

fn wrong_repository(message: String, help: &str) -> Finding {
    Finding::new("helm/repository", Path::field("repository"), message).help(help)
}

fn in_repository(chart: &str, repository: &str, version: Option<&str>) -> Result<Reference, Finding> {
    if chart.contains("://") || is_path(chart) {
        let message = format!("`{chart}` says itself where the chart is, and so does `repository`");
        return Err(wrong_repository(message, "leave `repository` out, or name the chart alone"));
    }
    if chart.is_empty() || !chart.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter)) {
        let message = format!("`{chart}` is no name of a chart in a repository");
        return Err(wrong_chart(message, "a name has letters, digits, `-`, `_` and `.`, as in `keda`"));
    }
    let version = version.map(str::to_owned);
    if let Some(folder) = repository.strip_prefix(OCI) {
        if folder.contains(['@', '?', '#'])
            || folder.rsplit('/').next().is_some_and(|last| last.contains(':')) && folder.contains('/')
        {
            let message = format!("`{repository}` has more than a registry and a folder in it");
            return Err(wrong_repository(message, "write it as in `oci://ghcr.io/kedacore/charts`"));
        }
        let reference = format!("{}/{chart}", folder.trim_end_matches('/'));
        return oci(&reference, version.as_deref(), wrong_repository);
    }
    check_url(repository, "the address of a repository", wrong_repository)?;
    Ok(Reference::Repository { url: repository.to_owned(), name: chart.to_owned(), version })
}

fn alone(chart: &str, version: Option<&str>) -> Result<Reference, Finding> {
    if let Some(reference) = chart.strip_prefix(OCI) {
        return oci(reference, version, wrong_chart);
    }
    let version = version.map(str::to_owned);
    if chart.starts_with("https://") || chart.starts_with("http://") {
        check_url(chart, "the address of a chart", wrong_chart)?;
        return Ok(Reference::Archive { url: chart.to_owned(), version });
    }
    let local = chart.strip_prefix("file://").unwrap_or(chart);
    if !local.contains("://") && (is_path(local) || local.ends_with(".tgz")) {
        return Ok(Reference::Path { path: PathBuf::from(local), version });
    }
    if local.contains("://") {
        let message = format!("`{chart}` is not of a kind of address that charts are at");
        return Err(wrong_chart(message, "charts are at `https://`, `oci://`, or in a folder as in `./charts/mine`"));
    }
    let (message, help) = match chart.split_once('/') {
        Some((repository, name)) => (
            format!("`{chart}` uses `{repository}`, a name that helm on some machine may have for a repository"),
            format!("write `chart: {name}` and `repository: https://…`; `helm repo list` tells the address"),
        ),
        None => (
            format!("where the chart `{chart}` is, is not said"),
            "write `repository: https://…` beside it, or `./` in front of a folder".to_owned(),
        ),
    };
    Err(wrong_chart(message, &help))
}

fn is_path(chart: &str) -> bool {
    chart == "."
        || chart == ".."
        || chart.starts_with(['/', '~'])
        || chart.starts_with("./")
        || chart.starts_with("../")
}

fn check_url(url: &str, what: &str, wrong: fn(String, &str) -> Finding) -> Result<(), Finding> {
    let is_web = |url: &url::Url| matches!(url.scheme(), "https" | "http") && url.has_host();
    match url::Url::parse(url) {
        Ok(parsed) if is_web(&parsed) => Ok(()),
        // An address may have a password in it, which is not shown.
        _ if url.contains('@') => {
            Err(wrong(format!("this is not {what}"), "write it as in `https://example.com/charts`"))
        }
        _ => Err(wrong(format!("`{url}` is not {what}"), "write it as in `https://kedacore.github.io/charts`")),
    }
}

/// `host/path:tag@digest`.
fn oci(text: &str, version: Option<&str>, wrong: fn(String, &str) -> Finding) -> Result<Reference, Finding> {
    let refuse = |why: &str| {
        let help = "write it as in `oci://ghcr.io/kedacore/charts/keda`, with `version` beside it";
        Err(wrong(format!("`{OCI}{text}` {why}"), help))
    };
    let (name, digest) = text.split_once('@').map_or((text, None), |(name, digest)| (name, Some(digest)));
    if digest.is_some_and(|digest| !is_digest(digest)) {
        return refuse("has a digest that is not `sha256:` and 64 hexadecimal digits");
    }
    let Some((host, path)) = name.split_once('/') else {
        return refuse("has no path to a chart");
    };
    let (path, tag) = path.split_once(':').map_or((path, None), |(path, tag)| (path, Some(tag)));
    let is_host = |letter: char| letter.is_ascii_alphanumeric() || ".-:[]".contains(letter);
    if host.is_empty() || !host.chars().all(is_host) || url::Url::parse(&format!("https://{host}/")).is_err() {
        return refuse("has no host that could be one");
    }
    let is_part = |part: &str| {
        let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
        let allowed = |letter: char| is_plain(letter) || "._-".contains(letter);
        part.starts_with(is_plain) && part.ends_with(is_plain) && part.chars().all(allowed)
    };
    if !path.split('/').all(is_part) {
        return refuse("has a path that registries do not have: lower-case letters, digits, `.`, `_`, `-`");
    }
    let is_tag = |letter: char| letter.is_ascii_alphanumeric() || "._-+".contains(letter);
    if tag.is_some_and(|tag| tag.is_empty() || tag.len() > 128 || !tag.chars().all(is_tag)) {
        return refuse("has a tag that is none");
    }
    if let (Some(tag), Some(version)) = (tag, version)
        && tag.replace('_', "+") != version.replace('_', "+")
    {
        let message = format!("`version` is {version}, and the tag in `{OCI}{text}` is {tag}");
        return Err(Finding::new("helm/version", Path::field("version"), message).help("leave one of them out"));
    }
    let [host, path] = [host, path].map(str::to_owned);
    let version = version.or(tag).map(|version| version.replace('_', "+"));
    Ok(Reference::Oci(OciReference { host, path, version, digest: digest.map(str::to_owned) }))
}

fn is_digest(text: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.strip_prefix("sha256:").is_some_and(|digits| digits.len() == 64 && digits.bytes().all(is_hex))
}

/// Whether a wish is for one version, and not for whatever is in a range.
pub(super) fn is_exact(version: &str) -> bool {
    Version::parse(version).is_ok()
}

/// Whether a version does for a wish; without one, any stable version does.
pub(super) fn satisfies(version: &str, wish: Option<&str>) -> bool {
    if wish == Some(version) {
        return true;
    }
    match (Constraint::parse(wish.unwrap_or("*")), Version::parse(version)) {
        (Ok(constraint), Ok(version)) => constraint.check(&version),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SOME_DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn parse(chart: &str, repository: Option<&str>, version: Option<&str>) -> Reference {
        Reference::parse(chart, repository, version).unwrap()
    }

    fn fault(chart: &str, repository: Option<&str>, version: Option<&str>) -> String {
        let findings = Reference::parse(chart, repository, version).unwrap_err();
        let shown: Vec<_> = findings.iter().map(|found| format!("{}: {}", found.path, found.message)).collect();
        shown.join("\n")
    }

    fn oci(host: &str, path: &str, version: Option<&str>, digest: Option<&str>) -> Reference {
        let [version, digest] = [version, digest].map(|text| text.map(str::to_owned));
        Reference::Oci(OciReference { host: host.to_owned(), path: path.to_owned(), version, digest })
    }

    #[test]
    fn charts_are_in_repositories_registries_archives_and_folders() {
        let version = || Some("~2.14".to_owned());
        let url = || "https://kedacore.github.io/charts".to_owned();
        assert_eq!(
            parse("keda", Some("https://kedacore.github.io/charts"), Some("~2.14")),
            Reference::Repository { url: url(), name: "keda".to_owned(), version: version() }
        );
        assert_eq!(
            parse("https://a.example/keda-1.tgz", None, None),
            Reference::Archive { url: "https://a.example/keda-1.tgz".to_owned(), version: None }
        );
        for path in ["./charts/mine", "../mine", "/opt/mine", ".", "mine-1.0.0.tgz", "file:///opt/mine"] {
            let expected = PathBuf::from(path.trim_start_matches("file://"));
            assert_eq!(parse(path, None, None), Reference::Path { path: expected, version: None });
        }
    }

    #[test]
    fn registries_take_tags_digests_and_folders() {
        let keda = "kedacore/charts/keda";
        assert_eq!(parse("oci://ghcr.io/kedacore/charts/keda", None, None), oci("ghcr.io", keda, None, None));
        assert_eq!(
            parse("keda", Some("oci://ghcr.io/kedacore/charts/"), Some("2")),
            oci("ghcr.io", keda, Some("2"), None)
        );
        assert_eq!(parse("keda", Some("oci://localhost:5000"), None), oci("localhost:5000", "keda", None, None));
        assert_eq!(parse("oci://[::1]:5000/a:1.0.0_b", None, None), oci("[::1]:5000", "a", Some("1.0.0+b"), None));
        assert_eq!(parse("oci://h/a:1.0.0_b", None, Some("1.0.0+b")), oci("h", "a", Some("1.0.0+b"), None));
        let pinned = format!("oci://h/a:1.0.0@{SOME_DIGEST}");
        assert_eq!(parse(&pinned, None, None), oci("h", "a", Some("1.0.0"), Some(SOME_DIGEST)));
    }

    #[test]
    fn what_cannot_be_a_chart_says_why() {
        for (chart, repository, version, expected) in [
            ("kedacore/keda", None, None, "chart: `kedacore/keda` uses `kedacore`"),
            ("keda", None, None, "chart: where the chart `keda` is, is not said"),
            ("s3://bucket/keda", None, None, "chart: `s3://bucket/keda` is not of a kind"),
            ("./keda", Some("https://a.example"), None, "repository: `./keda` says itself"),
            ("a b", Some("https://a.example"), None, "chart: `a b` is no name"),
            ("keda", Some("a.example"), None, "repository: `a.example` is not the address"),
            ("keda", Some("ftp://a.example"), None, "repository: `ftp://a.example` is not the address"),
            ("keda", Some("https://"), None, "repository: `https://` is not the address"),
            ("keda", Some("oci://h/a:1"), None, "repository: `oci://h/a:1` has more than"),
            ("keda", Some("https://a.example"), Some("two"), "version: `two` is neither a version nor a range"),
            ("oci://ghcr.io", None, None, "chart: `oci://ghcr.io` has no path"),
            ("oci://ghcr.io/Keda", None, None, "chart: `oci://ghcr.io/Keda` has a path that"),
            ("oci:///keda", None, None, "chart: `oci:///keda` has no host"),
            ("oci://h/a@sha256:12", None, None, "has a digest that is not"),
            ("oci://h/a:1.0.0", None, Some("1.0.1"), "version: `version` is 1.0.1, and the tag"),
            ("oci://h/a:b c", None, None, "has a tag that is none"),
        ] {
            let fault = fault(chart, repository, version);
            assert!(fault.contains(expected), "{fault}");
        }
        assert!(!fault("keda", Some("ftp://me:secret@a.example"), None).contains("secret"));
    }

    #[test]
    fn versions_do_for_wishes() {
        assert!(satisfies("2.14.0", None) && !satisfies("2.14.0-rc1", None));
        assert!(satisfies("2.14.0-rc1", Some("2.14.0-rc1")) && satisfies("2.14.5", Some("~2.14")));
        assert!(!satisfies("2.15.0", Some("~2.14")) && !satisfies("two", None));
        assert!(is_exact("2.14") && !is_exact("~2.14"));
    }

    proptest! {
        #[test]
        fn any_words_get_an_answer(chart in ".{0,40}", repository in proptest::option::of(".{0,30}"), version in proptest::option::of(".{0,12}")) {
            let _ = Reference::parse(&chart, repository.as_deref(), version.as_deref());
        }

        #[test]
        fn any_reference_to_a_registry_gets_an_answer(rest in r"[a-zA-Z0-9:/@._+\[\]-]{0,40}") {
            if let Ok(Reference::Oci(parsed)) = Reference::parse(&format!("oci://{rest}"), None, None) {
                prop_assert!(!parsed.path.contains("..//") && !parsed.path.starts_with('/') && !parsed.host.is_empty());
                prop_assert!(parsed.path.split('/').all(|part| !part.is_empty() && part != ".."));
            }
        }
    }
}
