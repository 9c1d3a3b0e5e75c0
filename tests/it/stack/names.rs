//! Sections, keys and names: what may stand where.

use super::problems;

#[test]
fn every_section_knows_its_keys() {
    insta::assert_snapshot!(problems("
resource: {}
variables:
  a: { tipe: string, default: x }
resources:
  b:
    type: tidegate.data
    depend_on: []
    sepc: {}
    timeouts: { creat: 1m }
outputs:
  c: { value: 1, secrt: true }
checks:
  - { assert: true, message: m, when: x }
"), @"
    4:1 «resource» stack/unknown-key: a stack file has no key `resource` (did you mean `resources`?)
    6:8 «tipe» stack/unknown-key: the variable `a` has no key `tipe` (did you mean `type`?)
    10:5 «depend_on» stack/unknown-key: the resource `b` has no key `depend_on` (did you mean `depends_on`?)
    11:5 «sepc» stack/unknown-key: the resource `b` has no key `sepc` (did you mean `spec`?)
    12:17 «creat» stack/unknown-key: `timeouts` has no key `creat` (did you mean `create`?)
    14:18 «secrt» stack/unknown-key: the output `c` has no key `secrt` (did you mean `secret`?)
    16:33 «when» stack/unknown-key: a check has no key `when` (the keys are: assert, message)
    ");
}

#[test]
fn what_has_to_be_there_is_missed() {
    insta::assert_snapshot!(super::told(&super::all_problems("resources:\n", &super::inputs(&[]))), @"
    1:1 «resources» stack/missing-key: a stack file needs `tidegate` (start the file with `tidegate: 1`)
    1:1 «resources» stack/missing-key: a stack file needs `stack` (add `stack: some-name`)
    ");
    insta::assert_snapshot!(problems("
resources:
  a: {}
  b: { type: test.thing }
outputs:
  c: {}
checks:
  - assert: true
"), @"
    5:3 «a» stack/missing-key: the resource `a` needs a `type` (such as `type: aws.sqs_queue`)
    6:3 «b» stack/missing-field: the field `name` is missing (`name`: Its key)
    8:3 «c» stack/missing-key: the output `c` needs a `value`
    10:5 «assert» stack/missing-key: a check needs `assert` and `message`
    ");
}

#[test]
fn a_slip_is_not_also_told_as_missing() {
    insta::assert_snapshot!(super::told(&super::all_problems("tidegat: 1\nstak: a\n", &super::inputs(&[]))), @"
    1:1 «tidegat» stack/unknown-key: a stack file has no key `tidegat` (did you mean `tidegate`?)
    2:1 «stak» stack/unknown-key: a stack file has no key `stak` (did you mean `stack`?)
    ");
    insta::assert_snapshot!(problems("
variables:
  v: { defalt: 1 }
resources:
  a: { tpye: tidegate.data, spec: { input: 1 } }
  b: { type: test.thing, spec: { nam: x } }
  c: { type: test.thing, specc: { name: x } }
  d: { type: tidegate.data, spec: { input: \"${a.id} ${vars.v + 1}\" } }
outputs:
  o: { vlaue: 1 }
checks:
  - { asert: true, message: m }
"), @"
    5:8 «defalt» stack/unknown-key: the variable `v` has no key `defalt` (did you mean `default`?)
    7:8 «tpye» stack/unknown-key: the resource `a` has no key `tpye` (did you mean `type`?)
    8:34 «nam» stack/unknown-field: there is no field `nam` here (did you mean `name`?)
    9:26 «specc» stack/unknown-key: the resource `c` has no key `specc` (did you mean `spec`?)
    12:8 «vlaue» stack/unknown-key: the output `o` has no key `vlaue` (did you mean `value`?)
    14:7 «asert» stack/unknown-key: a check has no key `asert` (did you mean `assert`?)
    ");
}

#[test]
fn names_are_plain_words() {
    insta::assert_snapshot!(problems("
variables:
  Upper: { default: 1 }
  vars: { default: 1 }
locals:
  1st: a
  a-b: a
  each: a
resources:
  in: { type: tidegate.data }
  map: { type: tidegate.data }
  café: { type: tidegate.data }
outputs:
  a.b: { value: 1 }
"), @"
    5:3 «Upper» stack/bad-name: `Upper` is not a name: it starts with a lower-case letter, then lower-case letters, digits and `_` (write `upper`)
    6:3 «vars» stack/bad-name: `vars` is reserved
    8:3 «1st» stack/bad-name: `1st` is not a name: it starts with a lower-case letter, then lower-case letters, digits and `_`
    9:3 «a-b» stack/bad-name: `a-b` is not a name: it starts with a lower-case letter, then lower-case letters, digits and `_` (write `a_b`)
    10:3 «each» stack/bad-name: `each` is reserved
    12:3 «in» stack/bad-name: `in` is reserved
    13:3 «map» stack/bad-name: `map` is a type in expressions, so no resource can have its name
    14:3 «café» stack/bad-name: `café` is not a name: it starts with a lower-case letter, then lower-case letters, digits and `_`
    16:3 «a.b» stack/bad-name: `a.b` is not a name: it starts with a lower-case letter, then lower-case letters, digits and `_` (write `a_b`)
    ");
}

#[test]
fn a_name_is_given_once() {
    insta::assert_snapshot!(problems("
resources:
  a: { type: tidegate.data }
  b: { type: tidegate.data }
  b: { type: tidegate.data }
variables:
  a: { default: 1 }
locals:
  a: 1
"), @"
    7:3 «b» yaml/duplicate-key: the key `b` is given before, on line 6 (keep one of the two)
    9:3 «a» stack/duplicate-name: `a` is also the name of something on line 5 (give one of them another name)
    11:3 «a» stack/duplicate-name: `a` is also the name of something on line 5 (give one of them another name)
    ");
}

#[test]
fn the_name_of_the_stack_is_checked_and_the_rest_is_read_all_the_same() {
    let text = "tidegate: 2\nstack: My Stack\nlocals: { a: \"${vars.x}\" }\n";
    insta::assert_snapshot!(super::told(&super::all_problems(text, &super::inputs(&[]))), @"
    1:11 «2» stack/language-version: this version of tidegate reads version 1 of the stack language (write `tidegate: 1`)
    2:8 «My Stack» stack/bad-name: `My Stack` is not a stack name: lower-case letters, digits and `-`, starting with a letter, 63 at most
    3:17 «vars.x» stack/unknown-reference: there is no variable `x`
    ");
    let text = "tidegate: one\nstack: [a]\nlocals: { a: \"${vars.x}\" }\n";
    insta::assert_snapshot!(super::told(&super::all_problems(text, &super::inputs(&[]))), @"
    1:11 «one» stack/language-version: this version of tidegate reads version 1 of the stack language (write `tidegate: 1`)
    2:8 «[a]» stack/wrong-type: `stack` is a string, this is a list
    3:17 «vars.x» stack/unknown-reference: there is no variable `x`
    ");
}

#[test]
fn values_are_of_the_type_that_their_key_wants() {
    insta::assert_snapshot!(problems("
description: [a]
variables: [a]
locals: a
resources:
  a: text
  b: { type: [x] }
  c: { type: tidegate.data, depends_on: { x: y }, ignore_changes: 3, timeouts: 20m, moved_from: [Bad, 3] }
  d: { type: tidegate.data, spec: [1], timeouts: { create: soon, delete: 0 } }
  e: { type: tidegate.data, protect: 1, on_destroy: keep, adopt: yes, when: on }
outputs:
  f: 1
checks: { assert: true }
"), @r#"
    4:14 «[a]» stack/wrong-type: `description` is a string, this is a list
    5:12 «[a]» stack/wrong-type: `variables` is a map, this is a list
    6:9 «a» stack/wrong-type: `locals` is a map, this is a string
    8:6 «text» stack/wrong-type: the resource `a` is a map with `type` and `spec`, this is a string
    9:14 «[x]» stack/wrong-type: `type` is a string, this is a list
    10:41 «{ x: y }» stack/wrong-type: `depends_on` is a list, this is a map
    10:67 «3» stack/wrong-type: `ignore_changes` is a list, this is a number
    10:80 «20m» stack/wrong-type: `timeouts` is a map, this is a string
    10:98 «Bad» stack/bad-value: `Bad` is not an address, such as `jobs`
    10:103 «3» stack/wrong-type: an item of `moved_from` is a string, this is a number
    11:35 «[1]» stack/wrong-type: the spec of `d` is a map, not a list
    11:60 «soon» stack/bad-value: a timeout is a duration, such as 20m
    11:74 «0» stack/bad-value: a timeout is a duration, such as 20m
    12:38 «1» stack/wrong-type: `protect` is true or false, not 1
    12:53 «keep» stack/bad-value: `on_destroy` is `delete` or `retain`, not "keep"
    12:66 «yes» stack/wrong-type: `adopt` is true or false, not "yes" (in YAML 1.2 that is a string; write true or false)
    12:77 «on» stack/wrong-type: `when` is true or false, not "on" (in YAML 1.2 that is a string; write true or false)
    14:6 «1» stack/wrong-type: the output `f` is a map with `value`, this is a number
    15:9 «{ assert: true }» stack/wrong-type: `checks` is a list, this is a map
    "#);
}

#[test]
fn empty_sections_are_fine() {
    let text = "variables:\nlocals:\nproviders:\nresources:\n  a:\n    type: tidegate.data\n    spec:\n    depends_on:\noutputs:\nchecks:\n";
    assert_eq!(problems(text), "");
}

#[test]
fn fields_are_checked_against_the_schema() {
    insta::assert_snapshot!(problems("
resources:
  a: { type: test.thing, spec: { name: 7, size: 2000, colour: red } }
  b: { type: test.thing, spec: { name: b, size: \"7\", uses: b, zebra: 1 } }
  c: { type: test.thing, spec: { size: big, note: { a: 1 } } }
  d: { type: test.thingy, spec: { name: d } }
  e: { type: nonsense }
"), @r#"
    5:40 «7» stack/wrong-type: expected a string, found the number 7 (put it in quotes, or write string(…) in an expression)
    5:49 «2000» stack/out-of-range: 2000 is out of range: 0 to 1000
    5:55 «colour» stack/unknown-field: there is no field `colour` here (did you mean `color`?)
    6:49 «"7"» stack/wrong-type: expected a whole number, found the string "7" (take the quotes away, or write int(…) in an expression)
    6:60 «b» stack/wrong-type: expected a list, found the string "b" (put it in brackets: [ … ])
    6:63 «zebra» stack/unknown-field: there is no field `zebra` here (the fields are: name, size, color, note, peer, uses, lock)
    7:32 «{ size: big, note: { a: 1 } }» stack/missing-field: the field `name` is missing (`name`: Its key)
    7:40 «big» stack/wrong-type: expected a whole number, found the string "big"
    7:51 «{ a: 1 }» stack/wrong-type: expected a string, found a map
    8:14 «test.thingy» stack/unknown-type: there is no resource type `test.thingy` (did you mean `test.thing`?)
    9:14 «nonsense» stack/unknown-type: there is no resource type `nonsense` (see the types with `tidegate schema`)
    "#);
}

#[test]
fn ten_mistakes_are_ten_problems_in_the_order_of_the_file() {
    insta::assert_snapshot!(problems("
variables:
  count: { type: integr }
  size: { default: 5000, maximum: 1000 }
locals:
  prefix: ${vars.nam + \"-x\"}
resources:
  first:
    type: test.thing
    spec: { name: \"${locals.prefix}\", siez: 1 }
  second:
    type: test.thing
    depends_on: [frist]
    spec: { name: \"${lowr(first.id)}\", size: -1 }
  third:
    type: test.thing
    for_each: [1]
    spec: { name: \"${each.ky}\" }
outputs:
  out: { value: \"${second.di}\" }
checks:
  - { assert: \"${vars.size > 3\", message: x }
"), @"
    5:3 «count» stack/missing-variable: `count` has no default and was not given (give --var count=…, a --var-file, or TIDEGATE_VAR_count)
    5:18 «integr» stack/unknown-variable-type: `integr` is not a type; the types are: string, integer, number, bool, list, map, any (did you mean `integer`?)
    6:20 «5000» stack/bad-variable: `size` is 1000 at most, not 5000
    8:13 «vars.nam» stack/unknown-reference: there is no variable `nam`
    12:39 «siez» stack/unknown-field: there is no field `siez` here (did you mean `size`?)
    15:18 «frist» stack/unknown-reference: there is no resource `frist` to depend on (did you mean `first`?)
    16:22 «lowr» expression/unknown-function: there is no function `lowr` (did you mean `lower`?)
    16:46 «-1» stack/out-of-range: -1 is out of range: 0 to 1000
    19:15 «[1]» stack/bad-for-each: `for_each` holds 1, which is no string (put it in quotes)
    20:22 «each.ky» stack/unknown-reference: `each.ky`: there are `each.key` and `each.value`
    22:20 «second.di» stack/unknown-reference: `second` has no attribute `di` (see what it has with `tidegate schema test.thing`)
    24:16 «${vars.size > 3» expression/syntax: this `${` has no matching `}`; write `$${` for the characters themselves
    ");
}
