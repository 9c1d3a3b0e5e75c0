//! `tidegate simulator serve` as a child process, on a free port of the loopback address.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::tidegate::{Place, skip};

/// A running simulator; dropped, it is killed.
pub struct Served {
    child: Child,
    url: String,
}

impl Served {
    /// Serves the world of a place, so many times as fast as real time.
    pub fn start(place: &Place, speed: u32) -> Self {
        Self::start_with(place, speed, "")
    }

    /// The same with further arguments.
    pub fn start_with(place: &Place, speed: u32, more: &str) -> Self {
        let arguments = format!("simulator serve --listen 127.0.0.1:0 --speed {speed} {more}");
        let mut command = place.command(&arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.split_whitespace().find_map(|word| word.strip_prefix("AWS_ENDPOINT_URL=")).unwrap().to_owned();
        Self { child, url }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// What there is at a path of it.
    pub fn get(&self, path: &str) -> String {
        let host = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    /// The aws command on this simulator, its arguments divided by spaces; `None` where it is not installed.
    pub fn aws(&self, arguments: &str) -> Option<String> {
        let program = counterpart("aws")?;
        let mut command = Command::new(program);
        command.args(["--endpoint-url", &self.url]).args(arguments.split_whitespace());
        let output = command.env_clear().envs(self.environment()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        assert!(output.status.success(), "aws {arguments}: {}", text(&output.stderr));
        Some(text(&output.stdout))
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        let all = [
            ("AWS_ENDPOINT_URL", self.url.as_str()),
            ("AWS_ACCESS_KEY_ID", "simulated"),
            ("AWS_SECRET_ACCESS_KEY", "simulated"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
            ("AWS_PAGER", ""),
            ("NO_PROXY", "127.0.0.1"),
        ];
        all.map(|(name, value)| (name, value.to_owned())).into()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program that `dev/setup` installed. Without it, the test that needs it is skipped and says so.
pub fn counterpart(name: &str) -> Option<PathBuf> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/counterparts/bin").join(name);
    if program.is_file() {
        return Some(program);
    }
    skip(&format!("{name} is not here: `dev/setup` installs it"));
    None
}
