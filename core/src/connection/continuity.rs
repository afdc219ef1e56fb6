//! Whether event IDs follow one another, and how an answer is continued.

use core::fmt;
use std::rc::Rc;

use crate::text::read_number;

/// How to continue an answer that broke off, or that the server closed at will.
///
/// A request with side effects is never sent a second time. A continuation is another request, which asks for
/// the rest of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Continuation {
    /// The answer is not continued.
    #[default]
    None,
    /// A `GET` to the same URL with the header `Last-Event-ID`, once there is a last event ID.
    Get,
    /// A request that the caller describes at each attempt, once there is an answer or a last event ID.
    Ask,
}

/// Judges whether the second ID follows the first.
type Judge = dyn Fn(&str, &str) -> bool;

/// Judges whether an event ID directly follows another.
///
/// Servers that number their events but keep no log resume at the present. The events sent meanwhile are
/// missing, and only the numbers show it.
#[derive(Clone)]
pub enum Follows {
    /// The IDs are whole numbers, each one more than the previous.
    Integers,
    /// The function judges the previous ID and the next one.
    By(Rc<Judge>),
}

impl Follows {
    pub(super) fn judge(&self, previous: &str, next: &str) -> bool {
        match self {
            Self::Integers => match (read_number(previous), read_number(next)) {
                (Some(previous), Some(next)) => previous.checked_add(1) == Some(next),
                _ => false,
            },
            Self::By(judge) => judge(previous, next),
        }
    }
}

impl fmt::Debug for Follows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integers => f.write_str("Integers"),
            Self::By(_) => f.debug_tuple("By").finish_non_exhaustive(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_follow_one_another_by_one() {
        for (previous, next, expected) in [
            ("7", "8", true),
            ("7", "9", false),
            ("8", "7", false),
            ("7", "7", false),
            ("9", "10", true),
            ("18446744073709551615", "0", false),
            ("a", "8", false),
            ("7", "b", false),
            ("7", "", false),
            ("7", "+8", false),
            ("007", "8", true),
        ] {
            assert_eq!(
                Follows::Integers.judge(previous, next),
                expected,
                "{previous:?} then {next:?}"
            );
        }
    }
}
