//! What is created, changed, replaced, moved and deleted, and in which order.

use tidegate::address::Address;
use tidegate::engine::Stop;
use tidegate::plan::{Action, Mode, Reason, ReplaceOrder, Request};
use tidegate::value::Value;

use crate::support::session::Session;

const PAIR: &str = r#"
resources:
  queue: { type: test.thing, spec: { name: q, size: 3 } }
  worker: { type: test.thing, spec: { name: w, uses: ["${queue.name}"], peer: "${queue.id}" } }
outputs:
  id: { value: "${queue.id}" }
"#;

fn action(plan: &tidegate::plan::Plan, name: &str) -> (Action, Reason) {
    let change = &plan.changes[&name.parse::<Address>().unwrap()];
    (change.action, change.reason)
}

#[tokio::test]
async fn a_stack_is_made_in_order_and_then_nothing_is_left_to_do() {
    let session = Session::default();
    let plan = session.apply_all(PAIR).await;
    assert_eq!(
        plan.changes[&Address::single("worker")].after.as_ref().unwrap()["peer"].to_string(),
        "(known after apply)"
    );
    assert_eq!(session.cloud.world().calls, ["create q", "create w"]);
    assert_eq!(session.cloud.world().objects["w"].attributes["peer"], Value::from("q-1"));
    assert_eq!(session.state().outputs["id"], Value::from("q-1"));
    session.assert_settled(PAIR).await;
    let (_, applied) = session.destroy().await;
    assert!(applied.is_complete());
    assert_eq!(session.cloud.world().calls[2..], ["delete w", "delete q"]);
    assert!(session.state().is_empty() && session.state().outputs.is_empty());
}

#[tokio::test]
async fn a_changed_field_is_an_update_and_one_that_cannot_change_a_replacement() {
    let session = Session::default();
    session.apply_all(PAIR).await;
    let plan = session.apply_all(&PAIR.replace("size: 3", "size: 4")).await;
    assert_eq!(action(&plan, "queue"), (Action::Update, Reason::Changed));
    assert_eq!(action(&plan, "worker"), (Action::NoOp, Reason::Unchanged));

    // The same name: the old one must go first, and the name is blocked for a minute.
    let only = "resources:\n  queue: { type: test.thing, spec: { name: q, color: red } }\n";
    let session = Session::default();
    session.apply_all("resources:\n  queue: { type: test.thing, spec: { name: q } }\n").await;
    let before = tidegate::clock::Clock::now(&session.clock);
    let plan = session.apply_all(only).await;
    assert_eq!(action(&plan, "queue"), (Action::Replace(ReplaceOrder::DeleteFirst), Reason::CannotUpdate));
    assert_eq!(plan.changes[&Address::single("queue")].replace_because[0].to_string(), "color");
    assert_eq!(session.cloud.world().calls[1..], ["delete q", "create q"]);
    assert!(tidegate::clock::Clock::now(&session.clock) - before >= std::time::Duration::from_secs(59));
    session.assert_settled(only).await;
}

#[tokio::test]
async fn a_new_name_is_made_first_and_the_old_object_goes_when_no_one_uses_it() {
    let session = Session::default();
    session.apply_all(PAIR).await;
    let renamed = PAIR.replace("name: q,", "name: q2,");
    let plan = session.apply_all(&renamed).await;
    assert_eq!(action(&plan, "queue").0, Action::Replace(ReplaceOrder::CreateFirst));
    assert_eq!(action(&plan, "worker").0, Action::Update);
    assert_eq!(session.cloud.world().calls[2..], ["create q2", "update w", "delete q"]);
    session.assert_settled(&renamed).await;
}

#[tokio::test]
async fn names_can_be_swapped() {
    let session = Session::default();
    let one =
        "resources:\n  a: { type: test.thing, spec: { name: x } }\n  b: { type: test.thing, spec: { name: y } }\n";
    let other =
        "resources:\n  a: { type: test.thing, spec: { name: y } }\n  b: { type: test.thing, spec: { name: x } }\n";
    session.apply_all(one).await;
    session.apply_all(other).await;
    session.assert_settled(other).await;
    assert_eq!(session.cloud.world().objects["y"].mark.as_deref(), Some("test/a"));
}

#[tokio::test]
async fn a_blocked_name_is_waited_for_across_runs() {
    let session = Session::default();
    let stack = "resources:\n  queue: { type: test.thing, spec: { name: q } }\n";
    session.apply_all(stack).await;
    session.destroy().await;
    let plan = session.apply_all(stack).await;
    assert!(plan.steps.node_weights().all(|step| step.not_before_s.is_some()));
    assert_eq!(session.cloud.world().calls, ["create q", "delete q", "create q"], "waited for, not run into");
    session.assert_settled(stack).await;
}

#[tokio::test]
async fn what_is_left_out_of_the_spec_is_not_ours() {
    let session = Session::default();
    let bare = "resources:\n  a: { type: test.thing, spec: { name: a } }\n";
    let noted = "resources:\n  a: { type: test.thing, spec: { name: a, note: mine } }\n";
    session.apply_all(bare).await;
    session.assert_settled(bare).await;
    session.cloud.world().objects.get_mut("a").unwrap().attributes.insert("note".to_owned(), Value::from("theirs"));
    session.assert_settled(bare).await;
    assert_eq!(action(&session.apply_all(noted).await, "a").0, Action::Update);
    session.assert_settled(noted).await;
}

#[tokio::test]
async fn drift_is_told_apart_and_mended() {
    let session = Session::default();
    session.apply_all(PAIR).await;
    session.cloud.world().objects.get_mut("q").unwrap().attributes.insert("size".to_owned(), Value::Integer(9));
    let plan = session.plan_for(PAIR).await;
    assert_eq!(plan.drift.len(), 1);
    assert_eq!(action(&plan, "queue"), (Action::Update, Reason::Drifted));
    session.apply_all(PAIR).await;
    assert_eq!(session.cloud.world().objects["q"].attributes["size"], Value::Integer(3));

    session.cloud.world().objects.remove("w");
    let plan = session.apply_all(PAIR).await;
    assert_eq!(action(&plan, "worker"), (Action::Create, Reason::Gone));
    session.assert_settled(PAIR).await;
}

#[tokio::test]
async fn ignored_fields_stay_as_they_are() {
    let session = Session::default();
    let stack = "resources:\n  a: { type: test.thing, spec: { name: a, size: 1, note: x }, ignore_changes: [size] }\n";
    session.apply_all(stack).await;
    session.cloud.world().objects.get_mut("a").unwrap().attributes.insert("size".to_owned(), Value::Integer(50));
    let plan = session.apply_all(&stack.replace("note: x", "note: y")).await;
    assert_eq!(action(&plan, "a").0, Action::Update);
    assert_eq!(session.cloud.world().objects["a"].attributes["size"], Value::Integer(50));
    session.assert_settled(&stack.replace("note: x", "note: y")).await;
}

#[tokio::test]
async fn a_moved_resource_keeps_its_object() {
    let session = Session::default();
    session.apply_all("resources:\n  old: { type: test.thing, spec: { name: a } }\n").await;
    let moved = "resources:\n  new: { type: test.thing, spec: { name: a }, moved_from: [old] }\n";
    let plan = session.apply_all(moved).await;
    assert_eq!(action(&plan, "new"), (Action::Update, Reason::Marks));
    assert_eq!(session.cloud.world().calls, ["create a", "update a"]);
    session.assert_settled(moved).await;

    let forgot = "resources:\n  newer: { type: test.thing, spec: { name: a } }\n";
    let plan = session.plan_for(forgot).await;
    assert_eq!(plan.warnings.iter().next().unwrap().code, "plan/renamed");
    session.apply_all(forgot).await;
    session.assert_settled(forgot).await;
}

#[tokio::test]
async fn protected_resources_are_neither_deleted_nor_replaced() {
    let session = Session::default();
    let stack = "resources:\n  a: { type: test.thing, protect: true, spec: { name: a } }\n";
    session.apply_all(stack).await;
    for wanted in ["resources: {}\n", &stack.replace("name: a }", "name: b }")] {
        let wanted = session.stack(wanted);
        let problems = session.plan(Some(&wanted), Mode::Apply, &Request::default()).await.unwrap_err();
        assert_eq!(problems.iter().next().unwrap().code, "plan/protected");
    }
    let problems = session.plan(None, Mode::Destroy, &Request::default()).await.unwrap_err();
    assert_eq!(problems.iter().next().unwrap().code, "plan/protected");
    assert_eq!(session.cloud.world().objects.len(), 1);
}

#[tokio::test]
async fn retained_resources_are_forgotten_and_stay() {
    let session = Session::default();
    session.apply_all("resources:\n  a: { type: test.thing, on_destroy: retain, spec: { name: a } }\n").await;
    let (plan, _) = session.destroy().await;
    assert_eq!(action(&plan, "a"), (Action::Forget, Reason::Retained));
    assert!(session.state().is_empty());
    assert_eq!(session.cloud.world().objects.len(), 1);
}

#[tokio::test]
async fn targets_take_what_they_need_with_them() {
    let session = Session::default();
    let stack = session
        .stack(&format!("{PAIR}\n").replace("outputs:", "  other: { type: test.thing, spec: { name: o } }\noutputs:"));
    let target = Request { target: vec![Address::single("worker")], ..Request::default() };
    let (plan, _) = session.run(Some(&stack), Mode::Apply, &target, &Stop::default()).await.applied();
    assert_eq!(plan.left_out, [Address::single("other")]);
    assert_eq!(session.cloud.world().calls, ["create q", "create w"]);

    let exclude = Request { exclude: vec![Address::single("queue")], ..Request::default() };
    let (plan, _) = session.run(None, Mode::Destroy, &exclude, &Stop::default()).await.applied();
    assert_eq!(session.cloud.world().calls[2..], ["delete w"]);
    assert!(plan.outputs.is_empty() && session.state().outputs.contains_key("id"), "outputs go with the last resource");

    let wrong = Request { target: vec![Address::single("workers")], ..Request::default() };
    let problems = session.plan(Some(&stack), Mode::Apply, &wrong).await.unwrap_err();
    assert_eq!(problems.iter().next().unwrap().help.as_deref(), Some("did you mean `worker`?"));
}

#[tokio::test]
async fn a_replacement_can_be_asked_for() {
    let session = Session::default();
    session.apply_all(PAIR).await;
    let stack = session.stack(PAIR);
    let request = Request { replace: vec![Address::single("worker")], ..Request::default() };
    let (plan, _) = session.run(Some(&stack), Mode::Apply, &request, &Stop::default()).await.applied();
    assert_eq!(action(&plan, "worker"), (Action::Replace(ReplaceOrder::DeleteFirst), Reason::Requested));
    assert_eq!(session.cloud.world().calls[2..], ["delete w", "create w"]);
}

#[tokio::test]
async fn two_resources_cannot_be_one_object() {
    let session = Session::default();
    let stack = session.stack(
        "resources:\n  a: { type: test.thing, spec: { name: x } }\n  b: { type: test.thing, spec: { name: x } }\n",
    );
    let problems = session.plan(Some(&stack), Mode::Apply, &Request::default()).await.unwrap_err();
    assert_eq!(problems.iter().next().unwrap().code, "plan/same-object");
}

#[tokio::test]
async fn a_type_this_build_does_not_know_is_never_passed_over() {
    let session = Session::default();
    session.apply_all("resources:\n  a: { type: test.thing, spec: { name: a } }\n").await;
    let poorer = Session {
        store: session.store.clone(),
        registry: tidegate::providers::registry(),
        refresh: false,
        ..Session::default()
    };
    let problems = poorer.plan(None, Mode::Destroy, &Request::default()).await.unwrap_err();
    assert_eq!(problems.iter().next().unwrap().code, "plan/unknown-type");
}

#[tokio::test]
async fn the_same_name_in_another_place_is_another_object() {
    let session = Session::default();
    let stack = "resources:\n  a: { type: test.thing, spec: { name: a } }\n";
    session.apply_all(stack).await;
    let place = |session: &Session| session.state().resources[&Address::single("a")].provider_settings["place"].clone();
    assert_eq!(place(&session), Value::from("here"), "what the surroundings decided is recorded");
    session.assert_settled(stack).await;

    let elsewhere = format!("providers: {{ test: {{ place: there }} }}\n{stack}");
    let plan = session.plan_for(&elsewhere).await;
    let change = &plan.changes[&Address::single("a")];
    assert_eq!(change.action, Action::Replace(ReplaceOrder::DeleteFirst));
    assert_eq!(change.replace_because[0].to_string(), "provider.place");
    session.apply_all(&elsewhere).await;
    assert_eq!(place(&session), Value::from("there"));
    session.apply_all(stack).await;
    assert_eq!(place(&session), Value::from("there"), "what was decided stays decided");
}
