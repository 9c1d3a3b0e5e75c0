//! What a spec says, where each part of it may still be unknown.

use std::collections::BTreeMap;

use crate::value::Value;

pub(super) type Entries = BTreeMap<String, Value>;

/// Nothing, something that cannot be judged yet, or this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said<T> {
    Nothing,
    /// Not known before apply, secret, or of a wrong type, which is told elsewhere.
    Unclear,
    This(T),
}

impl<T> Said<T> {
    pub(super) fn known(self) -> Option<T> {
        match self {
            Said::This(it) => Some(it),
            Said::Nothing | Said::Unclear => None,
        }
    }

    pub(super) fn is_nothing(&self) -> bool {
        matches!(self, Said::Nothing)
    }

    pub(super) fn is_unclear(&self) -> bool {
        matches!(self, Said::Unclear)
    }

    /// The default where nothing is said; `None` while that is unclear.
    pub(super) fn or(self, default: T) -> Option<T> {
        match self {
            Said::This(it) => Some(it),
            Said::Nothing => Some(default),
            Said::Unclear => None,
        }
    }

    fn from_option(found: Option<&Value>, read: impl Fn(&Value) -> Option<T>) -> Self {
        match found {
            None | Some(Value::Null) => Said::Nothing,
            Some(value) => read(value).map_or(Said::Unclear, Said::This),
        }
    }
}

/// Nothing where `from` is nothing, unclear where that is.
pub(super) fn within<'a, T>(from: Said<&'a Entries>, read: impl FnOnce(&'a Entries) -> Said<T>) -> Said<T> {
    match from {
        Said::Nothing => Said::Nothing,
        Said::Unclear => Said::Unclear,
        Said::This(entries) => read(entries),
    }
}

pub(super) fn value<'a>(entries: &'a Entries, key: &str) -> Option<&'a Value> {
    entries.get(key).filter(|value| !value.is_null())
}

pub(super) fn integer(entries: &Entries, key: &str) -> Said<i64> {
    Said::from_option(entries.get(key), Value::as_i64)
}

pub(super) fn boolean(entries: &Entries, key: &str) -> Said<bool> {
    Said::from_option(entries.get(key), Value::as_bool)
}

pub(super) fn text<'a>(entries: &'a Entries, key: &str) -> Said<&'a str> {
    match value(entries, key) {
        None => Said::Nothing,
        Some(value) => value.as_str().map_or(Said::Unclear, Said::This),
    }
}

/// As [`text`], where an empty one says nothing.
pub(super) fn filled<'a>(entries: &'a Entries, key: &str) -> Said<&'a str> {
    match text(entries, key) {
        Said::This(text) if text.trim().is_empty() => Said::Nothing,
        said => said,
    }
}

pub(super) fn map<'a>(entries: &'a Entries, key: &str) -> Said<&'a Entries> {
    match value(entries, key) {
        None => Said::Nothing,
        Some(value) => value.as_map().map_or(Said::Unclear, Said::This),
    }
}

pub(super) fn list<'a>(entries: &'a Entries, key: &str) -> Said<&'a [Value]> {
    match value(entries, key) {
        None => Said::Nothing,
        Some(value) => value.as_list().map_or(Said::Unclear, Said::This),
    }
}

/// The entries of a list of maps that are known, with their places in it.
pub(super) fn entries_of<'a>(from: &'a Entries, key: &str) -> Vec<(usize, &'a Entries)> {
    let items = list(from, key).known().unwrap_or_default();
    items.iter().enumerate().filter_map(|(index, item)| Some((index, item.as_map()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Kind;

    #[test]
    fn unknown_is_neither_there_nor_missing() {
        let entries = Entries::from([
            ("null".to_owned(), Value::Null),
            ("later".to_owned(), Value::Unknown(Kind::Integer)),
            ("three".to_owned(), Value::Integer(3)),
            ("blank".to_owned(), Value::from(" ")),
        ]);
        assert_eq!(integer(&entries, "null"), Said::Nothing);
        assert_eq!(integer(&entries, "later"), Said::Unclear);
        assert_eq!(integer(&entries, "three"), Said::This(3));
        assert_eq!(integer(&entries, "three").or(1), Some(3));
        assert_eq!(integer(&entries, "later").or(1), None);
        assert_eq!(filled(&entries, "blank"), Said::Nothing);
    }
}
