//! `state`, `output`, and `destroy` without a stack file.

use super::PAIR;
use crate::support::tidegate::Place;

#[test]
fn records_are_listed_and_shown() {
    let place = Place::with_text(PAIR);
    insta::assert_snapshot!(place.run("state list").text(), @r"
    exit 3
    --- stderr
    error: there is no state of `pair` in state
      hint: apply it first, or name the folder of states with --state-dir
    ");
    place.expect(0, "apply --auto-approve");
    insta::assert_snapshot!(place.run("state list").text(), @r"
    exit 0
    --- stdout
    first   tidegate.data
    second  tidegate.data
    ");
    insta::assert_snapshot!(place.run("state show second").text(), @r#"
    exit 0
    --- stdout
    second  tidegate.data
      identity:   second
      provider:   tidegate
      depends on: first

    Attributes
      id:     "[id]"
      input:  "after [id]"
      output: "after [id]"
    "#);
    insta::assert_snapshot!(place.run("state show secnd").text(), @r"
    exit 3
    --- stderr
    error: there is no `secnd` in the state
      hint: did you mean `second`?
    ");
    insta::assert_snapshot!(place.run("state list pair --json").text(), @r#"
    exit 0
    --- stdout
    {"resources":[{"address":"first","identity":"first","resource_type":"tidegate.data","status":"ready"},{"address":"second","identity":"second","resource_type":"tidegate.data","status":"ready"}],"type":"resources","version":1}
    "#);
    place.expect(3, "state list unknown");
}

#[test]
fn records_are_moved_and_forgotten() {
    let place = Place::with_text(PAIR);
    place.expect(0, "apply --auto-approve");
    insta::assert_snapshot!(place.run("state mv first third").text(), @r"
    exit 0
    --- stdout
    Moved first to third.
    ");
    insta::assert_snapshot!(place.run("state mv first fourth").text(), @r"
    exit 3
    --- stderr
    error: there is no `first` in the state
      hint: see what there is with `tidegate state list`
    ");
    insta::assert_snapshot!(place.run("state mv third second").text(), @r"
    exit 3
    --- stderr
    error: `second` is taken
      hint: move or forget that one first
    ");
    insta::assert_snapshot!(place.run("state show second").text(), @r#"
    exit 0
    --- stdout
    second  tidegate.data
      identity:   second
      provider:   tidegate
      depends on: third

    Attributes
      id:     "[id]"
      input:  "after [id]"
      output: "after [id]"
    "#);
    place.expect(0, "state mv third first");
    place.expect(0, "plan --detailed-exitcode");
    insta::assert_snapshot!(place.run("state rm second").text(), @r"
    exit 0
    --- stdout
    Forgot second. If it has an object in a cloud, that stays as it is.
    ");
    insta::assert_snapshot!(place.run("state rm second").text(), @r"
    exit 3
    --- stderr
    error: there is no `second` in the state
      hint: see what there is with `tidegate state list`
    ");
    place.expect(2, "plan --detailed-exitcode");
}

#[test]
fn outputs_are_for_people_and_for_scripts() {
    let text = PAIR.replace("outputs:", "outputs:\n  hidden: { value: \"${first.output}\", secret: true }");
    let place = Place::with_text(&text);
    insta::assert_snapshot!(place.run("output").text(), @r"
    exit 3
    --- stderr
    error: there is no state of `pair` in state
      hint: apply it first, or name the folder of states with --state-dir
    ");
    place.expect(0, "apply --auto-approve");
    insta::assert_snapshot!(place.run("output").text(), @r#"
    exit 0
    --- stdout
    both:
      first: "old"
      list:  [1, 2]
    hidden: (secret)
    word:   "old"
    "#);
    insta::assert_snapshot!(place.run("output --json").text(), @r#"
    exit 0
    --- stdout
    {"outputs":{"both":{"first":"old","list":[1,2]},"hidden":{"$secret":true},"word":"old"},"type":"outputs","version":1}
    "#);
    insta::assert_snapshot!(place.run("output --only word").text(), @r#"
    exit 0
    --- stdout
    word: "old"
    "#);
    insta::assert_snapshot!(place.run("output --only word --json").text(), @r#"
    exit 0
    --- stdout
    {"outputs":{"word":"old"},"type":"outputs","version":1}
    "#);
    assert_eq!(place.expect(0, "output --only word --raw").stdout, "old\n");
    assert_eq!(place.expect(0, "output --only both --raw").stdout, "{\"first\":\"old\",\"list\":[1,2]}\n");
    insta::assert_snapshot!(place.run("output --only wrod").text(), @r"
    exit 3
    --- stderr
    error: there is no output `wrod`
      hint: did you mean `word`?
    ");
    insta::assert_snapshot!(place.run("output --only hidden --raw").text(), @r"
    exit 3
    --- stderr
    error: `hidden` has no plain form
      hint: a secret is not kept anywhere; for lists and maps use --json
    ");
    place.expect(3, "output --raw");
}

#[test]
fn everything_is_destroyed_and_nothing_is_no_failure() {
    let place = Place::with_text(PAIR);
    insta::assert_snapshot!(place.run("destroy --auto-approve").text(), @r"
    exit 0
    --- stdout
    Nothing to destroy. The state records no resource of this stack.
    --- stderr

    Applied in [time]: nothing done.
    ");
    place.expect(0, "apply --auto-approve");
    insta::assert_snapshot!(place.run("destroy --auto-approve stacks/stack.yaml").text(), @r#"
    exit 0
    --- stdout
    Destroying stack pair   - delete

      - first  tidegate.data
      - second  tidegate.data

    Outputs

      - both:
          - first: "old"
            list:  [1, 2]
      - word: "old"

    Plan: 0 to create, 0 to update, 2 to delete, 2 outputs to change.
    --- stderr
    Applying 2 steps...
    second: deleting
    second: deleted in [time]
    first: deleting
    first: deleted in [time]

    Applied in [time]: 2 deleted.
    "#);
    insta::assert_snapshot!(place.run("state list").text(), @r"
    exit 0
    --- stdout
    The state is empty.
    ");
}

#[test]
fn without_a_stack_file_everything_is_destroyed_by_name_or_by_being_the_only_one() {
    let place = Place::with_text(PAIR);
    place.expect(0, "apply --auto-approve");
    std::fs::remove_dir_all(place.path("stacks")).unwrap();
    place.expect(3, "destroy stacks/stack.yaml --auto-approve");
    place.expect(0, "state list pair");
    // There is one state only, so that one is meant.
    let run = place.expect(0, "destroy --auto-approve");
    assert!(run.stdout.contains("- first"), "{}", run.stdout);
    insta::assert_snapshot!(place.run("destroy --auto-approve pair").text(), @r"
    exit 0
    --- stdout
    Nothing to destroy. The state records no resource of this stack.
    --- stderr

    Applied in [time]: nothing done.
    ");
    place.write("stacks/stack.yaml", PAIR);
    place.expect(0, "apply --auto-approve");
    place.expect(0, "apply --auto-approve --name two");
    std::fs::remove_dir_all(place.path("stacks")).unwrap();
    insta::assert_snapshot!(place.run("destroy --auto-approve").text(), @r"
    exit 3
    --- stderr
    error: which stack is meant?
      hint: name one of: pair, two
    ");
    place.expect(0, "destroy --auto-approve two");
    place.expect(0, "destroy --auto-approve --name pair");
    insta::assert_snapshot!(place.run("state list --name pair").text(), @r"
    exit 0
    --- stdout
    The state is empty.
    ");
}
