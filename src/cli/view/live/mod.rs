//! Live progress on a terminal: what is finished scrolls up, what runs stands below with its time.
//!
//! indicatif draws, repeats and erases; `board` says what there is to draw.

mod board;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use self::board::Board;
use super::Style;
use super::event_lines::outcome;
use super::summary_lines::Ending;
use crate::clock::{Clock, Timestamp};
use crate::engine::{Event, Observer};

/// How often the times and spinners move on.
const TICK: Duration = Duration::from_millis(100);

/// Shows events on a terminal as they come.
pub struct Live {
    style: Style,
    screen: MultiProgress,
    /// That of the run, whose time may be simulated.
    clock: Arc<dyn Clock>,
    now: Mutex<Now>,
}

#[derive(Default)]
struct Now {
    /// The bar and what it shows, while a phase goes on.
    phase: Option<(ProgressBar, Arc<Mutex<Board>>, Timestamp)>,
    ending: Ending,
}

impl Live {
    /// `target` is where to draw, most often [`ProgressDrawTarget::stderr`].
    pub fn new(style: Style, target: ProgressDrawTarget, clock: Arc<dyn Clock>) -> Self {
        Self { style, screen: MultiProgress::with_draw_target(target), clock, now: Mutex::default() }
    }

    /// Writes something else to the terminal, such as a log line, with the progress out of the way.
    pub fn suspend<R>(&self, write: impl FnOnce() -> R) -> R {
        self.screen.suspend(write)
    }

    fn begin(&self, board: Board, now: &mut Now) {
        self.end(now);
        let board = Arc::new(Mutex::new(board));
        let begun = self.clock.now();
        let bar = self.screen.add(ProgressBar::new_spinner().with_style(self.progress_style(&board, begun)));
        bar.enable_steady_tick(TICK);
        now.phase = Some((bar, board, begun));
    }

    /// One bar whose text is the whole board: indicatif splits it into lines, and
    /// one timer moves all of them.
    fn progress_style(&self, board: &Arc<Mutex<Board>>, begun: Timestamp) -> ProgressStyle {
        let (board, clock, style) = (Arc::clone(board), Arc::clone(&self.clock), self.style);
        let draw = move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
            let at = clock.now().saturating_sub(begun);
            let board = board.lock().unwrap_or_else(PoisonError::into_inner);
            // The text goes into a string, which cannot refuse it.
            let _ = out.write_str(&board.rows(at, &style).join("\n"));
        };
        // A template that is one key is always well formed.
        let empty = ProgressStyle::with_template("{board}").unwrap_or_else(|_| ProgressStyle::default_spinner());
        empty.with_key("board", draw)
    }

    fn end(&self, now: &mut Now) {
        if let Some((bar, ..)) = now.phase.take() {
            bar.finish_and_clear();
            self.screen.remove(&bar);
        }
    }

    fn print(&self, text: &str) {
        // A terminal that went away must not stop a run half-way.
        let _ = self.screen.println(text);
    }
}

impl Observer for Live {
    fn observe(&self, event: Event) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let mut counts_only = false;
        if let Some((_, board, begun)) = &now.phase {
            let at = self.clock.now().saturating_sub(*begun);
            let mut board = board.lock().unwrap_or_else(PoisonError::into_inner);
            board.take(&event, at);
            counts_only = board.only_counts_successes() && matches!(event, Event::StepSucceeded { .. });
        }
        now.ending.note(&event);
        match &event {
            Event::PhaseStarted { total: 0, .. } => self.end(&mut now),
            Event::PhaseStarted { phase, total } => self.begin(Board::new(*phase, *total), &mut now),
            Event::PhaseFinished { .. } => self.end(&mut now),
            Event::Applied { done, failed, skipped, elapsed } => {
                self.end(&mut now);
                self.print(&now.ending.text(done, *failed, *skipped, *elapsed, &self.style));
            }
            // It stands in the row of its step.
            Event::StepRetried { .. } | Event::Stopping { .. } => {}
            _ if counts_only => {}
            other => {
                if let Some(line) = outcome(other, &self.style) {
                    self.print(&line);
                }
            }
        }
    }
}

impl Drop for Live {
    /// A run that breaks off leaves no half-drawn rows.
    fn drop(&mut self) {
        let mut now = std::mem::take(self.now.get_mut().unwrap_or_else(PoisonError::into_inner));
        self.end(&mut now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::view::sample;
    use crate::clock::SystemClock;
    use std::io;

    /// Notes all lines that were ever written.
    #[derive(Clone, Debug, Default)]
    struct Paper(Arc<Mutex<String>>);

    impl indicatif::TermLike for Paper {
        fn width(&self) -> u16 {
            100
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(&format!("{text}\n"))
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_run_is_drawn_and_its_end_stays() {
        let paper = Paper::default();
        let target = ProgressDrawTarget::term_like(Box::new(paper.clone()));
        let live = Live::new(Style::PLAIN, target, Arc::new(SystemClock));
        sample::events().into_iter().for_each(|event| live.observe(event));
        drop(live);
        let text = paper.0.lock().unwrap().clone();
        for expected in ["jobs: created in 1.2s", "could not create cluster", "Stopped in 1m 5s"] {
            assert!(text.contains(expected), "{expected} in {text}");
        }
    }

    #[test]
    fn many_threads_do_not_wait_for_each_other() {
        let live =
            Live::new(Style::PLAIN, ProgressDrawTarget::term_like(Box::new(Paper::default())), Arc::new(SystemClock));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..20).flat_map(|_| sample::events()).for_each(|event| live.observe(event)));
            }
        });
    }
}
