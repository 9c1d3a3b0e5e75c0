//! The offline checks of KEDA's types: what they find, and what they leave alone.

mod corpus;
mod page;
mod properties;
mod validated;

use std::collections::{BTreeMap, BTreeSet};

use tidegate::provider::Finding;
use tidegate::providers::keda::{CODES, Kind};
use tidegate::value::Value;

use corpus::{Case, Expected, right, told, wrong};

#[test]
fn every_planted_mistake_is_found_and_nothing_else() {
    let cases = wrong();
    let missed: Vec<_> = cases.iter().filter_map(not_as_expected).collect();
    println!("planted mistakes found: {}/{}", cases.len() - missed.len(), cases.len());
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    assert!(cases.len() >= 70, "{}", cases.len());
}

fn not_as_expected(case: &Case) -> Option<String> {
    let expected = &case.expected;
    let found = case.findings();
    let is_it = |(index, finding): &(usize, Finding)| {
        *index == expected.at && finding.code == expected.code && finding.path.to_string() == expected.path
    };
    let place = found.iter().position(is_it);
    let mut rest: Vec<_> = found.iter().map(|(_, finding)| finding.code).collect();
    if let Some(place) = place {
        rest.remove(place);
    }
    let also: Vec<_> = expected.also.iter().map(String::as_str).collect();
    if place.is_some() && rest == also {
        return None;
    }
    Some(format!("{}: {} at {} expected, found:\n{}", case.says, expected.code, expected.path, told(&found)))
}

#[test]
fn an_expectation_that_does_not_hold_is_told() {
    for case in wrong() {
        let elsewhere = Expected { path: format!("{}x", case.expected.path), ..case.expected.clone() };
        assert!(not_as_expected(&Case { expected: elsewhere, ..case.clone() }).is_some(), "{}", case.says);
        let more = Expected { also: vec!["keda/two-scalers".to_owned()], ..case.expected.clone() };
        assert!(not_as_expected(&Case { expected: more, ..case.clone() }).is_some(), "{}", case.says);
    }
}

#[test]
fn every_correct_manifest_is_left_alone() {
    let cases = right();
    let wrong: Vec<_> = cases
        .iter()
        .filter_map(|case| {
            let found = case.findings();
            (!found.is_empty()).then(|| format!("{}:\n{}", case.says, told(&found)))
        })
        .collect();
    println!("correct manifests without a finding: {}/{}", cases.len() - wrong.len(), cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.len() >= 45, "{}", cases.len());
    let types = trigger_types(&cases);
    assert!(types.len() >= 18, "{types:?}");
}

fn trigger_types(cases: &[Case]) -> BTreeSet<String> {
    let objects = cases.iter().flat_map(|case| &case.objects).filter(|(kind, _)| kind.is_some());
    let triggers = objects
        .filter_map(|(_, fields)| fields.get("spec")?.as_map()?.get("triggers")?.as_list())
        .flat_map(|triggers| triggers.iter().filter_map(|trigger| trigger.as_map()?.get("type")?.as_str()));
    triggers.map(str::to_owned).collect()
}

#[test]
fn every_code_and_every_kind_is_among_the_mistakes() {
    let cases = wrong();
    let planted: BTreeSet<_> = cases.iter().map(|case| case.expected.code.as_str()).collect();
    let without: Vec<_> = CODES.iter().map(|code| code.code).filter(|code| !planted.contains(code)).collect();
    assert!(without.is_empty(), "no mistake is planted for {without:?}");
    let kinds: BTreeSet<_> = cases.iter().flat_map(|case| &case.objects).filter_map(|(kind, _)| *kind).collect();
    assert_eq!(kinds.len(), Kind::ALL.len());
}

#[test]
fn every_finding_says_what_to_do_and_is_as_grave_as_its_code() {
    let severities: BTreeMap<_, _> = CODES.iter().map(|code| (code.code, code.severity)).collect();
    for (_, finding) in wrong().iter().flat_map(Case::findings) {
        assert!(finding.help.as_ref().is_some_and(|help| !help.is_empty()), "{finding:?}");
        assert_eq!(Some(&finding.severity), severities.get(finding.code), "{finding:?}");
        assert!(!finding.message.is_empty() && !finding.message.ends_with('.'), "{finding:?}");
    }
}

#[test]
fn a_secret_is_not_quoted() {
    for mut case in wrong() {
        for (_, fields) in &mut case.objects {
            let hidden = fields.remove("spec").map(|spec| spec.map_leaves(&Value::into_secret));
            fields.extend(hidden.map(|spec| ("spec".to_owned(), spec)));
        }
        let told = told(&case.findings());
        assert!(!told.contains("hidden") && !told.contains("wroker"), "{told}");
    }
}
