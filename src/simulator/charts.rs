//! The chart repository of the simulated network: a small stand-in of our own for KEDA's chart, under a few of KEDA's
//! version numbers. It is packed here from the files beside this one, and always into the same bytes.

use std::io::Write as _;
use std::sync::LazyLock;

use flate2::{Compression, GzBuilder};
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

/// Where KEDA publishes its charts; in the simulated network, what is served here.
pub const REPOSITORY: &str = "https://kedacore.github.io/charts/";

/// The path where a socket serves the same.
pub(super) const SERVED: &str = "/charts/";

/// Newest first, as in an index.
const VERSIONS: &[&str] = &["2.20.1", "2.19.0", "2.18.1", "2.17.2"];

/// What stands in the chart's own description of itself where its version belongs.
const PLACE_OF_VERSION: &str = "VERSION";

/// Every index is as old as this, so that it is always the same.
const CREATED: &str = "2026-01-01T00:00:00Z";

macro_rules! files {
    ($($name:literal),* $(,)?) => { &[$(($name, include_str!(concat!("charts/keda-stand-in/", $name)))),*] };
}

const FILES: &[(&str, &str)] = files![
    "Chart.yaml",
    "README.md",
    "values.yaml",
    "templates/NOTES.txt",
    "templates/_deployment.tpl",
    "templates/_labels.tpl",
    "templates/accounts.yaml",
    "templates/definitions.yaml",
    "templates/extra.yaml",
    "templates/metrics.yaml",
    "templates/operator.yaml",
    "templates/roles.yaml",
];

struct Packed {
    version: &'static str,
    archive: Vec<u8>,
}

static PACKED: LazyLock<Vec<Packed>> = LazyLock::new(|| {
    // Writing to memory does not fail; an archive that did would be refused by whoever reads it.
    let pack = |version| Packed { version, archive: pack(version).unwrap_or_default() };
    VERSIONS.iter().map(|version| pack(version)).collect()
});

/// What a GET of this URL is answered with in the simulated network; `None` for what is not there.
pub fn get(url: &str) -> Option<Vec<u8>> {
    file(url.strip_prefix(REPOSITORY)?)
}

/// A file of the repository.
pub(super) fn file(name: &str) -> Option<Vec<u8>> {
    if name == "index.yaml" {
        return serde_yaml::to_string(&index()).ok().map(String::into_bytes);
    }
    let version = name.strip_prefix("keda-")?.strip_suffix(".tgz")?;
    PACKED.iter().find(|packed| packed.version == version).map(|packed| packed.archive.clone())
}

fn index() -> Json {
    let entry = |packed: &Packed| {
        let own = description(packed.version);
        let mut entry: Json = serde_yaml::from_str(&own).unwrap_or_default();
        entry["created"] = json!(CREATED);
        let digest = Sha256::digest(&packed.archive);
        entry["digest"] = json!(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        // Relative, so that the index is right wherever it is served.
        entry["urls"] = json!([format!("keda-{}.tgz", packed.version)]);
        entry
    };
    json!({
        "apiVersion": "v1",
        "generated": CREATED,
        "entries": {"keda": PACKED.iter().map(entry).collect::<Vec<_>>()},
    })
}

fn description(version: &str) -> String {
    let text = FILES.iter().find(|(name, _)| *name == "Chart.yaml").map_or("", |(_, text)| text);
    text.replace(PLACE_OF_VERSION, version)
}

fn pack(version: &str) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, text) in FILES {
        let text = if *name == "Chart.yaml" { description(version) } else { (*text).to_owned() };
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, format!("keda/{name}"), text.as_bytes())?;
    }
    let mut packed = GzBuilder::new().write(Vec::new(), Compression::best());
    packed.write_all(&archive.into_inner()?)?;
    packed.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn text(url: &str) -> String {
        String::from_utf8(get(url).unwrap()).unwrap()
    }

    #[test]
    fn the_index_tells_the_digest_of_every_archive() {
        let index: Json = serde_yaml::from_str(&text("https://kedacore.github.io/charts/index.yaml")).unwrap();
        let entries = index["entries"]["keda"].as_array().unwrap();
        assert_eq!(entries.len(), VERSIONS.len());
        for entry in entries {
            assert_eq!(entry["appVersion"], entry["version"]);
            assert!(entry["description"].as_str().unwrap().contains("stand-in"));
            let url = format!("{REPOSITORY}{}", entry["urls"][0].as_str().unwrap());
            let digest: String = Sha256::digest(get(&url).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(entry["digest"], json!(digest));
        }
    }

    #[test]
    fn an_archive_is_the_chart_with_its_version() {
        let bytes = get("https://kedacore.github.io/charts/keda-2.18.1.tgz").unwrap();
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes.as_slice()));
        let mut files = std::collections::BTreeMap::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            files.insert(entry.path().unwrap().display().to_string(), text);
        }
        assert!(files["keda/Chart.yaml"].contains("version: 2.18.1\nappVersion: 2.18.1\n"));
        assert_eq!(files.len(), FILES.len());
    }

    #[test]
    fn every_file_of_the_chart_is_packed() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/simulator/charts/keda-stand-in");
        let count = |folder: &std::path::Path| {
            std::fs::read_dir(folder).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_file()).count()
        };
        assert_eq!(count(&folder) + count(&folder.join("templates")), FILES.len());
    }

    #[test]
    fn the_same_chart_is_always_the_same_bytes() {
        assert_eq!(pack("2.18.1").unwrap(), pack("2.18.1").unwrap());
    }

    #[test]
    fn what_is_not_there_is_not_made_up() {
        for url in ["https://kedacore.github.io/charts/keda-9.9.9.tgz", "https://example.com/charts/index.yaml", ""] {
            assert_eq!(get(url), None, "{url}");
        }
    }
}
