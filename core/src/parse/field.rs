//! One line of the stream, told apart.

use core::time::Duration;

use memchr::memchr;

/// What a line means, as the standard's "process the field" has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Data,
    Event,
    Id,
    Retry(Duration),
    Comment,
    /// An unknown name, an `id` with a NUL, a `retry` that is not a number.
    Ignored,
}

impl Field {
    /// What the line is, and where its value begins. `line` is not empty and has no line end; what
    /// tells the fields apart is ASCII, so that it need not be decoded.
    #[inline]
    pub(super) fn of(line: &[u8]) -> (Self, usize) {
        // Nearly every line is one of these.
        let (field, length) = match line {
            [b'd', b'a', b't', b'a', b':', ..] => (Self::Data, 5),
            [b'e', b'v', b'e', b'n', b't', b':', ..] => (Self::Event, 6),
            [b':', ..] => (Self::Comment, 1),
            _ => return Self::by_name(line),
        };
        (field, after_space(line, length))
    }

    /// Where the value begins if these are the first bytes of a data line, and far enough to tell.
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

/// Whether a line is part of an event, and so counts for the event's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// Its name is `data`, `event` or `id`.
    Counts,
    /// It is a comment, a `retry`, or a field that the standard ignores.
    Free,
    /// Too little of the line has arrived to tell.
    Unknown,
}

impl Share {
    /// Judges a line by its first bytes: seven are always enough.
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

/// One space behind the colon does not belong to the value.
#[inline]
fn after_space(line: &[u8], start: usize) -> usize {
    start + usize::from(line.get(start) == Some(&b' '))
}

/// ASCII digits only: no sign, no white space, not nothing.
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
