//! From Go's syntax of regular expressions to Rust's.
//!
//! In Go, `\d`, `\w`, `\s` and `\b` know ASCII only, braces that count nothing are text, a bracket within brackets is
//! text, `\Q..\E` quotes, and `\123` is an octal number.

/// Rust's expression for one of Go, or what is wrong with it, in Go's words.
pub(super) fn translate(expression: &str) -> Result<String, String> {
    let mut translation = Translation { rest: expression, expression, written: String::new(), repeated: false };
    while let Some(character) = translation.rest.chars().next() {
        translation.step(character)?;
    }
    Ok(translation.written)
}

struct Translation<'a> {
    expression: &'a str,
    rest: &'a str,
    written: String,
    /// Whether what was written last repeats something.
    repeated: bool,
}

const DIGITS: &str = "0-9";
const WORD: &str = "0-9A-Za-z_";
const BLANKS: &str = r"\t\n\x0C\r ";

impl<'a> Translation<'a> {
    fn skip(&mut self, length: usize) -> &'a str {
        let (skipped, rest) = self.rest.split_at(length);
        self.rest = rest;
        skipped
    }

    fn step(&mut self, character: char) -> Result<(), String> {
        let repeats = match character {
            '*' | '+' | '?' => true,
            '{' => counts(self.rest).is_some(),
            _ => false,
        };
        if repeats {
            return self.repetition();
        }
        self.repeated = false;
        match character {
            '\\' => self.escape(),
            '[' => self.class(),
            '{' | '}' | ']' => {
                self.skip(1);
                self.written.push('\\');
                self.written.push(character);
                Ok(())
            }
            '(' => self.group(),
            _ => {
                self.skip(character.len_utf8());
                self.written.push(character);
                Ok(())
            }
        }
    }

    fn repetition(&mut self) -> Result<(), String> {
        let before = self.rest;
        let length = counts(self.rest).map_or(1, |(length, _)| length);
        if let Some((length, false)) = counts(self.rest) {
            return Err(format!("invalid repeat count: `{}`", &before[..length]));
        }
        let mut operator = self.skip(length).to_owned();
        if self.rest.starts_with('?') {
            operator.push_str(self.skip(1));
        }
        if self.repeated {
            let last = self.expression.len() - before.len();
            let start = self.expression[..last].rfind(['*', '+', '?', '{']).unwrap_or(last);
            let start = if self.expression[..start].ends_with(['*', '+', '}']) { start - 1 } else { start };
            let shown = &self.expression[start..last + operator.len()];
            return Err(format!("invalid nested repetition operator: `{shown}`"));
        }
        if self.written.is_empty() || self.written.ends_with(['(', '|']) && !self.written.ends_with("\\(") {
            return Err(format!("missing argument to repetition operator: `{operator}`"));
        }
        self.written.push_str(&operator);
        self.repeated = true;
        Ok(())
    }

    /// Flags are the same; what Rust knows beyond Go's is refused.
    fn group(&mut self) -> Result<(), String> {
        let known = ["(?P<", "(?<", "(?:"].into_iter().find(|start| self.rest.starts_with(start));
        if let Some(start) = known {
            let name = self.rest[start.len()..].split_once('>').map(|(name, _)| name);
            let is_name = |name: &str| {
                !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
            };
            if start != "(?:" && !name.is_some_and(is_name) {
                let end = self.rest.find(')').map_or(self.rest.len(), |end| end + 1);
                return Err(format!("invalid named capture: `{}`", &self.rest[..end]));
            }
            let written = self.skip(start.len());
            self.written.push_str(written);
            return Ok(());
        }
        if let Some(flags) = self.rest.strip_prefix("(?") {
            let end = flags.find([':', ')']).unwrap_or(flags.len());
            if let Some(wrong) = flags[..end].find(|flag: char| !"imsU-".contains(flag)) {
                let length = 2 + wrong + flags[wrong..].chars().next().map_or(0, char::len_utf8);
                return Err(format!("invalid or unsupported Perl syntax: `{}`", &self.rest[..length]));
            }
            let written = self.skip((2 + end + 1).min(self.rest.len()));
            self.written.push_str(written);
            return Ok(());
        }
        let open = self.skip(1);
        self.written.push_str(open);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), String> {
        let Some(kind) = self.rest[1..].chars().next() else {
            return Err("trailing backslash at end of expression: ``".to_owned());
        };
        match kind {
            'd' => self.replace(2, &format!("[{DIGITS}]")),
            'D' => self.replace(2, &format!("[^{DIGITS}]")),
            'w' => self.replace(2, &format!("[{WORD}]")),
            'W' => self.replace(2, &format!("[^{WORD}]")),
            's' => self.replace(2, &format!("[{BLANKS}]")),
            'S' => self.replace(2, &format!("[^{BLANKS}]")),
            'b' => self.replace(2, r"(?-u:\b)"),
            'A' | 'B' | 'z' => {
                let same = self.skip(2);
                self.written.push_str(same);
            }
            'p' | 'P' => self.property()?,
            'Q' => {
                let quoted = &self.rest[2..];
                let end = quoted.find("\\E").unwrap_or(quoted.len());
                quoted[..end].chars().for_each(|character| self.literal(character));
                self.skip(2 + end);
                self.skip(self.rest.len().min(2));
            }
            _ => {
                let character = self.escaped_character()?;
                self.literal(character);
            }
        }
        Ok(())
    }

    fn replace(&mut self, length: usize, with: &str) {
        self.skip(length);
        self.written.push_str(with);
    }

    /// As its number, which means the same everywhere.
    fn literal(&mut self, character: char) {
        self.written.push_str(&format!("\\x{{{:x}}}", u32::from(character)));
    }

    /// `\pL`, `\p{Greek}`, `\P{^Greek}`.
    fn property(&mut self) -> Result<(), String> {
        let after = &self.rest[2..];
        let length = match after.strip_prefix('{') {
            Some(name) => name.find('}').map(|end| end + 2),
            None => after.chars().next().map(char::len_utf8),
        };
        let Some(length) = length else { return Err(format!("invalid character class range: `{}`", self.rest)) };
        let written = self.skip(2 + length);
        let name = written[2..].trim_start_matches('{').trim_end_matches('}');
        let negative = written.starts_with("\\P") != name.starts_with('^');
        let name = name.trim_start_matches('^');
        self.written.push_str(&format!("\\{}{{{name}}}", if negative { 'P' } else { 'p' }));
        Ok(())
    }

    /// The character that an escape stands for.
    fn escaped_character(&mut self) -> Result<char, String> {
        let escape = self.rest;
        let mut characters = escape.chars();
        let Some(kind) = characters.nth(1) else {
            return Err("trailing backslash at end of expression: ``".to_owned());
        };
        let (character, length) = match kind {
            'a' => (Some('\u{7}'), 2),
            'f' => (Some('\u{c}'), 2),
            'n' => (Some('\n'), 2),
            'r' => (Some('\r'), 2),
            't' => (Some('\t'), 2),
            'v' => (Some('\u{b}'), 2),
            'x' => hexadecimal(escape),
            '0'..='7' => octal(escape),
            _ if kind.is_ascii() && !kind.is_ascii_alphanumeric() => (Some(kind), 2),
            _ => (None, 1 + kind.len_utf8()),
        };
        let taken = self.skip(length.min(escape.len()));
        character.ok_or_else(|| format!("invalid escape sequence: `{taken}`"))
    }

    /// Brackets, with every character in them as its number: nothing but `-` and `^` has a meaning there.
    fn class(&mut self) -> Result<(), String> {
        let whole = self.rest;
        let missing = || format!("missing closing ]: `{whole}`");
        self.skip(1);
        self.written.push('[');
        if self.rest.starts_with('^') {
            self.skip(1);
            self.written.push('^');
        }
        let mut first = true;
        while first || !self.rest.starts_with(']') {
            if self.rest.is_empty() {
                return Err(missing());
            }
            first = false;
            if self.class_of_characters()? {
                continue;
            }
            let start = self.rest;
            let from = self.class_character().map_err(|problem| problem.unwrap_or_else(missing))?;
            let range = self.rest.strip_prefix('-').filter(|after| !after.starts_with(']') && !after.is_empty());
            self.literal(from);
            if range.is_some() {
                self.skip(1);
                let to = self.class_character().map_err(|problem| problem.unwrap_or_else(missing))?;
                if to < from {
                    let shown = &start[..start.len() - self.rest.len()];
                    return Err(format!("invalid character class range: `{shown}`"));
                }
                self.written.push('-');
                self.literal(to);
            }
        }
        self.skip(1);
        self.written.push(']');
        Ok(())
    }

    /// `\d`, `\pL` or `[:alpha:]` within brackets, if that is what stands there.
    fn class_of_characters(&mut self) -> Result<bool, String> {
        if self.rest.starts_with("[:")
            && let Some(end) = self.rest[2..].find(":]")
        {
            let class = self.skip(end + 4);
            let name = class.trim_matches(['[', ':', ']', '^']);
            let known = ["alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct"];
            if !known.contains(&name) && !["space", "upper", "word", "xdigit"].contains(&name) {
                return Err(format!("invalid character class range: `{class}`"));
            }
            self.written.push_str(class);
            return Ok(true);
        }
        let Some(kind) = self.rest.strip_prefix('\\').and_then(|escape| escape.chars().next()) else {
            return Ok(false);
        };
        match kind {
            'd' => self.replace(2, DIGITS),
            'D' => self.replace(2, &format!("[^{DIGITS}]")),
            'w' => self.replace(2, WORD),
            'W' => self.replace(2, &format!("[^{WORD}]")),
            's' => self.replace(2, BLANKS),
            'S' => self.replace(2, &format!("[^{BLANKS}]")),
            'p' | 'P' => self.property()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn class_character(&mut self) -> Result<char, Option<String>> {
        let Some(character) = self.rest.chars().next() else { return Err(None) };
        if character == '\\' {
            return self.escaped_character().map_err(Some);
        }
        self.skip(character.len_utf8());
        Ok(character)
    }
}

/// The length of a repetition such as `{2}` or `{2,5}`, and whether its numbers make sense.
fn counts(text: &str) -> Option<(usize, bool)> {
    let inner = text.strip_prefix('{')?;
    let inner = &inner[..inner.find('}')?];
    let (least, most) = inner.split_once(',').unwrap_or((inner, inner));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(least) || !(most.is_empty() || is_number(most)) {
        return None;
    }
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number <= 1000);
    let sensible = match (number(least), number(most)) {
        (Some(least), Some(most)) => least <= most,
        (Some(_), None) => most.is_empty(),
        _ => false,
    };
    Some((inner.len() + 2, sensible))
}

/// `\x41` or `\x{10FFFF}`.
fn hexadecimal(escape: &str) -> (Option<char>, usize) {
    let digits = &escape[2..];
    let (digits, length) = match digits.strip_prefix('{') {
        Some(braced) => {
            let end = braced.find('}').unwrap_or(braced.len());
            (&braced[..end], 4 + end)
        }
        None => {
            let end = digits.char_indices().nth(2).map_or(digits.len(), |(end, _)| end);
            (&digits[..end], 2 + end)
        }
    };
    let valid = digits.bytes().all(|byte| byte.is_ascii_hexdigit()) && (length > 4 || digits.len() == 2);
    let character = u32::from_str_radix(digits, 16).ok().filter(|_| valid).and_then(char::from_u32);
    (character, length)
}

/// `\0` or `\123`; a single digit but zero would refer to a group, which neither has.
fn octal(escape: &str) -> (Option<char>, usize) {
    let digits = escape[1..].find(|digit: char| !digit.is_digit(8)).unwrap_or(escape.len() - 1).min(3);
    let text = &escape[1..=digits];
    if digits == 1 && text != "0" {
        return (None, 2);
    }
    (u32::from_str_radix(text, 8).ok().and_then(char::from_u32), 1 + digits)
}
