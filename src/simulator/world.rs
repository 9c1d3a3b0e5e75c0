//! What is there: documents by key, and what readers are shown of them.
//!
//! Clouds answer reads from copies that lag behind. A document that is put with a delay is there at
//! once for whoever changes it, and is shown to readers later. Knows no service.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::record::{Change, Header, Record, WorldError};
use crate::clock::Timestamp;

/// Part of the keys of what is no object, such as tokens that were seen and names that are blocked.
pub(super) const MEMORY: &str = "/memory/";

/// One document. A deleted one stays for as long as readers are still shown it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    now: Option<Json>,
    /// What readers are shown until when, in milliseconds since 1970; the soonest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    shown: Vec<(u64, Option<Json>)>,
}

/// The documents of a world, by keys such as `aws/123456789012/iam/role/keda`.
pub struct World {
    documents: BTreeMap<String, Document>,
    seed: u64,
    /// How many ids and random numbers were drawn.
    drawn: u64,
    /// When the call that is being answered takes effect.
    time: Timestamp,
    touched: BTreeSet<String>,
    record: Option<Record>,
}

impl World {
    /// A new world that is gone when it is dropped. The seed decides its ids and its chances.
    pub fn new(seed: u64) -> Self {
        Self {
            documents: BTreeMap::new(),
            seed,
            drawn: 0,
            time: Duration::ZERO,
            touched: BTreeSet::new(),
            record: None,
        }
    }

    /// The world kept in a folder, or a new one. Every call's effect is in its file before the call is answered.
    ///
    /// # Errors
    /// When the file cannot be read or written, or another process works on it.
    pub fn open(folder: &Path, seed: u64) -> Result<Self, WorldError> {
        let (mut record, loaded) = Record::open(folder, Header::new(seed))?;
        record.tidy(&loaded)?;
        let time = Duration::from_nanos(loaded.time_ns);
        let documents = loaded.documents;
        Ok(Self {
            documents,
            seed: loaded.header.seed,
            drawn: loaded.drawn,
            time,
            touched: BTreeSet::new(),
            record: Some(record),
        })
    }

    /// Another world that goes on from here by itself, and is kept nowhere.
    pub fn copy(&self) -> Self {
        let documents = self.documents.clone();
        Self { documents, drawn: self.drawn, time: self.time, ..Self::new(self.seed) }
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// When something last happened here.
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// When the call that is being answered takes effect.
    pub(super) fn now(&self) -> Timestamp {
        self.time
    }

    /// Begins to answer a call. Time never goes backwards.
    pub(super) fn begin(&mut self, now: Timestamp) {
        self.time = self.time.max(now);
        self.touched.clear();
    }

    /// Puts on file what the call changed.
    pub(super) fn commit(&mut self) -> Result<(), WorldError> {
        let touched = std::mem::take(&mut self.touched);
        let now = self.now_ms();
        for key in &touched {
            if let Some(document) = self.documents.get_mut(key) {
                document.shown.retain(|(until, _)| *until > now);
            }
            if self.documents.get(key) == Some(&Document::default()) {
                self.documents.remove(key);
            }
        }
        let Some(record) = self.record.as_mut() else { return Ok(()) };
        record.tell_time(nanoseconds(self.time))?;
        if touched.is_empty() {
            return Ok(());
        }
        let set = touched.iter().map(|key| (key.as_str(), self.documents.get(key))).collect();
        record.append(&Change { time_ns: nanoseconds(self.time), drawn: self.drawn, set })
    }

    /// What is really there.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        read(self.documents.get(key)?.now.as_ref())
    }

    /// What a reader is shown.
    pub fn shown<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        read(self.documents.get(key)?.shown_at(self.now_ms()))
    }

    /// Everything that is really there below a key that ends with `/`, without that prefix, in order.
    pub fn list<T: DeserializeOwned>(&self, below: &str) -> Vec<(String, T)> {
        self.below(below).filter_map(|(name, document)| Some((name, read(document.now.as_ref())?))).collect()
    }

    /// The first of what is really there below a key that ends with `/`, without that prefix.
    pub(super) fn first<T: DeserializeOwned>(&self, below: &str) -> Option<(String, T)> {
        self.below(below).find_map(|(name, document)| Some((name, read(document.now.as_ref())?)))
    }

    /// What a reader is shown below a key that ends with `/`, without that prefix, in order.
    pub fn list_shown<T: DeserializeOwned>(&self, below: &str) -> Vec<(String, T)> {
        let now = self.now_ms();
        self.below(below).filter_map(|(name, document)| Some((name, read(document.shown_at(now))?))).collect()
    }

    /// The keys of everything that is really there.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.documents.iter().filter(|(_, document)| document.now.is_some()).map(|(key, _)| key.as_str())
    }

    /// The keys of all objects, without what services only remember.
    pub fn objects(&self) -> impl Iterator<Item = &str> {
        self.keys().filter(|key| !key.contains(MEMORY))
    }

    /// Puts a document in, and shows it at once.
    pub fn put<T: Serialize>(&mut self, key: &str, value: &T) {
        self.set(key, serde_json::to_value(value).ok(), Duration::ZERO);
    }

    /// Puts a document in, and shows it after a while.
    pub fn put_late<T: Serialize>(&mut self, key: &str, value: &T, after: Duration) {
        self.set(key, serde_json::to_value(value).ok(), after);
    }

    pub fn remove(&mut self, key: &str) {
        self.set(key, None, Duration::ZERO);
    }

    /// Takes a document away, and goes on showing it for a while.
    pub fn remove_late(&mut self, key: &str, after: Duration) {
        self.set(key, None, after);
    }

    fn set(&mut self, key: &str, value: Option<Json>, after: Duration) {
        let now = self.now_ms();
        let document = self.documents.entry(key.to_owned()).or_default();
        document.shown.retain(|(until, _)| *until > now);
        if after.is_zero() {
            document.shown.clear();
        } else {
            let until = now + u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
            let last = document.now.take();
            // Copies catch up in order.
            let until = document.shown.last().map_or(until, |(earlier, _)| until.max(*earlier));
            document.shown.push((until, last));
        }
        document.now = value;
        if *document == Document::default() {
            self.documents.remove(key);
        }
        self.touched.insert(key.to_owned());
    }

    /// A number that no one else gets, and that the same calls on the same seed get again.
    pub fn draw(&mut self) -> u64 {
        self.drawn += 1;
        number(&[&self.seed.to_le_bytes(), b"draw", &self.drawn.to_le_bytes()])
    }

    /// How long something takes, of the given range: always the same for the same thing.
    pub fn delay(&self, of: &str, least: Duration, most: Duration) -> Duration {
        let share = fraction(number(&[&self.seed.to_le_bytes(), b"delay", of.as_bytes()]));
        least + most.saturating_sub(least).mul_f64(share)
    }

    fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (String, &'a Document)> {
        self.documents
            .range(prefix.to_owned()..)
            .map_while(move |(key, document)| Some((key.strip_prefix(prefix)?.to_owned(), document)))
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.time.as_millis()).unwrap_or(u64::MAX)
    }
}

impl Document {
    fn shown_at(&self, now_ms: u64) -> Option<&Json> {
        match self.shown.iter().find(|(until, _)| *until > now_ms) {
            Some((_, earlier)) => earlier.as_ref(),
            None => self.now.as_ref(),
        }
    }
}

fn read<T: DeserializeOwned>(value: Option<&Json>) -> Option<T> {
    T::deserialize(value?).ok()
}

pub(super) fn nanoseconds(time: Timestamp) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// A number made of these parts, the same every time.
pub(super) fn number(parts: &[&[u8]]) -> u64 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
        hash.update([0]);
    }
    hash.finalize().iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// In `0..1`.
pub(super) fn fraction(number: u64) -> f64 {
    (number >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(world: &mut World, seconds: u64) -> &mut World {
        world.begin(Duration::from_secs(seconds));
        world
    }

    #[test]
    fn readers_see_changes_late_and_in_order() {
        let mut world = World::new(1);
        at(&mut world, 10).put_late("a/x", &1, Duration::from_secs(5));
        at(&mut world, 11).put_late("a/x", &2, Duration::from_secs(1));
        let mut seen = |seconds| at(&mut world, seconds).shown::<u32>("a/x");
        assert_eq!([seen(11), seen(14), seen(15), seen(16)], [None, None, Some(2), Some(2)]);
        assert_eq!(world.get::<u32>("a/x"), Some(2));
        at(&mut world, 20).remove_late("a/x", Duration::from_secs(3));
        assert_eq!((world.get::<u32>("a/x"), world.shown::<u32>("a/x")), (None, Some(2)));
        assert_eq!(at(&mut world, 23).list_shown::<u32>("a/"), []);
    }

    #[test]
    fn a_list_is_of_what_is_below() {
        let mut world = World::new(1);
        ["a/x", "a/y/z", "ab", "b/x"].iter().for_each(|key| world.put(key, key));
        let found: Vec<_> = world.list::<String>("a/").into_iter().map(|(name, _)| name).collect();
        assert_eq!(found, ["x", "y/z"]);
    }

    #[test]
    fn what_is_drawn_is_never_drawn_again() {
        let (mut one, mut other) = (World::new(7), World::new(7));
        let drawn: BTreeSet<_> = (0..100).map(|_| one.draw()).collect();
        assert_eq!(drawn.len(), 100);
        assert!((0..100).all(|_| drawn.contains(&other.draw())));
    }
}
