//! What is odd about a chart, and stops no one from installing it.

use super::{Chart, metadata};

impl Chart {
    /// In words for people; nothing for most charts.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let Self { metadata, lock, files, .. } = self;
        let mut remarks = Vec::new();
        if metadata.is_deprecated() {
            remarks.push(format!("chart `{}` is deprecated", metadata.name));
        }
        if lock.as_ref().is_some_and(|lock| metadata::is_out_of_sync(metadata, lock)) {
            let files = if metadata.api_version() == "v1" && files.iter().any(|file| file.name == "requirements.lock") {
                "the lock file (requirements.lock) is out of sync with the dependencies file (requirements.yaml)"
            } else {
                "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml)"
            };
            remarks.push(format!("chart `{}`: {files}; `helm dependency update` puts that right", metadata.name));
        }
        remarks
    }
}
