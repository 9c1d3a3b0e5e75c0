//! One run at a time on a state.

use crate::support::proxy::{Fate, Proxy};
use crate::support::tidegate::{Place, until};
use crate::support::world::World;

#[test]
fn the_second_run_is_told_who_the_first_is_and_a_killed_one_lets_go() {
    let Some(world) = World::open("locked") else { return };
    let proxy = Proxy::start(world.endpoint(), |call| match call.operation {
        "CreateQueue" => Fate::Held,
        _ => Fate::Passes,
    });
    let place = world.video_encoder(&proxy.endpoint());
    let mut first = place.start("apply --auto-approve --name locked");
    proxy.wait_for_held(1);
    // What needs no queue is done by then, so one call is open.
    until("the others", || first.stderr().contains("keda_operator: created"));
    for command in
        ["apply --auto-approve --name locked", "destroy --auto-approve locked", "state rm jobs locked", "drift locked"]
    {
        let second = place.expect(4, command);
        assert!(second.stderr.contains(&format!("process {} on ", first.id())), "{}", second.stderr);
    }
    insta::assert_snapshot!(place.run("plan --name locked").text(), @r"
    exit 4
    --- stderr
    error: the state `state/locked.lock` is locked by `apply` of process [id] on [host] since
           [time]
      hint: wait for it, or give --lock-timeout; the lock ends with its process
    ");
    assert_eq!(place.expect(4, "plan --name locked --json").messages().pop().unwrap()["type"], "error");
    // Another stack is another state, and looking needs no lock.
    place.expect(0, "plan --name unlocked");
    let looked = place.expect(0, "state list locked");
    insta::assert_snapshot!(looked.stderr, @r"
    warning[state/pending]: The state is not settled
      │ a run is under way or was cut off while it changed failed; the next plan or apply settles that

    1 warning
    ");

    first.kill();
    proxy.release();
    proxy.settle();
    place.expect(0, "apply --auto-approve --name locked");
    place.expect(0, "plan --detailed-exitcode --name locked");
    let killed = world.objects();
    place.expect(0, "destroy --auto-approve locked");
    assert!(world.objects().is_empty());
    let Some(faultless) = World::open("lockfree") else { return };
    let place = faultless.video_encoder(faultless.endpoint());
    place.expect(0, "apply --auto-approve --name lockfree");
    assert_eq!(killed, faultless.objects());
    place.expect(0, "destroy --auto-approve lockfree");
}

#[test]
fn whoever_may_wait_goes_on_when_the_first_has_ended() {
    let Some(world) = World::open("waiting") else { return };
    let proxy = Proxy::start(world.endpoint(), |call| match call.operation {
        "CreateQueue" => Fate::Held,
        _ => Fate::Passes,
    });
    let place = world.video_encoder(&proxy.endpoint());
    let first = place.start("apply --auto-approve --name waiting");
    proxy.wait_for_held(1);
    let mut second = place.start("apply --auto-approve --name waiting --lock-timeout 60s");
    assert!(!second.has_ended());
    proxy.release();
    assert_eq!(first.end().code, 0);
    let second = second.end();
    assert_eq!(second.code, 0, "{}", second.text());
    assert!(second.stdout.contains("No changes"), "{}", second.stdout);
    place.expect(0, "destroy --auto-approve waiting");
}

#[test]
fn what_an_earlier_run_left_open_is_settled_before_its_record_is_moved_or_forgotten() {
    let Some(world) = World::open("open") else { return };
    let proxy = Proxy::start(world.endpoint(), |call| match call.operation {
        "SetQueueAttributes" => Fate::Held,
        _ => Fate::Passes,
    });
    let text = "tidegate: 1\nstack: open\nvariables: { wait: { default: 1 } }\nresources:\n  jobs: { type: aws.sqs_queue, \
                spec: { name: open-jobs, receive_wait_time: \"${vars.wait}\" } }\n";
    let place = Place::with_text(text).aws(&proxy.endpoint());
    place.expect(0, "apply --auto-approve");
    let mut run = place.start("apply --auto-approve --var wait=2");
    proxy.wait_for_held(1);
    run.kill();
    proxy.release();
    proxy.settle();
    insta::assert_snapshot!(place.run("state mv jobs queue").text(), @r"
    exit 3
    --- stderr
    error: an earlier run was cut off while it changed `jobs`
      hint: find out what became of it with `tidegate plan`, and then do this again
    ");
    insta::assert_snapshot!(place.run("state rm jobs").text(), @r"
    exit 3
    --- stderr
    error: an earlier run was cut off while it changed `jobs`
      hint: find out what became of it with `tidegate plan`, and then do this again
    ");
    insta::assert_snapshot!(place.run("plan --var wait=2").text(), @r"
    exit 0
    --- stdout
    Changes to stack open   ~ update

      ~ jobs  aws.sqs_queue  open-jobs  (an earlier change did not finish)

    Plan: 0 to create, 1 to update, 0 to delete.
    --- stderr
    Looking for the effect of 1 call of an earlier run...
    jobs: update of an earlier run: it may be half changed
    Refreshing 1 resource...
    ");
    place.expect(0, "state mv jobs queue");
    place.write("stacks/stack.yaml", &text.replace("jobs:", "queue:"));
    let made = world.objects();
    place.expect(0, "apply --auto-approve --var wait=2");
    place.expect(0, "plan --detailed-exitcode --var wait=2");
    // It is the same queue, with the mark of its new address.
    let queue = &world.objects()["queue NAME-jobs"][0];
    assert_eq!(queue["attributes"], made["queue NAME-jobs"][0]["attributes"]);
    assert_eq!(queue["tags"]["tidegate:address"], "queue");
    place.expect(0, "destroy --auto-approve");
    assert!(world.objects().is_empty());
}
