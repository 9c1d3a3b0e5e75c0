//! Repositories with an index.

use url::Url;

use super::credentials::Credentials;
use super::error::{Reason, SourceError};
use super::fetch::Get;
use super::index::{self, Entry, Index};
use super::patient::{Patient, shown};
use crate::providers::helm::chart::{ARCHIVE_LIMIT, digest};

/// A repository, and who asks it.
pub(super) struct Repository<'a> {
    pub(super) patient: Patient<'a>,
    pub(super) credentials: &'a Credentials,
    pub(super) url: Url,
}

/// Where an index leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    Web(Url),
    /// `oci://…`, with a tag.
    Registry(String),
}

impl<'a> Repository<'a> {
    /// # Errors
    /// When this is no address.
    pub(super) fn new(patient: Patient<'a>, credentials: &'a Credentials, url: &str) -> Result<Self, SourceError> {
        let url = parse(url)?;
        Ok(Self { patient, credentials, url })
    }

    /// # Errors
    /// When there is none, or it is none.
    pub(super) async fn index(&self) -> Result<Index, SourceError> {
        let url = self.resolve("index.yaml")?;
        let body = self.body(&url, index::LIMIT).await.map_err(|error| match error.reason {
            Reason::Missing => {
                let message = format!("{} is no chart repository: it has no index.yaml", shown(self.url.as_str()));
                SourceError::new(
                    Reason::Missing,
                    message,
                    "see that `repository` is the address that `helm repo add` takes",
                )
            }
            _ => error,
        })?;
        // Large ones take a while to read.
        let read = tokio::task::spawn_blocking(move || Index::parse(&body)).await;
        read.unwrap_or_else(|error| Err(error.to_string())).map_err(|why| {
            let message = format!("{} is no index of a chart repository: {why}", shown(url.as_str()));
            SourceError::new(
                Reason::Damaged,
                message,
                "see that `repository` is the address that `helm repo add` takes",
            )
        })
    }

    /// # Errors
    /// When the index does not say, or it leads from `https` to `http`.
    pub(super) fn place(&self, name: &str, entry: &Entry) -> Result<Place, SourceError> {
        let Some(reference) = &entry.url else {
            let message =
                format!("{} does not say where chart `{name}` {} is", shown(self.url.as_str()), entry.version);
            return Err(SourceError::new(Reason::Missing, message, "ask for another version"));
        };
        let url = self.resolve(reference)?;
        match url.scheme() {
            "oci" => Ok(Place::Registry(reference.clone())),
            "https" => Ok(Place::Web(url)),
            "http" if self.url.scheme() == "http" => Ok(Place::Web(url)),
            scheme => {
                let message = format!("{} leads to {}, over {scheme}", shown(self.url.as_str()), shown(url.as_str()));
                let help = "a repository that is asked over https does not send elsewhere; ask who runs it";
                Err(SourceError::new(Reason::Wrong, message, help))
            }
        }
    }

    /// An archive, which is the one that is meant if its digest is said.
    ///
    /// # Errors
    /// When there is none, or another one.
    pub(super) async fn archive(&self, url: &Url, expected: Option<&str>) -> Result<Vec<u8>, SourceError> {
        let bytes = self.body(url, ARCHIVE_LIMIT).await?;
        match expected {
            Some(expected) if digest(&bytes) != expected => {
                let message = format!(
                    "what {} sends is not what the index says: it has {}, and {expected} is due",
                    shown(url.as_str()),
                    digest(&bytes)
                );
                let help = "try again; if it stays so, someone has changed the archive: ask who runs the repository";
                Err(SourceError::new(Reason::Damaged, message, help))
            }
            _ => Ok(bytes),
        }
    }

    async fn body(&self, url: &Url, limit: u64) -> Result<Vec<u8>, SourceError> {
        let basic = self.credentials.of_repository(&self.url, url);
        let headers = basic.map(|basic| ("authorization".to_owned(), basic.header())).into_iter().collect();
        let mut url = url.clone();
        // They are in a header now, and an address gets into more logs. Neither fails for an address with a host.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        self.patient.body(&Get { url: url.into(), headers, limit }).await
    }

    fn resolve(&self, reference: &str) -> Result<Url, SourceError> {
        index::resolve(&self.url, reference).map_err(|why| {
            let message = format!("{} leads to `{reference}`, which is no address: {why}", shown(self.url.as_str()));
            SourceError::new(Reason::Damaged, message, "ask who runs the repository")
        })
    }
}

pub(super) fn parse(url: &str) -> Result<Url, SourceError> {
    Url::parse(url).map_err(|error| {
        let help = "write it as in `https://kedacore.github.io/charts`";
        SourceError::new(Reason::Wrong, format!("the address of the chart is none: {error}"), help)
    })
}
