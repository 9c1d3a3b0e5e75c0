//! Variables: what is asked for, what is given, and who wins.

use tidegate::diagnostic::Source;
use tidegate::stack::{Assignment, Given, Inputs, load, read_variable_file};
use tidegate::value::Value;

use super::{all_problems, file, inputs, planned, problems, registry, source, stack, told};

fn wrong(rest: &str, variables: &[(&str, &str)]) -> String {
    told(&all_problems(&file(rest), &inputs(variables)))
}

#[test]
fn a_type_reads_what_is_given() {
    let rest = "
variables:
  text: { type: string }
  whole: { type: integer }
  number: { type: number }
  flag: { type: bool }
  items: { type: list }
  entries: { type: map }
  anything: { type: any }
  like_default: { default: 3 }
  nullable: { type: integer, default: null }
";
    let given = [
        ("text", "012"),
        ("whole", "-7"),
        ("number", "7"),
        ("flag", "true"),
        ("items", "[a, 1]"),
        ("entries", "{a: {b: 1}}"),
        ("anything", "no"),
        ("like_default", "4"),
    ];
    let variables = stack(rest, &given).variables().clone();
    insta::assert_snapshot!(Value::Map(variables), @r#"{"anything": "no", "entries": {"a": {"b": 1}}, "flag": true, "items": ["a", 1], "like_default": 4, "nullable": null, "number": 7.0, "text": "012", "whole": -7}"#);
    let bad = [
        ("whole", "1.5"),
        ("number", "x"),
        ("flag", "yes"),
        ("items", "a"),
        ("entries", "[a"),
        ("anything", ""),
        ("like_default", "four"),
    ];
    insta::assert_snapshot!(wrong(rest, &bad), @r#"
    5:3 «text» stack/missing-variable: `text` has no default and was not given (give --var text=…, a --var-file, or TIDEGATE_VAR_text)
    6:3 «whole» stack/bad-variable: `whole` takes a whole number, not 1.5 (the value comes from --var)
    7:3 «number» stack/bad-variable: `number` takes a number, not "x" (the value comes from --var)
    8:3 «flag» stack/bad-variable: `flag` takes true or false, not "yes" (the value comes from --var)
    9:3 «items» stack/bad-variable: `items` takes a list, not "a" (the value comes from --var)
    10:3 «entries» stack/bad-variable: `entries` takes a map (the value comes from --var)
    11:3 «anything» stack/bad-variable: `anything` takes a value (the value comes from --var)
    12:3 «like_default» stack/bad-variable: `like_default` takes a whole number, not "four" (the value comes from --var)
    "#);
}

#[test]
fn limits_are_kept() {
    insta::assert_snapshot!(wrong("
variables:
  low: { type: integer, minimum: 1 }
  high: { default: 2.5, maximum: 2 }
  shape: { default: abc, pattern: 'a|b' }
  inside: { default: xax, pattern: a }
  choice: { type: number, one_of: [1, 2.5], default: 1 }
  picked: { one_of: [dev, prod], default: test }
", &[("low", "0")]), @r#"
    5:3 «low» stack/bad-variable: `low` is 1 at least, not 0 (the value comes from --var)
    6:20 «2.5» stack/bad-variable: `high` is 2 at most, not 2.5
    7:21 «abc» stack/bad-variable: `shape` must match `a|b`, which "abc" does not
    8:22 «xax» stack/bad-variable: `inside` must match `a`, which "xax" does not
    10:43 «test» stack/bad-variable: `picked` is one of "dev", "prod", not "test"
    "#);
    insta::assert_snapshot!(wrong("
variables:
  a: { type: string, minimum: 1 }
  b: { type: integer, pattern: x, default: 1 }
  c: { pattern: '(', default: x }
  d: { type: integer, minimum: 3, maximum: 2, default: 1 }
  e: { type: integer, one_of: [a], default: 1 }
  f: { one_of: a, default: b }
  g: { type: text, default: 1 }
  h: { default: \"${stack.name}\" }
  i: { minimum: x, type: integer, default: 1 }
  j: { secret: yes, default: x }
", &[("a", "x")]), @r#"
    5:31 «1» stack/bad-value: `minimum` has no meaning for a variable that takes a string
    6:32 «x» stack/bad-value: `pattern` has no meaning for a variable that takes a whole number
    7:17 «'('» stack/bad-value: not a regular expression: unclosed group
    8:44 «2» stack/bad-value: no number is 3 at least and 2 at most
    9:31 «[a]» stack/bad-value: `one_of` holds "a", and the variable takes a whole number
    10:16 «a» stack/wrong-type: `one_of` is a list, this is a string
    11:14 «text» stack/unknown-variable-type: `text` is not a type; the types are: string, integer, number, bool, list, map, any
    12:17 «"${stack.name}"» stack/not-constant: a default is a constant: it is read before any expression is computed
    13:17 «x» stack/wrong-type: `minimum` is a number, this is a string
    14:16 «yes» stack/wrong-type: `secret` is true or false, this is a string
    "#);
}

#[test]
fn what_is_not_given_is_asked_for() {
    insta::assert_snapshot!(problems("
variables:
  account: { type: string, description: The account everything belongs to }
  bare:
"), @"
    5:3 «account» stack/missing-variable: `account` has no default and was not given: The account everything belongs to (give --var account=…, a --var-file, or TIDEGATE_VAR_account)
    6:3 «bare» stack/missing-variable: `bare` has no default and was not given (give --var bare=…, a --var-file, or TIDEGATE_VAR_bare)
    ");
}

#[test]
fn what_is_given_must_be_declared() {
    insta::assert_snapshot!(wrong("variables: { region: { default: x } }", &[("regoin", "y"), ("zebra", "1")]), @"
    stack/unknown-variable: --var gives `regoin`, which the stack does not declare (did you mean `region`?)
    stack/unknown-variable: --var gives `zebra`, which the stack does not declare
    ");
    let from_environment = Assignment {
        name: "somebody_elses".to_owned(),
        value: Given::Text("x".to_owned()),
        origin: "TIDEGATE_VAR_somebody_elses".to_owned(),
        must_exist: false,
    };
    let inputs = Inputs { assignments: vec![from_environment], ..Inputs::default() };
    assert_eq!(told(&all_problems(&file(""), &inputs)), "");
}

#[test]
fn the_last_word_wins() {
    let stack = stack("variables: { a: { default: 1 } }", &[("a", "2"), ("a", "3")]);
    assert_eq!(stack.variables()["a"], Value::Integer(3));
}

#[test]
fn a_variable_file_is_read_as_it_stands() {
    let text = "account: 012\nquoted: \"012\"\nlist: [no, 1]\nexpression: ${not.one}\n";
    let assignments = read_variable_file(Source { name: "prod.yaml".into(), text: text.into() }).unwrap();
    let shown: Vec<_> = assignments
        .iter()
        .map(|assignment| match &assignment.value {
            Given::Value(value) => format!("{} {value} {}", assignment.name, assignment.origin),
            Given::Text(text) => format!("{} {text}", assignment.name),
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    account 12 prod.yaml
    quoted "012" prod.yaml
    list ["no", 1] prod.yaml
    expression "${not.one}" prod.yaml
    "#);
    let broken = read_variable_file(Source { name: "prod.yaml".into(), text: "a: 1\na: !x 2\n- b\n".into() });
    insta::assert_snapshot!(told(&broken.unwrap_err()), @"
    2:1 « » yaml/duplicate-key: the key `a` is given before, on line 1 (keep one of the two)
    2:4 «    » yaml/bad-scalar: the tag `!x` has no meaning here
    3:3 «» yaml/syntax: a key is expected here (look at the indentation: the keys of one map start in one column)
    ");
}

#[test]
fn a_secret_taints_and_is_never_told() {
    let rest = "
variables:
  token: { type: string, secret: true, pattern: '[a-z0-9]+' }
locals:
  address: https://user:${vars.token}@host/
resources:
  a: { type: tidegate.data, spec: { input: { plain: x, hidden: \"${vars.token}\", joined: \"${locals.address}\", digest: \"${sha256(vars.token)}\", asked: \"${vars.token == 'x'}\" } } }
outputs:
  o: { value: \"${a.output.joined}\" }
  p: { value: shown, secret: true }
";
    insta::assert_snapshot!(planned(rest, &[("token", "hunter2")])["a"], @r#"{"id": (known after apply), "input": {"asked": (secret), "digest": (secret), "hidden": (secret), "joined": (secret), "plain": "x"}, "output": {"asked": (secret), "digest": (secret), "hidden": (secret), "joined": (secret), "plain": "x"}}"#);
    let told = wrong(
        "
variables:
  token: { type: string, secret: true, pattern: '[a-z]+' }
  number: { type: integer, secret: true, maximum: 3 }
  written: { secret: true, default: hunter2 }
",
        &[("token", "hunter2"), ("number", "77")],
    );
    insta::assert_snapshot!(told.replace("«hunter2»", "«…»"), @"
    5:3 «token» stack/bad-variable: `token` must match `[a-z]+`, which what was given does not (the value comes from --var)
    6:3 «number» stack/bad-variable: `number` is 3 at most, not what was given (the value comes from --var)
    7:37 «…» stack/secret-default: the variable `written` is secret and has a default, which everyone can read here (leave the default out and set TIDEGATE_VAR_written)
    ");
    insta::assert_snapshot!(wrong("
variables:
  token: { type: string, secret: true }
resources:
  a: { type: test.thing, spec: { name: \"${vars.token}\", size: \"${vars.token}\", note: \"${lower(vars.token + 1)}\" } }
  b: { type: tidegate.data, for_each: [\"${vars.token}\"] }
  c: { type: tidegate.data, when: \"${vars.token == 'x'}\" }
  d: { type: tidegate.data, spec: { input: { \"${vars.token}\": 1 } } }
  e: { type: tidegate.data, on_destroy: \"${vars.token}\" }
checks:
  - { assert: \"${vars.token == 'y'}\", message: x }
", &[("token", "hunter2")]), @r#"
    7:40 «"${vars.token}"» stack/secret-identity: `name` names the object everywhere, so it cannot be secret
    7:63 «"${vars.token}"» stack/wrong-type: the secret given here is not a whole number
    7:87 «${lower(vars.token + 1)}» expression/failed: it fails, and its values are secret
    8:39 «["${vars.token}"]» stack/bad-for-each: `for_each` holds a secret, and keys are shown (give a list of strings, or a map)
    9:35 «"${vars.token == 'x'}"» stack/wrong-type: `when` is true or false, not (secret)
    10:47 «${vars.token}» expression/failed: a key must be a plain string, and this one is secret
    11:41 «"${vars.token}"» stack/bad-value: `on_destroy` is `delete` or `retain`, not (secret)
    13:15 «"${vars.token == 'y'}"» stack/wrong-type: `assert` must be true or false, this is secret
    "#);
}

#[test]
fn the_name_of_the_stack_can_be_given() {
    let text = file("resources: { a: { type: tidegate.data, spec: { input: \"${stack.name}-x\" } } }");
    let inputs = Inputs { name: Some("other".parse().unwrap()), ..Inputs::default() };
    let (stack, problems) = load(source(&text), &inputs, &registry());
    assert!(problems.is_empty());
    let stack = stack.unwrap();
    assert_eq!(stack.name.as_str(), "other");
    let plan = super::plan_from_nothing(&stack, &registry()).unwrap();
    let change = plan.changes.into_values().next().unwrap();
    assert_eq!(change.after.unwrap()["input"], Value::from("other-x"));
}
