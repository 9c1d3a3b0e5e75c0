//! A thread that writes what is queued: one sync for everything that came while the last one ran.
//!
//! Knows a [`StateStore`] and nothing of what keeps it.

use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use crate::state::{Entry, State, StateStore, StoreError};

/// Owns a store and adds to it in the background, in the order asked.
///
/// After an append that failed, every later one fails too, with the same error, until the
/// journal is closed. Whoever queued it counted on the serials of the ones before, so
/// writing it would join it to the wrong intents.
pub struct Journal {
    /// `None` only while it is being closed.
    queue: Option<mpsc::Sender<Request>>,
    writer: Option<JoinHandle<Writer>>,
}

struct Request {
    entries: Vec<Entry>,
    answer: oneshot::Sender<Result<(), Arc<StoreError>>>,
}

struct Writer {
    store: Box<dyn StateStore>,
    failure: Option<Arc<StoreError>>,
}

impl Journal {
    /// # Errors
    /// When the system has no thread to give.
    pub fn new(store: Box<dyn StateStore>) -> std::io::Result<Self> {
        let (queue, requests) = mpsc::channel();
        let writer = Writer { store, failure: None };
        let writer = std::thread::Builder::new().name("journal".to_owned()).spawn(move || writer.run(&requests))?;
        Ok(Self { queue: Some(queue), writer: Some(writer) })
    }

    /// Queues `entries` and returns at once. The answer comes when they outlive a crash, or never will.
    ///
    /// Dropping the receiver takes nothing back.
    pub fn append(&self, entries: Vec<Entry>) -> oneshot::Receiver<Result<(), Arc<StoreError>>> {
        let (answer, receiver) = oneshot::channel();
        if let Some(queue) = &self.queue {
            // Fails only when the writer has panicked; then the receiver learns that no answer will come.
            let _ = queue.send(Request { entries, answer });
        }
        receiver
    }

    /// Waits for what is queued, lets the store finish with `state`, and gives the store back.
    ///
    /// Blocks the thread for as long as that takes. After a failed append nothing is
    /// finished, and the answer is that failure.
    pub fn close(mut self, state: &State) -> (Box<dyn StateStore>, Result<(), Arc<StoreError>>) {
        drop(self.queue.take());
        let Some(writer) = self.writer.take() else { unreachable!("only closing and dropping take it") };
        let Writer { mut store, failure } = writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let result = match failure {
            Some(failure) => Err(failure),
            None => store.finish(state).map_err(Arc::new),
        };
        (store, result)
    }
}

impl Drop for Journal {
    /// Waits for what is queued, so that the store is let go of when this returns.
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

impl Writer {
    /// Ends when the queue is closed and empty.
    fn run(mut self, requests: &mpsc::Receiver<Request>) -> Self {
        while let Ok(first) = requests.recv() {
            let mut batch = Vec::new();
            let mut answers = Vec::new();
            for request in std::iter::once(first).chain(requests.try_iter()) {
                batch.extend(request.entries);
                answers.push(request.answer);
            }
            let result = self.append(&batch);
            for answer in answers {
                // Whoever asked may have gone.
                let _ = answer.send(result.clone());
            }
        }
        self
    }

    fn append(&mut self, batch: &[Entry]) -> Result<(), Arc<StoreError>> {
        if self.failure.is_none() {
            self.failure = self.store.append(batch).err().map(Arc::new);
        }
        match &self.failure {
            Some(failure) => Err(failure.clone()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryStore;
    use crate::store::samples::{begun, folded, recorded};

    /// Tells how many entries each append brought, and waits for permission to do it.
    struct Slow {
        store: MemoryStore,
        permission: mpsc::Receiver<()>,
        batches: mpsc::Sender<usize>,
    }

    impl StateStore for Slow {
        fn load(&mut self) -> Result<State, StoreError> {
            self.store.load()
        }

        fn append(&mut self, entries: &[Entry]) -> Result<(), StoreError> {
            self.batches.send(entries.len()).unwrap();
            self.permission.recv().unwrap();
            self.store.append(entries)
        }

        fn finish(&mut self, state: &State) -> Result<(), StoreError> {
            self.store.finish(state)
        }

        fn notices(&self) -> &[String] {
            &[]
        }
    }

    #[test]
    fn what_comes_during_a_write_is_written_together_and_in_order() {
        let store = MemoryStore::new(begun());
        let (permit, permission) = mpsc::channel();
        let (batches, sizes) = mpsc::channel();
        let journal = Journal::new(Box::new(Slow { store: store.clone(), permission, batches })).unwrap();
        let history: Vec<_> = (0..10).map(|number| recorded(&format!("r{number}"), number)).collect();
        let first = journal.append(history[..1].to_vec());
        assert_eq!(sizes.recv(), Ok(1));
        let others: Vec<_> = history[1..].chunks(3).map(|entries| journal.append(entries.to_vec())).collect();
        permit.send(()).unwrap();
        assert!(first.blocking_recv().unwrap().is_ok());
        assert_eq!(sizes.recv(), Ok(9));
        permit.send(()).unwrap();
        for other in others {
            assert!(other.blocking_recv().unwrap().is_ok());
        }
        assert_eq!(store.entries().unwrap(), history);
        let (mut back, finished) = journal.close(&folded(&history));
        finished.unwrap();
        assert_eq!(back.load().unwrap(), folded(&history));
    }

    #[test]
    fn after_a_failure_nothing_more_is_written() {
        let store = MemoryStore::new(begun());
        store.fail_after(1);
        let journal = Journal::new(Box::new(store.clone())).unwrap();
        assert!(journal.append(vec![recorded("a", 1)]).blocking_recv().unwrap().is_ok());
        let failure = journal.append(vec![recorded("b", 1)]).blocking_recv().unwrap().unwrap_err();
        let later = journal.append(vec![recorded("c", 1)]).blocking_recv().unwrap().unwrap_err();
        assert!(Arc::ptr_eq(&failure, &later));
        let (_, finished) = journal.close(&folded(&[recorded("a", 1)]));
        assert!(Arc::ptr_eq(&failure, &finished.unwrap_err()));
        assert_eq!(store.entries().unwrap(), [recorded("a", 1)]);
    }

    #[test]
    fn dropping_it_writes_what_is_queued() {
        let store = MemoryStore::new(begun());
        let journal = Journal::new(Box::new(store.clone())).unwrap();
        for number in 0..20 {
            drop(journal.append(vec![recorded("a", number)]));
        }
        drop(journal);
        assert_eq!(store.entries().unwrap().len(), 20);
    }
}
