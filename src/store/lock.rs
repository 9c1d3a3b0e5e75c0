//! One writer at a time: the operating system's lock on a file that names its holder.
//!
//! The system lets go of the lock when the process ends, however it ends. The
//! file stays: whoever deleted it could take it from under one who just opened it.

use std::fs::{self, File, TryLockError};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use super::files;
use crate::clock::Clock;
use crate::state::{Holder, StoreError};

const POLL: Duration = Duration::from_millis(50);

/// Held for as long as this lives.
pub(super) struct Lock(File);

impl Lock {
    /// Waits at most `timeout`. Blocks the thread.
    pub(super) fn acquire(
        path: &Path,
        holder: &Holder,
        timeout: Duration,
        clock: &dyn Clock,
    ) -> Result<Self, StoreError> {
        let file = files::open_lock(path).map_err(files::failed("open", path))?;
        let begun = clock.now();
        let mut slept = Duration::ZERO;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self::held(file, holder)),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(files::failed("lock", path)(error)),
            }
            // The clock may stand still, as in tests, so what was slept counts too.
            let waited = clock.now().saturating_sub(begun).max(slept);
            if waited >= timeout {
                return Err(StoreError::Locked { file: path.display().to_string(), holder: named_in(path) });
            }
            let nap = POLL.min(timeout - waited);
            std::thread::sleep(nap);
            slept += nap;
        }
    }

    /// Names the holder. It is the lock that counts, so on a full disk it stays nameless.
    fn held(mut file: File, holder: &Holder) -> Self {
        let text = serde_json::to_vec(holder).unwrap_or_default();
        let _ = files::keep_private(&file);
        let _ = file.set_len(0).and_then(|()| file.write_all(&text));
        Self(file)
    }
}

impl Drop for Lock {
    /// Takes the name out first, so that the next holder is not mistaken for this one.
    fn drop(&mut self) {
        let _ = self.0.set_len(0);
        // Closing is not enough: a process that is just being started holds a copy until it is someone else.
        let _ = self.0.unlock();
    }
}

/// The holder as far as the file tells. It may be read between locking and writing, or cut short.
fn named_in(path: &Path) -> Holder {
    fs::read(path).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{ManualClock, SystemClock};

    fn apply() -> Holder {
        Holder { process: 7, host: "build-1".into(), command: "apply".into(), since: "2025-01-01T00:00:00Z".into() }
    }

    #[test]
    fn a_second_one_is_told_who_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        let lock = Lock::acquire(&path, &apply(), Duration::ZERO, &SystemClock).unwrap();
        let refused = Lock::acquire(&path, &Holder::default(), Duration::from_millis(120), &ManualClock::default());
        let Err(StoreError::Locked { holder, .. }) = refused else { panic!("both hold it") };
        assert_eq!(holder, apply());
        drop(lock);
        assert!(Lock::acquire(&path, &apply(), Duration::ZERO, &SystemClock).is_ok());
        assert!(path.exists());
    }

    #[test]
    fn it_is_free_even_while_a_new_process_has_a_copy_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        let lock = Lock::acquire(&path, &apply(), Duration::ZERO, &SystemClock).unwrap();
        let _copy = lock.0.try_clone().unwrap();
        drop(lock);
        assert!(Lock::acquire(&path, &apply(), Duration::ZERO, &SystemClock).is_ok());
    }

    #[test]
    fn it_is_taken_as_soon_as_it_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        let lock = Lock::acquire(&path, &apply(), Duration::ZERO, &SystemClock).unwrap();
        let other = std::thread::spawn({
            let path = path.clone();
            move || Lock::acquire(&path, &apply(), Duration::from_secs(60), &SystemClock).map(drop)
        });
        std::thread::sleep(Duration::from_millis(80));
        drop(lock);
        assert!(other.join().unwrap().is_ok());
    }

    #[test]
    fn a_holder_without_a_readable_name_still_makes_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        let _lock = Lock::acquire(&path, &apply(), Duration::ZERO, &SystemClock).unwrap();
        for text in ["", "{\"process\":7,\"ho", "\0\0\0", "null"] {
            fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
            let refused = Lock::acquire(&path, &apply(), Duration::ZERO, &SystemClock);
            let message = refused.err().unwrap().to_string();
            assert!(message.ends_with("is locked by another process, which has not written its name yet"), "{message}");
        }
    }
}
