//! Checksums and digests, in hexadecimal.

use aws_lc_rs::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA512, digest};

use super::super::template::{Function, Value};
use super::arguments::{Arguments, exactly};

pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("adler32sum", exactly(1, |_, given| Ok(Value::string(adler_32(given.bytes(0)?).to_string())))),
    ("sha1sum", exactly(1, |_, given| Ok(hexadecimal(&SHA1_FOR_LEGACY_USE_ONLY, given.bytes(0)?)))),
    ("sha256sum", exactly(1, |_, given| Ok(hexadecimal(&SHA256, given.bytes(0)?)))),
    ("sha512sum", exactly(1, |_, given| Ok(hexadecimal(&SHA512, given.bytes(0)?)))),
];

fn hexadecimal(algorithm: &'static Algorithm, bytes: &[u8]) -> Value {
    let digest = digest(algorithm, bytes);
    Value::string(digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// Two sums modulo the largest prime number below 65536.
fn adler_32(bytes: &[u8]) -> u32 {
    const PRIME: u32 = 65_521;
    let (low, high) = bytes.iter().fold((1, 0), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % PRIME;
        (low, (high + low) % PRIME)
    });
    high << 16 | low
}

#[cfg(test)]
mod tests {
    use super::super::testing::gives;

    #[test]
    fn digests_are_those_of_helm() {
        gives(&[
            ("sha1sum \"hello\"", "string", "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"),
            ("sha256sum \"hello\"", "string", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"),
            (
                "sha512sum \"hello\"",
                "string",
                "9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec043",
            ),
            ("adler32sum \"hello\"", "string", "103547413"),
            ("sha1sum \"\"", "string", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("sha256sum \"\"", "string", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (
                "sha512sum \"\"",
                "string",
                "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
            ),
            ("adler32sum \"\"", "string", "1"),
            ("sha256sum \"é\"", "string", "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"),
            (
                "adler32sum \"Wikipedia is a free encyclopedia that is long enough to overflow zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\"",
                "string",
                "1940208055",
            ),
        ]);
    }
}
