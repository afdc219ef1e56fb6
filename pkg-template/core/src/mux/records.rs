//! What the channels are told, in order with their events.
//!
//! These records have a number in the second place, and in the third where their text ends.

use core::cell::RefCell;
use std::rc::Rc;

use super::super::outputs;
use super::super::piece::Piece;
use everstream_core::Error;
use everstream_core::mux::Subscribers;

/// The events that follow are of the channel with this number.
pub(crate) const CHANNEL: u32 = u32::MAX - 3;
/// The channel with this number is in force.
pub(crate) const IN_FORCE: u32 = u32::MAX - 4;
/// The channel with this number may have missed something here.
pub(crate) const GAP: u32 = u32::MAX - 5;
/// The channel with this number has ended. Arguments: those of an error, if there is one.
pub(crate) const END: u32 = u32::MAX - 6;
/// A number and a text for the record that follows.
const ARGUMENT: u32 = u32::MAX - 7;
/// The text is the position.
pub(crate) const POSITION: u32 = u32::MAX - 8;
/// Something went wrong that concerns no channel alone. Arguments: the error's.
const FAILED: u32 = u32::MAX - 9;
/// The channel with this number is not in force any more.
const NOT_IN_FORCE: u32 = u32::MAX - 10;

/// The codes of those errors that only a multiplexer knows, far behind those of a source, which grow.
pub(super) const CHANNEL_FAILED: u32 = 100;
const PROTOCOL: u32 = 101;

/// What the channels have still to be told.
pub(crate) type Notices = Rc<RefCell<Vec<(u32, Notice)>>>;

pub(crate) enum Notice {
    InForce(bool),
    Gap,
    End(Option<Error>),
    /// Of no channel.
    Failed(Error),
}

/// A channel, as the multiplexer's core sees it: it is JavaScript that has the subscribers.
pub(crate) struct Channel {
    pub(super) number: u32,
    notices: Notices,
}

impl Channel {
    pub(super) fn new(number: u32, notices: Notices) -> Self {
        Self { number, notices }
    }

    fn note(&self, notice: Notice) {
        self.notices.borrow_mut().push((self.number, notice));
    }
}

impl Subscribers for Channel {
    fn in_force(&self, yes: bool) {
        self.note(Notice::InForce(yes));
    }

    fn gap(&self) {
        self.note(Notice::Gap);
    }

    fn end(&self, error: Option<Error>) {
        self.note(Notice::End(error));
    }
}

/// Writes what has to be told.
pub(super) fn notices(notices: &Notices, piece: &mut Piece<'_>) {
    for (number, notice) in notices.borrow_mut().drain(..) {
        match notice {
            Notice::InForce(true) => piece.told(IN_FORCE, number, ""),
            Notice::InForce(false) => piece.told(NOT_IN_FORCE, number, ""),
            Notice::Gap => piece.told(GAP, number, ""),
            Notice::End(error) => {
                if let Some(error) = &error {
                    arguments(error, piece);
                }
                piece.told(END, number, "");
            }
            Notice::Failed(error) => {
                arguments(&error, piece);
                piece.told(FAILED, number, "");
            }
        }
    }
}

/// An error as numbers and texts: first its code, then what it says.
pub(crate) fn arguments(error: &Error, piece: &mut Piece<'_>) {
    let (code, first, others) = match error {
        Error::Channel {
            channel,
            code,
            message,
        } => (CHANNEL_FAILED, channel, [&**code, message]),
        Error::Protocol {
            event_type,
            data,
            reason,
        } => (
            PROTOCOL,
            reason,
            [event_type.as_deref().unwrap_or_default(), data],
        ),
        other => {
            let (code, detail) = outputs::describe(other);
            let (excerpt, content_type) = match other {
                Error::Response(unexpected) => {
                    let content_type = unexpected.response.header("content-type");
                    (&*unexpected.excerpt, content_type.unwrap_or_default())
                }
                _ => ("", ""),
            };
            piece.told(ARGUMENT, code, excerpt);
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // It saturates.
            return piece.told(ARGUMENT, detail as u32, content_type);
        }
    };
    piece.told(ARGUMENT, code, first);
    for text in others {
        piece.told(ARGUMENT, 0, text);
    }
}
