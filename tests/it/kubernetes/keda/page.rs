//! The page of codes, as the table in the code has them.

use std::io::Write as _;
use std::path::Path;

use tidegate::diagnostic::Severity;
use tidegate::providers::keda::CODES;

const PAGE: &str = include_str!("../../../../docs/keda-checks.md");
const BEGIN: &str = "<!-- What follows is generated from the table of codes. -->\n\n";

#[test]
fn every_code_is_on_the_page() {
    let (head, _) = PAGE.split_once(BEGIN).expect("the page says where its generated part begins");
    let rows = CODES.iter().map(|code| {
        let severity = if code.severity == Severity::Error { "error" } else { "warning" };
        format!("| `{}` | {severity} | {} |\n", code.code, code.says)
    });
    let wanted = format!("{head}{BEGIN}| code | | |\n|---|---|---|\n{}", rows.collect::<String>());
    if wanted == PAGE {
        return;
    }
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("keda-checks.md");
    std::fs::File::create(&made).unwrap().write_all(wanted.as_bytes()).unwrap();
    panic!("docs/keda-checks.md is not what the table says: copy {} over it", made.display());
}
