//! Random objects that an API server defaulted, that others added to, and that somebody changed.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// A part of a manifest, and what an API server makes of it.
#[derive(Clone, Debug)]
enum Part {
    /// What is written, and what is there instead, if that is another spelling.
    Leaf(Json, Option<Option<Json>>),
    Map(BTreeMap<String, Part>),
    /// Elements by name, which others may add to and reorder.
    Named(BTreeMap<String, BTreeMap<String, Part>>),
    Set(BTreeMap<String, ()>),
    /// One value that is a list, whose elements get defaults.
    Atomic(Vec<BTreeMap<String, i64>>),
    /// One value that is a map, which gets a default.
    Whole(BTreeMap<String, i64>),
}

fn any_part() -> impl Strategy<Value = Part> {
    let leaf = || {
        prop_oneof![
            any::<i64>().prop_map(Json::from),
            any::<bool>().prop_map(Json::from),
            "[a-z]{0,4}".prop_map(Json::from)
        ]
    };
    let spelled = proptest::option::of(proptest::option::of(leaf()));
    let simple = prop_oneof![
        4 => (leaf(), spelled).prop_map(|(written, there)| Part::Leaf(written, there)),
        1 => proptest::collection::btree_map("[a-z]{1,3}", Just(()), 1..4).prop_map(Part::Set),
        1 => proptest::collection::vec(proptest::collection::btree_map("[a-z]{1,3}", any::<i64>(), 0..3), 1..3).prop_map(Part::Atomic),
    ];
    let whole = proptest::collection::btree_map("[a-z]{1,3}", any::<i64>(), 1..4).prop_map(Part::Whole);
    let simple = prop_oneof![5 => simple, 1 => whole];
    simple.prop_recursive(4, 32, 4, |inner| {
        let fields = || proptest::collection::btree_map("[a-m]{1,3}", inner.clone(), 0..4);
        prop_oneof![
            fields().prop_map(Part::Map),
            proptest::collection::btree_map("[a-z]{1,3}", fields(), 1..4).prop_map(Part::Named),
        ]
    })
}

/// Which leaf somebody changes, counted down while the object is written.
type Countdown = Option<usize>;

fn is_changed(countdown: &mut Countdown) -> bool {
    let now = *countdown == Some(0);
    *countdown = countdown.and_then(|left| left.checked_sub(1));
    now
}

impl Part {
    fn written(&self) -> Json {
        match self {
            Part::Leaf(written, _) => written.clone(),
            Part::Map(fields) => written_fields(fields),
            Part::Named(elements) => elements
                .iter()
                .map(|(name, fields)| {
                    let mut element = written_fields(fields);
                    element["name"] = json!(name);
                    element
                })
                .collect(),
            Part::Set(items) => items.keys().map(|item| json!(item)).collect(),
            Part::Atomic(items) => json!(items),
            Part::Whole(fields) => json!(fields),
        }
    }

    fn fields(&self) -> Json {
        match self {
            Part::Leaf(..) | Part::Atomic(_) | Part::Whole(_) => json!({}),
            Part::Map(fields) => fields.iter().map(|(key, part)| (format!("f:{key}"), part.fields())).collect(),
            Part::Named(elements) => elements
                .iter()
                .map(|(name, fields)| (format!("k:{}", json!({"name": name})), Part::Map(fields.clone()).fields()))
                .collect(),
            Part::Set(items) => items.keys().map(|item| (format!("v:{}", json!(item)), json!({}))).collect(),
        }
    }

    fn live(&self, countdown: &mut Countdown) -> Option<Json> {
        Some(match self {
            Part::Leaf(written, there) => {
                let there = there.clone().unwrap_or_else(|| Some(written.clone()));
                return if is_changed(countdown) { Some(json!("somebody was here")) } else { there };
            }
            Part::Map(fields) => live_fields(fields, countdown),
            Part::Named(elements) => {
                let mut live = vec![json!({"name": "1-of-others", "a": 1})];
                for (name, fields) in elements.iter().rev() {
                    if is_changed(countdown) {
                        continue;
                    }
                    let mut element = live_fields(fields, countdown);
                    element["name"] = json!(name);
                    live.push(element);
                }
                Json::Array(live)
            }
            Part::Set(items) => {
                let gone = is_changed(countdown);
                let kept = items.keys().rev().skip(usize::from(gone)).map(|item| json!(item));
                [json!("1-of-others")].into_iter().chain(kept).collect()
            }
            Part::Atomic(items) => {
                let mut items: Vec<_> = items.iter().map(|item| json!(item)).collect();
                items.iter_mut().for_each(|item| item["1-default"] = json!(true));
                if is_changed(countdown) {
                    items.push(json!({}));
                }
                Json::Array(items)
            }
            Part::Whole(fields) => {
                let mut live = json!(fields);
                live["1-default"] = json!(is_changed(countdown));
                live
            }
        })
    }

    fn leaves(&self) -> usize {
        match self {
            Part::Leaf(..) | Part::Set(_) | Part::Atomic(_) | Part::Whole(_) => 1,
            Part::Map(fields) => fields.values().map(Part::leaves).sum(),
            Part::Named(elements) => {
                elements.values().map(|fields| 1 + fields.values().map(Part::leaves).sum::<usize>()).sum()
            }
        }
    }
}

fn written_fields(fields: &BTreeMap<String, Part>) -> Json {
    Json::Object(fields.iter().map(|(key, part)| (key.clone(), part.written())).collect())
}

fn live_fields(fields: &BTreeMap<String, Part>, countdown: &mut Countdown) -> Json {
    let mut live: Map<_, _> =
        fields.iter().filter_map(|(key, part)| Some((key.clone(), part.live(countdown)?))).collect();
    live.insert("z-default".to_owned(), json!(true));
    Json::Object(live)
}

fn object(part: &Part, mut countdown: Countdown) -> (Json, Json) {
    let names = json!({"name": "w"});
    let written = json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": names, "spec": part.written()});
    let mut live = json!({"apiVersion": "example.com/v1", "kind": "Widget",
        "metadata": {"name": "w", "managedFields": [{"manager": "tidegate", "fieldsV1": {"f:spec": part.fields()}}]}});
    if let Some(spec) = part.live(&mut countdown) {
        live["spec"] = spec;
    }
    (written, live)
}

proptest! {
    #[test]
    fn an_object_that_was_only_defaulted_is_shown_as_written(part in any_part()) {
        let (written, live) = object(&part, None);
        let normal = Normal::of(&written, &live);
        prop_assert_eq!(of(&live, &written, &normal), Shown { manifest: written, given_up: Vec::new() });
    }

    #[test]
    fn a_changed_leaf_is_always_shown_changed(part in any_part(), chosen in any::<prop::sample::Index>()) {
        prop_assume!(part.leaves() > 0);
        let (written, live) = object(&part, None);
        let normal = Normal::of(&written, &live);
        let (_, changed) = object(&part, Some(chosen.index(part.leaves())));
        prop_assert_ne!(&changed, &live);
        prop_assert_ne!(of(&changed, &written, &normal).manifest, written);
    }

    #[test]
    fn giving_up_nothing_leaves_everything(part in any_part()) {
        let (written, _) = object(&part, None);
        prop_assert_eq!(without(written.clone(), &["spec.none[name=\"x\"].y".to_owned()]), written);
    }
}
