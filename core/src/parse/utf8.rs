//! Bytes to text, by the [UTF-8 decoder] of the Encoding standard: each ill-formed sequence becomes
//! U+FFFD, one for each maximal subpart.
//!
//! No line end is part of a longer sequence, so that to decode line by line is to decode the stream.
//!
//! [UTF-8 decoder]: https://encoding.spec.whatwg.org/#utf-8-decoder

use core::str::from_utf8;
use std::borrow::Cow;

/// From here on, SIMD is worth the choice of the instructions to use.
const LONG: usize = 128;

/// The text of `bytes`, which are expected to be well-formed.
#[inline]
fn text(bytes: &[u8]) -> Option<&str> {
    if bytes.len() < LONG {
        from_utf8(bytes).ok()
    } else {
        simdutf8::basic::from_utf8(bytes).ok()
    }
}

/// The text of `bytes`; where something had to be replaced, `keep` is given it instead.
#[inline]
pub(super) fn borrowed_or(bytes: &[u8], keep: impl FnOnce(&str)) -> Option<&str> {
    let text = text(bytes);
    if text.is_none() {
        keep(&String::from_utf8_lossy(bytes));
    }
    text
}

/// The text of `bytes`; where something had to be replaced, it lies in `buffer`.
#[inline]
pub(super) fn decoded_into<'t>(bytes: &'t [u8], buffer: &'t mut String) -> &'t str {
    text(bytes).unwrap_or_else(|| {
        *buffer = String::from_utf8_lossy(bytes).into_owned();
        buffer
    })
}

/// The text of `bytes`, in a buffer of its own where something had to be replaced.
pub(super) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    text(bytes).map_or_else(|| String::from_utf8_lossy(bytes), Cow::Borrowed)
}
