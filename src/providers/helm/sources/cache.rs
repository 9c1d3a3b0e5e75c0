//! Archives that were fetched, on this machine, by what they are known by: `charts/sha256-….tgz`. Beside them, which
//! version of which chart is which archive, so that what is here is found without a network.
//!
//! Several processes may use it at once: files are complete before they have their names.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use crate::providers::helm::chart::digest;

/// A folder, or nothing where there is none to be had.
#[derive(Clone, Debug, Default)]
pub(super) struct Cache(Option<PathBuf>);

/// A version that is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) version: String,
    /// Of the archive.
    pub(super) digest: String,
}

impl Cache {
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self(folder.map(|folder| folder.join("charts")))
    }

    /// An archive. One that has become another is thrown away.
    pub(super) fn archive(&self, wanted: &str) -> Option<Vec<u8>> {
        let path = self.archive_path(wanted)?;
        let bytes = fs::read(&path).ok()?;
        if digest(&bytes) == wanted {
            return Some(bytes);
        }
        tracing::warn!(path = %path.display(), "a chart in the cache was damaged and is fetched again");
        let _ = fs::remove_file(path);
        None
    }

    /// Keeps an archive as a version of a chart. Without room for it, it is fetched again next time.
    pub(super) fn keep(&self, source: &str, name: &str, wish: &str, version: &str, bytes: &[u8]) {
        let digest = digest(bytes);
        let known = json!({"source": source, "name": name, "version": version, "digest": digest});
        let written = self.archive_path(&digest).map_or(Ok(()), |path| write(&path, bytes)).and_then(|()| {
            let mut wishes = vec![version, wish];
            wishes.dedup();
            let paths = wishes.into_iter().filter_map(|wish| self.version_path(source, name, wish));
            paths.into_iter().try_for_each(|path| write(&path, known.to_string().as_bytes()))
        });
        if let Err(error) = written {
            tracing::warn!(%error, "a chart could not be kept in the cache");
        }
    }

    /// What a version is, if it is here.
    pub(super) fn known(&self, source: &str, name: &str, version: &str) -> Option<Known> {
        let found = read(&self.version_path(source, name, version)?)?;
        (found.0 == source && found.1 == name).then_some(found.2)
    }

    /// All versions that are here.
    pub(super) fn all_known(&self, source: &str, name: &str) -> Vec<Known> {
        let folder = self.0.as_ref().map(|folder| folder.join("versions").join(key(&[source, name])));
        let entries = folder.and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten();
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| is_version(path));
        let known = paths.filter_map(|path| read(&path)).filter(|found| found.0 == source && found.1 == name);
        known.map(|found| found.2).collect()
    }

    fn archive_path(&self, digest: &str) -> Option<PathBuf> {
        let digits = digest.strip_prefix("sha256:")?;
        let is_digest = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_digest.then_some(self.0.as_ref()?.join(format!("sha256-{digits}.tgz")))
    }

    fn version_path(&self, source: &str, name: &str, version: &str) -> Option<PathBuf> {
        let folder = self.0.as_ref()?.join("versions").join(key(&[source, name]));
        Some(folder.join(format!("{}.json", key(&[version]))))
    }
}

fn is_version(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "json")
}

/// A name of a file for any text.
fn key(parts: &[&str]) -> String {
    digest(parts.join("\n").as_bytes()).trim_start_matches("sha256:").chars().take(32).collect()
}

fn read(path: &Path) -> Option<(String, String, Known)> {
    let json: Json = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    let text = |key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
    Some((text("source")?, text("name")?, Known { version: text("version")?, digest: text("digest")? }))
}

/// Writes beside the name first, so that no one reads half of it.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let partial = folder.join(format!(".{}.part", uuid::Uuid::new_v4()));
    let mut file = fs::File::options().write(true).create_new(true).open(&partial)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&partial, path));
    if written.is_err() {
        let _ = fs::remove_file(&partial);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache() -> (tempfile::TempDir, Cache) {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(Some(folder.path().to_owned()));
        (folder, cache)
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
    }

    #[test]
    fn what_is_kept_is_found_by_its_digest_and_its_version() {
        let (folder, cache) = cache();
        assert_eq!(cache.known("https://a", "keda", "2.0.0"), None);
        cache.keep("https://a", "keda", "v2", "2.0.0", b"chart");
        let known = Known { version: "2.0.0".to_owned(), digest: digest(b"chart") };
        assert_eq!(cache.known("https://a", "keda", "2.0.0"), Some(known.clone()));
        assert_eq!(cache.known("https://a", "keda", "v2"), Some(known.clone()));
        assert_eq!(cache.known("https://b", "keda", "2.0.0"), None);
        assert_eq!(cache.all_known("https://a", "keda"), [known.clone(), known.clone()]);
        assert_eq!(cache.archive(&known.digest).as_deref(), Some(&b"chart"[..]));
        let name = format!("charts/sha256-{}.tgz", known.digest.trim_start_matches("sha256:"));
        assert!(folder.path().join(name).exists());
        assert!(files(folder.path()).iter().all(|path| path.extension().is_some_and(|ending| ending != "part")));
    }

    #[test]
    fn a_damaged_archive_is_thrown_away() {
        let (_folder, cache) = cache();
        cache.keep("s", "n", "1", "1", b"chart");
        let path = cache.archive_path(&digest(b"chart")).unwrap();
        fs::File::create(&path).unwrap().write_all(b"chars").unwrap();
        assert_eq!(cache.archive(&digest(b"chart")), None);
        assert!(!path.exists());
        cache.keep("s", "n", "1", "1", b"chart");
        assert!(cache.archive(&digest(b"chart")).is_some());
    }

    #[test]
    fn damaged_notes_are_passed_over() {
        let (_folder, cache) = cache();
        cache.keep("s", "n", "1", "1", b"chart");
        fs::File::create(cache.version_path("s", "n", "1").unwrap()).unwrap().write_all(b"{\"source\": ").unwrap();
        assert_eq!(cache.known("s", "n", "1"), None);
        assert_eq!(cache.all_known("s", "n"), []);
    }

    #[test]
    fn without_a_folder_or_room_nothing_is_kept_and_nothing_fails() {
        let cache = Cache::new(None);
        cache.keep("s", "n", "1", "1", b"chart");
        assert_eq!((cache.known("s", "n", "1"), cache.archive(&digest(b"chart"))), (None, None));
        let folder = tempfile::NamedTempFile::new().unwrap();
        Cache::new(Some(folder.path().to_owned())).keep("s", "n", "1", "1", b"chart");
    }

    #[test]
    fn many_at_once_read_and_write_whole_files() {
        let (_folder, cache) = cache();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        cache.keep("s", "n", "1", "1", &[7; 100_000]);
                        assert!(cache.archive(&digest(&[7; 100_000])).is_some());
                        assert!(cache.known("s", "n", "1").is_some());
                    }
                });
            }
        });
    }

    #[test]
    fn a_digest_that_is_none_is_no_path() {
        let (_folder, cache) = cache();
        assert_eq!(cache.archive("sha256:../../etc/passwd"), None);
        assert_eq!(cache.archive_path("sha256:../x"), None);
    }
}
