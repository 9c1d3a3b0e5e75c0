//! Where results, problems and progress go: results to standard output, all else to standard error.

use std::sync::Arc;

use super::environment::Environment;
use super::redact::Redactor;
use super::view;
use super::view::style::Style;
use crate::diagnostic::Diagnostics;
use crate::engine::{Event, Observer};

#[derive(Clone)]
pub(super) struct Console {
    pub(super) json: bool,
    pub(super) redactor: Redactor,
    environment: Arc<Environment>,
}

impl Console {
    pub(super) fn new(json: bool, environment: Environment) -> Self {
        Self { json, redactor: Redactor::default(), environment: Arc::new(environment) }
    }

    pub(super) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// How text on standard output may look.
    pub(super) fn style(&self) -> &Style {
        &self.environment.out
    }

    /// A result.
    pub(super) fn out(&self, text: &str) {
        write(&mut std::io::stdout().lock(), &self.redactor.clean(text));
    }

    /// Progress, or a problem.
    pub(super) fn err(&self, text: &str) {
        write(&mut std::io::stderr().lock(), &self.redactor.clean(text));
    }

    /// A message for machines, when they are who reads.
    pub(super) fn message(&self, message: &serde_json::Value) {
        if self.json {
            self.out(&message.to_string());
        }
    }

    pub(super) fn problems(&self, problems: &Diagnostics) {
        if problems.is_empty() {
            return;
        }
        if self.json {
            for problem in problems.iter() {
                self.message(&view::json::diagnostic(problem));
            }
            return;
        }
        self.err(&view::diagnostics::text(problems, &self.environment.err));
    }

    /// Shows the events of a run in the way that suits whoever reads.
    pub(super) fn observer(&self) -> Arc<dyn Observer> {
        if self.json {
            return Arc::new(JsonObserver(self.clone()));
        }
        let style = self.environment.err;
        if self.environment.live {
            return Arc::new(view::live::Live::new(style, indicatif::ProgressDrawTarget::stderr()));
        }
        Arc::new(view::event_lines::LineObserver::new(style, Clean(self.clone())))
    }
}

/// Standard error, without secrets.
struct Clean(Console);

impl std::io::Write for Clean {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        std::io::stderr().lock().write_all(self.0.redactor.clean(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().lock().flush()
    }
}

struct JsonObserver(Console);

impl Observer for JsonObserver {
    fn observe(&self, event: Event) {
        self.0.message(&view::json::event(&event));
    }
}

/// Writes a text and ends its line. A reader that has gone away is no reason to fail.
fn write(to: &mut dyn std::io::Write, text: &str) {
    if text.is_empty() {
        return;
    }
    let end = if text.ends_with('\n') { "" } else { "\n" };
    let _ = to.write_all(format!("{text}{end}").as_bytes());
    let _ = to.flush();
}
