//! Bytes to text, by the [UTF-8 decoder] of the Encoding standard: each maximal subpart of an ill-formed
//! sequence becomes one U+FFFD.
//!
//! No line end is part of a longer sequence, so decoding line by line equals decoding the whole stream.
//!
//! [UTF-8 decoder]: https://encoding.spec.whatwg.org/#utf-8-decoder

use core::str::from_utf8;
use std::borrow::Cow;

/// The length in bytes from which SIMD outweighs the choice of instructions at run time.
const LONG: usize = 128;

/// Returns the text of `bytes` if they are well-formed.
#[inline]
fn text(bytes: &[u8]) -> Option<&str> {
    if bytes.len() < LONG {
        from_utf8(bytes).ok()
    } else {
        simdutf8::basic::from_utf8(bytes).ok()
    }
}

/// Returns the text of `bytes`. If they are ill-formed, `keep` receives the replaced text instead.
#[inline]
pub(super) fn borrowed_or(bytes: &[u8], keep: impl FnOnce(&str)) -> Option<&str> {
    let text = text(bytes);
    if text.is_none() {
        keep(&replaced(bytes));
    }
    text
}

/// Returns the text of `bytes`. If they are ill-formed, the replaced text is stored in `buffer`.
#[inline]
pub(super) fn decoded_into<'t>(bytes: &'t [u8], buffer: &'t mut String) -> &'t str {
    text(bytes).unwrap_or_else(|| {
        *buffer = replaced(bytes);
        buffer
    })
}

/// Returns the text of `bytes`, in a buffer of its own if they are ill-formed.
pub(super) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    text(bytes).map_or_else(|| Cow::Owned(replaced(bytes)), Cow::Borrowed)
}

/// Returns the text of `bytes` with ill-formed sequences replaced. Same result as
/// [`String::from_utf8_lossy`], which would link a second decoder.
pub(crate) fn replaced(mut bytes: &[u8]) -> String {
    let mut text = String::new();
    loop {
        let error = match from_utf8(bytes) {
            Ok(rest) => {
                text.push_str(rest);
                return text;
            }
            Err(error) => error,
        };
        let (valid, rest) = bytes.split_at(error.valid_up_to());
        text.push_str(from_utf8(valid).unwrap_or_default());
        text.push(char::REPLACEMENT_CHARACTER);
        // Without an error length, the rest is an incomplete sequence.
        bytes = &rest[error.error_len().unwrap_or(rest.len())..];
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};

    use super::replaced;

    fn pieces() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            any::<char>().prop_map(|character| character.to_string().into_bytes()),
            any::<u8>().prop_map(|byte| vec![byte]),
            // Incomplete sequences, and bytes that begin no sequence.
            Just(vec![0xE2, 0x82]),
            Just(vec![0xF0, 0x9F, 0x98]),
            Just(vec![0xED, 0xA0, 0x80]),
            Just(vec![0xC0, 0x80]),
        ];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn what_is_ill_formed_is_replaced_as_the_standard_library_does(bytes in pieces()) {
            assert_eq!(replaced(&bytes), String::from_utf8_lossy(&bytes));
        }
    }
}
