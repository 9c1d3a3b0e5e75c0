//! moto, an independent imitation of AWS, as a child process on a free port of the loopback address.
//!
//! Found at `TIDEGATE_MOTO_SERVER`, in `target/counterparts/bin`, or on the `PATH`. A machine
//! without it skips the tests that need it and says so; under `CI=true` they fail.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::Duration;

/// Ends the server when it is let go of, and when whoever started it has died.
const KEEPER: &str = "\"$0\" \"$@\" & read -r _; kill $!; wait $!";

static SHARED: OnceLock<Option<Moto>> = OnceLock::new();

/// A running server; dropped, it is killed by its process id.
pub(crate) struct Moto {
    child: Child,
    port: u16,
}

impl Moto {
    /// Starts a server, or says why not.
    pub(crate) fn start() -> Option<Self> {
        let Some(program) = find() else {
            let why = "moto_server is not here: `pip install 'moto[server]'`, or set TIDEGATE_MOTO_SERVER";
            assert!(environment("CI").as_deref() != Some("true"), "{why}");
            say(&format!("skipped: {why}"));
            return None;
        };
        let port = free_port();
        let child = Command::new("sh")
            .args(["-c", KEEPER])
            .arg(&program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let moto = Self { child, port };
        moto.wait();
        Some(moto)
    }

    /// The server of all tests of this process, whichever of them comes first; it ends with the process.
    pub(crate) fn shared() -> Option<&'static Self> {
        SHARED.get_or_init(Self::start).as_ref()
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn wait(&self) {
        for _ in 0..300 {
            if self.answers() {
                return;
            }
            sleep(Duration::from_millis(100));
        }
        panic!("moto_server did not answer within 30 seconds");
    }

    fn answers(&self) -> bool {
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        let Ok(mut stream) = TcpStream::connect_timeout(&address, Duration::from_secs(1)) else {
            return false;
        };
        let request = b"GET /moto-api/data.json HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n";
        let mut answer = [0; 12];
        let read = stream.write_all(request).and_then(|()| stream.read_exact(&mut answer));
        read.is_ok() && answer.ends_with(b"200")
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // Through a shim of a version manager the child becomes the server itself, so one process is all.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

fn find() -> Option<PathBuf> {
    let given = environment("TIDEGATE_MOTO_SERVER").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/counterparts/bin/moto_server");
    let path = environment("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join("moto_server"));
    given.into_iter().chain([beside]).chain(on_path).find(|file| file.is_file())
}

#[expect(clippy::disallowed_methods, reason = "where the counterpart is depends on the machine that tests run on")]
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}
