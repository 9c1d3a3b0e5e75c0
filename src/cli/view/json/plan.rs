//! Plans and drift as messages.

use petgraph::Direction;
use petgraph::algo::toposort;
use petgraph::graph::NodeIndex;
use serde_json::json;

use super::event::milliseconds;
use super::value::{attributes, value};
use super::{diagnostic, message};
use crate::plan::{Action, Change, Drift, DriftKind, Plan, StepKind};
use crate::value::{FieldChange, Value};

/// `plan`: a whole plan.
///
/// - `stack`, `mode` (`apply`, `destroy`), `lineage`, `serial` of the state it was made from, `is_empty`.
/// - `changes`: `address`, `resource_type`, `identity`, `action` (`no_op`, `create`, `adopt`, `update`, `replace`,
///   `delete`, `forget`), `replace_order` (null, `delete_first`, `create_first`), `reason` (snake_case),
///   `differences` (see below), `replace_because` (a list of paths), `before` and `after` (null or an object of
///   values; both null for a `no_op`), `moved_from`.
/// - `drift`: as in the message `drift`.
/// - `outputs`: `name`, `before`, `after`, `has_before`, `has_after` (a null that is there is not the same as none).
/// - `steps`, in an order that respects what they wait for: `id`, `address`, `kind`, `deposed_since` (a serial),
///   `resource_type`, `identity`, `provider`, `expected_ms`, `timeout_ms`, `reuse_after_s`, `not_before_s`
///   (since 1970), `exclusive`, `after` (the `id`s of the steps it waits for).
/// - `critical_path_ms`: how long the longest chain of steps usually takes.
/// - `bookkeeping`: how many entries will be written into the state without any call.
/// - `left_out`: addresses. `warnings`: as in the message `diagnostic`.
/// - `summary`: how many resources each action touches.
///
/// A difference is `path` (`tags.team`, `rules[0]["a b"]`), `before`, `after`, `has_before`, `has_after`.
pub fn plan(plan: &Plan) -> serde_json::Value {
    let outputs: Vec<_> = plan
        .outputs
        .iter()
        .map(|output| versions(("name", &output.name), output.before.as_ref(), output.after.as_ref()))
        .collect();
    let warnings: Vec<_> = plan.warnings.iter().map(diagnostic).collect();
    let (_, critical_path) = plan.critical_path();
    message(
        "plan",
        json!({
            "stack": plan.stack,
            "mode": plan.mode,
            "lineage": plan.lineage,
            "serial": plan.serial,
            "is_empty": plan.is_empty(),
            "changes": plan.changes.values().map(change).collect::<Vec<_>>(),
            "drift": plan.drift.iter().map(drifted).collect::<Vec<_>>(),
            "outputs": outputs,
            "steps": steps(plan),
            "critical_path_ms": milliseconds(critical_path),
            "bookkeeping": plan.bookkeeping.len(),
            "left_out": plan.left_out,
            "warnings": warnings,
            "summary": plan.summary(),
        }),
    )
}

/// `drift`: `drift`, a list of `address`, `resource_type`, `kind` (`gone`, `changed`, `broken`, `marks`),
/// `differences` from recorded to observed, and `marks` or, for what is `broken`, `why` in words.
pub fn drift(drift: &[Drift]) -> serde_json::Value {
    message("drift", json!({"drift": drift.iter().map(drifted).collect::<Vec<_>>()}))
}

fn drifted(drift: &Drift) -> serde_json::Value {
    let (kind, fields, marks, why) = match &drift.kind {
        DriftKind::Gone => ("gone", &[][..], None, None),
        DriftKind::Changed(fields) => ("changed", fields.as_slice(), None, None),
        DriftKind::Broken(why) => ("broken", &[][..], None, Some(why)),
        DriftKind::Marks(marks) => ("marks", &[][..], Some(marks), None),
    };
    json!({
        "address": drift.address,
        "resource_type": drift.resource_type,
        "kind": kind,
        "differences": differences(fields),
        "marks": marks,
        "why": why,
    })
}

fn change(change: &Change) -> serde_json::Value {
    let shown = change.action != Action::NoOp;
    let replace_order = match change.action {
        Action::Replace(order) => Some(order),
        _ => None,
    };
    let because: Vec<_> = change.replace_because.iter().map(ToString::to_string).collect();
    json!({
        "address": change.address,
        "note": change.note,
        "resource_type": change.resource_type,
        "identity": change.identity,
        "action": change.action.name(),
        "replace_order": replace_order,
        "reason": change.reason,
        "differences": differences(&change.differences),
        "replace_because": because,
        "before": change.before.as_ref().filter(|_| shown).map(attributes),
        "after": change.after.as_ref().filter(|_| shown).map(attributes),
        "moved_from": change.moved_from,
    })
}

fn differences(fields: &[FieldChange]) -> Vec<serde_json::Value> {
    fields
        .iter()
        .map(|field| versions(("path", &field.path.to_string()), field.before.as_ref(), field.after.as_ref()))
        .collect()
}

/// Two versions of a value behind its name.
fn versions((key, name): (&str, &str), before: Option<&Value>, after: Option<&Value>) -> serde_json::Value {
    json!({
        key: name,
        "before": before.map(value),
        "after": after.map(value),
        "has_before": before.is_some(),
        "has_after": after.is_some(),
    })
}

fn steps(plan: &Plan) -> Vec<serde_json::Value> {
    // A plan has no cycles; one that had would still be shown.
    let order = toposort(&plan.steps, None).unwrap_or_else(|_| plan.steps.node_indices().collect());
    order.into_iter().map(|index| step(plan, index)).collect()
}

fn step(plan: &Plan, index: NodeIndex) -> serde_json::Value {
    let step = &plan.steps[index];
    let mut after: Vec<_> = plan.steps.neighbors_directed(index, Direction::Incoming).map(NodeIndex::index).collect();
    after.sort_unstable();
    let deposed_since = match step.kind {
        StepKind::DeleteDeposed { since } => since,
        _ => None,
    };
    json!({
        "id": index.index(),
        "address": step.address,
        "kind": step.kind.name(),
        "deposed_since": deposed_since,
        "resource_type": step.resource_type,
        "identity": step.identity,
        "provider": step.provider,
        "expected_ms": milliseconds(step.expected),
        "timeout_ms": milliseconds(step.timeout),
        "reuse_after_s": step.reuse_after.as_secs(),
        "not_before_s": step.not_before_s,
        "exclusive": step.exclusive,
        "after": after,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::view::sample;

    #[test]
    fn a_plan_is_told_whole() {
        let message = plan(&sample::plan());
        assert_eq!(message["changes"].as_array().unwrap().len(), 8);
        assert!(!message.to_string().contains("not shown"), "the body of what stays");
        insta::assert_snapshot!(message["changes"][5], @r#"{"action":"no_op","address":"renamed","after":null,"before":null,"differences":[],"identity":"video-renamed","moved_from":"before[\"a\"]","note":null,"reason":"unchanged","replace_because":[],"replace_order":null,"resource_type":"aws.sqs_queue"}"#);
        insta::assert_snapshot!(message["steps"][1], @r#"{"address":"taken","after":[],"deposed_since":null,"exclusive":null,"expected_ms":1000,"id":5,"identity":"video-taken","kind":"adopt","not_before_s":null,"provider":"aws","resource_type":"aws.sqs_queue","reuse_after_s":0,"timeout_ms":300000}"#);
        insta::assert_snapshot!(message["drift"], @r#"[{"address":"jobs","differences":[{"after":600,"before":300,"has_after":true,"has_before":true,"path":"timeout"}],"kind":"changed","marks":null,"resource_type":"aws.sqs_queue","why":null},{"address":"lost","differences":[],"kind":"gone","marks":null,"resource_type":"aws.sqs_queue","why":null}]"#);
        insta::assert_snapshot!(message["outputs"], @r#"[{"after":{"$secret":true},"before":null,"has_after":true,"has_before":false,"name":"token"},{"after":{"$unknown":"string"},"before":"https://a","has_after":true,"has_before":true,"name":"url"}]"#);
        insta::assert_snapshot!(message["summary"], @r#"{"adopt":1,"create":1,"delete":1,"forget":1,"no_op":2,"replace":1,"update":1}"#);
    }

    #[test]
    fn every_step_comes_after_those_it_waits_for() {
        let message = plan(&sample::plan());
        let mut seen = Vec::new();
        for step in message["steps"].as_array().unwrap() {
            assert!(step["after"].as_array().unwrap().iter().all(|id| seen.contains(&id)));
            seen.push(&step["id"]);
        }
    }

    #[test]
    fn no_hash_of_a_secret_is_told() {
        assert!(!plan(&sample::plan()).to_string().contains("abc"));
    }
}
