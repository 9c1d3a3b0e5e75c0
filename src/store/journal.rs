//! The lines of a journal: a header, then one line an entry, each with its checksum.
//!
//! Knows nothing of files. What a crash can leave at the end is told from what
//! only damage can leave: behind a write that was cut short nothing valid follows.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::flaw::Flaw;
use crate::state::{Entry, FORMAT};

/// What the entries of a journal go on from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub(super) format: u32,
    pub(super) tidegate: String,
    pub(super) lineage: String,
    /// The serial before that of the first entry.
    pub(super) after: u64,
}

/// What a journal holds.
#[derive(Debug)]
pub(super) struct Contents {
    /// `None` when not even that was written whole.
    pub(super) header: Option<Header>,
    /// Those with a serial above the one asked for.
    pub(super) entries: Vec<Entry>,
    /// The serial of the last whole line.
    pub(super) last: u64,
    /// Bytes up to the end of the last whole line.
    pub(super) whole: usize,
    /// Bytes after that.
    pub(super) torn: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderLine<'a> {
    crc: &'a str,
    #[serde(borrow)]
    header: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryLine<'a> {
    serial: u64,
    crc: &'a str,
    #[serde(borrow)]
    entry: &'a RawValue,
}

/// The first bytes of an entry's line, which no other place of a journal can hold:
/// in a JSON text the quotes would be escaped.
const ENTRY_START: &[u8] = b"{\"serial\":";

pub(super) fn header_line(lineage: &str, after: u64) -> Result<Vec<u8>, serde_json::Error> {
    let tidegate = env!("CARGO_PKG_VERSION").to_owned();
    let header = Header { format: FORMAT, tidegate, lineage: lineage.to_owned(), after };
    let text = serde_json::to_string(&header)?;
    Ok(format!("{{\"crc\":\"{}\",\"header\":{text}}}\n", crc(&[&text])).into_bytes())
}

/// The lines of entries that follow serial `last`.
pub(super) fn entry_lines(last: u64, entries: &[Entry]) -> Result<Vec<u8>, serde_json::Error> {
    let mut lines = Vec::new();
    for (serial, entry) in (last + 1..).zip(entries) {
        let text = entry_text(entry)?;
        let crc = crc(&[&serial.to_string(), &text]);
        lines.extend_from_slice(format!("{{\"serial\":{serial},\"crc\":\"{crc}\",\"entry\":{text}}}\n").as_bytes());
    }
    Ok(lines)
}

/// One entry as JSON.
///
/// # Errors
/// When it could not be read back, which would make the whole state unreadable:
/// values nested too deep, or names that were never checked.
pub(super) fn entry_text(entry: &Entry) -> Result<String, serde_json::Error> {
    let text = serde_json::to_string(entry)?;
    // serde_json reads down to a fixed depth, and a snapshot nests deeper than a line.
    serde_json::from_str::<[[[Entry; 1]; 1]; 1]>(&format!("[[[{text}]]]"))?;
    Ok(text)
}

/// Reads what follows serial `known`.
pub(super) fn read(bytes: &[u8], known: u64) -> Result<Contents, Flaw> {
    let mut contents = Contents { header: None, entries: Vec::new(), last: 0, whole: 0, torn: bytes.len() };
    let Some((header, mut rest)) = first_line(bytes).and_then(|(line, rest)| Some((header_in(line)?, rest))) else {
        return torn_or_damaged(bytes, 0, 1, 0).map(|()| contents);
    };
    let header = header?;
    contents.last = header.after;
    contents.header = Some(header);
    let mut line_number = 1;
    loop {
        contents.torn = rest.len();
        contents.whole = bytes.len() - rest.len();
        line_number += 1;
        let Some((line, after)) = first_line(rest).and_then(|(line, after)| Some((entry_in(line)?, after))) else {
            // What stands at the very start lacks its end, if nothing else: it was never confirmed.
            return torn_or_damaged(rest, 1, line_number, contents.last).map(|()| contents);
        };
        if Some(line.serial) != contents.last.checked_add(1) {
            let what = format!("serial {} follows {}", line.serial, contents.last);
            return Err(Flaw::Line { number: line_number, what, last: contents.last });
        }
        contents.last = line.serial;
        if line.serial > known {
            let entry = serde_json::from_str(line.entry.get());
            contents.entries.push(entry.map_err(|error| Flaw::UnknownEntry {
                number: line_number,
                what: error.to_string(),
                written_by: contents.header.as_ref().map(|header| header.tidegate.clone()).unwrap_or_default(),
            })?);
        }
        rest = after;
    }
}

/// A complete line without its end, and what follows it.
fn first_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((&bytes[..end], &bytes[end + 1..]))
}

/// The header in a line; `None` if the line is not whole.
fn header_in(line: &[u8]) -> Option<Result<Header, Flaw>> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }

    let line: HeaderLine<'_> = serde_json::from_slice(line).ok()?;
    let text = line.header.get();
    if crc(&[text]) != line.crc {
        return None;
    }
    // The format comes first: a newer header may well have other fields.
    let format = serde_json::from_str::<Format>(text).ok()?.format;
    if format > FORMAT {
        return Some(Err(Flaw::NewerJournal { found: format }));
    }
    let header = serde_json::from_str(text);
    Some(header.map_err(|error| Flaw::Line { number: 1, what: format!("not a header: {error}"), last: 0 }))
}

/// The entry in a line; `None` if the line is not whole.
fn entry_in(line: &[u8]) -> Option<EntryLine<'_>> {
    serde_json::from_slice(line).ok().filter(is_whole)
}

fn is_whole(line: &EntryLine<'_>) -> bool {
    crc(&[&line.serial.to_string(), line.entry.get()]) == line.crc
}

/// Decides on `rest`, which starts with a line that is not whole: the torn end of the file, or damage.
///
/// It is damage when a whole entry starts anywhere from `from` on.
fn torn_or_damaged(rest: &[u8], from: usize, number: usize, last: u64) -> Result<(), Flaw> {
    // Looked for at every place, not only at line starts: it may be the line's end that is damaged.
    let valid_follows = (from..rest.len()).any(|at| {
        rest[at..].starts_with(ENTRY_START)
            && serde_json::Deserializer::from_slice(&rest[at..])
                .into_iter::<EntryLine<'_>>()
                .next()
                .is_some_and(|line| line.is_ok_and(|line| is_whole(&line)))
    });
    match valid_follows {
        true => Err(Flaw::Line { number, what: "its checksum does not match".to_owned(), last }),
        false => Ok(()),
    }
}

/// CRC-32 of the parts, one after the other, in eight lower-case hex digits.
fn crc(parts: &[&str]) -> String {
    let mut hasher = crc32fast::Hasher::new();
    for part in parts {
        hasher.update(part.as_bytes());
    }
    format!("{:08x}", hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Address;
    use crate::state::IntentOperation;
    use crate::state::Record;
    use crate::store::samples::intent;
    use crate::store::samples::{begun, record, recorded, stack};
    use crate::store::snapshot;
    use crate::value::Value;

    fn nested(depth: usize) -> Record {
        let mut record = record(1);
        let value = (0..depth).fold(Value::Null, |inner, _| Value::List(vec![inner]));
        record.attributes.insert("deep".to_owned(), value);
        record
    }

    #[test]
    fn the_lines_are_as_documented() {
        let header = String::from_utf8(header_line("l", 4).unwrap()).unwrap();
        let version = env!("CARGO_PKG_VERSION");
        let content = format!("{{\"format\":1,\"tidegate\":\"{version}\",\"lineage\":\"l\",\"after\":4}}");
        assert_eq!(header, format!("{{\"crc\":\"{}\",\"header\":{content}}}\n", crc(&[&content])));
        let entry = Entry::Forgotten { address: Address::single("a") };
        let line = String::from_utf8(entry_lines(4, &[entry]).unwrap()).unwrap();
        assert_eq!(line, "{\"serial\":5,\"crc\":\"3f84f3b0\",\"entry\":{\"forgotten\":{\"address\":\"a\"}}}\n");
    }

    #[test]
    fn what_could_not_be_read_back_is_not_written() {
        assert!(entry_text(&recorded("Not A Name", 1)).is_err());
        assert!(entry_text(&recorded("vars", 1)).is_err());
        // As deep as an entry may be, a snapshot can hold it too, wherever it stands.
        let mut accepted = 0;
        for depth in 100..140 {
            let entry = Entry::Recorded { address: Address::single("a"), record: Box::new(nested(depth)) };
            if entry_text(&entry).is_err() {
                continue;
            }
            accepted += 1;
            let mut state = begun();
            state.apply(&entry);
            // Another identity at the address sets the deep one aside.
            state.apply(&Entry::Intended(intent(
                Address::single("a"),
                IntentOperation::Update { planned: Box::new(record(1)) },
            )));
            state.apply(&Entry::Succeeded { intent: state.serial, at_s: 0, record: Some(Box::new(record(1))) });
            let text = snapshot::write(&state).unwrap();
            assert_eq!(snapshot::read(&text, &stack()), Ok(state), "depth {depth}");
        }
        assert!((1..40).contains(&accepted));
    }

    #[test]
    fn a_header_of_a_newer_format_is_told_from_damage() {
        let content = "{\"format\":2,\"something\":\"new\"}";
        let line = format!("{{\"crc\":\"{}\",\"header\":{content}}}\n", crc(&[content]));
        assert_eq!(read(line.as_bytes(), 0).unwrap_err(), Flaw::NewerJournal { found: 2 });
    }

    #[test]
    fn a_whole_line_this_version_cannot_read_is_not_passed_over() {
        let mut text = header_line("l", 0).unwrap();
        let entry = "{\"merged\":{}}";
        text.extend(format!("{{\"serial\":1,\"crc\":\"{}\",\"entry\":{entry}}}\n", crc(&["1", entry])).into_bytes());
        assert!(matches!(read(&text, 0), Err(Flaw::UnknownEntry { number: 2, .. })));
    }
}
