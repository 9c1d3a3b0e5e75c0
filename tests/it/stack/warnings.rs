//! What a type warns of: told in its place, and no obstacle.

use super::{file, inputs, plan_from_nothing, problems, registry, stack, told};

const INVISIBLE: &str = "resources:\n  ghost: { type: test.thing, spec: { name: ghost, color: invisible } }\n";

#[test]
fn a_warning_is_told_in_its_place_and_the_plan_is_made() {
    let plan = plan_from_nothing(&stack(INVISIBLE, &[]), &registry()).unwrap();
    assert_eq!(plan.changes.len(), 1);
    assert_eq!(told(&plan.warnings), "4:58 «invisible» test/invisible: nobody will see it");
    assert!(!plan.warnings.has_errors());
}

#[test]
fn what_is_desired_does_not_fail_because_of_a_warning() {
    let stack = stack(INVISIBLE, &[]);
    let ghost = stack.resources.values().next().unwrap();
    let desired = stack.desired(ghost, &|_| None).unwrap();
    assert_eq!(desired["color"].as_str(), Some("invisible"));
    let (judged, told) = stack.judged(ghost, &|_| None);
    assert_eq!((judged, told.len()), (Some(desired), 1));
}

#[test]
fn a_warning_is_told_beside_the_errors_of_others() {
    let text = format!("{INVISIBLE}  plain: {{ type: test.thing, spec: {{ name: plain, color: no color }} }}\n");
    assert_eq!(
        problems(&text),
        "4:58 «invisible» test/invisible: nobody will see it\n5:58 «no color» test/no-color: it has none"
    );
    let (stack, _) = tidegate::stack::load(super::source(&file(&text)), &inputs(&[]), &registry());
    let stack = stack.unwrap();
    let wrong: Vec<_> = stack.resources.values().filter_map(|thing| stack.desired(thing, &|_| None).err()).collect();
    assert_eq!(wrong.concat().iter().map(|problem| problem.code).collect::<Vec<_>>(), ["test/no-color"]);
}
