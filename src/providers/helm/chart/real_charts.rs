//! Charts of the KEDA project, where tests find them: beside the repository, and no part of it.

use std::path::{Path, PathBuf};

/// The file of that name; without it, the test that needs it is skipped and says so.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = here.ancestors().map(|folder| folder.join("shared/charts").join(name)).find(|path| path.exists());
    if found.is_none() {
        let why = format!("skipped: shared/charts/{name} is not beside the repository");
        assert!(option_env!("CI") != Some("true"), "{why}");
        eprintln!("{why}");
    }
    found
}
