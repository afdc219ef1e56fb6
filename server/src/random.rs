//! Names that nobody can guess.

use std::fmt::Write;

/// 128 random bits in hexadecimal.
///
/// # Panics
///
/// If the operating system has no randomness to give, without which no token is safe to hand out.
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
