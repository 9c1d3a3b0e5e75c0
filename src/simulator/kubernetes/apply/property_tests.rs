//! What holds for whatever anyone applies, in whatever order.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::{FieldSet, Manager, Refused, apply, managed::Managers, track};
use crate::simulator::kubernetes::fields::Element;
use crate::simulator::kubernetes::schema::{Schema, built_in};
use crate::simulator::kubernetes::validation::drop_empty;

const NAMES: [&str; 3] = ["alice", "bob", "carol"];

fn schema() -> &'static Schema {
    built_in("apps", "v1", "Deployment").unwrap()
}

fn manager(who: usize, seconds: u64) -> Manager<'static> {
    Manager { name: NAMES[who], subresource: "", time: Duration::from_secs(seconds) }
}

/// A few fields of every sort: scalars, maps, lists by keys, sets, and what changes hands as a whole.
fn deployment() -> impl Strategy<Value = Json> {
    let texts = || prop::collection::btree_map("[ab]", "[xy]", 0..3);
    let port =
        (1..3_u16, prop::option::of("[pq]"), prop::option::of(Just("UDP"))).prop_map(|(number, name, protocol)| {
            let mut port = json!({"containerPort": number});
            add(&mut port, "name", name.map(Json::from));
            add(&mut port, "protocol", protocol.map(Json::from));
            port
        });
    let container = (
        prop::option::of("[12]"),
        prop::collection::vec(port, 0..3),
        prop::option::of(prop::collection::vec("[xy]", 0..2)),
    );
    let containers = prop::collection::btree_map("[a-d]", container, 0..4);
    (
        prop::option::of(1..4_u8),
        texts(),
        texts(),
        containers,
        prop::collection::btree_set("x/[ab]", 0..3),
        any::<bool>(),
    )
        .prop_map(|(replicas, labels, selector, containers, finalizers, backwards)| {
            let mut items: Vec<Json> = containers
                .into_iter()
                .map(|(name, (image, ports, args))| {
                    let mut item = json!({"name": name, "ports": distinct(ports)});
                    add(&mut item, "image", image.map(Json::from));
                    add(&mut item, "args", args.map(|args| json!(args)));
                    item
                })
                .collect();
            if backwards {
                items.reverse();
            }
            let mut object =
                json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {}});
            add(&mut object["spec"], "replicas", replicas.map(Json::from));
            add(&mut object["metadata"], "labels", (!labels.is_empty()).then(|| json!(labels)));
            add(&mut object["metadata"], "finalizers", (!finalizers.is_empty()).then(|| json!(finalizers)));
            add(&mut object["spec"], "selector", (!selector.is_empty()).then(|| json!({"matchLabels": selector})));
            add(&mut object["spec"], "template", (!items.is_empty()).then(|| json!({"spec": {"containers": items}})));
            drop_empty(&mut object, schema());
            object
        })
}

fn add(object: &mut Json, name: &str, value: Option<Json>) {
    if let Some(value) = value {
        object[name] = value;
    }
}

/// Without those that would be told apart by nothing.
fn distinct(ports: Vec<Json>) -> Vec<Json> {
    let mut kept: Vec<Json> = Vec::new();
    for port in ports {
        if !kept
            .iter()
            .any(|other| (&other["containerPort"], &other["protocol"]) == (&port["containerPort"], &port["protocol"]))
        {
            kept.push(port);
        }
    }
    kept
}

/// Who does what: applies, applies with force, or updates.
#[derive(Clone, Debug)]
struct Deed {
    who: usize,
    how: u8,
    object: Json,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = (0..3_usize, 0..3_u8, deployment()).prop_map(|(who, how, object)| Deed { who, how, object });
    prop::collection::vec(deed, 0..6)
}

fn done(deeds: &[Deed]) -> Option<Json> {
    let mut live: Option<Json> = None;
    for (at, deed) in deeds.iter().enumerate() {
        let manager = manager(deed.who, at as u64);
        live = match deed.how {
            2 => Some(track(live.as_ref(), deed.object.clone(), &manager, schema())),
            how => apply(live.as_ref(), &deed.object, &manager, how == 1, schema()).ok().or(live),
        };
    }
    live
}

/// The value at a path.
fn at<'j>(object: &'j Json, path: &[Element], schema: &Schema) -> Option<&'j Json> {
    let Some((first, rest)) = path.split_first() else { return Some(object) };
    match first {
        Element::Field(name) => at(object.get(name)?, rest, schema.member(name)),
        element => {
            let items = crate::simulator::kubernetes::fields::item_elements(object, schema);
            at(items.into_iter().find(|(other, _)| other == element)?.1, rest, schema.item())
        }
    }
}

fn fields_of(object: &Json, who: &str) -> FieldSet {
    let entries = object["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    let own =
        entries.iter().filter(|entry| entry["manager"] == who).map(|entry| FieldSet::from_json(&entry["fieldsV1"]));
    own.fold(FieldSet::default(), |all, fields| all.union(&fields))
}

/// The fields that an object says something about, and that someone may own.
fn ownable(object: &Json) -> FieldSet {
    FieldSet::of(object, schema()).difference(&FieldSet::named(super::NEVER_OWNED))
}

fn is_leaf(value: &Json) -> bool {
    !value.is_object() && !value.is_array()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn applying_twice_changes_nothing(deeds in deeds(), object in deployment()) {
        let live = done(&deeds);
        let once = apply(live.as_ref(), &object, &manager(0, 50), true, schema()).unwrap();
        let twice = apply(Some(&once), &object, &manager(0, 60), false, schema()).unwrap();
        prop_assert_eq!(twice, once);
    }

    #[test]
    fn what_is_applied_is_there_and_owned(deeds in deeds(), object in deployment(), force in any::<bool>()) {
        let live = done(&deeds);
        let Ok(after) = apply(live.as_ref(), &object, &manager(0, 50), force, schema()) else { return Ok(()) };
        let owned = fields_of(&after, NAMES[0]);
        for path in ownable(&object).paths() {
            prop_assert!(owned.has(&path), "{path:?} of {after}");
            let value = at(&object, &path, schema()).filter(|value| is_leaf(value));
            if value.is_some() {
                prop_assert_eq!(at(&after, &path, schema()), value);
            }
        }
    }

    #[test]
    fn without_force_nothing_of_others_changes(deeds in deeds(), object in deployment()) {
        let Some(live) = done(&deeds) else { return Ok(()) };
        let Ok(after) = apply(Some(&live), &object, &manager(0, 50), false, schema()) else { return Ok(()) };
        let given_up = fields_of(&live, NAMES[0]).difference(&fields_of(&after, NAMES[0]));
        for other in &NAMES[1..] {
            let (had, has) = (fields_of(&live, other), fields_of(&after, other));
            prop_assert_eq!(&has.difference(&had), &FieldSet::default());
            for path in had.paths() {
                // An item that only the applier owned goes with all that is in it.
                let went = (1..path.len()).any(|end| given_up.has(&path[..end]) && !had.has(&path[..end]));
                let (was, is) = (at(&live, &path, schema()), at(&after, &path, schema()));
                if was.is_some_and(is_leaf) {
                    prop_assert!(is == was || (went && is.is_none()), "{path:?}");
                }
                prop_assert!(is.is_some() || went, "{path:?}");
                prop_assert!(has.has(&path) || went, "{path:?}");
            }
        }
    }

    #[test]
    fn a_conflict_is_about_a_field_of_someone_else_with_another_value(deeds in deeds(), object in deployment()) {
        let Some(live) = done(&deeds) else { return Ok(()) };
        let Err(refusal) = apply(Some(&live), &object, &manager(0, 50), false, schema()) else { return Ok(()) };
        let Refused::Conflicts(conflicts) = refusal else { panic!("{refusal:?}") };
        prop_assert!(!conflicts.is_empty());
        for conflict in conflicts {
            prop_assert!(conflict.operation == "Update" || conflict.manager != NAMES[0]);
            prop_assert!(fields_of(&live, &conflict.manager).has(&conflict.path));
            prop_assert_ne!(at(&live, &conflict.path, schema()), at(&object, &conflict.path, schema()));
        }
    }

    #[test]
    fn what_a_lone_applier_gives_up_is_gone(first in deployment(), second in deployment()) {
        let live = apply(None, &first, &manager(0, 1), false, schema()).unwrap();
        let mut after = apply(Some(&live), &second, &manager(0, 2), false, schema()).unwrap();
        prop_assert_eq!(fields_of(&after, NAMES[0]), ownable(&second));
        after["metadata"].as_object_mut().unwrap().remove("managedFields");
        prop_assert_eq!(ownable(&after), ownable(&second));
    }

    #[test]
    fn books_are_kept_only_on_what_is_there(deeds in deeds()) {
        let Some(live) = done(&deeds) else { return Ok(()) };
        for path in Managers::of(Some(&live)).all_fields().paths() {
            prop_assert!(at(&live, &path, schema()).is_some(), "{path:?} of {live}");
        }
        let entries = live["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
        prop_assert!(entries.iter().all(|entry| entry["fieldsV1"] != json!(Map::new())));
    }

    #[test]
    fn who_updates_owns_what_changed(deeds in deeds(), object in deployment()) {
        // No books are kept on an object that nothing was said of when it was made.
        let Some(live) = done(&deeds).filter(|live| !Managers::of(Some(live)).is_empty()) else { return Ok(()) };
        let after = track(Some(&live), object.clone(), &manager(0, 50), schema());
        for path in ownable(&object).paths() {
            let (was, is) = (at(&live, &path, schema()), at(&after, &path, schema()));
            if was != is && is.is_some_and(is_leaf) {
                prop_assert!(fields_of(&after, NAMES[0]).has(&path));
                prop_assert!(!fields_of(&after, NAMES[1]).has(&path) && !fields_of(&after, NAMES[2]).has(&path));
            }
        }
    }
}
