//! Passwords hashed and derived.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::super::template::{Failure, Function, Surroundings, Value, type_name};
use super::arguments::{Arguments, Outcome, exactly};
use super::scrypt::scrypt;

pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("bcrypt", exactly(1, |world, given| Ok(Value::string(hashed(world, given.bytes(0)?))))),
    ("derivePassword", exactly(5, |_, given| derived(given))),
    ("htpasswd", exactly(2, |world, given| htpasswd(world, given))),
];

/// What the library takes; more would be cut, and so it is refused.
const LONGEST: usize = 72;
const COST: u32 = 10;

fn hashed(world: &dyn Surroundings, password: &[u8]) -> String {
    let problem = |problem: &str| format!("failed to encrypt string with bcrypt: {problem}");
    if password.len() > LONGEST {
        return problem("bcrypt: password length exceeds 72 bytes");
    }
    let mut salt = [0; 16];
    world.random(&mut salt);
    match bcrypt::hash_with_salt(password, COST, salt) {
        Ok(hash) => hash.format_for_version(bcrypt::Version::TwoA),
        Err(error) => problem(&error.to_string()),
    }
}

/// A line of a file of passwords, as web servers read it.
fn htpasswd(world: &dyn Surroundings, given: &[Value]) -> Outcome {
    let (name, password) = (given.text(0)?, given.text(1)?);
    Ok(Value::string(if name.contains(':') {
        format!("invalid username: {name}")
    } else {
        format!("{name}:{}", hashed(world, password.as_bytes()))
    }))
}

/// What the password of a site looks like, letter by letter, by the name of the kind.
const TEMPLATES: [(&str, &[&str]); 6] = [
    ("maximum", &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"]),
    (
        "long",
        &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
    ),
    ("medium", &["CvcnoCvc", "CvcCvcno"]),
    ("short", &["Cvcn"]),
    ("basic", &["aaanaaan", "aannaaan", "aaannaaa"]),
    ("pin", &["nnnn"]),
];

/// What may stand for a letter of a template.
fn characters(letter: u8) -> &'static [u8] {
    match letter {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// The Master Password algorithm (<https://masterpassword.app/masterpassword-algorithm.pdf>).
fn derived(given: &[Value]) -> Outcome {
    const SCOPE: &[u8] = b"com.lyndir.masterpassword";
    let counter = counter(given.any(0))?;
    let (kind, password) = (given.text(1)?, given.text(2)?);
    let (user, site) = (given.text(3)?, given.text(4)?);
    let Some((_, templates)) = TEMPLATES.iter().find(|(name, _)| *name == kind) else {
        return Ok(Value::string(format!("cannot find password template {kind}")));
    };
    let length = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes();
    let salt = [SCOPE, &length(user), user.as_bytes()].concat();
    let key: [u8; 64] = scrypt(password.as_bytes(), &salt)?;
    let message = [SCOPE, &length(site), site.as_bytes(), &counter.to_be_bytes()].concat();
    let mut seed = Hmac::<Sha256>::new_from_slice(&key).map_err(|error| Failure::new(error.to_string()))?;
    seed.update(&message);
    let seed = seed.finalize().into_bytes();
    let template = templates[usize::from(seed[0]) % templates.len()];
    let chosen = template.bytes().zip(seed.iter().skip(1)).map(|(letter, random)| {
        let allowed = characters(letter);
        char::from(allowed[usize::from(*random) % allowed.len()])
    });
    Ok(Value::string(chosen.collect::<String>()))
}

fn counter(value: &Value) -> Result<u32, Failure> {
    let number = if let Value::Int(number) = value { u32::try_from(*number).ok() } else { None };
    number.ok_or_else(|| Failure::new(format!("wrong type for value; expected uint32; got {}", type_name(value))))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{evaluate, gives};

    fn text(expression: &str) -> String {
        evaluate(expression).unwrap().as_str().unwrap().to_owned()
    }

    #[test]
    fn derived_passwords_are_those_of_helm() {
        gives(&[
            ("derivePassword 2 \"long\" \"password\" \"user\" \"example.com\"", "string", "Fovi2@JifpTupx"),
            (
                "derivePassword 1 \"wrong\" \"password\" \"user\" \"example.com\"",
                "string",
                "cannot find password template wrong",
            ),
            ("htpasswd \"a:b\" \"c\"", "string", "invalid username: a:b"),
        ]);
    }

    #[test]
    fn hashes_are_of_their_password() {
        let hash = text("bcrypt \"secret\"");
        assert!(hash.starts_with("$2a$10$") && hash.len() == 60, "{hash}");
        assert!(bcrypt::verify("secret", &hash).unwrap());
        assert!(!bcrypt::verify("Secret", &hash).unwrap());
        let line = text("htpasswd \"me\" \"secret\"");
        assert!(bcrypt::verify("secret", line.strip_prefix("me:").unwrap()).unwrap());
    }
}
