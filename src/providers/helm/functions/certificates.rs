//! Certificates: authorities of their own, what they sign, and what signs itself.

use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::string::{Ia5String, PrintableString};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, RsaKeySize, SanType, SerialNumber,
};
use serde_json::{Value as Json, json};

use super::super::template::{Failure, Function, Object, Surroundings, Value, type_name};
use super::arguments::{Arguments, Outcome, exactly};
use super::keys::{from_pem, pem_block, rsa, to_block, to_pem};
use super::printing::print;

pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("buildCustomCert", exactly(2, |_, given| custom(given))),
    ("genCA", exactly(2, |world, given| authority(world, given, rsa(RsaKeySize::_2048)?))),
    ("genCAWithKey", exactly(3, |world, given| authority(world, given, key_of(given.text(2)?)?))),
    ("genSelfSignedCert", exactly(4, |world, given| self_signed(world, given, rsa(RsaKeySize::_2048)?))),
    ("genSelfSignedCertWithKey", exactly(5, |world, given| self_signed(world, given, key_of(given.text(4)?)?))),
    ("genSignedCert", exactly(5, |world, given| signed(world, given, rsa(RsaKeySize::_2048)?))),
    ("genSignedCertWithKey", exactly(6, |world, given| signed(world, given, key_of(given.text(5)?)?))),
];

/// A certificate and its key, both as PEM: `.Cert` and `.Key`.
struct Certificate {
    certificate: String,
    key: String,
}

impl Object for Certificate {
    fn type_name(&self) -> &str {
        "sprig.certificate"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Cert" => Some(Value::string(self.certificate.as_str())),
            "Key" => Some(Value::string(self.key.as_str())),
            _ => None,
        }
    }

    fn call(&self, _name: &str, _arguments: &[Value]) -> Option<Outcome> {
        None
    }

    fn print(&self) -> String {
        format!("{{{} {}}}", self.certificate, self.key)
    }

    fn json(&self) -> Json {
        json!({ "Cert": self.certificate, "Key": self.key })
    }
}

fn key_of(pem: &str) -> Result<KeyPair, Failure> {
    from_pem(pem).map_err(|problem| Failure::new(format!("parsing private key: {problem}")))
}

fn creating(error: rcgen::Error) -> Failure {
    Failure::new(format!("error creating certificate: {error}"))
}

fn finished(certificate: &rcgen::Certificate, key: &KeyPair) -> Outcome {
    let certificate = to_block("CERTIFICATE", certificate.der());
    Ok(Value::Object(Rc::new(Certificate { certificate, key: to_pem(key)? })))
}

/// A name and the days it is valid.
fn authority(world: &dyn Surroundings, given: &[Value], key: KeyPair) -> Outcome {
    let mut certificate = basics(world, given.text(0)?, given.int(1)?)?;
    certificate.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    certificate.key_usages.push(KeyUsagePurpose::KeyCertSign);
    finished(&certificate.self_signed(&key).map_err(creating)?, &key)
}

/// A name, addresses, other names, and the days it is valid.
fn named(world: &dyn Surroundings, given: &[Value]) -> Result<CertificateParams, Failure> {
    let mut certificate = basics(world, given.text(0)?, given.int(3)?)?;
    for address in given.list(1)? {
        certificate.subject_alt_names.push(SanType::IpAddress(address_of(address)?));
    }
    for name in given.list(2)? {
        certificate.subject_alt_names.push(SanType::DnsName(dns_name(name)?));
    }
    // In Go, names come before addresses.
    certificate.subject_alt_names.sort_by_key(|name| matches!(name, SanType::IpAddress(_)));
    Ok(certificate)
}

fn address_of(address: &Value) -> Result<IpAddr, Failure> {
    let Some(text) = address.as_str() else {
        return Err(Failure::new(format!("error parsing ip: {} is not a string", print(address)?)));
    };
    text.parse().map_err(|_| Failure::new(format!("error parsing ip: {text}")))
}

fn dns_name(name: &Value) -> Result<Ia5String, Failure> {
    let Some(text) = name.as_str() else {
        let printed = print(name)?;
        return Err(Failure::new(format!("error processing alternate dns name: {printed} is not a string")));
    };
    Ia5String::try_from(text).map_err(|_| {
        Failure::new(format!("error creating certificate: x509: {text:?} cannot be encoded as an IA5String"))
    })
}

fn self_signed(world: &dyn Surroundings, given: &[Value], key: KeyPair) -> Outcome {
    let certificate = named(world, given)?.self_signed(&key).map_err(creating)?;
    finished(&certificate, &key)
}

fn signed(world: &dyn Surroundings, given: &[Value], key: KeyPair) -> Outcome {
    let (signer, signer_key) = parts(given.any(4))?;
    let Some((_, encoded)) = pem_block(&signer) else { return Err(Failure::new("unable to decode certificate")) };
    let signer_key =
        from_pem(&signer_key).map_err(|problem| Failure::new(format!("error parsing private key: {problem}")))?;
    let issuer = Issuer::from_ca_cert_der(&encoded.as_slice().into(), signer_key)
        .map_err(|error| Failure::new(format!("error parsing certificate: decodedSignerCert.Bytes: {error}")))?;
    let mut certificate = named(world, given)?;
    certificate.use_authority_key_identifier_extension = true;
    finished(&certificate.signed_by(&key, &issuer).map_err(creating)?, &key)
}

/// Certificate and key of what a template got from one of these functions.
fn parts(value: &Value) -> Result<(String, String), Failure> {
    let field = |name: &str| match value {
        Value::Object(object) if object.type_name() == "sprig.certificate" => {
            object.field(name).and_then(|field| field.as_str().map(str::to_owned))
        }
        _ => None,
    };
    field("Cert").zip(field("Key")).ok_or_else(|| match value {
        Value::Nil => Failure::new("invalid value; expected sprig.certificate"),
        other => Failure::new(format!("wrong type for value; expected sprig.certificate; got {}", type_name(other))),
    })
}

/// What all of them have: a random number, a name, and a time from now on.
fn basics(world: &dyn Surroundings, name: &str, days: i64) -> Result<CertificateParams, Failure> {
    let mut certificate = CertificateParams::new(Vec::new()).map_err(creating)?;
    let mut serial = [0; 16];
    world.random(&mut serial);
    // Neither zero nor negative.
    serial[0] = serial[0] & 0x7f | 1;
    certificate.serial_number = Some(SerialNumber::from_slice(&serial));
    let mut names = DistinguishedName::new();
    let printable = PrintableString::try_from(name).map(DnValue::PrintableString);
    names.push(DnType::CommonName, printable.unwrap_or_else(|_| DnValue::Utf8String(name.to_owned())));
    certificate.distinguished_name = names;
    let now = i64::try_from(world.now().as_secs()).unwrap_or(i64::MAX);
    let until = now.saturating_add(days.saturating_mul(86_400));
    certificate.not_before = rcgen::date_time_ymd(1970, 1, 1) + since_1970(now);
    certificate.not_after = rcgen::date_time_ymd(1970, 1, 1) + since_1970(until);
    certificate.is_ca = IsCa::ExplicitNoCa;
    certificate.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    certificate.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    Ok(certificate)
}

/// Within what a certificate can hold: up to the year 9999.
fn since_1970(seconds: i64) -> Duration {
    const LAST: i64 = 253_402_300_799;
    Duration::from_secs(seconds.clamp(0, LAST).unsigned_abs())
}

/// A certificate and a key that a template has in base 64.
fn custom(given: &[Value]) -> Outcome {
    let decoded = |place: usize, what: &str| {
        let bytes = STANDARD.decode(given.text(place)?).ok();
        let text = bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        text.ok_or_else(|| Failure::new(format!("unable to decode base64 {what}")))
    };
    let (certificate, key) = (decoded(0, "certificate")?, decoded(1, "private key")?);
    let Some((_, encoded)) = pem_block(&certificate) else { return Err(Failure::new("unable to decode certificate")) };
    let pair = from_pem(&key).map_err(|problem| Failure::new(format!("error parsing private key: {problem}")))?;
    Issuer::from_ca_cert_der(&encoded.as_slice().into(), pair)
        .map_err(|error| Failure::new(format!("error parsing certificate: decodedCert.Bytes: {error}")))?;
    Ok(Value::Object(Rc::new(Certificate { certificate, key })))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{evaluate, fails};
    use super::*;

    fn field(value: &Value, name: &str) -> String {
        let Value::Object(object) = value else { panic!("no object") };
        object.field(name).unwrap().as_str().unwrap().to_owned()
    }

    #[test]
    fn certificates_and_their_keys_can_be_read() {
        let authority = evaluate("genCA \"me\" 10").unwrap();
        assert_eq!(type_name(&authority), "sprig.certificate");
        let (certificate, key) = (field(&authority, "Cert"), field(&authority, "Key"));
        assert!(key.starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
        let issuer = Issuer::from_ca_cert_pem(&certificate, from_pem(&key).unwrap()).unwrap();
        assert!(issuer.key_usages().contains(&KeyUsagePurpose::KeyCertSign));
        let signed = evaluate("genSignedCert \"you\" (list \"10.0.0.1\") (list \"a.b\") 5 (genCA \"me\" 10)").unwrap();
        let (_, encoded) = pem_block(&field(&signed, "Cert")).unwrap();
        let contains = |part: &[u8]| encoded.windows(part.len()).any(|window| window == part);
        assert!(contains(b"a.b") && contains(&[10, 0, 0, 1]) && contains(b"you") && contains(b"me"));
        let custom = custom(&[Value::string(STANDARD.encode(&certificate)), Value::string(STANDARD.encode(&key))]);
        assert_eq!(field(&custom.unwrap(), "Cert"), certificate);
    }

    #[test]
    fn what_makes_no_certificate_is_refused() {
        fails(&[
            ("genSelfSignedCert \"a\" (list 1) nil 1", "error parsing ip: 1 is not a string"),
            ("genSelfSignedCert \"a\" (list \"x\") nil 1", "error parsing ip: x"),
            ("genSelfSignedCert \"a\" nil (list 1) 1", "error processing alternate dns name: 1 is not a string"),
            (
                "genSignedCert \"a\" nil nil 1 (dict)",
                "wrong type for value; expected sprig.certificate; got map[string]interface {}",
            ),
            ("genCAWithKey \"a\" 1 \"x\"", "parsing private key: no PEM data in input"),
            ("buildCustomCert \"!\" \"\"", "unable to decode base64 certificate"),
            ("buildCustomCert \"YQ==\" \"\"", "unable to decode certificate"),
        ]);
    }
}
