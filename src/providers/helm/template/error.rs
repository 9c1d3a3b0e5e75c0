//! What went wrong in a template, and by which templates it was reached.

use std::fmt;

/// Why a chart cannot be rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RenderError {
    /// The cause, as Go or sprig words it, or what the chart's author wrote for `fail` and `required`.
    pub(crate) message: String,
    /// Where: the place itself first, then whatever called it.
    pub(crate) places: Vec<Place>,
}

/// A place in a file of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// From the root chart on: `keda/templates/deployment.yaml`, or what the text is.
    pub(crate) file: String,
    /// From one on, both; columns count characters.
    pub(crate) line: usize,
    pub(crate) column: usize,
    /// The part of an action that was carried out, on one line.
    pub(crate) action: String,
    /// The `define` around it, unless it is the file itself.
    pub(crate) definition: Option<String>,
}

/// How many of the calls are shown. Of an endless recursion the rest says nothing new.
const SHOWN: usize = 12;

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, callers)) = self.places.split_first() else { return f.write_str(&bounded(&self.message)) };
        write!(f, "{first}: {}", bounded(&self.message))?;
        if !first.action.is_empty() {
            write!(f, "\n  at {}", first.action_in_place())?;
        }
        let hidden = callers.len().saturating_sub(SHOWN);
        for (number, place) in callers.iter().enumerate() {
            // The last one is the file itself, which is what one looks for first.
            match hidden {
                0 => {}
                hidden if number == SHOWN - 1 => write!(f, "\n  and {hidden} more")?,
                _ => {}
            }
            if hidden == 0 || number < SHOWN - 1 || number == callers.len() - 1 {
                write!(f, "\n  from {place}: {}", place.action_in_place())?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for RenderError {}

impl Place {
    /// The place that bytes of a text are at.
    pub(super) fn of(file: &str, text: &str, start: usize, end: usize) -> Self {
        let before = text.get(..start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            action: shortened(text.get(start..end).unwrap_or_default()),
            definition: None,
        }
    }

    fn action_in_place(&self) -> String {
        match &self.definition {
            Some(definition) => format!("`{}` in template {definition:?}", self.action),
            None => format!("`{}`", self.action),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A text that a chart makes up can be of any length, and is then part of what is said of it.
fn bounded(message: &str) -> std::borrow::Cow<'_, str> {
    const MOST: usize = 2000;
    match message.char_indices().nth(MOST) {
        Some((length, _)) => format!("{}… ({} bytes in all)", &message[..length], message.len()).into(),
        None => message.into(),
    }
}

/// On one line, and not longer than one.
fn shortened(action: &str) -> String {
    let words: Vec<&str> = action.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(80) {
        Some((length, _)) => format!("{}…", &line[..length]),
        None => line,
    }
}
