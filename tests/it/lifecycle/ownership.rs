//! What is ours, and what is left alone.

use tidegate::plan::{Action, Mode, Request};
use tidegate::value::Value;

use crate::support::scripted::Object;
use crate::support::session::Session;

const THING: &str = "resources:\n  a: { type: test.thing, spec: { name: a, size: 5 } }\n";

fn foreign(session: &Session, mark: Option<&str>) {
    let attributes = [("name", Value::from("a")), ("size", Value::Integer(7)), ("id", Value::from("a-0"))];
    let attributes = attributes.map(|(name, value)| (name.to_owned(), value)).into();
    let object = Object { attributes, mark: mark.map(str::to_owned), uses: Default::default() };
    session.cloud.world().objects.insert("a".to_owned(), object);
}

#[tokio::test]
async fn what_someone_else_made_is_left_alone() {
    for mark in [None, Some("other/a")] {
        let session = Session::default();
        foreign(&session, mark);
        let before = session.cloud.picture();
        let (_, applied) = session.apply(THING).await;
        assert!(applied.failed[0].hint.as_ref().unwrap().contains("adopt: true"), "{:?}", applied.failed);
        assert_eq!(session.cloud.picture(), before);
        assert!(session.state().is_empty());
    }
}

#[tokio::test]
async fn adopt_takes_it_over_and_then_it_is_ours() {
    for mark in [None, Some("other/a")] {
        let session = Session::default();
        foreign(&session, mark);
        let adopting = THING.replace("spec:", "adopt: true, spec:");
        let plan = session.apply_all(&adopting).await;
        assert_eq!(plan.summary().adopt, 1);
        let change = plan.changes.values().next().unwrap();
        assert_eq!(change.action, Action::Adopt);
        assert_eq!(change.differences[0].path.to_string(), "size");
        assert_eq!(session.cloud.world().objects["a"].mark.as_deref(), Some("test/a"));
        session.assert_settled(&adopting).await;
        session.assert_settled(THING).await;
        session.destroy().await;
        assert!(session.cloud.world().objects.is_empty());
    }
}

#[tokio::test]
async fn what_we_made_and_lost_the_record_of_is_found_again() {
    let session = Session::default();
    session.apply_all(THING).await;
    let fresh = Session { cloud: session.cloud.clone(), ..Session::default() };
    let fresh = Session { registry: tidegate::provider::Registry::new([fresh.cloud.family()]), ..fresh };
    fresh.apply_all(THING).await;
    assert_eq!(session.cloud.world().objects["a"].attributes["id"], Value::from("a-1"));
}

#[tokio::test]
async fn an_object_that_lost_its_marks_is_marked_again_before_it_can_be_deleted() {
    let session = Session::default();
    session.apply_all(THING).await;
    session.cloud.world().objects.get_mut("a").unwrap().mark = None;
    let problems = session.plan(None, Mode::Destroy, &Request::default()).await.unwrap_err();
    assert_eq!(problems.iter().next().unwrap().code, "plan/not-ours");
    session.apply_all(THING).await;
    session.assert_settled(THING).await;
    session.destroy().await;
    assert!(session.cloud.world().objects.is_empty());
}

#[tokio::test]
async fn an_object_that_became_someone_elses_stops_the_plan() {
    let session = Session::default();
    session.apply_all(THING).await;
    session.cloud.world().objects.get_mut("a").unwrap().mark = Some("other/x".to_owned());
    let stack = session.stack(THING);
    let problems = session.plan(Some(&stack), Mode::Apply, &Request::default()).await.unwrap_err();
    assert_eq!(problems.iter().next().unwrap().code, "plan/not-ours");
}

#[tokio::test]
async fn what_cannot_become_what_is_wanted_is_not_taken_over() {
    let session = Session::default();
    foreign(&session, None);
    let stack = session.stack("resources:\n  a: { type: test.thing, adopt: true, spec: { name: a, color: red } }\n");
    let problems = session.plan(Some(&stack), Mode::Apply, &Request::default()).await.unwrap_err();
    assert_eq!(problems.iter().next().unwrap().code, "plan/cannot-adopt");
}
