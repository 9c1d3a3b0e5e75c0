//! An apply takes as long as the longest way through its steps, and the plan says how long that is.

use std::collections::BTreeMap;
use std::time::Duration;

use tidegate::engine::Event;
use tidegate::graph::critical_path;
use tidegate::plan::Plan;

use crate::support::simulated::Simulation;

fn wall(events: &[Event]) -> Duration {
    let ended = events.iter().rev().find_map(|event| match event {
        Event::Applied { elapsed, .. } => Some(*elapsed),
        _ => None,
    });
    ended.unwrap()
}

pub fn assert_no_time_is_lost(plan: &Plan, events: &[Event]) {
    let took: BTreeMap<_, _> = events
        .iter()
        .filter_map(|event| match event {
            Event::StepSucceeded { address, kind, elapsed, .. } => Some(((address.clone(), *kind), *elapsed)),
            _ => None,
        })
        .collect();
    let (way, longest) = critical_path(&plan.steps, |step| took[&(step.address.clone(), step.kind)]);
    let way: Vec<_> = way.into_iter().map(|node| plan.steps[node].address.to_string()).collect();
    let wall = wall(events);
    assert!(wall <= longest.mul_f64(1.05), "{wall:?} for a longest way of {longest:?}: {way:?}");
}

#[test]
fn an_apply_and_a_destroy_take_as_long_as_their_longest_way() {
    for name in ["quickstart", "video-encoder"] {
        let simulation = Simulation::new(name);
        let stack = simulation.repository_stack(name);
        let plan = simulation.apply_all(&stack);
        assert_no_time_is_lost(&plan, &simulation.events.take());
        let (plan, applied) = simulation.destroy();
        assert!(applied.is_complete(), "{:#?}", applied.failed);
        assert_no_time_is_lost(&plan, &simulation.events.take());
    }
}

#[test]
fn a_plan_knows_how_long_it_will_take() {
    let simulation = Simulation::new("quickstart");
    let stack = simulation.repository_stack("quickstart");
    let (_, expected) = simulation.plan(&stack).critical_path();
    simulation.apply_all(&stack);
    let wall = wall(&simulation.events.take());
    assert!(wall > expected.mul_f64(0.7) && wall < expected.mul_f64(1.5), "{wall:?}, {expected:?} were expected");
}

#[test]
fn few_hands_still_begin_with_the_longest_way() {
    let mut simulation = Simulation::new("quickstart");
    simulation.parallelism = 2;
    let stack = simulation.repository_stack("quickstart");
    let plan = simulation.apply_all(&stack);
    let (_, expected) = plan.critical_path();
    let wall = wall(&simulation.events.take());
    assert!(wall < expected.mul_f64(1.5), "{wall:?}, {expected:?} were expected");
}
