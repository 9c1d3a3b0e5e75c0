//! A call to a cluster's API server: which cluster, and what is asked of it.

use super::clouds::{self, ControlPlane};
use super::server::{self, Asked};
use super::{Cluster, ClusterId};
use crate::simulator::World;
use crate::simulator::exchange::{Answer, Broken, Request, ServedAt};
use crate::simulator::fault::Twist;

/// Before the account, region and name of a cluster in the path of a request to a socket.
const CLUSTERS: &str = "/clusters/";

/// A request to an API server, read so far as to know what is asked of whom.
#[derive(Debug)]
pub(in crate::simulator) struct Call {
    to: Addressee,
    asked: Asked,
    text: String,
}

#[derive(Debug)]
enum Addressee {
    Host(String),
    /// On a socket, where every cluster has a path.
    Cluster(ClusterId),
}

/// Where a cluster's API server is for whoever called this host of a socket.
pub(in crate::simulator) fn served_at(host: &str, account: &str, region: &str, name: &str) -> String {
    format!("http://{host}{CLUSTERS}{account}/{region}/{name}")
}

impl Call {
    /// Nothing when the request is for someone else.
    pub(in crate::simulator) fn read(request: &Request) -> Option<Self> {
        let (to, path) = addressee(request)?;
        let text = format!("{} {}", request.uri(), String::from_utf8_lossy(request.body()));
        Some(Self { to, asked: Asked::read(request, &path), text })
    }

    /// Such as `kubernetes:patch deployments`.
    pub(in crate::simulator) fn operation(&self) -> String {
        format!("kubernetes:{}", self.asked.operation())
    }

    pub(in crate::simulator) fn text(&self) -> &str {
        &self.text
    }

    /// Does to the cluster what is asked for.
    ///
    /// # Errors
    /// When there is no API server where the request goes.
    pub(in crate::simulator) fn answer(&self, world: &mut World, twist: Option<Twist>) -> Result<Answer, Broken> {
        let plane = self.control_plane(world).ok_or(Broken::Refused)?;
        let caller = server::authenticate(world, &self.asked, &plane);
        let mut cluster = Cluster::new(world, &plane.id);
        Ok(server::answer(&mut cluster, &plane, &self.asked, caller, twist))
    }

    fn control_plane(&self, world: &World) -> Option<ControlPlane> {
        match &self.to {
            Addressee::Host(host) => clouds::of_host(world, host),
            Addressee::Cluster(id) => clouds::of_id(world, id),
        }
    }
}

/// The cluster, and the path as its API server has it.
fn addressee(request: &Request) -> Option<(Addressee, String)> {
    let path = request.uri().path();
    let host = request.uri().host().or_else(|| {
        let host = request.headers().get(http::header::HOST)?.to_str().ok()?;
        host.split(':').next()
    });
    if let Some(host) = host.filter(|host| clouds::is_host(host)) {
        return Some((Addressee::Host(host.to_owned()), path.to_owned()));
    }
    ServedAt::of(request)?;
    let mut parts = path.strip_prefix(CLUSTERS)?.splitn(4, '/');
    let (account, region, name) = (parts.next()?, parts.next()?, parts.next()?);
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    if !clouds::is_guid(account) && (!is_account || !is_region(region)) {
        return None;
    }
    let id = ClusterId { account: account.to_owned(), region: region.to_owned(), name: name.to_owned() };
    Some((Addressee::Cluster(id), format!("/{}", parts.next().unwrap_or_default())))
}

/// Such as `us-east-1`, and unlike any part of a path of EKS itself.
fn is_region(text: &str) -> bool {
    let last = text.rsplit('-').next().unwrap_or_default();
    text.matches('-').count() >= 2 && last.bytes().all(|byte| byte.is_ascii_digit()) && !last.is_empty()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn read(uri: &str, served: bool) -> Option<(String, String)> {
        let mut request = http::Request::get(uri).body(Bytes::new()).unwrap();
        if served {
            request.extensions_mut().insert(ServedAt("localhost:1".to_owned()));
        }
        let (to, path) = addressee(&request)?;
        let to = match to {
            Addressee::Host(host) => host,
            Addressee::Cluster(id) => format!("{}/{}/{}", id.account, id.region, id.name),
        };
        Some((to, path))
    }

    #[test]
    fn a_cluster_is_known_by_its_host_or_on_a_socket_by_its_path() {
        let found = |to: &str, path: &str| Some((to.to_owned(), path.to_owned()));
        let host = "AB.gr7.us-east-1.eks.amazonaws.com";
        assert_eq!(read(&format!("https://{host}/api/v1?x=y"), false), found(host, "/api/v1"));
        assert_eq!(read("https://eks.us-east-1.amazonaws.com/clusters/a", false), None);
        let path = "http://localhost:1/clusters/123456789012/us-east-1/main";
        assert_eq!(read(&format!("{path}/api/v1/pods"), true), found("123456789012/us-east-1/main", "/api/v1/pods"));
        assert_eq!(read(path, true), found("123456789012/us-east-1/main", "/"));
        assert_eq!(read(path, false), None);
        assert_eq!(read("http://localhost:1/clusters/123456789012/node-groups/main", true), None);
        assert_eq!(read("http://localhost:1/clusters/main/updates/1", true), None);
    }
}
