//! Logs, on standard error, without secrets.

use std::io::Write as _;

use tracing_subscriber::EnvFilter;

use super::console::Console;
use super::redact::Redactor;

/// Request bodies are never logged: libraries that would are held at the level below.
const LEVELS: [&str; 3] = [
    "tidegate=info,warn",
    "tidegate=debug,aws_config=info,warn",
    "tidegate=trace,aws_config=debug,aws_smithy_runtime=debug,aws_runtime=debug,aws_credential_types=debug,info",
];

pub(super) fn start(console: &Console, verbose: u8) {
    let Some(level) = usize::from(verbose).checked_sub(1).map(|index| LEVELS[index.min(LEVELS.len() - 1)]) else {
        return;
    };
    let redactor = console.redactor.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(level))
        .with_ansi(console.environment().err.colour)
        .with_writer(move || Line { redactor: redactor.clone(), text: Vec::new() })
        .finish();
    // Another one is there only where the library is embedded, and then that one is wanted.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// One log line, written when it is whole.
struct Line {
    redactor: Redactor,
    text: Vec<u8>,
}

impl std::io::Write for Line {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.text);
        let _ = std::io::stderr().lock().write_all(self.redactor.clean(&text).as_bytes());
    }
}
