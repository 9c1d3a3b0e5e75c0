//! `drift`: what changed behind our back.

use aws_sdk_sqs::types::QueueAttributeName;

use crate::support::world::World;

#[test]
fn what_changed_outside_is_told_and_put_right() {
    let Some(world) = World::open("drifting") else { return };
    let place = world.video_encoder(world.endpoint());
    place.expect(0, "apply --auto-approve --name drifting");
    insta::assert_snapshot!(place.run("drift --name drifting").text(), @r"
    exit 0
    --- stdout
    No drift. Everything is as it was recorded.
    --- stderr
    Refreshing 7 resources...
    ");
    let faultless = world.objects();
    world.set_queue("drifting-failed", QueueAttributeName::VisibilityTimeout, "77");
    insta::assert_snapshot!(place.run("drift drifting").text(), @r"
    exit 6
    --- stdout
      ~ failed  aws.sqs_queue
          ~ visibility_timeout: 30 → 77

    1 resource is not as recorded.
    --- stderr
    Refreshing 7 resources...
    ");
    let told = place.expect(6, "drift drifting --json").messages().pop().unwrap();
    insta::assert_snapshot!(told["drift"], @r#"[{"address":"failed","differences":[{"after":77,"before":30,"has_after":true,"has_before":true,"path":"visibility_timeout"}],"kind":"changed","marks":null,"resource_type":"aws.sqs_queue","why":null}]"#);
    let untagged = world.iam.untag_role().role_name("drifting-keda-operator").tag_keys("tidegate:stack");
    world.wait(untagged.send()).unwrap();
    world.delete_queue("drifting-jobs");
    insta::assert_snapshot!(place.run("drift drifting").text(), @r"
    exit 6
    --- stdout
      ~ failed  aws.sqs_queue
          ~ visibility_timeout: 30 → 77
      - jobs  aws.sqs_queue  is gone
      ~ keda_operator  aws.iam_role  ownership marks: its ownership marks are gone

    3 resources are not as recorded.
    --- stderr
    Refreshing 7 resources...
    ");
    // Looking changes nothing: the next look finds the same.
    place.expect(6, "drift drifting");
    insta::assert_snapshot!(place.expect(2, "plan --detailed-exitcode --name drifting").stdout.lines().last().unwrap(), @"Plan: 1 to create, 3 to update, 0 to delete, 2 outputs to change.");
    place.expect(0, "apply --auto-approve --name drifting");
    place.expect(0, "drift drifting");
    assert_eq!(world.objects(), faultless);
    place.expect(0, "destroy --auto-approve drifting");
    assert!(world.objects().is_empty());
}
