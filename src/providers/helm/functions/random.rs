//! What differs each time. The surroundings give the bytes, and note that the text depends on them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::template::{Failure, Function, Surroundings, Value};
use super::arguments::{Arguments, MOST_TEXT, Outcome, exactly};

pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("randAlpha", exactly(1, |world, given| letters(world, given.int(0)?, |byte| byte.is_ascii_alphabetic()))),
    ("randAlphaNum", exactly(1, |world, given| letters(world, given.int(0)?, |byte| byte.is_ascii_alphanumeric()))),
    ("randAscii", exactly(1, |world, given| letters(world, given.int(0)?, |byte| (32..127).contains(&byte)))),
    ("randBytes", exactly(1, |world, given| bytes(world, given.int(0)?))),
    ("randInt", exactly(2, |world, given| int(world, given.int(0)?, given.int(1)?))),
    ("randNumeric", exactly(1, |world, given| letters(world, given.int(0)?, |byte| byte.is_ascii_digit()))),
    ("shuffle", exactly(1, |world, given| Ok(Value::string(shuffled(world, given.text(0)?))))),
    ("uuidv4", exactly(0, |world, _| Ok(Value::string(uuid(world))))),
];

/// So many of the letters that are wanted, all of them as likely. Fewer than none is none.
fn letters(world: &dyn Surroundings, count: i64, wanted: fn(u8) -> bool) -> Outcome {
    let count = usize::try_from(count).unwrap_or_default();
    too_many(count)?;
    let mut text = String::with_capacity(count);
    let mut pool = [0; 256];
    while text.len() < count {
        world.random(&mut pool);
        let found = pool.iter().map(|byte| byte & 127).filter(|byte| wanted(*byte)).map(char::from);
        text.extend(found.take(count - text.len()));
    }
    Ok(Value::string(text))
}

fn too_many(count: usize) -> Result<(), Failure> {
    if count > MOST_TEXT {
        return Err(Failure::new(format!(
            "{count} random bytes are more than the {MOST_TEXT} that a text may have here"
        )));
    }
    Ok(())
}

fn bytes(world: &dyn Surroundings, count: i64) -> Outcome {
    let Ok(count) = usize::try_from(count) else {
        return Err(Failure::new("runtime error: makeslice: len out of range"));
    };
    too_many(count)?;
    let mut bytes = vec![0; count];
    world.random(&mut bytes);
    Ok(Value::string(STANDARD.encode(bytes)))
}

/// From a number up to another, which is not among them.
fn int(world: &dyn Surroundings, least: i64, below: i64) -> Outcome {
    let count = below.wrapping_sub(least);
    match u64::try_from(count) {
        Ok(count) if count > 0 => Ok(Value::Int(least.wrapping_add(below_of(world, count).cast_signed()))),
        _ => Err(Failure::new("invalid argument to Intn")),
    }
}

/// A number below another, all of them as likely.
fn below_of(world: &dyn Surroundings, count: u64) -> u64 {
    let even = u64::MAX - u64::MAX % count;
    loop {
        let mut bytes = [0; 8];
        world.random(&mut bytes);
        let number = u64::from_be_bytes(bytes);
        if number < even {
            return number % count;
        }
    }
}

fn shuffled(world: &dyn Surroundings, text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for place in (1..letters.len()).rev() {
        let other = below_of(world, place as u64 + 1);
        letters.swap(place, usize::try_from(other).unwrap_or_default());
    }
    letters.into_iter().collect()
}

fn uuid(world: &dyn Surroundings) -> String {
    let mut bytes = [0; 16];
    world.random(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{evaluate, fails, gives};
    use super::*;

    fn text(expression: &str) -> String {
        evaluate(expression).unwrap().as_str().unwrap().to_owned()
    }

    #[test]
    fn random_texts_have_their_length_and_their_letters() {
        type Belongs = fn(&char) -> bool;
        let kinds: [(&str, Belongs, usize); 4] = [
            ("randAlpha 2000", char::is_ascii_alphabetic, 52),
            ("randAlphaNum 2000", char::is_ascii_alphanumeric, 62),
            ("randNumeric 2000", char::is_ascii_digit, 10),
            ("randAscii 4000", |letter| (' '..='~').contains(letter), 95),
        ];
        for (expression, wanted, count) in kinds {
            let text = text(expression);
            assert!(text.chars().all(|letter| wanted(&letter)), "{text}");
            assert_eq!(text.len().to_string(), expression.split(' ').nth(1).unwrap());
            let different: std::collections::BTreeSet<char> = text.chars().collect();
            assert_eq!(different.len(), count, "{expression}");
        }
        assert_eq!(STANDARD.decode(text("randBytes 7")).unwrap().len(), 7);
        assert_eq!((text("randAlpha -1"), text("randAlpha 0")), (String::new(), String::new()));
    }

    #[test]
    fn random_numbers_are_in_their_range() {
        for _ in 0..100 {
            let Value::Int(number) = evaluate("randInt -2 3").unwrap() else { panic!("no int") };
            assert!((-2..3).contains(&number));
        }
        gives(&[("randInt 3 4", "int", "3")]);
        fails(&[
            ("randInt 3 3", "invalid argument to Intn"),
            ("randInt 5 3", "invalid argument to Intn"),
            ("randBytes -1", "runtime error: makeslice: len out of range"),
        ]);
        assert!(evaluate("randAlpha 999999999").is_err());
    }

    #[test]
    fn shuffling_keeps_the_letters() {
        let shuffled = text("shuffle \"abcdefghijklmnop\"");
        let mut letters: Vec<char> = shuffled.chars().collect();
        letters.sort_unstable();
        assert_ne!(shuffled, "abcdefghijklmnop");
        assert_eq!(letters.into_iter().collect::<String>(), "abcdefghijklmnop");
    }

    #[test]
    fn identifiers_are_random_ones() {
        let identifier = uuid::Uuid::parse_str(&text("uuidv4")).unwrap();
        assert_eq!(identifier.get_version_num(), 4);
        assert_ne!(text("uuidv4"), identifier.to_string());
    }
}
