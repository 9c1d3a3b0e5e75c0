//! The sign, the colour and the words for an action and for its reason.

use crate::cli::view::Role;
use crate::plan::{Action, Mode, Reason, ReplaceOrder};

/// The sign before a change and what it means; nothing for what stays.
pub(super) fn symbol(action: Action) -> Option<(&'static str, &'static str)> {
    Some(match action {
        Action::NoOp => return None,
        Action::Create => ("+", "create"),
        Action::Adopt => (">", "adopt"),
        Action::Update => ("~", "update"),
        Action::Replace(ReplaceOrder::DeleteFirst) => ("-/+", "replace, deleting first"),
        Action::Replace(ReplaceOrder::CreateFirst) => ("+/-", "replace, creating first"),
        Action::Delete => ("-", "delete"),
        Action::Forget => (".", "forget, leaving the object"),
    })
}

pub(super) fn action_role(action: Action) -> Role {
    match action {
        Action::NoOp | Action::Forget => Role::Muted,
        Action::Create => Role::Create,
        Action::Adopt | Action::Update => Role::Update,
        Action::Replace(_) => Role::Replace,
        Action::Delete => Role::Delete,
    }
}

/// Why, where the sign and the fields below do not say so already.
pub(super) fn unobvious_reason(action: Action, why: Reason, mode: Mode) -> Option<&'static str> {
    let obvious = match (action, why) {
        (_, Reason::Unchanged | Reason::Changed | Reason::Destroy | Reason::CannotUpdate) => true,
        (Action::Create, Reason::New) => true,
        (Action::Delete, _) => mode == Mode::Destroy && why == Reason::NotInStack,
        _ => false,
    };
    (!obvious).then(|| reason(why))
}

/// A reason in words.
fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Unchanged => "nothing to do",
        Reason::New => "not there yet",
        Reason::Gone => "the object is gone",
        Reason::Changed => "the stack wants other values",
        Reason::Drifted => "changed outside Tidegate",
        Reason::Unknown => "depends on what is known only after apply",
        Reason::Incomplete => "an earlier change did not finish",
        Reason::Settling => "it is not ready yet",
        Reason::Broken => "the object cannot be used",
        Reason::Marks => "its ownership marks are missing or stale",
        Reason::CannotUpdate => "a field changes that cannot change in place",
        Reason::Requested => "asked for with --replace",
        Reason::NotInStack => "no longer in the stack",
        Reason::Deposed => "left behind by a replacement",
        Reason::Destroy => "the stack is destroyed",
        Reason::Retained => "on_destroy: retain",
        Reason::GoesWithCluster => "it goes with its cluster",
        Reason::Adopted => "adopt: true, and the object is there",
    }
}
