//! The program as its users start it: in a folder of its own, and with nothing in its environment but what is said here.
#![cfg_attr(not(feature = "aws"), expect(dead_code, reason = "what only takes place beside a cloud"))]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use regex::Regex;
use tidegate::expression::Files;

const PROGRAM: &str = env!("CARGO_BIN_EXE_tidegate");

/// A folder to run in, and an environment.
pub struct Place {
    folder: tempfile::TempDir,
    environment: BTreeMap<String, String>,
}

/// What a run came to.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    folder: PathBuf,
}

/// A run that goes on; dropped, it is killed.
pub struct Running {
    child: Child,
    folder: PathBuf,
    outputs: tempfile::TempDir,
}

impl Default for Place {
    fn default() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().display().to_string();
        // Whoever is without credentials is not to look for a cloud machine around him.
        let environment = [("HOME", home.as_str()), ("LANG", "C.UTF-8"), ("AWS_EC2_METADATA_DISABLED", "true")];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Self { folder, environment }
    }
}

impl Place {
    /// A place with one stack in it, under the name it is known by in the repository.
    pub fn with_stack(name: &str) -> Self {
        let place = Self::default();
        place.write(&format!("stacks/{name}.yaml"), &repository_stack(name));
        place
    }

    /// A place with a stack of this text.
    pub fn with_text(text: &str) -> Self {
        let place = Self::default();
        place.write("stacks/stack.yaml", text);
        place
    }

    pub fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Points it at an imitation of AWS.
    pub fn aws(mut self, endpoint: &str) -> Self {
        self.set("AWS_ENDPOINT_URL", endpoint).set("AWS_REGION", "us-east-1");
        self.set("AWS_ACCESS_KEY_ID", "test").set("AWS_SECRET_ACCESS_KEY", "test");
        self
    }

    /// Points it at the simulated Azure, as a machine that has an identity.
    #[cfg(feature = "simulator")]
    pub fn azure(mut self, endpoint: &str) -> Self {
        self.set("AZURE_RESOURCE_MANAGER_URL", endpoint)
            .set("AZURE_SUBSCRIPTION_ID", tidegate::simulator::azure::SUBSCRIPTION);
        let tokens = format!("{endpoint}/metadata/identity/oauth2/token");
        self.set("IDENTITY_ENDPOINT", &tokens).set("IDENTITY_HEADER", "any");
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        File::create(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Every file below a folder, by name and with its content.
    pub fn files(&self, below: &str) -> BTreeMap<String, String> {
        let entries = std::fs::read_dir(self.path(below)).unwrap().map(|entry| entry.unwrap().path());
        let text = |path: &Path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
        entries
            .filter(|path| path.is_file())
            .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), text(&path)))
            .collect()
    }

    /// A command, its arguments divided by spaces.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(PROGRAM);
        self.surround(&mut command);
        command.args(arguments.split_whitespace());
        command
    }

    fn surround(&self, command: &mut Command) {
        command.current_dir(self.folder.path()).env_clear().envs(&self.environment).stdin(Stdio::null());
    }

    pub fn run(&self, arguments: &str) -> Run {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let code = code(output.status);
        Run { code, stdout: text(output.stdout), stderr: text(output.stderr), folder: self.folder.path().to_owned() }
    }

    /// Runs and expects this exit code.
    pub fn expect(&self, code: i32, arguments: &str) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.code, code, "tidegate {arguments}\n{}", run.text());
        run
    }

    /// Starts a run and does not wait for its end.
    pub fn start(&self, arguments: &str) -> Running {
        let outputs = tempfile::tempdir().unwrap();
        let file = |name: &str| File::create(outputs.path().join(name)).unwrap();
        let child = self.command(arguments).stdout(file("stdout")).stderr(file("stderr")).spawn().unwrap();
        Running { child, folder: self.folder.path().to_owned(), outputs }
    }

    /// Runs on a terminal on which `input` is typed. `None` where there is no way to have a terminal.
    pub fn run_on_terminal(&self, arguments: &str, input: &str) -> Option<Run> {
        let mut command = Command::new("script");
        self.surround(&mut command);
        // Quoted for the shell that `script` starts.
        let quoted: Vec<_> = arguments.split_whitespace().map(|word| format!("'{word}'")).collect();
        command.args(["-qec", &format!("'{PROGRAM}' {}", quoted.join(" ")), "/dev/null"]);
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut child) = spawned else {
            skip("`script` of util-linux is not here");
            return None;
        };
        child.stdin.as_mut().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout).replace('\r', "");
        Some(Run { code: code(output.status), stdout, stderr: String::new(), folder: self.folder.path().to_owned() })
    }
}

impl Run {
    /// Everything of a run, without what differs from run to run.
    pub fn text(&self) -> String {
        let mut text = format!("exit {}\n", self.code);
        for (name, stream) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !stream.is_empty() {
                text.push_str(&format!("--- {name}\n{stream}"));
            }
        }
        stable(&text, &self.folder)
    }

    /// The messages for machines on standard output, each checked to be one.
    pub fn messages(&self) -> Vec<serde_json::Value> {
        let message = |line: &str| {
            let message: serde_json::Value =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            assert_eq!(message["version"], 1, "{line}");
            assert!(message["type"].is_string(), "{line}");
            message
        };
        self.stdout.lines().map(message).collect()
    }

    pub fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

impl Running {
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, name: &str) {
        let id = self.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    /// Ends it on the spot.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    pub fn stderr(&self) -> String {
        std::fs::read_to_string(self.outputs.path().join("stderr")).unwrap()
    }

    /// Waits for its end.
    pub fn end(mut self) -> Run {
        until("the run to end", || self.has_ended());
        let text = |name: &str| std::fs::read_to_string(self.outputs.path().join(name)).unwrap();
        let (stdout, stderr) = (text("stdout"), text("stderr"));
        Run { code: code(self.child.wait().unwrap()), stdout, stderr, folder: self.folder.clone() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// As a shell tells it.
fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

/// A stack of the repository.
pub fn repository_stack(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("stacks").join(name).with_extension("yaml");
    std::fs::read_to_string(path).unwrap()
}

/// The files beside the stacks of the repository.
pub fn repository_files() -> Files {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("stacks");
    Files::new(move |path| match path.strip_suffix('/') {
        Some(path) => Ok(names(&folder.join(path)).join("\n")),
        None => std::fs::read_to_string(folder.join(path)).map_err(|error| error.to_string()),
    })
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut names: Vec<_> =
        entries.filter(|entry| entry.path().is_file()).map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Waits until something is so, and not for ever.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..6000 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("waited in vain for {what}");
}

/// Ids, times, ports and folders differ from run to run.
fn stable(text: &str, folder: &Path) -> String {
    let text = text.replace(&folder.display().to_string(), "[folder]");
    let filters = [
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[id]"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:[port]"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[time]"),
        (r"\b(in|after) (\d+m )?\d+(\.\d)?s\b", "$1 [time]"),
        (r"process \d+ on \S+", "process [id] on [host]"),
        (r" +\n", "\n"),
    ];
    filters
        .iter()
        .fold(text, |text, (pattern, with)| Regex::new(pattern).unwrap().replace_all(&text, *with).into_owned())
}

/// A test that needs what this machine does not have says so; in CI it fails.
pub fn skip(why: &str) {
    #[expect(clippy::disallowed_methods, reason = "whether a skipped test is acceptable here")]
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!in_ci, "{why}");
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    {
        eprintln!("skipped: {why}");
    }
}
