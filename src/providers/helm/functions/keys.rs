//! Private keys and their PEM blocks, in the forms that Go writes: PKCS #1 for RSA, SEC 1 for elliptic curves, PKCS #8
//! for Ed25519.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256, RsaKeySize};

use super::super::template::{Failure, Function, Surroundings, Value};
use super::arguments::{Arguments, Outcome, exactly};

pub(super) const FUNCTIONS: &[(&str, Function)] =
    &[("genPrivateKey", exactly(1, |world, given| generated(world, given.text(0)?)))];

/// Keys come from the cryptographic library's own randomness; that the text depends on chance is noted all the same.
fn generated(world: &dyn Surroundings, kind: &str) -> Outcome {
    world.random(&mut [0]);
    let key = match kind {
        "" | "rsa" => rsa(RsaKeySize::_4096),
        "ecdsa" => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(failure),
        "ed25519" => KeyPair::generate_for(&PKCS_ED25519).map_err(failure),
        "dsa" => {
            Err(Failure::new("keys for DSA are not made here: it is obsolete; take \"rsa\", \"ecdsa\" or \"ed25519\""))
        }
        other => return Ok(Value::string(format!("Unknown type {other}"))),
    };
    Ok(Value::string(to_pem(&key?)?))
}

fn failure(error: rcgen::Error) -> Failure {
    Failure::new(format!("failed to generate private key: {error}"))
}

pub(super) fn rsa(size: RsaKeySize) -> Result<KeyPair, Failure> {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, size).map_err(failure)
}

/// The first PEM block of a text: what it is called, and what is in it.
pub(super) fn pem_block(text: &str) -> Option<(&str, Vec<u8>)> {
    let (_, after) = text.split_once("-----BEGIN ")?;
    let (label, after) = after.split_once("-----")?;
    let (body, _) = after.split_once(&format!("-----END {label}-----"))?;
    // Headers end with an empty line.
    let body = body.split_once("\n\n").map_or(body, |(_, body)| body);
    let digits: String = body.split_whitespace().collect();
    Some((label, STANDARD.decode(digits).ok()?))
}

pub(super) fn to_block(label: &str, content: &[u8]) -> String {
    let encoded = STANDARD.encode(content);
    let mut block = format!("-----BEGIN {label}-----\n");
    for line in encoded.as_bytes().chunks(64) {
        block.push_str(&String::from_utf8_lossy(line));
        block.push('\n');
    }
    block + &format!("-----END {label}-----\n")
}

pub(super) fn from_pem(text: &str) -> Result<KeyPair, String> {
    let Some((label, _)) = pem_block(text) else { return Err("no PEM data in input".to_owned()) };
    match label {
        "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => {
            let form = match label {
                "PRIVATE KEY" => "decoding PEM as PKCS#8",
                "RSA PRIVATE KEY" => "parsing RSA private key from PEM",
                _ => "parsing EC private key from PEM",
            };
            KeyPair::from_pem(text).map_err(|error| format!("{form}: {error}"))
        }
        "DSA PRIVATE KEY" => Err("x509: only RSA, ECDSA and Ed25519 keys supported".to_owned()),
        other => Err(match other.strip_suffix(" PRIVATE KEY") {
            Some(kind) => format!("invalid private key type {kind}"),
            None => format!("no private key data in PEM block of type {other}"),
        }),
    }
}

const RSA_ALGORITHM: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const CURVE_ALGORITHM: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// All of a key for Ed25519 but its 32 bytes.
const ED25519_START: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

pub(super) fn to_pem(key: &KeyPair) -> Result<String, Failure> {
    let encoded = key.serialized_der();
    block_of(encoded).ok_or_else(|| Failure::new("the private key is of a form that is not known here"))
}

fn block_of(encoded: &[u8]) -> Option<String> {
    let (SEQUENCE, content, _) = element(encoded)? else { return None };
    let (INTEGER, _, after) = element(content)? else { return None };
    match element(after)? {
        // PKCS #8: the algorithm, and the key in its own form.
        (SEQUENCE, algorithm, after) => {
            let (OCTETS, inner, _) = element(after)? else { return None };
            if let Some(curve) = algorithm.strip_prefix(CURVE_ALGORITHM) {
                return Some(to_block("EC PRIVATE KEY", &with_curve(inner, curve)?));
            }
            if algorithm.starts_with(RSA_ALGORITHM) {
                return Some(to_block("RSA PRIVATE KEY", inner));
            }
            let (OCTETS, seed, _) = element(inner)? else { return None };
            Some(to_block("PRIVATE KEY", &[&ED25519_START, seed].concat()))
        }
        (OCTETS, ..) => Some(to_block("EC PRIVATE KEY", encoded)),
        (INTEGER, ..) => Some(to_block("RSA PRIVATE KEY", encoded)),
        _ => None,
    }
}

const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const SEQUENCE: u8 = 0x30;
const CURVE: u8 = 0xa0;

/// The tag of the first element of an encoding (X.690), its content, and what follows.
fn element(encoded: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [tag, length, rest @ ..] = encoded else { return None };
    let (length, rest) = if *length < 0x80 {
        (usize::from(*length), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
        if digits.len() > 4 {
            return None;
        }
        (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

fn encode(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut encoded = vec![tag];
    match u8::try_from(length) {
        Ok(short @ ..0x80) => encoded.push(short),
        Ok(byte) => encoded.extend([0x81, byte]),
        Err(_) => {
            encoded.push(0x82);
            encoded.extend(u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    encoded.extend_from_slice(content);
    encoded
}

/// A key of SEC 1 that names its curve.
fn with_curve(key: &[u8], curve: &[u8]) -> Option<Vec<u8>> {
    let (SEQUENCE, content, _) = element(key)? else { return None };
    let (INTEGER, _, after) = element(content)? else { return None };
    let (OCTETS, _, after) = element(after)? else { return None };
    if after.first() == Some(&CURVE) {
        return Some(key.to_vec());
    }
    let (start, rest) = content.split_at(content.len() - after.len());
    Some(encode(SEQUENCE, &[start, &encode(CURVE, curve), rest].concat()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::evaluate;
    use super::*;

    fn text(expression: &str) -> String {
        evaluate(expression).unwrap().as_str().unwrap().to_owned()
    }

    #[test]
    fn keys_are_in_the_forms_of_go_and_can_be_read() {
        for (kind, label) in [("ecdsa", "EC PRIVATE KEY"), ("ed25519", "PRIVATE KEY")] {
            let key = text(&format!("genPrivateKey \"{kind}\""));
            assert_eq!(pem_block(&key).unwrap().0, label);
            let read = from_pem(&key).unwrap();
            assert_eq!(to_pem(&read).unwrap(), key, "{kind}");
        }
        let key = to_pem(&rsa(RsaKeySize::_2048).unwrap()).unwrap();
        assert_eq!(pem_block(&key).unwrap().0, "RSA PRIVATE KEY");
        assert_eq!(to_pem(&from_pem(&key).unwrap()).unwrap(), key);
        assert_eq!(text("genPrivateKey \"foo\""), "Unknown type foo");
        assert!(evaluate("genPrivateKey \"dsa\"").is_err());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let wrong = [
            ("", "no PEM data in input"),
            (
                "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
                "no private key data in PEM block of type CERTIFICATE",
            ),
            ("-----BEGIN X PRIVATE KEY-----\n-----END X PRIVATE KEY-----", "invalid private key type X"),
        ];
        for (text, message) in wrong {
            assert_eq!(from_pem(text).map(|_| ()), Err(message.to_owned()));
        }
    }
}
