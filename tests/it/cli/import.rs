//! `import`: takes what exists into the state.

use crate::support::tidegate::Place;
use crate::support::world::World;

fn queue(world: &World, name: &str) -> Place {
    let text = format!(
        "tidegate: 1\nstack: {name}\nresources:\n  jobs:\n    type: aws.sqs_queue\n    spec: {{ name: imports-jobs, \
         visibility_timeout: 60 }}\n  note: {{ type: tidegate.data, spec: {{ input: x }} }}\n"
    );
    Place::with_text(&text).aws(world.endpoint())
}

#[test]
fn an_object_is_imported_once_and_then_ours() {
    let Some(world) = World::open("imports") else { return };
    let place = queue(&world, "imports");
    insta::assert_snapshot!(place.run("import jobs imports-jobs").text(), @r"
    exit 3
    --- stderr
    error: there is no aws.sqs_queue `imports-jobs`
      hint: check the name, the account and the region
    ");
    world.make_queue("imports-jobs");
    let refused = place.expect(1, "apply --auto-approve --target jobs");
    assert!(refused.stderr.contains("adopt: true"), "{}", refused.stderr);
    insta::assert_snapshot!(place.run("import jbos imports-jobs").text(), @r"
    exit 3
    --- stderr
    error: the stack has no `jbos`
      hint: did you mean `jobs`?
    ");
    insta::assert_snapshot!(place.run("import note x").text(), @r"
    exit 3
    --- stderr
    error: a `tidegate.data` has no object to import
      hint: it is made by `tidegate apply`
    ");
    insta::assert_snapshot!(place.run("import jobs imports-jobs").text(), @r"
    exit 0
    --- stdout
    Imported imports-jobs as jobs. See what differs from the stack with `tidegate plan`.
    ");
    insta::assert_snapshot!(place.run("import jobs imports-jobs").text(), @r"
    exit 3
    --- stderr
    error: `jobs` is recorded already
      hint: forget it first with `tidegate state rm jobs`
    ");
    place.expect(2, "plan --detailed-exitcode");
    place.expect(0, "apply --auto-approve");
    place.expect(0, "plan --detailed-exitcode");
    let objects = world.objects();
    assert_eq!(objects["queue NAME-jobs"][0]["attributes"]["VisibilityTimeout"], "60");

    let other = queue(&world, "others");
    insta::assert_snapshot!(other.run("import jobs imports-jobs").text(), @r"
    exit 3
    --- stderr
    error: `imports-jobs` is marked as made by stack imports, jobs
      hint: say `adopt: true` on the resource to take it over
    ");
    insta::assert_snapshot!(other.expect(1, "apply --auto-approve --target jobs").text().lines().find(|line| line.starts_with("error: ")).unwrap(), @"error: could not create jobs: create failed: `imports-jobs` exists already, and it is marked as made");
    assert_eq!(world.objects(), objects);
    other.expect(0, "destroy --auto-approve");
    assert_eq!(world.objects(), objects);
    place.expect(0, "destroy --auto-approve");
    assert!(world.objects().is_empty());
}
