//! After any fault in any step, one more apply brings about what a faultless run does.

use tidegate::engine::Stop;
use tidegate::plan::{Mode, Request};

use crate::support::scripted::{FAULTS, Fault};
use crate::support::session::{Outcome, Session};

/// From nothing to the first, then to the second, then to nothing.
const STACKS: &[(&str, &str)] = &[
    (
        r#"
resources:
  queue: { type: test.thing, spec: { name: q, size: 1 } }
  dead: { type: test.thing, spec: { name: d } }
  role: { type: test.thing, spec: { name: r, uses: ["${queue.name}"], peer: "${queue.id}" } }
  old: { type: test.thing, spec: { name: o, uses: [d], peer: "${dead.id}" } }
"#,
        r#"
resources:
  queue: { type: test.thing, spec: { name: q, size: 2 } }
  dead: { type: test.thing, spec: { name: d2 } }
  role: { type: test.thing, spec: { name: r, color: red, uses: ["${queue.name}"], peer: "${queue.id}" } }
  new: { type: test.thing, spec: { name: n, uses: ["${dead.name}"] } }
"#,
    ),
    (
        r#"
resources:
  base: { type: test.thing, spec: { name: base } }
  user: { type: test.thing, for_each: [x, y], spec: { name: "u-${each.key}", uses: ["${base.name}"] } }
"#,
        r#"
resources:
  base: { type: test.thing, spec: { name: base-2 } }
  user: { type: test.thing, for_each: [y, z], spec: { name: "u-${each.key}", uses: ["${base.name}"] } }
"#,
    ),
];

async fn faultless(first: &str, second: &str) -> (Vec<String>, Session) {
    let session = Session::default();
    session.apply_all(first).await;
    session.apply_all(second).await;
    let calls = session.cloud.world().calls.clone();
    (calls, session)
}

/// Applies once, whatever comes of it, and then as often as a user would: once more.
async fn apply_through(session: &Session, stack: &str, fault: Fault) {
    let stack = session.stack(stack);
    let outcome = session.run(Some(&stack), Mode::Apply, &Request::default(), &Stop::default()).await;
    let again = match outcome {
        Outcome::Killed => true,
        Outcome::Applied(_, applied) => !applied.is_complete(),
    };
    if again {
        let (_, applied) =
            session.run(Some(&stack), Mode::Apply, &Request::default(), &Stop::default()).await.applied();
        assert!(applied.is_complete(), "{fault:?}: {:#?}", applied.failed);
    }
}

#[tokio::test]
async fn every_step_survives_every_fault() {
    let mut pairs = 0;
    for (first, second) in STACKS {
        let (calls, expected) = faultless(first, second).await;
        let mut distinct = calls.clone();
        distinct.sort();
        distinct.dedup();
        for call in &distinct {
            for fault in FAULTS {
                if *fault == Fault::HalfDone && !call.starts_with("create") {
                    continue;
                }
                pairs += 1;
                let session = Session::default();
                session.cloud.world().faults.insert(call.clone(), *fault);
                apply_through(&session, first, *fault).await;
                apply_through(&session, second, *fault).await;
                assert_eq!(session.cloud.picture(), expected.cloud.picture(), "{call} {fault:?}");
                session.assert_settled(second).await;
                let (_, applied) = session.destroy().await;
                assert!(applied.is_complete(), "{call} {fault:?}: {:#?}", applied.failed);
                assert!(session.cloud.world().objects.is_empty(), "{call} {fault:?}");
                assert!(session.state().is_empty(), "{call} {fault:?}");
            }
        }
    }
    println!("{pairs} pairs of a step and a fault");
}

#[tokio::test]
async fn every_deletion_survives_every_fault() {
    let mut pairs = 0;
    for (first, second) in STACKS {
        for (name, fault) in ["q", "d2", "r", "n", "base-2", "u-y", "u-z"]
            .iter()
            .flat_map(|name| FAULTS.iter().filter(|fault| **fault != Fault::HalfDone).map(move |fault| (*name, *fault)))
        {
            pairs += 1;
            let session = Session::default();
            session.apply_all(first).await;
            session.apply_all(second).await;
            session.cloud.world().faults.insert(format!("delete {name}"), fault);
            let outcome = session.run(None, Mode::Destroy, &Request::default(), &Stop::default()).await;
            drop(outcome);
            session.cloud.world().faults.clear();
            let (_, applied) = session.destroy().await;
            assert!(applied.is_complete(), "{name} {fault:?}: {:#?}", applied.failed);
            assert!(session.cloud.world().objects.is_empty(), "{name} {fault:?}");
            assert!(session.state().is_empty(), "{name} {fault:?}");
        }
    }
    println!("{pairs} pairs of a deletion and a fault");
}

/// Nobody has to repair anything before tearing down.
#[tokio::test]
async fn a_destroy_right_after_any_fault_leaves_nothing() {
    let mut pairs = 0;
    for (first, second) in STACKS {
        let (calls, _) = faultless(first, second).await;
        for call in calls.iter().filter(|call| call.starts_with("create")) {
            for fault in FAULTS {
                pairs += 1;
                let session = Session::default();
                session.cloud.world().faults.insert(call.clone(), *fault);
                for stack in [first, second] {
                    let stack = session.stack(stack);
                    drop(session.run(Some(&stack), Mode::Apply, &Request::default(), &Stop::default()).await);
                    if !session.cloud.world().faults.contains_key(call) {
                        break;
                    }
                }
                let (_, applied) = session.destroy().await;
                assert!(applied.is_complete(), "{call} {fault:?}: {:#?}", applied.failed);
                assert!(session.cloud.world().objects.is_empty(), "{call} {fault:?}");
                assert!(session.state().is_empty(), "{call} {fault:?}");
            }
        }
    }
    println!("{pairs} pairs of a creation and a fault, destroyed at once");
}
