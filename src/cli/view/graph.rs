//! Dependencies as Graphviz DOT and as Mermaid. Arrows point from a resource to what it depends on.

use std::collections::BTreeMap;

use super::text::one_line;
use crate::address::Address;
use crate::graph::Dependencies;

/// For `dot -Tsvg`.
pub fn dot(dependencies: &Dependencies) -> String {
    let quote = |address: &Address| {
        // In DOT only the quote needs an escape, but a backslash before one must not swallow it.
        let escaped = one_line(&address.to_string()).replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{escaped}\"")
    };
    let mut text = "digraph stack {\n  rankdir = LR;\n  node [shape = box];\n".to_owned();
    for address in dependencies.addresses() {
        text.push_str(&format!("  {};\n", quote(address)));
    }
    for (from, to) in dependencies.edges() {
        text.push_str(&format!("  {} -> {};\n", quote(&from), quote(&to)));
    }
    text + "}\n"
}

/// For Markdown pages.
pub fn mermaid(dependencies: &Dependencies) -> String {
    // Names could be words of Mermaid's own, such as `end`, so nodes are numbered and labelled.
    let numbers: BTreeMap<&Address, usize> =
        dependencies.addresses().enumerate().map(|(number, address)| (address, number)).collect();
    let mut text = "flowchart LR\n".to_owned();
    for (address, number) in &numbers {
        text.push_str(&format!("  n{number}[\"{}\"]\n", entities(&one_line(&address.to_string()))));
    }
    for (from, to) in dependencies.edges() {
        if let (Some(from), Some(to)) = (numbers.get(&from), numbers.get(&to)) {
            text.push_str(&format!("  n{from} --> n{to}\n"));
        }
    }
    text
}

/// Mermaid knows no escapes inside quotes but `#code;`.
fn entities(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '"' | '#' | '<' | '>' | '&' | '`' | '\\' => escaped.push_str(&format!("#{};", u32::from(character))),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn dependencies() -> Dependencies {
        let odd = Address::instance("reader", "a \"b\" \\ <c>");
        let on = |addresses: &[&Address]| addresses.iter().map(|address| (*address).clone()).collect::<BTreeSet<_>>();
        let jobs = Address::single("jobs");
        let all = [(jobs.clone(), on(&[])), (odd, on(&[&jobs])), (Address::single("end"), on(&[&jobs]))];
        Dependencies::new(all.iter().map(|(address, on)| (address, on)))
    }

    #[test]
    fn names_are_escaped() {
        insta::assert_snapshot!(dot(&dependencies()), @r#"
        digraph stack {
          rankdir = LR;
          node [shape = box];
          "end";
          "jobs";
          "reader[\"a \\\"b\\\" \\\\ <c>\"]";
          "end" -> "jobs";
          "reader[\"a \\\"b\\\" \\\\ <c>\"]" -> "jobs";
        }
        "#);
        insta::assert_snapshot!(mermaid(&dependencies()), @r#"
        flowchart LR
          n0["end"]
          n1["jobs"]
          n2["reader[#34;a #92;#34;b#92;#34; #92;#92; #60;c#62;#34;]"]
          n0 --> n1
          n2 --> n1
        "#);
    }
}
