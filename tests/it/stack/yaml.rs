//! The text itself: YAML 1.2, its corners, and places in all of them.

use super::{all_problems, file, inputs, planned, problems, told};

fn whole(text: &str) -> String {
    told(&all_problems(text, &inputs(&[])))
}

#[test]
fn scalars_follow_yaml_1_2() {
    let rest = "
resources:
  a:
    type: tidegate.data
    spec:
      input:
        no: no
        on: [on, off, yes, y, NO]
        true: [true, True, TRUE, tRUE]
        null: [~, null, Null, nUll, , '']
        1: [012, 1_000, 0x1f, 0o17, 0b1, +7, -0, 1e3, 1.50, .5, 1., 12e03, 190:20:30]
        1.5: [2024-01-01, 10m, 1.2.3, '1', \"1\", !!str 1, !!float 1]
        y: &shared { a: [1] }
        z: [*shared, *shared]
";
    insta::assert_snapshot!(planned(&rest.replace(", , ", ", "), &[])["a"], @r#"{"id": (known after apply), "input": {"": [null, null, null, "nUll", ""], "1": [12, "1_000", 31, 15, "0b1", 7, 0, 1000.0, 1.5, 0.5, 1.0, 12000.0, "190:20:30"], "1.5": ["2024-01-01", "10m", "1.2.3", "1", "1", "1", 1.0], "no": "no", "on": ["on", "off", "yes", "y", "NO"], "true": [true, true, true, "tRUE"], "y": {"a": [1]}, "z": [{"a": [1]}, {"a": [1]}]}, "output": {"": [null, null, null, "nUll", ""], "1": [12, "1_000", 31, 15, "0b1", 7, 0, 1000.0, 1.5, 0.5, 1.0, 12000.0, "190:20:30"], "1.5": ["2024-01-01", "10m", "1.2.3", "1", "1", "1", 1.0], "no": "no", "on": ["on", "off", "yes", "y", "NO"], "true": [true, true, true, "tRUE"], "y": {"a": [1]}, "z": [{"a": [1]}, {"a": [1]}]}}"#);
    insta::assert_snapshot!(problems("
locals:
  a: [.inf, .NaN, 99999999999999999999, !!int x, !Ref b, !Sub \"x\", !!set {}, !GetAtt [a, b], !!binary aGk=]
  <<: { a: 1 }
  b: &b [*b]
"), @r#"
    5:7 «.inf» yaml/bad-scalar: .inf is a number that JSON, and so a state, cannot hold
    5:13 «.NaN» yaml/bad-scalar: .NaN is a number that JSON, and so a state, cannot hold
    5:19 «99999999999999999999» yaml/bad-scalar: 99999999999999999999 does not fit into 64 bits; quote it to make it a string
    5:41 «!!int x» yaml/bad-scalar: `x` is not of the type `!!int` it is tagged with
    5:50 «!Ref b» yaml/bad-scalar: the tag `!Ref` has no meaning here
    5:58 «!Sub "x"» yaml/bad-scalar: the tag `!Sub` has no meaning here
    5:68 «!!set {» yaml/bad-scalar: the tag `!!set` has no meaning here
    5:78 «!GetAtt [» yaml/bad-scalar: the tag `!GetAtt` has no meaning here
    5:94 «!!binary aGk=» yaml/bad-scalar: the tag `!!binary` has no meaning here
    6:3 «<<» yaml/merge-key: `<<` merges maps in YAML 1.1, and this is YAML 1.2 (write the entries out, or keep the whole map as a local)
    7:10 «*b» yaml/syntax: this alias refers to something that is not finished yet
    "#);
}

#[test]
fn what_is_no_yaml_says_what_to_do() {
    let table: Vec<String> = [
        "locals:\n\ta: 1\n",
        "locals:\n  a: b: c\n",
        "locals:\n  a: \"x\n  b: 1\n",
        "locals:\n  a: [1, 2\n  b: 1\n",
        "locals:\n  a: @x\n",
        "locals:\n  a: %x\n",
        "locals:\n  a: 1\n   b: 2\n",
        "locals:\n  a: 1\n b: 2\n",
        "locals:\n  a: *x\n",
        "locals:\n  a: { b: ${vars.x} }\n",
        "locals:\n  a: [${vars.x}]\n",
        "locals:\n  a: 'it's'\n",
        "locals:\n  a: \"say \"x\"\"\n",
        "locals\n  a: 1\n",
        "locals:\n  a:1\n",
        "locals:\n  a: \"\\d\"\n",
        "locals:\n  ? [a]\n  : 1\n",
        "locals:\n  { a: 1 }: 1\n",
        "locals: &a\n  b: *a\n",
    ]
    .iter()
    .map(|rest| format!("{rest:?}\n    {}", problems(rest).replace('\n', "\n    ")))
    .collect();
    insta::assert_snapshot!(table.join("\n"), @r#"
    "locals:\n\ta: 1\n"
        4:2 «» yaml/syntax: a tab stands in the indentation (indent with spaces)
    "locals:\n  a: b: c\n"
        4:7 «» yaml/syntax: a `:` stands where no key can be (put a value that holds `: ` in quotes, or look at the indentation)
    "locals:\n  a: \"x\n  b: 1\n"
        4:6 «» yaml/syntax: text in quotes goes on in a line that is not indented (close the quote that starts here)
    "locals:\n  a: [1, 2\n  b: 1\n"
        5:4 «» yaml/syntax: a `:` stands where no key can be (a `[` or `{` before this is not closed)
    "locals:\n  a: @x\n"
        4:6 «» yaml/syntax: unexpected character: `@' (a value cannot start so: put it in quotes)
    "locals:\n  a: %x\n"
        4:6 «» yaml/syntax: unexpected character: `%' (a value cannot start so: put it in quotes)
    "locals:\n  a: 1\n   b: 2\n"
        5:5 «» yaml/syntax: a `:` stands where no key can be (put a value that holds `: ` in quotes, or look at the indentation)
    "locals:\n  a: 1\n b: 2\n"
        5:2 «» yaml/syntax: a key is expected here (look at the indentation: the keys of one map start in one column)
    "locals:\n  a: *x\n"
        4:6 «» yaml/syntax: there is no anchor of this name (what starts with `*` is an alias; put it in quotes if it is text)
    "locals:\n  a: { b: ${vars.x} }\n"
        4:12 «» yaml/syntax: `,` or `}` is expected here (inside { … } put an expression in quotes: "${vars.x}")
    "locals:\n  a: [${vars.x}]\n"
        4:8 «» yaml/syntax: `,` or `]` is expected here (inside [ … ] put an expression in quotes: "${vars.x}")
    "locals:\n  a: 'it's'\n"
        4:10 «» yaml/syntax: something follows the closing quote (inside double quotes write \", inside single quotes write '')
    "locals:\n  a: \"say \"x\"\"\n"
        4:12 «» yaml/syntax: something follows the closing quote (inside double quotes write \", inside single quotes write '')
    "locals\n  a: 1\n"
        4:4 «» yaml/syntax: a key before this has no `:` behind it (write `key: value`)
    "locals:\n  a:1\n"
        4:3 «a:1» stack/wrong-type: `locals` is a map, this is a string
    "locals:\n  a: \"\\d\"\n"
        4:6 «» yaml/syntax: a backslash is followed by what is no escape (inside double quotes a backslash is written \\; inside single quotes it is itself)
    "locals:\n  ? [a]\n  : 1\n"
        4:5 «[a]» yaml/bad-key: a list stands as a key
    "locals:\n  { a: 1 }: 1\n"
        4:3 «{ a: 1 }» yaml/bad-key: a map stands as a key
    "locals: &a\n  b: *a\n"
        4:6 «*a» yaml/syntax: this alias refers to something that is not finished yet
    "#);
}

#[test]
fn a_file_may_end_and_begin_as_it_likes() {
    let text = "tidegate: 1\nstack: a\nlocals: { a: \"${vars.x}\" }";
    let expected = whole(text);
    assert!(expected.starts_with("3:17 «vars.x»"), "{expected}");
    assert_eq!(whole(&format!("{text}\n")), expected);
    assert_eq!(whole(&format!("\u{feff}{text}\n")), expected);
    assert_eq!(whole(&format!("{text}\n...\n")), expected);
    assert_eq!(whole(&text.replace('\n', "\r\n")), expected);
    assert_eq!(whole(&format!("---\n{text}\n")), expected.replace("3:17", "4:17"));
    assert_eq!(whole(&format!("\u{feff}# ü\n{text}\n")), expected.replace("3:17", "4:17"));
    let first_line = "\u{feff}{tidegate: 1, stack: a, locals: {a: \"${vars.x}\"}}";
    assert!(whole(first_line).starts_with("1:40 «vars.x»"), "{}", whole(first_line));
}

#[test]
fn a_file_with_nothing_in_it_says_how_to_begin() {
    let empty: Vec<String> =
        ["", "\n\n", "# only a comment\n", "---\n", "\u{feff}", "null\n", "[]\n", "text\n", "{}\n"]
            .iter()
            .map(|text| format!("{text:?}   {}", whole(text).replace('\n', "\n    ")))
            .collect();
    insta::assert_snapshot!(empty.join("\n"), @r##"
    ""   stack/empty: the stack file is empty (start it with `tidegate: 1`, or let `tidegate init` write one)
    "\n\n"   stack/empty: the stack file is empty (start it with `tidegate: 1`, or let `tidegate init` write one)
    "# only a comment\n"   stack/empty: the stack file is empty (start it with `tidegate: 1`, or let `tidegate init` write one)
    "---\n"   2:1 «» stack/wrong-type: a stack file is a map that starts with `tidegate: 1`, this is nothing
    "\u{feff}"   stack/empty: the stack file is empty (start it with `tidegate: 1`, or let `tidegate init` write one)
    "null\n"   1:1 «null» stack/wrong-type: a stack file is a map that starts with `tidegate: 1`, this is nothing
    "[]\n"   1:1 «[]» stack/wrong-type: a stack file is a map that starts with `tidegate: 1`, this is a list
    "text\n"   1:1 «text» stack/wrong-type: a stack file is a map that starts with `tidegate: 1`, this is a string
    "{}\n"   1:1 «{}» stack/missing-key: a stack file needs `tidegate` (start the file with `tidegate: 1`)
        1:1 «{}» stack/missing-key: a stack file needs `stack` (add `stack: some-name`)
    "##);
}

#[test]
fn one_file_is_one_stack() {
    insta::assert_snapshot!(whole("tidegate: 1\nstack: a\n---\ntidegate: 1\nstack: b\n"), @"3:1 «---» yaml/second-document: a second YAML document starts here (put each stack into its own file)");
}

#[test]
fn columns_count_characters() {
    insta::assert_snapshot!(problems("
locals:
  é: 1
  a: \"日本語 ${vars.größe} 🦀 ${vars.x}\"
  b: { '🦀': \"${vars.y}\" }   # 🦀
  c: ${\"🦀\" + vars.z + 'é'}
"), @"
    5:3 «é» stack/bad-name: `é` is not a name: it starts with a lower-case letter, then lower-case letters, digits and `_`
    6:20 «öße} 🦀 ${vars.x}» expression/syntax: `ö` has no meaning here
    7:16 «vars.y» stack/unknown-reference: there is no variable `y`
    8:14 «vars.z» stack/unknown-reference: there is no variable `z`
    ");
    insta::assert_snapshot!(problems("locals:\r\n  a: |\r\n    x\r\n    é ${vars.x}\r\n  b: >\r\n    y\r\n\r\n    ${1 +\r\n     vars.z}\r\n"), @"
    6:9 «vars.x» stack/unknown-reference: there is no variable `x`
    11:6 «vars.z» stack/unknown-reference: there is no variable `z`
    ");
}

#[test]
fn what_is_too_much_is_refused() {
    let deep = format!("locals: {}1{}\n", "[".repeat(3000), "]".repeat(3000));
    insta::assert_snapshot!(problems(&deep), @"3:264 «» yaml/syntax: this nests too deep (keep large structures in a file, and read it with file(…))");
    let blocks: String = (0..150).map(|depth| format!("{}a:\n", " ".repeat(depth + 2))).collect();
    insta::assert_snapshot!(problems(&format!("locals:\n{blocks}")), @"103:102 «» yaml/too-deep: more than 100 levels of nesting");
    let mut bomb = "locals:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("  a{level}: &a{level} [{aliases}]\n"));
    }
    insta::assert_snapshot!(problems(&bomb), @"10:27 «*a5» yaml/too-large: more than 5000000 values, aliases included");
}

#[test]
fn a_megabyte_on_one_line_is_read() {
    let long = "é".repeat(500_000);
    let text = file(&format!("locals: {{ a: \"{long} ${{vars.x}} ${{vars.y}}\" }}\n"));
    let problems = all_problems(&text, &inputs(&[]));
    let columns: Vec<_> = problems.iter().map(|problem| problem.range.as_ref().unwrap().start.column).collect();
    assert_eq!(columns, [500_018, 500_028]);
}
