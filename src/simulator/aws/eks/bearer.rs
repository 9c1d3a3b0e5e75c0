//! Bearer tokens of EKS: a presigned request to STS. Whoever can sign for a cluster is who STS would say.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::control_plane;
use crate::clock::{Timestamp, rfc3339};
use crate::simulator::World;
use crate::simulator::aws::account_of;
use crate::simulator::kubernetes::TOKEN;
use crate::simulator::kubernetes::clouds::{Caller, ControlPlane};

const EKS_TOKEN: &str = "k8s-aws-v1.";
/// STS takes a presigned request for so long after it was signed.
const VALID: Duration = Duration::from_secs(15 * 60);
const CLUSTER_HEADER: &str = "x-k8s-aws-id";
/// What is signed when there is no body.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Whose token it is, if it is good for this cluster.
pub(in crate::simulator) fn identify(
    world: &World,
    plane: &ControlPlane,
    token: &str,
    on_socket: bool,
) -> Option<Caller> {
    let presigned = token.strip_prefix(EKS_TOKEN).and_then(Presigned::read)?;
    if !presigned.is_timely(world.now(), on_socket) || !presigned.is_signed_for(&plane.id.name) {
        return None;
    }
    let account = account_of(&presigned.access_key);
    let administers = control_plane::administers(world, &plane.id, account);
    let name = format!("arn:aws:iam::{account}:user/{}", presigned.access_key);
    (account == plane.id.account).then_some(Caller { name, administers })
}

/// A request to STS that anyone can send who has it.
struct Presigned {
    host: String,
    query: Vec<(String, String)>,
    access_key: String,
    scope: String,
}

impl Presigned {
    fn read(encoded: &str) -> Option<Self> {
        let url = URL_SAFE_NO_PAD.decode(encoded.trim_end_matches('=')).ok()?;
        let url: http::Uri = String::from_utf8(url).ok()?.parse().ok()?;
        let query: Vec<(String, String)> = form_urlencoded::parse(url.query()?.as_bytes()).into_owned().collect();
        let value = |name: &str| query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
        let (access_key, scope) = value("X-Amz-Credential")?.split_once('/')?;
        let signs_cluster = value("X-Amz-SignedHeaders")?.split(';').any(|header| header == CLUSTER_HEADER);
        let is_for_sts = value("Action")? == "GetCallerIdentity" && scope.ends_with("/sts/aws4_request");
        if !signs_cluster || !is_for_sts || url.path() != "/" {
            return None;
        }
        let (access_key, scope, host) = (access_key.to_owned(), scope.to_owned(), url.authority()?.to_string());
        Some(Self { host, access_key, scope, query })
    }

    fn value(&self, name: &str) -> &str {
        self.query.iter().find(|(given, _)| given == name).map_or("", |(_, value)| value)
    }

    /// The programs that call a socket go by the real time, which a simulation leaves behind.
    fn is_timely(&self, now: Timestamp, may_be_old: bool) -> bool {
        let signed = self.value("X-Amz-Date");
        let compact = |time: Timestamp| rfc3339(time).replace(['-', ':'], "");
        let (earliest, latest) = (compact(now.saturating_sub(VALID)), compact(now + VALID));
        let has_form = signed.len() == latest.len() && signed.ends_with('Z');
        has_form && signed <= latest.as_str() && (may_be_old || signed >= earliest.as_str())
    }

    /// The cluster's name is nowhere but in what was signed.
    fn is_signed_for(&self, cluster: &str) -> bool {
        // The credentials that a simulation gives, and those whose two halves are the same.
        [TOKEN, &self.access_key].iter().any(|secret| self.signature(cluster, secret) == self.value("X-Amz-Signature"))
    }

    fn signature(&self, cluster: &str, secret: &str) -> String {
        let mut query: Vec<_> = self.query.iter().filter(|(name, _)| name != "X-Amz-Signature").collect();
        query.sort();
        let query: Vec<_> = query.iter().map(|(name, value)| format!("{}={}", percent(name), percent(value))).collect();
        let signed = self.value("X-Amz-SignedHeaders");
        let header = |name: &str| match name {
            "host" => format!("host:{}\n", self.host),
            CLUSTER_HEADER => format!("{CLUSTER_HEADER}:{cluster}\n"),
            other => format!("{other}:\n"),
        };
        let headers: String = signed.split(';').map(header).collect();
        let request = format!("GET\n/\n{}\n{headers}\n{signed}\n{EMPTY}", query.join("&"));
        let text = format!(
            "AWS4-HMAC-SHA256\n{}\n{}\n{}",
            self.value("X-Amz-Date"),
            self.scope,
            hex(&Sha256::digest(request.as_bytes()))
        );
        let key = format!("AWS4{secret}").into_bytes();
        let key = self.scope.split('/').fold(key, |key, part| keyed(&key, part.as_bytes()));
        hex(&keyed(&key, text.as_bytes()))
    }
}

fn keyed(key: &[u8], text: &[u8]) -> Vec<u8> {
    // A key of any length will do.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// As signatures want it: everything but what needs no escape.
fn percent(text: &str) -> String {
    let escaped = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escaped).collect()
}

#[cfg(test)]
pub(in crate::simulator) mod tests {
    use super::*;

    /// Made by the aws command with the credentials of a simulation, for the cluster `main`.
    pub(in crate::simulator) const TOKEN: &str = "k8s-aws-\
v1.aHR0cHM6Ly9zdHMudXMtZWFzdC0xLmFtYXpvbmF3cy5jb20vP0FjdGlvbj1HZXRDYWxsZXJJZGVudGl0eSZWZXJzaW9uPTIwM\
TEtMDYtMTUmWC1BbXotQWxnb3JpdGhtPUFXUzQtSE1BQy1TSEEyNTYmWC1BbXotQ3JlZGVudGlhbD1zaW11bGF0ZWQlMkYyMDI2M\
TEyMiUyRnVzLWVhc3QtMSUyRnN0cyUyRmF3czRfcmVxdWVzdCZYLUFtei1EYXRlPTIwMjYxMTIyVDA1MzEzNFomWC1BbXotRXhwa\
XJlcz02MCZYLUFtei1TaWduZWRIZWFkZXJzPWhvc3QlM0J4LWs4cy1hd3MtaWQmWC1BbXotU2lnbmF0dXJlPTM2OTlhZDk2YjcyO\
TEzMDk2NjY1NTRmYWJjZTVjMDM1NGVkOGZkZTk2MWIyNzVjODczNTExNDhjN2EzMWY3MTE";
    pub(in crate::simulator) const SIGNED_AT: Duration = Duration::from_secs(1795325494);

    fn presigned() -> Presigned {
        Presigned::read(TOKEN.strip_prefix(EKS_TOKEN).unwrap()).unwrap()
    }

    #[test]
    fn a_token_is_for_one_cluster_and_a_quarter_of_an_hour() {
        let token = presigned();
        assert!(token.is_signed_for("main"));
        assert!(!token.is_signed_for("other"));
        assert!(token.is_timely(SIGNED_AT, false) && token.is_timely(SIGNED_AT + VALID, false));
        assert!(!token.is_timely(SIGNED_AT + VALID + Duration::from_secs(1), false));
        assert!(!token.is_timely(SIGNED_AT - VALID - Duration::from_secs(1), false));
        // Whoever calls a socket goes by the real time.
        assert!(token.is_timely(SIGNED_AT + VALID * 100, true));
    }

    #[test]
    fn what_is_no_token_of_the_right_form_is_none() {
        let url = |query: &str| URL_SAFE_NO_PAD.encode(format!("https://sts.us-east-1.amazonaws.com/?{query}"));
        let scope = "X-Amz-Credential=a%2F20261122%2Fus-east-1%2Fsts%2Faws4_request";
        let sound = format!("Action=GetCallerIdentity&{scope}&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id");
        assert!(Presigned::read(&url(&sound)).is_some());
        let other = [
            sound.replace("GetCallerIdentity", "AssumeRole"),
            sound.replace("%3Bx-k8s-aws-id", ""),
            sound.replace("sts%2F", "eks%2F"),
            sound.replace("X-Amz-Credential", "Credential"),
        ];
        other.iter().for_each(|query| assert!(Presigned::read(&url(query)).is_none(), "{query}"));
        assert!(Presigned::read("%%%").is_none());
    }
}
