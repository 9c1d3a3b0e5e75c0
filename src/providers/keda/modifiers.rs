//! Scaling modifiers: a formula over the triggers of a ScaledObject that makes one metric of them.

use super::codes::finding;
use super::formula;
use super::go_values::float;
use super::said::{self, Entries, Said};
use super::triggers_of_spec::{is_resource, may_be_resource, path_of};
use crate::diagnostic::closest;
use crate::provider::Finding;
use crate::value::Path;

fn modifiers(spec: &Entries) -> Said<&Entries> {
    said::within(said::map(spec, "advanced"), |advanced| said::map(advanced, "scalingModifiers"))
}

pub(super) fn formula(spec: &Entries) -> Said<&str> {
    said::within(modifiers(spec), |modifiers| said::filled(modifiers, "formula"))
}

pub(super) fn target(spec: &Entries) -> Said<&str> {
    said::within(modifiers(spec), |modifiers| said::filled(modifiers, "target"))
}

pub(super) fn check(spec: &Entries) -> Vec<Finding> {
    let Some(modifiers) = modifiers(spec).known().filter(|modifiers| !modifiers.is_empty()) else {
        return Vec::new();
    };
    let path = Path::field("spec").key("advanced").key("scalingModifiers");
    let mut findings = check_target(modifiers, &path);
    if said::filled(modifiers, "metricType") == Said::This("Utilization") {
        let message = "a formula has no metric type `Utilization`: there is nothing to be a share of";
        let help = "write `AverageValue` or `Value`";
        findings.push(finding("keda/metric-type", &path.key("metricType"), message).help(help));
    }
    match said::filled(modifiers, "formula") {
        Said::Nothing => {
            let message = "scaling modifiers need a `formula`";
            let help = "add one over the names of the triggers, such as `(first + second) / 2`";
            findings.push(finding("keda/formula", &path, message).help(help));
        }
        Said::Unclear => {}
        Said::This(text) => check_formula(text, spec, &path.key("formula"), &mut findings),
    }
    findings
}

fn check_target(modifiers: &Entries, path: &Path) -> Vec<Finding> {
    let problem = match said::filled(modifiers, "target") {
        Said::Nothing => (path.clone(), "scaling modifiers need a `target`".to_owned()),
        Said::Unclear => return Vec::new(),
        Said::This(text) if float(text).is_some_and(|target| target > 0.0) => return Vec::new(),
        Said::This(text) => (path.key("target"), format!("`{text}` is no number above zero")),
    };
    let (at, message) = problem;
    let help = "write what one replica is meant for, such as `target: \"5\"`";
    vec![finding("keda/formula-target", &at, message).help(help)]
}

fn check_formula(text: &str, spec: &Entries, path: &Path, findings: &mut Vec<Finding>) {
    let formula = match formula::parse(text) {
        Ok(formula) => formula,
        Err(problem) => {
            let help = "write an expr-lang expression that gives a number, such as `max(first, second)`";
            return findings.push(finding("keda/formula", path, problem).help(help));
        }
    };
    for function in formula.functions.iter().filter(|name| !formula::is_known_function(name)) {
        let message = format!("whether there is a function `{function}` is not known here");
        let help = "compare it with the language definition of expr-lang";
        findings.push(finding("keda/formula-unknown-function", path, message).help(help));
    }
    let entries = said::entries_of(spec, "triggers");
    let all = said::list(spec, "triggers").known().map_or(usize::MAX, <[_]>::len);
    let names: Vec<_> = entries.iter().filter_map(|(_, entry)| said::filled(entry, "name").known()).collect();
    let all_known = entries.len() == all && entries.iter().all(|(_, entry)| !said::text(entry, "name").is_unclear());
    for name in &formula.triggers {
        let entry = entries.iter().find(|(_, entry)| said::filled(entry, "name") == Said::This(name));
        if entry.is_some_and(|(_, entry)| is_resource(entry)) {
            let message = format!("`{name}` is a cpu or memory trigger, which KEDA does not measure itself");
            let help = "leave it out of the formula; it scales beside it";
            findings.push(finding("keda/formula-unknown-trigger", path, message).help(help));
        } else if entry.is_none() && all_known {
            findings.push(no_trigger(name, text, &names, path));
        }
    }
    for (index, entry) in &entries {
        if !may_be_resource(entry) {
            check_named(entry, &path_of(*index), &formula, findings);
        }
    }
}

fn no_trigger(name: &str, text: &str, names: &[&str], path: &Path) -> Finding {
    let dashed = names.iter().find(|known| known.contains('-') && text.contains(**known));
    let help = match (dashed, closest(name, names.iter().copied())) {
        (Some(dashed), _) => format!("`{dashed}` is read as a difference: name the trigger with `_` instead"),
        (None, Some(known)) => format!("did you mean `{known}`?"),
        (None, None) if names.is_empty() => "give the triggers names".to_owned(),
        (None, None) => format!("the triggers are named {}", names.join(", ")),
    };
    finding("keda/formula-unknown-trigger", path, format!("no trigger is named `{name}`")).help(help)
}

fn check_named(entry: &Entries, path: &Path, formula: &formula::Formula, findings: &mut Vec<Finding>) {
    match said::filled(entry, "name") {
        Said::Nothing => {
            let message = "this trigger has no name, and the formula can use named ones only";
            findings.push(finding("keda/unnamed-trigger", path, message).help("add `name`"));
        }
        Said::This(name) if !name.contains('-') && !formula.triggers.contains(name) => {
            let message = format!("the formula does not use `{name}`, so this trigger changes nothing");
            findings.push(
                finding("keda/trigger-not-in-formula", &path.key("name"), message)
                    .help("use it, or leave the trigger out"),
            );
        }
        Said::This(_) | Said::Unclear => {}
    }
}
