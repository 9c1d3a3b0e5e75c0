//! What is between a `%` and its verb.

#[derive(Clone, Debug, Default)]
pub(super) struct Specification {
    pub(super) sharp: bool,
    pub(super) zero: bool,
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) space: bool,
    /// `%#v`: as Go's source would have it.
    pub(super) sharp_value: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

impl Specification {
    /// Whether a character is a flag, which is then noted.
    pub(super) fn flag(&mut self, character: char) -> bool {
        match character {
            '#' => self.sharp = true,
            '0' => self.zero = true,
            '+' => self.plus = true,
            '-' => self.minus = true,
            ' ' => self.space = true,
            _ => return false,
        }
        true
    }

    /// With `%v`, flags mean something else.
    pub(super) fn for_values(&mut self) {
        self.sharp_value = std::mem::take(&mut self.sharp);
        self.plus = false;
    }

    /// Writes a text as wide as is asked for.
    pub(super) fn pad(&self, text: &str, out: &mut String) {
        self.pad_with(text, if self.zero && !self.minus { '0' } else { ' ' }, out);
    }

    /// The same, with space in any case.
    pub(super) fn pad_with_space(&self, text: &str, out: &mut String) {
        self.pad_with(text, ' ', out);
    }

    fn pad_with(&self, text: &str, filler: char, out: &mut String) {
        let missing = self.width.unwrap_or(0).saturating_sub(text.chars().count());
        let filling = std::iter::repeat_n(filler, missing);
        if self.minus {
            out.push_str(text);
            out.extend(filling);
        } else {
            out.extend(filling);
            out.push_str(text);
        }
    }

    /// As many characters of a text as the precision leaves.
    pub(super) fn truncated<'a>(&self, text: &'a str) -> &'a str {
        match self.precision.and_then(|precision| text.char_indices().nth(precision)) {
            Some((length, _)) => &text[..length],
            None => text,
        }
    }
}
