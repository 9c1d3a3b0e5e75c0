//! Where results, problems and progress go: results to standard output, all else to standard error.

use std::sync::Arc;

use super::environment::Environment;
use super::redact::Redactor;
use super::view;
use super::view::style::Style;
use crate::clock::Clock;
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
        if !self.json {
            return;
        }
        let mut message = std::borrow::Cow::Borrowed(message);
        if !self.redactor.hides_nothing() {
            self.redactor.clean_json(message.to_mut());
        }
        self.out(&message.to_string());
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
        let mut clean = Diagnostics::default();
        clean.extend(problems.iter().cloned().map(|mut problem| {
            self.redactor.clean_string(&mut problem.detail);
            problem.help.iter_mut().for_each(|help| self.redactor.clean_string(help));
            problem
        }));
        self.err(&view::diagnostics::text(&clean, &self.environment.err));
    }

    /// Shows the events of a run in the way that suits whoever reads.
    pub(super) fn observer(&self, clock: &Arc<dyn Clock>) -> Arc<dyn Observer> {
        let style = self.environment.err;
        let shown: Arc<dyn Observer> = match (self.json, self.environment.live) {
            (true, _) => Arc::new(JsonObserver(self.clone())),
            (false, true) => {
                let target = indicatif::ProgressDrawTarget::stderr();
                Arc::new(view::live::Live::new(style, target, Arc::clone(clock)))
            }
            (false, false) => Arc::new(view::event_lines::LineObserver::new(style, std::io::stderr())),
        };
        Arc::new(Clean { redactor: self.redactor.clone(), shown })
    }
}

/// Events without secrets, before any view breaks or joins their lines.
struct Clean {
    redactor: Redactor,
    shown: Arc<dyn Observer>,
}

impl Observer for Clean {
    fn observe(&self, event: Event) {
        self.shown.observe(self.redactor.clean_event(event));
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
