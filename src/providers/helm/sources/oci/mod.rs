//! Charts in registries, as the distribution specification of OCI has them.

mod challenge;
mod manifest;

use serde_json::Value as Json;

use super::credentials::Credentials;
use super::error::{Reason, SourceError};
use super::fetch::{Answer, Get};
use super::patient::{Patient, shown};
use super::reference::{OciReference, is_exact, satisfies};
use crate::providers::helm::chart::{ARCHIVE_LIMIT, digest};
use crate::providers::helm::functions::semver::Version;
use challenge::Challenge;

/// Of everything but the chart: lists, manifests and tokens.
const LIMIT: u64 = 4 * 1024 * 1024;
/// Of tags; a page has up to a thousand.
const PAGES: usize = 100;

/// One repository of a registry, and who asks it.
pub(super) struct Registry<'a> {
    patient: Patient<'a>,
    credentials: &'a Credentials,
    reference: &'a OciReference,
    /// The header that the registry takes, once it has said which.
    authorization: tokio::sync::Mutex<Option<String>>,
}

impl<'a> Registry<'a> {
    pub(super) fn new(patient: Patient<'a>, credentials: &'a Credentials, reference: &'a OciReference) -> Self {
        Self { patient, credentials, reference, authorization: tokio::sync::Mutex::default() }
    }

    /// The version that is asked for, which an exact one is in itself. One that is `kept` is taken if it does and is
    /// still there.
    ///
    /// # Errors
    /// When there is none.
    pub(super) async fn choose(&self, kept: Option<&str>) -> Result<String, SourceError> {
        let wish = self.reference.version.as_deref();
        if let Some(version) = wish.filter(|wish| is_exact(wish)) {
            return Ok(version.to_owned());
        }
        let tags = self.tags().await?;
        let mut versions: Vec<Version> =
            tags.iter().filter_map(|tag| Version::parse_strict(&tag.replace('_', "+")).ok()).collect();
        versions.sort_by(|one, other| other.cmp(one));
        let texts = || versions.iter().map(Version::original);
        let kept = kept.filter(|kept| satisfies(kept, wish)).and_then(|kept| texts().find(|text| *text == kept));
        let found =
            texts().find(|text| Some(*text) == wish).or(kept).or_else(|| texts().find(|text| satisfies(text, wish)));
        found.map(str::to_owned).ok_or_else(|| {
            let wanted = wish.map_or("no stable version".to_owned(), |wish| format!("no version that is {wish}"));
            let there: Vec<&str> = texts().take(8).collect();
            let help = if there.is_empty() {
                "it has no versions".to_owned()
            } else {
                format!("there is {}", there.join(", "))
            };
            SourceError::new(Reason::Missing, format!("oci://{} has {wanted}", self.name()), help)
        })
    }

    /// The archive of a version, or of the digest that is pinned.
    ///
    /// # Errors
    /// When there is none, or another one than the digests say.
    pub(super) async fn archive(&self, version: Option<&str>) -> Result<Vec<u8>, SourceError> {
        let tag = version.map(|version| version.replace('+', "_"));
        let Some(wanted) = self.reference.digest.clone().or(tag) else {
            return Err(self.wrong("no version is asked for"));
        };
        let manifest = self.manifest(&wanted).await?;
        let layer = match manifest::parse(&manifest).map_err(|why| self.wrong(&why))? {
            manifest::Content::Chart(layer) => layer,
            manifest::Content::Index(inner) => self.inner_layer(&inner).await?,
        };
        let url = self.url(&format!("blobs/{}", layer.digest));
        let bytes = self.checked(&url, "*/*", ARCHIVE_LIMIT, Some(&layer.digest)).await?;
        if layer.size.is_some_and(|size| size != bytes.len() as u64) {
            return Err(self.wrong("the manifest has another size of the chart than the chart has"));
        }
        Ok(bytes)
    }

    /// The chart of the first manifest in an index that has one.
    async fn inner_layer(&self, inner: &[String]) -> Result<manifest::Layer, SourceError> {
        for digest in inner {
            let text = self.manifest(digest).await?;
            if let Ok(manifest::Content::Chart(layer)) = manifest::parse(&text) {
                return Ok(layer);
            }
        }
        Err(self.wrong("none of the manifests in its index is one of a chart"))
    }

    async fn manifest(&self, wanted: &str) -> Result<Vec<u8>, SourceError> {
        let expected = wanted.starts_with("sha256:").then_some(wanted);
        let url = self.url(&format!("manifests/{wanted}"));
        self.checked(&url, manifest::ACCEPTED, LIMIT, expected).await.map_err(|error| match error.reason {
            Reason::Missing => {
                let help = "see that the path and the version are right";
                SourceError::new(Reason::Missing, format!("oci://{} has no {wanted}", self.name()), help)
            }
            _ => error,
        })
    }

    async fn tags(&self) -> Result<Vec<String>, SourceError> {
        let mut tags = Vec::new();
        let mut url = self.url("tags/list?n=1000");
        for _ in 0..PAGES {
            let answer = self.get(&url, "application/json", LIMIT).await?;
            let listed: Json = serde_json::from_slice(&answer.body)
                .map_err(|error| self.wrong(&format!("its list of tags is no JSON: {error}")))?;
            let names = listed.get("tags").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
            tags.extend(names.map(str::to_owned));
            let Some(next) = answer.header("link").and_then(next_page) else { return Ok(tags) };
            url = self.page(&url, next)?;
        }
        Err(self.wrong("its list of tags does not end"))
    }

    /// The address of another page, which is in the same registry.
    fn page(&self, url: &str, next: &str) -> Result<String, SourceError> {
        let base = super::repository::parse(url)?;
        match base.join(next) {
            Ok(page) if super::credentials::is_same_origin(&base, &page) => Ok(page.into()),
            _ => Err(self.wrong("its list of tags goes on elsewhere")),
        }
    }

    /// A body with a digest that is as expected, and as the registry says it is.
    async fn checked(
        &self,
        url: &str,
        accept: &str,
        limit: u64,
        expected: Option<&str>,
    ) -> Result<Vec<u8>, SourceError> {
        let answer = self.get(url, accept, limit).await?;
        let found = digest(&answer.body);
        let said = answer.header("docker-content-digest").filter(|said| said.starts_with("sha256:"));
        for due in [expected, said].into_iter().flatten() {
            if found != due {
                let why = format!("what {} sends has the digest {found}, and {due} is due", shown(url));
                return Err(self.wrong(&why));
            }
        }
        Ok(answer.body)
    }

    async fn get(&self, url: &str, accept: &str, limit: u64) -> Result<Answer, SourceError> {
        let known = self.authorization.lock().await.clone();
        let mut answer = self.ask(url, accept, limit, known.as_deref()).await?;
        if answer.status == 401 {
            let authorization = self.authorize(&answer).await?;
            answer = self.ask(url, accept, limit, Some(&authorization)).await?;
            *self.authorization.lock().await = Some(authorization);
        }
        match answer.status {
            200 => Ok(answer),
            401 | 403 => Err(self.forbidden(&format!("status {}", answer.status))),
            status => Err(SourceError::status(&shown(url), status)),
        }
    }

    async fn ask(
        &self,
        url: &str,
        accept: &str,
        limit: u64,
        authorization: Option<&str>,
    ) -> Result<Answer, SourceError> {
        let mut headers = vec![("accept".to_owned(), accept.to_owned())];
        headers.extend(authorization.map(|value| ("authorization".to_owned(), value.to_owned())));
        self.patient.get(&Get { url: url.to_owned(), headers, limit }).await
    }

    /// What the registry asks for: a name and a password, or a token that another server gives for these, or for
    /// nothing.
    async fn authorize(&self, refusal: &Answer) -> Result<String, SourceError> {
        let basic = self.credentials.of_host(&self.reference.host);
        let said = refusal.headers.iter().filter(|(name, _)| name == "www-authenticate");
        let challenge = said.filter_map(|(_, value)| Challenge::parse(value)).next();
        let (realm, service, scope) = match (challenge, basic) {
            (Some(Challenge::Basic), Some(basic)) => return Ok(basic.header()),
            (Some(Challenge::Bearer { realm, service, scope }), _) => (realm, service, scope),
            (Some(Challenge::Basic), None) => return Err(self.forbidden("it asks for a name and a password")),
            (None, _) => return Err(self.forbidden("it does not say what it asks for")),
        };
        let mut url = super::repository::parse(&realm)?;
        let is_safe = url.scheme() == "https" || (url.scheme() == "http" && self.scheme() == "http");
        if !is_safe {
            return Err(self.wrong("it sends elsewhere for a token, and not over https"));
        }
        {
            let mut query = url.query_pairs_mut();
            if let Some(service) = service {
                query.append_pair("service", &service);
            }
            let reading = || format!("repository:{}:pull", self.reference.path);
            query.append_pair("scope", &scope.unwrap_or_else(reading));
        }
        let headers = basic.map(|basic| ("authorization".to_owned(), basic.header())).into_iter().collect();
        let answer = self.patient.get(&Get { url: url.into(), headers, limit: LIMIT }).await?;
        match answer.status {
            200 => {}
            400..=403 => return Err(self.forbidden(&format!("{} gives no token", shown(&realm)))),
            status => return Err(SourceError::status(&shown(&realm), status)),
        }
        let json: Json = serde_json::from_slice(&answer.body).unwrap_or_default();
        let token = ["token", "access_token"].into_iter().find_map(|key| json.get(key)?.as_str());
        let token = token.filter(|token| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()));
        token
            .map(|token| format!("Bearer {token}"))
            .ok_or_else(|| self.wrong(&format!("{} answers with no token", shown(&realm))))
    }

    fn url(&self, rest: &str) -> String {
        let host = match self.reference.host.as_str() {
            "docker.io" | "index.docker.io" => "registry-1.docker.io",
            host => host,
        };
        format!("{}://{host}/v2/{}/{rest}", self.scheme(), self.reference.path)
    }

    /// Registries on this machine have no certificates.
    fn scheme(&self) -> &'static str {
        let host = self.reference.host.as_str();
        let name = host.rsplit_once(':').filter(|_| !host.ends_with(']')).map_or(host, |(name, _)| name);
        let is_here = name == "localhost"
            || name.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        if is_here { "http" } else { "https" }
    }

    fn name(&self) -> String {
        format!("{}/{}", self.reference.host, self.reference.path)
    }

    fn forbidden(&self, why: &str) -> SourceError {
        let host = &self.reference.host;
        let help =
            format!("log in with `helm registry login {host}` or `docker login {host}`, or see that the path is right");
        SourceError::new(Reason::Forbidden, format!("oci://{} is not for everyone: {why}", self.name()), help)
    }

    fn wrong(&self, why: &str) -> SourceError {
        let help = "see that the address is that of a chart, as `helm pull` takes it";
        SourceError::new(Reason::Damaged, format!("oci://{}: {why}", self.name()), help)
    }
}

/// The address in `<…>; rel="next"`.
fn next_page(link: &str) -> Option<&str> {
    let next = link.split(',').find(|part| part.contains("rel=\"next\"") || part.contains("rel=next"))?;
    next.trim().strip_prefix('<')?.split_once('>').map(|(address, _)| address)
}

#[cfg(test)]
mod tests;
