//! How a snapshot and a journal make a state. Knows nothing of files.

use super::flaw::Flaw;
use super::journal::Header;
use super::{journal, snapshot};
use crate::address::StackName;
use crate::state::State;

/// A state, and how the texts it came from stand to it.
#[derive(Debug)]
pub(super) struct Assembled {
    pub(super) state: State,
    pub(super) snapshot_serial: u64,
    /// How many bytes of the journal are whole, if the next entry can go behind them.
    pub(super) journal_end: Option<usize>,
    /// Bytes at the journal's end that were never written whole.
    pub(super) torn: usize,
}

/// The state in the two texts, or `None` when there is neither.
pub(super) fn assemble(
    stack: &StackName,
    snapshot: Option<&[u8]>,
    journal: Option<&[u8]>,
) -> Result<Option<Assembled>, Flaw> {
    let mut state = match (snapshot, journal) {
        (None, None) => return Ok(None),
        // A snapshot is on disk before its journal is made, so someone took it away.
        (None, Some(_)) => return Err(Flaw::SnapshotMissing),
        (Some(text), _) => snapshot::read(text, stack)?,
    };
    let snapshot_serial = state.serial;
    let (mut journal_end, mut torn) = (None, 0);
    if let Some(bytes) = journal {
        let contents = journal::read(bytes, snapshot_serial)?;
        torn = contents.torn;
        if let Some(header) = &contents.header {
            joins(header, &state)?;
            for entry in &contents.entries {
                state.apply(entry);
            }
            // A snapshot may be ahead of a journal whose end was lost. Then a new journal is needed.
            journal_end = (contents.last == state.serial).then_some(contents.whole);
        }
    }
    Ok(Some(Assembled { state, snapshot_serial, journal_end, torn }))
}

/// Whether a journal with this header goes on from this snapshot.
fn joins(header: &Header, snapshot: &State) -> Result<(), Flaw> {
    if header.lineage != snapshot.lineage {
        return Err(Flaw::OtherLineage { snapshot: snapshot.lineage.clone(), journal: header.lineage.clone() });
    }
    if header.after > snapshot.serial {
        return Err(Flaw::Gap { snapshot: snapshot.serial, journal: header.after });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Entry;
    use crate::store::samples::{any_history, begun, folded, history_of_every_kind, recorded, stack, stages};
    use proptest::prelude::*;

    fn journal_of(history: &[Entry]) -> Vec<u8> {
        journal_after(&begun(), history)
    }

    fn journal_after(state: &State, history: &[Entry]) -> Vec<u8> {
        let mut text = journal::header_line(&state.lineage, state.serial).unwrap();
        text.extend(journal::entry_lines(state.serial, history).unwrap());
        text
    }

    fn load(snapshot: &State, journal: &[u8]) -> Result<Assembled, Flaw> {
        let snapshot = snapshot::write(snapshot).unwrap();
        assemble(&stack(), Some(&snapshot), Some(journal)).map(|assembled| assembled.unwrap())
    }

    #[test]
    fn every_length_of_a_journal_gives_a_first_part_of_its_history() {
        let history = history_of_every_kind();
        let stages = stages(&history);
        let text = journal_of(&history);
        let mut reached = 0;
        for length in 0..=text.len() {
            let assembled = load(&begun(), &text[..length]).unwrap();
            let entries = text[..length].iter().filter(|byte| **byte == b'\n').count().saturating_sub(1);
            assert_eq!(assembled.state, stages[entries], "{length} bytes");
            let whole = assembled.journal_end.unwrap_or(0);
            assert_eq!(whole + assembled.torn, length);
            assert!(whole == 0 || text[whole - 1] == b'\n');
            reached = entries;
        }
        assert_eq!(reached, history.len());
    }

    #[test]
    fn a_torn_end_may_hold_zeros_or_what_was_there_before() {
        let history = history_of_every_kind();
        let text = journal_of(&history);
        let cut = text.len() - 100;
        for (count, byte) in [(100, 0), (9000, 0), (4096, b'x'), (3, b'\n')] {
            let mut torn = text[..cut].to_vec();
            torn.resize(cut + count, byte);
            let assembled = load(&begun(), &torn).unwrap();
            assert_eq!(assembled.state, folded(&history[..history.len() - 1]));
            let mut torn = text.clone();
            torn.resize(text.len() + count, byte);
            let assembled = load(&begun(), &torn).unwrap();
            assert_eq!((assembled.state, assembled.torn), (folded(&history), count));
        }
    }

    #[test]
    fn no_byte_of_a_journal_can_change_unseen() {
        let history = history_of_every_kind();
        let (whole, but_last) = (folded(&history), folded(&history[..history.len() - 1]));
        let text = journal_of(&history);
        let last_line = text[..text.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
        for at in 0..text.len() {
            let old = text[at];
            for new in [old ^ 0x01, old ^ 0x20, old ^ 0x80, 0, b'\n', b' ', b'"', b'}'] {
                if new == old {
                    continue;
                }
                let mut changed = text.clone();
                changed[at] = new;
                match load(&begun(), &changed) {
                    Ok(assembled) => {
                        assert!(at >= last_line, "byte {at} as {new} went unseen");
                        assert_eq!(assembled.state, but_last, "byte {at} as {new}");
                    }
                    Err(Flaw::Line { number, .. }) => {
                        let line = text[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
                        assert_eq!(number, line, "byte {at} as {new}");
                    }
                    Err(other) => panic!("byte {at} as {new}: {other:?}"),
                }
            }
        }
        assert_eq!(load(&begun(), &text).unwrap().state, whole);
    }

    #[test]
    fn a_missing_doubled_or_swapped_line_is_damage() {
        let text = String::from_utf8(journal_of(&history_of_every_kind())).unwrap();
        let lines: Vec<_> = text.split_inclusive('\n').collect();
        for at in 1..lines.len() - 1 {
            let missing = [&lines[..at], &lines[at + 1..]].concat().concat();
            assert!(matches!(load(&begun(), missing.as_bytes()), Err(Flaw::Line { number, .. }) if number == at + 1));
            let doubled = [&lines[..=at], &lines[at..]].concat().concat();
            assert!(matches!(load(&begun(), doubled.as_bytes()), Err(Flaw::Line { number, .. }) if number == at + 2));
            let mut swapped = lines.clone();
            swapped.swap(at, at + 1);
            assert!(matches!(load(&begun(), swapped.concat().as_bytes()), Err(Flaw::Line { .. })));
        }
        let headless = lines[1..].concat();
        assert!(matches!(load(&begun(), headless.as_bytes()), Err(Flaw::Line { number: 1, .. })));
        assert!(matches!(load(&begun(), lines[1].as_bytes()), Err(Flaw::Line { number: 1, .. })));
    }

    #[test]
    fn what_the_snapshot_has_is_skipped() {
        let history = history_of_every_kind();
        for (length, stage) in stages(&history).iter().enumerate() {
            let assembled = load(stage, &journal_of(&history)).unwrap();
            assert_eq!((assembled.state, assembled.snapshot_serial), (folded(&history), length as u64));
            assert!(assembled.journal_end.is_some());
        }
        let behind = load(&folded(&history), &journal_of(&history[..3])).unwrap();
        assert_eq!((behind.state, behind.journal_end), (folded(&history), None));
    }

    #[test]
    fn files_that_do_not_belong_together_are_refused() {
        let history = history_of_every_kind();
        let state = folded(&history);
        let mut other = state.clone();
        other.lineage = "another".to_owned();
        assert!(matches!(load(&other, &journal_of(&history)), Err(Flaw::OtherLineage { .. })));
        let later = journal_after(&state, &[recorded("a", 1)]);
        let older = load(&folded(&history[..4]), &later);
        assert_eq!(older.unwrap_err(), Flaw::Gap { snapshot: 4, journal: state.serial });
        assert_eq!(assemble(&stack(), None, Some(&later)).unwrap_err(), Flaw::SnapshotMissing);
        assert!(assemble(&stack(), None, None).unwrap().is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn a_snapshot_at_any_point_gives_the_same_state(history in any_history(), at in any::<proptest::sample::Index>()) {
            let snapshot = folded(&history[..at.index(history.len() + 1)]);
            prop_assert_eq!(load(&snapshot, &journal_of(&history)).unwrap().state, folded(&history));
            let rest = journal_after(&snapshot, &history[snapshot.serial as usize..]);
            prop_assert_eq!(load(&snapshot, &rest).unwrap().state, folded(&history));
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = load(&begun(), &bytes);
            let _ = assemble(&stack(), Some(&bytes), None);
        }

        /// Overwriting a stretch anywhere gives an error or a first part of the history.
        #[test]
        fn no_overwritten_stretch_gives_another_state(
            history in any_history(),
            at in any::<proptest::sample::Index>(),
            bytes in proptest::collection::vec(any::<u8>(), 1..80),
        ) {
            let mut text = journal_of(&history);
            let start = at.index(text.len());
            let end = (start + bytes.len()).min(text.len());
            text.splice(start..end, bytes);
            if let Ok(assembled) = load(&begun(), &text) {
                prop_assert!(stages(&history).contains(&assembled.state));
            }
        }
    }
}
