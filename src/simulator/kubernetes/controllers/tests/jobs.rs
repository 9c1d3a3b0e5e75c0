//! Jobs, from their first pod to their last word.

use super::*;

#[test]
fn a_job_ends_as_its_pods_do() {
    let mut bench = Bench::new(1);
    bench.put(workload("Job", "work", "busybox", json!({"completions": 3, "parallelism": 2})));
    bench.put(workload("Job", "broken", "crash", json!({"completions": 1, "backoffLimit": 1})));
    bench.wait(3);
    assert_eq!(bench.number("Job", "work", "/status/active"), 2);
    bench.wait(120);
    assert_eq!(bench.number("Job", "work", "/status/succeeded"), 3);
    assert_eq!(bench.condition("Job", "work", "Complete"), "True CompletionsReached");
    assert!(bench.get("Job", "work").pointer("/status/completionTime").is_some());
    assert_eq!(bench.condition("Job", "broken", "Failed"), "True BackoffLimitExceeded");
    assert_eq!(bench.number("Job", "broken", "/status/failed"), 2);
}

#[test]
fn a_job_that_restarts_its_containers_gives_up_as_well() {
    let mut bench = Bench::new(1);
    let mut job = workload("Job", "broken", "crash", json!({"backoffLimit": 2, "completions": 1}));
    set(&mut job, "/spec/template/spec/restartPolicy", "OnFailure");
    bench.put(job);
    bench.wait(300);
    assert_eq!(bench.condition("Job", "broken", "Failed"), "True BackoffLimitExceeded");
    assert_eq!(bench.pods().len(), 0);
}

#[test]
fn a_job_is_suspended_indexed_and_forgotten_as_it_says() {
    let mut bench = Bench::new(1);
    let spec = json!({"suspend": true, "completions": 2, "parallelism": 2, "completionMode": "Indexed", "ttlSecondsAfterFinished": 100});
    bench.put(workload("Job", "work", "busybox", spec));
    bench.wait(30);
    assert_eq!((bench.pods().len(), bench.condition("Job", "work", "Suspended")), (0, "True JobSuspended".to_owned()));
    bench.change("Job", "work", "/spec/suspend", false);
    bench.wait(60);
    assert_eq!(bench.condition("Job", "work", "Complete"), "True CompletionsReached");
    assert_eq!(text(&bench.get("Job", "work"), "/status/completedIndexes"), "0,1");
    bench.wait(110);
    assert!(bench.find("Job", "work").is_none());
    assert_eq!(bench.pods().len(), 0);
}

#[test]
fn a_deadline_ends_a_job() {
    let mut bench = Bench::new(1);
    bench.put(workload("Job", "work", "x:missing", json!({"completions": 1, "activeDeadlineSeconds": 40})));
    bench.wait(39);
    assert_eq!(bench.condition("Job", "work", "Failed"), "");
    bench.wait(10);
    assert_eq!(bench.condition("Job", "work", "Failed"), "True DeadlineExceeded");
    assert_eq!(bench.pods().len(), 0);
}
