//! Ctrl-C and SIGTERM in the middle of an apply.

use std::time::{Duration, Instant};

use crate::support::proxy::{Fate, Proxy};
use crate::support::tidegate::{Place, Running, until};
use crate::support::world::World;

/// An apply whose queues are being made, and will be until the proxy lets them.
fn under_way(world: &World) -> (Proxy, Place, Running) {
    let proxy = Proxy::start(world.endpoint(), |call| match call.operation {
        "CreateQueue" => Fate::Held,
        _ => Fate::Passes,
    });
    let place = world.video_encoder(&proxy.endpoint());
    let run = place.start(&format!("apply --auto-approve --name {}", world.name));
    proxy.wait_for_held(1);
    // What does not need a queue is done, so nothing else is running.
    until("the others", || run.stderr().contains("keda_operator: created"));
    (proxy, place, run)
}

fn goes_on(world: &World, place: &Place) {
    let name = &world.name;
    place.expect(0, &format!("apply --auto-approve --name {name}"));
    place.expect(0, &format!("plan --detailed-exitcode --name {name}"));
    place.expect(0, &format!("drift {name}"));
    assert_eq!(world.objects().len(), 7);
    place.expect(0, &format!("destroy --auto-approve {name}"));
    assert!(world.objects().is_empty());
}

fn once(name: &str, signal: &str) {
    let Some(world) = World::open(name) else { return };
    let (proxy, place, run) = under_way(&world);
    run.signal(signal);
    // Said at once, not when something ends: a call may go on for many minutes.
    until("it to say that it stops", || run.stderr().contains("Stopping"));
    proxy.release();
    let run = run.end();
    assert_eq!(run.code, 130, "{}", run.text());
    assert!(run.stderr.contains("failed: created"), "{}", run.stderr);
    assert!(!run.stderr.contains("jobs: creating"), "{}", run.stderr);
    assert!(run.stderr.contains("run it again to go on"), "{}", run.stderr);
    let listed = place.expect(0, &format!("state list {name}"));
    assert!(listed.stdout.contains("failed ") && !listed.stdout.contains("jobs "), "{}", listed.stdout);
    assert_eq!(listed.stderr, "");
    goes_on(&world, &place);
}

fn twice(name: &str, signal: &str) {
    let Some(world) = World::open(name) else { return };
    let (proxy, place, run) = under_way(&world);
    run.signal(signal);
    until("it to say that it stops", || run.stderr().contains("Stopping"));
    #[expect(clippy::disallowed_methods, reason = "how long a person waits is measured by a clock on the wall")]
    let asked = Instant::now();
    run.signal(signal);
    let run = run.end();
    assert_eq!(run.code, 130, "{}", run.text());
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    let listed = place.expect(0, &format!("state list {name}"));
    assert!(listed.stderr.contains("was cut off while it changed failed"), "{}", listed.stderr);
    proxy.release();
    proxy.settle();
    goes_on(&world, &place);
}

#[test]
fn the_first_interrupt_lets_running_calls_finish() {
    once("interrupted", "INT");
}

#[test]
fn the_second_interrupt_stops_at_once() {
    twice("cut-off", "INT");
}

#[test]
fn a_termination_is_an_interrupt() {
    once("terminated", "TERM");
}

#[test]
fn a_second_termination_stops_at_once() {
    twice("shot", "TERM");
}

#[test]
fn an_interrupt_while_it_only_looks_changes_nothing() {
    let Some(world) = World::open("looking") else { return };
    let proxy = Proxy::start(world.endpoint(), |call| match call.operation {
        "GetQueueAttributes" => Fate::Held,
        _ => Fate::Passes,
    });
    let mut place = world.video_encoder(world.endpoint());
    place.expect(0, "apply --auto-approve --name looking");
    place.set("AWS_ENDPOINT_URL", &proxy.endpoint());
    let before = place.files("state");
    for command in ["plan --name looking", "destroy --auto-approve looking", "drift looking"] {
        let before_it = proxy.held();
        let run = place.start(command);
        proxy.wait_for_held(before_it + 1);
        run.signal("INT");
        let run = run.end();
        assert_eq!(run.code, 130, "{}", run.text());
        assert!(run.stderr.contains("interrupted before anything was changed"), "{}", run.stderr);
        assert_eq!(place.files("state"), before);
    }
    proxy.release();
    place.expect(0, "destroy --auto-approve looking");
    assert!(world.objects().is_empty());
}
