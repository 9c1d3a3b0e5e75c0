//! The value that says which cluster is meant and how to reach it. It holds no credential.
//!
//! Knows which parts a connection has. What they lead to is for [`super::clusters`] to find out.

use crate::diagnostic::closest;
use crate::provider::Finding;
use crate::value::{Attributes, Path, Value};

const KUBECONFIG: &str = "kubeconfig";
/// The name of a cluster to which no one gave one.
const UNNAMED: &str = "default";

/// Kinds of connections: the parts that name the cluster, from the largest to the smallest, and the others it takes
/// to reach it.
const KINDS: &[(&str, &[&str], &[&str])] = &[
    ("eks", &["account", "region", "name"], &["endpoint"]),
    ("aks", &["subscription", "resource_group", "name"], &["server"]),
    (KUBECONFIG, &[], &[]),
];

/// A connection of which everything is known.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::providers) struct Connection {
    key: String,
    pub(in crate::providers) way: Way,
    /// As it was given.
    pub(in crate::providers) attributes: Attributes,
}

/// How a cluster is reached.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::providers) enum Way {
    /// As whoever made the cluster says; connections of this kind.
    Entrance(&'static str),
    /// As a kubeconfig says: this file or the usual ones, this context or the current one.
    Kubeconfig { path: Option<String>, context: Option<String> },
}

impl Connection {
    /// Reads a connection that stands in the field `connection`; `None` while a part of it is unknown.
    pub(in crate::providers) fn parse(value: &Value) -> Result<Option<Self>, Finding> {
        let at = Path::field("connection");
        if value.has_unknown() {
            return Ok(None);
        }
        let attributes = entries(value, &at)?;
        let (kind, naming, others) = kind(attributes, &at)?;
        for part in naming.iter().chain(others) {
            required(attributes, kind, part, &at)?;
        }
        if optional(attributes, "endpoint", &at)?.is_some_and(|endpoint| endpoint.starts_with("https://")) {
            required(attributes, kind, "certificate_authority", &at)?;
        }
        let part = |name: &str| optional(attributes, name, &at).map(|text| text.map(str::to_owned));
        let (way, name) = if kind == KUBECONFIG {
            let (path, context) = (part("path")?, part("context")?);
            if let Some(path) = path.as_deref().filter(|path| path.starts_with('~')) {
                return Err(Finding::new(
                    "kubernetes/connection",
                    at.key("path"),
                    format!("`{path}` is no file's name"),
                )
                .help("`~` stands for a folder only in a shell: write the whole path, or leave `path` out"));
            }
            let name = part("name")?.or_else(|| context.clone()).unwrap_or_else(|| UNNAMED.to_owned());
            (Way::Kubeconfig { path, context }, vec![name])
        } else {
            let names = naming.iter().map(|name| part(name).map(Option::unwrap_or_default));
            (Way::Entrance(kind), names.collect::<Result<_, _>>()?)
        };
        let key = format!("{kind}/{}", name.join("/"));
        Ok(Some(Self { key, way, attributes: attributes.clone() }))
    }

    /// What the cluster is known by: `eks/123456789012/us-east-1/demo`, `kubeconfig/staging`.
    ///
    /// The same as long as it is the same cluster, wherever its endpoint or its kubeconfig is.
    pub(in crate::providers) fn key(&self) -> &str {
        &self.key
    }
}

/// What the cluster of a connection is known by, if that much is known.
pub(in crate::providers) fn key(value: &Value) -> Option<String> {
    Connection::parse(value).ok().flatten().map(|connection| connection.key)
}

/// A connection as it is compared with another one: which cluster it is, and not where that is found.
pub(in crate::providers) fn canonical(value: &Value) -> Value {
    key(value).map_or_else(|| value.clone(), Value::String)
}

/// A connection in a few words: what names the cluster, as far as it is known.
pub(crate) fn brief(value: &Value) -> Value {
    let Some(parts) = value.as_map() else { return value.clone() };
    let text = |part: &str| parts.get(part).and_then(Value::as_str);
    let Some((kind, naming, _)) = KINDS.iter().find(|(kind, ..)| text("kind") == Some(*kind)) else {
        return value.clone();
    };
    let named = match key(value) {
        Some(key) => key,
        None => {
            let naming = naming.iter().map(|part| text(part).unwrap_or("(known after apply)"));
            std::iter::once(*kind).chain(naming).collect::<Vec<_>>().join("/")
        }
    };
    Value::String(named)
}

type Kind = (&'static str, &'static [&'static str], &'static [&'static str]);

fn kind(attributes: &Attributes, at: &Path) -> Result<Kind, Finding> {
    let known = || KINDS.iter().map(|(kind, ..)| *kind);
    let Some(written) = optional(attributes, "kind", at)? else {
        return Err(Finding::new("kubernetes/connection", at.clone(), "a connection says of which `kind` it is").help(
            format!("such as {}", known().map(|kind| format!("`kind: {kind}`")).collect::<Vec<_>>().join(" or ")),
        ));
    };
    KINDS.iter().find(|(kind, ..)| *kind == written).copied().ok_or_else(|| {
        let text = format!("there are no connections of kind `{written}`");
        let near = closest(written, known()).map(|near| format!("did you mean `{near}`?"));
        let help = near.unwrap_or_else(|| format!("there are {}", known().collect::<Vec<_>>().join(" and ")));
        Finding::new("kubernetes/connection", at.key("kind"), text).help(help)
    })
}

fn entries<'a>(value: &'a Value, at: &Path) -> Result<&'a Attributes, Finding> {
    let refused = |text: &str| Finding::new("kubernetes/connection", at.clone(), text);
    if value.has_secret() {
        return Err(refused("a connection holds nothing secret, and this one does")
            .help("credentials come from where the cluster's cloud or the kubeconfig has them"));
    }
    value.as_map().ok_or_else(|| {
        refused("a connection is a map")
            .help("refer to a cluster's `connection`, or to that of a `kubernetes.connection`")
    })
}

fn required(attributes: &Attributes, kind: &str, part: &str, at: &Path) -> Result<(), Finding> {
    match optional(attributes, part, at)? {
        Some(_) => Ok(()),
        None => {
            let text = format!("a connection of kind `{kind}` has `{part}`, and this one does not");
            Err(Finding::new("kubernetes/connection", at.clone(), text)
                .help("take the cluster's output `connection` as it is; `tidegate plan` reads it anew"))
        }
    }
}

fn optional<'a>(attributes: &'a Attributes, part: &str, at: &Path) -> Result<Option<&'a str>, Finding> {
    match attributes.get(part) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
        Some(_) => {
            let text = format!("`{part}` of a connection is a string that is not empty");
            Err(Finding::new("kubernetes/connection", at.key(part), text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Kind as Of;

    fn map(parts: &[(&str, &str)]) -> Value {
        Value::Map(parts.iter().map(|(name, text)| ((*name).to_owned(), Value::from(*text))).collect())
    }

    fn eks() -> Vec<(&'static str, &'static str)> {
        vec![
            ("kind", "eks"),
            ("name", "demo"),
            ("region", "us-east-1"),
            ("account", "123456789012"),
            ("endpoint", "https://a"),
            ("certificate_authority", "QQ=="),
        ]
    }

    #[test]
    fn a_cluster_is_known_by_what_does_not_move() {
        let cases: &[(&[(&str, &str)], &str)] = &[
            (&eks(), "eks/123456789012/us-east-1/demo"),
            (
                &[
                    ("kind", "aks"),
                    ("subscription", "s"),
                    ("resource_group", "g"),
                    ("name", "n"),
                    ("server", "https://f"),
                ],
                "aks/s/g/n",
            ),
            (&[("kind", "kubeconfig")], "kubeconfig/default"),
            (&[("kind", "kubeconfig"), ("context", "b"), ("path", "/a")], "kubeconfig/b"),
            (&[("kind", "kubeconfig"), ("context", "b"), ("name", "c")], "kubeconfig/c"),
        ];
        for (parts, expected) in cases {
            assert_eq!(key(&map(parts)).as_deref(), Some(*expected));
        }
    }

    #[test]
    fn only_the_cluster_counts_when_connections_are_compared() {
        let mut moved = eks();
        moved[4] = ("endpoint", "https://b");
        assert_eq!(canonical(&map(&eks())), canonical(&map(&moved)));
        moved[1] = ("name", "other");
        assert_ne!(canonical(&map(&eks())), canonical(&map(&moved)));
        let unknown = Value::Unknown(Of::Map);
        assert_eq!(canonical(&unknown), unknown);
        let at = |path| map(&[("kind", "kubeconfig"), ("name", "c"), ("path", path)]);
        assert_eq!(canonical(&at("/a")), canonical(&at("/b")));
    }

    #[test]
    fn what_is_unknown_is_no_mistake_yet() {
        assert_eq!(Connection::parse(&Value::Unknown(Of::Map)), Ok(None));
        let Value::Map(mut parts) = map(&eks()) else { panic!() };
        parts.insert("endpoint".to_owned(), Value::Unknown(Of::String));
        assert_eq!(Connection::parse(&Value::Map(parts)), Ok(None));
    }

    #[test]
    fn mistakes_are_told_where_they_are() {
        let without = |part: &str| map(&eks().into_iter().filter(|(name, _)| *name != part).collect::<Vec<_>>());
        let cases = [
            (Value::from("demo"), "connection", "a connection is a map"),
            (map(&[]), "connection", "of which `kind`"),
            (map(&[("kind", "ekss")]), "connection.kind", "no connections of kind `ekss`"),
            (without("account"), "connection", "has `account`"),
            (without("certificate_authority"), "connection", "has `certificate_authority`"),
            (map(&[("kind", "kubeconfig"), ("path", "~/.kube/config")]), "connection.path", "no file's name"),
            (map(&[("kind", "kubeconfig"), ("context", "")]), "connection.context", "a string"),
            (
                Value::Map([("kind".to_owned(), Value::from("eks").into_secret())].into()),
                "connection",
                "nothing secret",
            ),
        ];
        for (value, path, text) in cases {
            let finding = Connection::parse(&value).unwrap_err();
            assert_eq!(finding.path.to_string(), path, "{}", finding.message);
            assert!(finding.message.contains(text), "{}", finding.message);
        }
        let near = Connection::parse(&map(&[("kind", "ekss")])).unwrap_err();
        assert_eq!(near.help.as_deref(), Some("did you mean `eks`?"));
    }
}
