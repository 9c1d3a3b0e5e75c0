//! Expressions: what they give, when they are unknown, and how they fail.

use super::{all_problems, file, inputs, planned, problems, told};

/// What an expression gives, in a stack with one resource whose `id` is not known yet.
fn value(expression: &str) -> String {
    let quoted = serde_json::Value::from(expression);
    let rest = format!(
        "
variables:
  workers: {{ default: 3 }}
  ratio: {{ default: 0.5 }}
  list: {{ default: [b, a] }}
  map: {{ default: {{ k: {{ deep: [1, 2] }} }} }}
  json: {{ default: '{{\"n\": 2}}' }}
resources:
  thing: {{ type: test.thing, spec: {{ name: thing }} }}
  probe: {{ type: tidegate.data, spec: {{ input: {quoted} }} }}
"
    );
    let problems = all_problems(&file(&rest), &inputs(&[]));
    match problems.iter().next() {
        Some(problem) => format!("! {}: {}", problem.code, problem.detail),
        None => {
            let probe = &planned(&rest, &[])["probe"];
            probe.as_map().unwrap().get("input").map_or("(left out)".to_owned(), ToString::to_string)
        }
    }
}

#[test]
fn expressions_give_what_they_say() {
    let table = [
        // One expression keeps its type; text around it makes text.
        ("${vars.workers}", "3"),
        ("${vars.workers + 1}", "4"),
        (" ${vars.workers}", "\" 3\""),
        ("n=${vars.workers} r=${vars.ratio} b=${1 < 2}", "\"n=3 r=0.5 b=true\""),
        ("${vars.list}", r#"["b", "a"]"#),
        ("${vars.map.k.deep[1]}", "2"),
        ("${null}", "(left out)"),
        // Escapes.
        ("$${vars.workers}", "\"${vars.workers}\""),
        ("$$${vars.workers}", "\"$${vars.workers}\""),
        ("$ {x} $x $", "\"$ {x} $x $\""),
        ("${'$' + '{x}'}", "\"${x}\""),
        ("${\"}\"}", "\"}\""),
        ("${ {'a': {'b': '}'}}.a.b }", "\"}\""),
        ("${r'\\d'}", r#""\\d""#),
        // Functions of CEL.
        ("${size(vars.list)}", "2"),
        ("${size('héé')}", "3"),
        ("${vars.list.map(x, x + '!')}", r#"["b!", "a!"]"#),
        ("${vars.list.filter(x, x != 'a')}", r#"["b"]"#),
        ("${vars.list.exists(x, x == 'a') && !vars.list.all(x, x == 'a')}", "true"),
        ("${vars.list.exists_one(x, x == 'a')}", "true"),
        ("${has(vars.map.k) && !has(vars.map.z)}", "true"),
        ("${'k' in vars.map}", "true"),
        ("${has(vars.map.z) ? vars.map.z : 'none'}", "\"none\""),
        ("${vars.workers > 2 ? 'many' : 'few'}", "\"many\""),
        ("${string(vars.workers) + '-' + string(1.5)}", "\"3-1.5\""),
        ("${int('7') + int(2.9)}", "9"),
        ("${double(vars.workers) * vars.ratio}", "1.5"),
        ("${'abc'.contains('b') && 'abc'.startsWith('a') && 'abc'.endsWith('c') && 'abc'.matches('^a.c$')}", "true"),
        ("${vars.workers / 2}", "1"),
        ("${vars.workers % 2}", "1"),
        ("${-vars.workers}", "-3"),
        ("${vars.list + ['c']}", r#"["b", "a", "c"]"#),
        ("${{'a': 1, 'b': [vars.workers]}}", r#"{"a": 1, "b": [3]}"#),
        // Functions of ours.
        ("${base64('hi')}", "\"aGk=\""),
        ("${file('greeting.txt')}", "\"hello\\n\""),
        ("${'greeting.txt'.file().trim()}", "\"hello\""),
        ("${host('https://user@example.org:8443/id')}", "\"example.org\""),
        ("${vars.list.join(', ')}", "\"b, a\""),
        ("${json(vars.map)}", r#""{\"k\":{\"deep\":[1,2]}}""#),
        ("${parse_json(vars.json).n + 1}", "3"),
        ("${yaml({'a': [1]})}", r#""a:\n- 1\n""#),
        ("${'a-b'.replace('-', '_').upper().lower()}", "\"a_b\""),
        ("${'a,b'.split(',')}", r#"["a", "b"]"#),
        ("${sha256('')}", "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\""),
        // Over several lines.
        ("${\n  vars.workers > 2\n    ? 'many'\n    : 'few'\n}", "\"many\""),
        // What is not known yet.
        ("${thing.id}", "(known after apply)"),
        ("x-${thing.id}", "(known after apply)"),
        ("${thing.name + thing.id}", "(known after apply)"),
        ("${thing.name}", "\"thing\""),
        ("${thing.size + 1}", "2"),
        ("${thing.note == null}", "true"),
        ("${[thing.name, thing.id]}", "(known after apply)"),
        ("${vars.workers > 5 ? thing.id : 'few'}", "(known after apply)"),
    ];
    for (expression, expected) in table {
        assert_eq!(value(expression), expected, "{expression}");
    }
}

#[test]
fn expressions_fail_in_plain_words() {
    let table: Vec<String> = [
        "${1 +}",
        "${}",
        "${vars.workers",
        "${if true}",
        "${vars.workers = 3}",
        "${vars.workers ?? 3}",
        "${a b}",
        "${'a' + ${vars.workers}}",
        "${vars.workers + 'a'}",
        "${vars.workers + vars.ratio}",
        "${vars.list[7]}",
        "${vars.map.z}",
        "${vars.map.k.z}",
        "${vars.workers.z}",
        "${1 / (vars.workers - 3)}",
        "a ${vars.list}",
        "a ${thing.note}",
        "${file('missing.txt')}",
        "${file('missing.txt') + thing.id}",
        "${nosuch(thing.id)}",
        "${thing.id.uppper()}",
        "${thing.id.split()}",
        "${lower()}",
        "${'a'.map(x)}",
        "${int('x')}",
        "${host('example.org')}",
        "${parse_json('{')}",
        "${duration('1m')}",
        "${b'bytes'}",
        "${type(1)}",
        "${1.0 / 0.0}",
        "${[1].map(x, x.y)}",
    ]
    .iter()
    .map(|expression| format!("{expression}   {}", value(expression)))
    .collect();
    insta::assert_snapshot!(table.join("\n"), @r#"
    ${1 +}   ! expression/syntax: expected a value, found the end of the expression
    ${}   ! expression/syntax: there is nothing between `${` and `}`
    ${vars.workers   ! expression/syntax: this `${` has no matching `}`; write `$${` for the characters themselves
    ${if true}   ! expression/syntax: `if` is a reserved word; write `condition ? one : other`
    ${vars.workers = 3}   ! expression/syntax: `=` has no meaning here; two values are compared with `==`
    ${vars.workers ?? 3}   ! expression/syntax: expected a value, found `?`
    ${a b}   ! expression/syntax: expected the end of the expression, found `b`
    ${'a' + ${vars.workers}}   ! expression/syntax: `$` has no meaning inside an expression: names stand there without `${`
    ${vars.workers + 'a'}   ! expression/failed: `+` does not take a whole number and a string; make text of the other with string(…)
    ${vars.workers + vars.ratio}   ! expression/failed: `+` does not take a whole number and a number with a point; convert one with double(…) or int(…)
    ${vars.list[7]}   ! expression/failed: there is no item 7 in `vars.list`
    ${vars.map.z}   ! expression/failed: there is no `z` in `vars.map`
    ${vars.map.k.z}   ! expression/failed: there is no `z` in `vars.map.k`
    ${vars.workers.z}   ! expression/failed: there is no `z` in `vars.workers`
    ${1 / (vars.workers - 3)}   ! expression/failed: it divides by zero
    a ${vars.list}   ! expression/failed: it is a list, which has no place inside text; use json(…)
    a ${thing.note}   ! expression/failed: it is null, which has no place inside text
    ${file('missing.txt')}   ! expression/failed: file: `missing.txt` cannot be read here
    ${file('missing.txt') + thing.id}   ! expression/failed: file: `missing.txt` cannot be read here
    ${nosuch(thing.id)}   ! expression/unknown-function: there is no function `nosuch`
    ${thing.id.uppper()}   ! expression/unknown-function: there is no function `uppper`
    ${thing.id.split()}   ! expression/wrong-arguments: `split` is called with one value here, which it does not take
    ${lower()}   ! expression/wrong-arguments: `lower` is called with no argument here, which it does not take
    ${'a'.map(x)}   ! expression/wrong-arguments: `map` is called with 2 values here, which it does not take
    ${int('x')}   ! expression/failed: int: string parse error: invalid digit found in string
    ${host('example.org')}   ! expression/failed: host: `example.org` is not a URL
    ${parse_json('{')}   ! expression/failed: parse_json: EOF while parsing an object at line 1 column 1
    ${duration('1m')}   ! expression/unknown-function: there is no function `duration`
    ${b'bytes'}   ! expression/failed: its result is of the type `bytes`, which a stack cannot hold
    ${type(1)}   "int"
    ${1.0 / 0.0}   ! expression/failed: inf is not a number a stack can hold
    ${[1].map(x, x.y)}   ! expression/failed: a whole number has no fields
    "#);
}

#[test]
fn an_unknown_must_fit_as_far_as_its_form_tells() {
    insta::assert_snapshot!(problems("
resources:
  a: { type: test.thing, spec: { name: a } }
  b: { type: test.thing, spec: { name: \"${size(a.id)}\", size: \"n-${a.id}\", note: \"${a.id == 'x'}\", uses: \"${a.id.split(',')}\" } }
  c: { type: test.thing, spec: \"${parse_json(a.id)}\" }
"), @r#"
    6:40 «"${size(a.id)}"» stack/wrong-type: this will be a whole number, but the field takes a string
    6:63 «"n-${a.id}"» stack/wrong-type: this will be a string, but the field takes a whole number
    6:82 «"${a.id == 'x'}"» stack/wrong-type: this will be true or false, but the field takes a string
    7:32 «"${parse_json(a.id)}"» stack/not-known-yet: which fields the spec of `c` has is not known before apply (write the fields out, each with its own expression)
    "#);
}

#[test]
fn keys_may_be_computed() {
    let rest = "
variables: { k: { default: key } }
resources:
  thing: { type: test.thing, spec: { name: thing } }
  a: { type: tidegate.data, spec: { input: { \"${vars.k}\": 1, \"x-${vars.k}\": 2, '$${lit}': 3 } } }
  b: { type: tidegate.data, spec: { input: { \"${thing.id}\": 1 } } }
";
    let plan = planned(rest, &[]);
    insta::assert_snapshot!(plan["a"], @r#"{"id": (known after apply), "input": {"${lit}": 3, "key": 1, "x-key": 2}, "output": {"${lit}": 3, "key": 1, "x-key": 2}}"#);
    insta::assert_snapshot!(plan["b"], @r#"{"id": (known after apply), "input": (known after apply), "output": (known after apply)}"#);
    insta::assert_snapshot!(problems("
variables: { k: { default: 7 } }
resources:
  a: { type: tidegate.data, spec: { input: { \"${vars.k}\": 1, b: 2, \"${'b'}\": 3 } } }
"), @"
    6:47 «${vars.k}» expression/failed: a key must be a plain string, and this one is a whole number
    6:69 «${'b'}» expression/failed: the key `b` is in this map already
    ");
}

#[test]
fn whole_specs_and_several_failures() {
    let rest = "
variables: { m: { default: { name: x, size: 2 } } }
resources: { a: { type: test.thing, spec: \"${vars.m}\" } }
";
    insta::assert_snapshot!(planned(rest, &[])["a"], @r#"{"id": (known after apply), "name": "x", "size": 2}"#);
    insta::assert_snapshot!(problems("
variables: { m: { default: { name: x } } }
resources:
  a: { type: test.thing, spec: { name: \"${vars.m.a} ${vars.m.b}\", note: \"${vars.m.c}\", size: -1, colr: x } }
  b: { type: test.thing, spec: \"${vars.m.name}\" }
"), @r#"
    6:41 «${vars.m.a}» expression/failed: there is no `a` in `vars.m`
    6:53 «${vars.m.b}» expression/failed: there is no `b` in `vars.m`
    6:74 «${vars.m.c}» expression/failed: there is no `c` in `vars.m`
    6:94 «-1» stack/out-of-range: -1 is out of range: 0 to 1000
    6:98 «colr» stack/unknown-field: there is no field `colr` here (did you mean `color`?)
    7:32 «"${vars.m.name}"» stack/wrong-type: the spec of `b` is a map, not a string
    "#);
}

#[test]
fn checks_hold_or_wait() {
    insta::assert_snapshot!(problems("
variables: { workers: { default: 300 } }
resources: { thing: { type: test.thing, spec: { name: x } } }
checks:
  - assert: ${vars.workers <= 250}
    message: ${string(vars.workers)} workers are more than the ${\"data\" + \"base\"} takes
  - assert: ${thing.id != \"\"}
    message: this waits for apply
  - assert: ${thing.name}
    message: this is not a bool
  - assert: ${vars.workers < \"x\"}
    message: this fails
  - assert: false
    message: ${vars.workers}
"), @r#"
    7:13 «${vars.workers <= 250}» stack/check-failed: 300 workers are more than the database takes
    11:13 «${thing.name}» stack/wrong-type: `assert` must be true or false, this is a string
    13:13 «${vars.workers < "x"}» expression/failed: `<` does not take a whole number and a string
    15:13 «false» stack/check-failed: 300
    "#);
}

#[test]
fn outputs_are_computed() {
    let stack = super::stack(
        "
resources: { thing: { type: test.thing, spec: { name: x } } }
outputs:
  plain: { value: 1, description: A number }
  later: { value: \"${thing.id}\" }
  structure: { value: { a: [\"${thing.name}\"] } }
  hidden: { value: x, secret: true }
  nothing: { value: null }
",
        &[],
    );
    let plan = super::plan_from_nothing(&stack, &super::registry()).unwrap();
    let shown: Vec<_> =
        plan.outputs.iter().map(|change| format!("{} {}", change.name, change.after.clone().unwrap())).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    hidden (secret)
    later (known after apply)
    nothing null
    plain 1
    structure {"a": ["x"]}
    "#);
    assert_eq!(told(&plan.warnings), "");
}

#[test]
fn deep_and_long_expressions_are_refused_or_computed() {
    let dashes = format!("${{'{}' + \"{}\"}}", "-".repeat(300), "((((".repeat(100));
    assert!(value(&dashes).starts_with("\"---"), "{}", value(&dashes));
    for source in ["(", "-", "1+", "a.b()+", "[", "!", "false ? 1 : "] {
        let long = source.repeat(5000);
        assert!(value(&format!("${{{long}1}}")).starts_with("! expression/syntax"), "{source}");
    }
    let wide = format!("${{size([{}])}}", vec!["1"; 5000].join(", "));
    assert_eq!(value(&wide), "5000");
    let sum = format!("${{{}}}", vec!["1"; 390].join(" + "));
    assert_eq!(value(&sum), "390");
    let nested = format!("${{{}1{}}}", "[".repeat(60), "][0]".repeat(60));
    assert_eq!(value(&nested), "1");
    let ternary = format!("${{{}0}}", "false ? 1 : ".repeat(60));
    assert_eq!(value(&ternary), "0");
}

#[test]
fn locals_build_on_each_other_only_so_far() {
    let chain = |length: usize, first: &str| {
        let links: String =
            (1..length).map(|number| format!("  l{number}: \"${{locals.l{}}}\"\n", number - 1)).collect();
        let rest =
            "resources: { a: { type: test.thing, spec: { name: a } } }\noutputs: { o: { value: \"${locals.l0}\" } }\n";
        format!("locals:\n  l0: {first}\n{links}{rest}").replace("l0}\" } }", &format!("l{}}}\" }} }}", length - 1))
    };
    assert_eq!(problems(&chain(90, "x")), "");
    assert_eq!(problems(&chain(90, "\"${a.id}\"")), "");
    // In either direction, and however long.
    assert_eq!(problems(&chain(5000, "x")), "");
    let backwards: String = (0..5000).map(|number| format!("  l{number}: \"${{locals.l{}}}\"\n", number + 1)).collect();
    insta::assert_snapshot!(problems(&format!("locals:\n{backwards}  l5000: x\n")).lines().next().unwrap(), @r#"104:9 «"${locals.l101}"» stack/too-deep: more than 100 locals build on each other, down to `l100`"#);
    insta::assert_snapshot!(problems(&chain(5000, "\"${a.id}\"")).lines().next().unwrap(), @r#"104:9 «"${locals.l99}"» stack/too-deep: more than 100 locals build on each other, down to `l100`"#);
}
