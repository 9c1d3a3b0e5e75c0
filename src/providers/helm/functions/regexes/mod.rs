//! Regular expressions of Go, carried out by those of Rust: both find the same, once what is written differently is
//! translated.

mod translate;

use regex::{Captures, Regex, RegexBuilder};

use super::super::template::{Element, Failure, Function, Value};
use super::arguments::{Arguments, MOST_TEXT, Outcome, exactly};

/// With `must` the error of an expression stands alone; without, the library names the expression before it.
pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("mustRegexFind", exactly(2, |_, given| find(&compile(given.text(0)?)?, given))),
    ("mustRegexFindAll", exactly(3, |_, given| find_all(&compile(given.text(0)?)?, given))),
    ("mustRegexMatch", exactly(2, |_, given| matches(&compile(given.text(0)?)?, given))),
    ("mustRegexReplaceAll", exactly(3, |_, given| replace(&compile(given.text(0)?)?, given, expand))),
    ("mustRegexReplaceAllLiteral", exactly(3, |_, given| replace(&compile(given.text(0)?)?, given, literal))),
    ("mustRegexSplit", exactly(3, |_, given| split(&compile(given.text(0)?)?, given))),
    ("regexFind", exactly(2, |_, given| find(&compile_or_panic(given.text(0)?)?, given))),
    ("regexFindAll", exactly(3, |_, given| find_all(&compile_or_panic(given.text(0)?)?, given))),
    ("regexMatch", exactly(2, |_, given| matches_or_not(given))),
    ("regexQuoteMeta", exactly(1, |_, given| Ok(Value::string(quote_meta(given.text(0)?))))),
    ("regexReplaceAll", exactly(3, |_, given| replace(&compile_or_panic(given.text(0)?)?, given, expand))),
    ("regexReplaceAllLiteral", exactly(3, |_, given| replace(&compile_or_panic(given.text(0)?)?, given, literal))),
    ("regexSplit", exactly(3, |_, given| split(&compile_or_panic(given.text(0)?)?, given))),
];

/// What a compiled expression may take up; charts stay far below.
const MOST_MEMORY: usize = 16 << 20;

fn compile(expression: &str) -> Result<Regex, Failure> {
    let failure = |problem: String| Failure::new(format!("error parsing regexp: {problem}"));
    let translated = translate::translate(expression).map_err(failure)?;
    RegexBuilder::new(&translated).size_limit(MOST_MEMORY).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => failure(format!("expression too large: `{expression}`")),
        other => failure(format!("{}: `{expression}`", last_line(&other.to_string()))),
    })
}

/// What Rust says in the end, after showing the place; in Go's words where those are known.
fn last_line(text: &str) -> String {
    let line = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
    let known = [
        ("unclosed group", "missing closing )"),
        ("unopened group", "unexpected )"),
        ("Unicode property not found", "invalid character class range"),
    ];
    known.iter().find(|(rust, _)| *rust == line).map_or(line, |(_, go)| go).to_owned()
}

fn compile_or_panic(expression: &str) -> Result<Regex, Failure> {
    compile(expression).map_err(|failure| Failure::new(format!("regexp: Compile({}): {failure}", quoted(expression))))
}

fn quoted(expression: &str) -> String {
    if expression.contains('`') || expression.chars().any(|character| character.is_control() && character != '\t') {
        return super::printing::quoted(expression);
    }
    format!("`{expression}`")
}

fn matches(regex: &Regex, given: &[Value]) -> Outcome {
    Ok(Value::Bool(regex.is_match(given.text(1)?)))
}

/// An expression that is none matches nothing.
fn matches_or_not(given: &[Value]) -> Outcome {
    let text = given.text(1)?;
    Ok(Value::Bool(compile(given.text(0)?).is_ok_and(|regex| regex.is_match(text))))
}

fn find(regex: &Regex, given: &[Value]) -> Outcome {
    Ok(Value::string(regex.find(given.text(1)?).map_or("", |found| found.as_str())))
}

/// All of them where the count is negative.
fn limit(count: i64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn find_all(regex: &Regex, given: &[Value]) -> Outcome {
    let found = regex.find_iter(given.text(1)?).take(limit(given.int(2)?)).map(|found| found.as_str());
    Ok(Value::list_or_nil(Element::String, found.map(Value::string)))
}

fn split(regex: &Regex, given: &[Value]) -> Outcome {
    let (text, count) = (given.text(1)?, given.int(2)?);
    if count == 0 {
        return Ok(Value::list_or_nil(Element::String, []));
    }
    if text.is_empty() && !regex.as_str().is_empty() {
        return Ok(Value::strings([""]));
    }
    let (mut pieces, mut start, mut end) = (Vec::new(), 0, 0);
    for found in regex.find_iter(text).take(limit(count)) {
        if pieces.len() + 1 == limit(count) {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            pieces.push(&text[start..end]);
        }
        start = found.end();
    }
    if end != text.len() {
        pieces.push(&text[start..]);
    }
    Ok(Value::strings(pieces))
}

type Replacement = fn(&str, &Captures<'_>, &mut String);

fn replace(regex: &Regex, given: &[Value], write: Replacement) -> Outcome {
    let (text, replacement) = (given.text(1)?, given.text(2)?);
    let (mut replaced, mut start) = (String::new(), 0);
    for captures in regex.captures_iter(text) {
        let Some(found) = captures.get(0) else { continue };
        replaced.push_str(&text[start..found.start()]);
        write(replacement, &captures, &mut replaced);
        start = found.end();
        if replaced.len() > MOST_TEXT {
            return Err(Failure::new(format!("replacing would make more than {MOST_TEXT} bytes of text; make less")));
        }
    }
    replaced.push_str(&text[start..]);
    Ok(Value::string(replaced))
}

fn literal(replacement: &str, _: &Captures<'_>, replaced: &mut String) {
    replaced.push_str(replacement);
}

/// `$1`, `$name` and `${1}x` are what a group found; `$1x` is the group of the name `1x`, which is none.
fn expand(replacement: &str, captures: &Captures<'_>, replaced: &mut String) {
    let mut rest = replacement;
    while let Some((before, after)) = rest.split_once('$') {
        replaced.push_str(before);
        rest = after;
        if let Some(after) = after.strip_prefix('$') {
            replaced.push('$');
            rest = after;
        } else if let Some((name, after)) = group_name(after) {
            let number = name.parse().ok().filter(|_| name.bytes().all(|byte| byte.is_ascii_digit()));
            let group = number.map_or_else(|| captures.name(name), |number: usize| captures.get(number));
            replaced.push_str(group.map_or("", |group| group.as_str()));
            rest = after;
        } else {
            replaced.push('$');
        }
    }
    replaced.push_str(rest);
}

fn group_name(text: &str) -> Option<(&str, &str)> {
    let braced = text.strip_prefix('{');
    let name = braced.unwrap_or(text);
    let end = name.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(name.len());
    let (name, after) = name.split_at(end);
    let after = if braced.is_some() { after.strip_prefix('}')? } else { after };
    (!name.is_empty()).then_some((name, after))
}

fn quote_meta(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for character in text.chars() {
        if r"\.+*?()|[]{}^$".contains(character) {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fails, gives};
    use super::*;
    use proptest::prelude::*;

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of what Helm said")]
    fn expressions_find_what_they_find_in_helm() {
        gives(&[
            ("regexMatch \"^a+$\" \"aaa\"", "bool", "true"),
            ("regexMatch \"a\" \"b\"", "bool", "false"),
            ("regexMatch \"[\" \"b\"", "bool", "false"),
            ("regexMatch \"\\\\d\" \"٣\"", "bool", "false"),
            ("regexMatch \"\\\\w\" \"é\"", "bool", "false"),
            ("regexMatch \"\\\\s\" \"a\"", "bool", "false"),
            ("regexMatch \"^.$\" \"é\"", "bool", "true"),
            ("regexMatch \"(?i)É\" \"é\"", "bool", "true"),
            ("regexMatch \"a{,2}\" \"a{,2}\"", "bool", "true"),
            ("regexMatch \"a{\" \"a{\"", "bool", "true"),
            ("regexMatch \"^a{2}$\" \"aa\"", "bool", "true"),
            ("regexMatch \"[[]\" \"[\"", "bool", "true"),
            ("regexMatch \"[a[b]\" \"[\"", "bool", "true"),
            ("regexMatch \"[a&&b]\" \"&\"", "bool", "true"),
            ("regexMatch \"[a--z]\" \"a\"", "bool", "false"),
            ("regexMatch \"[+--]\" \",\"", "bool", "true"),
            ("regexMatch \"[]a]\" \"]\"", "bool", "true"),
            ("regexMatch \"[^]a]\" \"]\"", "bool", "false"),
            ("regexMatch \"[\\\\d-]\" \"-\"", "bool", "true"),
            ("regexMatch \"[\\\\w.-]+$\" \"a.b-c\"", "bool", "true"),
            ("regexMatch \"\\\\Qa.b\\\\E\" \"a.b\"", "bool", "true"),
            ("regexMatch \"\\\\Qa.b\" \"axb\"", "bool", "false"),
            ("regexMatch \"\\\\101\" \"A\"", "bool", "true"),
            ("regexMatch \"\\\\x41\\\\x{42}\" \"AB\"", "bool", "true"),
            ("regexMatch \"\\\\pL\" \"é\"", "bool", "true"),
            ("regexMatch \"\\\\p{Greek}\" \"α\"", "bool", "true"),
            ("regexMatch \"\\\\PL\" \"é\"", "bool", "false"),
            ("regexMatch \"\\\\p{^Greek}\" \"α\"", "bool", "false"),
            ("regexMatch \"[\\\\p{Lu}]\" \"É\"", "bool", "true"),
            ("regexMatch \"[[:alpha:]]\" \"a\"", "bool", "true"),
            ("regexMatch \"[[:^alpha:]]\" \"a\"", "bool", "false"),
            ("regexMatch \"[[:word:]]\" \"_\"", "bool", "true"),
            ("regexMatch \"a$\" \"a\\n\"", "bool", "false"),
            ("regexMatch \"(?m)a$\" \"a\\nb\"", "bool", "true"),
            ("regexMatch \"\\\\bfoo\\\\b\" \"a foo b\"", "bool", "true"),
            ("regexMatch \"\\\\Boo\" \"foo\"", "bool", "true"),
            ("regexMatch \"(?P<x>a)(?<y>b)\" \"ab\"", "bool", "true"),
            ("regexMatch \"\\\\<a\" \"<a\"", "bool", "true"),
            ("regexMatch \"\\\\_\" \"_\"", "bool", "true"),
            ("regexMatch \"\\\\/\" \"/\"", "bool", "true"),
            ("regexMatch \"#a b\" \"#a b\"", "bool", "true"),
            ("regexMatch \"(?x)a b\" \"ab\"", "bool", "false"),
            (
                "regexMatch \"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$\" \"a-b.c\"",
                "bool",
                "true",
            ),
            ("regexMatch \"]\" \"]\"", "bool", "true"),
            ("regexMatch \"}\" \"}\"", "bool", "true"),
            ("regexMatch \"(?:a|b)++\" \"a\"", "bool", "false"),
            ("regexMatch \"[é-ü]\" \"ö\"", "bool", "true"),
            ("regexMatch \"\\\\C\" \"a\"", "bool", "false"),
            ("mustRegexMatch \"^[0-9]+$\" \"12\"", "bool", "true"),
            ("regexFind \"[0-9]+\" \"a12b3\"", "string", "12"),
            ("regexFind \"x\" \"a\"", "string", ""),
            ("mustRegexFind \"b+\" \"abbb\"", "string", "bbb"),
            ("regexFind \"a|ab\" \"ab\"", "string", "a"),
            ("regexFind \"(?U)a+\" \"aaa\"", "string", "a"),
            ("regexFind \"a+?\" \"aaa\"", "string", "a"),
            ("regexFindAll \"[0-9]\" \"1a2b3\" -1", "[]string", "[1 2 3]"),
            ("regexFindAll \"[0-9]\" \"1a2b3\" 2", "[]string", "[1 2]"),
            ("regexFindAll \"[0-9]\" \"1a2b3\" 0", "[]string", "[]"),
            ("regexFindAll \"x\" \"a\" -1", "[]string", "[]"),
            ("regexFindAll \"a*\" \"baaac\" -1", "[]string", "[ aaa ]"),
            ("regexFindAll \"\" \"aé\" -1", "[]string", "[  ]"),
            ("mustRegexFindAll \"a.\" \"abac\" -1", "[]string", "[ab ac]"),
            ("regexReplaceAll \"a(x*)b\" \"-ab-axxb-\" \"${1}W\"", "string", "-W-xxW-"),
            ("regexReplaceAll \"a(x*)b\" \"-ab-axxb-\" \"$1W\"", "string", "---"),
            ("regexReplaceAll \"a(?P<n>x*)b\" \"-ab-axxb-\" \"<$n>\"", "string", "-<>-<xx>-"),
            ("regexReplaceAll \"a\" \"banana\" \"$$\"", "string", "b$n$n$"),
            ("regexReplaceAll \"a\" \"banana\" \"$\"", "string", "b$n$n$"),
            ("regexReplaceAll \"a\" \"banana\" \"${\"", "string", "b${n${n${"),
            ("regexReplaceAll \"a\" \"banana\" \"${0}${9}\"", "string", "banana"),
            ("regexReplaceAll \"a\" \"banana\" \"$0$é-\"", "string", "ba-na-na-"),
            ("regexReplaceAll \"a*\" \"baaac\" \"x\"", "string", "xbxcx"),
            ("regexReplaceAll \"\" \"aé\" \"-\"", "string", "-a-é-"),
            ("regexReplaceAll \"x\" \"abc\" \"y\"", "string", "abc"),
            ("regexReplaceAll \"[^-A-Za-z0-9_.]\" \"a+b c\" \"-\"", "string", "a-b-c"),
            ("mustRegexReplaceAll \"(a)(b)\" \"ab\" \"$2$1\"", "string", "ba"),
            ("regexReplaceAllLiteral \"a(x*)b\" \"-ab-axxb-\" \"${1}\"", "string", "-${1}-${1}-"),
            ("mustRegexReplaceAllLiteral \"a\" \"banana\" \"$0\"", "string", "b$0n$0n$0"),
            ("regexSplit \"z+\" \"pizza\" -1", "[]string", "[pi a]"),
            ("regexSplit \"z+\" \"pizza\" 1", "[]string", "[pizza]"),
            ("regexSplit \"z+\" \"pizza\" 0", "[]string", "[]"),
            ("regexSplit \"z\" \"pizza\" 2", "[]string", "[pi za]"),
            ("regexSplit \"a\" \"banana\" -1", "[]string", "[b n n ]"),
            ("regexSplit \"a\" \"banana\" 2", "[]string", "[b nana]"),
            ("regexSplit \"\" \"abc\" -1", "[]string", "[a b c]"),
            ("regexSplit \"\" \"abc\" 2", "[]string", "[a bc]"),
            ("regexSplit \"a\" \"\" -1", "[]string", "[]"),
            ("regexSplit \"\" \"\" -1", "[]string", "[]"),
            ("regexSplit \"x*\" \"axbxc\" -1", "[]string", "[a b c]"),
            ("regexSplit \",\" \",a,\" -1", "[]string", "[ a ]"),
            ("mustRegexSplit \"\\\\s+\" \"a b  c\" -1", "[]string", "[a b c]"),
            (
                "regexQuoteMeta \"a.b*c[d]{e}(f)^$|?+\\\\-é\"",
                "string",
                "a\\.b\\*c\\[d\\]\\{e\\}\\(f\\)\\^\\$\\|\\?\\+\\\\-é",
            ),
            ("regexQuoteMeta \"\"", "string", ""),
        ]);
        fails(&[
            ("regexFind \"[a\" \"a\"", "regexp: Compile(`[a`): error parsing regexp: missing closing ]: `[a`"),
            ("mustRegexFind \"[a\" \"a\"", "error parsing regexp: missing closing ]: `[a`"),
            ("mustRegexMatch \"a(\" \"a\"", "error parsing regexp: missing closing ): `a(`"),
            ("mustRegexMatch \"a)\" \"a\"", "error parsing regexp: unexpected ): `a)`"),
            ("mustRegexMatch \"*a\" \"a\"", "error parsing regexp: missing argument to repetition operator: `*`"),
            ("mustRegexMatch \"a**\" \"a\"", "error parsing regexp: invalid nested repetition operator: `**`"),
            ("mustRegexMatch \"a+*\" \"a\"", "error parsing regexp: invalid nested repetition operator: `+*`"),
            ("mustRegexMatch \"a{2}{3}\" \"a\"", "error parsing regexp: invalid nested repetition operator: `{2}{3}`"),
            ("mustRegexMatch \"(*)\" \"a\"", "error parsing regexp: missing argument to repetition operator: `*`"),
            ("mustRegexMatch \"\\\\8\" \"a\"", "error parsing regexp: invalid escape sequence: `\\8`"),
            ("mustRegexMatch \"\\\\k\" \"a\"", "error parsing regexp: invalid escape sequence: `\\k`"),
            ("mustRegexMatch \"(?=a)\" \"a\"", "error parsing regexp: invalid or unsupported Perl syntax: `(?=`"),
            ("mustRegexMatch \"(?<=a)\" \"a\"", "error parsing regexp: invalid named capture: `(?<=a)`"),
            ("mustRegexMatch \"(?x)a\" \"a\"", "error parsing regexp: invalid or unsupported Perl syntax: `(?x`"),
            ("mustRegexMatch \"a\\\\\" \"a\"", "error parsing regexp: trailing backslash at end of expression: ``"),
            ("mustRegexMatch \"[z-a]\" \"a\"", "error parsing regexp: invalid character class range: `z-a`"),
            ("mustRegexMatch \"a{1001}\" \"a\"", "error parsing regexp: invalid repeat count: `{1001}`"),
            ("mustRegexMatch \"a{3,2}\" \"a\"", "error parsing regexp: invalid repeat count: `{3,2}`"),
            ("mustRegexMatch \"[[:foo:]]\" \"a\"", "error parsing regexp: invalid character class range: `[:foo:]`"),
            ("mustRegexMatch \"(?P<n\" \"a\"", "error parsing regexp: invalid named capture: `(?P<n`"),
            ("mustRegexMatch \"[a-\" \"a\"", "error parsing regexp: missing closing ]: `[a-`"),
            ("mustRegexFindAll \"(\" \"a\" 1", "error parsing regexp: missing closing ): `(`"),
            ("mustRegexReplaceAll \"(\" \"a\" \"b\"", "error parsing regexp: missing closing ): `(`"),
            ("mustRegexReplaceAllLiteral \"(\" \"a\" \"b\"", "error parsing regexp: missing closing ): `(`"),
            ("mustRegexSplit \"(\" \"a\" 1", "error parsing regexp: missing closing ): `(`"),
            ("regexFindAll \"(\" \"a\" 1", "regexp: Compile(`(`): error parsing regexp: missing closing ): `(`"),
            (
                "regexReplaceAll \"a`(\" \"a\" \"b\"",
                "regexp: Compile(\"a`(\"): error parsing regexp: missing closing ): `a`(`",
            ),
            (
                "regexReplaceAllLiteral \"(\" \"a\" \"b\"",
                "regexp: Compile(`(`): error parsing regexp: missing closing ): `(`",
            ),
            ("regexSplit \"(\" \"a\" 1", "regexp: Compile(`(`): error parsing regexp: missing closing ): `(`"),
        ]);
    }

    proptest! {
        #[test]
        fn what_was_quoted_matches_itself(text in ".{0,12}") {
            let regex = compile(&format!("^{}$", quote_meta(&text))).unwrap();
            prop_assert!(regex.is_match(&text));
        }

        #[test]
        fn no_expression_panics(expression in "[ab(){}\\[\\]^$*+?.|\\\\dwQE:<>P,1-]{0,12}|.*", text in "[ab1]{0,4}") {
            if let Ok(regex) = compile(&expression) {
                let _ = split(&regex, &[Value::Nil, Value::string(text.as_str()), Value::Int(-1)]);
                let _ = replace(&regex, &[Value::Nil, Value::string(text.as_str()), Value::string("$1${a}$")], expand);
            }
        }
    }
}
