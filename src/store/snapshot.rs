//! The text of a snapshot: a state, whole, with a checksum over its exact bytes.
//!
//! Knows nothing of files. The text is spread over lines for people to read,
//! one line a resource, which costs no more than one line for all.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::flaw::Flaw;
use crate::address::StackName;
use crate::state::{FORMAT, State, StoredState};

/// Fields this version does not know are passed over, so that a newer format can still be told from damage.
#[derive(Deserialize)]
struct Envelope<'a> {
    format: u32,
    #[serde(default)]
    checksum: Option<String>,
    #[serde(borrow, default)]
    state: Option<&'a RawValue>,
}

pub(super) fn write(state: &State) -> Result<Vec<u8>, serde_json::Error> {
    let mut body = Vec::new();
    StoredState::from(state)
        .serialize(&mut serde_json::Serializer::with_formatter(&mut body, LinePerResource::default()))?;
    let mut text = format!(
        "{{\n\"format\":{FORMAT},\n\"tidegate\":{version},\n\"checksum\":\"{checksum}\",\n\"state\":",
        version = serde_json::Value::from(env!("CARGO_PKG_VERSION")),
        checksum = checksum(&body),
    )
    .into_bytes();
    text.append(&mut body);
    text.extend_from_slice(b"\n}\n");
    Ok(text)
}

pub(super) fn read(text: &[u8], stack: &StackName) -> Result<State, Flaw> {
    if text.is_empty() {
        return Err(Flaw::Snapshot("it is empty".to_owned()));
    }
    let envelope: Envelope<'_> =
        serde_json::from_slice(text).map_err(|error| Flaw::Snapshot(format!("it is not a snapshot: {error}")))?;
    if envelope.format > FORMAT {
        return Err(Flaw::NewerSnapshot { found: envelope.format });
    }
    let (Some(expected), Some(body)) = (envelope.checksum, envelope.state) else {
        return Err(Flaw::Snapshot("its checksum or its state is missing".to_owned()));
    };
    if checksum(body.get().as_bytes()) != expected {
        return Err(Flaw::Snapshot("its checksum does not match; it was edited or overwritten".to_owned()));
    }
    let stored: StoredState<'_> = serde_json::from_str(body.get())
        .map_err(|error| Flaw::Snapshot(format!("this version cannot read the state in it: {error}")))?;
    if stored.stack != *stack {
        return Err(Flaw::OtherStack { found: stored.stack });
    }
    stored.into_state().ok_or_else(|| Flaw::Snapshot("its seal key is not 32 bytes in base64".to_owned()))
}

fn checksum(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    let mut text = "sha256:".to_owned();
    for byte in Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Starts a line at every field of the state, and at every item of such a field.
#[derive(Default)]
struct LinePerResource {
    depth: usize,
}

/// How deep the lines go: the state's fields are at 1, the resources at 2.
const LINES: usize = 2;

impl LinePerResource {
    fn open<W: ?Sized + std::io::Write>(&mut self, writer: &mut W, bracket: &[u8]) -> std::io::Result<()> {
        self.depth += 1;
        writer.write_all(bracket)
    }

    fn next<W: ?Sized + std::io::Write>(&self, writer: &mut W, first: bool) -> std::io::Result<()> {
        match (first, self.depth <= LINES) {
            (true, true) => writer.write_all(b"\n"),
            (true, false) => Ok(()),
            (false, true) => writer.write_all(b",\n"),
            (false, false) => writer.write_all(b","),
        }
    }

    fn close<W: ?Sized + std::io::Write>(&mut self, writer: &mut W, bracket: &[u8]) -> std::io::Result<()> {
        if self.depth <= LINES {
            writer.write_all(b"\n")?;
        }
        self.depth -= 1;
        writer.write_all(bracket)
    }
}

impl serde_json::ser::Formatter for LinePerResource {
    fn begin_array<W: ?Sized + std::io::Write>(&mut self, writer: &mut W) -> std::io::Result<()> {
        self.open(writer, b"[")
    }

    fn end_array<W: ?Sized + std::io::Write>(&mut self, writer: &mut W) -> std::io::Result<()> {
        self.close(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + std::io::Write>(&mut self, writer: &mut W, first: bool) -> std::io::Result<()> {
        self.next(writer, first)
    }

    fn begin_object<W: ?Sized + std::io::Write>(&mut self, writer: &mut W) -> std::io::Result<()> {
        self.open(writer, b"{")
    }

    fn end_object<W: ?Sized + std::io::Write>(&mut self, writer: &mut W) -> std::io::Result<()> {
        self.close(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(&mut self, writer: &mut W, first: bool) -> std::io::Result<()> {
        self.next(writer, first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::samples::{any_history, folded, stack, state_of_some_size};
    use proptest::prelude::*;

    #[test]
    fn it_can_be_read_by_eye() {
        let text = String::from_utf8(write(&state_of_some_size()).unwrap()).unwrap();
        assert!(text.starts_with("{\n\"format\":1,\n\"tidegate\":\""), "{text}");
        assert_eq!(text.lines().filter(|line| line.starts_with("\"r3\":{\"type\":")).count(), 1, "{text}");
        assert!(text.ends_with("\n}\n}\n"), "{text}");
    }

    #[test]
    fn whatever_is_wrong_is_named() {
        let text = String::from_utf8(write(&state_of_some_size()).unwrap()).unwrap();
        let cases = [
            (String::new(), "empty"),
            ("\0".repeat(400), "not a snapshot"),
            (text[..text.len() / 2].to_owned(), "not a snapshot"),
            ("[]".to_owned(), "not a snapshot"),
            ("{\"format\":1}".to_owned(), "missing"),
            (text.replace("queue", "quEue"), "checksum does not match"),
            (text.replace("\n\"r3\"", "\n \"r3\""), "checksum does not match"),
        ];
        for (text, expected) in cases {
            let Err(Flaw::Snapshot(what)) = read(text.as_bytes(), &stack()) else { panic!("{text} was read") };
            assert!(what.contains(expected), "{what}");
        }
        let newer = text.replace("\"format\":1", "\"format\":2");
        assert!(matches!(read(newer.as_bytes(), &stack()), Err(Flaw::NewerSnapshot { found: 2 })));
        let other = read(text.as_bytes(), &"other".parse().unwrap());
        assert!(matches!(other, Err(Flaw::OtherStack { found }) if found == stack()));
    }

    #[test]
    fn no_byte_of_the_state_can_change_unseen() {
        let state = state_of_some_size();
        let text = write(&state).unwrap();
        for at in 0..text.len() {
            for flip in [0x01, 0x20, 0x80] {
                let mut changed = text.clone();
                changed[at] ^= flip;
                if let Ok(read) = read(&changed, &stack()) {
                    assert_eq!(read, state, "byte {at}");
                }
            }
        }
        for length in 0..text.trim_ascii_end().len() {
            assert!(read(&text[..length], &stack()).is_err(), "{length} bytes were read");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_state_reads_back(history in any_history()) {
            let state = folded(&history);
            prop_assert_eq!(read(&write(&state).unwrap(), &stack()), Ok(state));
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes, &stack());
        }
    }
}
