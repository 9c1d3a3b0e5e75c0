//! Sets of fields: their algebra, their JSON form, and what an object says something about.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{Element, FieldSet, Scalar, check, shown};
use crate::simulator::kubernetes::schema::{Schema, built_in};

fn deployment() -> &'static Schema {
    built_in("apps", "v1", "Deployment").unwrap()
}

#[test]
fn an_object_says_something_about_its_leaves_and_the_items_of_its_lists() {
    let object = json!({
        "metadata": {"labels": {"app": "web"}, "finalizers": ["a/b"], "annotations": {}},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}},
            "template": {"spec": {"containers": [{"name": "web", "args": ["x"], "ports": [{"containerPort": 80}]}]}}}
    });
    let set = FieldSet::of(&object, deployment());
    assert_eq!(
        set.to_json(),
        json!({
            "f:metadata": {"f:labels": {"f:app": {}}, "f:finalizers": {"v:\"a/b\"": {}}, "f:annotations": {}},
            "f:spec": {"f:replicas": {}, "f:selector": {},
                "f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"web\"}": {
                    ".": {}, "f:name": {}, "f:args": {},
                    "f:ports": {"k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}}
                }}}}}
        })
    );
    let paths: Vec<_> = set.paths().iter().map(|path| shown(path)).collect();
    for path in [
        ".metadata.finalizers[=\"a/b\"]",
        ".spec.selector",
        ".spec.template.spec.containers[name=\"web\"]",
        ".spec.template.spec.containers[name=\"web\"].ports[containerPort=80,protocol=\"TCP\"].containerPort",
    ] {
        assert!(paths.contains(&path.to_owned()), "{path} in {paths:?}");
    }
}

#[test]
fn what_cannot_be_applied_is_told_with_its_place() {
    let in_pod = |pod: Json| json!({"spec": {"template": {"spec": pod}}});
    let cases = [
        (json!({"spec": {"replica": 1}}), ".spec.replica: field not declared in schema"),
        (json!({"spec": []}), ".spec: expected map, got []"),
        (
            in_pod(json!({"containers": [{"name": "a"}, {"name": "a"}]})),
            ".spec.template.spec.containers: duplicate entries for key [name=\"a\"]",
        ),
        (
            in_pod(json!({"containers": [{"image": "a"}]})),
            ".spec.template.spec.containers: element 0: associative list with keys has an element that omits all key fields [\"name\"] (and doesn't have default values for any key fields)",
        ),
        (
            in_pod(json!({"volumes": [null]})),
            ".spec.template.spec.volumes: element 0: associative list with keys may not have a null element",
        ),
        (json!({"metadata": {"finalizers": ["a", "a"]}}), ".metadata.finalizers: duplicate entries for key [=\"a\"]"),
    ];
    for (object, why) in cases {
        assert_eq!(check(&object, deployment()), Err(why.to_owned()));
    }
    assert_eq!(check(&in_pod(json!({"containers": [{"name": "a"}], "tolerations": [{}, {}]})), deployment()), Ok(()));
}

#[test]
fn a_part_is_no_member_because_what_is_below_it_is() {
    let set = FieldSet::named(&[&["spec", "replicas"], &["metadata", "labels", "app"]]);
    assert!(!set.has(&[Element::field("spec")]));
    let with = set.with_named_parents(deployment());
    let paths: Vec<_> = with.paths().iter().map(|path| shown(path)).collect();
    assert_eq!(paths, [".metadata", ".metadata.labels", ".metadata.labels.app", ".spec", ".spec.replicas"]);
}

#[test]
fn a_difference_leaves_what_is_below() {
    let parent = FieldSet::named(&[&["a"]]);
    let child = FieldSet::named(&[&["a", "b"]]);
    assert_eq!(child.difference(&parent), child);
    assert_eq!(parent.difference(&child), parent);
}

#[test]
fn what_a_later_version_wrote_is_left_out() {
    let set = FieldSet::from_json(&json!({"f:a": {}, "q:b": {}, "nonsense": {}, "i:3": {"f:c": {}}}));
    assert_eq!(set.to_json(), json!({"f:a": {}, "i:3": {"f:c": {}}}));
}

fn element() -> impl Strategy<Value = Element> {
    let scalar = prop_oneof![
        any::<i32>().prop_map(|number| Scalar::of(&json!(number))),
        "[a-z\"/:]{0,3}".prop_map(|text| Scalar::of(&json!(text))),
        any::<bool>().prop_map(|flag| Scalar::of(&json!(flag))),
    ];
    prop_oneof![
        "[a-d./]{1,2}".prop_map(|name| Element::field(&name)),
        prop::collection::btree_map("[a-b]", scalar.clone(), 1..3).prop_map(Element::Key),
        scalar.prop_map(Element::Value),
        (0..3_u64).prop_map(Element::Index),
    ]
}

fn set() -> impl Strategy<Value = FieldSet> {
    prop::collection::vec(prop::collection::vec(element(), 1..4), 0..8).prop_map(|paths| {
        let mut set = FieldSet::default();
        for path in &paths {
            set.insert(path);
        }
        set
    })
}

proptest! {
    #[test]
    fn the_json_form_says_it_all(set in set()) {
        prop_assert_eq!(FieldSet::from_json(&set.to_json()), set);
    }

    #[test]
    fn every_path_is_in_exactly_the_sets_it_should_be(a in set(), b in set()) {
        let (union, both, rest) = (a.union(&b), a.intersection(&b), a.difference(&b));
        for path in union.paths() {
            let (in_a, in_b) = (a.has(&path), b.has(&path));
            prop_assert!(in_a || in_b);
            prop_assert_eq!(both.has(&path), in_a && in_b);
            prop_assert_eq!(rest.has(&path), in_a && !in_b);
        }
        prop_assert_eq!(union.paths().len(), a.paths().len() + b.difference(&a).paths().len());
        prop_assert_eq!(rest.union(&both), a);
    }

    #[test]
    fn no_set_has_empty_parts(a in set(), b in set()) {
        for set in [a.intersection(&b), a.difference(&b)] {
            prop_assert_eq!(set.is_empty(), set.paths().is_empty());
            prop_assert_eq!(FieldSet::from_json(&set.to_json()), set);
        }
    }
}
