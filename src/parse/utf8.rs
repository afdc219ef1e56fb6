//! Bytes to text, by the [UTF-8 decoder] of the Encoding standard.
//!
//! A chunk that is valid passes through as one borrowed `str`, checked once. A character split
//! over chunks is carried; an ill-formed sequence becomes U+FFFD, one for each maximal subpart.
//!
//! [UTF-8 decoder]: https://encoding.spec.whatwg.org/#utf-8-decoder

use core::str::from_utf8;

/// The longest UTF-8 sequence.
const MAX_SEQUENCE: usize = 4;

#[derive(Debug, Default)]
pub(super) struct Utf8Decoder {
    /// The beginning of a character whose end has not arrived.
    carry: [u8; MAX_SEQUENCE],
    carried: usize,
}

/// A stretch of decoded text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'c> {
    Text(&'c str),
    /// A character that lay across two chunks, or the replacement character. Never a line end.
    Char(char),
}

impl Utf8Decoder {
    /// Takes the next piece off the front of `input`, or `None` once all of it is taken or carried.
    pub(super) fn next<'c>(&mut self, input: &mut &'c [u8]) -> Option<Piece<'c>> {
        if self.carried > 0 {
            return self.complete(input).map(Piece::Char);
        }
        if input.is_empty() {
            return None;
        }
        let (head, tail) = input.split_at(input.len() - unfinished(input));
        match from_utf8(head) {
            Ok("") => {
                self.carry[..tail.len()].copy_from_slice(tail);
                self.carried = tail.len();
                *input = &[];
                None
            }
            Ok(text) => {
                *input = tail;
                Some(Piece::Text(text))
            }
            Err(error) if error.valid_up_to() > 0 => {
                let (valid, rest) = input.split_at(error.valid_up_to());
                *input = rest;
                // `valid` has just been found valid; the empty text would merely be skipped.
                Some(Piece::Text(from_utf8(valid).unwrap_or_default()))
            }
            Err(error) => {
                // Where the head ends inside a sequence, a lead byte follows it: ill-formed too.
                let ill_formed = error.error_len().unwrap_or(head.len());
                *input = &input[ill_formed..];
                Some(Piece::Char(char::REPLACEMENT_CHARACTER))
            }
        }
    }

    /// Goes on with the carried character.
    fn complete(&mut self, input: &mut &[u8]) -> Option<char> {
        while let Some((&byte, rest)) = input.split_first() {
            self.carry[self.carried] = byte;
            match from_utf8(&self.carry[..=self.carried]) {
                Ok(text) => {
                    *input = rest;
                    self.carried = 0;
                    return text.chars().next();
                }
                Err(error) if error.error_len().is_none() => {
                    *input = rest;
                    self.carried += 1;
                }
                Err(_) => {
                    // The byte does not belong to the sequence and is looked at again.
                    self.carried = 0;
                    return Some(char::REPLACEMENT_CHARACTER);
                }
            }
        }
        None
    }
}

/// How many bytes at the end are the beginning of a character that may go on in the next chunk.
fn unfinished(bytes: &[u8]) -> usize {
    let lead = bytes
        .iter()
        .rev()
        .take(MAX_SEQUENCE - 1)
        .position(|byte| byte & 0b1100_0000 != 0b1000_0000);
    let Some(before) = lead else { return 0 };
    let tail = &bytes[bytes.len() - before - 1..];
    match from_utf8(tail) {
        Err(error) if error.valid_up_to() == 0 && error.error_len().is_none() => tail.len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(chunks: &[&[u8]]) -> String {
        let mut decoder = Utf8Decoder::default();
        let mut text = String::new();
        for chunk in chunks {
            let mut input = *chunk;
            while let Some(piece) = decoder.next(&mut input) {
                match piece {
                    Piece::Text(piece) => text.push_str(piece),
                    Piece::Char(piece) => text.push(piece),
                }
            }
        }
        text
    }

    #[test]
    fn a_valid_chunk_is_one_borrowed_piece() {
        let chunk = "größer ✓ 🦀".as_bytes();
        let mut input = chunk;
        let piece = Utf8Decoder::default().next(&mut input);
        assert_eq!(piece, Some(Piece::Text("größer ✓ 🦀")));
        assert!(input.is_empty());
    }

    #[test]
    fn a_split_character_is_carried() {
        assert_eq!(decode(&[b"\xF0", b"\x9F", b"\xA6\x80!"]), "🦀!");
    }

    #[test]
    fn a_broken_carry_is_replaced_and_the_next_byte_kept() {
        assert_eq!(decode(&[b"a\xE2\x82", b"\nb"]), "a\u{FFFD}\nb");
        assert_eq!(decode(&[b"\xE2\x82", b"\xE2\x82", b"\xAC"]), "\u{FFFD}€");
    }

    fn chunked(bytes: &[u8], cuts: &[usize]) -> String {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let chunks: Vec<&[u8]> = cuts.windows(2).map(|w| &bytes[w[0]..w[1]]).collect();
        decode(&chunks)
    }

    /// Bytes that are rich in lead and continuation bytes.
    fn awkward() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![
            Just(b'a'),
            Just(0xC3),
            Just(0xE2),
            Just(0xED),
            Just(0xF0),
            Just(0xF4),
            0x80u8..0xC0,
            any::<u8>(),
        ];
        prop::collection::vec(byte, 0..40)
    }

    proptest! {
        #[test]
        fn agrees_with_the_standard_library(mut bytes in awkward(), cuts in prop::collection::vec(any::<usize>(), 0..6)) {
            // A line feed at the end leaves nothing carried, so that both have decoded everything.
            bytes.push(b'\n');
            let expected = String::from_utf8_lossy(&bytes).into_owned();
            prop_assert_eq!(chunked(&bytes, &cuts), expected);
        }
    }
}
