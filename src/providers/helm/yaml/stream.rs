//! Where one document ends and the next begins, by lines that start with `---`, as everything around Kubernetes does.

use super::YamlError;

/// The documents of a text; blank ones between two separators are left out.
pub(super) fn documents(text: &str) -> Result<Vec<String>, YamlError> {
    let mut documents = Vec::new();
    let mut document = String::new();
    for line in text.lines() {
        if let Some(behind) = line.strip_prefix("---") {
            let behind = behind.trim();
            if !behind.is_empty() && !behind.starts_with('#') {
                let message = format!("error reading yaml document: invalid Yaml document separator: {behind}");
                return Err(YamlError { line: None, message });
            }
            if !document.is_empty() {
                documents.push(std::mem::take(&mut document));
                continue;
            }
        }
        document.push_str(line);
        document.push('\n');
    }
    if !document.is_empty() {
        documents.push(document);
    }
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_dashes_separate_documents() {
        let text = "---\na: 1\r\n--- # two\nb: '--- x'\n---\n---\n---\nc: |\n  ---\n";
        assert_eq!(documents(text).unwrap(), ["---\na: 1\n", "b: '--- x'\n", "---\n", "c: |\n  ---\n"]);
        assert_eq!(documents("").unwrap(), [""; 0]);
    }

    #[test]
    fn a_separator_has_nothing_behind_it() {
        let error = documents("a: 1\n--- b: 2\n").unwrap_err();
        assert_eq!(error.message, "error reading yaml document: invalid Yaml document separator: b: 2");
    }
}
