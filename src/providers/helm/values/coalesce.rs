//! A chart's values under those of the user, down to the charts it brings along.
//!
//! The user's win. A null of the user's deletes a default, and defaults that are null are left out. What is under
//! `global` is handed down to every chart. All this follows Helm to the letter, also where the letter is odd: values
//! for a chart that is brought along keep their nulls until that chart's own defaults are laid under them.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::ValuesError;
use super::table::{Entry, Table};
use crate::providers::helm::chart::Chart;
use crate::providers::helm::yaml::format_float;

const GLOBAL: &str = "global";

/// Whether nulls do what they are for, or are kept for later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Coalesce,
    Merge,
}

/// The values that a chart is rendered with. What Helm would warn of is logged.
///
/// # Errors
/// A value under the name of a chart that is brought along which is no table.
pub(crate) fn coalesce(chart: &Chart, user: &Map<String, Json>) -> Result<Map<String, Json>, ValuesError> {
    let (values, warnings) = coalesce_noting(chart, user)?;
    for warning in warnings {
        tracing::debug!(chart = chart.metadata.name, "{warning}");
    }
    Ok(values)
}

/// As [`coalesce`], with the warnings.
fn coalesce_noting(chart: &Chart, user: &Map<String, Json>) -> Result<(Map<String, Json>, Vec<String>), ValuesError> {
    let mut coalescing = Coalescing::default();
    let values = Table::new(user);
    coalescing.chart(chart, &values, "", Mode::Coalesce)?;
    Ok((values.to_json(), coalescing.warnings))
}

#[derive(Default)]
struct Coalescing {
    warnings: Vec<String>,
    /// The charts that lead to the one at hand, but for the root.
    path: Vec<String>,
}

impl Coalescing {
    fn chart(&mut self, chart: &Chart, values: &Table, prefix: &str, mode: Mode) -> Result<(), ValuesError> {
        let prefix = join(prefix, &chart.metadata.name);
        self.defaults(chart, values, &prefix, mode);
        for dependency in &chart.dependencies {
            let name = &dependency.metadata.name;
            self.path.push(name.clone());
            let below = match values.get(name) {
                None => Table::default(),
                Some(Entry::Table(below)) => below,
                Some(Entry::Other(other)) => {
                    let message = format!("type mismatch on {name}: {}", go_boolean(&other));
                    return Err(ValuesError { message, path: self.path.clone() });
                }
            };
            values.insert(name, Entry::Table(below.clone()));
            self.globals(&below, values, &prefix);
            self.chart(dependency, &below, &prefix, mode)?;
            self.path.pop();
        }
        Ok(())
    }

    /// Lays a chart's own defaults under values.
    fn defaults(&mut self, chart: &Chart, values: &Table, prefix: &str, mode: Mode) {
        for (key, default) in Table::new(&chart.values).entries() {
            match (values.get(&key), default) {
                (None, default) => {
                    if mode == Mode::Coalesce {
                        if default.is_null() {
                            continue;
                        }
                        if let Entry::Table(default) = &default {
                            default.drop_nulls();
                        }
                    }
                    values.insert(key, default);
                }
                (Some(Entry::Table(table)), Entry::Table(default)) => {
                    let below = chart.dependencies.iter().any(|dependency| dependency.metadata.name == *key);
                    let mode = if below { Mode::Merge } else { mode };
                    if mode == Mode::Coalesce {
                        default.drop_nulls();
                    }
                    self.tables(&table, &default, &join(prefix, &key), mode);
                }
                (Some(Entry::Table(_)), default) if !default.is_null() => {
                    self.warn(format!("warning: skipped value for {prefix}.{key}: Not a table."));
                }
                (Some(value), _) if value.is_null() && mode == Mode::Coalesce => values.remove(&key),
                (Some(_), _) => {}
            }
        }
    }

    /// Hands what is global in a chart's values down to those of a chart it brings along.
    fn globals(&mut self, below: &Table, values: &Table, prefix: &str) {
        let theirs = match below.get(GLOBAL) {
            None => Table::default(),
            Some(Entry::Table(theirs)) => theirs,
            Some(Entry::Other(_)) => {
                return self.warn("warning: skipping globals because destination global is not a table.");
            }
        };
        let ours = match values.get(GLOBAL) {
            None => Table::default(),
            Some(Entry::Table(ours)) => ours,
            Some(Entry::Other(_)) => {
                return self.warn("warning: skipping globals because source global is not a table.");
            }
        };
        for (key, value) in ours.entries() {
            match (value, theirs.get(&key)) {
                (Entry::Table(ours), None) => theirs.insert(key, Entry::Table(ours.shallow())),
                (Entry::Table(ours), Some(Entry::Table(defaults))) => {
                    let ours = ours.shallow();
                    self.tables(&ours, &defaults, &join(prefix, &key), Mode::Merge);
                    theirs.insert(key, Entry::Table(ours));
                }
                (Entry::Table(_), Some(Entry::Other(_))) => {
                    self.warn(format!("Conflict: cannot merge map onto non-map for {key:?}. Skipping."));
                }
                (Entry::Other(_), Some(Entry::Table(_))) => self.warn(format!("key {key} is table. Skipping")),
                (value, _) => theirs.insert(key, value),
            }
        }
        below.insert(GLOBAL, Entry::Table(theirs));
    }

    /// Lays defaults under values.
    fn tables(&mut self, values: &Table, defaults: &Table, prefix: &str, mode: Mode) {
        let given: BTreeSet<String> =
            defaults.entries().into_iter().filter(|(_, default)| !default.is_null()).map(|(key, _)| key).collect();
        for (key, value) in values.entries() {
            if value.is_null() {
                defaults.insert(key, value);
            }
        }
        for (key, default) in defaults.entries() {
            let name = join(prefix, &key);
            match (values.get(&key), default) {
                (Some(value), _) if value.is_null() && mode == Mode::Coalesce && given.contains(&key) => {
                    values.remove(&key);
                }
                (None, default) => values.insert(key, default),
                (Some(Entry::Table(table)), Entry::Table(default)) => self.tables(&table, &default, &name, mode),
                (Some(Entry::Other(_)), Entry::Table(default)) => {
                    let default = go_text(&Json::Object(default.to_json()));
                    self.warn(format!("warning: cannot overwrite table with non table for {name} ({default})"));
                }
                (Some(Entry::Table(_)), Entry::Other(default)) if !default.is_null() => {
                    let default = go_text(&default);
                    self.warn(format!(
                        "warning: destination for {name} is a table. Ignoring non-table value ({default})"
                    ));
                }
                (Some(_), _) => {}
            }
        }
    }

    fn warn(&mut self, warning: impl Into<String>) {
        self.warnings.push(warning.into());
    }
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}

/// Go's `%t` of what may be no boolean.
fn go_boolean(json: &Json) -> String {
    match json {
        Json::Bool(value) => value.to_string(),
        Json::Null => "%!t(<nil>)".to_owned(),
        Json::Number(_) => format!("%!t(float64={})", go_text(json)),
        Json::String(text) => format!("%!t(string={text})"),
        // It is of elements that `%t` speaks there.
        Json::Array(items) => {
            let items: Vec<_> = items.iter().map(go_boolean).collect();
            format!("[{}]", items.join(" "))
        }
        Json::Object(entries) => {
            let entries: Vec<_> =
                entries.iter().map(|(key, entry)| format!("%!t(string={key}):{}", go_boolean(entry))).collect();
            format!("map[{}]", entries.join(" "))
        }
    }
}

/// Go's `%v`.
fn go_text(json: &Json) -> String {
    match json {
        Json::Null => "<nil>".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Number(number) => number.as_f64().map(format_float).unwrap_or_default(),
        Json::String(text) => text.clone(),
        Json::Array(items) => format!("[{}]", items.iter().map(go_text).collect::<Vec<_>>().join(" ")),
        Json::Object(entries) => {
            let entries: Vec<_> = entries.iter().map(|(key, entry)| format!("{key}:{}", go_text(entry))).collect();
            format!("map[{}]", entries.join(" "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn table(json: Json) -> Map<String, Json> {
        match json {
            Json::Object(entries) => entries,
            other => panic!("{other}"),
        }
    }

    fn chart(name: &str, values: Json, dependencies: Vec<Chart>) -> Chart {
        let mut chart = Chart { values: table(values), dependencies, ..Chart::default() };
        chart.metadata.name = name.to_owned();
        chart
    }

    fn coalesced(chart: &Chart, user: Json) -> Json {
        Json::Object(coalesce(chart, &table(user)).unwrap())
    }

    #[test]
    fn the_user_wins_and_a_null_deletes_a_default() {
        let chart = chart("c", json!({"a": {"b": 1, "c": {"d": 2}}, "l": [1, 2], "n": 3, "gone": {"x": 1}}), vec![]);
        let user = json!({"a": {"b": null, "e": 4}, "l": [9], "n": null, "gone": null, "new": {"k": null}});
        let wanted = json!({"a": {"c": {"d": 2}, "e": 4}, "l": [9], "new": {"k": null}});
        assert_eq!(coalesced(&chart, user), wanted);
    }

    #[test]
    fn nulls_of_defaults_are_left_out() {
        let chart = chart("c", json!({"a": null, "b": {"c": null, "d": {"e": null}}, "l": [null]}), vec![]);
        assert_eq!(coalesced(&chart, json!({"b": {"x": 1}})), json!({"b": {"d": {}, "x": 1}, "l": [null]}));
        assert_eq!(coalesced(&chart, json!({"a": null})), json!({"b": {"d": {}}, "l": [null]}));
    }

    #[test]
    fn values_for_other_charts_are_under_their_names() {
        let sub = chart("sub", json!({"port": 80, "host": "x"}), vec![]);
        let root = chart("root", json!({"sub": {"port": 81}}), vec![sub]);
        assert_eq!(coalesced(&root, json!({})), json!({"sub": {"port": 81, "host": "x", "global": {}}}));
        let user = json!({"sub": {"port": null}});
        assert_eq!(coalesced(&root, user), json!({"sub": {"host": "x", "global": {}}}));
    }

    #[test]
    fn globals_reach_every_chart_and_the_upper_ones_win() {
        let leaf = chart("leaf", json!({"global": {"a": "leaf", "deep": {"x": 1}}}), vec![]);
        let sub = chart("sub", json!({"global": {"a": "sub", "s": 1}}), vec![leaf]);
        let root = chart("root", json!({"global": {"a": "root"}}), vec![sub]);
        let wanted = json!({
            "global": {"a": "root"},
            "sub": {
                "global": {"a": "root", "s": 1},
                "leaf": {"global": {"a": "root", "s": 1, "deep": {"x": 1}}},
            },
        });
        assert_eq!(coalesced(&root, json!({})), wanted);
    }

    #[test]
    fn what_is_deep_in_globals_is_shared_by_all() {
        let sub = chart("sub", json!({"global": {"a": {"b": {"c": 1}}}}), vec![]);
        let root = chart("root", json!({"global": {"a": {"b": {"d": 1}}}}), vec![sub]);
        let both = json!({"a": {"b": {"c": 1, "d": 1}}});
        assert_eq!(coalesced(&root, json!({})), json!({"global": both, "sub": {"global": both}}));
    }

    #[test]
    fn tables_and_other_values_do_not_mix() {
        let chart = chart("c", json!({"t": {"x": {"y": 1}}, "s": 1, "u": {"v": 2}}), vec![]);
        let user = json!({"t": {"x": 5}, "s": {"a": 1}, "u": "text"});
        let (values, warnings) = coalesce_noting(&chart, &table(user.clone())).unwrap();
        assert_eq!(Json::Object(values), user);
        let wanted = [
            "warning: skipped value for c.s: Not a table.",
            "warning: cannot overwrite table with non table for c.t.x (map[y:1])",
        ];
        assert_eq!(warnings, wanted);
    }

    #[test]
    fn the_name_of_a_chart_is_for_a_table() {
        let root = chart("root", json!({}), vec![chart("sub", json!({}), vec![])]);
        for (value, said) in [
            (json!(null), "type mismatch on sub: %!t(<nil>)"),
            (json!(true), "type mismatch on sub: true"),
            (json!("x"), "type mismatch on sub: %!t(string=x)"),
            (json!(3), "type mismatch on sub: %!t(float64=3)"),
        ] {
            let error = coalesce(&root, &table(json!({"sub": value}))).unwrap_err();
            assert_eq!((error.message.as_str(), error.path), (said, vec!["sub".to_owned()]));
        }
    }

    fn json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![Just(Json::Null), (0..3).prop_map(Json::from), Just(json!([1]))];
        leaf.prop_recursive(3, 16, 3, |inner| {
            proptest::collection::btree_map("[a-c]", inner, 0..3)
                .prop_map(|entries| Json::Object(entries.into_iter().collect()))
        })
    }

    fn tables() -> impl Strategy<Value = Json> {
        proptest::collection::btree_map("[a-c]|global", json(), 0..4)
            .prop_map(|entries| Json::Object(entries.into_iter().collect()))
    }

    proptest! {
        #[test]
        fn no_value_of_the_user_is_lost(defaults in tables(), below in tables(), user in tables()) {
            let root = chart("root", defaults, vec![chart("sub", below, vec![])]);
            let values = coalesced(&root, user.clone());
            for (key, value) in table(user).iter().filter(|(_, value)| !value.is_null() && !value.is_object()) {
                prop_assert_eq!(&values[key], value);
            }
        }

        #[test]
        fn coalescing_again_with_the_same_defaults_changes_nothing(defaults in tables(), user in tables()) {
            let chart = chart("root", defaults, vec![]);
            let clean = Table::new(&table(user));
            clean.drop_nulls();
            let values = coalesced(&chart, Json::Object(clean.to_json()));
            prop_assert_eq!(coalesced(&chart, values.clone()), values);
        }
    }
}
