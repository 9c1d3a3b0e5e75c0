//! Where states are kept.
