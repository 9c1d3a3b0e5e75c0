//! The simulated clouds on a socket, seen and used by programs that know nothing of them.

use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;

use crate::support::moto::Moto;
use crate::support::served::{Served, counterpart};
use crate::support::tidegate::{Place, repository_stack, until};

#[test]
fn the_aws_command_sees_what_was_applied() {
    if counterpart("aws").is_none() {
        return;
    }
    let place = Place::with_stack("quickstart");
    place.expect(0, "apply --simulate --auto-approve");
    let served = Served::start(&place, 60);
    let ask = |arguments: &str| -> Json { serde_json::from_str(&served.aws(arguments).unwrap()).unwrap() };

    let cluster = &ask("eks describe-cluster --name quickstart")["cluster"];
    assert_eq!(cluster["status"], "ACTIVE");
    assert_eq!(cluster["tags"]["tidegate:address"], "cluster");
    let groups = ask("eks list-nodegroups --cluster-name quickstart");
    assert_eq!(groups["nodegroups"], serde_json::json!(["burst", "steady"]));

    let url = ask("sqs get-queue-url --queue-name quickstart-jobs")["QueueUrl"].as_str().unwrap().to_owned();
    let queue = ask(&format!("sqs get-queue-attributes --attribute-names All --queue-url {url}"));
    assert_eq!(queue["Attributes"]["VisibilityTimeout"], "300");

    let role = &ask("iam get-role --role-name quickstart-keda-operator")["Role"];
    let issuer = cluster["identity"]["oidc"]["issuer"].as_str().unwrap().trim_start_matches("https://");
    let subject = &role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["StringEquals"];
    assert_eq!(subject[format!("{issuer}:sub")], "system:serviceaccount:keda:keda-operator");
    let providers = ask("iam list-open-id-connect-providers");
    let arn = format!("arn:aws:iam::123456789012:oidc-provider/{issuer}");
    assert_eq!(providers["OpenIDConnectProviderList"], serde_json::json!([{"Arn": arn}]));

    // What one of them changes, the next simulated run finds.
    served.aws(&format!("sqs set-queue-attributes --attributes VisibilityTimeout=60 --queue-url {url}"));
    let shown = || ask(&format!("sqs get-queue-attributes --attribute-names All --queue-url {url}"));
    until("the queue to show it", || shown()["Attributes"]["VisibilityTimeout"] == "60");
    drop(served);
    let drift = place.expect(6, "drift --simulate");
    assert!(drift.stdout.contains("visibility_timeout: 300 → 60"), "{}", drift.stdout);
    place.expect(0, "destroy --simulate --auto-approve");
}

#[test]
fn stacks_are_applied_over_real_sockets_from_another_process() {
    let world = Place::default();
    let served = Served::start(&world, 600);
    let place = Place::default().aws(served.url()).azure(served.url());
    for name in ["quickstart", "multicloud"] {
        // Charts come over a socket too.
        let charts = format!("{}/charts", served.url());
        let text = repository_stack(name).replace("https://kedacore.github.io/charts", &charts);
        let stack = format!("stacks/{name}.yaml");
        place.write(&stack, &text);
        place.expect(0, &format!("apply {stack} --auto-approve"));
        place.expect(0, &format!("plan {stack} --detailed-exitcode"));
        place.expect(0, &format!("drift {stack}"));
        place.expect(0, &format!("destroy {stack} --auto-approve"));
        place.expect(0, &format!("plan {stack}"));
    }
}

/// The two are asked the same by botocore; `tests/scenarios/differences.yaml` says who is right where they differ.
#[test]
fn the_simulator_differs_from_moto_only_where_it_is_written_down() {
    let (Some(python), Some(moto)) = (counterpart("python"), Moto::start()) else { return };
    let world = Place::default();
    let served = Served::start(&world, 3600);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/compare.py");
    let mut command = Command::new(python);
    command.arg(script).args([served.url(), &moto.endpoint()]).env("NO_PROXY", "127.0.0.1");
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    println!("{}", text(&output.stdout));
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}

#[test]
fn nobody_else_works_on_a_world_that_is_served() {
    let place = Place::with_stack("quickstart");
    let served = Served::start(&place, 1);
    let refused = place.expect(4, "apply --simulate --auto-approve");
    assert!(refused.stderr.contains("another process works on the simulated world"), "{}", refused.stderr);
    drop(served);
    place.expect(0, "plan --simulate");
    let open = place.expect(3, "simulator serve --listen 0.0.0.0:0");
    assert!(open.stderr.contains("the simulator lets everyone in"), "{}", open.stderr);
}
