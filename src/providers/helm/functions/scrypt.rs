//! The key derivation scrypt (RFC 7914), with the one set of parameters that is needed: 32768 rounds over blocks of 8,
//! twice.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::super::template::Failure;

const ROUNDS: usize = 32_768;
const LANES: usize = 2;
/// Words of 32 bits in what is mixed at a time.
const WORDS: usize = 2 * 8 * 16;

pub(super) fn scrypt<const LENGTH: usize>(password: &[u8], salt: &[u8]) -> Result<[u8; LENGTH], Failure> {
    let mut lanes = pbkdf2::<{ LANES * WORDS * 4 }>(password, salt)?;
    for lane in lanes.chunks_mut(WORDS * 4) {
        mix(lane);
    }
    pbkdf2(password, &lanes)
}

/// PBKDF2 with HMAC-SHA-256 and one iteration.
fn pbkdf2<const LENGTH: usize>(password: &[u8], salt: &[u8]) -> Result<[u8; LENGTH], Failure> {
    let start = Hmac::<Sha256>::new_from_slice(password).map_err(|error| Failure::new(error.to_string()))?;
    let mut key = [0; LENGTH];
    for (number, part) in (1u32..).zip(key.chunks_mut(32)) {
        let mut block = start.clone();
        block.update(salt);
        block.update(&number.to_be_bytes());
        part.copy_from_slice(&block.finalize().into_bytes()[..part.len()]);
    }
    Ok(key)
}

fn mix(lane: &mut [u8]) {
    let mut state: Vec<u32> = lane.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)).collect();
    let mut memory = Vec::with_capacity(ROUNDS * WORDS);
    for _ in 0..ROUNDS {
        memory.extend_from_slice(&state);
        state = mix_blocks(&state);
    }
    for _ in 0..ROUNDS {
        let row = state[WORDS - 16] as usize % ROUNDS;
        for (word, other) in state.iter_mut().zip(&memory[row * WORDS..]) {
            *word ^= other;
        }
        state = mix_blocks(&state);
    }
    for (bytes, word) in lane.chunks_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
}

/// Each block is mixed with the one before; the even ones go to the front.
fn mix_blocks(state: &[u32]) -> Vec<u32> {
    let mut mixed = vec![0; WORDS];
    let mut block = [0; 16];
    block.copy_from_slice(&state[WORDS - 16..]);
    for (number, part) in state.chunks(16).enumerate() {
        for (word, other) in block.iter_mut().zip(part) {
            *word ^= other;
        }
        salsa(&mut block);
        let place = (number / 2 + number % 2 * (WORDS / 32)) * 16;
        mixed[place..place + 16].copy_from_slice(&block);
    }
    mixed
}

/// Salsa20 with eight rounds, by columns and by rows in turn.
fn salsa(block: &mut [u32; 16]) {
    const QUARTERS: [[usize; 4]; 8] = [
        [0, 4, 8, 12],
        [5, 9, 13, 1],
        [10, 14, 2, 6],
        [15, 3, 7, 11],
        [0, 1, 2, 3],
        [5, 6, 7, 4],
        [10, 11, 8, 9],
        [15, 12, 13, 14],
    ];
    let before = *block;
    for _ in 0..4 {
        for [first, second, third, fourth] in QUARTERS {
            block[second] ^= block[first].wrapping_add(block[fourth]).rotate_left(7);
            block[third] ^= block[second].wrapping_add(block[first]).rotate_left(9);
            block[fourth] ^= block[third].wrapping_add(block[second]).rotate_left(13);
            block[first] ^= block[fourth].wrapping_add(block[third]).rotate_left(18);
        }
    }
    for (word, before) in block.iter_mut().zip(before) {
        *word = word.wrapping_add(before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7914, section 8.
    #[test]
    fn salsa_mixes_as_its_example() {
        let input = "7e879a214f3ec9867ca940e641718f26baee555b8c61c1b50df846116dcd3b1dee24f319df9b3d8514121e4b5ac5aa3276021d2909c74829edebc68db8b8c25e";
        let output = "a41f859c6608cc993b81cacb020cef05044b2181a2fd337dfd7b1c6396682f29b4393168e3c9e6bcfe6bc5b7a06d96bae424cc102c91745c24ad673dc7618f81";
        let words = |text: &str| {
            let byte = |at: usize| u32::from_str_radix(&text[at..at + 2], 16).unwrap();
            std::array::from_fn::<u32, 16, _>(|place| (0..4).map(|part| byte(place * 8 + part * 2) << (8 * part)).sum())
        };
        let mut block = words(input);
        salsa(&mut block);
        assert_eq!(block, words(output));
    }
}
