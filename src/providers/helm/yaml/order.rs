//! In which order the keys of a map are written: `a2` before `a10`.

/// Sorts entries by their keys. Go's order of keys is not one that Rust's sorting would accept from everyone,
/// so they are merged by hand.
pub(super) fn sort<T>(mut entries: Vec<(&str, T)>, digits_first: bool) -> Vec<(&str, T)> {
    if entries.len() < 2 {
        return entries;
    }
    let second = entries.split_off(entries.len() / 2);
    let first = sort(entries, digits_first);
    let mut second = sort(second, digits_first).into_iter().peekable();
    let mut merged = Vec::with_capacity(first.len() + second.len());
    for entry in first {
        while let Some(next) = second.next_if(|next| is_before(next.0, entry.0, digits_first)) {
            merged.push(next);
        }
        merged.push(entry);
    }
    merged.extend(second);
    merged
}

/// Letters come after what is no letter, runs of digits count as numbers.
/// With `digits_first`, a letter comes after the end of a number, but before other characters behind digits.
fn is_before(first: &str, second: &str, digits_first: bool) -> bool {
    let same = first.bytes().zip(second.bytes()).take_while(|(one, other)| one == other).count();
    // Back to the start of a character.
    let same = (0..=same).rev().find(|at| first.is_char_boundary(*at) && second.is_char_boundary(*at)).unwrap_or(0);
    let (Some(one), Some(other)) = (first[same..].chars().next(), second[same..].chars().next()) else {
        return first.len() < second.len();
    };
    match (is_letter(one), is_letter(other)) {
        (true, true) => return one < other,
        (false, false) => {}
        (letter, other_letter) => {
            let behind_digit = first[..same].ends_with(|char: char| char.is_ascii_digit());
            return if digits_first && behind_digit { letter } else { other_letter };
        }
    }
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    // A zero that differs stands within a number if a digit other than zero is in front of it.
    let run = first[..same].bytes().rev().take_while(u8::is_ascii_digit);
    let within = (one == '0' || other == '0') && run.into_iter().any(|digit| digit != b'0');
    let number = |text: &str| {
        let start = i64::from(within);
        text.bytes()
            .take_while(u8::is_ascii_digit)
            .fold(start, |sum, digit| sum.wrapping_mul(10).wrapping_add(i64::from(digit - b'0')))
    };
    let (rest, other_rest) = (&first[same..], &second[same..]);
    if number(rest) != number(other_rest) {
        return number(rest) < number(other_rest);
    }
    if digits(rest) != digits(other_rest) {
        return digits(rest) < digits(other_rest);
    }
    one < other
}

fn is_letter(char: char) -> bool {
    char.is_alphabetic() && !char.is_numeric()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sorted<'a>(keys: &[&'a str], digits_first: bool) -> Vec<&'a str> {
        let entries = keys.iter().map(|key| (*key, ())).collect();
        sort(entries, digits_first).into_iter().map(|(key, ())| key).collect()
    }

    #[test]
    fn numbers_in_keys_count() {
        let keys = ["b", "a10", "a2", "A", "a", "_x", "1", "a-b", "aB", "10", "9", "a01", "a1"];
        let wanted = ["_x", "1", "9", "10", "A", "a", "a-b", "a1", "a01", "a2", "a10", "aB", "b"];
        assert_eq!(sorted(&keys, false), wanted);
    }

    #[test]
    fn the_newer_writer_has_letters_first_behind_digits() {
        assert_eq!(sorted(&["a1b", "a1-b"], false), ["a1-b", "a1b"]);
        assert_eq!(sorted(&["a1-b", "a1b"], true), ["a1b", "a1-b"]);
    }

    proptest! {
        #[test]
        fn no_key_is_lost(keys in proptest::collection::vec("[a-c0-2é._-]{0,4}", 0..40)) {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            let mut sorted = sorted(&keys, false);
            let mut keys = keys;
            keys.sort_unstable();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, keys);
        }
    }
}
