//! Provider configurations: `aws`, `aws.eu`, and who uses which.
#![cfg(feature = "aws")]

use super::{all_problems, file, inputs, problems, stack, told};

#[test]
fn a_configuration_has_settings() {
    let stack = stack(
        "
variables: { region: { default: eu-west-1 } }
providers:
  aws: { region: \"${vars.region}\", account: \"123456789012\" }
  aws.other: { region: us-east-1 }
  tidegate:
resources:
  a: { type: aws.sqs_queue, spec: { name: a } }
  b: { type: aws.sqs_queue, provider: aws.other, spec: { name: b } }
",
        &[],
    );
    let providers: Vec<_> = stack.providers.iter().map(|(name, settings)| format!("{name} {settings:?}")).collect();
    insta::assert_snapshot!(providers.join("\n"), @r#"
    aws {"account": "123456789012", "region": "eu-west-1"}
    aws.other {"region": "us-east-1"}
    tidegate {}
    "#);
    let used: Vec<_> = stack.resources.values().map(|resource| resource.provider.as_str()).collect();
    assert_eq!(used, ["aws", "aws.other"]);
}

#[test]
fn a_configuration_is_checked() {
    insta::assert_snapshot!(problems("
providers:
  aws: { regoin: x, account: 123456789012 }
  aws.broken: text
  aws.Eu: { region: x }
  gcp: {}
  aws.later: { region: \"${a.arn}\" }
resources:
  a: { type: aws.sqs_queue, provider: aws.eu, spec: { name: a } }
  b: { type: aws.sqs_queue, provider: aws.broken, spec: { name: b } }
  c: { type: aws.sqs_queue, provider: tidegate, spec: { name: c } }
  d: { type: aws.sqs_queue, provider: 3, spec: { name: d } }
  e: { type: aws.sqs_queue, provider: aws.nowhere, spec: { name: e } }
"), @"
    5:10 «regoin» stack/unknown-field: there is no field `regoin` here (did you mean `region`?)
    5:30 «123456789012» stack/wrong-type: expected a string, found the number 123456789012 (put it in quotes, or write string(…) in an expression)
    6:15 «text» stack/wrong-type: a provider's settings are a map
    7:3 «aws.Eu» stack/bad-name: `Eu` is not a name: it starts with a lower-case letter, then lower-case letters, digits and `_` (a second configuration is named `aws.some_name`)
    8:3 «gcp» stack/unknown-provider: there is no provider `gcp` (this build has: aws, azure, helm, kubernetes, test, tidegate)
    9:27 «a.arn» stack/not-known-yet: a provider's settings must be known before any resource is, so it cannot use `a.arn` (take it from a variable or a local that depends on no resource)
    11:39 «aws.eu» stack/bad-provider: there is no provider configuration `aws.eu` (did you mean `aws.Eu`?)
    13:39 «tidegate» stack/bad-provider: `tidegate` cannot make a `aws.sqs_queue` (name a provider of `aws`)
    14:39 «3» stack/wrong-type: `provider` is a string, this is a number
    15:39 «aws.nowhere» stack/bad-provider: there is no provider configuration `aws.nowhere` (did you mean `aws.later`?)
    ");
    insta::assert_snapshot!(told(&all_problems(&file("
variables: { secret: { type: string, secret: true } }
providers:
  aws: { region: \"${vars.secret}\" }
"), &inputs(&[("secret", "hunter2")]))), @r#"6:18 «"${vars.secret}"» stack/secret-setting: `region` is kept in the state, so it cannot be secret"#);
}
