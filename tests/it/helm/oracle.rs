//! Helm's own library in a process beside this one.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value as Json, json};
use tidegate::providers::helm::OfflineRelease;

use crate::support::served::counterpart;
use crate::support::tidegate::skip;

pub type Files = BTreeMap<String, String>;

/// A running library; dropped, it is killed.
pub struct Oracle {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Oracle {
    /// `None`, having said so, where the library is not installed.
    pub fn start() -> Option<Self> {
        let python = counterpart("python")?;
        let has_it = Command::new(&python).args(["-c", "import helm_python"]).stderr(Stdio::null()).status();
        if !has_it.is_ok_and(|status| status.success()) {
            skip("Helm's library is not here: `dev/setup` installs it");
            return None;
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/helm/oracle.py");
        let mut command = Command::new(python);
        command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let questions = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Some(Self { child, questions, answers })
    }

    fn ask(&mut self, question: &Json) -> Json {
        writeln!(self.questions, "{question}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {question} was answered with {line}"))
    }

    /// What values the chart has by itself.
    pub fn values(&mut self, chart: &Path) -> Json {
        self.ask(&json!({"values": chart}))["values"].take()
    }

    /// What Helm takes a cluster to be where it asks none.
    pub fn release(&mut self, name: &str) -> OfflineRelease {
        let mut told = self.ask(&json!({"capabilities": true}));
        // Helm's functions look at the clock, and some of them show the day.
        let now = std::time::Duration::from_secs(told["now"].as_u64().unwrap());
        let told = told["capabilities"].take();
        let versions = told["APIVersions"].as_array().unwrap().iter();
        OfflineRelease {
            name: name.to_owned(),
            namespace: format!("{name}-space"),
            revision: 1,
            is_upgrade: false,
            kube_version: told["KubeVersion"]["Version"].as_str().unwrap().to_owned(),
            api_versions: versions.map(|version| version.as_str().unwrap().to_owned()).collect(),
            now,
        }
    }

    pub fn render(&mut self, chart: &Path, values: &Json, release: &OfflineRelease) -> Result<Files, String> {
        outcome(self.ask(&question(chart, values, release)))
    }

    /// Renders the chart once with each text as the value `call`.
    pub fn render_each(
        &mut self,
        chart: &Path,
        values: &Json,
        texts: &[String],
        release: &OfflineRelease,
    ) -> Vec<Result<Files, String>> {
        let mut question = question(chart, values, release);
        question["each"] = json!(texts);
        let mut told = self.ask(&question);
        told["each"].as_array_mut().unwrap().drain(..).map(outcome).collect()
    }
}

fn question(chart: &Path, values: &Json, release: &OfflineRelease) -> Json {
    json!({
        "render": chart, "with": values, "name": release.name, "namespace": release.namespace,
        "revision": release.revision, "is_upgrade": release.is_upgrade, "is_install": !release.is_upgrade,
    })
}

fn outcome(mut told: Json) -> Result<Files, String> {
    match told.get("error").and_then(Json::as_str) {
        Some(error) => Err(error.to_owned()),
        None => Ok(serde_json::from_value(told["files"].take()).unwrap()),
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
