//! Tells the fields of an event stream apart, line by line.

use core::time::Duration;

use memchr::memchr;

/// The field of a line, by the standard's "process the field".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Data,
    Event,
    Id,
    Retry(Duration),
    Comment,
    /// An unknown name, an `id` with a NUL, or a `retry` that is not a number.
    Ignored,
}

impl Field {
    /// Returns the field and where its value begins. `line` is not empty and has no line end. Field names are
    /// ASCII, so the line needs no decoding here.
    #[inline]
    pub(super) fn of(line: &[u8]) -> (Self, usize) {
        // Fast path: nearly every line is one of these.
        let (field, length) = match line {
            [b'd', b'a', b't', b'a', b':', ..] => (Self::Data, 5),
            [b'e', b'v', b'e', b'n', b't', b':', ..] => (Self::Event, 6),
            [b':', ..] => (Self::Comment, 1),
            _ => return Self::by_name(line),
        };
        (field, after_space(line, length))
    }

    /// Returns where the value begins if these bytes begin a data line and are enough to tell.
    #[inline]
    pub(super) fn data_begins(line: &[u8]) -> Option<usize> {
        match line {
            [b'd', b'a', b't', b'a', b':', _, ..] => Some(after_space(line, 5)),
            _ => None,
        }
    }

    fn by_name(line: &[u8]) -> (Self, usize) {
        let colon = line.iter().position(|&byte| byte == b':');
        let (name, start) = match colon {
            Some(colon) => (&line[..colon], after_space(line, colon + 1)),
            None => (line, line.len()),
        };
        let value = &line[start..];
        let field = match name {
            b"data" => Self::Data,
            b"event" => Self::Event,
            b"id" if memchr(0, value).is_none() => Self::Id,
            b"retry" => milliseconds(value).map_or(Self::Ignored, Self::Retry),
            _ => Self::Ignored,
        };
        (field, start)
    }
}

/// Whether a line counts for the event's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// The line's name is `data`, `event` or `id`.
    Counts,
    /// The line is a comment, a `retry`, or a field that the standard ignores.
    Free,
    /// Too little of the line has arrived to tell.
    Unknown,
}

impl Share {
    /// Judges a line by its first bytes; seven are always enough.
    pub(super) fn of(begun: &[u8], is_complete: bool) -> Self {
        for name in [&b"data"[..], b"event", b"id"] {
            if let Some(rest) = begun.strip_prefix(name) {
                return match rest.first() {
                    Some(b':') => Self::Counts,
                    Some(_) => Self::Free,
                    None if is_complete => Self::Counts,
                    None => Self::Unknown,
                };
            }
            if !is_complete && name.starts_with(begun) {
                return Self::Unknown;
            }
        }
        Self::Free
    }
}

/// Skips the one space after the colon, which does not belong to the value.
#[inline]
fn after_space(line: &[u8], start: usize) -> usize {
    start + usize::from(line.get(start) == Some(&b' '))
}

/// Parses ASCII digits; a sign, white space or an empty value is no number.
fn milliseconds(value: &[u8]) -> Option<Duration> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = value.iter().fold(0u64, |number, digit| {
        number
            .saturating_mul(10)
            .saturating_add(u64::from(digit - b'0'))
    });
    Some(Duration::from_millis(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_make_a_reconnection_time() {
        assert_eq!(milliseconds(b"0"), Some(Duration::ZERO));
        assert_eq!(milliseconds(b"007"), Some(Duration::from_millis(7)));
        let beyond = milliseconds(b"99999999999999999999");
        assert_eq!(beyond, Some(Duration::from_millis(u64::MAX)));
        for bad in ["", "+1", "-1", "1.5", "1e3", " 1", "1 ", "0x1", "１"] {
            assert_eq!(milliseconds(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn only_what_makes_up_an_event_counts_for_its_size() {
        for (begun, expected) in [
            ("data: x", Share::Counts),
            ("event:", Share::Counts),
            ("id:\0", Share::Counts),
            (": note", Share::Free),
            ("retry: 1", Share::Free),
            ("dataset: x", Share::Free),
            ("dat", Share::Unknown),
            ("id", Share::Unknown),
        ] {
            assert_eq!(Share::of(begun.as_bytes(), false), expected, "{begun:?}");
        }
        assert_eq!(Share::of(b"data", true), Share::Counts);
        assert_eq!(Share::of(b"dat", true), Share::Free);
    }

    #[test]
    fn one_space_is_taken_and_no_more() {
        assert_eq!(Field::of(b"data:  a "), (Field::Data, 6));
        assert_eq!(Field::of(b"data:\ta"), (Field::Data, 5));
        assert_eq!(Field::of(b":  note"), (Field::Comment, 2));
        assert_eq!(Field::of(b"id: "), (Field::Id, 4));
    }

    #[test]
    fn a_line_without_a_colon_is_a_name() {
        assert_eq!(Field::of(b"data"), (Field::Data, 4));
        assert_eq!(Field::of(b"id"), (Field::Id, 2));
        assert_eq!(Field::of(b"dat"), (Field::Ignored, 3));
    }
}
