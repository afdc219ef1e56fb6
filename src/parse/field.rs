//! One line of the stream, told apart.

use core::time::Duration;

/// A line by what it means, as the standard's "process the field" has it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Field<'l> {
    Data(&'l str),
    Event(&'l str),
    Id(&'l str),
    Retry(Duration),
    Comment(&'l str),
    /// An unknown name, an `id` with a NUL, a `retry` that is not a number.
    Ignored,
}

impl<'l> Field<'l> {
    /// `line` is not empty and has no line end.
    #[inline]
    pub(super) fn of(line: &'l str) -> Self {
        // Nearly every line is this one.
        if let Some(value) = line.strip_prefix("data:") {
            return Self::Data(without_space(value));
        }
        if let Some(text) = line.strip_prefix(':') {
            return Self::Comment(without_space(text));
        }
        if let Some(id) = line.strip_prefix("id:") {
            let id = without_space(id);
            return if memchr::memchr(0, id.as_bytes()).is_some() {
                Self::Ignored
            } else {
                Self::Id(id)
            };
        }
        if let Some(event_type) = line.strip_prefix("event:") {
            return Self::Event(without_space(event_type));
        }
        let (name, value) = match line.split_once(':') {
            Some((name, value)) => (name, without_space(value)),
            None => (line, ""),
        };
        match name {
            "data" => Self::Data(value),
            "event" => Self::Event(value),
            "id" if !value.contains('\0') => Self::Id(value),
            "retry" => milliseconds(value).map_or(Self::Ignored, Self::Retry),
            _ => Self::Ignored,
        }
    }
}

fn without_space(value: &str) -> &str {
    value.strip_prefix(' ').unwrap_or(value)
}

/// ASCII digits only: no sign, no white space, not nothing.
fn milliseconds(value: &str) -> Option<Duration> {
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // All digits, so that parsing fails by overflow alone.
    Some(Duration::from_millis(value.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_make_a_reconnection_time() {
        assert_eq!(milliseconds("0"), Some(Duration::ZERO));
        assert_eq!(milliseconds("007"), Some(Duration::from_millis(7)));
        let beyond = milliseconds("99999999999999999999");
        assert_eq!(beyond, Some(Duration::from_millis(u64::MAX)));
        for bad in ["", "+1", "-1", "1.5", "1e3", " 1", "1 ", "0x1", "１"] {
            assert_eq!(milliseconds(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn one_space_is_taken_and_no_more() {
        assert_eq!(Field::of("data:  a "), Field::Data(" a "));
        assert_eq!(Field::of("data:\ta"), Field::Data("\ta"));
        assert_eq!(Field::of(":  note"), Field::Comment(" note"));
    }
}
