//! What a person sees: the same problems, drawn.

use tidegate::cli::view::{Style, diagnostics};

use super::{all_problems, file, inputs};

#[test]
fn the_caret_stands_under_what_is_wrong() {
    let text = file(
        "
locals:
  folded: >-
    日本語 ${vars.regoin}
      and ${1 +}
resources:
  jobs:
    type: test.thing
    spec: { name: \"\\t${lowr('x')} ${jobs.idd}\", siez: 1 }
",
    );
    let problems = all_problems(&text.replace('\n', "\r\n"), &inputs(&[]));
    insta::assert_snapshot!(diagnostics::text(&problems, &Style { width: 80, ..Style::PLAIN }), @r#"
    error[expression/syntax]: This expression cannot be read
      │ expected a value, found the end of the expression
       ╭─[stack.yaml:7:16]
     6 │     日本語 ${vars.regoin}
     7 │       and ${1 +}
       ·                ─
     8 │ resources:
       ╰────

    error[stack/cycle]: Things depend on each other
      │ jobs → jobs
        ╭─[stack.yaml:9:3]
      8 │ resources:
      9 │   jobs:
        ·   ────
     10 │     type: test.thing
        ╰────
      help: break the circle at one of them, for instance by a name in place of a
            reference

    error[expression/unknown-function]: Unknown function
      │ there is no function `lowr`
        ╭─[stack.yaml:11:24]
     10 │     type: test.thing
     11 │     spec: { name: "\t${lowr('x')} ${jobs.idd}", siez: 1 }
        ·                        ────
        ╰────
      help: did you mean `lower`?

    error[stack/unknown-reference]: Unknown reference
      │ `jobs` has no attribute `idd`
        ╭─[stack.yaml:11:37]
     10 │     type: test.thing
     11 │ …ec: { name: "\t${lowr('x')} ${jobs.idd}", siez: 1 }
        ·                                ────────
        ╰────
      help: did you mean `id`?

    error[stack/unknown-field]: Unknown field
      │ there is no field `siez` here
        ╭─[stack.yaml:11:49]
     10 │     type: test.thing
     11 │ …"\t${lowr('x')} ${jobs.idd}", siez: 1 }
        ·                                ────
        ╰────
      help: did you mean `size`?

    5 errors
    "#);
}
