//! The cause of a gap.

use core::fmt;

/// The reason why events may be missing when a subscriber is told of a [gap](crate::Error::Gap).
///
/// Gaps that the subscriber has not read yet are merged into one, with the cause of the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GapCause {
    /// The cause is unknown in this tab, for example because another tab holds the connection.
    #[default]
    Unknown,
    /// The stream was reopened by a request without a last event ID: no event had an ID, or the ID could not
    /// be sent. Servers avoid this gap by sending an `id` with each event.
    NoPosition,
    /// The stream was reopened, and the server does not resume where it stopped. Either the server said so,
    /// or the caller did (`replays(false)`), or the protocol can't resume.
    NotResumed,
    /// The last event ID was sent in a query parameter that the caller has not named, and the answer does not
    /// confirm it.
    Unconfirmed,
    /// The next event's ID does not follow the previous one, as judged by `follows` or `follows_integers`.
    IdsMissing,
    /// The server of a multiplexer announced the gap or began a new log.
    Announced,
    /// A skipped event had no recognisable channel: it exceeded the size limit or was malformed.
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
