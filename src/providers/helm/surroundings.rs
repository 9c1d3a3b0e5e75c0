//! The chance and the time that templates see: real ones for an apply, and for a plan some that can be had again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::template::Surroundings;

/// Random bytes from the system, and the time of the apply.
pub(super) struct Real {
    pub(super) now: Duration,
}

impl Surroundings for Real {
    fn random(&self, bytes: &mut [u8]) {
        // The system's source fails on no system we run on; what it would leave are zeros, which no one takes for a password.
        getrandom::fill(bytes).unwrap_or_default();
    }

    fn now(&self) -> Duration {
        self.now
    }
}

/// Chance and time that follow from a number, and whether anyone asked for them.
pub(super) struct Rehearsed {
    seed: u64,
    stream: Mutex<Stream>,
    asked: AtomicBool,
}

#[derive(Default)]
struct Stream {
    block: u64,
    left: Vec<u8>,
}

impl Rehearsed {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, stream: Mutex::default(), asked: AtomicBool::new(false) }
    }

    /// Whether what was rendered depends on the number.
    pub(super) fn was_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Surroundings for Rehearsed {
    fn random(&self, bytes: &mut [u8]) {
        self.asked.store(true, Ordering::Relaxed);
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        while stream.left.len() < bytes.len() {
            let block = Sha256::digest([self.seed.to_le_bytes(), stream.block.to_le_bytes()].concat());
            stream.left.extend(block);
            stream.block += 1;
        }
        let rest = stream.left.split_off(bytes.len());
        bytes.copy_from_slice(&std::mem::replace(&mut stream.left, rest));
    }

    fn now(&self) -> Duration {
        self.asked.store(true, Ordering::Relaxed);
        // Days apart, and at different times of the day, so that every format of a time shows a difference.
        Duration::from_secs(1_700_000_000 + self.seed * 8_000_123)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_gives_the_same_chance_and_another_one_another() {
        let bytes = |seed: u64, sizes: &[usize]| {
            let surroundings = Rehearsed::new(seed);
            let mut all = Vec::new();
            for size in sizes {
                let mut some = vec![0; *size];
                surroundings.random(&mut some);
                all.extend(some);
            }
            assert!(surroundings.was_asked());
            all
        };
        assert_eq!(bytes(1, &[3, 40, 21]), bytes(1, &[64]));
        assert_ne!(bytes(1, &[64]), bytes(2, &[64]));
        assert!(!Rehearsed::new(1).was_asked());
        assert_ne!(Rehearsed::new(1).now(), Rehearsed::new(2).now());
    }
}
