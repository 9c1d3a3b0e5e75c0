//! One resource: what is wanted against what is there.

use super::drift::owned;
use super::secrecy::{seal_all, seal_seen};
use super::{Action, Change, Observation, Reason, ReplaceOrder};
use crate::address::Address;
use crate::diagnostic::Diagnostic;
use crate::provider::{
    Condition, Difference, FamilySettings, Observed, Ownership, ResourceType, difference, output_difference,
};
use crate::stack::Resource;
use crate::state::{Record, Status};
use crate::value::{Attributes, FieldChange, Path, SealKey, Segment, Value};

/// Everything known of one resource of the stack.
pub(super) struct Subject<'a> {
    pub(super) resource: &'a Resource,
    pub(super) record: Option<&'a Record>,
    pub(super) moved_from: Option<&'a Address>,
    pub(super) observation: Option<&'a Observation>,
    /// Of the provider configuration that the stack gives it.
    pub(super) settings: &'a FamilySettings,
    /// `--replace`.
    pub(super) requested: bool,
    pub(super) key: &'a SealKey,
}

/// The change, and the attributes as they will be, secrets in the open, for what refers to them.
pub(super) struct Compared {
    pub(super) change: Change,
    pub(super) planned: Attributes,
}

impl Subject<'_> {
    pub(super) fn compare(&self, mut desired: Attributes) -> Result<Compared, Box<Diagnostic>> {
        let resource_type = &*self.resource.resource_type;
        let address = &self.resource.address;
        let observed = self.observation.and_then(Observation::present);
        if let Some(observed) = observed {
            self.refuse_foreign(observed)?;
        }
        let gone = self.record.is_some() && self.observation == Some(&Observation::Gone);
        let record = self.record.filter(|_| !gone);
        let before = self.before(&desired, record, observed);
        if let Some(before) = &before {
            for path in &self.resource.lifecycle.ignore_changes {
                ignore(&mut desired, before, path.segments());
            }
        }
        let sealed = seal_all(desired.clone(), self.key);
        let outputs = resource_type.planned_outputs(&desired, before.as_ref());
        let mut difference = match &before {
            Some(before) => self.difference(before, &sealed, &outputs),
            None => Difference::default(),
        };
        if let Some(record) = record {
            self.compare_scope(record, &mut difference);
        }
        let identity = identity(resource_type, address, &desired);
        let (action, reason) = match record {
            None if observed.is_some() => (Action::Adopt, Reason::Adopted),
            None => (Action::Create, if gone { Reason::Gone } else { Reason::New }),
            Some(record) => self.action(record, observed, &difference, identity.as_deref()),
        };
        match (action, difference.replace_because.first()) {
            (Action::Adopt, Some(path)) => return Err(Box::new(cannot_adopt(address, path))),
            (Action::Replace(_), _) if self.resource.lifecycle.protect => {
                return Err(Box::new(protected(address, "replaced")));
            }
            _ => {}
        }
        let outputs = match action {
            Action::Create | Action::Replace(_) => resource_type.planned_outputs(&desired, None),
            _ => outputs,
        };
        let mut planned = desired;
        planned.extend(outputs);
        let after = seal_all(planned.clone(), self.key);
        let change = Change {
            address: address.clone(),
            resource_type: resource_type.name().to_owned(),
            identity,
            action,
            reason,
            differences: difference.changes,
            replace_because: difference.replace_because,
            before,
            brief: resource_type.brief(&after),
            after: Some(after),
            moved_from: self.moved_from.cloned(),
            note: note(reason, observed),
        };
        Ok(Compared { change, planned })
    }

    /// How what is there differs from what is wanted, and from what follows from that.
    fn difference(&self, before: &Attributes, sealed: &Attributes, outputs: &Attributes) -> Difference {
        let resource_type = &*self.resource.resource_type;
        let fields = before.iter().filter(|(name, _)| resource_type.schema().field(name).is_some());
        let fields: Attributes = fields.map(|(name, value)| (name.clone(), value.clone())).collect();
        let mut found = difference(resource_type, &fields, sealed);
        let outputs = seal_all(outputs.clone(), self.key);
        found.changes.extend(output_difference(resource_type.schema(), before, &outputs));
        found
    }

    /// The same identity under other settings is another object.
    fn compare_scope(&self, record: &Record, difference: &mut Difference) {
        for name in self.resource.resource_type.scope_settings() {
            let (Some(then), Some(now)) = (record.provider_settings.get(*name), self.settings.get(*name)) else {
                continue;
            };
            if then != now {
                let path = Path::field("provider").key(name);
                let (before, after) = (Some(then.clone()), Some(now.clone()));
                difference.changes.push(FieldChange { path: path.clone(), before, after });
                difference.replace_because.push(path);
            }
        }
    }

    /// What is there of what is ours, or was, or will be; sealed.
    fn before(&self, desired: &Attributes, record: Option<&Record>, observed: Option<&Observed>) -> Option<Attributes> {
        let Some(observed) = observed else {
            return record.map(|record| record.attributes.clone());
        };
        let sealed = seal_all(desired.clone(), self.key);
        let mut ours = sealed.clone();
        let mut guides = vec![&sealed];
        if let Some(record) = record {
            ours.extend(record.attributes.clone());
            guides.push(&record.attributes);
        }
        Some(seal_seen(owned(&*self.resource.resource_type, &observed.attributes, &ours), &guides, self.key))
    }

    fn action(
        &self,
        record: &Record,
        observed: Option<&Observed>,
        difference: &Difference,
        identity: Option<&str>,
    ) -> (Action, Reason) {
        let keyed = !self.resource.resource_type.is_identified_by_address();
        let order = match identity {
            Some(identity) if keyed && identity != record.identity => ReplaceOrder::CreateFirst,
            _ => ReplaceOrder::DeleteFirst,
        };
        if self.requested {
            return (Action::Replace(order), Reason::Requested);
        }
        if !difference.replace_because.is_empty() || order == ReplaceOrder::CreateFirst {
            return (Action::Replace(order), Reason::CannotUpdate);
        }
        let condition = observed.map_or(&Condition::Ready, |observed| &observed.condition);
        if let Condition::Broken(_) = condition {
            return (Action::Replace(order), Reason::Broken);
        }
        if !difference.changes.is_empty() {
            return (Action::Update, self.reason(record, difference));
        }
        if let Condition::Settling(_) = condition {
            return (Action::Update, Reason::Settling);
        }
        if record.status == Status::Incomplete {
            return (Action::Update, Reason::Incomplete);
        }
        // It is marked with its old address.
        if self.moved_from.is_some() && self.resource.resource_type.calls_out() {
            return (Action::Update, Reason::Marks);
        }
        match observed.map(|observed| observed.ownership) {
            None | Some(Ownership::Ours) => (Action::NoOp, Reason::Unchanged),
            Some(_) => (Action::Update, Reason::Marks),
        }
    }

    /// Why an update is needed: because of the stack, or because of what happened outside.
    fn reason(&self, record: &Record, difference: &Difference) -> Reason {
        if difference.changes.iter().all(|change| change.after.as_ref().is_some_and(Value::has_unknown)) {
            return Reason::Unknown;
        }
        let recorded = Value::Map(record.attributes.clone());
        let wanted_before = difference.changes.iter().all(|change| {
            // As recorded is as wanted, so what is there now must have changed by itself.
            recorded.at(change.path.segments()) == change.after.as_ref()
        });
        match (record.status, wanted_before) {
            (Status::Incomplete, _) => Reason::Incomplete,
            (_, true) => Reason::Drifted,
            (_, false) => Reason::Changed,
        }
    }

    /// What another stack made is left alone, unless the stack says `adopt: true`.
    fn refuse_foreign(&self, observed: &Observed) -> Result<(), Box<Diagnostic>> {
        if observed.ownership != Ownership::Foreign || self.resource.lifecycle.adopt {
            return Ok(());
        }
        let address = &self.resource.address;
        let marks = observed.marks.as_deref().unwrap_or("another stack");
        let detail = format!("the object of `{address}` is marked as made by {marks}");
        let help = "say `adopt: true` to take it over, or forget it here with `tidegate state rm`";
        Err(Box::new(Diagnostic::error("plan/not-ours", "An object belongs to someone else", detail).help(help)))
    }
}

/// What state the object is in, where that is why something is done.
fn note(reason: Reason, observed: Option<&Observed>) -> Option<String> {
    match (reason, observed.map(|observed| &observed.condition)) {
        (Reason::Broken | Reason::Settling, Some(Condition::Broken(why) | Condition::Settling(why))) => {
            Some(why.clone())
        }
        _ => None,
    }
}

/// What the object is known by, as far as that can be told.
pub(super) fn identity(resource_type: &dyn ResourceType, address: &Address, desired: &Attributes) -> Option<String> {
    match resource_type.is_identified_by_address() {
        true => Some(address.to_string()),
        false => resource_type.identity(desired),
    }
}

pub(super) fn protected(address: &Address, verb: &str) -> Diagnostic {
    let detail = format!("`{address}` would be {verb}, and it says `protect: true`");
    Diagnostic::error("plan/protected", "A protected resource would be lost", detail)
        .help("take `protect` away and apply that first, or leave the resource out with --exclude")
}

fn cannot_adopt(address: &Address, path: &Path) -> Diagnostic {
    let detail = format!("the object of `{address}` differs in `{path}`, which cannot change in place");
    Diagnostic::error("plan/cannot-adopt", "An object cannot be taken over as it is", detail)
        .help("make the spec say what the object has, or use another name")
}

/// Lets the value at a path stay what it is.
fn ignore(desired: &mut Attributes, before: &Attributes, path: &[Segment]) {
    let Some((Segment::Key(name), rest)) = path.split_first() else { return };
    if rest.is_empty() {
        match before.get(name) {
            Some(value) => desired.insert(name.clone(), value.clone()),
            None => desired.remove(name),
        };
        return;
    }
    let old = before.get(name).and_then(|value| value.at(rest));
    if let Some(value) = desired.get_mut(name) {
        set(value, rest, old);
    }
}

fn set(value: &mut Value, path: &[Segment], new: Option<&Value>) {
    let Some((first, rest)) = path.split_first() else { return };
    match (value, first) {
        (Value::Map(entries), Segment::Key(key)) if rest.is_empty() => match new {
            Some(new) => {
                entries.insert(key.clone(), new.clone());
            }
            None => {
                entries.remove(key);
            }
        },
        (Value::Map(entries), Segment::Key(key)) => {
            if let Some(inner) = entries.get_mut(key) {
                set(inner, rest, new);
            }
        }
        (Value::List(items), Segment::Index(index)) => match (items.get_mut(*index), new) {
            (Some(item), Some(new)) if rest.is_empty() => *item = new.clone(),
            (Some(item), _) if !rest.is_empty() => set(item, rest, new),
            _ => {}
        },
        _ => {}
    }
}

/// The paths that a resource leaves to others, for the engine.
pub fn with_ignored(mut desired: Attributes, before: &Attributes, paths: &[Path]) -> Attributes {
    for path in paths {
        ignore(&mut desired, before, path.segments());
    }
    desired
}
