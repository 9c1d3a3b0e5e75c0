//! Jobs: pods until enough of them have ended well, or too many badly.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::object::{
    JOB, POD, annotation, condition, count, deleting, flag, is_true, list, moment, name, namespace, number,
    put_condition, set, set_annotation, set_label, text, time_at, uid, unset,
};
use super::queue::{Task, Work};
use super::turn::Turn;
use super::{pod, pod_template};

const INDEX: &str = "batch.kubernetes.io/job-completion-index";
const FIRST_BACKOFF: u64 = 10;
const LAST_BACKOFF: u64 = 600;

pub(super) fn look(turn: &mut Turn<'_, '_>, space: &str, own_name: &str) {
    let Some(mut job) = turn.get(JOB, space, own_name).filter(|job| !deleting(job)) else { return };
    if is_over(&job) {
        return leave(turn, &job);
    }
    select_own_pods(turn, &mut job);
    let pods = turn.controlled(&job, POD);
    let counts = Counts::of(&pods);
    if flag(&job, "/spec/suspend") {
        return suspend(turn, job, &pods, counts);
    }
    if job["status"].get("startTime").is_none() {
        set(&mut job, "/status/startTime", moment(turn.at));
    }
    if condition(&job, "Suspended").is_some() && is_true(&job, "Suspended") {
        conclude(turn, &mut job, "Suspended", "False", "JobResumed", "Job resumed");
    }
    if enough(&job, &pods) {
        complete(turn, &mut job, &pods);
    } else if let Some((reason, message)) = failure(turn, &job, &pods, counts) {
        fail(turn, &mut job, &pods, reason, message);
    } else {
        add(turn, &job, &pods, counts);
        wait_for_deadline(turn, &job);
    }
    report(turn, job);
}

#[derive(Clone, Copy, Debug)]
struct Counts {
    active: i64,
    ready: i64,
    succeeded: i64,
    failed: i64,
}

impl Counts {
    fn of(pods: &[Json]) -> Self {
        let many = |takes: &dyn Fn(&&Json) -> bool| i64::try_from(pods.iter().filter(takes).count()).unwrap_or(0);
        Self {
            active: many(&|one| pod::is_active(one)),
            ready: many(&|one| pod::is_active(one) && pod::is_ready(one)),
            succeeded: many(&|one| text(one, "/status/phase") == "Succeeded"),
            failed: many(&|one| text(one, "/status/phase") == "Failed"),
        }
    }
}

fn is_over(job: &Json) -> bool {
    is_true(job, "Complete") || is_true(job, "Failed")
}

/// A Job that came without a selector gets one that takes its own pods and no others'.
fn select_own_pods(turn: &mut Turn<'_, '_>, job: &mut Json) {
    if job.pointer("/spec/selector").is_some_and(|selector| !selector.is_null()) {
        return;
    }
    let (own, own_name) = (uid(job).to_owned(), name(job).to_owned());
    set(job, "/spec/selector", json!({"matchLabels": {"batch.kubernetes.io/controller-uid": own}}));
    for (label, value) in labels(&own, &own_name) {
        set(job, &format!("/spec/template/metadata/labels/{}", label.replace('/', "~1")), value);
    }
    let place = JOB.place_in(namespace(job), name(job));
    turn.cluster.write(&place, job.clone());
    *job = turn.cluster.get(&place).unwrap_or_default();
}

fn labels<'a>(own: &'a str, own_name: &'a str) -> [(&'static str, &'a str); 4] {
    [
        ("batch.kubernetes.io/controller-uid", own),
        ("batch.kubernetes.io/job-name", own_name),
        ("controller-uid", own),
        ("job-name", own_name),
    ]
}

fn is_indexed(job: &Json) -> bool {
    text(job, "/spec/completionMode") == "Indexed"
}

fn done_indexes(pods: &[Json]) -> Vec<i64> {
    let done = pods.iter().filter(|one| text(one, "/status/phase") == "Succeeded");
    let mut all: Vec<i64> = done.filter_map(|one| annotation(one, INDEX)?.parse().ok()).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn enough(job: &Json, pods: &[Json]) -> bool {
    let counts = Counts::of(pods);
    match number(job, "/spec/completions") {
        Some(wanted) if is_indexed(job) => i64::try_from(done_indexes(pods).len()).unwrap_or(0) >= wanted,
        Some(wanted) => counts.succeeded >= wanted,
        // As much as there is to do: done when one has said so and the others have ended.
        None => counts.succeeded > 0 && counts.active == 0,
    }
}

fn failure(turn: &Turn<'_, '_>, job: &Json, pods: &[Json], counts: Counts) -> Option<(&'static str, &'static str)> {
    let restarts: i64 = pods
        .iter()
        .filter(|one| text(one, "/spec/restartPolicy") == "OnFailure")
        .flat_map(|one| list(one, "/status/containerStatuses"))
        .filter_map(|status| number(status, "/restartCount"))
        .sum();
    let limit = number(job, "/spec/backoffLimit").unwrap_or(6);
    if counts.failed > limit || (restarts > 0 && restarts >= limit.max(1)) {
        return Some(("BackoffLimitExceeded", "Job has reached the specified backoff limit"));
    }
    let end = deadline(job)?;
    (end <= turn.at).then_some(("DeadlineExceeded", "Job was active longer than specified deadline"))
}

fn deadline(job: &Json) -> Option<Duration> {
    let seconds = u64::try_from(number(job, "/spec/activeDeadlineSeconds")?).ok()?;
    Some(time_at(job, "/status/startTime")? + Duration::from_secs(seconds))
}

fn wait_for_deadline(turn: &mut Turn<'_, '_>, job: &Json) {
    if let Some(end) = deadline(job).filter(|end| *end > turn.at) {
        turn.later(end, Work::Job, namespace(job), name(job));
    }
}

fn add(turn: &mut Turn<'_, '_>, job: &Json, pods: &[Json], counts: Counts) {
    let parallel = number(job, "/spec/parallelism").unwrap_or(1);
    let left = match number(job, "/spec/completions") {
        Some(wanted) => wanted - counts.succeeded,
        None if counts.succeeded > 0 => counts.active,
        None => parallel,
    };
    let wanted = parallel.min(left).max(0);
    let active = pods.iter().filter(|one| pod::is_active(one));
    for surplus in active.skip(usize::try_from(wanted).unwrap_or(0)) {
        turn.delete(&POD.place_in(namespace(surplus), name(surplus)));
    }
    if wanted <= counts.active || waits_after_failure(turn, job, pods, counts) {
        return;
    }
    let taken: Vec<i64> = pods
        .iter()
        .filter(|one| pod::is_active(one) || text(one, "/status/phase") == "Succeeded")
        .filter_map(|one| annotation(one, INDEX)?.parse().ok())
        .collect();
    let mut free = (0..number(job, "/spec/completions").unwrap_or(0)).filter(|index| !taken.contains(index));
    for _ in counts.active..wanted {
        let index = free.next().filter(|_| is_indexed(job));
        if !make(turn, job, index) {
            return;
        }
    }
}

/// After a failure the next try waits, longer each time.
fn waits_after_failure(turn: &mut Turn<'_, '_>, job: &Json, pods: &[Json], counts: Counts) -> bool {
    if counts.failed == 0 {
        return false;
    }
    let ended = pods.iter().filter(|one| text(one, "/status/phase") == "Failed");
    let ended = ended.flat_map(|one| list(one, "/status/containerStatuses"));
    let Some(last) = ended.filter_map(|one| time_at(one, "/state/terminated/finishedAt")).max() else { return false };
    let doublings = u32::try_from((counts.failed - 1).clamp(0, 10)).unwrap_or(0);
    let due = last + Duration::from_secs((FIRST_BACKOFF << doublings).min(LAST_BACKOFF));
    if due > turn.at {
        turn.later(due, Work::Job, namespace(job), name(job));
    }
    due > turn.at
}

fn make(turn: &mut Turn<'_, '_>, job: &Json, index: Option<i64>) -> bool {
    let suffix = turn.suffix();
    let pod_name = match index {
        Some(index) => format!("{}-{index}-{suffix}", name(job)),
        None => format!("{}-{suffix}", name(job)),
    };
    let mut pod = pod_template::pod(job, &job["spec"]["template"], &pod_name);
    for (label, value) in labels(uid(job), name(job)) {
        set_label(&mut pod, label, value);
    }
    if let Some(index) = index {
        set_annotation(&mut pod, INDEX, &index.to_string());
        set_label(&mut pod, INDEX, &index.to_string());
    }
    let task = Task::new(Work::Job, namespace(job), name(job));
    if let Some(refusal) = pod_template::refusal(turn, &pod, &task) {
        turn.tell(job, "job-controller", false, "FailedCreate", &format!("Error creating: {refusal}"));
        return false;
    }
    turn.create(&POD.place_in(namespace(job), &pod_name), pod);
    turn.tell(job, "job-controller", true, "SuccessfulCreate", &format!("Created pod: {pod_name}"));
    true
}

fn end_pods(turn: &mut Turn<'_, '_>, pods: &[Json]) {
    for one in pods.iter().filter(|one| pod::is_active(one)) {
        turn.delete(&POD.place_in(namespace(one), name(one)));
    }
}

fn suspend(turn: &mut Turn<'_, '_>, mut job: Json, pods: &[Json], _: Counts) {
    end_pods(turn, pods);
    if !is_true(&job, "Suspended") {
        conclude(turn, &mut job, "Suspended", "True", "JobSuspended", "Job suspended");
        turn.tell(&job, "job-controller", true, "Suspended", "Job suspended");
    }
    unset(&mut job, "/status/startTime");
    report(turn, job);
}

fn complete(turn: &mut Turn<'_, '_>, job: &mut Json, pods: &[Json]) {
    end_pods(turn, pods);
    let reached = "Reached expected number of succeeded pods";
    conclude(turn, job, "SuccessCriteriaMet", "True", "CompletionsReached", reached);
    conclude(turn, job, "Complete", "True", "CompletionsReached", reached);
    set(job, "/status/completionTime", moment(turn.at));
    turn.tell(job, "job-controller", true, "Completed", "Job completed");
    expire(turn, job);
}

fn fail(turn: &mut Turn<'_, '_>, job: &mut Json, pods: &[Json], reason: &str, message: &str) {
    end_pods(turn, pods);
    conclude(turn, job, "FailureTarget", "True", reason, message);
    conclude(turn, job, "Failed", "True", reason, message);
    turn.tell(job, "job-controller", false, reason, message);
    expire(turn, job);
}

/// A finished Job may say how long it is kept.
fn expire(turn: &mut Turn<'_, '_>, job: &Json) {
    if let Some(end) = expires(job) {
        turn.later(end, Work::Job, namespace(job), name(job));
    }
}

fn expires(job: &Json) -> Option<Duration> {
    let kept = u64::try_from(number(job, "/spec/ttlSecondsAfterFinished")?).ok()?;
    let over = ["Complete", "Failed"].iter().find_map(|of| condition(job, of).filter(|one| one["status"] == "True"))?;
    Some(time_at(over, "/lastTransitionTime")? + Duration::from_secs(kept))
}

fn leave(turn: &mut Turn<'_, '_>, job: &Json) {
    match expires(job) {
        Some(end) if end <= turn.at => turn.delete(&JOB.place_in(namespace(job), name(job))),
        Some(_) => expire(turn, job),
        None => {}
    }
    if turn.controlled(job, POD).iter().all(|one| !pod::is_active(one)) {
        let mut job = job.clone();
        unset(&mut job, "/status/active");
        turn.save(&JOB.place_in(namespace(&job), name(&job)), job);
    }
}

fn conclude(turn: &Turn<'_, '_>, job: &mut Json, of: &str, status: &str, reason: &str, message: &str) {
    let now = moment(turn.at);
    put_condition(
        job,
        json!({"type": of, "status": status, "reason": reason, "message": message,
            "lastProbeTime": now, "lastTransitionTime": now}),
    );
}

fn report(turn: &mut Turn<'_, '_>, mut job: Json) {
    let pods = turn.controlled(&job, POD);
    let counts = Counts::of(&pods);
    count(&mut job, "/status/active", counts.active);
    set(&mut job, "/status/ready", counts.ready);
    count(&mut job, "/status/succeeded", counts.succeeded);
    count(&mut job, "/status/failed", counts.failed);
    let ending = pods.iter().filter(|one| deleting(one) && !pod::is_over(one)).count();
    set(&mut job, "/status/terminating", i64::try_from(ending).unwrap_or(0));
    set(&mut job, "/status/uncountedTerminatedPods", json!({}));
    if is_indexed(&job) {
        let done: Vec<_> = done_indexes(&pods).iter().map(i64::to_string).collect();
        set(&mut job, "/status/completedIndexes", done.join(","));
    }
    turn.save(&JOB.place_in(namespace(&job), name(&job)), job);
}
