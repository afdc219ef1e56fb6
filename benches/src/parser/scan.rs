//! The upper bound of speed: any parser must at least find the line ends.

use memchr::memchr_iter;

use super::input::Input;

/// Returns the sum of the offsets of all line feeds, so that each must be found.
pub(crate) fn lines(input: &Input) -> usize {
    let of_chunk = |chunk| memchr_iter(b'\n', chunk).fold(0, usize::wrapping_add);
    input.chunks().map(of_chunk).fold(0, usize::wrapping_add)
}
