//! Percent escapes: which bytes need them depends on the part of the URL.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Path,
    User,
    Host,
    /// What follows the `%` of a host's zone.
    Zone,
    Fragment,
}

fn needs_escape(byte: u8, part: Part) -> bool {
    if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
        return false;
    }
    match part {
        Part::Host | Part::Zone => !br#"!$&'()*+,;=:[]<>""#.contains(&byte),
        Part::Path => !b"$&+,/:;=@".contains(&byte),
        Part::User => !b"$&+,;=".contains(&byte),
        Part::Fragment => !b"$&+,/:;=?@!()*".contains(&byte),
    }
}

pub(super) fn escape(text: &str, part: Part) -> String {
    let mut escaped = Vec::with_capacity(text.len());
    for byte in text.bytes() {
        if needs_escape(byte, part) {
            escaped.extend_from_slice(format!("%{byte:02X}").as_bytes());
        } else {
            escaped.push(byte);
        }
    }
    String::from_utf8_lossy(&escaped).into_owned()
}

/// The text without escapes, or what is wrong with one. In hosts, only what is not ASCII may be escaped.
pub(super) fn unescape(text: &str, part: Part) -> Result<String, String> {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut place = 0;
    while let Some(byte) = bytes.get(place) {
        if *byte != b'%' {
            let in_host = matches!(part, Part::Host | Part::Zone);
            if in_host && byte.is_ascii() && needs_escape(*byte, part) {
                return Err(format!("invalid character {:?} in host name", char::from(*byte).to_string()));
            }
            plain.push(*byte);
            place += 1;
            continue;
        }
        let digits = bytes.get(place + 1..place + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        let value = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let value = value.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let escaped = || String::from_utf8_lossy(&bytes[place..(place + 3).min(bytes.len())]).into_owned();
        let Some(value) = value else { return Err(format!("invalid URL escape {:?}", escaped())) };
        let refused = match part {
            Part::Host => value.is_ascii() && value != b'%',
            Part::Zone => value != b'%' && value != b' ' && needs_escape(value, Part::Host),
            _ => false,
        };
        if refused {
            return Err(format!("invalid URL escape {:?}", escaped()));
        }
        plain.push(value);
        place += 3;
    }
    Ok(String::from_utf8_lossy(&plain).into_owned())
}
