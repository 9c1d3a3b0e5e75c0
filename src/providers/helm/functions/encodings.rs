//! Base 64 and base 32. What cannot be decoded gives the text of the error, as in sprig.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::template::{Function, Value};
use super::arguments::{Arguments, exactly};

pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("b32dec", exactly(1, |_, given| Ok(decoded(decode(given.text(0)?, &BASE_32))))),
    ("b32enc", exactly(1, |_, given| Ok(Value::string(encode_32(given.bytes(0)?))))),
    ("b64dec", exactly(1, |_, given| Ok(decoded(decode(given.text(0)?, &BASE_64))))),
    ("b64enc", exactly(1, |_, given| Ok(Value::string(STANDARD.encode(given.bytes(0)?))))),
];

struct Alphabet {
    name: &'static str,
    digits: &'static [u8],
    bits: u32,
    /// How many digits make up a group, and how many of the last may be padding.
    group: usize,
    lengths: &'static [usize],
}

const BASE_64: Alphabet = Alphabet {
    name: "base64",
    digits: b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    bits: 6,
    group: 4,
    lengths: &[2, 3, 4],
};

const BASE_32: Alphabet = Alphabet {
    name: "base32",
    digits: b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    bits: 5,
    group: 8,
    lengths: &[2, 4, 5, 7, 8],
};

/// Text where it is any, and otherwise the bytes, which the functions for texts that may be anything take.
fn decoded(outcome: Result<Vec<u8>, String>) -> Value {
    match outcome.map(String::from_utf8) {
        Ok(Ok(text)) => Value::string(text),
        Ok(Err(binary)) => Value::Bytes(binary.into_bytes().into()),
        Err(message) => Value::string(message),
    }
}

/// Line breaks do not count, but for the places that errors name.
fn decode(text: &str, alphabet: &Alphabet) -> Result<Vec<u8>, String> {
    let corrupt = |place: usize| format!("illegal {} data at input byte {place}", alphabet.name);
    let stripped = alphabet.name == "base32";
    let bytes = text.bytes().enumerate().filter(|(_, byte)| !matches!(byte, b'\r' | b'\n'));
    let bytes: Vec<(usize, u8)> =
        bytes.enumerate().map(|(kept, (place, byte))| (if stripped { kept } else { place }, byte)).collect();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut groups = bytes.chunks(alphabet.group).peekable();
    while let Some(group) = groups.next() {
        let padding = group.iter().position(|(_, byte)| *byte == b'=');
        let digits = &group[..padding.unwrap_or(group.len())];
        let mut buffer: u64 = 0;
        for (place, byte) in digits {
            let digit = alphabet.digits.iter().position(|digit| digit == byte).ok_or_else(|| corrupt(*place))?;
            buffer = buffer << alphabet.bits | digit as u64;
        }
        check_group(group, padding, alphabet, text.len()).map_err(corrupt)?;
        let bits = alphabet.bits * digits.len() as u32;
        let length = (bits / 8) as usize;
        let bytes = (buffer >> (bits % 8)).to_be_bytes();
        decoded.extend_from_slice(&bytes[bytes.len() - length..]);
        if let (Some(padding), Some([(next, _), ..])) = (padding, groups.peek()) {
            return Err(corrupt(if stripped { group[padding].0 } else { *next }));
        }
    }
    Ok(decoded)
}

/// A group is full, or filled up with as much padding as its digits need. The place where it is not is given.
fn check_group(group: &[(usize, u8)], padding: Option<usize>, alphabet: &Alphabet, end: usize) -> Result<(), usize> {
    let Some(count) = padding else {
        return if group.len() == alphabet.group { Ok(()) } else { Err(end_of_short(group, alphabet, end)) };
    };
    let first = group.get(count).map_or(end, |(place, _)| *place);
    if !alphabet.lengths.contains(&count) {
        return Err(first);
    }
    if let Some((place, _)) = group[count..].iter().find(|(_, byte)| *byte != b'=') {
        return Err(place - 1);
    }
    if group.len() < alphabet.group { Err(end) } else { Ok(()) }
}

/// Where the library stops at a group that just ends: at its start, as far as line breaks are left out.
fn end_of_short(group: &[(usize, u8)], alphabet: &Alphabet, end: usize) -> usize {
    if alphabet.name == "base64" { end - group.len() } else { group.first().map_or(end, |(place, _)| *place) }
}

/// What base 64 stands for, or what is wrong with it.
pub(super) fn decode_64(text: &str) -> Result<Vec<u8>, String> {
    decode(text, &BASE_64)
}

fn encode_32(bytes: &[u8]) -> String {
    let mut encoded = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for group in bytes.chunks(5) {
        let mut buffer = [0u8; 8];
        buffer[3..3 + group.len()].copy_from_slice(group);
        let number = u64::from_be_bytes(buffer);
        let digits = (group.len() * 8).div_ceil(5);
        for place in 0..8 {
            let digit = (number >> (35 - 5 * place)) & 31;
            encoded.push(if place < digits { char::from(BASE_32.digits[digit as usize]) } else { '=' });
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::super::testing::gives;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_are_encoded_as_helm_encodes_them() {
        gives(&[
            ("b64enc \"hello\"", "string", "aGVsbG8="),
            ("b64enc \"\"", "string", ""),
            ("b64enc \"é?>\"", "string", "w6k/Pg=="),
            ("b64dec \"aGVsbG8=\"", "string", "hello"),
            ("b64dec \"aGVsbG8\"", "string", "illegal base64 data at input byte 4"),
            ("b64dec \"aGVs\\nbG8=\"", "string", "hello"),
            ("b64dec \"a\"", "string", "illegal base64 data at input byte 0"),
            ("b64dec \"!!!!\"", "string", "illegal base64 data at input byte 0"),
            ("b64dec \"aGVsbG8==\"", "string", "illegal base64 data at input byte 8"),
            ("b64dec \"aGVsbG8=x\"", "string", "illegal base64 data at input byte 8"),
            ("b64dec \"aGVsbG8=aGVs\"", "string", "illegal base64 data at input byte 8"),
            ("b64dec \"aG==\"", "string", "h"),
            ("b64dec \"aG=a\"", "string", "illegal base64 data at input byte 2"),
            ("b64dec \"aG=\"", "string", "illegal base64 data at input byte 3"),
            ("b64dec \"aGVs\\nbG8\"", "string", "illegal base64 data at input byte 5"),
            ("b64dec \"aGV\\n!\"", "string", "illegal base64 data at input byte 4"),
            ("b64dec \"aGVsb\"", "string", "illegal base64 data at input byte 4"),
            ("b64dec \"=\"", "string", "illegal base64 data at input byte 0"),
            ("b64dec \"a===\"", "string", "illegal base64 data at input byte 1"),
            ("b64dec \"\"", "string", ""),
            ("b64enc (b64dec \"/+8=\")", "string", "/+8="),
            (
                "sha256sum (b64dec \"/+8=\")",
                "string",
                "b6e2c63144f1cd8b806ef4206dea177ec4e756614d9ee5b6521dac2136a67ba7",
            ),
            ("b32enc \"hello\"", "string", "NBSWY3DP"),
            ("b32enc \"\"", "string", ""),
            ("b32enc \"a\"", "string", "ME======"),
            ("b32enc \"abcdef\"", "string", "MFRGGZDFMY======"),
            ("b32dec \"NBSWY3DP\"", "string", "hello"),
            ("b32dec \"ME======\"", "string", "a"),
            ("b32dec \"ME\"", "string", "illegal base32 data at input byte 0"),
            ("b32dec \"nbswy3dp\"", "string", "illegal base32 data at input byte 0"),
            ("b32dec \"NBSWY3D\"", "string", "illegal base32 data at input byte 0"),
            ("b32dec \"NBSW\\nY3DP\"", "string", "hello"),
            ("b32dec \"1\"", "string", "illegal base32 data at input byte 0"),
            ("b32dec \"NBSWY3DP1\"", "string", "illegal base32 data at input byte 8"),
            ("b32dec \"ME=====A\"", "string", "illegal base32 data at input byte 6"),
            ("b32dec \"MEE=====\"", "string", "illegal base32 data at input byte 3"),
            ("b32dec \"ME======NBSWY3DP\"", "string", "illegal base32 data at input byte 2"),
            ("b32dec \"M=======\"", "string", "illegal base32 data at input byte 1"),
            ("b32dec \"MFRGGZDFMY======\"", "string", "abcdef"),
            ("b32dec \"\"", "string", ""),
        ]);
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(bytes: Vec<u8>) {
            prop_assert_eq!(decode(&encode_32(&bytes), &BASE_32), Ok(bytes.clone()));
            prop_assert_eq!(decode(&STANDARD.encode(&bytes), &BASE_64), Ok(bytes));
        }

        #[test]
        fn no_text_panics(text in "[A-C2-4=\\n]{0,20}|.*") {
            let _ = (decode(&text, &BASE_32), decode(&text, &BASE_64));
        }
    }
}
