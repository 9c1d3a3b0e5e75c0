//! `init`, `graph`, `schema`, and which stack file is meant when none is named.

use super::PAIR;
use crate::support::tidegate::Place;

#[test]
fn a_first_stack_is_written_and_never_over_another_one() {
    let place = Place::default();
    insta::assert_snapshot!(place.run("init").text(), @r"
    exit 0
    --- stdout
    Wrote stacks/hello.yaml. See what it would make with:

        tidegate plan stacks/hello.yaml
    ");
    assert_eq!(place.read("stacks/hello.yaml"), crate::support::tidegate::repository_stack("hello"));
    insta::assert_snapshot!(place.run("validate").text(), @r"
    exit 0
    --- stdout
    hello is valid: 3 resources.
    ");
    place.write("stacks/hello.yaml", "mine");
    insta::assert_snapshot!(place.run("init").text(), @r"
    exit 3
    --- stderr
    error: `stacks/hello.yaml` is there already
      hint: name another file
    ");
    assert_eq!(place.read("stacks/hello.yaml"), "mine");
    place.expect(0, "init other/folder/first.yaml");
    place.expect(0, "plan other/folder/first.yaml");
    place.write("file", "");
    assert_eq!(place.expect(1, "init file/below.yaml").stdout, "");
}

#[test]
fn the_only_stack_file_is_the_one_that_is_meant() {
    let place = Place::default();
    insta::assert_snapshot!(place.run("plan").text(), @r"
    exit 3
    --- stderr
    error: there is no stack file in stacks/
      hint: name one, or write a first one with `tidegate init`
    ");
    place.write("stacks/only.yml", PAIR);
    place.write("stacks/readme.md", "not a stack");
    insta::assert_snapshot!(place.run("validate").text(), @r"
    exit 0
    --- stdout
    pair is valid: 2 resources.
    ");
    place.write("stacks/second.yaml", &PAIR.replace("stack: pair", "stack: other"));
    insta::assert_snapshot!(place.run("plan").text(), @r"
    exit 3
    --- stderr
    error: there is more than one stack file
      hint: name one of: stacks/only.yml, stacks/second.yaml
    ");
    insta::assert_snapshot!(place.run("validate stacks/second.yaml").text(), @r"
    exit 0
    --- stdout
    other is valid: 2 resources.
    ");
    insta::assert_snapshot!(place.run("validate stacks/third.yaml").text(), @r"
    exit 3
    --- stderr
    error: there is no file `stacks/third.yaml`
      hint: check its name and the folder you are in
    ");
    insta::assert_snapshot!(place.run("drift stacks/third.yaml").text(), @r"
    exit 3
    --- stderr
    error: `stacks/third.yaml` is neither a file nor a stack with a state
      hint: give a stack file, or the name of a stack that has a state in state
    ");
}

#[test]
fn a_name_makes_another_stack_of_the_same_file() {
    let place = Place::with_text(PAIR);
    place.expect(0, "apply --auto-approve");
    place.expect(0, "apply --auto-approve --name two --var word=new");
    assert_eq!(place.expect(0, "output --only word --raw").stdout, "old\n");
    assert_eq!(place.expect(0, "output --only word --raw --name two").stdout, "new\n");
    assert_eq!(place.expect(0, "output --only word --raw two").stdout, "new\n");
    place.expect(0, "destroy --auto-approve --name two");
    assert_eq!(place.expect(0, "output --only word --raw").stdout, "old\n");
    insta::assert_snapshot!(place.run("validate --name Not/A/Name").text(), @r"
    exit 3
    --- stderr
    error: invalid value 'Not/A/Name' for '--name <NAME>': `Not/A/Name` is not a stack name: lower-case letters, digits and `-`, starting with a letter, 63 at most

    For more information, try '--help'.
    ");
}

#[test]
fn a_graph_says_who_depends_on_whom() {
    let place = Place::with_stack("hello");
    insta::assert_snapshot!(place.run("graph").text(), @r#"
    exit 0
    --- stdout
    digraph stack {
      rankdir = LR;
      node [shape = box];
      "album";
      "card[\"ada\"]";
      "card[\"grace\"]";
      "album" -> "card[\"ada\"]";
      "album" -> "card[\"grace\"]";
    }
    "#);
    insta::assert_snapshot!(place.run("graph --format mermaid").text(), @r#"
    exit 0
    --- stdout
    flowchart LR
      n0["album"]
      n1["card[#34;ada#34;]"]
      n2["card[#34;grace#34;]"]
      n0 --> n1
      n0 --> n2
    "#);
    place.expect(3, "graph --format picture");
}

#[test]
fn the_schema_is_json_and_a_type_is_explained() {
    let place = Place::default();
    let schema: serde_json::Value = serde_json::from_str(&place.expect(0, "schema").stdout).unwrap();
    assert!(schema["$schema"].as_str().is_some_and(|schema| schema.starts_with("https://json-schema.org/")));
    insta::assert_snapshot!(place.run("schema tidegate.data").text(), @r"
    exit 0
    --- stdout
    tidegate.data
      Keeps a value in the state, without any cloud.

    Spec
      input  any value
          Any value; `output` gives it back
      triggers_replace  any value, a change replaces
          Any value; a change of it makes a new `id`

    Outputs
      output  any
          What `input` was when it was last applied
      id  string
          Drawn when it is created, and stable from then on

    Example
      my_data:
        type: tidegate.data
        spec:
          input: ...
    ");
    insta::assert_snapshot!(place.run("schema tidegate.date").text(), @r"
    exit 3
    --- stderr
    error: there is no resource type `tidegate.date`
      hint: did you mean `tidegate.data`?
    ");
    let types = place.expect(0, "schema types").stdout;
    assert!(types.contains("tidegate.data"));
}

#[test]
fn a_wrong_command_line_is_bad_input() {
    let place = Place::default();
    for arguments in ["", "aply", "plan --nope", "plan --parallelism 0", "state", "plan --var x", "plan --target 1x"] {
        let run = place.expect(3, arguments);
        assert!(run.stdout.is_empty() && !run.stderr.is_empty(), "{arguments}");
    }
    place.expect(0, "--version");
    place.expect(0, "apply --help");
}
