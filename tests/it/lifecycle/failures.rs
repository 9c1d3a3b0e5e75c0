//! What goes wrong, and what is left when it did.

use tidegate::engine::{Event, Stop, StopLevel};
use tidegate::plan::{Action, Mode, Reason, Request};
use tidegate::state::Status;

use crate::support::scripted::Fault;
use crate::support::session::Session;

const THREE: &str = r#"
resources:
  a: { type: test.thing, spec: { name: a } }
  b: { type: test.thing, spec: { name: b, uses: ["${a.name}"] } }
  c: { type: test.thing, spec: { name: c } }
"#;

#[tokio::test]
async fn a_failure_skips_only_what_depends_on_it() {
    let session = Session::default();
    session.cloud.world().faults.insert("create a".to_owned(), Fault::Refuse);
    let (_, applied) = session.apply(THREE).await;
    assert_eq!(applied.failed.len(), 1);
    assert_eq!(applied.skipped.len(), 1);
    assert!(session.cloud.world().objects.contains_key("c"));
    session.apply_all(THREE).await;
    session.assert_settled(THREE).await;
}

#[tokio::test]
async fn what_a_failed_change_left_behind_is_recorded_and_repaired() {
    let session = Session::default();
    session.cloud.world().faults.insert("create a".to_owned(), Fault::HalfDone);
    session.apply(THREE).await;
    let record = session.state().resources.values().find(|record| record.identity == "a").cloned().unwrap();
    assert_eq!(record.status, Status::Incomplete);
    let plan = session.plan_for(THREE).await;
    let change = plan.changes.values().next().unwrap();
    assert_eq!((change.action, change.reason), (Action::Update, Reason::Incomplete));
    session.apply_all(THREE).await;
    session.assert_settled(THREE).await;
}

#[tokio::test]
async fn throttling_is_waited_out() {
    let session = Session::default();
    session.cloud.world().faults.insert("create a".to_owned(), Fault::Throttle(5));
    session.apply_all(THREE).await;
    let retried = session.events.all().iter().filter(|event| matches!(event, Event::StepRetried { .. })).count();
    assert_eq!(retried, 5);
}

#[tokio::test]
async fn a_full_disk_stops_the_run_and_nothing_is_lost() {
    for appends in 0..8 {
        let session = Session { parallelism: 1, ..Session::default() };
        session.store.fail_after(appends);
        let stack = session.stack(THREE);
        let plan = session.plan(Some(&stack), Mode::Apply, &Request::default()).await.unwrap();
        let journal = tidegate::store::Journal::new(Box::new(session.store.clone())).unwrap();
        let engine = tidegate::engine::Engine::new(
            session.registry.clone(),
            std::sync::Arc::new(session.clock.clone()),
            std::sync::Arc::new(tidegate::engine::SystemRandom),
            std::sync::Arc::new(()),
            1,
        );
        let applied = engine.apply(&plan, Some(&stack), session.state(), &journal, &Stop::default()).await;
        drop(journal);
        let made = session.cloud.world().objects.len();
        assert!(made <= appends, "nothing is called without an intent: {made} made, {appends} written");
        if appends < 4 {
            assert!(!applied.is_complete(), "{appends}");
        }
        session.apply_all(THREE).await;
        session.assert_settled(THREE).await;
        assert_eq!(session.cloud.world().objects.len(), 3);
    }
}

#[tokio::test]
async fn the_first_ask_lets_running_calls_finish() {
    let session = Session { parallelism: 1, ..Session::default() };
    let stack = session.stack(THREE);
    let stop = Stop::default();
    stop.ask();
    let (_, applied) = session.run(Some(&stack), Mode::Apply, &Request::default(), &stop).await.applied();
    assert_eq!((applied.stopped, applied.not_started), (StopLevel::Finish, 3));
    assert!(session.state().pending.is_empty());
    session.apply_all(THREE).await;
    session.assert_settled(THREE).await;
}

#[tokio::test]
async fn steps_that_exclude_each_other_never_meet() {
    let things: String = (0..6)
        .map(|number| format!("  t{number}: {{ type: test.thing, spec: {{ name: n{number}, lock: one }} }}\n"))
        .collect();
    let session = Session::default();
    session.apply_all(&format!("resources:\n{things}")).await;
    assert_eq!(session.cloud.world().most_under_way, 1);

    let free = things.replace(", lock: one", "");
    let session = Session::default();
    session.apply_all(&format!("resources:\n{free}")).await;
    assert!(session.cloud.world().most_under_way > 1);
}

#[tokio::test]
async fn an_output_of_what_is_gone_is_gone() {
    let session = Session::default();
    let stack = "resources:\n  a: { type: test.thing, spec: { name: a } }\noutputs:\n  id: { value: \"${a.id}\" }\n";
    session.apply_all(stack).await;
    session.cloud.world().faults.insert("create a".to_owned(), Fault::Refuse);
    let (_, applied) = session.apply(&stack.replace("name: a }", "name: a, color: red }")).await;
    assert_eq!(applied.failed.len(), 1);
    assert!(!session.state().outputs.contains_key("id"));
}

#[tokio::test]
async fn a_step_that_would_no_longer_do_what_was_shown_is_refused() {
    let stack = "resources:\n  a: { type: test.thing, spec: { name: a } }\n  b: { type: test.thing, spec: { name: b, FIELD: \"${a.id}\" } }\n";
    // What decides on the object itself is only known when `a` is there.
    let session = Session::default();
    let (_, applied) = session.apply(&stack.replace("name: b, FIELD", "name")).await;
    assert!(applied.is_complete(), "a name that is known only after apply is no surprise: {:?}", applied.failed);

    let session = Session::default();
    session.apply_all(&stack.replace("FIELD: \"${a.id}\"", "color: red")).await;
    let changed =
        session.stack(&stack.replace("FIELD: \"${a.id}\"", "color: \"${a.id}\"").replace("name: a }", "name: a2 }"));
    let plan = session.plan(Some(&changed), Mode::Apply, &Request::default()).await.unwrap();
    let action = plan.changes[&"b".parse().unwrap()].action;
    assert!(matches!(action, Action::Replace(_)), "what may force a replacement is planned as one: {action:?}");
}

#[tokio::test]
async fn the_same_input_gives_the_same_plan() {
    let session = Session::default();
    session.apply_all(THREE).await;
    let changed = THREE.replace("name: c", "name: d").replace("name: a", "name: a, size: 7");
    let [one, other] = [session.plan_for(&changed).await, session.plan_for(&changed).await];
    assert_eq!(format!("{:?} {:?}", one.changes, one.steps), format!("{:?} {:?}", other.changes, other.steps));
}
