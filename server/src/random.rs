//! Random names that can't be guessed.

use std::fmt::Write;

/// Returns 128 random bits in hexadecimal.
///
/// # Panics
///
/// If the operating system provides no randomness, since no token would be safe without it.
#[must_use]
pub fn name() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system provides randomness");
    bytes
        .iter()
        .fold(String::with_capacity(32), |mut name, byte| {
            write!(name, "{byte:02x}").expect("writing to a string does not fail");
            name
        })
}
