//! Bad days of a cloud, as users may write them into a file of faults.

use crate::support::simulated::Simulation;
use crate::support::tidegate::Place;

const BAD_DAY: &str = "
faults:
  - { operation: '*', kind: throttle, rate: 0.15 }
  - { operation: '*', kind: lost_reply, rate: 0.05 }
";

#[test]
fn a_stack_converges_in_one_apply_on_a_bad_day() {
    for name in ["quickstart", "video-encoder"] {
        let simulation = Simulation::new(name);
        simulation.set_faults(BAD_DAY);
        let stack = simulation.repository_stack(name);
        simulation.apply_all(&stack);
        simulation.assert_settled(&stack);
        simulation.destroy_all();
    }
}

#[test]
fn a_cluster_that_fails_is_recorded_and_made_anew() {
    let simulation = Simulation::new("quickstart");
    simulation.set_faults("faults: [{ operation: 'eks:CreateCluster', kind: failed, occurrence: 1 }]");
    let stack = simulation.repository_stack("quickstart");
    let (_, applied) = simulation.apply(&stack);
    let failed: Vec<_> = applied.failed.iter().map(|failure| failure.address.to_string()).collect();
    assert_eq!(failed, ["cluster"]);
    let plan = simulation.plan(&stack);
    let change = plan.changes.values().find(|change| change.address.to_string() == "cluster").unwrap();
    assert!(change.note.as_deref().is_some_and(|note| note.contains("FAILED")), "{change:#?}");
    simulation.apply_all(&stack);
    simulation.assert_settled(&stack);
    simulation.destroy_all();
}

#[test]
fn a_cluster_that_never_gets_ready_is_given_up_in_time_and_recorded() {
    let simulation = Simulation::new("quickstart");
    simulation.set_faults("faults: [{ operation: 'eks:CreateCluster', kind: stuck }]");
    let stack = simulation.repository_stack("quickstart");
    let ((_, applied), took) = simulation.timed(|| simulation.apply(&stack));
    assert_eq!(applied.failed.len(), 1, "{:#?}", applied.failed);
    assert!(applied.failed[0].error.contains("did not finish in"), "{:#?}", applied.failed);
    assert!(took.as_secs() < 2 * 3600, "{took:?}");
    assert!(simulation.state().resources.keys().any(|address| address.to_string() == "cluster"));
}

#[test]
fn a_file_of_faults_is_for_users_too() {
    let place = Place::with_stack("quickstart");
    place.write("bad-day.yaml", BAD_DAY);
    let run = place.expect(0, "apply --simulate --simulate-faults bad-day.yaml --auto-approve");
    assert!(run.stderr.contains("Rate exceeded; trying again"), "{}", run.stderr);
    place.expect(0, "plan --simulate --detailed-exitcode");
    place.write("wrong.yaml", "faults:\n- { operation: '*', kind: explode }\n");
    let run = place.expect(3, "destroy --simulate --simulate-faults wrong.yaml --auto-approve");
    assert!(run.stderr.contains("wrong.yaml") && run.stderr.contains("no kind of fault `explode`"), "{}", run.stderr);
    place.expect(0, "destroy --simulate --auto-approve");
    let run = place.expect(3, "plan --simulate-faults bad-day.yaml");
    assert!(run.stderr.contains("add --simulate"), "{}", run.stderr);
}

/// What is recorded of simulated objects must never be taken for real ones, nor the other way round.
#[test]
fn a_simulation_leaves_real_states_alone() {
    let place = Place::with_stack("hello");
    place.expect(0, "apply --auto-approve");
    let real = place.files("state");
    place.expect(0, "apply --simulate --auto-approve");
    place.expect(0, "destroy --simulate --auto-approve");
    assert_eq!(place.files("state"), real);
}
