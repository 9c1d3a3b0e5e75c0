//! `plan`: what is shown, with which exit code, and what is asked for to get there.

use super::PAIR;
use crate::support::tidegate::Place;

#[test]
#[cfg(feature = "aws")]
fn a_whole_stack_is_planned_without_credentials_and_without_a_call() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let mut place = Place::with_stack("video-encoder");
    for name in ["AWS_ENDPOINT_URL", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] {
        place.set(name, &endpoint);
    }
    place.set("TIDEGATE_VAR_account", "123456789012");
    place.set("TIDEGATE_VAR_issuer", "https://oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF");
    let run = place.expect(0, "plan");
    assert_eq!(listener.accept().map(drop).map_err(|error| error.kind()), Err(std::io::ErrorKind::WouldBlock));
    assert_eq!(run.stderr, "");
    let headings: Vec<_> =
        run.stdout.lines().filter(|line| line.starts_with("  + ") && line.contains("  aws.")).collect();
    insta::assert_snapshot!(headings.join("\n"), @r"
    + cluster_trust  aws.iam_oidc_provider
    + failed  aws.sqs_queue
    + jobs  aws.sqs_queue
    + keda_assume  aws.iam_policy
    + keda_operator  aws.iam_role
    + sqs_access  aws.iam_policy
    + sqs_role  aws.iam_role
    ");
    insta::assert_snapshot!(run.stdout.lines().last().unwrap(), @"Plan: 7 to create, 0 to update, 0 to delete, 4 outputs to change.");
    // A plan leaves no state behind.
    let kept: Vec<_> = place.files("state").into_keys().collect();
    assert_eq!(kept, ["video-encoder.lock"]);
}

#[test]
fn the_exit_code_tells_of_changes_when_asked_to() {
    let place = Place::with_text(PAIR);
    place.expect(0, "plan");
    place.expect(2, "plan --detailed-exitcode");
    place.expect(0, "apply --auto-approve");
    insta::assert_snapshot!(place.run("plan --detailed-exitcode").text(), @r"
    exit 0
    --- stdout
    No changes. What is there is what the stack wants.
    ");
    insta::assert_snapshot!(place.run("plan --detailed-exitcode --var word=new").text(), @r#"
    exit 2
    --- stdout
    Changes to stack pair   ~ update

      ~ first  tidegate.data
          ~ input: "old" → "new"
          … 2 unchanged fields

    Outputs

      ~ both:
          - first: "old"
            list:  [1, 2]
          + first: "new"
            list:  [1, 2]
      ~ word: "old" → "new"

    Plan: 0 to create, 1 to update, 0 to delete, 2 outputs to change.
    "#);
    insta::assert_snapshot!(place.run("plan --detailed-exitcode --destroy").text(), @r#"
    exit 2
    --- stdout
    Destroying stack pair   - delete

      - first  tidegate.data
      - second  tidegate.data

    Outputs

      - both:
          - first: "old"
            list:  [1, 2]
      - word: "old"

    Plan: 0 to create, 0 to update, 2 to delete, 2 outputs to change.
    "#);
    place.expect(3, "plan --detailed-exitcode --var wrod=new");
}

#[test]
fn a_part_of_a_stack_can_be_planned_and_applied() {
    let place = Place::with_stack("hello");
    let heads = |arguments: &str| {
        let run = place.run(arguments);
        let heads = run.stdout.lines().filter(|line| line.contains("  tidegate.data")).map(str::trim);
        format!("exit {}: {}", run.code, heads.collect::<Vec<_>>().join(", "))
    };
    insta::assert_snapshot!(heads("plan --target card[\"ada\"]"), @r#"exit 0: + card["ada"]  tidegate.data"#);
    insta::assert_snapshot!(heads("plan --target album"), @r#"exit 0: + album  tidegate.data, + card["ada"]  tidegate.data, + card["grace"]  tidegate.data"#);
    insta::assert_snapshot!(heads("plan --exclude card[\"ada\"]"), @r#"exit 0: + card["grace"]  tidegate.data"#);
    insta::assert_snapshot!(heads("plan --exclude album"), @r#"exit 0: + card["ada"]  tidegate.data, + card["grace"]  tidegate.data"#);
    insta::assert_snapshot!(place.run("plan --target albun").text(), @r"
    exit 3
    --- stderr
    error[plan/unknown-address]: Unknown address
      │ there is no `albun` in the stack or the state
      help: did you mean `album`?

    1 error
    ");
    place.expect(0, "apply --auto-approve --exclude album");
    insta::assert_snapshot!(place.run("state list").text(), @r#"
    exit 0
    --- stdout
    card["ada"]    tidegate.data
    card["grace"]  tidegate.data
    "#);
    insta::assert_snapshot!(heads("plan"), @"exit 0: + album  tidegate.data");
    place.expect(0, "apply --auto-approve");
    insta::assert_snapshot!(heads("plan --replace card[\"ada\"]"), @r#"exit 0: ~ album  tidegate.data  (depends on what is known only after apply), -/+ card["ada"]  tidegate.data  (asked for with --replace)"#);
    let id =
        |place: &Place| place.expect(0, "state show card[\"ada\"] --json").messages()[0]["attributes"]["id"].clone();
    let before = id(&place);
    place.expect(0, "apply --auto-approve --replace card[\"ada\"]");
    assert_ne!(id(&place), before);
    place.expect(0, "destroy --auto-approve --target album");
    insta::assert_snapshot!(place.run("state list").text(), @r#"
    exit 0
    --- stdout
    card["ada"]    tidegate.data
    card["grace"]  tidegate.data
    "#);
}
