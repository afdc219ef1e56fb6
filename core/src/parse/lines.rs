//! Finds line ends.
//!
//! A line end is LF, CR, or CR LF. Both are ASCII, and no byte of a longer UTF-8 sequence is, so lines can be
//! split before the text is decoded.

use memchr::memchr2;

const LF: u8 = b'\n';
pub(super) const CR: u8 = b'\r';

/// The number of bytes that the loop over words checks before SIMD takes over. Most lines end before a call
/// of `memchr` would have paid off.
const NEAR: usize = 64;

/// Whether `memchr` uses SIMD. Otherwise it reads words of the target's size: in wasm, half as long as ours.
const SIMD: bool = cfg!(any(not(target_arch = "wasm32"), target_feature = "simd128"));

/// Returns the index of the first LF or CR.
#[inline]
pub(super) fn first_line_end(bytes: &[u8]) -> Option<usize> {
    match bytes.split_at_checked(NEAR) {
        Some((near, far)) if SIMD => {
            by_words(near).or_else(|| memchr2(LF, CR, far).map(|at| NEAR + at))
        }
        _ => by_words(bytes),
    }
}

/// Checks eight bytes at a time.
#[inline]
fn by_words(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let low = low_bytes(u64::from_le_bytes(*word));
        if low != 0 {
            let first = at * 8 + low.trailing_zeros() as usize / 8;
            if is_line_end(bytes[first]) {
                return Some(first);
            }
            return past(bytes, first + 1);
        }
    }
    let start = bytes.len() - rest.len();
    let found = rest.iter().position(|byte| is_line_end(*byte));
    found.map(|at| start + at)
}

/// Continues after another control character, of which a text may have many.
#[cold]
fn past(bytes: &[u8], start: usize) -> Option<usize> {
    memchr2(LF, CR, &bytes[start..]).map(|at| start + at)
}

#[inline]
fn is_line_end(byte: u8) -> bool {
    matches!(byte, LF | CR)
}

/// Marks each byte below 0x0E by its high bit: LF, CR and few others. A borrow may set further bits, but only
/// after such a byte, so none is missed and the first is right.
#[inline]
fn low_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xFF;
    word.wrapping_sub(ONES * 0x0E) & !word & (ONES * 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_is_found(
            mut bytes in prop::collection::vec(prop_oneof![
                8 => any::<u8>(),
                4 => 0u8..0x10,
                1 => Just(LF),
                1 => Just(CR),
            ], 0..200),
            clean in 0usize..200,
        ) {
            // The first bytes have no line end, so that the SIMD search is tested as well.
            for byte in bytes.iter_mut().take(clean) {
                if is_line_end(*byte) {
                    *byte = b' ';
                }
            }
            let first = bytes.iter().position(|byte| is_line_end(*byte));
            prop_assert_eq!(first_line_end(&bytes), first);
            prop_assert_eq!(by_words(&bytes), first);
        }
    }
}
