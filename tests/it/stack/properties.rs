//! Whatever is written.
