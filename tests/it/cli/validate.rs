//! `validate`: everything that can be known without a cloud.

use crate::support::tidegate::{Place, repository_stack};

/// With what it needs to be valid.
fn video_encoder(text: &str) -> Place {
    let mut place = Place::with_text(text);
    place.set("TIDEGATE_VAR_account", "123456789012");
    place.set("TIDEGATE_VAR_issuer", "https://oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF");
    place
}

#[test]
fn a_valid_stack_is_valid() {
    insta::assert_snapshot!(video_encoder(&repository_stack("video-encoder")).run("validate").text(), @r"
    exit 0
    --- stdout
    video-encoder is valid: 7 resources.
    ");
}

#[test]
fn three_mistakes_are_told_at_once_each_where_it_stands() {
    let mut text = repository_stack("video-encoder");
    let mistakes = [
        ("receive_wait_time: 20s", "recieve_wait_time: 20s"),
        ("\"${failed.arn}\", max", "\"${faild.arn}\", max"),
        ("message_retention: 14d", "message_retention: 15d"),
    ];
    for (right, wrong) in mistakes {
        assert_eq!(text.matches(right).count(), 1);
        text = text.replace(right, wrong);
    }
    let place = video_encoder(&text);
    let run = place.run("validate");
    insta::assert_snapshot!(run.text(), @r#"
    exit 3
    --- stderr
    error[stack/unknown-field]: Unknown field
      │ there is no field `recieve_wait_time` here
        ╭─[stacks/stack.yaml:52:7]
     51 │       visibility_timeout: ${vars.visibility_timeout}
     52 │       recieve_wait_time: 20s
        ·       ─────────────────
     53 │       dead_letter: { queue: "${faild.arn}", max_receive_count: 5 }
        ╰────
      help: did you mean `receive_wait_time`?

    error[stack/unknown-reference]: Unknown reference
      │ there is no resource `faild`
        ╭─[stacks/stack.yaml:53:32]
     52 │       recieve_wait_time: 20s
     53 │       dead_letter: { queue: "${faild.arn}", max_receive_count: 5 }
        ·                                ─────────
        ╰────
      help: did you mean `failed`?

    error[stack/out-of-range]: Out of range
      │ 1296000 seconds is out of range: 60 to 1209600 seconds
        ╭─[stacks/stack.yaml:59:26]
     58 │       name: ${locals.prefix}-failed
     59 │       message_retention: 15d
        ·                          ───
        ╰────

    3 errors
    "#);
    let told = place.run("validate --json");
    assert_eq!((told.code, told.stderr.as_str()), (3, ""));
    let messages = told.messages();
    assert_eq!(messages.len(), 3);
    for message in messages {
        assert_eq!((message["type"].as_str(), message["severity"].as_str()), (Some("diagnostic"), Some("error")));
        assert_eq!(message["range"]["file"], "stacks/stack.yaml");
    }
    // What plans or applies says the same, and touches nothing.
    for command in ["plan", "apply --auto-approve"] {
        assert_eq!(place.expect(3, command).text(), run.text());
    }
    assert!(!place.path("state").exists());
}
