//! What expressions may name, and what depends on what.

use super::{planned, problems};

#[test]
fn every_name_stands_for_something() {
    insta::assert_snapshot!(problems("
variables:
  region: { default: x }
locals:
  prefix: a
resources:
  jobs: { type: test.thing, spec: { name: \"${job.id}\", note: \"${jobs2.id}\" } }
  other: { type: test.thing, spec: { name: \"${jobs.idd}\", note: \"${vars.regoin}-${locals.prefx}\" } }
  more: { type: test.thing, spec: { name: \"${region}\", note: \"${prefix}\", color: \"${stack.nam}\" } }
  last: { type: test.thing, spec: { name: \"${var.region}\", note: \"${each.key}\", color: \"${lower(jobs.colour)}\" } }
"), @"
    9:46 «job.id» stack/unknown-reference: there is no resource `job` (did you mean `jobs`?)
    9:65 «jobs2.id» stack/unknown-reference: there is no resource `jobs2` (did you mean `jobs`?)
    10:47 «jobs.idd» stack/unknown-reference: `jobs` has no attribute `idd` (did you mean `id`?)
    10:68 «vars.regoin» stack/unknown-reference: there is no variable `regoin` (did you mean `vars.region`?)
    10:83 «locals.prefx» stack/unknown-reference: there is no local `prefx` (did you mean `prefix`?)
    11:46 «region» stack/unknown-reference: there is no resource `region` (there is a variable of that name: `vars.region`)
    11:65 «prefix» stack/unknown-reference: there is no resource `prefix` (there is a local of that name: `locals.prefix`)
    11:85 «stack.nam» stack/unknown-reference: `stack.nam`: a stack has only `stack.name`
    12:46 «var.region» stack/unknown-reference: there is no resource `var` (did you mean `vars`?)
    12:69 «each.key» stack/unknown-reference: `each.key` stands where there is no `for_each` (add `for_each` to the resource, or name the value otherwise)
    12:97 «jobs.colour» stack/unknown-reference: `jobs` has no attribute `colour` (did you mean `color`?)
    ");
}

#[test]
fn a_bad_value_is_not_told_again_where_it_is_used() {
    insta::assert_snapshot!(problems("
variables:
  bad: { default: 5, maximum: 3 }
  missing: {}
locals:
  a: ${vars.bad + 1}
  b: ${vars.nowhere}
  c: ${locals.a}-${locals.b}-${vars.missing}
  d: ${locals.c +}
resources:
  one: { type: nope.thing, spec: { x: 1 } }
  two: { type: test.thing, for_each: \"${locals.d}\", when: \"${locals.b}\", spec: { name: \"${locals.c}\" } }
  three:
    type: test.thing
    depends_on: ['two[\"x\"]', one]
    protect: ${locals.b}
    on_destroy: ${locals.b}
    spec: { name: \"${locals.d}\", note: \"${one.id} ${two['x'].id}\", size: \"${locals.a}\", uses: \"${locals.c}\" }
  four: { type: test.thing, spec: \"${locals.d}\" }
outputs:
  out: { value: \"${locals.d + one.id}\" }
checks:
  - { assert: \"${locals.d == three.id}\", message: \"${vars.nowhere}\" }
"), @r#"
    5:19 «5» stack/bad-variable: `bad` is 3 at most, not 5
    6:3 «missing» stack/missing-variable: `missing` has no default and was not given (give --var missing=…, a --var-file, or TIDEGATE_VAR_missing)
    9:8 «vars.nowhere» stack/unknown-reference: there is no variable `nowhere`
    11:18 «}» expression/syntax: expected a value, found the end of the expression
    13:16 «nope.thing» stack/unknown-type: there is no resource type `nope.thing` (see the types with `tidegate schema`)
    20:95 «"${locals.c}"» stack/wrong-type: this will be a string, but the field takes a list
    25:54 «vars.nowhere» stack/unknown-reference: there is no variable `nowhere`
    "#);
}

#[test]
fn the_place_is_that_of_the_name() {
    insta::assert_snapshot!(problems(r#"
locals:
  plain: a ${vars.x} and ${vars.x + vars.y}
  double: "\t\"${vars.x}\" é ${'vars.y' + vars.y}"
  single: 'it''s ${vars.x["k"]}'
  folded: >-
    first ${vars.x}

      then ${lower(
        vars.y)}
  literal: |
    $${vars.x}
    ${vars.x}
  key: { "${vars.x}": 1 }
  flow: [a, "${vars.x}"]
  method: ${"a".uper() + lowr("uper")}
"#), @r#"
    5:14 «vars.x» stack/unknown-reference: there is no variable `x`
    5:28 «vars.x» stack/unknown-reference: there is no variable `x`
    5:37 «vars.y» stack/unknown-reference: there is no variable `y`
    6:18 «vars.x» stack/unknown-reference: there is no variable `x`
    6:43 «vars.y» stack/unknown-reference: there is no variable `y`
    7:20 «vars.x["k"]» stack/unknown-reference: there is no variable `x`
    9:13 «vars.x» stack/unknown-reference: there is no variable `x`
    12:9 «vars.y» stack/unknown-reference: there is no variable `y`
    15:7 «vars.x» stack/unknown-reference: there is no variable `x`
    16:13 «vars.x» stack/unknown-reference: there is no variable `x`
    17:16 «vars.x» stack/unknown-reference: there is no variable `x`
    18:17 «uper» expression/unknown-function: there is no function `uper` (did you mean `upper`?)
    18:26 «lowr» expression/unknown-function: there is no function `lowr` (did you mean `lower`?)
    "#);
}

#[test]
fn circles_are_readable_paths() {
    insta::assert_snapshot!(problems("
locals:
  a: ${locals.b}
  b: ${locals.c + 1}
  c: ${[locals.a]}
  own: ${locals.own}
resources:
  x: { type: test.thing, spec: { name: x, note: \"${y.id}\" } }
  y: { type: test.thing, spec: { name: y, siez: 1 }, depends_on: [z] }
  z: { type: test.thing, spec: { name: z, note: \"${locals.through}\" } }
  narcissus: { type: test.thing, spec: { name: \"${narcissus.id}\" } }
  each_other:
    type: test.thing
    for_each: [a, b]
    spec: { name: \"${each.key}\", note: \"${each_other[each.key == 'a' ? 'b' : 'a'].id}\" }
variables: { unused: { default: 1 } }
outputs: { o: { value: \"${locals.through}\" } }
"), @r#"
    5:6 «${locals.b}» stack/cycle: locals.a → locals.b → locals.c → locals.a (break the circle at one of them)
    8:8 «${locals.own}» stack/cycle: locals.own → locals.own (break the circle at one of them)
    11:43 «siez» stack/unknown-field: there is no field `siez` here (did you mean `size`?)
    12:52 «locals.through» stack/unknown-reference: there is no local `through`
    13:3 «narcissus» stack/cycle: narcissus → narcissus (break the circle at one of them, for instance by a name in place of a reference)
    14:3 «each_other» stack/cycle: each_other["a"] → each_other["a"] (break the circle at one of them, for instance by a name in place of a reference)
    19:27 «locals.through» stack/unknown-reference: there is no local `through`
    "#);
    insta::assert_snapshot!(problems("
locals:
  through: ${x.id}
resources:
  x: { type: test.thing, spec: { name: x, note: \"${y.id}\" } }
  y: { type: test.thing, spec: { name: y, note: \"${locals.through}\" } }
"), @"7:3 «x» stack/cycle: x → y → x (break the circle at one of them, for instance by a name in place of a reference)");
}

#[test]
fn locals_may_wait_for_resources() {
    let plan = planned(
        "
locals:
  known: a-${vars.v}
  later: ${first.id}
  mixed: { known: \"${locals.known}\", later: \"${locals.later}\" }
variables: { v: { default: 1 } }
resources:
  first: { type: tidegate.data, spec: { input: \"${locals.known}\" } }
  second: { type: tidegate.data, spec: { input: \"${locals.mixed}\", triggers_replace: \"${locals.mixed.known}\" } }
",
        &[],
    );
    insta::assert_snapshot!(plan["second"], @r#"{"id": (known after apply), "input": {"known": "a-1", "later": (known after apply)}, "output": {"known": "a-1", "later": (known after apply)}, "triggers_replace": "a-1"}"#);
}

#[test]
fn a_local_that_fails_is_told_once_and_at_its_own_place() {
    insta::assert_snapshot!(problems("
locals:
  broken: ${first.output.nothing}
  user: ${locals.broken + 'x'}
resources:
  first: { type: tidegate.data, spec: { input: { a: 1 } } }
  second: { type: tidegate.data, spec: { input: \"${locals.broken}\", triggers_replace: \"x ${locals.user}\" } }
outputs:
  out: { value: \"${locals.user}\" }
"), @"5:11 «${first.output.nothing}» expression/failed: there is no `nothing` in `first.output`");
}

#[test]
fn depends_on_takes_names_and_instances() {
    let stack = super::stack(
        "
resources:
  all: { type: test.thing, spec: { name: a }, depends_on: [many, 'some[\"a\"]', off, 'some[\"c\"]'] }
  one: { type: test.thing, spec: { name: b }, depends_on: all }
  many: { type: test.thing, for_each: [x, y], spec: { name: \"m-${each.key}\" } }
  some: { type: test.thing, for_each: [a, b, c], when: \"${each.key != 'c'}\", spec: { name: \"s-${each.key}\" } }
  off: { type: test.thing, when: false, spec: { name: o } }
",
        &[],
    );
    let of = |name: &str| {
        let resource = stack.resources.values().find(|resource| resource.address.to_string() == name).unwrap();
        resource.dependencies.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(of("all"), r#"many["x"] many["y"] some["a"]"#);
    assert_eq!(of("one"), "all");
    insta::assert_snapshot!(problems("
resources:
  a: { type: test.thing, spec: { name: a }, depends_on: [b, 'many[\"z\"]', 'a[\"x\"]', \"not a name\", vars.x] }
  many: { type: test.thing, for_each: [x, y], spec: { name: \"m-${each.key}\" } }
"), @r#"
    5:58 «b» stack/unknown-reference: there is no resource `b` to depend on
    5:61 «'many["z"]'» stack/unknown-reference: there is no resource `many["z"]` to depend on
    5:74 «'a["x"]'» stack/unknown-reference: there is no resource `a["x"]` to depend on (`a` has no `for_each`: write `a`)
    5:84 «"not a name"» stack/unknown-reference: there is no resource `not a name` to depend on
    5:98 «vars.x» stack/unknown-reference: there is no resource `vars.x` to depend on
    "#);
}
