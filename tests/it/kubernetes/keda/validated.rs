//! The same cases as their users meet them: as stacks that `tidegate validate` reads.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tidegate::providers::keda::Kind;
use tidegate::value::Value;

use super::corpus::{Case, right, wrong};
use crate::support::tidegate::{Place, Run};

fn stack(case: &Case) -> String {
    let mut text =
        "tidegate: 1\nstack: it\nresources:\n  here: { type: kubernetes.connection, spec: { name: here } }\n"
            .to_owned();
    for (index, (kind, fields)) in case.objects.iter().enumerate() {
        let mut spec = match kind {
            Some(_) => fields.clone(),
            None => [("manifest".to_owned(), Value::Map(fields.clone()))].into(),
        };
        spec.insert("cluster".to_owned(), "${here.connection}".into());
        let name = match kind {
            Some(Kind::ScaledObject) => "keda.scaled_object",
            Some(Kind::ScaledJob) => "keda.scaled_job",
            Some(Kind::TriggerAuthentication) => "keda.trigger_authentication",
            Some(Kind::ClusterTriggerAuthentication) => "keda.cluster_trigger_authentication",
            None => "kubernetes.object",
        };
        let spec = Value::Map(spec).to_json();
        writeln!(text, "  o{index}:\n    type: {name}\n    spec: {spec}").unwrap();
    }
    text
}

fn validate(case: &Case) -> Run {
    Place::with_text(&stack(case)).run("validate")
}

/// What is wrong with the runs of some cases, each looked at by `judge`.
fn each(cases: &[Case], judge: impl Fn(&Case, &Run) -> Option<String> + Sync) -> Vec<String> {
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(problem) = judge(case, &validate(case)) {
                        wrong.lock().unwrap().push(format!("{}: {problem}", case.says));
                    }
                }
            });
        }
    });
    wrong.into_inner().unwrap()
}

#[test]
fn validate_finds_every_planted_mistake() {
    let cases = wrong();
    let missed = each(&cases, |case, run| {
        // What no field of a spec can be is told before KEDA's rules are asked.
        let told = [case.expected.code.as_str(), "stack/", "kubernetes/"]
            .iter()
            .any(|code| run.stderr.contains(&format!("[{code}")));
        (!told).then(|| run.text())
    });
    println!("planted mistakes found by validate: {}/{}", cases.len() - missed.len(), cases.len());
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn validate_is_silent_on_every_correct_manifest() {
    let cases = right();
    let wrong = each(&cases, |_, run| {
        let findings = run.stderr.lines().filter(|line| line.starts_with("error[") || line.starts_with("warning["));
        let unexpected = findings.filter(|line| !line.contains("keda/outside-stack")).count();
        (run.code != 0 || unexpected > 0).then(|| run.text())
    });
    println!("correct manifests on which validate is silent: {}/{}", cases.len() - wrong.len(), cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
