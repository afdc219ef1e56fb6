//! The bound: whoever parses has to find the line ends at least.

use memchr::memchr_iter;

use super::input::Input;

/// The places of all line feeds, added up so that each has to be found.
pub(crate) fn lines(input: &Input) -> usize {
    let of_chunk = |chunk| memchr_iter(b'\n', chunk).fold(0, usize::wrapping_add);
    input.chunks().map(of_chunk).fold(0, usize::wrapping_add)
}
