//! Has the chart that a stack asks for: from memory, from the cache, from this machine or over the network.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::cache::{Cache, Known};
use super::credentials::{Basic, Credentials};
use super::error::{Reason, SourceError};
use super::fetch::Fetch;
use super::index::Index;
use super::oci::Registry;
use super::patient::{Patient, shown};
use super::reference::{OciReference, Reference, is_exact, satisfies};
use super::repository::{Place, Repository};
use crate::clock::Clock;
use crate::providers::helm::chart::{self, ARCHIVE_LIMIT, Chart, ChartError};
use crate::providers::helm::functions::semver::Version;

/// A chart, and which one it is.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) chart: Chart,
    /// Of the archive, or of all that is in the folder.
    pub(crate) digest: String,
    pub(crate) version: String,
    /// What its user may want to know.
    pub(crate) remarks: Vec<String>,
}

/// Who asks a repository or registry.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credential {
    pub(crate) url: String,
    pub(crate) username: String,
    pub(crate) password: String,
}

/// Fetches charts, and remembers them.
pub struct Charts {
    fetch: Arc<dyn Fetch>,
    cache: Cache,
    credentials: Credentials,
    /// By digest.
    loaded: Mutex<BTreeMap<String, Arc<Loaded>>>,
    /// By the address of their repository: several releases ask the same one. Held while one is fetched.
    indexes: tokio::sync::Mutex<BTreeMap<String, Arc<Index>>>,
}

/// What was asked for, where it is kept in the cache.
struct Wish<'a> {
    source: &'a str,
    name: &'a str,
    version: Option<&'a str>,
    installed: Option<&'a str>,
}

impl Charts {
    /// Over this network, with nothing kept beyond this run.
    pub fn new(fetch: Arc<dyn Fetch>) -> Self {
        let (cache, credentials) = Default::default();
        Self { fetch, cache, credentials, loaded: Mutex::default(), indexes: tokio::sync::Mutex::default() }
    }

    /// With archives kept below this folder.
    pub fn with_cache(self, folder: PathBuf) -> Self {
        Self { cache: Cache::new(Some(folder)), ..self }
    }

    /// With the credentials in a file such as `docker login` writes; what an earlier file says is kept.
    pub fn with_registry_config(mut self, text: impl AsRef<str>) -> Self {
        match Credentials::from_docker_config(text.as_ref()) {
            Ok(credentials) => self.credentials.join(credentials),
            Err(why) => tracing::warn!("a file with credentials for registries is passed over: {why}"),
        }
        self
    }

    /// Has a chart. Relative paths are from `folder` on; a version that is `installed` is kept while it is one that is
    /// asked for.
    ///
    /// # Errors
    /// When it cannot be had.
    pub(crate) async fn load(
        &self,
        reference: &Reference,
        folder: &Path,
        installed: Option<&str>,
        credentials: &[Credential],
        clock: &dyn Clock,
    ) -> Result<Arc<Loaded>, SourceError> {
        let mut known = self.credentials.clone();
        for Credential { url, username, password } in credentials {
            known.add(url, Basic::new(username, password), false);
        }
        let asking = Asking { charts: self, patient: Patient { fetch: &*self.fetch, clock }, credentials: &known };
        match reference {
            Reference::Path { path, version } => local(folder.join(path), version.as_deref()).await,
            Reference::Archive { url, version } => {
                let loaded = asking.load_from_address(url).await?;
                check_version(&loaded, version.as_deref(), &shown(url))?;
                Ok(loaded)
            }
            Reference::Repository { url, name, version } => {
                let source = shown(url);
                let wish = Wish { source: &source, name, version: version.as_deref(), installed };
                asking.load_from_repository(url, &wish).await
            }
            Reference::Oci(reference) => {
                let source = format!("oci://{}", reference.host);
                let version = reference.digest.as_deref().or(reference.version.as_deref());
                let wish = Wish { source: &source, name: &reference.path, version, installed };
                let loaded = asking.load_from_registry(reference, &wish).await?;
                if reference.digest.is_some() {
                    check_version(&loaded, reference.version.as_deref(), &format!("{source}/{}", reference.path))?;
                }
                Ok(loaded)
            }
        }
    }

    /// An archive that is here, by its digest.
    async fn here(&self, known: &Known) -> Option<Arc<Loaded>> {
        if let Some(loaded) = self.remembered(&known.digest) {
            return Some(loaded);
        }
        let bytes = self.cache.archive(&known.digest)?;
        self.unpack(bytes, "the cache").await.ok()
    }

    fn remembered(&self, digest: &str) -> Option<Arc<Loaded>> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).get(digest).cloned()
    }

    async fn unpack(&self, bytes: Vec<u8>, place: &str) -> Result<Arc<Loaded>, SourceError> {
        let loaded = Arc::new(read(place, move || chart::load_archive(&bytes)).await?);
        let mut all = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(all.entry(loaded.digest.clone()).or_insert(loaded)))
    }
}

/// One question.
struct Asking<'a> {
    charts: &'a Charts,
    patient: Patient<'a>,
    credentials: &'a Credentials,
}

impl Asking<'_> {
    async fn load_from_repository(&self, url: &str, wish: &Wish<'_>) -> Result<Arc<Loaded>, SourceError> {
        if let Some(loaded) = self.without_asking(wish).await {
            return Ok(loaded);
        }
        let repository = Repository::new(self.patient, self.credentials, url)?;
        let index = match self.index(&repository).await {
            Ok(index) => index,
            Err(error) => return self.instead(wish, error).await,
        };
        let entry = index
            .choose(wish.name, wish.version, wish.installed)
            .map_err(|error| SourceError { message: format!("{}: {}", shown(url), error.message), ..error })?;
        if let Some(digest) = &entry.digest
            && let Some(loaded) =
                self.charts.here(&Known { version: entry.version.clone(), digest: digest.clone() }).await
        {
            return Ok(loaded);
        }
        let (bytes, place) = match repository.place(wish.name, &entry)? {
            Place::Web(url) => (repository.archive(&url, entry.digest.as_deref()).await?, shown(url.as_str())),
            Place::Registry(address) => (self.load_from_index(&address).await?, address),
        };
        self.keep(wish, &entry.version, bytes, &place).await
    }

    /// What an index has in a registry, which tells digests of its own.
    async fn load_from_index(&self, address: &str) -> Result<Vec<u8>, SourceError> {
        let reference = match Reference::parse(address, None, None) {
            Ok(Reference::Oci(reference)) => reference,
            _ => {
                let message = format!("the repository leads to `{address}`, which is no address in a registry");
                return Err(SourceError::new(Reason::Damaged, message, "ask who runs the repository"));
            }
        };
        let registry = Registry::new(self.patient, self.credentials, &reference);
        registry.archive(reference.version.as_deref()).await
    }

    async fn index(&self, repository: &Repository<'_>) -> Result<Arc<Index>, SourceError> {
        let mut indexes = self.charts.indexes.lock().await;
        if let Some(index) = indexes.get(repository.url.as_str()) {
            return Ok(Arc::clone(index));
        }
        let index = Arc::new(repository.index().await?);
        indexes.insert(repository.url.to_string(), Arc::clone(&index));
        Ok(index)
    }

    async fn load_from_registry(&self, reference: &OciReference, wish: &Wish<'_>) -> Result<Arc<Loaded>, SourceError> {
        if let Some(loaded) = self.without_asking(wish).await {
            return Ok(loaded);
        }
        let registry = Registry::new(self.patient, self.credentials, reference);
        let version = match &reference.digest {
            Some(_) => None,
            None => match registry.choose(wish.installed).await {
                Ok(version) => Some(version),
                Err(error) => return self.instead(wish, error).await,
            },
        };
        let bytes = registry.archive(version.as_deref()).await?;
        let place = format!("oci://{}/{}", reference.host, reference.path);
        let version = version.or_else(|| wish.version.map(str::to_owned)).unwrap_or_default();
        self.keep(wish, &version, bytes, &place).await
    }

    async fn load_from_address(&self, url: &str) -> Result<Arc<Loaded>, SourceError> {
        let repository = Repository::new(self.patient, self.credentials, url)?;
        let source = shown(url);
        let wish = Wish { source: &source, name: "", version: Some("only"), installed: None };
        let bytes = match repository.archive(&repository.url, None).await {
            Ok(bytes) => bytes,
            Err(error) => return self.instead(&wish, error).await,
        };
        self.keep(&wish, "only", bytes, &source).await
    }

    /// What is here already and would not be another if it were asked for.
    async fn without_asking(&self, wish: &Wish<'_>) -> Option<Arc<Loaded>> {
        let installed = wish.installed.filter(|installed| satisfies(installed, wish.version));
        let exact = wish.version.filter(|version| version.starts_with("sha256:") || is_exact(version));
        let known = self.charts.cache.known(wish.source, wish.name, exact.or(installed)?)?;
        self.charts.here(&known).await
    }

    /// The newest that is here, where no one answers.
    async fn instead(&self, wish: &Wish<'_>, error: SourceError) -> Result<Arc<Loaded>, SourceError> {
        if error.reason != Reason::Unreachable {
            return Err(error);
        }
        let mut known = self.charts.cache.all_known(wish.source, wish.name);
        known.retain(|known| wish.version == Some("only") || satisfies(&known.version, wish.version));
        known.sort_by_cached_key(|known| Version::parse(&known.version).ok());
        while let Some(known) = known.pop() {
            if let Some(loaded) = self.charts.here(&known).await {
                tracing::warn!(%error, version = loaded.version, "a chart is taken from the cache");
                return Ok(loaded);
            }
        }
        Err(error)
    }

    async fn keep(
        &self,
        wish: &Wish<'_>,
        version: &str,
        bytes: Vec<u8>,
        place: &str,
    ) -> Result<Arc<Loaded>, SourceError> {
        let loaded = self.charts.unpack(bytes.clone(), place).await?;
        let exact = wish.version.filter(|wish| wish.starts_with("sha256:") || is_exact(wish)).unwrap_or(version);
        self.charts.cache.keep(wish.source, wish.name, exact, version, &bytes);
        Ok(loaded)
    }
}

/// A chart on this machine, read each time: it may have changed.
async fn local(path: PathBuf, version: Option<&str>) -> Result<Arc<Loaded>, SourceError> {
    let place = path.display().to_string();
    let missing = {
        let message = format!("there is no chart at {place}");
        SourceError::new(Reason::Missing, message, "paths are from the folder of the stack on")
    };
    let found = std::fs::metadata(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => missing,
        _ => SourceError::new(Reason::Wrong, format!("{place} cannot be read: {error}"), "see that you may read it"),
    })?;
    let loaded = if found.is_dir() {
        read(&place, move || chart::load_folder(&path)).await?
    } else {
        read(&place, move || chart::load_archive(&archive(&path, found.len())?)).await?
    };
    check_version(&loaded, version, &place)?;
    Ok(Arc::new(loaded))
}

fn archive(path: &Path, size: u64) -> Result<Vec<u8>, ChartError> {
    if size > ARCHIVE_LIMIT {
        let message = format!("the archive has {size} bytes, and {ARCHIVE_LIMIT} (100 MiB) is the limit");
        return Err(ChartError::new("chart/too-large", message, "see that it is a chart"));
    }
    let unreadable =
        |error| ChartError::new("chart/unreadable", format!("it cannot be read: {error}"), "see that you may read it");
    std::fs::read(path).map_err(unreadable)
}

/// Unpacks off the threads that answer others.
async fn read(
    place: &str,
    load: impl FnOnce() -> Result<Chart, ChartError> + Send + 'static,
) -> Result<Loaded, SourceError> {
    let loaded = tokio::task::spawn_blocking(load).await;
    let chart = match loaded {
        Ok(chart) => chart.map_err(|error| SourceError::chart(place, &error))?,
        Err(error) => {
            let message = format!("{place}: the chart could not be read: {error}");
            return Err(SourceError::new(Reason::Chart, message, "try again"));
        }
    };
    let (digest, version) = (chart.digest().to_owned(), chart.metadata.version.clone());
    let remarks = chart.remarks();
    Ok(Loaded { chart, digest, version, remarks })
}

/// Sees that a chart that is at one place alone is of a version that will do.
fn check_version(loaded: &Loaded, wish: Option<&str>, place: &str) -> Result<(), SourceError> {
    if wish.is_none() || satisfies(&loaded.version, wish) {
        return Ok(());
    }
    let message = format!("the chart at {place} is version {}, not {}", loaded.version, wish.unwrap_or_default());
    Err(SourceError::new(Reason::Wrong, message, "correct `version`, or leave it out"))
}

#[cfg(test)]
#[path = "charts_tests.rs"]
mod tests;
