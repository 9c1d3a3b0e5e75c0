//! Lays out YAML, as Helm's two writers do it: one for `toYaml`, one for `toYamlPretty`.

use serde_json::{Map, Number, Value as Json};

use super::number::{format_float, json_float};
use super::order;
use super::scalar::analyze;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Of `toYaml`: lists are not indented below their key, long lines are folded.
    Classic,
    /// Of `toYamlPretty`: lists are indented, nothing is folded, floats stay floats.
    Pretty,
}

/// What has been written, and where in a line that ended.
pub(super) struct Emitter {
    out: String,
    pub(super) dialect: Dialect,
    pub(super) column: usize,
    indent: Option<usize>,
    /// Whether what was written last was a blank, or stands for one.
    pub(super) whitespace: bool,
    /// Whether the line holds nothing yet but indentation and the dashes of lists.
    pub(super) indention: bool,
}

/// A document, with its end of line.
pub(super) fn emit(json: &Json, dialect: Dialect) -> String {
    let mut emitter =
        Emitter { out: String::new(), dialect, column: 0, indent: None, whitespace: true, indention: true };
    emitter.node(json, Place::Root);
    emitter.indent = None;
    emitter.write_indent();
    emitter.out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Item,
    /// Behind a key, or one itself that takes more than a line.
    Entry,
}

impl Emitter {
    pub(super) fn put(&mut self, char: char) {
        self.out.push(char);
        self.column += 1;
    }

    pub(super) fn put_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
        if self.dialect == Dialect::Pretty {
            self.indention = true;
        }
    }

    pub(super) fn write_break(&mut self, char: char) {
        self.out.push(char);
        self.column = 0;
        self.indention = true;
    }

    pub(super) fn write_indent(&mut self) {
        let indent = self.indent.unwrap_or(0);
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.put_break();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    pub(super) fn write_indicator(&mut self, indicator: &str, wants_blank: bool, keeps_indention: bool) {
        if wants_blank && !self.whitespace {
            self.put(' ');
        }
        indicator.chars().for_each(|char| self.put(char));
        self.whitespace = false;
        self.indention = self.indention && keeps_indention;
    }

    fn node(&mut self, json: &Json, place: Place) {
        match json {
            Json::Null => self.plain("null", false),
            Json::Bool(value) => self.plain(if *value { "true" } else { "false" }, false),
            Json::Number(number) => self.plain(&number_text(number, self.dialect), false),
            Json::String(text) => {
                let outer = self.indent;
                self.indent = Some(outer.map_or(2, |outer| outer + 2));
                self.text(text, false);
                self.indent = outer;
            }
            Json::Array(items) if items.is_empty() => self.write_indicator("[]", true, false),
            Json::Array(items) => self.list(items, place),
            Json::Object(entries) if entries.is_empty() => self.write_indicator("{}", true, false),
            Json::Object(entries) => self.map(entries),
        }
    }

    fn list(&mut self, items: &[Json], place: Place) {
        let outer = self.indent;
        let flush = self.dialect == Dialect::Classic && place == Place::Entry && !self.indention;
        self.indent = match outer {
            None => Some(0),
            Some(outer) if flush => Some(outer),
            Some(outer) => Some(outer + 2),
        };
        for item in items {
            self.write_indent();
            self.write_indicator("-", true, true);
            self.node(item, Place::Item);
        }
        self.indent = outer;
    }

    fn map(&mut self, entries: &Map<String, Json>) {
        let outer = self.indent;
        self.indent = Some(outer.map_or(0, |outer| outer + 2));
        let entries = entries.iter().map(|(key, entry)| (key.as_str(), entry)).collect();
        for (key, entry) in order::sort(entries, self.dialect == Dialect::Pretty) {
            self.write_indent();
            if key.len() <= 128 && !analyze(key, self.dialect).lines {
                self.text(key, true);
                self.write_indicator(":", false, false);
            } else {
                self.write_indicator("?", true, true);
                let outer = self.indent;
                self.indent = outer.map(|outer| outer + 2);
                self.text(key, false);
                self.indent = outer;
                self.write_indent();
                self.write_indicator(":", true, true);
            }
            self.node(entry, Place::Entry);
        }
        self.indent = outer;
    }
}

fn number_text(number: &Number, dialect: Dialect) -> String {
    let float = match number.as_f64() {
        Some(value) if number.is_f64() => value,
        _ => return number.to_string(),
    };
    // What has no point in JSON is an integer to what reads it there.
    let whole = json_float(float)
        .filter(|_| dialect == Dialect::Classic)
        .filter(|text| text != "-0" && (text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok()));
    match whole {
        Some(whole) => whole,
        None if dialect == Dialect::Classic && float == 0.0 => "0".to_owned(),
        None => format_float(float),
    }
}
