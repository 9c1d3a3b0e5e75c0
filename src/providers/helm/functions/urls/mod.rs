//! URLs taken apart and put together: maps of `scheme`, `userinfo`, `host`, `hostname`, `path`, `query`, `opaque` and
//! `fragment`.

mod escape;
mod parse;

use super::super::template::{Failure, Function, Map, Value};
use super::arguments::{Arguments, Outcome, exactly};
use super::reflection::kind_of;
use escape::{Part, escape};
use parse::Url;

pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("urlJoin", exactly(1, |_, given| join(given.map(0)?))),
    ("urlParse", exactly(1, |_, given| parsed(given.text(0)?))),
];

fn parsed(text: &str) -> Outcome {
    let url = Url::parse(text).map_err(|problem| Failure::new(format!("unable to parse url: {problem}")))?;
    let hostname = url.hostname().to_owned();
    let userinfo = url.userinfo();
    let parts = [
        ("scheme", url.scheme),
        ("host", url.host),
        ("hostname", hostname),
        ("path", url.path),
        ("query", url.query),
        ("opaque", url.opaque),
        ("fragment", url.fragment),
        ("userinfo", userinfo),
    ];
    Ok(Value::map(parts.map(|(name, part)| (name, Value::string(part)))))
}

fn join(map: Option<&Map>) -> Outcome {
    let part = |name: &str| match map.and_then(|map| map.entries.borrow().get(name).cloned()) {
        None => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.to_string()),
        Some(other) => Err(Failure::new(format!(
            "unable to parse {name} key, must be of type string, but {} found",
            kind_of(&other)
        ))),
    };
    let [scheme, host, path, query] = [part("scheme")?, part("host")?, part("path")?, part("query")?];
    let [opaque, fragment, userinfo] = [part("opaque")?, part("fragment")?, part("userinfo")?];
    let user = if userinfo.is_empty() {
        None
    } else {
        let parsed = Url::parse(&format!("proto://{userinfo}@host"));
        parsed.map_err(|problem| Failure::new(format!("unable to parse userinfo in dict: {problem}")))?.user
    };
    let url = Url { scheme, opaque, user, host, path, query, fragment, forced_query: false };
    Ok(Value::string(url.to_string()))
}

/// As Go writes it.
impl std::fmt::Display for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.scheme.is_empty() {
            write!(f, "{}:", self.scheme)?;
        }
        if self.opaque.is_empty() {
            f.write_str(&self.authority_and_path())?;
        } else {
            f.write_str(&self.opaque)?;
        }
        if self.forced_query || !self.query.is_empty() {
            write!(f, "?{}", self.query)?;
        }
        if !self.fragment.is_empty() {
            write!(f, "#{}", escape(&self.fragment, Part::Fragment))?;
        }
        Ok(())
    }
}

impl Url {
    fn authority_and_path(&self) -> String {
        let mut written = String::new();
        let named = !self.scheme.is_empty() || !self.host.is_empty() || self.user.is_some();
        if named && !(self.host.is_empty() && self.path.is_empty() && self.user.is_none()) {
            written.push_str("//");
            if self.user.is_some() {
                written.push_str(&self.userinfo());
                written.push('@');
            }
            written.push_str(&escape(&self.host, Part::Host));
        }
        let path = if self.path == "*" { self.path.clone() } else { escape(&self.path, Part::Path) };
        if !path.is_empty() && !path.starts_with('/') && !self.host.is_empty() {
            written.push('/');
        }
        let alone = written.is_empty() && self.scheme.is_empty();
        if alone && path.split('/').next().is_some_and(|first| first.contains(':')) {
            written.push_str("./");
        }
        written + &path
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fails, gives};
    use super::*;
    use proptest::prelude::*;

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of what Helm said")]
    fn urls_are_handled_as_helm_handles_them() {
        gives(&[
            (
                "urlParse \"https://user:p%40ss@example.com:8080/a%20b/c?x=1&y=2#frag%20x\"",
                "map[string]interface {}",
                "map[fragment:frag x host:example.com:8080 hostname:example.com opaque: path:/a b/c query:x=1&y=2 scheme:https userinfo:user:p%40ss]",
            ),
            (
                "urlParse \"http://[::1]:80/x\"",
                "map[string]interface {}",
                "map[fragment: host:[::1]:80 hostname:::1 opaque: path:/x query: scheme:http userinfo:]",
            ),
            (
                "urlParse \"http://[fe80::1%25en0]/\"",
                "map[string]interface {}",
                "map[fragment: host:[fe80::1%en0] hostname:fe80::1%en0 opaque: path:/ query: scheme:http userinfo:]",
            ),
            (
                "urlParse \"mailto:a@b.c\"",
                "map[string]interface {}",
                "map[fragment: host: hostname: opaque:a@b.c path: query: scheme:mailto userinfo:]",
            ),
            (
                "urlParse \"/just/path?q\"",
                "map[string]interface {}",
                "map[fragment: host: hostname: opaque: path:/just/path query:q scheme: userinfo:]",
            ),
            (
                "urlParse \"//host/path\"",
                "map[string]interface {}",
                "map[fragment: host:host hostname:host opaque: path:/path query: scheme: userinfo:]",
            ),
            (
                "urlParse \"a/b:c\"",
                "map[string]interface {}",
                "map[fragment: host: hostname: opaque: path:a/b:c query: scheme: userinfo:]",
            ),
            (
                "urlParse \"\"",
                "map[string]interface {}",
                "map[fragment: host: hostname: opaque: path: query: scheme: userinfo:]",
            ),
            (
                "urlParse \"*\"",
                "map[string]interface {}",
                "map[fragment: host: hostname: opaque: path:* query: scheme: userinfo:]",
            ),
            (
                "urlParse \"HTTP://Host\"",
                "map[string]interface {}",
                "map[fragment: host:Host hostname:Host opaque: path: query: scheme:http userinfo:]",
            ),
            (
                "urlParse \"http://host?x\"",
                "map[string]interface {}",
                "map[fragment: host:host hostname:host opaque: path: query:x scheme:http userinfo:]",
            ),
            (
                "urlParse \"http://host/?\"",
                "map[string]interface {}",
                "map[fragment: host:host hostname:host opaque: path:/ query: scheme:http userinfo:]",
            ),
            (
                "urlParse \"http://a@b@c/\"",
                "map[string]interface {}",
                "map[fragment: host:c hostname:c opaque: path:/ query: scheme:http userinfo:a%40b]",
            ),
            (
                "urlParse \"http://user@host\"",
                "map[string]interface {}",
                "map[fragment: host:host hostname:host opaque: path: query: scheme:http userinfo:user]",
            ),
            (
                "urlParse \"http://user:@host\"",
                "map[string]interface {}",
                "map[fragment: host:host hostname:host opaque: path: query: scheme:http userinfo:user:]",
            ),
            (
                "urlParse \"x:y?z#f\"",
                "map[string]interface {}",
                "map[fragment:f host: hostname: opaque:y path: query:z scheme:x userinfo:]",
            ),
            (
                "urlParse \"http://host:/\"",
                "map[string]interface {}",
                "map[fragment: host:host: hostname:host opaque: path:/ query: scheme:http userinfo:]",
            ),
            (
                "urlParse \"http://h%C3%A9/\"",
                "map[string]interface {}",
                "map[fragment: host:hé hostname:hé opaque: path:/ query: scheme:http userinfo:]",
            ),
            (
                "urlParse \"http:///path\"",
                "map[string]interface {}",
                "map[fragment: host: hostname: opaque: path:/path query: scheme:http userinfo:]",
            ),
            (
                "urlParse \"///path\"",
                "map[string]interface {}",
                "map[fragment: host: hostname: opaque: path:///path query: scheme: userinfo:]",
            ),
            (
                "urlParse \"http://é.com/é\"",
                "map[string]interface {}",
                "map[fragment: host:é.com hostname:é.com opaque: path:/é query: scheme:http userinfo:]",
            ),
            (
                "urlParse \"http://host/a;b,c\"",
                "map[string]interface {}",
                "map[fragment: host:host hostname:host opaque: path:/a;b,c query: scheme:http userinfo:]",
            ),
            (
                "urlJoin (dict \"scheme\" \"https\" \"host\" \"example.com\" \"path\" \"/a b\" \"query\" \"x=1\" \"fragment\" \"f g\")",
                "string",
                "https://example.com/a%20b?x=1#f%20g",
            ),
            ("urlJoin (dict \"host\" \"h\" \"path\" \"p\")", "string", "//h/p"),
            ("urlJoin (dict \"path\" \"a:b\")", "string", "./a:b"),
            ("urlJoin (dict \"scheme\" \"mailto\" \"opaque\" \"a@b\")", "string", "mailto:a@b"),
            ("urlJoin (dict \"scheme\" \"http\" \"host\" \"h\" \"userinfo\" \"u:p@q\")", "string", "http://u:p%40q@h"),
            ("urlJoin (dict \"scheme\" \"http\" \"host\" \"h\" \"userinfo\" \"u:p\")", "string", "http://u:p@h"),
            ("urlJoin (dict \"scheme\" \"http\" \"host\" \"h\" \"userinfo\" \"u\")", "string", "http://u@h"),
            ("urlJoin (dict)", "string", ""),
            ("urlJoin (dict \"path\" \"*\")", "string", "*"),
            (
                "urlJoin (dict \"scheme\" \"http\" \"path\" \"/x!'()*~$&+,;=:@?%é\")",
                "string",
                "http:///x%21%27%28%29%2A~$&+,;=:@%3F%25%C3%A9",
            ),
            ("urlJoin (dict \"fragment\" \"a!'()*~$&+,;=:@?%é/\")", "string", "#a!%27()*~$&+,;=:@?%25%C3%A9/"),
            ("urlJoin (dict \"host\" \"a b[c]\" \"path\" \"\")", "string", "//a%20b[c]"),
            (
                "urlJoin (urlParse \"https://user:p%40ss@example.com:8080/a%20b/c?x=1&y=2#frag%20x\")",
                "string",
                "https://user:p%40ss@example.com:8080/a%20b/c?x=1&y=2#frag%20x",
            ),
            ("urlJoin (dict \"scheme\" \"file\" \"path\" \"/a\")", "string", "file:///a"),
            ("urlJoin (dict \"userinfo\" \"u\" \"path\" \"/a\")", "string", "//u@/a"),
            (
                "urlParse \"a:b:c/d\"",
                "map[string]interface {}",
                "map[fragment: host: hostname: opaque:b:c/d path: query: scheme:a userinfo:]",
            ),
            (
                "urlParse \"http://h<>\\\"/\"",
                "map[string]interface {}",
                "map[fragment: host:h<>\" hostname:h<>\" opaque: path:/ query: scheme:http userinfo:]",
            ),
        ]);
        fails(&[
            ("urlParse \":a\"", "unable to parse url: parse \":a\": missing protocol scheme"),
            ("urlParse \"1:2\"", "unable to parse url: parse \"1:2\": first path segment in URL cannot contain colon"),
            (
                "urlParse \"http://host:port/\"",
                "unable to parse url: parse \"http://host:port/\": invalid port \":port\" after host",
            ),
            ("urlParse \"http://[::1/\"", "unable to parse url: parse \"http://[::1/\": missing ']' in host"),
            (
                "urlParse \"http://a b/\"",
                "unable to parse url: parse \"http://a b/\": invalid character \" \" in host name",
            ),
            ("urlParse \"http://h%41/\"", "unable to parse url: parse \"http://h%41/\": invalid URL escape \"%41\""),
            ("urlParse \"http://h/%zz\"", "unable to parse url: parse \"http://h/%zz\": invalid URL escape \"%zz\""),
            ("urlParse \"http://h/%4\"", "unable to parse url: parse \"http://h/%4\": invalid URL escape \"%4\""),
            (
                "urlParse \"http://u ser@h/\"",
                "unable to parse url: parse \"http://u ser@h/\": net/url: invalid userinfo",
            ),
            (
                "urlParse \"http://h/\\n\"",
                "unable to parse url: parse \"http://h/\\n\": net/url: invalid control character in URL",
            ),
            ("urlParse \"http://h/#%zz\"", "unable to parse url: parse \"http://h/#%zz\": invalid URL escape \"%zz\""),
            (
                "urlParse \"http://[::1]x/\"",
                "unable to parse url: parse \"http://[::1]x/\": invalid port \"x\" after host",
            ),
            (
                "urlParse \"http://a:b:80/\"",
                "unable to parse url: parse \"http://a:b:80/\": invalid port \":b:80\" after host",
            ),
            (
                "urlParse \"http://h^/\"",
                "unable to parse url: parse \"http://h^/\": invalid character \"^\" in host name",
            ),
            ("urlJoin (dict \"path\" 1)", "unable to parse path key, must be of type string, but int found"),
            ("urlJoin (dict \"scheme\" (list))", "unable to parse scheme key, must be of type string, but slice found"),
            (
                "urlJoin (dict \"scheme\" \"http\" \"host\" \"h\" \"userinfo\" \"u v\")",
                "unable to parse userinfo in dict: parse \"proto://u v@host\": net/url: invalid userinfo",
            ),
        ]);
    }

    proptest! {
        #[test]
        fn what_was_parsed_is_put_together_again(
            url in "https?://([a-z]{1,3}(:[a-z]{1,3})?@)?[a-z]{1,4}(\\.com)?(:[0-9]{1,4})?(/[a-zé%]{0,3}){0,2}(\\?[a-z=]{1,3})?(#[a-z]{1,3})?",
        ) {
            let Ok(parts) = parsed(&url) else { return Ok(()) };
            let joined = join([parts][..].map(0).unwrap()).unwrap();
            let again = parsed(joined.as_str().unwrap()).unwrap();
            prop_assert_eq!(format!("{again:?}"), format!("{:?}", parsed(&url).unwrap()));
        }

        #[test]
        fn no_text_panics(text in "[a/:?#@%2\\[\\] .é]{0,16}|.*") {
            let _ = parsed(&text);
        }
    }
}
