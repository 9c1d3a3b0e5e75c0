//! AES with a key of 256 bits in cipher block chaining, the initialization vector in front, all of it in base 64.

use aws_lc_rs::cipher::{
    AES_256, DecryptingKey, DecryptionContext, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::template::{Failure, Function, Surroundings, Value};
use super::arguments::{Arguments, Outcome, exactly};
use super::encodings::decode_64;

pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("decryptAES", exactly(2, |_, given| decrypted(given.text(0)?, given.text(1)?))),
    ("encryptAES", exactly(2, |world, given| encrypted(world, given.text(0)?, given.bytes(1)?))),
];

const BLOCK: usize = 16;

/// The password as a key: cut, or filled up with zeros.
fn key(password: &str) -> Result<UnboundCipherKey, Failure> {
    let mut key = [0; 32];
    for (byte, letter) in key.iter_mut().zip(password.bytes()) {
        *byte = letter;
    }
    UnboundCipherKey::new(&AES_256, &key).map_err(failure)
}

fn failure(_: aws_lc_rs::error::Unspecified) -> Failure {
    Failure::new("AES failed: the text is not what encryptAES made with this password")
}

fn encrypted(world: &dyn Surroundings, password: &str, text: &[u8]) -> Outcome {
    if text.is_empty() {
        return Ok(Value::string(""));
    }
    let mut vector = [0; BLOCK];
    world.random(&mut vector);
    let context = EncryptionContext::Iv128(FixedLength::from(vector));
    let key = PaddedBlockEncryptingKey::cbc_pkcs7(key(password)?).map_err(failure)?;
    let mut sealed = text.to_vec();
    key.less_safe_encrypt(&mut sealed, context).map_err(failure)?;
    Ok(Value::string(STANDARD.encode([&vector[..], &sealed].concat())))
}

/// The padding is only counted, as the library does it.
fn decrypted(password: &str, text: &str) -> Outcome {
    if text.is_empty() {
        return Ok(Value::string(""));
    }
    let sealed = decode_64(text).map_err(Failure::new)?;
    let Some((vector, sealed)) = sealed.split_first_chunk::<BLOCK>() else {
        return Err(Failure::new(format!(
            "runtime error: slice bounds out of range [:{BLOCK}] with capacity {}",
            sealed.len()
        )));
    };
    if !sealed.len().is_multiple_of(BLOCK) {
        return Err(Failure::new("crypto/cipher: input not full blocks"));
    }
    let mut opened = sealed.to_vec();
    let context = DecryptionContext::Iv128(FixedLength::from(*vector));
    let key = DecryptingKey::cbc(key(password)?).map_err(failure)?;
    let opened = key.decrypt(&mut opened, context).map_err(failure)?;
    let Some(padding) = opened.last() else { return Err(Failure::new("runtime error: index out of range [-1]")) };
    let Some(length) = opened.len().checked_sub(usize::from(*padding)) else {
        let end = opened.len() as i64 - i64::from(*padding);
        return Err(Failure::new(format!("runtime error: slice bounds out of range [:{end}]")));
    };
    Ok(Value::string(String::from_utf8_lossy(&opened[..length])))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Still, fails, gives};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_helm_encrypted_is_decrypted() {
        gives(&[
            ("decryptAES \"secret\" \"K/ElR1LnX6QwBmrkVRLTrHTjrr4RhIVit5846t3WHdo=\"", "string", "plain text"),
            ("decryptAES \"\" \"Jz7TXKLoeLa+cnUiq0XVeWXRwod+SYg103ob8hk8FZw=\"", "string", "x"),
            (
                "decryptAES \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" \"wd1/iOqY+tWotxFDoAnG1ZUKvpIuAgFXKaAHM7ywybn4jI65+x19Jf5O8xg97+c2BZ/FGQQ/0iSGOTk10Jvc7g==\"",
                "string",
                "éééééééééééééééééééé",
            ),
            (
                "decryptAES \"key\" \"tRKY+1TfnNYZYd3NiRIcAeeS85PH/KBn2JXoIzf3qonQZCznbJRfRt2jxgZyMdmo\"",
                "string",
                "sixteen bytes!!!",
            ),
            ("decryptAES \"a\" \"\"", "string", ""),
            ("encryptAES \"a\" \"\"", "string", ""),
        ]);
        fails(&[
            ("decryptAES \"a\" \"!!!\"", "illegal base64 data at input byte 0"),
            ("decryptAES \"a\" \"YWJj\"", "runtime error: slice bounds out of range [:16] with capacity 3"),
            ("decryptAES \"a\" \"MDEyMzQ1Njc4OWFiY2RlZg==\"", "runtime error: index out of range [-1]"),
            ("decryptAES \"a\" \"MDEyMzQ1Njc4OWFiY2RlZjAx\"", "crypto/cipher: input not full blocks"),
        ]);
    }

    proptest! {
        #[test]
        fn what_was_encrypted_is_decrypted(password in ".{0,40}", text in ".{0,40}") {
            let sealed = encrypted(&Still, &password, text.as_bytes()).unwrap();
            let opened = decrypted(&password, sealed.as_str().unwrap()).unwrap();
            prop_assert_eq!(opened.as_str().unwrap(), text);
        }

        #[test]
        fn no_text_panics(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = decrypted("a", &STANDARD.encode(bytes));
        }
    }
}
