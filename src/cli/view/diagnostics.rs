//! Problems and errors as text. The only module that names miette, which draws the excerpts.

use std::error::Error;
use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan,
    SpanContents, ThemeCharacters, ThemeStyles,
};

use super::text::{clean, count, truncate, wrap};
use super::{Role, Style};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, SourceRange};

/// More than this say nothing new; `--json` has them all.
const MOST_SHOWN: usize = 100;

/// Problems whose place holds a secret: neither it nor its neighbours are shown.
const AT_A_SECRET: &[&str] = &["stack/secret-default"];

/// Every problem with its place, an excerpt and a way out, and a last line that counts them.
pub fn text(diagnostics: &Diagnostics, style: &Style) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(MOST_SHOWN) {
        text.push_str(&one(diagnostic, style));
        text.push('\n');
    }
    let left_out = diagnostics.iter().count().saturating_sub(MOST_SHOWN);
    if left_out > 0 {
        text.push_str(&format!("{} more not shown here; --json has them all\n\n", count(left_out, "problem")));
    }
    text.push_str(&counts(diagnostics));
    text
}

/// `2 errors, 1 warning`, or nothing when there are none.
fn counts(diagnostics: &Diagnostics) -> String {
    let of = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let counts = [(of(Severity::Error), "error"), (of(Severity::Warning), "warning")];
    let words: Vec<_> =
        counts.iter().filter(|(number, _)| *number > 0).map(|(number, noun)| count(*number, noun)).collect();
    if words.is_empty() { String::new() } else { format!("{}\n", words.join(", ")) }
}

/// One problem.
pub fn one(diagnostic: &Diagnostic, style: &Style) -> String {
    let (word, role) = match diagnostic.severity {
        Severity::Error => ("error", Role::Error),
        Severity::Warning => ("warning", Role::Warning),
    };
    let title = style.paint(role, format!("{word}[{}]", diagnostic.code));
    let mut text = format!("{title}: {}\n", style.paint(Role::Strong, diagnostic.summary));
    let report = Report {
        severity: diagnostic.severity,
        detail: clean(&diagnostic.detail).into_owned(),
        help: diagnostic.help.as_deref().map(|help| clean(help).into_owned()),
        excerpt: diagnostic
            .range
            .as_ref()
            .map(|range| Excerpt::new(range, AT_A_SECRET.contains(&diagnostic.code), style)),
    };
    // Writing into a string cannot fail; what was written so far is still right if miette finds a reason to.
    let _ = handler(style).render_report(&mut text, &report);
    text
}

fn handler(style: &Style) -> GraphicalReportHandler {
    let mut characters = match style.unicode {
        true => ThemeCharacters::unicode(),
        false => ThemeCharacters::ascii(),
    };
    // The title above says which of the two it is.
    characters.error = characters.vbar.to_string();
    characters.warning = characters.vbar.to_string();
    let styles = if style.colour { ThemeStyles::ansi() } else { ThemeStyles::none() };
    GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
        .with_width(style.width.max(40))
        .with_links(false)
        .with_break_words(false)
        .with_context_lines(1)
}

/// What failed, why, and what to do: `error: …`, its causes, `hint: …`.
pub fn error(error: &dyn Error, hint: Option<&str>, style: &Style) -> String {
    let mut text = titled("error", Role::Error, &error.to_string(), style);
    let mut cause = error.source();
    while let Some(source) = cause {
        text.push_str(&titled("  caused by", Role::Muted, &source.to_string(), style));
        cause = source.source();
    }
    text + &hint.map(|hint| titled("  hint", Role::Hint, hint, style)).unwrap_or_default()
}

/// A message behind its title, further lines under its first.
pub(super) fn titled(title: &str, role: Role, message: &str, style: &Style) -> String {
    let indent = title.len() + 2;
    let message = clean(message);
    let lines = wrap(&message, style.width.max(40).saturating_sub(indent));
    let mut text = format!("{}: ", style.paint(role, title));
    for (number, line) in lines.iter().enumerate() {
        let indent = if number == 0 { 0 } else { indent };
        text.push_str(&format!("{:indent$}{line}\n", ""));
    }
    if lines.is_empty() { text + "\n" } else { text }
}

/// A problem in the form miette takes.
#[derive(Debug)]
struct Report {
    severity: Severity,
    detail: String,
    help: Option<String>,
    excerpt: Option<Excerpt>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl Error for Report {}

impl miette::Diagnostic for Report {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help(&self) -> Option<Box<dyn fmt::Display + '_>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let excerpt = self.excerpt.as_ref()?;
        let label = LabeledSpan::new(None, excerpt.marked.offset(), excerpt.marked.len());
        Some(Box::new(std::iter::once(label)))
    }
}

/// The line with the problem and its neighbours.
///
/// Cut out by us: miette would read the whole file for every problem, would
/// print lines of any length, and would count columns in bytes.
#[derive(Debug)]
struct Excerpt {
    name: String,
    text: String,
    /// 0-based, of the first line of `text`.
    first_line: usize,
    line_count: usize,
    /// In `text`.
    marked: SourceSpan,
    /// 0-based.
    line: usize,
    column: usize,
}

impl Excerpt {
    fn new(range: &SourceRange, hidden: bool, style: &Style) -> Self {
        let whole = &range.source.text;
        let start = whole.floor_char_boundary(range.start.offset);
        let end = whole.floor_char_boundary(range.end.offset.max(range.start.offset));
        let line_start = whole[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = whole[start..].find('\n').map_or(whole.len(), |newline| start + newline);
        let room = style.width.max(40) - 12;
        let shorten = |line: &str| truncate(&tame(line), room, style.ellipsis());

        let mut lines = Vec::new();
        if line_start > 0 && !hidden {
            let before = whole[..line_start - 1].rsplit('\n').next().unwrap_or_default();
            lines.push(shorten(before));
        }
        let marked_line = lines.len();
        let marked_end = end.min(line_end);
        let (marked, after) = match hidden {
            true => ("(secret)", ""),
            false => (&whole[start..marked_end], &whole[marked_end..line_end]),
        };
        let (line, offset, length) = window(&whole[line_start..start], marked, after, room, style);
        lines.push(line);
        let next = whole[line_end..].strip_prefix('\n').and_then(|rest| rest.lines().next());
        lines.extend(next.filter(|_| !hidden).map(shorten));

        let above: usize = lines[..marked_line].iter().map(|line| line.len() + 1).sum();
        let line = (range.start.line as usize).saturating_sub(1);
        Self {
            name: clean(&range.source.name).into_owned(),
            text: lines.join("\n"),
            first_line: line.saturating_sub(marked_line),
            line_count: lines.len(),
            marked: (above + offset, length).into(),
            line,
            column: (range.start.column as usize).saturating_sub(1),
        }
    }
}

/// The marked line cut to the room there is, with where in it the mark stands and how long it is.
fn window(before: &str, marked: &str, after: &str, room: usize, style: &Style) -> (String, usize, usize) {
    let (before, marked, after) = (tame(before), tame(marked), tame(after));
    let marked = truncate(&marked, room / 2, style.ellipsis());
    let keep = (room / 2).saturating_sub(4);
    let length = before.chars().count();
    let shown = match length > keep {
        true => style.ellipsis().chars().chain(before.chars().skip(length - keep)).collect(),
        false => before,
    };
    let rest = room.saturating_sub(shown.chars().count() + marked.chars().count());
    let (offset, marked_length) = (shown.len(), marked.len());
    (shown + &marked + &truncate(&after, rest, style.ellipsis()), offset, marked_length)
}

/// A line of someone's file, one column a character.
fn tame(line: &str) -> String {
    clean(line.trim_end_matches('\r')).replace('\t', " ")
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let name = self.name.clone();
        let contents = match lines_before {
            // Asked for the place alone.
            0 => {
                let bytes = self.text.as_bytes().get(span.offset()..span.offset() + span.len()).unwrap_or_default();
                MietteSpanContents::new_named(name, bytes, *span, self.line, self.column, 1)
            }
            _ => {
                let whole = (0, self.text.len()).into();
                MietteSpanContents::new_named(name, self.text.as_bytes(), whole, self.first_line, 0, self.line_count)
            }
        };
        Ok(Box::new(contents))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::{Position, Source};

    const FILE: &str = "tidegate: 1\nstack: video\n\nresources:\n  jobs:\n    type: aws.sqs_queue\n    spec: { näme: \"${jobz.arn}\", a: 1 }\n  last: {}";

    /// The first place of a text in a file.
    fn range(file: &str, needle: &str) -> SourceRange {
        let source = Arc::new(Source { name: "stacks/video.yaml".to_owned(), text: file.to_owned() });
        let offset = file.find(needle).unwrap();
        let position = |offset: usize| Position {
            line: u32::try_from(file[..offset].matches('\n').count() + 1).unwrap(),
            column: u32::try_from(file[..offset].rsplit('\n').next().unwrap().chars().count() + 1).unwrap(),
            offset,
        };
        SourceRange { source, start: position(offset), end: position(offset + needle.len()) }
    }

    fn problems() -> Diagnostics {
        let mut all = Diagnostics::default();
        let unknown = Diagnostic::error("stack/unknown-reference", "Unknown reference", "there is no resource `jobz`");
        all.push(unknown.at(&range(FILE, "${jobz.arn}")).help("did you mean `jobs`?"));
        let long = "a rather long story that does not fit on one line, since it tells what is wrong, why that matters and which names are concerned";
        all.push(Diagnostic::warning("stack/example", "An example", long).at(&range(FILE, "last")));
        all.push(Diagnostic::error("stack/missing-key", "Missing key", "a stack file needs `stack`"));
        all
    }

    #[test]
    fn problems_are_plain_text_without_colour() {
        insta::assert_snapshot!(text(&problems(), &Style { width: 80, ..Style::PLAIN }), @r#"
        error[stack/unknown-reference]: Unknown reference
          │ there is no resource `jobz`
           ╭─[stacks/video.yaml:7:20]
         6 │     type: aws.sqs_queue
         7 │     spec: { näme: "${jobz.arn}", a: 1 }
           ·                    ───────────
         8 │   last: {}
           ╰────
          help: did you mean `jobs`?

        warning[stack/example]: An example
          │ a rather long story that does not fit on one line, since it tells what is
          │ wrong, why that matters and which names are concerned
           ╭─[stacks/video.yaml:8:3]
         7 │     spec: { näme: "${jobz.arn}", a: 1 }
         8 │   last: {}
           ·   ────
           ╰────

        error[stack/missing-key]: Missing key
          │ a stack file needs `stack`

        2 errors, 1 warning
        "#);
        let ascii = text(&problems(), &Style { width: 80, unicode: false, colour: false });
        insta::assert_snapshot!(ascii, @r#"
        error[stack/unknown-reference]: Unknown reference
          | there is no resource `jobz`
           ,-[stacks/video.yaml:7:20]
         6 |     type: aws.sqs_queue
         7 |     spec: { näme: "${jobz.arn}", a: 1 }
           :                    ^^^^^^^^^^^
         8 |   last: {}
           `----
          help: did you mean `jobs`?

        warning[stack/example]: An example
          | a rather long story that does not fit on one line, since it tells what is
          | wrong, why that matters and which names are concerned
           ,-[stacks/video.yaml:8:3]
         7 |     spec: { näme: "${jobz.arn}", a: 1 }
         8 |   last: {}
           :   ^^^^
           `----

        error[stack/missing-key]: Missing key
          | a stack file needs `stack`

        2 errors, 1 warning
        "#);
    }

    #[test]
    fn with_colour_it_is_the_same_text() {
        let painted = text(&problems(), &Style { colour: true, ..Style::PLAIN });
        assert_ne!(painted, text(&problems(), &Style::PLAIN));
        assert_eq!(anstream::adapter::strip_str(&painted).to_string(), text(&problems(), &Style::PLAIN));
    }

    #[test]
    fn a_long_line_is_shown_where_the_problem_is() {
        let file = format!("{}\nkey: [{}, wrong, {}]\n", "b".repeat(500), "a".repeat(500), "c".repeat(500));
        let problem = Diagnostic::error("a/b", "S", "d").at(&range(&file, "wrong"));
        insta::assert_snapshot!(one(&problem, &Style { width: 60, ..Style::PLAIN }), @"
        error[a/b]: S
          │ d
           ╭─[stacks/video.yaml:2:509]
         1 │ bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…
         2 │ …aaaaaaaaaaaaaaaaaa, wrong, ccccccccccccccccccc…
           ·                      ─────
           ╰────
        ");
    }

    #[test]
    fn a_secret_in_the_file_is_not_shown() {
        let file = "password:\n  default: hunter2\n  # hunter2\n";
        let problem = Diagnostic::error("stack/secret-default", "S", "d").at(&range(file, "hunter2"));
        insta::assert_snapshot!(one(&problem, &Style::PLAIN), @"
        error[stack/secret-default]: S
          │ d
           ╭─[stacks/video.yaml:2:12]
         2 │   default: (secret)
           ·            ────────
           ╰────
        ");
    }

    #[test]
    fn any_range_can_be_drawn() {
        let ends = ["tidegate", "{}", "stack: video\n\nresources:\n", "{ näme"];
        for needle in ends {
            let mut range = range(FILE, needle);
            range.end.offset += 1000;
            one(&Diagnostic::error("a/b", "S", "d").at(&range), &Style::PLAIN);
            range.start.offset = FILE.len();
            one(&Diagnostic::error("a/b", "S", "d").at(&range), &Style::PLAIN);
        }
        let tabs = "a:\t\u{1b}[31mred: wrong\r\n";
        let drawn = one(&Diagnostic::error("a/b", "S", "d").at(&range(tabs, "wrong")), &Style::PLAIN);
        assert!(!drawn.contains('\u{1b}') && !drawn.contains('\r'), "{drawn}");
    }

    #[test]
    fn an_error_has_its_causes_and_a_way_out() {
        let error_text = crate::state::StoreError::Io {
            doing: "write",
            file: "state/video.json".to_owned(),
            source: std::io::Error::other("no space left on device"),
        };
        insta::assert_snapshot!(error(&error_text, Some("free some space"), &Style::PLAIN), @"
        error: cannot write `state/video.json`
          caused by: no space left on device
          hint: free some space
        ");
    }
}
