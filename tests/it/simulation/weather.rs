//! Bad days of a cloud, as users may write them into a file of faults.

use crate::support::simulated::Simulation;

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
