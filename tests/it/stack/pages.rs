//! The pages under `docs/`.
