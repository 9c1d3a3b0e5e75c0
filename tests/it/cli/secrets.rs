//! A secret is in no file and in nothing that is printed, however awkward it is and whoever echoes it.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};

use crate::support::tidegate::{Place, Run};

/// A word that turns up nowhere else, between everything that some notation writes in another way, and long
/// enough to be broken over lines.
const SECRET: &str = "zqx1 \"zqx2\" 'zqx3' \\zqx4\\ %zqx5% <zqx6>&\n\tzqx7 ${zqx8} +zqx9/= \u{e9}zqxa zqxb zqxc zqxd zqxe \
                      zqxf zqxg zqxh zqxi zqxj zqxk zqxl zqxm zqxn zqxo zqxp";
const MARK: &str = "zqx";

/// Nothing of the secret, in any notation.
fn assert_hidden(what: &str, text: &str) {
    let lower = text.to_lowercase();
    assert!(!lower.contains(MARK), "{what} shows the secret:\n{text}");
    for engine in [&BASE64_STANDARD, &BASE64_URL_SAFE] {
        for shift in 0..3 {
            // Wherever it stands in a longer text; its ends depend on their neighbours.
            let encoded = engine.encode(format!("{}{SECRET}", "x".repeat(shift)));
            let middle = &encoded[4..24];
            assert!(!text.contains(middle), "{what} shows the secret in base64:\n{text}");
        }
    }
}

fn hidden(run: Run) -> Run {
    assert_hidden("what is printed", &run.all());
    run
}

fn assert_state_hidden(place: &Place) {
    for (name, text) in place.files("state") {
        assert_hidden(&name, &text);
    }
}

const DATA: &str = r#"
tidegate: 1
stack: hush
variables:
  password: { type: string, secret: true }
  other: { type: map, secret: true }
resources:
  vault:
    type: tidegate.data
    spec:
      input: { plain: "${vars.password}", within: "a ${vars.password} b", deep: [{ json: "${json(vars.other)}" }], other: "${vars.other}" }
      triggers_replace: "${base64(vars.password)}"
  user: { type: tidegate.data, spec: { input: "${vault.output.within}" } }
outputs:
  password: { value: "${vars.password}" }
  derived: { value: "${vault.output.deep}" }
checks:
  - assert: true
    message: The password ${vars.password} is too short
"#;

fn vault(text: &str) -> Place {
    let mut place = Place::with_text(text);
    place.set("TIDEGATE_VAR_password", SECRET);
    place.write("vars.yaml", &serde_json::json!({"other": {"key": SECRET, "number": 4}}).to_string());
    place
}

#[test]
fn no_command_shows_or_keeps_a_secret() {
    let place = vault(DATA);
    let run = |code: i32, arguments: &str| hidden(place.expect(code, arguments));
    for flags in ["", " --json", " -vvv", " --json -vvv"] {
        run(0, &format!("validate --var-file vars.yaml{flags}"));
        run(0, &format!("plan --var-file vars.yaml --out my.plan{flags}"));
        assert_hidden("a saved plan", &place.read("my.plan"));
        run(0, &format!("apply --auto-approve --var-file vars.yaml{flags}"));
        assert_state_hidden(&place);
        run(0, &format!("plan --var-file vars.yaml --replace vault{flags}"));
        run(0, &format!("state show vault{flags}"));
        run(0, &format!("output{flags}"));
        run(3, &format!("output --only derived --raw{flags}"));
        run(0, &format!("drift{flags}"));
        run(0, &format!("graph --var-file vars.yaml{flags}"));
        run(0, &format!("destroy --auto-approve{flags}"));
        assert_state_hidden(&place);
    }
    // The same password again is no change, another one is.
    run(0, "apply --auto-approve --var-file vars.yaml");
    run(0, "plan --detailed-exitcode --var-file vars.yaml");
    let mut place = place;
    place.set("TIDEGATE_VAR_password", &format!("{SECRET}!"));
    hidden(place.expect(2, "plan --detailed-exitcode --var-file vars.yaml"));
}

/// Mistakes are told without the value, wherever they are noticed.
#[test]
fn no_problem_quotes_a_secret() {
    let mistakes = [
        ("secret: true }\n  other", "secret: true, pattern: \"[a-z]+\" }\n  other"),
        ("secret: true }\n  other", "secret: true, one_of: [a, b] }\n  other"),
        ("type: string, secret", "type: integer, secret"),
        ("type: string, secret", "type: list, secret"),
        ("type: string, secret", "type: bool, secret"),
        ("type: map, secret", "type: list, secret"),
        ("type: map, secret", "type: integer, minimum: 4, secret"),
        ("assert: true", "assert: false"),
        ("assert: true", "assert: \"${vars.password}\""),
        ("${json(vars.other)}", "${parse_json(vars.password)}"),
        ("${json(vars.other)}", "${int(vars.password)}"),
        ("${json(vars.other)}", "${duration(vars.password)}"),
        ("${json(vars.other)}", "${timestamp(vars.password)}"),
        ("${json(vars.other)}", "${vars.password.matches(vars.password)}"),
        ("${json(vars.other)}", "${'x'.matches(vars.password + '(')}"),
        ("${json(vars.other)}", "${vars.other[vars.password]}"),
        ("${json(vars.other)}", "${vars.password + 1}"),
        ("${json(vars.other)}", "${file(vars.password)}"),
        ("${json(vars.other)}", "${{}[vars.password]}"),
        ("  user: {", "  user: { for_each: \"${[vars.password]}\","),
        ("  user: {", "  user: { for_each: \"${{vars.password: 1}}\","),
        ("  user: {", "  user: { when: \"${vars.password}\","),
        ("  user: {", "  user: { protect: \"${vars.password}\","),
        ("type: tidegate.data\n    spec:\n", "type: aws.sqs_queue\n    spec:\n      name: \"${vars.password}\"\n"),
        (
            "type: tidegate.data\n    spec:\n",
            "type: aws.sqs_queue\n    spec:\n      name: x\n      visibility_timeout: \"${vars.password}\"\n",
        ),
        (
            "type: tidegate.data\n    spec:\n",
            "type: aws.iam_role\n    spec:\n      name: x\n      description: \"${vars.password}\"\n      trust: \"${vars.password}\"\n      tags: { a: \"${vars.password}\" }\n",
        ),
        (
            "type: tidegate.data\n    spec:\n",
            "type: aws.iam_policy\n    spec:\n      name: x\n      document: { Version: \"${vars.password}\", Statement: \"${vars.password}\" }\n",
        ),
        ("resources:", "providers: { aws: { region: \"${vars.password}\" } }\nresources:"),
    ];
    for (right, wrong) in mistakes {
        assert!(DATA.contains(right), "{right}");
        let place = vault(&DATA.replacen(right, wrong, 1));
        for command in ["validate", "validate --json", "plan -vvv", "graph"] {
            let run = place.run(&format!("{command} --var-file vars.yaml"));
            assert_hidden(&format!("{command} with {wrong}"), &run.all());
        }
    }
    // A file of variables that cannot be read may be full of secrets.
    let place = vault(DATA);
    for text in
        [format!("other: {{ key: '{MARK}' "), format!("- {MARK}"), format!("other: 1\nother: {MARK}"), MARK.to_owned()]
    {
        place.write("vars.yaml", &text);
        for command in ["validate", "validate --json", "apply --auto-approve"] {
            assert_hidden(&text, &place.expect(3, &format!("{command} --var-file vars.yaml")).all());
        }
    }
    assert_hidden("a flag", &place.expect(3, "validate --var passwrod=zqx").all());
}

#[cfg(feature = "aws")]
mod aws {
    use super::super::{iam_refusal, sqs_refusal};
    use super::*;
    use crate::support::proxy::{Fate, Proxy};
    use crate::support::world::World;

    /// What IAM takes for a tag, and still needs quoting in a URL.
    const MILD: &str = "zqx1 zqx2 zqx3+zqx4/zqx5=zqx6@zqx7";

    const CLOUD: &str = r#"
tidegate: 1
stack: NAME
variables:
  password: { type: string, secret: true }
  mild: { type: string, secret: true }
resources:
  jobs:
    type: aws.sqs_queue
    spec: { name: NAME-jobs, tags: { login: "${vars.password}" } }
  policy:
    type: aws.iam_policy
    spec:
      name: NAME-policy
      description: "${vars.mild}"
      document:
        Version: "2012-10-17"
        Statement:
          - { Effect: Allow, Action: "sqs:*", Resource: "*", Condition: { StringEquals: { "aws:PrincipalTag/x": "${vars.mild}" } } }
  role:
    type: aws.iam_role
    spec:
      name: NAME-role
      description: "for ${vars.mild}"
      tags: { login: "${vars.mild}" }
      trust:
        Version: "2012-10-17"
        Statement:
          - { Effect: Allow, Principal: { Service: ec2.amazonaws.com }, Action: "sts:AssumeRole", Condition: { StringEquals: { "sts:ExternalId": "${vars.mild}" } } }
outputs:
  login: { value: "${jobs.tags.login}" }
"#;

    fn cloud(world: &World, endpoint: &str) -> Place {
        let mut place = Place::with_text(&CLOUD.replace("NAME", &world.name)).aws(endpoint);
        place.set("TIDEGATE_VAR_password", SECRET).set("TIDEGATE_VAR_mild", MILD);
        place
    }

    #[test]
    fn a_secret_that_goes_through_a_cloud_stays_one() {
        let Some(world) = World::open("hush") else { return };
        let mut place = cloud(&world, world.endpoint());
        place.set("AWS_SECRET_ACCESS_KEY", "zqx-key").set("AWS_SESSION_TOKEN", "zqx-token");
        hidden(place.expect(0, "plan --out my.plan -vvv"));
        hidden(place.expect(0, "apply my.plan -vvv"));
        assert_state_hidden(&place);
        let objects = world.objects();
        assert_eq!(objects["queue NAME-jobs"][0]["tags"]["login"], SECRET);
        assert_eq!(objects["role NAME-role"][0]["tags"]["login"], MILD);
        for flags in ["", " --json", " -vvv"] {
            for command in [
                "plan --detailed-exitcode",
                "plan --out my.plan",
                "drift",
                "apply --auto-approve",
                "output",
                "plan --destroy",
            ] {
                hidden(place.expect(0, &format!("{command}{flags}")));
            }
            assert_hidden("a saved plan", &place.read("my.plan"));
            for address in ["jobs", "policy", "role"] {
                hidden(place.expect(0, &format!("state show {address}{flags}")));
            }
        }
        // Changed behind our back, it is still known for what it was; and the new one is one as well.
        let url = world.queue_url("hush-jobs");
        world.wait(world.sqs.tag_queue().queue_url(url).tags("login", format!("{MARK}-new")).send()).unwrap();
        for flags in ["", " --json"] {
            hidden(place.expect(6, &format!("drift{flags}")));
            hidden(place.expect(2, &format!("plan --detailed-exitcode --out my.plan{flags}")));
        }
        assert_hidden("a saved plan", &place.read("my.plan"));
        hidden(place.expect(0, "apply my.plan"));
        place.set("TIDEGATE_VAR_password", &SECRET.replace('1', "2"));
        hidden(place.expect(2, "plan --detailed-exitcode -vvv"));
        hidden(place.expect(0, "apply --auto-approve --json -vvv"));
        assert_state_hidden(&place);
        hidden(place.expect(0, "destroy --auto-approve -vvv"));
        assert_state_hidden(&place);
        assert!(world.objects().is_empty());
    }

    #[test]
    fn a_service_that_echoes_a_secret_does_not_show_it() {
        let Some(world) = World::open("echo") else { return };
        let proxy = Proxy::start(world.endpoint(), |call| match call.operation {
            "CreateQueue" => Fate::Answered(400, sqs_refusal(&format!("The tag login is not to be {SECRET}, is it?"))),
            "CreatePolicy" => Fate::Answered(400, iam_refusal(&format!("{MILD} is too mild for {SECRET}"))),
            // Once more as it was sent, and in a list.
            "CreateRole" => Fate::Answered(400, iam_refusal(&format!("{:?} {}", SECRET, serde_json::json!([SECRET])))),
            _ => Fate::Passes,
        });
        let place = cloud(&world, &proxy.endpoint());
        for flags in ["", " --json", " -vvv"] {
            let run = hidden(place.expect(1, &format!("apply --auto-approve{flags}")));
            assert!(run.all().contains("(secret)"), "{}", run.all());
            assert_state_hidden(&place);
        }
        if let Some(run) = place.run_on_terminal("apply --auto-approve", "") {
            assert!(run.stdout.contains("(secret)"), "{}", run.stdout);
            hidden(run);
        }
    }
}
