//! The state store against a real system: processes, mounts, file modes, and files of older versions.

#![expect(clippy::unwrap_used, reason = "what these functions set up for tests may fail them")]

mod cost;
mod format;
mod full_disk;
mod lock;
mod permissions;

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use tidegate::address::{Address, StackName};
use tidegate::clock::SystemClock;
use tidegate::state::{Entry, Holder, Record, StateStore, Status, StoreError};
use tidegate::store::LocalFileStore;
use tidegate::value::{Attributes, Value};

/// Set for the process a test starts to play a part of it.
const PART: &str = "TIDEGATE_TEST_PART";

fn stack() -> StackName {
    "sample".parse().unwrap()
}

fn holder() -> Holder {
    Holder {
        process: std::process::id(),
        host: "here".to_owned(),
        command: "apply".to_owned(),
        since: "2025-01-01T00:00:00Z".to_owned(),
    }
}

fn open(folder: &Path) -> Result<LocalFileStore, StoreError> {
    LocalFileStore::open(folder, &stack(), holder(), Duration::ZERO, &SystemClock)
}

/// About `size` bytes of it.
fn recorded(name: &str, size: usize) -> Entry {
    let record = Record {
        resource_type: "aws/queue".to_owned(),
        identity: name.to_owned(),
        provider: "aws".to_owned(),
        provider_settings: Attributes::new(),
        status: Status::Ready,
        attributes: Attributes::from([("text".to_owned(), Value::from("x".repeat(size)))]),
        dependencies: Vec::new(),
        adopted: false,
        protect: false,
        retain: false,
        delete_timeout_s: None,
    };
    Entry::Recorded { address: Address::single(name), record: Box::new(record) }
}

/// The folder to play a part in, in a process that was started to play one.
#[expect(clippy::disallowed_methods, reason = "arguments would be taken for names of tests")]
fn part() -> Option<std::path::PathBuf> {
    std::env::var_os(PART).map(Into::into)
}

/// This test program, set up to run one test as a part of another, in `folder`.
fn playing(test: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(PART, folder);
    command
}

/// Runs the part `test` in a tmpfs with these options, which no other process sees.
///
/// `None` where that is not permitted; in CI, root is permitted.
fn playing_on_tmpfs(test: &str, options: &str) -> Option<Output> {
    let outer = tempfile::tempdir().unwrap();
    let (folder, mounted) = (outer.path().join("disk"), outer.path().join("mounted"));
    std::fs::create_dir(&folder).unwrap();
    let program = playing(test, &folder);
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    let mount = "mount -t tmpfs -o \"$0\" tmpfs \"$1\" && touch \"$2\" && shift 2 && exec \"$@\"";
    let output = Command::new("unshare")
        .args(if root { &["--mount"][..] } else { &["--map-root-user", "--mount"] })
        .args(["sh", "-c", mount, options])
        .args([&folder, &mounted])
        .arg(program.get_program())
        .args(program.get_args())
        .env(PART, &folder)
        .output();
    if mounted.exists() {
        return output.ok();
    }
    #[expect(clippy::disallowed_methods, reason = "whether a skipped test is acceptable here")]
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!(root && in_ci), "root in CI could not mount: {output:?}");
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    {
        eprintln!("skipped: no tmpfs could be mounted: {output:?}");
    }
    None
}

/// A part ran its one test, and that passed.
fn passed(output: &Output) {
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{output:?}");
}

fn load(folder: &Path) -> tidegate::state::State {
    open(folder).unwrap().load().unwrap()
}
