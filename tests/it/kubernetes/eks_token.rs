//! Our tokens for EKS beside those of the AWS command line.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value as Json, json};
use tidegate::providers::aws::{SigningKeys, eks_token};

use crate::support::moto::{environment, say};

const SCRIPT: &str = include_str!("eks_tokens.py");

#[test]
fn a_token_is_the_one_that_the_aws_command_line_gives() {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/counterparts/bin/python");
    if !python.is_file() || !python.with_file_name("aws").is_file() {
        let why = "awscli is not here: `pip install awscli` into target/counterparts";
        assert!(environment("CI").as_deref() != Some("true"), "{why}");
        return say(&format!("skipped: {why}"));
    }
    let cases = cases();
    let theirs = told(&python, &cases);
    assert_eq!(theirs.len(), cases.len());
    for (case, theirs) in cases.iter().zip(&theirs) {
        let text = |name: &str| case[name].as_str();
        let keys = SigningKeys {
            access_key_id: text("access_key_id").unwrap(),
            secret_access_key: text("secret_access_key").unwrap(),
            session_token: text("session_token"),
        };
        let time = Duration::from_secs(case["time"].as_u64().unwrap());
        let ours = eks_token(keys, text("region").unwrap(), text("cluster").unwrap(), time);
        assert_eq!(&ours, theirs, "{case}");
    }
}

fn cases() -> Vec<Json> {
    let regions = ["us-east-1", "eu-central-2", "us-gov-west-1", "cn-north-1", "us-iso-east-1", "us-isob-east-1"];
    let clusters = ["demo", "Demo_2-b", "a b", "  a   b ", "a/b?c=d&e%2F", "größe", "x:y;z,~'\"()"];
    let sessions = [Json::Null, json!("IQoJb3JpZ2luX2VjE/+=="), json!("a b~.-_%*'\"&=é")];
    let times = [1_765_432_109_u64, 951_782_400, 4_102_444_799];
    let mut cases = Vec::new();
    for (number, region) in regions.iter().enumerate() {
        for (other, cluster) in clusters.iter().enumerate() {
            // Every pair of a region and a name, and each with one session and one time of several.
            cases.push(json!({
                "access_key_id": format!("AKIDEXAMPLE{number}"), "secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCY\"=",
                "session_token": sessions[(number + other) % sessions.len()], "region": region, "cluster": cluster,
                "time": times[(number * 2 + other) % times.len()],
            }));
        }
    }
    cases
}

fn told(python: &Path, cases: &[Json]) -> Vec<String> {
    let mut child = Command::new(python)
        .args(["-c", SCRIPT])
        .envs([("AWS_CONFIG_FILE", "/dev/null"), ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")])
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_ENDPOINT_URL")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(json!(cases).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the script ended with {}", output.status);
    serde_json::from_slice(&output.stdout).unwrap()
}
