//! The bearer token that EKS clusters take: a question to STS, signed and not asked.
//!
//! The cluster asks it, and so learns whose credentials these are. Pure: knows nothing of where credentials come from.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::clock::{Timestamp, rfc3339};

const PREFIX: &str = "k8s-aws-v1.";
/// How long, in seconds, the question may be asked; EKS itself takes the token for 15 minutes.
const EXPIRES: &str = "60";
const SIGNED_HEADERS: &str = "host;x-k8s-aws-id";

/// Where each partition's services are, by how its regions' names begin; all others are in `amazonaws.com`.
const SUFFIXES: &[(&str, &str)] = &[
    ("cn-", "amazonaws.com.cn"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("eusc-", "amazonaws.eu"),
];

/// What requests to AWS are signed with. Has no printable form.
#[derive(Clone, Copy)]
pub struct SigningKeys<'a> {
    pub access_key_id: &'a str,
    pub secret_access_key: &'a str,
    pub session_token: Option<&'a str>,
}

/// The token of these keys for the cluster of this name, good from this time on.
pub fn eks_token(keys: SigningKeys<'_>, region: &str, cluster: &str, time: Timestamp) -> String {
    format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(presigned(keys, region, cluster, time)))
}

fn presigned(keys: SigningKeys<'_>, region: &str, cluster: &str, time: Timestamp) -> String {
    let time: String = rfc3339(time).chars().filter(|c| !"-:".contains(*c)).collect();
    let (host, scope) = (host(region), format!("{}/{region}/sts/aws4_request", &time[..8]));
    let credential = format!("{}/{scope}", keys.access_key_id);
    let mut parameters = vec![
        ("Action", "GetCallerIdentity"),
        ("Version", "2011-06-15"),
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Credential", &credential),
        ("X-Amz-Date", &time),
        ("X-Amz-Expires", EXPIRES),
        ("X-Amz-SignedHeaders", SIGNED_HEADERS),
    ];
    parameters.extend(keys.session_token.map(|token| ("X-Amz-Security-Token", token)));
    let query = encode(&parameters);
    parameters.sort_unstable();
    // Header values are signed without the spaces that a proxy might take away.
    let cluster = cluster.split_whitespace().collect::<Vec<_>>().join(" ");
    let headers = format!("host:{host}\nx-k8s-aws-id:{cluster}\n");
    let request = format!("GET\n/\n{}\n{headers}\n{SIGNED_HEADERS}\n{}", encode(&parameters), digest(""));
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", digest(&request));
    let key = format!("AWS4{}", keys.secret_access_key).into_bytes();
    let key = scope.split('/').fold(key, |key, part| hmac(&key, part));
    format!("https://{host}/?{query}&X-Amz-Signature={}", hex(&hmac(&key, &text)))
}

fn host(region: &str) -> String {
    let suffix = SUFFIXES.iter().find(|(start, _)| region.starts_with(start)).map_or("amazonaws.com", |(_, end)| end);
    format!("sts.{region}.{suffix}")
}

fn encode(parameters: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    pairs.join("&")
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
        escaped
    })
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text))
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes any key"));
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const TIME: Timestamp = Duration::from_secs(1_765_432_109);
    const KEYS: SigningKeys<'_> = SigningKeys {
        access_key_id: "AKIDEXAMPLE",
        secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        session_token: None,
    };

    #[test]
    fn a_question_is_signed_as_the_aws_command_line_signs_it() {
        let expected = "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15\
             &X-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Credential=AKIDEXAMPLE%2F20251211%2Fus-east-1%2Fsts%2Faws4_request\
             &X-Amz-Date=20251211T054829Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id\
             &X-Amz-Signature=3778277c1623578c5d91b16066cfae8eaffbe8e0f668665294da48692c8cf643";
        assert_eq!(presigned(KEYS, "us-east-1", "demo", TIME), expected);
        let keys = SigningKeys { session_token: Some("a/b+c=="), ..KEYS };
        let signed = presigned(keys, "cn-north-1", "a  b/ü", TIME);
        let end = "&X-Amz-Security-Token=a%2Fb%2Bc%3D%3D\
             &X-Amz-Signature=b02d96a28252bef9638643dc0140fc41e47986c889423fb1f0fcfc72ae27d845";
        assert!(signed.ends_with(end), "{signed}");
    }

    #[test]
    fn a_token_is_made_of_a_question() {
        let token = eks_token(KEYS, "us-east-1", "demo", TIME);
        let question = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX).unwrap()).unwrap();
        assert_eq!(String::from_utf8(question).unwrap(), presigned(KEYS, "us-east-1", "demo", TIME));
    }

    #[test]
    fn every_partition_has_its_own_hosts() {
        let cases = [
            ("eu-west-1", "sts.eu-west-1.amazonaws.com"),
            ("us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"),
            ("cn-northwest-1", "sts.cn-northwest-1.amazonaws.com.cn"),
            ("us-iso-east-1", "sts.us-iso-east-1.c2s.ic.gov"),
            ("us-isob-east-1", "sts.us-isob-east-1.sc2s.sgov.gov"),
            ("eusc-de-east-1", "sts.eusc-de-east-1.amazonaws.eu"),
        ];
        for (region, expected) in cases {
            assert_eq!(host(region), expected);
        }
    }
}
