//! Where variables come from, and which of them win.

use super::PAIR;
use crate::support::tidegate::Place;

#[test]
fn the_command_line_wins_over_files_and_files_over_the_environment() {
    let mut place = Place::with_text(PAIR);
    let word = |place: &Place, arguments: &str| {
        place.expect(0, &format!("apply --auto-approve {arguments}"));
        place.expect(0, "output --only word --raw").stdout.trim().to_owned()
    };
    assert_eq!(word(&place, ""), "old");
    place.set("TIDEGATE_VAR_word", "environment");
    place.set("TIDEGATE_VAR_of_another_stack", "x");
    assert_eq!(word(&place, ""), "environment");
    place.write("one.yaml", "word: one\n");
    place.write("two.yaml", "word: two\n");
    assert_eq!(word(&place, "--var-file one.yaml"), "one");
    assert_eq!(word(&place, "--var-file one.yaml --var-file two.yaml"), "two");
    assert_eq!(word(&place, "--var word=flag --var-file one.yaml"), "flag");
    assert_eq!(word(&place, "--var word=flag --var word=a=b"), "a=b");
    assert_eq!(word(&place, "--var word="), "");
}

#[test]
fn a_variable_that_is_wrong_is_told_with_where_it_came_from() {
    let place = Place::with_text(&PAIR.replace("{ default: old }", "{ type: integer, minimum: 3 }"));
    insta::assert_snapshot!(place.run("validate").text(), @r"
    exit 3
    --- stderr
    error[stack/missing-variable]: A variable has no value
      │ `word` has no default and was not given
       ╭─[stacks/stack.yaml:5:3]
     4 │ variables:
     5 │   word: { type: integer, minimum: 3 }
       ·   ────
     6 │ resources:
       ╰────
      help: give --var word=…, a --var-file, or TIDEGATE_VAR_word

    1 error
    ");
    insta::assert_snapshot!(place.run("validate --var word=2").text(), @r"
    exit 3
    --- stderr
    error[stack/bad-variable]: Bad value of a variable
      │ `word` is 3 at least, not 2
       ╭─[stacks/stack.yaml:5:3]
     4 │ variables:
     5 │   word: { type: integer, minimum: 3 }
       ·   ────
     6 │ resources:
       ╰────
      help: the value comes from --var word

    1 error
    ");
    insta::assert_snapshot!(place.run("validate --var wrod=4").stderr, @r"
    error[stack/missing-variable]: A variable has no value
      │ `word` has no default and was not given
       ╭─[stacks/stack.yaml:5:3]
     4 │ variables:
     5 │   word: { type: integer, minimum: 3 }
       ·   ────
     6 │ resources:
       ╰────
      help: give --var word=…, a --var-file, or TIDEGATE_VAR_word

    error[stack/unknown-variable]: Unknown variable
      │ --var wrod gives `wrod`, which the stack does not declare
      help: did you mean `word`?

    2 errors
    ");
    place.write("vars.yaml", "word: [4]\nword: 5\n");
    insta::assert_snapshot!(place.run("validate --var-file vars.yaml").text(), @r"
    exit 3
    --- stderr
    error[yaml/duplicate-key]: A key is given twice in one map
      │ the key `word` is given before, on line 1
       ╭─[vars.yaml:2:1]
     1 │
     2 │
       · ────
       ╰────
      help: keep one of the two

    1 error
    ");
    place.expect(3, "validate --var-file nowhere.yaml");
    place.expect(0, "validate --var word=4");
}
