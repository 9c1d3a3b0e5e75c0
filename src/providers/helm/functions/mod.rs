//! What templates can call beside Go's own functions: sprig's and Helm's, as far as they need nothing of the engine.
//! A file is a subject. Each says what it does as Helm does it, and fails in Helm's words.

mod arguments;
mod certificates;
mod ciphers;
mod dates;
mod decimals;
mod defaults;
mod encodings;
mod hashes;
mod keys;
mod letters;
mod lists;
mod maps;
mod merge;
mod number_text;
mod numbers;
mod passwords;
mod paths;
mod printing;
mod random;
mod reflection;
mod regexes;
mod scrypt;
pub(crate) mod semver;
mod strings;
#[cfg(test)]
mod testing;
mod urls;
mod words;
mod wrapping;

use std::collections::HashMap;
use std::sync::OnceLock;

use super::template::Function;
use super::yaml;

/// By subject.
const SUBJECTS: &[&[(&str, Function)]] = &[
    certificates::FUNCTIONS,
    ciphers::FUNCTIONS,
    dates::FUNCTIONS,
    decimals::FUNCTIONS,
    defaults::FUNCTIONS,
    encodings::FUNCTIONS,
    hashes::FUNCTIONS,
    keys::FUNCTIONS,
    letters::FUNCTIONS,
    lists::FUNCTIONS,
    maps::FUNCTIONS,
    merge::FUNCTIONS,
    numbers::FUNCTIONS,
    passwords::FUNCTIONS,
    paths::FUNCTIONS,
    random::FUNCTIONS,
    reflection::FUNCTIONS,
    regexes::FUNCTIONS,
    semver::FUNCTIONS,
    strings::FUNCTIONS,
    urls::FUNCTIONS,
    words::FUNCTIONS,
    wrapping::FUNCTIONS,
    yaml::FUNCTIONS,
];

static BY_NAME: OnceLock<HashMap<&'static str, Function>> = OnceLock::new();

/// The function of this name, if there is one.
pub(crate) fn find(name: &str) -> Option<Function> {
    let functions = BY_NAME.get_or_init(|| SUBJECTS.iter().flat_map(|subject| subject.iter().copied()).collect());
    functions.get(name).copied()
}
