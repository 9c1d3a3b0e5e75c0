//! Charts rendered here and by Helm's own library, and releases here and by the helm command.

mod calls;
#[cfg(feature = "simulator")]
mod clients;
mod hostile;
mod oracle;
mod renders;
