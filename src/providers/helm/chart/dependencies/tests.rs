use serde_json::{Value as Json, json};

use super::*;
use crate::providers::helm::values;

/// A chart of `{name, version, dependencies, values, charts}`.
fn chart(of: &Json) -> Chart {
    let mut metadata = json!({"apiVersion": "v2", "name": of["name"], "version": "1.0.0"});
    for key in ["version", "dependencies"] {
        if let Some(value) = of.get(key) {
            metadata[key] = value.clone();
        }
    }
    let mut made = Chart::default();
    made.metadata.read(&metadata).unwrap();
    made.values = of.get("values").unwrap_or(&json!({})).as_object().unwrap().clone();
    made.dependencies = of.get("charts").and_then(Json::as_array).into_iter().flatten().map(chart).collect();
    made
}

fn inner(name: &str) -> Json {
    json!({"name": name, "values": {"x": 1, "exports": {"d": {"p": 1}}, "data": {"q": {"r": 2}}}})
}

fn processed(of: &Json, user: &Json) -> Chart {
    process_dependencies(chart(of), user.as_object().unwrap()).unwrap().0
}

/// The names of the charts inside, with theirs.
fn names(chart: &Chart) -> String {
    let name = |inner: &Chart| match names(inner) {
        inside if inside.is_empty() => inner.metadata.name.clone(),
        inside => format!("{}({inside})", inner.metadata.name),
    };
    chart.dependencies.iter().map(name).collect::<Vec<_>>().join(" ")
}

/// What the chart's templates see, as Helm 4.2.3 printed it in the same case.
fn seen(of: &Json, user: &Json) -> Json {
    Json::Object(values::coalesce(&processed(of, user), user.as_object().unwrap()).unwrap())
}

fn with(dependencies: &Json) -> Json {
    json!({"name": "a", "dependencies": dependencies, "charts": [inner("b"), inner("c"), inner("d")]})
}

fn left(dependencies: &Json, user: &Json) -> String {
    names(&processed(&with(dependencies), user))
}

#[test]
fn charts_that_no_one_names_are_always_there() {
    assert_eq!(left(&json!([]), &json!({})), "b c d");
    assert_eq!(left(&json!([{"name": "c", "version": "*"}]), &json!({})), "b d c");
}

#[test]
fn the_first_condition_that_is_a_boolean_decides() {
    let of = json!([{"name": "b", "version": "*", "condition": "b.enabled,g.on"}]);
    assert_eq!(left(&of, &json!({})), "c d b");
    assert_eq!(left(&of, &json!({"b": {"enabled": false}, "g": {"on": true}})), "c d");
    assert_eq!(left(&of, &json!({"g": {"on": false}})), "c d");
    assert_eq!(left(&of, &json!({"b": {"enabled": 1}, "g": {"on": false}})), "c d");
    assert_eq!(left(&of, &json!({"b": {"enabled": "no"}})), "c d b");
    let spaced = json!([{"name": "b", "version": "*", "condition": " b.enabled , g.on"}]);
    assert_eq!(left(&spaced, &json!({"g": {"on": false}})), "c d b");
    assert_eq!(left(&json!([{"name": "b", "version": "*", "condition": "b"}]), &json!({})), "c d b");
}

#[test]
fn tags_enable_and_disable_and_conditions_know_better() {
    let of = json!([{"name": "b", "version": "*", "tags": ["f", "k"]}, {"name": "c", "version": "*", "tags": ["k"]},
        {"name": "d", "version": "*", "tags": ["k"], "condition": "d.enabled"}]);
    assert_eq!(left(&of, &json!({})), "b c d");
    assert_eq!(left(&of, &json!({"tags": {"f": true, "k": false}, "d": {"enabled": true}})), "b d");
    assert_eq!(left(&of, &json!({"tags": {"k": "no"}})), "b c d");
}

#[test]
fn a_chart_may_be_there_under_several_names() {
    let of = json!([{"name": "b", "version": "*", "alias": "b1", "condition": "b1.on"},
        {"name": "b", "version": "*", "alias": "b2"}, {"name": "b", "version": "*"}]);
    let chart = processed(&with(&of), &json!({"b1": {"on": false}}));
    assert_eq!(names(&chart), "c d b2 b");
    let listed = json!([{"name": "b2", "alias": "b2", "version": "*", "repository": "", "enabled": true},
        {"name": "b", "version": "*", "repository": "", "enabled": true}]);
    assert_eq!(chart.metadata.all["dependencies"], listed);
    assert_eq!(seen(&with(&of), &json!({"b2": {"x": 5}}))["b2"]["x"], json!(5));
}

#[test]
fn two_versions_of_a_chart_are_told_apart() {
    let of = json!({"name": "a", "charts": [{"name": "b", "version": "1.1.0"}, {"name": "b", "version": "2.1.0"}],
        "dependencies": [{"name": "b", "version": "1.x", "alias": "one"}, {"name": "b", "version": "2.x", "alias": "two"}]});
    let chart = processed(&of, &json!({}));
    let versions: Vec<_> = chart.dependencies.iter().map(|inner| inner.metadata.version.as_str()).collect();
    assert_eq!((names(&chart).as_str(), versions), ("one two", vec!["1.1.0", "2.1.0"]));
}

#[test]
fn a_chart_of_another_version_than_asked_for_counts_as_one_that_no_one_names() {
    assert_eq!(left(&json!([{"name": "b", "version": ">2"}]), &json!({})), "b c d");
}

#[test]
fn what_is_missing_is_named() {
    let of = chart(&with(&json!([{"name": "zz", "version": "*"}, {"name": "b"}, {"name": "y"}])));
    let error = process_dependencies(of, &Map::new()).unwrap_err();
    assert!(error.message.ends_with("found in Chart.yaml, but missing in charts/ directory: zz, y"), "{error}");
    assert!(error.help.contains("helm dependency build"));
}

#[test]
fn conditions_and_tags_of_inner_charts_are_read_from_the_outermost_values() {
    let nested = json!({"name": "a", "dependencies": [{"name": "b", "version": "*"}], "charts": [{"name": "b",
        "dependencies": [{"name": "c", "version": "*", "condition": "c.enabled", "tags": ["t"]},
            {"name": "e", "version": "*", "condition": "e.on"}], "charts": [inner("c"), inner("e")]}]});
    assert_eq!(names(&processed(&nested, &json!({"b": {"c": {"enabled": false}}, "e": {"on": false}}))), "b(e)");
    assert_eq!(names(&processed(&nested, &json!({"tags": {"t": false}}))), "b(e)");
    let unnamed = json!({"name": "a", "charts": nested["charts"]});
    assert_eq!(names(&processed(&unnamed, &json!({"b": {"c": {"enabled": false}}}))), "b(c e)");
}

#[test]
fn imported_values_are_under_the_charts_own() {
    let of = json!({"name": "a", "values": {"p": 7}, "charts": [inner("b")], "dependencies": [{"name": "b", "version": "*",
        "import-values": ["d", {"child": "data", "parent": "imp"}, {"child": "nope", "parent": "q"}, "nope",
            {"child": "data"}, 5, {"child": "data.q", "parent": "m.n"}]}]});
    let expected = json!({"b": {"data": {"q": {"r": 2}}, "exports": {"d": {"p": 1}}, "global": {}, "x": 1},
        "imp": {"q": {"r": 2}}, "p": 7, "<nil>": {"q": {"r": 2}}, "m": {"n": {"r": 2}}});
    assert_eq!(seen(&of, &json!({})), expected);
    let listed = processed(&of, &json!({})).metadata.dependencies();
    let imports = json!([{"child": "exports.d", "parent": "."}, {"child": "data", "parent": "imp"},
        {"child": "nope", "parent": "q"}, {"child": "exports.nope", "parent": "."},
        {"child": "data", "parent": "<nil>"}, {"child": "data.q", "parent": "m.n"}]);
    assert_eq!(Json::Array(listed[0].import_values.clone()), imports);
}

#[test]
fn values_are_imported_from_the_inside_out() {
    let of = json!({"name": "a", "charts": [{"name": "b", "values": {"up": {"own": 1}}, "charts": [inner("c")],
            "dependencies": [{"name": "c", "version": "*", "import-values": [{"child": "data", "parent": "up"}]}]}],
        "dependencies": [{"name": "b", "version": "*", "import-values": [{"child": "up", "parent": "."}]}]});
    let seen = seen(&of, &json!({}));
    assert_eq!((&seen["own"], &seen["q"]), (&json!(1), &json!({"r": 2})));
    assert_eq!(seen["b"]["up"], json!({"own": 1, "q": {"r": 2}}));
}

/// Helm hands the same map to both charts.
#[test]
fn what_is_imported_twice_to_one_place_is_in_the_first_chart_too() {
    let exporting = |name: &str| json!({"name": name, "values": {"exports": {"d": {"t": {name: 1}}}}});
    let of = json!({"name": "a", "charts": [exporting("b"), exporting("c")], "dependencies":
        [{"name": "b", "version": "*", "import-values": ["d"]}, {"name": "c", "version": "*", "import-values": ["d"]}]});
    let expected = json!({"b": {"exports": {"d": {"t": {"b": 1, "c": 1}}}, "global": {}},
        "c": {"exports": {"d": {"t": {"c": 1}}}, "global": {}}, "t": {"b": 1, "c": 1}});
    assert_eq!(seen(&of, &json!({})), expected);
}

#[test]
fn globals_reach_what_is_imported() {
    let of = json!({"name": "a", "values": {"global": {"g": {"h": 1}}}, "dependencies": [{"name": "b", "version": "*",
            "import-values": [{"child": "global", "parent": "glob"}]}],
        "charts": [{"name": "b", "values": {"global": {"g": {"i": 2}}, "x": 1}}]});
    let expected = json!({"b": {"global": {"g": {"h": 1, "i": 2}}, "x": 1}, "glob": {"g": {"h": 1, "i": 2}},
        "global": {"g": {"h": 1}}});
    assert_eq!(seen(&of, &json!({})), expected);
}

#[test]
fn a_null_of_a_user_deletes_what_was_imported() {
    let of = json!({"name": "a", "values": {"n": {"k": 1, "z": null}, "nn": null}, "dependencies": [{"name": "b",
            "version": "*", "import-values": ["d"]}],
        "charts": [{"name": "b", "values": {"exports": {"d": {"n": {"k": 2, "j": 3}}}, "nil": null}}]});
    let expected = json!({"b": {"exports": {"d": {"n": {"j": 3, "k": 2}}}, "global": {}}, "n": {"j": 3}});
    assert_eq!(seen(&of, &json!({"n": {"k": null}})), expected);
}

#[test]
fn values_of_a_dependency_are_a_map() {
    let mut of = with(&json!([{"name": "b", "version": "*"}]));
    of["values"] = json!({"b": 3});
    assert_eq!(process_dependencies(chart(&of), &Map::new()).unwrap_err().code, "chart/values");
}

#[test]
fn values_that_are_moved_into_themselves_are_refused() {
    let of = with(&json!([{"name": "b", "version": "*",
        "import-values": [{"child": "data", "parent": "x"}, {"child": "data", "parent": "x.k"}]}]));
    assert_eq!(process_dependencies(chart(&of), &Map::new()).unwrap_err().code, "chart/import-loop");
}
