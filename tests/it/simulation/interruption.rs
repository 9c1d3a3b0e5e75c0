//! Whoever presses Ctrl-C while a cluster is being made gets away at once, and the next apply waits for that cluster.

use crate::support::tidegate::{Place, until};

#[test]
fn an_interrupt_does_not_wait_for_a_cluster() {
    let place = Place::with_stack("quickstart");
    // A cluster takes minutes, and so some seconds here.
    let run = place.start("apply --simulate --simulate-speed 60 --auto-approve");
    until("the cluster to be made", || run.stderr().contains("it is CREATING"));
    run.signal("INT");
    let run = run.end();
    assert_eq!(run.code, 130, "{}", run.text());
    assert!(run.stderr.contains("cluster: not waited for after"), "{}", run.stderr);
    let listed = place.expect(0, "state list --simulate");
    assert!(listed.stdout.contains("cluster "), "{}", listed.stdout);
    assert_eq!(listed.stderr, "");
    let plan = place.expect(0, "plan --simulate");
    assert!(plan.stdout.contains("it is CREATING"), "{}", plan.stdout);

    let run = place.expect(0, "apply --simulate --auto-approve");
    assert!(run.stderr.contains("cluster: updated"), "{}", run.stderr);
    place.expect(0, "plan --simulate --detailed-exitcode");
    place.expect(0, "destroy --simulate --auto-approve");
}
