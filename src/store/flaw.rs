//! What can be wrong with the files of a state, and what to do about it.

use std::path::Path;

use super::assemble::assemble;
use super::files::{self, Files};
use super::snapshot;
use crate::address::StackName;
use crate::state::{FORMAT, StoreError};

#[derive(Debug, PartialEq)]
pub(super) enum Flaw {
    /// The snapshot cannot be read, for this reason.
    Snapshot(String),
    /// There are other files of the state, but no snapshot.
    SnapshotMissing,
    OtherStack {
        found: StackName,
    },
    NewerSnapshot {
        found: u32,
    },
    NewerJournal {
        found: u32,
    },
    /// A line of the journal, counted from 1, is wrong; entries up to serial `last` stand before it.
    Line {
        number: usize,
        what: String,
        last: u64,
    },
    /// A line of the journal is whole, but says what this version does not know.
    UnknownEntry {
        number: usize,
        what: String,
        written_by: String,
    },
    OtherLineage {
        snapshot: String,
        journal: String,
    },
    /// The journal goes on from a later serial than the snapshot's.
    Gap {
        snapshot: u64,
        journal: u64,
    },
}

/// What happens at the next apply to objects the state does not know.
const MARKS: &str = "objects made since then are found by their marks and adopted when the stack still has them; \
    those deleted since are seen to be gone";

impl Flaw {
    /// The error for this flaw, with a remedy that fits the files as they are.
    pub(super) fn error(self, files: &Files) -> StoreError {
        let (snapshot, journal) = (files.snapshot(), files.journal());
        let damaged = |file: &Path, what: String, hint: String| StoreError::Damaged {
            file: file.display().to_string(),
            what,
            hint,
        };
        match self {
            Flaw::NewerSnapshot { found } => newer(&snapshot, found),
            Flaw::NewerJournal { found } => newer(&journal, found),
            Flaw::Snapshot(what) => damaged(&snapshot, what, restore(files)),
            Flaw::SnapshotMissing => {
                damaged(&snapshot, "it is missing, but other files of this state are there".to_owned(), restore(files))
            }
            Flaw::OtherStack { found } => damaged(
                &snapshot,
                format!("it is the state of stack `{found}`, not of `{}`", files.stack()),
                format!("a state belongs to one stack: give it its name back, `{found}.json`, or name the right stack"),
            ),
            Flaw::Line { number, what, last } => {
                damaged(&journal, format!("line {number}: {what}"), cut(files, number, last))
            }
            Flaw::UnknownEntry { number, what, written_by } => damaged(
                &journal,
                format!("line {number} is whole, but this version cannot read it: {what}"),
                format!("use the version that wrote it; the journal was begun by tidegate {written_by}"),
            ),
            Flaw::OtherLineage { snapshot: ours, journal: other } => damaged(
                &journal,
                format!("it belongs to the history {other}, the snapshot to {ours}"),
                format!(
                    "one of the two files comes from somewhere else. If `{}` is the right one, move the journal out \
                     of the folder: the state is then that of the snapshot, and {MARKS}",
                    snapshot.display()
                ),
            ),
            Flaw::Gap { snapshot: ours, journal: from } => damaged(
                &journal,
                format!("it goes on from serial {from}, but the snapshot ends at {ours}"),
                format!(
                    "bring back the snapshot of serial {from}, or move the journal out of the folder: the state is \
                     then that of serial {ours}, and {MARKS}"
                ),
            ),
        }
    }
}

fn newer(file: &Path, found: u32) -> StoreError {
    StoreError::NewerFormat { file: file.display().to_string(), found, known: FORMAT }
}

/// How to get a snapshot back.
fn restore(files: &Files) -> String {
    let (snapshot, backup, journal) = (files.snapshot(), files.backup(), files.journal());
    let backup_bytes = files::read(&backup).ok().flatten();
    let journal_bytes = files::read(&journal).ok().flatten();
    let Some(kept) = backup_bytes.as_deref().and_then(|bytes| snapshot::read(bytes, files.stack()).ok()) else {
        return format!(
            "bring back `{}` from a copy. Without one, move every file of this stack out of the folder and apply \
             again: {MARKS}; what the stack no longer has, you delete by hand",
            snapshot.display()
        );
    };
    let (snapshot, backup) = (snapshot.display(), backup.display());
    let joined = assemble(files.stack(), backup_bytes.as_deref(), journal_bytes.as_deref());
    match joined {
        Ok(Some(joined)) if joined.journal_end.is_some() => format!(
            "put the snapshot before it in its place, `mv {backup} {snapshot}`: the journal goes on from that one, \
             so the state is whole again, at serial {}",
            joined.state.serial
        ),
        _ => format!(
            "move `{}` out of the folder, if it is there, and put the snapshot before the last compaction in place: \
             `mv {backup} {snapshot}`. The state is then that of serial {}: {MARKS}. Run `tidegate plan` and read it \
             before you apply",
            journal.display(),
            kept.serial
        ),
    }
}

/// How to go on from the whole part of a journal.
fn cut(files: &Files, number: usize, last: u64) -> String {
    let journal = files.journal();
    let journal = journal.display();
    if number == 1 {
        return format!(
            "keep a copy of it and move it out of the folder: the state is then that of the snapshot, and {MARKS}"
        );
    }
    format!(
        "bring the file back from a copy, or go on from serial {last}: `cp {journal} {journal}.damaged && head -n {} \
         {journal}.damaged > {journal}`. What the lines from {number} on recorded is then not known: {MARKS}",
        number - 1
    )
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;
    use std::process::Command;

    use super::*;
    use crate::state::{State, StateStore as _};
    use crate::store::LocalFileStore;
    use crate::store::samples::{folder_with_everything, names, open, read, recorded, stack};

    fn put(folder: &Path, name: &str, text: &[u8]) {
        fs::File::create(folder.join(name)).unwrap().write_all(text).unwrap();
    }

    /// What is wrong, and what to do, in a folder that cannot be read.
    fn refused(folder: &Path) -> (String, String) {
        let error = LocalFileStore::read_only(folder, &stack()).unwrap_err();
        assert_eq!(open(folder).load().unwrap_err().to_string(), error.to_string());
        (error.to_string(), error.hint().unwrap())
    }

    /// Runs the commands of a hint as someone would who trusts it.
    fn obey(hint: &str) {
        let commands: Vec<_> = hint
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|text| text.starts_with("mv ") || text.starts_with("cp "))
            .collect();
        assert_eq!(commands.len(), 1, "{hint}");
        assert!(Command::new("sh").args(["-c", commands[0]]).status().unwrap().success());
    }

    fn backup(folder: &Path) -> State {
        snapshot::read(&fs::read(folder.join("sample.json.backup")).unwrap(), &stack()).unwrap()
    }

    #[test]
    fn a_damaged_snapshot_is_replaced_by_the_one_before() {
        let (folder, _) = folder_with_everything();
        let folder = folder.path();
        for damaged in [&b""[..], b"{", b"\0\0\0\0", b"not a state"] {
            put(folder, "sample.json", damaged);
            let (what, hint) = refused(folder);
            assert!(what.contains("sample.json` is damaged: it is "), "{what}");
            assert!(hint.starts_with("move `"), "{hint}");
        }
        let before = backup(folder);
        fs::remove_file(folder.join("sample.journal")).unwrap();
        obey(&refused(folder).1);
        assert_eq!(read(folder), Some(before.clone()));
        let mut store = open(folder);
        store.load().unwrap();
        let notice = format!("is missing: the state is that of its snapshot, serial {}", before.serial);
        assert!(store.notices()[0].ends_with(&notice), "{:?}", store.notices());
        store.append(&[recorded("on", 1)]).unwrap();
        assert_eq!(read(folder).unwrap().serial, before.serial + 1);
    }

    #[test]
    fn while_the_journal_joins_the_backup_nothing_is_lost() {
        let (folder, state) = folder_with_everything();
        let folder = folder.path();
        // As after a crash between the two halves of a compaction.
        let journal = fs::read(folder.join("sample.journal")).unwrap();
        open(folder).compact(&state).unwrap();
        put(folder, "sample.journal", &journal);
        assert_eq!(read(folder), Some(state.clone()));
        fs::remove_file(folder.join("sample.json")).unwrap();
        let (what, hint) = refused(folder);
        assert!(what.ends_with("it is missing, but other files of this state are there"), "{what}");
        assert!(hint.ends_with(&format!("the state is whole again, at serial {}", state.serial)), "{hint}");
        obey(&hint);
        assert_eq!(read(folder), Some(state));
    }

    #[test]
    fn a_missing_snapshot_is_not_an_empty_state() {
        let (folder, _) = folder_with_everything();
        let folder = folder.path();
        fs::remove_file(folder.join("sample.json")).unwrap();
        refused(folder);
        fs::remove_file(folder.join("sample.journal")).unwrap();
        refused(folder);
        fs::remove_file(folder.join("sample.json.backup")).unwrap();
        assert_eq!(read(folder), None);
        put(folder, "sample.journal", b"");
        assert!(refused(folder).1.starts_with("bring back `"));
        assert_eq!(names(folder), ["sample.journal", "sample.lock"]);
    }

    #[test]
    fn a_damaged_journal_is_cut_before_the_damage() {
        let (folder, state) = folder_with_everything();
        let folder = folder.path();
        let mut store = open(folder);
        store.load().unwrap();
        store.append(&[recorded("x", 1), recorded("y", 2)]).unwrap();
        drop(store);
        let text = fs::read_to_string(folder.join("sample.journal")).unwrap();
        put(folder, "sample.journal", text.replace("\"x\"", "\"z\"").as_bytes());
        let (what, hint) = refused(folder);
        assert!(what.ends_with("line 3: its checksum does not match"), "{what}");
        assert!(hint.contains(&format!("go on from serial {}", state.serial)), "{hint}");
        obey(&hint);
        assert_eq!(read(folder), Some(state));
        assert!(names(folder).contains(&"sample.journal.damaged".to_owned()));
    }

    #[test]
    fn what_another_version_wrote_is_said_to_be_so() {
        let (folder, _) = folder_with_everything();
        let folder = folder.path();
        let whole = fs::read_to_string(folder.join("sample.json")).unwrap();
        put(folder, "sample.json", whole.replace("\"format\":1", "\"format\":7,\"new\":[]").as_bytes());
        let (what, hint) = refused(folder);
        assert!(what.ends_with("has format 7, this version reads up to 1"), "{what}");
        assert_eq!(hint, "use the newer tidegate that wrote it");
        put(folder, "sample.json", whole.as_bytes());
        put(folder, "other.json", whole.as_bytes());
        let error = LocalFileStore::read_only(folder, &"other".parse().unwrap()).unwrap_err();
        assert!(error.to_string().ends_with("it is the state of stack `sample`, not of `other`"), "{error}");
    }
}
