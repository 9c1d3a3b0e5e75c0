//! Names in chart archives: which of them stay inside of the chart's folder.

use super::ChartError;

/// In bytes; what files of charts are called is far shorter.
const LONGEST: usize = 1024;

const REPACKAGE: &str = "package the chart with `helm package`, and use no archive whose origin you do not know";

/// The name of a file, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct EntryName {
    /// The archive's only folder.
    pub(super) folder: String,
    /// From there on, with slashes.
    pub(super) file: String,
}

impl EntryName {
    /// # Errors
    /// When the name leads out of the chart's folder, or is none.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ChartError> {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST)]).escape_debug().to_string();
        let refuse = |code, why: &str| Err(ChartError::new(code, format!("the entry `{shown}` {why}"), REPACKAGE));
        if bytes.len() > LONGEST {
            let why = format!("has a name of {} bytes, and {LONGEST} is the limit", bytes.len());
            return refuse("archive/long-name", &why);
        }
        let Ok(name) = std::str::from_utf8(bytes) else {
            return refuse("archive/name-not-utf8", "has a name that is not UTF-8");
        };
        if name.chars().any(char::is_control) {
            return refuse("archive/control-character", "has a control character in its name");
        }
        // Archives that were made on Windows have backslashes, in every name.
        let delimiter = if name.contains('\\') { '\\' } else { '/' };
        let (folder, file) = name.split_once(delimiter).unwrap_or((name, ""));
        if name.starts_with(['/', '\\']) || file.starts_with(['/', '\\']) {
            return refuse("archive/absolute-path", "has an absolute path");
        }
        let parts = || name.split(['/', '\\']);
        if parts().any(|part| part == "..") {
            return refuse("archive/parent-folder", "leads to a parent folder");
        }
        let file: Vec<&str> = file.split(['/', '\\']).filter(|part| !matches!(*part, "" | ".")).collect();
        if is_drive(folder) || file.first().is_some_and(|first| is_drive(first)) {
            return refuse("archive/drive-letter", "names a drive");
        }
        if file.is_empty() {
            return refuse("archive/outside-folder", "is not inside of the one folder that a chart's files are in");
        }
        Ok(Self { folder: folder.to_owned(), file: file.join("/") })
    }
}

fn is_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(name: &str) -> &'static str {
        EntryName::parse(name.as_bytes()).unwrap_err().code
    }

    fn file(name: &str) -> String {
        EntryName::parse(name.as_bytes()).unwrap().file
    }

    #[test]
    fn the_first_folder_is_cut_off_whatever_the_delimiter() {
        assert_eq!(file("keda/Chart.yaml"), "Chart.yaml");
        assert_eq!(file("./Chart.yaml"), "Chart.yaml");
        assert_eq!(file("keda\\templates\\service.yaml"), "templates/service.yaml");
        assert_eq!(file("keda/templates/./a.yaml"), "templates/a.yaml");
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        assert_eq!(code("keda/../../etc/passwd"), "archive/parent-folder");
        assert_eq!(code("../Chart.yaml"), "archive/parent-folder");
        assert_eq!(code("keda/templates/.."), "archive/parent-folder");
        assert_eq!(code("keda\\..\\..\\evil"), "archive/parent-folder");
        assert_eq!(code("keda/templates\\..\\..\\evil"), "archive/parent-folder");
        assert_eq!(code("/etc/passwd"), "archive/absolute-path");
        assert_eq!(code("\\\\server\\share"), "archive/absolute-path");
        assert_eq!(code("keda//etc/passwd"), "archive/absolute-path");
        assert_eq!(code("C:\\Windows\\x"), "archive/drive-letter");
        assert_eq!(code("keda/c:/x"), "archive/drive-letter");
        assert_eq!(code("Chart.yaml"), "archive/outside-folder");
        assert_eq!(code("keda/"), "archive/outside-folder");
        assert_eq!(code(""), "archive/outside-folder");
        assert_eq!(code("keda/a\nb"), "archive/control-character");
        assert_eq!(code(&format!("keda/{}", "x".repeat(2000))), "archive/long-name");
        assert_eq!(EntryName::parse(b"keda/\xff").unwrap_err().code, "archive/name-not-utf8");
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_stays_inside(name in r"[a-z./\\:]{0,24}") {
            if let Ok(name) = EntryName::parse(name.as_bytes()) {
                prop_assert!(!name.file.is_empty() && !name.file.starts_with('/') && !name.file.contains('\\'));
                prop_assert!(name.file.split('/').all(|part| !part.is_empty() && part != "." && part != ".."));
                prop_assert!(!is_drive(&name.file));
            }
        }

        #[test]
        fn any_bytes_get_an_answer(name in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = EntryName::parse(&name);
        }
    }
}
