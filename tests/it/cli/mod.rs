//! The program itself: commands, exit codes, what it prints, and what becomes of it when it is stopped or killed.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[cfg(feature = "aws")]
mod apply;
#[cfg(feature = "aws")]
mod drift;
#[cfg(feature = "aws")]
mod import;
mod json;
#[cfg(feature = "aws")]
mod lock;
mod plan;
mod saved_plan;
mod secrets;
#[cfg(feature = "aws")]
mod signals;
mod stack_file;
mod state;
mod streams;
#[cfg(feature = "aws")]
mod validate;
mod variables;

/// A stack of two, one of which needs the other; no cloud.
const PAIR: &str = r#"
tidegate: 1
stack: pair
variables:
  word: { default: old }
resources:
  first: { type: tidegate.data, spec: { input: "${vars.word}" } }
  second: { type: tidegate.data, spec: { input: "after ${first.id}" } }
outputs:
  word: { value: "${first.output}" }
  both: { value: { first: "${first.output}", list: [1, 2] } }
"#;

/// SQS's answer to a call that it does not like.
#[cfg(feature = "aws")]
fn sqs_refusal(message: &str) -> String {
    serde_json::json!({"__type": "com.amazonaws.sqs#InvalidAttributeValue", "message": message}).to_string()
}

/// IAM's.
#[cfg(feature = "aws")]
fn iam_refusal(message: &str) -> String {
    let message = message.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type>\
         <Code>InvalidInput</Code><Message>{message}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
    )
}
