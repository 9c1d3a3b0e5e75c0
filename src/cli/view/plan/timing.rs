//! What takes time: names that are still blocked, and the longest chain of steps.

use std::time::Duration;

use crate::cli::view::text::about;
use crate::cli::view::{Role, Style};
use crate::clock::Timestamp;
use crate::plan::{Plan, Step, StepKind};

/// A shorter apply needs no announcement.
const WORTH_SAYING: Duration = Duration::from_secs(60);
/// Names shown of a longer chain, half of them from either end.
const MOST_LINKS: usize = 6;

/// What the steps of one resource wait for, in words.
pub(super) fn waits(steps: &[&Step], now: Timestamp) -> Vec<String> {
    let makes = |step: &&&Step| matches!(step.kind, StepKind::Create | StepKind::Adopt);
    steps.iter().filter(makes).filter_map(|step| wait(step, now)).collect()
}

fn wait(step: &Step, now: Timestamp) -> Option<String> {
    let until = Duration::from_secs(step.not_before_s.unwrap_or_default());
    let left = until.saturating_sub(now);
    if !left.is_zero() {
        // Rounded up, since less is too early.
        let left = Duration::from_secs(left.as_secs() + u64::from(left.subsec_nanos() > 0));
        return Some(format!("waits up to {}: the name was deleted a short while ago", about(left)));
    }
    let blocked = step.reuse_after;
    (!blocked.is_zero()).then(|| format!("waits up to {}: the name stays blocked after the deletion", about(blocked)))
}

/// `Usually takes about 14m: cluster → nodes → keda`, when that is long enough to matter.
pub(super) fn critical_path(plan: &Plan, style: &Style) -> String {
    let (path, total) = plan.critical_path();
    if total <= WORTH_SAYING {
        return String::new();
    }
    let mut names: Vec<String> = Vec::new();
    for step in path {
        let name = step.address.to_string();
        // Both halves of a replacement are one link for the reader.
        if names.last() != Some(&name) {
            names.push(name);
        }
    }
    if names.len() > MOST_LINKS {
        let half = MOST_LINKS / 2;
        let left_out = names.len() - 2 * half;
        names.splice(half..half + left_out, [format!("{} {left_out} more", style.ellipsis())]);
    }
    let arrow = format!(" {} ", style.arrow());
    let title = style.paint(Role::Strong, format!("Usually takes about {}:", about(total)));
    format!("{title} {}\n\n", names.join(&arrow))
}
