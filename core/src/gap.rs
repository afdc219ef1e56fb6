//! Why events may be missing.

use core::fmt;

/// Why events may be missing where a subscriber is told of a [gap](crate::Error::Gap).
///
/// Gaps that nobody has read of yet are one; its cause is that of the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GapCause {
    /// It is not known here, as where another tab holds the connection.
    #[default]
    Unknown,
    /// The stream was opened anew by a request without a last event ID: no event had one, or it could not be
    /// sent. Servers avoid it by sending an `id` with each event.
    NoPosition,
    /// The stream was opened anew, and the server does not go on where it had stopped: it has said so, or the
    /// caller has (`replays(false)`), or its protocol can't.
    NotResumed,
    /// The last event ID went by a query parameter that the caller has not named, and the answer does not
    /// confirm it.
    Unconfirmed,
    /// The ID of the next event does not follow the one before, as `follows` or `follows_integers` has it.
    IdsMissing,
    /// The server of a multiplexer has announced it, or has begun a new log.
    Announced,
    /// An event was skipped whose channel can't be told: it was larger than the limit, or malformed.
    Skipped,
}

impl fmt::Display for GapCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "the cause is not known here",
            Self::NoPosition => "the stream was opened anew without a last event ID",
            Self::NotResumed => {
                "the stream was opened anew, and the server does not go on where it had stopped"
            }
            Self::Unconfirmed => {
                "the last event ID went by a query parameter, and the answer does not confirm it; name the \
                 parameter by `last_event_id_param` if the server reads it"
            }
            Self::IdsMissing => "the ID of the next event does not follow the one before",
            Self::Announced => "the server has announced it",
            Self::Skipped => "an event was skipped whose channel can't be told",
        })
    }
}
