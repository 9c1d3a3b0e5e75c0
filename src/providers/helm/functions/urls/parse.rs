//! URLs taken apart by the rules of Go, which are neither a browser's nor quite those of RFC 3986.

use super::escape::{Part, escape, unescape};

/// The parts without escapes, but for the query.
#[derive(Clone, Debug, Default)]
pub(super) struct Url {
    pub(super) scheme: String,
    pub(super) opaque: String,
    /// A name, and a password if there is a colon.
    pub(super) user: Option<(String, Option<String>)>,
    pub(super) host: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) fragment: String,
    /// Ends with a `?` that nothing follows.
    pub(super) forced_query: bool,
}

impl Url {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (address, fragment) = text.split_once('#').unwrap_or((text, ""));
        let parsed = Self::parse_address(address).map_err(|problem| format!("parse {address:?}: {problem}"))?;
        let fragment = unescape(fragment, Part::Fragment).map_err(|problem| format!("parse {text:?}: {problem}"))?;
        Ok(Self { fragment, ..parsed })
    }

    fn parse_address(text: &str) -> Result<Self, String> {
        if text.bytes().any(|byte| byte.is_ascii_control()) {
            return Err("net/url: invalid control character in URL".to_owned());
        }
        if text == "*" {
            return Ok(Self { path: text.to_owned(), ..Self::default() });
        }
        let (scheme, rest) = scheme(text)?;
        let mut url = Self { scheme: scheme.to_ascii_lowercase(), ..Self::default() };
        let mut rest = match rest.split_once('?') {
            Some((rest, "")) => {
                url.forced_query = true;
                rest
            }
            Some((rest, query)) => {
                query.clone_into(&mut url.query);
                rest
            }
            None => rest,
        };
        if !rest.starts_with('/') {
            if !url.scheme.is_empty() {
                rest.clone_into(&mut url.opaque);
                return Ok(url);
            }
            if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
                return Err("first path segment in URL cannot contain colon".to_owned());
            }
        }
        let has_authority = !url.scheme.is_empty() || !rest.starts_with("///");
        if let Some(after) = rest.strip_prefix("//").filter(|_| has_authority) {
            let (authority, path) = after.split_at(after.find('/').unwrap_or(after.len()));
            (url.user, url.host) = authority_of(authority)?;
            rest = path;
        }
        url.path = unescape(rest, Part::Path)?;
        Ok(url)
    }

    /// The host without its port, and without the brackets of an address.
    pub(super) fn hostname(&self) -> &str {
        let host = match self.host.rfind(':') {
            Some(colon) if is_port(&self.host[colon..]) => &self.host[..colon],
            _ => &self.host,
        };
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }

    pub(super) fn userinfo(&self) -> String {
        match &self.user {
            None => String::new(),
            Some((name, None)) => escape(name, Part::User),
            Some((name, Some(password))) => format!("{}:{}", escape(name, Part::User), escape(password, Part::User)),
        }
    }
}

/// What stands before the first colon, if that can be a scheme.
fn scheme(text: &str) -> Result<(&str, &str), String> {
    for (place, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if place > 0 => {}
            b':' if place == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((&text[..place], &text[place + 1..])),
            _ => break,
        }
    }
    Ok(("", text))
}

type Authority = (Option<(String, Option<String>)>, String);

fn authority_of(authority: &str) -> Result<Authority, String> {
    let Some((userinfo, host)) = authority.rsplit_once('@') else { return Ok((None, host_of(authority)?)) };
    let host = host_of(host)?;
    let allowed = |character: char| character.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(character);
    if !userinfo.chars().all(allowed) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    let user = match userinfo.split_once(':') {
        Some((name, password)) => (unescape(name, Part::User)?, Some(unescape(password, Part::User)?)),
        None => (unescape(userinfo, Part::User)?, None),
    };
    Ok((Some(user), host))
}

fn host_of(host: &str) -> Result<String, String> {
    if host.starts_with('[') {
        let Some(end) = host.rfind(']') else { return Err("missing ']' in host".to_owned()) };
        let port = &host[end + 1..];
        check_port(port)?;
        if let Some(zone) = host[..end].find("%25") {
            let address = unescape(&host[..zone], Part::Host)?;
            return Ok(address + &unescape(&host[zone..end], Part::Zone)? + &unescape(&host[end..], Part::Host)?);
        }
    } else if let Some(colon) = host.find(':') {
        check_port(&host[colon..])?;
    }
    unescape(host, Part::Host)
}

fn check_port(port: &str) -> Result<(), String> {
    if is_port(port) { Ok(()) } else { Err(format!("invalid port {port:?} after host")) }
}

/// Nothing, or a colon and digits.
fn is_port(text: &str) -> bool {
    text.is_empty() || text.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
}
