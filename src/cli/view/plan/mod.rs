//! A plan as text: what changed behind our back, what will be done and why, how long it takes.

mod change;
mod timing;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use words::action_role;

use super::text::{clean, count};
use super::{Role, Style, diagnostics, drift, outputs};
use crate::address::Address;
use crate::clock::Timestamp;
use crate::plan::{Action, Mode, Plan, Step, StepKind};

/// Names shown of those left out by `--target` or `--exclude`.
const MOST_LEFT_OUT: usize = 10;

/// The whole plan. `now` is for steps that wait for a moment in time.
pub fn text(plan: &Plan, now: Timestamp, style: &Style) -> String {
    let mut text = String::new();
    if !plan.drift.is_empty() {
        text.push_str(&style.paint(Role::Strong, "Changed outside Tidegate"));
        text.push_str("\n\n");
        text.push_str(&drift::list(&plan.drift, style));
        text.push('\n');
    }
    let body = changes(plan, now, style);
    if !body.is_empty() {
        text.push_str(&header(plan, style));
        text.push_str("\n\n");
        text.push_str(&body);
    }
    if !plan.outputs.is_empty() {
        text.push_str(&style.paint(Role::Strong, "Outputs"));
        text.push_str("\n\n");
        text.push_str(&outputs::changes(&plan.outputs, style));
        text.push('\n');
    }
    text.push_str(&warnings(plan, style));
    text.push_str(&timing::critical_path(plan, style));
    text.push_str(&summary(plan, style));
    text
}

/// What the plan is of, and the signs used in it.
fn header(plan: &Plan, style: &Style) -> String {
    let verb = match plan.mode {
        Mode::Apply => "Changes to stack",
        Mode::Destroy => "Destroying stack",
    };
    let used: BTreeSet<Action> = plan.changes.values().map(|change| change.action).collect();
    let signs = used.into_iter().filter_map(|action| Some((action, words::symbol(action)?)));
    let legend: Vec<_> =
        signs.map(|(action, (sign, word))| format!("{} {word}", style.paint(action_role(action), sign))).collect();
    let title = style.paint(Role::Strong, format!("{verb} {}", plan.stack));
    if legend.is_empty() { title } else { format!("{title}   {}", legend.join("   ")) }
}

/// Every resource that changes, and every object an earlier replacement left behind.
fn changes(plan: &Plan, now: Timestamp, style: &Style) -> String {
    let mut steps: BTreeMap<&Address, Vec<&Step>> = BTreeMap::new();
    for step in plan.steps.node_weights() {
        steps.entry(&step.address).or_default().push(step);
    }
    let mut blocks = Vec::new();
    for (address, change) in &plan.changes {
        let steps = steps.remove(address).unwrap_or_default();
        blocks.extend(change::text(change, plan.mode, &steps, now, style));
        blocks.extend(left_behind(&steps, style));
    }
    // Left behind by a resource that is no longer there at all.
    blocks.extend(steps.values().flat_map(|steps| left_behind(steps, style)));
    spaced(&blocks)
}

/// An empty line around every block of several lines; lines alone, such as those of deletions, stay together.
fn spaced(blocks: &[String]) -> String {
    let mut text = String::new();
    let mut was_alone = true;
    for (number, block) in blocks.iter().enumerate() {
        let alone = !block.trim_end().contains('\n');
        if number > 0 && !(alone && was_alone) {
            text.push('\n');
        }
        text.push_str(block);
        was_alone = alone;
    }
    if text.is_empty() { text } else { text + "\n" }
}

/// Objects of earlier replacements, which are no change of the resource itself.
fn left_behind(steps: &[&Step], style: &Style) -> Vec<String> {
    let old = steps.iter().filter(|step| matches!(step.kind, StepKind::DeleteDeposed { since: Some(_) }));
    old.map(|step| {
        let identity = clean(step.identity.as_deref().unwrap_or_default());
        let title = format!("{} {}", style.paint(Role::Delete, "  -"), style.paint(Role::Strong, &step.address));
        let resource_type = style.paint(Role::Muted, &step.resource_type);
        format!("{title}  {resource_type}  {identity}  (left behind by an earlier replacement)\n")
    })
    .collect()
}

fn warnings(plan: &Plan, style: &Style) -> String {
    let mut text: String = plan.warnings.iter().map(|warning| diagnostics::one(warning, style) + "\n").collect();
    if !plan.left_out.is_empty() {
        let names: Vec<_> = plan.left_out.iter().take(MOST_LEFT_OUT).map(ToString::to_string).collect();
        let more = match plan.left_out.len() - names.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let message = format!(
            "{} left out by --target or --exclude may change too: {}{more}",
            count(plan.left_out.len(), "resource"),
            names.join(", ")
        );
        text.push_str(&diagnostics::titled("warning", Role::Warning, &message, style));
        text.push('\n');
    }
    text
}

/// The last line: `Plan: 3 to create, 1 to update, 0 to delete.`
pub fn summary(plan: &Plan, style: &Style) -> String {
    if plan.is_empty() {
        return no_changes(plan, style);
    }
    let counts = plan.summary();
    let moved = plan.changes.values().filter(|change| change.moved_from.is_some()).count();
    let deposed =
        plan.steps.node_weights().filter(|step| matches!(step.kind, StepKind::DeleteDeposed { since: Some(_) }));
    let always = [(counts.create, "to create"), (counts.update, "to update"), (counts.delete, "to delete")];
    let sometimes = [
        (counts.replace, "to replace"),
        (counts.adopt, "to adopt"),
        (counts.forget, "to forget"),
        (deposed.count(), "left behind to delete"),
        (moved, "moved"),
    ];
    let mut parts: Vec<String> = always.iter().map(|(number, words)| format!("{number} {words}")).collect();
    parts.extend(sometimes.iter().filter(|(number, _)| *number > 0).map(|(number, words)| format!("{number} {words}")));
    if !plan.outputs.is_empty() {
        parts.push(format!("{} to change", count(plan.outputs.len(), "output")));
    }
    format!("{} {}.\n", style.paint(Role::Strong, "Plan:"), parts.join(", "))
}

fn no_changes(plan: &Plan, style: &Style) -> String {
    let (title, words) = match (plan.mode, plan.bookkeeping.is_empty()) {
        (Mode::Destroy, _) => ("Nothing to destroy.", "The state records no resource of this stack."),
        (Mode::Apply, true) => ("No changes.", "What is there is what the stack wants."),
        (Mode::Apply, false) => ("No changes.", "Applying only writes into the state what was found to be different."),
    };
    format!("{} {words}\n", style.paint(Role::Strong, title))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cli::view::sample;
    use crate::plan::{Change, Reason};

    #[test]
    fn a_plan_with_a_bit_of_everything() {
        insta::assert_snapshot!(text(&sample::plan(), Duration::ZERO, &Style::PLAIN), @r#"
        Changed outside Tidegate

          ~ jobs  aws.sqs_queue
              ~ timeout: 300 → 600
          - lost  aws.sqs_queue  is gone

        Changes to stack video   + create   > adopt   ~ update   -/+ replace, deleting first   - delete   . forget, leaving the object

          + cluster  aws.sqs_queue
              arn:       (known after apply)
              dead_letter:
                max_receive_count: 5
              name:      "video-cluster"
              password:  (secret)
              retention: 345600
              tags:
                team: "video"
              url:       (known after apply)

        -/+ events  aws.sqs_queue  video-events
              ~ fifo: false → true  # forces replacement
              ~ arn:  "arn:2" → (known after apply)
              … 2 unchanged fields
              (waits up to 1m: the name stays blocked after the deletion)

          ~ jobs  aws.sqs_queue  video-jobs  (changed outside Tidegate)
              ~ password:  (secret) has changed
              - tags.old:  "x"
              ~ tags.team: "a" → "b"
              ~ timeout:   600 → 300
              … 2 unchanged fields

          - jobs  aws.sqs_queue  video-jobs  (left behind by an earlier replacement)
          . kept  aws.sqs_queue  video-kept  (on_destroy: retain)
          - old  aws.sqs_queue  video-old  (no longer in the stack)

            renamed  aws.sqs_queue
              moved from before["a"]

          > taken  aws.sqs_queue  video-taken  (adopt: true, and the object is there)

        Outputs

          + token: (secret)
          ~ url:   "https://a" → (known after apply)

        warning[plan/example]: An example
          │ something to think about

        warning: 12 resources left out by --target or --exclude may change too: left0, left1, left2, left3,
                 left4, left5, left6, left7, left8, left9 and 2 more

        Usually takes about 10m 2s: cluster → jobs

        Plan: 1 to create, 1 to update, 1 to delete, 1 to replace, 1 to adopt, 1 to forget, 1 left behind to delete, 1 moved, 2 outputs to change.
        "#);
    }

    #[test]
    fn a_narrow_terminal_without_unicode() {
        let style = Style { width: 40, unicode: false, colour: false };
        let all = text(&sample::plan(), Duration::ZERO, &style);
        assert!(all.is_ascii(), "{all}");
    }

    #[test]
    fn colours_change_nothing_but_the_looks() {
        let style = Style { colour: true, ..Style::PLAIN };
        let painted = text(&sample::plan(), Duration::ZERO, &style);
        let stripped = anstream::adapter::strip_str(&painted).to_string();
        assert_eq!(stripped, text(&sample::plan(), Duration::ZERO, &Style::PLAIN));
        assert_ne!(stripped, painted);
    }

    #[test]
    fn nothing_to_do_is_said() {
        let plan = sample::empty_plan();
        insta::assert_snapshot!(text(&plan, Duration::ZERO, &Style::PLAIN), @"No changes. What is there is what the stack wants.");
        let plan = Plan { mode: Mode::Destroy, ..plan };
        insta::assert_snapshot!(text(&plan, Duration::ZERO, &Style::PLAIN), @"Nothing to destroy. The state records no resource of this stack.");
    }

    #[test]
    fn destroying_is_a_dense_list() {
        let mut plan = Plan { mode: Mode::Destroy, ..sample::empty_plan() };
        for name in ["a", "b", "c"] {
            let address = Address::single(name);
            let change = Change {
                action: Action::Delete,
                reason: Reason::Destroy,
                ..sample::plan().changes[&Address::single("old")].clone()
            };
            plan.changes.insert(address.clone(), Change { address, ..change });
            plan.steps.add_node(sample::step(name, StepKind::Delete, 1));
        }
        insta::assert_snapshot!(text(&plan, Duration::ZERO, &Style::PLAIN), @"
        Destroying stack video   - delete

          - a  aws.sqs_queue  video-old
          - b  aws.sqs_queue  video-old
          - c  aws.sqs_queue  video-old

        Plan: 0 to create, 0 to update, 3 to delete.
        ");
    }

    #[test]
    fn a_name_that_was_deleted_by_an_earlier_run_is_waited_for() {
        let mut plan = sample::plan();
        plan.changes.retain(|address, _| address.name() == "cluster");
        plan.drift.clear();
        plan.steps.clear();
        plan.steps.add_node(Step { not_before_s: Some(1042), ..sample::step("cluster", StepKind::Create, 1) });
        let all = text(&plan, Duration::from_secs(1000), &Style::PLAIN);
        assert!(all.contains("(waits up to 42s: the name was deleted a short while ago)"), "{all}");
        assert!(!text(&plan, Duration::from_secs(1042), &Style::PLAIN).contains("waits"));
    }
}
