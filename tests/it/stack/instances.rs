//! `for_each` and `when`, and the keys of a resource's life.

use tidegate::address::Address;

use super::{planned, problems, stack};

#[test]
fn for_each_goes_through_lists_and_maps() {
    let plan = planned(
        "
variables:
  names: { type: list, default: [b, a] }
locals:
  sizes: { small: 1, large: { of: 2 } }
resources:
  plain: { type: tidegate.data, for_each: [x], spec: { input: \"${each.key}=${each.value}\" } }
  given: { type: tidegate.data, for_each: \"${vars.names}\", spec: { input: \"${each.key}\" } }
  sized: { type: tidegate.data, for_each: \"${locals.sizes}\", spec: { input: \"${each.value}\" } }
  made: { type: tidegate.data, for_each: \"${vars.names.map(n, n + n)}\", spec: { input: \"${each.key}\" } }
  none: { type: tidegate.data, for_each: [], spec: { input: \"${each.key}\" } }
  odd: { type: tidegate.data, for_each: [\"a b\", \"\", \"é\\\"\"], spec: { input: \"${each.key}\" } }
",
        &[("names", "[c, d]")],
    );
    let shown: Vec<_> = plan.iter().map(|(address, after)| format!("{address} {after}")).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    given["c"] {"id": (known after apply), "input": "c", "output": "c"}
    given["d"] {"id": (known after apply), "input": "d", "output": "d"}
    made["cc"] {"id": (known after apply), "input": "cc", "output": "cc"}
    made["dd"] {"id": (known after apply), "input": "dd", "output": "dd"}
    odd[""] {"id": (known after apply), "input": "", "output": ""}
    odd["a b"] {"id": (known after apply), "input": "a b", "output": "a b"}
    odd["é\""] {"id": (known after apply), "input": "é\"", "output": "é\""}
    plain["x"] {"id": (known after apply), "input": "x=x", "output": "x=x"}
    sized["large"] {"id": (known after apply), "input": {"of": 2}, "output": {"of": 2}}
    sized["small"] {"id": (known after apply), "input": 1, "output": 1}
    "#);
}

#[test]
fn for_each_says_what_it_wants() {
    insta::assert_snapshot!(problems("
variables:
  token: { type: list, secret: true, default: null }
resources:
  a: { type: tidegate.data, for_each: 3 }
  b: { type: tidegate.data, for_each: [1] }
  c: { type: tidegate.data, for_each: [x, x] }
  d: { type: tidegate.data, for_each: \"${a.id}\" }
  e: { type: tidegate.data, for_each: [{ a: 1 }] }
  f: { type: tidegate.data, for_each: null }
  g: { type: tidegate.data, for_each: [\"${each.key}\"] }
  h: { type: tidegate.data, for_each: \"${locals.later}\" }
  i: { type: tidegate.data, for_each: \"text\" }
locals:
  later: ${[x.id]}
"), @r#"
    7:39 «3» stack/bad-for-each: `for_each` is 3 (give a list of strings, or a map)
    8:39 «[1]» stack/bad-for-each: `for_each` holds 1, which is no string (put it in quotes)
    9:39 «[x, x]» stack/bad-for-each: `for_each` holds "x" twice (each item names one instance)
    10:42 «a.id» stack/not-known-yet: `for_each` must be known before any resource is, so it cannot use `a.id` (take it from a variable or a local that depends on no resource)
    11:39 «[{ a: 1 }]» stack/bad-for-each: `for_each` holds a map where it takes strings (give a map, so that each value has a key)
    12:39 «null» stack/bad-for-each: `for_each` is null (for no instance at all, give an empty list)
    13:43 «each.key» stack/unknown-reference: `each.key` stands where there is no `for_each` (add `for_each` to the resource, or name the value otherwise)
    15:39 «"text"» stack/bad-for-each: `for_each` is "text" (give a list of strings, or a map)
    17:13 «x.id» stack/unknown-reference: there is no resource `x`
    "#);
}

#[test]
fn instances_go_by_key() {
    insta::assert_snapshot!(problems("
resources:
  many: { type: test.thing, for_each: [a, b], spec: { name: \"${each.key}\" } }
  none: { type: test.thing, for_each: [], spec: { name: \"${each.key}\" } }
  one: { type: test.thing, spec: { name: one } }
  use:
    type: tidegate.data
    spec:
      input:
        - ${many.id}
        - ${many[\"c\"].id}
        - ${many[\"a\"].idd}
        - ${many[0].id}
        - ${one[\"a\"].id}
        - ${many[each.key].id}
        - ${none[\"a\"].id}
        - \"also ${many['d'].id}\"
        - ${many[\"d\"].id + one.id}
        - ${\"d\" in many ? many[\"d\"].id : one.id}
"), @r#"
    12:11 «${many.id}» expression/failed: `many` has no instance `id`; it has `a`, `b`
    13:11 «${many["c"].id}» expression/failed: `many` has no instance `c`; it has `a`, `b`
    14:13 «many["a"].idd» stack/unknown-reference: `many` has no attribute `idd` (did you mean `id`?)
    15:13 «many[0].id» stack/unknown-reference: `many[0].id`: the instances of `many` go by key
    16:13 «one["a"].id» stack/unknown-reference: `one` has no `for_each`, so it has no instance `a` (write `one.id`)
    17:13 «many[each.key].id» stack/unknown-reference: `many[each.key].id` stands where there is no `for_each`
    18:11 «${none["a"].id}» expression/failed: `none` has no instance `a`: its `for_each` is empty
    19:17 «${many['d'].id}» expression/failed: `many` has no instance `d`; it has `a`, `b`
    20:11 «${many["d"].id + one.id}» expression/failed: `many` has no instance `d`; it has `a`, `b`
    21:11 «${"d" in many ? many["d"].id» expression/syntax: this `${` has no matching `}`; write `$${` for the characters themselves (YAML takes what stands before `: ` for a key; put the whole value in quotes)
    "#);
}

#[test]
fn when_switches_off_what_can_be_asked_about() {
    let text = "
variables: { on: { default: true } }
resources:
  jobs: { type: test.thing, when: \"${vars.on}\", spec: { name: jobs } }
  many: { type: test.thing, for_each: { a: 1, b: 2 }, when: \"${each.value > 1 || vars.on}\", spec: { name: \"${each.key}\" } }
  use:
    type: tidegate.data
    spec:
      input:
        whole: '${jobs == null ? \"none\" : jobs.name}'
        there: ${jobs != null}
        instance: '${many[\"a\"] == null ? \"none\" : many[\"a\"].name}'
        asked: ${\"a\" in many}
        unset: '${jobs == null ? \"none\" : jobs.note == null ? \"no note\" : jobs.note}'
";
    insta::assert_snapshot!(planned(text, &[])["use"], @r#"{"id": (known after apply), "input": {"asked": true, "instance": "a", "there": true, "unset": "no note", "whole": "jobs"}, "output": {"asked": true, "instance": "a", "there": true, "unset": "no note", "whole": "jobs"}}"#);
    insta::assert_snapshot!(planned(text, &[("on", "false")])["use"], @r#"{"id": (known after apply), "input": {"asked": false, "instance": "none", "there": false, "unset": "none", "whole": "none"}, "output": {"asked": false, "instance": "none", "there": false, "unset": "none", "whole": "none"}}"#);
    insta::assert_snapshot!(problems("
resources:
  jobs: { type: test.thing, when: false, spec: { name: jobs } }
  many: { type: test.thing, for_each: [a, b], when: \"${each.key == 'a'}\", spec: { name: \"${each.key}\" } }
  use: { type: tidegate.data, spec: { input: [\"${jobs.id}\", \"x ${many['b'].id}\", \"${jobs.id + use2.id}\"] } }
  use2: { type: tidegate.data, when: \"${jobs.id == 'x'}\" }
  use3: { type: tidegate.data, when: 3 }
"), @r#"
    7:48 «${jobs.id}» expression/failed: `jobs` is switched off by its `when`
    7:64 «${many['b'].id}» expression/failed: `many["b"]` is switched off by its `when`
    7:83 «${jobs.id + use2.id}» expression/failed: `jobs` is switched off by its `when`
    8:41 «jobs.id» stack/not-known-yet: `when` must be known before any resource is, so it cannot use `jobs.id` (take it from a variable or a local that depends on no resource)
    9:38 «3» stack/wrong-type: `when` is true or false, not 3
    "#);
}

#[test]
fn what_is_compared_with_null_need_not_be_known() {
    let plan = planned(
        "
resources:
  jobs: { type: test.thing, spec: { name: jobs } }
  use: { type: test.thing, spec: { name: \"${jobs == null ? 'alone' : jobs.name + '-x'}\", note: \"${jobs.id == null ? 'a' : 'b'}\" } }
",
        &[],
    );
    insta::assert_snapshot!(plan["use"], @r#"{"id": (known after apply), "name": "jobs-x", "note": (known after apply), "size": 1}"#);
}

#[test]
fn the_keys_of_a_life_take_expressions() {
    let stack = stack(
        "
variables: { env: { default: prod } }
resources:
  jobs:
    type: test.thing
    protect: ${vars.env == \"prod\"}
    adopt: ${vars.env != \"prod\"}
    on_destroy: '${vars.env == \"prod\" ? \"retain\" : \"delete\"}'
    ignore_changes: [size, uses, 'note']
    timeouts: { create: 1h 30m, update: 90, delete: 20m }
    moved_from: [old, 'older[\"a\"]']
    spec: { name: jobs }
  many:
    type: test.thing
    for_each: [a, b]
    protect: ${each.key == \"a\"}
    moved_from: [few]
    spec: { name: \"${each.key}\" }
",
        &[],
    );
    let life = |address: &Address| format!("{:?}", stack.resources[address].lifecycle);
    insta::assert_snapshot!(life(&Address::single("jobs")), @r#"Lifecycle { protect: true, retain: true, adopt: false, ignore_changes: [Path([Key("size")]), Path([Key("uses")]), Path([Key("note")])], timeouts: Timeouts { create: Some(5400s), update: Some(90s), delete: Some(1200s) }, moved_from: [old, older["a"]] }"#);
    insta::assert_snapshot!(life(&Address::instance("many", "a")), @r#"Lifecycle { protect: true, retain: false, adopt: false, ignore_changes: [], timeouts: Timeouts { create: None, update: None, delete: None }, moved_from: [few["a"]] }"#);
    insta::assert_snapshot!(life(&Address::instance("many", "b")), @r#"Lifecycle { protect: false, retain: false, adopt: false, ignore_changes: [], timeouts: Timeouts { create: None, update: None, delete: None }, moved_from: [few["b"]] }"#);
}

#[test]
fn the_keys_of_a_life_are_checked() {
    insta::assert_snapshot!(problems("
resources:
  other: { type: test.thing, spec: { name: x } }
  jobs:
    type: test.thing
    protect: ${other.id == \"x\"}
    adopt: maybe
    on_destroy: ${1 + 1}
    ignore_changes: [siez, id, 'a..b', \"${vars.x}\"]
    timeouts: { create: \"${vars.x}\", dlete: 3m }
    moved_from: [other, 'x[', \"${vars.x}\"]
    spec: { name: jobs }
  twin: { type: test.thing, moved_from: [gone], spec: { name: t } }
  twins: { type: test.thing, moved_from: [gone], spec: { name: u } }
"), @r#"
    6:3 «jobs» stack/bad-move: `jobs` says it was `other`, which is still there (remove the old resource or the `moved_from`)
    8:16 «other.id» stack/not-known-yet: `protect` must be known before any resource is, so it cannot use `other.id` (take it from a variable or a local that depends on no resource)
    9:12 «maybe» stack/wrong-type: `adopt` is true or false, not "maybe"
    10:17 «${1 + 1}» stack/bad-value: `on_destroy` is `delete` or `retain`, not 2
    11:22 «siez» stack/unknown-field: `jobs` has no field `siez` whose changes could be ignored (did you mean `size`?)
    11:28 «id» stack/unknown-field: `jobs` has no field `id` whose changes could be ignored
    11:32 «'a..b'» stack/bad-value: `a..b` is not a path, such as `tags.team`
    11:40 «"${vars.x}"» stack/not-constant: an item of `ignore_changes` is a constant: it is read before any expression is computed
    12:25 «"${vars.x}"» stack/not-constant: a timeout is a constant: it is read before any expression is computed
    12:38 «dlete» stack/unknown-key: `timeouts` has no key `dlete` (did you mean `delete`?)
    13:25 «'x['» stack/bad-value: `x[` is not an address, such as `jobs`
    13:31 «"${vars.x}"» stack/not-constant: an item of `moved_from` is a constant: it is read before any expression is computed
    16:3 «twins» stack/bad-move: both `twin` and `twins` say they were `gone`
    "#);
}

#[test]
fn two_resources_are_not_one_object() {
    insta::assert_snapshot!(problems("
resources:
  a: { type: test.thing, spec: { name: same } }
  b: { type: test.thing, spec: { name: same } }
"), @"6:3 «b» plan/same-object: `a` and `b` are both `same` (give one of them another name)");
}
