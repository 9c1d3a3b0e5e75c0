//! The language of templates, as Go's `text/template` has it: what is written between `{{` and `}}`.
//!
//! It is read here rather than by `gotmpl`, whose parser takes a template for finished at a stray `{{end}}` and drops
//! the rest, lets an unclosed `{{if}}` pass, trims on both sides of `{{- /* comment */}}`, and nests 100 deep at most.
//! A chart that Helm refuses has to be refused, and one that it renders has to give the same text.

mod lexer;
mod literal;
mod parser;
mod pipeline;
mod token;
pub(super) mod tree;

pub(super) use parser::parse;

/// What is wrong with a template's text, and where: a byte offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub(super) offset: usize,
    pub(super) message: String,
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use proptest::prelude::*;

    use super::super::execute::Callee;
    use super::tree::Source;
    use super::*;

    fn read(text: &str) -> Result<usize, SyntaxError> {
        let source = Rc::new(Source { name: "t".into(), text: text.into() });
        parse(source, &Callee::find).map(|trees| trees.len())
    }

    #[test]
    fn an_error_is_where_it_is() {
        let error = read("a\n{{ if .x }}\n{{ nope }}").unwrap_err();
        assert_eq!((error.offset, error.message.as_str()), (17, "function \"nope\" not defined"));
    }

    #[test]
    fn imaginary_numbers_are_refused() {
        assert!(read("{{ 1i }}").unwrap_err().message.contains("write a real number"));
    }

    #[test]
    fn a_text_gives_itself_and_what_it_defines() {
        assert_eq!(read("{{ define \"a\" }}x{{ end }}{{ block \"b\" . }}y{{ end }}z"), Ok(3));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,60}") {
            let _ = read(&text);
        }

        #[test]
        fn any_pieces_of_actions_are_read_or_refused(
            pieces in proptest::collection::vec(
                proptest::sample::select(vec![
                    "{{", "}}", "{{- ", " -}}", "if", "else", "end", "range", "with", "define", "block", "template",
                    " ", ".", ".a", "$x", "$", ":=", "=", ",", "|", "(", ")", "\"s\"", "`r`", "'c'", "1", "0x", "1e",
                    "nil", "true", "print", "/*", "*/", "\n", "break", "continue", "é",
                ]),
                0..24,
            )
        ) {
            let _ = read(&pieces.concat());
        }
    }
}
