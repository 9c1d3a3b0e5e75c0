//! `apply` when some of it, or all of it, cannot be done.

use super::iam_refusal;
use crate::support::proxy::{Fate, Proxy};
use crate::support::world::World;

/// Refuses one operation for as long as `bad` says.
fn refusing(
    world: &World,
    operations: &'static [&'static str],
    bad: &std::sync::Arc<std::sync::atomic::AtomicBool>,
) -> Proxy {
    let bad = std::sync::Arc::clone(bad);
    Proxy::start(world.endpoint(), move |call| {
        match operations.contains(&call.operation) && bad.load(std::sync::atomic::Ordering::SeqCst) {
            true if call.operation == "CreateQueue" => Fate::Answered(400, super::sqs_refusal("not today")),
            true => Fate::Answered(400, iam_refusal("not today")),
            false => Fate::Passes,
        }
    })
}

#[test]
fn what_fails_takes_only_what_needs_it_along_and_the_next_run_goes_on() {
    let Some(world) = World::open("partly") else { return };
    let bad = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let proxy = refusing(&world, &["CreatePolicy"], &bad);
    let place = world.video_encoder(&proxy.endpoint());
    let run = place.expect(5, "apply --auto-approve --name partly");
    // Steps end in any order.
    let mut lines: Vec<_> = run.text().lines().filter(|line| line.contains("skipped (")).map(str::to_owned).collect();
    lines.sort();
    insta::assert_snapshot!(lines.join("\n"), @r"
    keda_operator: skipped (create), since keda_assume failed
    sqs_role: skipped (create), since keda_assume failed
    ");
    let text = run.text();
    insta::assert_snapshot!(&text[text.find("\nerror: ").unwrap()..], @r"
    error: could not create keda_assume: iam:CreatePolicy failed with InvalidInput: not today

    error: could not create sqs_access: iam:CreatePolicy failed with InvalidInput: not today

    Partly applied in [time]: 3 created, 2 failed, 2 skipped.
    What was done is recorded: see to what failed and run the same command again.
    ");
    let kinds: Vec<_> = world.objects().into_keys().collect();
    insta::assert_snapshot!(kinds.join("\n"), @r"
    oidc arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/NAME
    queue NAME-failed
    queue NAME-jobs
    ");
    bad.store(false, std::sync::atomic::Ordering::SeqCst);
    let run = place.expect(0, "apply --auto-approve --name partly");
    insta::assert_snapshot!(run.stderr.lines().last().unwrap().split_once(": ").unwrap().1, @"4 created.");
    place.expect(0, "plan --detailed-exitcode --name partly");
    place.expect(0, "destroy --auto-approve --name partly");
    assert!(world.objects().is_empty());
}

#[test]
fn when_nothing_could_be_done_it_failed() {
    let Some(world) = World::open("nothing") else { return };
    let bad = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let proxy = refusing(&world, &["CreatePolicy", "CreateQueue", "CreateOpenIDConnectProvider"], &bad);
    let place = world.video_encoder(&proxy.endpoint());
    place.expect(1, "apply --auto-approve --name nothing");
    assert!(world.objects().is_empty());
    assert_eq!(place.expect(0, "state list nothing").stdout, "The state is empty.\n");
    bad.store(false, std::sync::atomic::Ordering::SeqCst);
    place.expect(0, "apply --auto-approve --name nothing");
    // A destroy that is refused is a failure too, and the next one goes on.
    bad.store(true, std::sync::atomic::Ordering::SeqCst);
    let stubborn = refusing(&world, &["DeleteRole", "DetachRolePolicy"], &bad);
    let mut place = place;
    place.set("AWS_ENDPOINT_URL", &stubborn.endpoint());
    place.expect(1, "destroy --auto-approve nothing");
    bad.store(false, std::sync::atomic::Ordering::SeqCst);
    place.expect(0, "destroy --auto-approve nothing");
    assert!(world.objects().is_empty());
}

#[test]
fn without_credentials_or_in_the_wrong_account_nothing_is_touched() {
    let Some(world) = World::open("account") else { return };
    let mut place = world.video_encoder(world.endpoint());
    place.set("AWS_ACCESS_KEY_ID", "").set("AWS_SECRET_ACCESS_KEY", "");
    let run = place.expect(1, "apply --auto-approve --name account");
    assert!(run.stderr.contains("AWS_PROFILE"), "{}", run.stderr);
    place.set("AWS_ACCESS_KEY_ID", "test").set("AWS_SECRET_ACCESS_KEY", "test");
    let run = place.expect(1, "apply --auto-approve --name account --var account=999999999999");
    assert!(run.stderr.contains("999999999999"), "{}", run.stderr);
    assert!(world.objects().is_empty());
}
