//! `--json`: every line of every command is a message.

use super::PAIR;
use crate::support::tidegate::Place;

#[test]
fn every_line_is_a_message() {
    let place = Place::with_text(PAIR);
    let types = |code: i32, arguments: &str| {
        let run = place.expect(code, &format!("{arguments} --json"));
        assert_eq!(run.stderr, "", "{arguments}");
        let mut types: Vec<String> = Vec::new();
        for message in run.messages() {
            let name = message["type"].as_str().unwrap();
            if types.last().is_none_or(|last| last != name) {
                types.push(name.to_owned());
            }
        }
        types.join(" ")
    };
    insta::assert_snapshot!(types(0, "validate"), @"validated");
    insta::assert_snapshot!(types(0, "plan"), @"plan");
    insta::assert_snapshot!(types(2, "plan --detailed-exitcode --out my.plan"), @"plan saved");
    insta::assert_snapshot!(types(0, "apply my.plan"), @"plan phase_started step_started step_succeeded step_started step_succeeded phase_finished applied outputs");
    insta::assert_snapshot!(types(0, "apply --auto-approve --var word=new"), @"plan phase_started step_started step_succeeded phase_finished applied outputs");
    insta::assert_snapshot!(types(0, "drift"), @"drift");
    insta::assert_snapshot!(types(0, "output"), @"outputs");
    insta::assert_snapshot!(types(0, "state list"), @"resources");
    insta::assert_snapshot!(types(0, "state show first"), @"resource");
    insta::assert_snapshot!(types(0, "state mv first third"), @"state_changed");
    insta::assert_snapshot!(types(0, "state rm third"), @"state_changed");
    insta::assert_snapshot!(types(0, "destroy --auto-approve"), @"plan phase_started step_started step_succeeded phase_finished applied");
    insta::assert_snapshot!(types(0, "init stacks/other/hello.yaml"), @"initialised");
    insta::assert_snapshot!(types(3, "validate --var wrod=1"), @"diagnostic");
    insta::assert_snapshot!(types(3, "plan --var wrod=1"), @"diagnostic");
    insta::assert_snapshot!(types(3, "apply --auto-approve --var wrod=1"), @"diagnostic");
    insta::assert_snapshot!(types(3, "validate nowhere.yaml"), @"error");
    insta::assert_snapshot!(types(3, "output --only nothing"), @"error");
}

#[test]
fn a_plan_for_machines_says_what_it_would_do() {
    let place = Place::with_text(PAIR);
    let run = place.expect(0, "plan --json");
    let plan = &run.messages()[0];
    assert_eq!((&plan["stack"], &plan["mode"], &plan["is_empty"]), (&"pair".into(), &"apply".into(), &false.into()));
    assert_eq!(plan["summary"]["create"], 2);
    assert_eq!(plan["changes"][1]["after"]["id"], serde_json::json!({"$unknown": "string"}));
    assert_eq!(plan["steps"][1]["after"], serde_json::json!([plan["steps"][0]["id"]]));
}
