//! What is there of a release in the words of its spec, and what will be.

use serde_json::{Map, Value as Json};

use super::config::{StandIns, config};
use super::fields::UNTOLD;
use super::planned::{Planned, Told};
use super::{guarded, unknown};
use crate::value::{Attributes, Kind, Path, Segment, Value};

/// What a read found of a release.
pub(in crate::providers::helm) struct Facts<'a> {
    pub(in crate::providers::helm) config: &'a Map<String, Json>,
    pub(in crate::providers::helm) chart_name: &'a str,
    pub(in crate::providers::helm) chart_version: &'a str,
    pub(in crate::providers::helm) app_version: Option<&'a str>,
    pub(in crate::providers::helm) revision: u64,
    pub(in crate::providers::helm) status: &'a str,
    /// As they are in the cluster, in brief. One that is missing is not among them.
    pub(in crate::providers::helm) objects: Vec<(String, Json)>,
    pub(in crate::providers::helm) spellings: Option<Value>,
}

/// The attributes of a release that was read. `known` is its spec as it was last recorded, or as it is wanted.
pub(in crate::providers::helm) fn told(known: &Attributes, facts: Facts<'_>) -> Attributes {
    let mut told: Attributes =
        UNTOLD.iter().filter_map(|name| Some(((*name).to_owned(), known.get(*name)?.clone()))).collect();
    told.extend(values(known, facts.config).map(|values| ("values".to_owned(), values)));
    if known.get("chart").and_then(Value::as_str).is_some_and(|chart| !names(chart, facts.chart_name)) {
        told.insert("chart".to_owned(), facts.chart_name.into());
    }
    let objects = facts.objects.into_iter().map(|(key, object)| (key, guarded(Value::from(object))));
    told.extend([
        ("objects".to_owned(), Value::Map(objects.collect())),
        ("chart_version".to_owned(), facts.chart_version.into()),
        ("app_version".to_owned(), facts.app_version.map(Value::from).unwrap_or_default()),
        ("revision".to_owned(), Value::Integer(i64::try_from(facts.revision).unwrap_or(i64::MAX))),
        ("status".to_owned(), facts.status.into()),
    ]);
    told.extend(facts.spellings.map(|spellings| ("spellings".to_owned(), spellings)));
    told
}

/// Whether what the stack calls a chart can be the chart of this name. What a path leads to may have any name.
fn names(chart: &str, name: &str) -> bool {
    if chart.starts_with(['.', '/']) {
        return true;
    }
    let last = chart.rsplit('/').next().unwrap_or(chart);
    last.split(['@', ':']).next() == Some(name)
}

/// The field `values` of a release with this config: as it is known if that still gives it, otherwise all of it.
fn values(known: &Attributes, live: &Map<String, Json>) -> Option<Value> {
    let given = known.get("values");
    let all = || Value::from(Json::Object(live.clone()));
    // What is left of a secret says nothing of its content, so it stands for whatever is in its place.
    let open = given.cloned().map(|given| filled(given, &Json::Object(live.clone())));
    let mut wanted = known.clone();
    wanted.extend(open.clone().map(|open| ("values".to_owned(), open)));
    match config(&wanted, StandIns::default()) {
        Ok(Some(config)) if config == *live => open,
        // Values in a file of which only the hash is left cannot be told from others.
        Ok(None) if known.get("values_files").is_some_and(Value::has_sealed) => open,
        _ if live.is_empty() && given.is_none() => None,
        _ => Some(all()),
    }
}

/// With what is live in place of sealed secrets.
fn filled(value: Value, live: &Json) -> Value {
    match value {
        Value::Secret(secret) if secret.revealed().is_none() => Value::from(live.clone()),
        Value::Map(entries) => Value::Map(
            entries.into_iter().map(|(key, entry)| (key.clone(), filled(entry, &live[key.as_str()]))).collect(),
        ),
        Value::List(items) => {
            Value::List(items.into_iter().enumerate().map(|(index, item)| filled(item, &live[index])).collect())
        }
        plain => plain,
    }
}

/// The outputs of a release after an apply, as far as they can be told.
pub(super) fn planned_outputs(planned: &Planned, before: Option<&Attributes>) -> Attributes {
    let was = |name: &str| before.and_then(|before| before.get(name)).cloned();
    let mut outputs = Attributes::new();
    outputs.extend(was("spellings").map(|spellings| ("spellings".to_owned(), spellings)));
    let stays = match planned {
        Planned::Known(told) => {
            outputs.insert("chart_version".to_owned(), told.chart_version.as_str().into());
            outputs.insert("app_version".to_owned(), told.app_version.clone());
            let (objects, stays) = objects(told, before);
            outputs.insert("objects".to_owned(), objects);
            stays
        }
        Planned::Unknown { chart_version } => {
            outputs.extend([unknown("objects", Kind::Map), unknown("app_version", Kind::Any)]);
            let version = chart_version.as_deref().map_or(Value::Unknown(Kind::String), Value::from);
            outputs.insert("chart_version".to_owned(), version);
            false
        }
        // The findings say what is wrong.
        Planned::Wrong(_) => {
            outputs.extend([unknown("objects", Kind::Map), unknown("app_version", Kind::Any)]);
            outputs.extend([unknown("chart_version", Kind::String)]);
            false
        }
    };
    for (name, kind) in [("revision", Kind::Integer), ("status", Kind::String)] {
        outputs.insert(name.to_owned(), was(name).filter(|_| stays).unwrap_or(Value::Unknown(kind)));
    }
    outputs
}

/// The objects to come, and whether they are those that are there. What chance decides stays as it is as long as
/// nothing else changes: a release that is not upgraded is not rendered anew.
fn objects(told: &Told, before: Option<&Attributes>) -> (Value, bool) {
    let old = before.and_then(|before| before.get("objects"));
    let with = |place: &dyn Fn(&Path) -> Value| {
        let mut objects = Value::Map(told.objects.clone());
        for path in &told.chance {
            put(&mut objects, path.segments(), place(path));
        }
        objects
    };
    let to_come = Value::Unknown(Kind::Any);
    let stays = with(&|path| old.and_then(|old| old.at(path.segments())).cloned().unwrap_or_else(|| to_come.clone()));
    let same_version = before
        .is_some_and(|before| before.get("chart_version").and_then(Value::as_str) == Some(told.chart_version.as_str()));
    if same_version && old.is_some_and(|old| alike(old, &stays)) {
        return (stays, true);
    }
    (with(&|_| to_come.clone()), false)
}

/// Whether two are the same, secrets aside: one of them is sealed.
fn alike(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Secret(_), Value::Secret(_)) => true,
        (Value::Map(olds), Value::Map(news)) => {
            olds.len() == news.len() && olds.iter().all(|(key, old)| news.get(key).is_some_and(|new| alike(old, new)))
        }
        (Value::List(olds), Value::List(news)) => {
            olds.len() == news.len() && olds.iter().zip(news).all(|(old, new)| alike(old, new))
        }
        (old, new) => old == new,
    }
}

fn put(value: &mut Value, path: &[Segment], new: Value) {
    let Some((first, rest)) = path.split_first() else {
        // What is secret stays secret, whatever it becomes.
        if !matches!(value, Value::Secret(_)) || matches!(new, Value::Secret(_)) {
            *value = new;
        }
        return;
    };
    match (value, first) {
        (Value::Map(entries), Segment::Key(key)) => {
            if let Some(entry) = entries.get_mut(key) {
                put(entry, rest, new);
            }
        }
        (Value::List(items), Segment::Index(index)) => {
            if let Some(item) = items.get_mut(*index) {
                put(item, rest, new);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::SealKey;
    use serde_json::json;

    fn attributes(json: Json) -> Attributes {
        match Value::from(json) {
            Value::Map(entries) => entries,
            other => panic!("{other:?}"),
        }
    }

    fn live(json: Json) -> Map<String, Json> {
        json.as_object().unwrap().clone()
    }

    #[test]
    fn values_are_told_as_they_were_written_while_they_give_the_same() {
        let known = attributes(json!({"values_files": ["a: 1\nb: 1\n"], "values": {"b": 2}}));
        assert_eq!(values(&known, &live(json!({"a": 1, "b": 2}))), Some(Value::from(json!({"b": 2}))));
        let upgraded = json!({"a": 1, "b": 3});
        assert_eq!(values(&known, &live(upgraded.clone())), Some(Value::from(upgraded)));
        assert_eq!(values(&Attributes::new(), &live(json!({}))), None);
    }

    #[test]
    fn a_sealed_secret_is_told_as_what_is_there_for_the_hash_to_be_compared() {
        let key = SealKey::from_bytes([7; 32]);
        let mut known = attributes(json!({"values": {"user": "a"}}));
        let Some(Value::Map(entries)) = known.get_mut("values") else { panic!() };
        entries.insert("password".to_owned(), Value::from("old").into_secret().seal(&key));
        let told = values(&known, &live(json!({"user": "a", "password": "new"}))).unwrap();
        assert_eq!(told, Value::from(json!({"user": "a", "password": "new"})));
    }

    #[test]
    fn what_chance_decides_stays_until_something_else_changes() {
        let told = |image: &str| Told {
            objects: attributes(json!({"a": {"image": image, "token": "chance"}})),
            chance: vec![Path::field("a").key("token")],
            chart_version: "1.0.0".to_owned(),
            app_version: Value::Null,
        };
        let before = attributes(json!({"objects": {"a": {"image": "1", "token": "before"}}, "chart_version": "1.0.0",
            "revision": 3, "status": "deployed"}));
        let same = planned_outputs(&Planned::Known(told("1")), Some(&before));
        assert_eq!(same["objects"], before["objects"]);
        assert_eq!(same["revision"], Value::Integer(3));
        let other = planned_outputs(&Planned::Known(told("2")), Some(&before));
        assert_eq!(other["objects"].at(Path::field("a").key("token").segments()), Some(&Value::Unknown(Kind::Any)));
        assert_eq!(other["revision"], Value::Unknown(Kind::Integer));
    }

    #[test]
    fn another_chart_under_the_same_name_is_told() {
        for (chart, name, same) in [
            ("keda", "keda", true),
            ("keda", "nginx", false),
            ("oci://ghcr.io/kedacore/charts/keda:2.18.1", "keda", true),
            ("./charts/x", "y", true),
        ] {
            assert_eq!(names(chart, name), same, "{chart} {name}");
        }
    }
}
