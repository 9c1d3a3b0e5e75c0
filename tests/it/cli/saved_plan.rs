//! Saved plans: applied as they are, and refused when anything they were made from is another.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::PAIR;
use crate::support::tidegate::Place;

const SECRET: &str = r#"
tidegate: 1
stack: keeper
variables:
  password: { type: string, secret: true }
resources:
  vault: { type: tidegate.data, spec: { input: "${vars.password}" } }
"#;

#[test]
fn a_saved_plan_is_applied_without_the_stack_file() {
    let place = Place::with_text(PAIR);
    insta::assert_snapshot!(place.run("plan --out my.plan --var word=new").stderr, @r"
    Saved. Apply it with:

        tidegate apply my.plan
    ");
    std::fs::remove_dir_all(place.path("stacks")).unwrap();
    insta::assert_snapshot!(place.run("apply my.plan --target first").text(), @r"
    exit 3
    --- stderr
    error: a saved plan is applied as it is, with no more than its secret variables
      hint: leave --target, --exclude, --replace, --name and other variables out, or give them to
            `tidegate plan`
    ");
    place.expect(0, "apply my.plan");
    assert_eq!(place.expect(0, "output --only word --raw").stdout, "new\n");
    // It was for the state as it was then.
    insta::assert_snapshot!(place.run("apply my.plan").text(), @r"
    exit 3
    --- stderr
    error: my.plan: the state has moved on since the plan was made: `first` is new, `second` is new
      hint: make a new one with `tidegate plan --out`
    ");
    place.expect(0, "plan --destroy pair --out destroy.plan");
    place.expect(0, "apply destroy.plan");
    assert_eq!(place.expect(0, "state list pair").stdout, "The state is empty.\n");
}

#[test]
fn nothing_is_added_to_a_saved_plan() {
    let place = Place::with_text(PAIR);
    place.expect(0, "plan --out my.plan");
    for more in ["--var word=other", "--name other", "--target first", "--exclude first", "--replace first"] {
        place.expect(3, &format!("apply my.plan {more}"));
    }
    place.expect(0, "apply my.plan --auto-approve");
    assert_eq!(place.expect(0, "output --only word --raw").stdout, "old\n");
}

#[test]
fn a_saved_plan_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::with_text(PAIR);
    place.write("there.plan", "");
    std::fs::set_permissions(place.path("there.plan"), std::fs::Permissions::from_mode(0o644)).unwrap();
    for plan in ["there.plan", "new.plan"] {
        place.expect(0, &format!("plan --out {plan}"));
        assert_eq!(place.path(plan).metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    place.expect(0, "plan --out /dev/null");
}

#[test]
fn a_saved_plan_is_refused_when_the_state_has_moved_on() {
    let place = Place::with_text(PAIR);
    place.expect(0, "apply --auto-approve");
    place.expect(0, "plan --out my.plan --var word=new");
    place.expect(0, "apply --auto-approve --var word=newer");
    insta::assert_snapshot!(place.run("apply my.plan").text(), @r"
    exit 3
    --- stderr
    error: my.plan: the state has moved on since the plan was made: `first` was changed
      hint: make a new one with `tidegate plan --out`
    ");
    place.expect(0, "state rm second");
    insta::assert_snapshot!(place.run("apply my.plan").stderr, @r"
    error: my.plan: the state has moved on since the plan was made: `second` is gone, `first` was
           changed
      hint: make a new one with `tidegate plan --out`
    ");
    let other = Place::with_text(PAIR);
    other.expect(0, "apply --auto-approve");
    other.write("my.plan", &place.read("my.plan"));
    insta::assert_snapshot!(other.run("apply my.plan").text(), @r"
    exit 3
    --- stderr
    error: my.plan: the plan was made from another state of `pair`
      hint: name the right folder with --state-dir, or plan again
    ");
    insta::assert_snapshot!(place.run("apply my.plan --state-dir elsewhere").text(), @r"
    exit 3
    --- stderr
    error: my.plan: the plan was made from another state of `pair`
      hint: name the right folder with --state-dir, or plan again
    ");
}

#[test]
fn a_secret_variable_is_given_again_and_must_be_the_same() {
    let mut place = Place::with_text(SECRET);
    place.set("TIDEGATE_VAR_password", "correct horse");
    place.expect(0, "plan --out my.plan");
    assert!(!place.read("my.plan").contains("horse"));
    let mut without = Place::default();
    for (name, text) in place.files("state") {
        without.write(&format!("state/{name}"), &text);
    }
    without.write("my.plan", &place.read("my.plan"));
    insta::assert_snapshot!(without.run("apply my.plan").text(), @r"
    exit 3
    --- stderr
    error[stack/missing-variable]: A variable has no value
      │ `password` has no default and was not given
       ╭─[stacks/stack.yaml:5:3]
     4 │ variables:
     5 │   password: { type: string, secret: true }
       ·   ────────
     6 │ resources:
       ╰────
      help: give --var password=…, a --var-file, or TIDEGATE_VAR_password

    1 error
    ");
    without.set("TIDEGATE_VAR_password", "battery staple");
    insta::assert_snapshot!(without.run("apply my.plan").text(), @r"
    exit 3
    --- stderr
    error: my.plan: the secret variable `password` is not what it was when the plan was made
      hint: give the same value as for `tidegate plan`, or plan again
    ");
    without.set("TIDEGATE_VAR_password", "correct horse");
    without.expect(0, "apply my.plan");
}

#[test]
fn what_is_no_saved_plan_is_refused() {
    let place = Place::with_text(PAIR);
    for text in [
        "{\"tidegate_plan\"",
        "{\"tidegate_plan\": 1}",
        "{\"tidegate_plan\": 2}",
        "{\"tidegate_plan\": \"1\"}",
        "{}",
        "",
    ] {
        place.write("bad.plan", text);
        let run = place.expect(3, "apply bad.plan --auto-approve");
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    }
    place.write("bad.plan", "{\"tidegate_plan\": 2}");
    insta::assert_snapshot!(place.run("apply bad.plan").text(), @r"
    exit 3
    --- stderr
    error: bad.plan: the saved plan has format 2, this version reads 1
      hint: apply it with the version that made it, or plan again
    ");
    place.expect(3, "apply gone.plan");
}

/// A plan whose file was changed somewhere does what was planned, or nothing.
#[test]
fn a_saved_plan_that_was_tampered_with_does_nothing_else() {
    let place = Place::with_text(PAIR);
    place.expect(0, "apply --auto-approve --var word=older");
    place.expect(0, "plan --out my.plan --replace second");
    let (plan, state) = (place.read("my.plan"), place.files("state"));
    let apply = |plan: &str| {
        for (name, text) in &state {
            place.write(&format!("state/{name}"), text);
        }
        place.write("my.plan", plan);
        let run = place.run("apply my.plan");
        let shown = ["output --json", "state list", "state show first", "state show second"];
        let shown = (run.code == 0).then(|| shown.map(|command| place.expect(0, command).text()));
        (run, shown, place.files("state"))
    };
    let (run, planned, _) = apply(&plan);
    assert_eq!(run.code, 0, "{}", run.text());
    let mut runner = TestRunner::new_with_rng(
        Config { cases: 40, failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let tried =
        runner.run(&(any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>()), |(at, how, whole)| {
            let tampered = match whole {
                true => edited(&plan, &at, &how),
                false => garbled(&plan, &at, &how),
            };
            let (run, shown, after) = apply(&tampered);
            prop_assert!(!run.stderr.contains("panicked"), "{}\n{tampered}", run.stderr);
            match run.code {
                0 => prop_assert_eq!(&shown, &planned, "{}", tampered),
                3 => prop_assert_eq!(after, state.clone(), "{}", tampered),
                _ => prop_assert!(false, "{}\n{tampered}", run.text()),
            }
            Ok(())
        });
    tried.unwrap();
}

/// One value of it is another.
fn edited(plan: &str, at: &prop::sample::Index, how: &prop::sample::Index) -> String {
    let mut json: serde_json::Value = serde_json::from_str(plan).unwrap();
    let mut leaves = BTreeMap::new();
    collect_leaves(&json, String::new(), &mut leaves);
    let paths: Vec<_> = leaves.keys().cloned().collect();
    let leaf = json.pointer_mut(&paths[at.index(paths.len())]).unwrap();
    *leaf = match leaf {
        serde_json::Value::String(text) => {
            let text = text.clone();
            let edits = [
                text.replace("after ", "before "),
                text.replace("first", "second"),
                format!("{text}x"),
                String::new(),
                text.replace("second:", "third:"),
            ];
            edits[how.index(edits.len())].clone().into()
        }
        serde_json::Value::Number(number) => (number.as_u64().unwrap_or_default() + 1).into(),
        serde_json::Value::Bool(yes) => (!*yes).into(),
        _ => "x".into(),
    };
    json.to_string()
}

fn collect_leaves(json: &serde_json::Value, path: String, leaves: &mut BTreeMap<String, ()>) {
    match json {
        serde_json::Value::Object(fields) => {
            for (name, field) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect_leaves(field, format!("{path}/{name}"), leaves);
            }
        }
        serde_json::Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_leaves(item, format!("{path}/{index}"), leaves);
            }
        }
        _ => drop(leaves.insert(path, ())),
    }
}

/// One letter of it is another, is missing, or the rest is.
fn garbled(plan: &str, at: &prop::sample::Index, how: &prop::sample::Index) -> String {
    let mut letters: Vec<char> = plan.chars().collect();
    // The first ones make it a plan rather than a stack.
    let at = 20 + at.index(letters.len() - 20);
    match how.index(4) {
        0 => letters[at] = if letters[at] == 'a' { 'b' } else { 'a' },
        1 => drop(letters.remove(at)),
        2 => letters.insert(at, '"'),
        _ => letters.truncate(at),
    }
    letters.into_iter().collect()
}

/// What is known only while it is applied is not shown in a plan, and yet was planned.
#[test]
fn an_edit_of_what_is_not_known_yet_is_noticed() {
    let place = Place::with_text(PAIR);
    place.expect(0, "plan --out my.plan");
    let plan = place.read("my.plan");
    let edited = plan.replace("after ${first.id}", "or else ${first.id}");
    assert_ne!(edited, plan);
    place.write("my.plan", &edited);
    insta::assert_snapshot!(place.run("apply my.plan").text(), @r"
    exit 3
    --- stderr
    error: my.plan: the saved plan was changed after it was made
      hint: make a new one with `tidegate plan --out`
    ");
    place.write("my.plan", &plan);
    place.expect(0, "apply my.plan");
}
