//! How long waits learn that whoever asked for them wants to go.

use tokio::sync::watch;

/// Tells a provider that it should not go on waiting for what takes long.
///
/// A call that is under way is finished; what it set in motion goes on by itself, and the next run waits for it.
#[derive(Clone, Debug)]
pub struct Interrupt(Option<watch::Receiver<bool>>);

/// The other end of an [`Interrupt`].
#[derive(Debug)]
pub struct Interrupter(watch::Sender<bool>);

impl Interrupt {
    /// One that never comes.
    pub const NEVER: Interrupt = Interrupt(None);

    pub fn is_asked(&self) -> bool {
        self.0.as_ref().is_some_and(|receiver| *receiver.borrow())
    }

    /// Returns once it is asked for, which may be never.
    pub async fn asked(&self) {
        if let Some(receiver) = &self.0
            && receiver.clone().wait_for(|asked| *asked).await.is_ok()
        {
            return;
        }
        std::future::pending().await
    }
}

impl Default for Interrupter {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Interrupter {
    pub fn interrupt(&self) -> Interrupt {
        Interrupt(Some(self.0.subscribe()))
    }

    pub fn ask(&self) {
        self.0.send_replace(true);
    }
}
