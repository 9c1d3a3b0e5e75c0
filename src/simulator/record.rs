//! The files of a world: one line for every call that changed something, and the time of the last call.
//!
//! A line is written before its call is answered, so killing a process loses nothing that anyone was
//! told. It is not synced: a machine that loses power may lose the last seconds of a simulation.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::world::Document;

const FORMAT: u32 = 1;
const FILE: &str = "world.jsonl";
const LOCK: &str = "world.lock";
/// What was shown to a reader must not be hidden from the next one, so the time of every call is kept. It stands
/// here, in nanoseconds since 1970 and always as many digits, and not in a line of its own for every call.
const TIME: &str = "world.time";
/// A record is made anew when it has this many lines, and four times as many as there are documents.
const WORTH_TIDYING: usize = 1000;

/// Why the file of a world cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    #[error("cannot {doing} the simulated world in {}", folder.display())]
    Io {
        doing: &'static str,
        folder: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("another process works on the simulated world in {}", folder.display())]
    InUse { folder: PathBuf },
    #[error("line {line} of {} cannot be read: {reason}", file.display())]
    Damaged { file: PathBuf, line: usize, reason: String },
    #[error("the simulated world in {} has format {found}, this version reads {FORMAT}", folder.display())]
    Format { folder: PathBuf, found: u32 },
}

impl WorldError {
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Io { .. } => "see to the folder and its permissions",
            Self::InUse { .. } => "wait for it, or use another folder with --state-dir",
            Self::Damaged { .. } | Self::Format { .. } => "nothing in it is real: delete the folder to begin anew",
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    tidegate_world: u32,
    pub(super) seed: u64,
}

impl Header {
    pub(super) fn new(seed: u64) -> Self {
        Self { tidegate_world: FORMAT, seed }
    }
}

/// What one call changed.
#[derive(Serialize)]
pub(super) struct Change<'a> {
    pub(super) time_ns: u64,
    pub(super) drawn: u64,
    pub(super) set: BTreeMap<&'a str, Option<&'a Document>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadChange {
    time_ns: u64,
    drawn: u64,
    set: BTreeMap<String, Option<Document>>,
}

/// A world as its file has it.
pub(super) struct Loaded {
    pub(super) header: Header,
    pub(super) time_ns: u64,
    pub(super) drawn: u64,
    pub(super) documents: BTreeMap<String, Document>,
    lines: usize,
}

pub(super) struct Record {
    folder: PathBuf,
    file: File,
    time: File,
    /// Held for as long as the world is open.
    _lock: File,
}

impl Record {
    /// Opens the file, or begins one.
    pub(super) fn open(folder: &Path, new: Header) -> Result<(Self, Loaded), WorldError> {
        let failed = |doing| {
            let folder = folder.to_owned();
            move |source| WorldError::Io { doing, folder, source }
        };
        std::fs::create_dir_all(folder).map_err(failed("make a folder for"))?;
        let private = |path: PathBuf| OpenOptions::new().append(true).create(true).read(true).mode(0o600).open(path);
        let lock = private(folder.join(LOCK)).map_err(failed("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(WorldError::InUse { folder: folder.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(failed("lock")(source)),
        }
        let mut file = private(folder.join(FILE)).map_err(failed("open"))?;
        let mut loaded = load(folder, &mut file, new)?;
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut time = options.open(folder.join(TIME)).map_err(failed("open"))?;
        let mut text = String::new();
        time.read_to_string(&mut text).map_err(failed("read"))?;
        loaded.time_ns = loaded.time_ns.max(text.trim().parse().unwrap_or_default());
        Ok((Self { folder: folder.to_owned(), file, time, _lock: lock }, loaded))
    }

    pub(super) fn append(&mut self, change: &Change<'_>) -> Result<(), WorldError> {
        let mut line = serde_json::to_vec(change).unwrap_or_default();
        line.push(b'\n');
        self.file.write_all(&line).map_err(|source| self.failed("write", source))
    }

    /// Keeps the time of a call.
    pub(super) fn tell_time(&mut self, time_ns: u64) -> Result<(), WorldError> {
        self.time.write_all_at(format!("{time_ns:020}\n").as_bytes(), 0).map_err(|source| self.failed("write", source))
    }

    /// Begins a shorter file when this one has grown long with what is no longer so.
    pub(super) fn tidy(&mut self, loaded: &Loaded) -> Result<(), WorldError> {
        if loaded.lines < WORTH_TIDYING.max(loaded.documents.len() * 4) {
            return Ok(());
        }
        let beside = self.folder.join(format!("{FILE}.new"));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).read(true).mode(0o600);
        let mut file = options.open(&beside).map_err(|source| self.failed("tidy", source))?;
        let set = loaded.documents.iter().map(|(key, document)| (key.as_str(), Some(document))).collect();
        let change = Change { time_ns: loaded.time_ns, drawn: loaded.drawn, set };
        let mut text = serde_json::to_vec(&loaded.header).unwrap_or_default();
        text.push(b'\n');
        text.extend(serde_json::to_vec(&change).unwrap_or_default());
        text.push(b'\n');
        file.write_all(&text)
            .and_then(|()| std::fs::rename(&beside, self.folder.join(FILE)))
            .map_err(|source| self.failed("tidy", source))?;
        self.file = file;
        Ok(())
    }

    fn failed(&self, doing: &'static str, source: std::io::Error) -> WorldError {
        WorldError::Io { doing, folder: self.folder.clone(), source }
    }
}

fn load(folder: &Path, file: &mut File, new: Header) -> Result<Loaded, WorldError> {
    let failed = |doing| move |source| WorldError::Io { doing, folder: folder.to_owned(), source };
    let mut loaded = Loaded { header: new, time_ns: 0, drawn: 0, documents: BTreeMap::new(), lines: 0 };
    let mut whole = 0;
    let mut lines = BufReader::new(&*file);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = lines.read_until(b'\n', &mut line).map_err(failed("read"))?;
        // A line without its end was being written when the process was killed; its call was never answered.
        if read == 0 || line.last() != Some(&b'\n') {
            break;
        }
        whole += read as u64;
        loaded.lines += 1;
        take(folder, &line, &mut loaded)?;
    }
    file.set_len(whole).map_err(failed("mend"))?;
    if whole == 0 {
        let mut line = serde_json::to_vec(&loaded.header).unwrap_or_default();
        line.push(b'\n');
        file.write_all(&line).map_err(failed("write"))?;
    }
    Ok(loaded)
}

fn take(folder: &Path, line: &[u8], loaded: &mut Loaded) -> Result<(), WorldError> {
    let damaged = |error: serde_json::Error| WorldError::Damaged {
        file: folder.join(FILE),
        line: loaded.lines,
        reason: error.to_string(),
    };
    if loaded.lines == 1 {
        let header: Header = serde_json::from_slice(line).map_err(damaged)?;
        if header.tidegate_world != FORMAT {
            return Err(WorldError::Format { folder: folder.to_owned(), found: header.tidegate_world });
        }
        loaded.header = header;
        return Ok(());
    }
    let change: ReadChange = serde_json::from_slice(line).map_err(damaged)?;
    (loaded.time_ns, loaded.drawn) = (change.time_ns, change.drawn);
    for (key, document) in change.set {
        match document {
            Some(document) => loaded.documents.insert(key, document),
            None => loaded.documents.remove(&key),
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::World;
    use super::*;
    use std::time::Duration;

    fn put(world: &mut World, seconds: u64, key: &str) {
        world.begin(Duration::from_secs(seconds));
        world.draw();
        world.put(key, &seconds);
        world.commit().unwrap();
    }

    #[test]
    fn what_was_answered_is_there_after_a_kill_at_any_byte() {
        let folder = tempfile::tempdir().unwrap();
        let mut world = World::open(folder.path(), 3).unwrap();
        (1..=4).for_each(|at| put(&mut world, at, &format!("k/{}", at % 3)));
        drop(world);
        let file = folder.path().join(FILE);
        let whole = std::fs::read(&file).unwrap();
        for length in 0..=whole.len() {
            File::create(&file).unwrap().write_all(&whole[..length]).unwrap();
            std::fs::remove_file(folder.path().join(TIME)).unwrap();
            let world = World::open(folder.path(), 3).unwrap();
            let lines = whole[..length].iter().filter(|byte| **byte == b'\n').count() as u64;
            let last = lines.saturating_sub(1);
            assert_eq!(world.time(), Duration::from_secs(last), "{length}");
            assert_eq!(world.list::<u64>("k/").len() as u64, last.min(3));
        }
    }

    #[test]
    fn a_world_is_worked_on_by_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let world = World::open(folder.path(), 3).unwrap();
        assert!(matches!(World::open(folder.path(), 3), Err(WorldError::InUse { .. })));
        drop(world);
        assert!(World::open(folder.path(), 3).is_ok());
    }

    #[test]
    fn a_long_file_is_made_short() {
        let folder = tempfile::tempdir().unwrap();
        let mut world = World::open(folder.path(), 3).unwrap();
        (0..1200).for_each(|at| put(&mut world, at, "k/same"));
        let drawn = world.draw();
        drop(world);
        let long = folder.path().join(FILE).metadata().unwrap().len();
        let mut world = World::open(folder.path(), 9).unwrap();
        assert!(folder.path().join(FILE).metadata().unwrap().len() * 100 < long);
        assert_eq!((world.seed(), world.get::<u64>("k/same")), (3, Some(1199)));
        assert_eq!(world.draw(), drawn, "draws go on where the last answered call left them");
        put(&mut world, 2000, "k/more");
        drop(world);
        assert_eq!(World::open(folder.path(), 3).unwrap().list::<u64>("k/").len(), 2);
    }

    #[test]
    fn time_does_not_go_back_to_the_last_change() {
        let folder = tempfile::tempdir().unwrap();
        let mut world = World::open(folder.path(), 3).unwrap();
        put(&mut world, 10, "k/a");
        world.begin(Duration::from_secs(70));
        world.commit().unwrap();
        drop(world);
        assert_eq!(World::open(folder.path(), 3).unwrap().time(), Duration::from_secs(70));
    }

    #[test]
    fn a_damaged_file_says_where() {
        let folder = tempfile::tempdir().unwrap();
        put(&mut World::open(folder.path(), 3).unwrap(), 1, "k/a");
        let mut file = OpenOptions::new().append(true).open(folder.path().join(FILE)).unwrap();
        file.write_all(b"{}\n").unwrap();
        let error = World::open(folder.path(), 3).err().unwrap().to_string();
        assert!(error.starts_with("line 3 of "), "{error}");
    }
}
