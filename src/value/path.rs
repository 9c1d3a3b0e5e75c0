//! Where a value stands inside another one: `document.Statement[0].Action`.

use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    Key(String),
    Index(usize),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Vec<Segment>);

impl Path {
    pub fn field(name: &str) -> Self {
        Self(vec![Segment::Key(name.to_owned())])
    }

    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    pub fn key(&self, key: &str) -> Self {
        self.with(Segment::Key(key.to_owned()))
    }

    pub fn index(&self, index: usize) -> Self {
        self.with(Segment::Index(index))
    }

    fn with(&self, segment: Segment) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment);
        Self(segments)
    }

    /// This path, and from there on along these segments.
    pub fn join(&self, segments: &[Segment]) -> Self {
        Self(self.0.iter().chain(segments).cloned().collect())
    }

    /// The name of the field it starts in.
    pub fn root(&self) -> &str {
        match self.0.first() {
            Some(Segment::Key(key)) => key,
            _ => "",
        }
    }

    /// Whether this path leads to `other` or to something that holds it.
    pub fn covers(&self, other: &Path) -> bool {
        other.0.starts_with(&self.0)
    }

    /// Reads `a.b[0]["c d"]`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut segments = Vec::new();
        let mut rest = text;
        loop {
            if let Some(bracket) = rest.strip_prefix('[') {
                let (segment, after) = bracketed(bracket)?;
                segments.push(segment);
                rest = after;
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                if end == 0 {
                    return None;
                }
                segments.push(Segment::Key(rest[..end].to_owned()));
                rest = &rest[end..];
            }
            match rest.chars().next() {
                None => return Some(Self(segments)),
                Some('.') => rest = &rest[1..],
                Some('[') => {}
                Some(_) => return None,
            }
        }
    }
}

/// What stands between brackets, and the text after them.
fn bracketed(text: &str) -> Option<(Segment, &str)> {
    if text.starts_with('"') {
        let mut strings = serde_json::Deserializer::from_str(text).into_iter::<String>();
        let key = strings.next()?.ok()?;
        let rest = text[strings.byte_offset()..].strip_prefix(']')?;
        return Some((Segment::Key(key), rest));
    }
    let (index, rest) = text.split_once(']')?;
    Some((Segment::Index(index.parse().ok()?), rest))
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) if is_plain(key) => {
                    let dot = if position == 0 { "" } else { "." };
                    write!(f, "{dot}{key}")?;
                }
                Segment::Key(key) => write!(f, "[{}]", serde_json::Value::from(key.as_str()))?,
            }
        }
        Ok(())
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-:/".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_path_covers_what_is_below_it() {
        let tags = Path::field("tags");
        assert!(tags.covers(&tags.key("team")));
        assert!(!tags.key("team").covers(&tags));
        assert_eq!(tags.key("a b").index(2).to_string(), "tags[\"a b\"][2]");
    }

    fn segment() -> impl Strategy<Value = Segment> {
        prop_oneof![".*".prop_map(Segment::Key), any::<usize>().prop_map(Segment::Index)]
    }

    proptest! {
        #[test]
        fn every_path_reads_back(first in "[a-z_]{1,8}", rest in proptest::collection::vec(segment(), 0..5)) {
            let mut path = Path::field(&first);
            for segment in rest {
                path = path.with(segment);
            }
            prop_assert_eq!(Path::parse(&path.to_string()), Some(path));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = Path::parse(&text);
        }
    }
}
