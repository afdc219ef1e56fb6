//! Writes a session's deliveries to the listeners as records.

use everstream_core::Error;
use everstream_core::connection::{EndReason, Resumed, State};
use everstream_core::parse::UnfinishedEvent;
use everstream_core::session::{Delivery, Flow, SOLE, Sink};
#[cfg(feature = "tabs")]
use everstream_core::tabs::Role;

use crate::piece::Piece;
use crate::tables::{Code, Record, Status};

/// Accepts everything, because a piece of a stream has its own limit.
pub(crate) struct All<'p, 'w>(pub(crate) &'p mut Piece<'w>);

/// Accepts about as much as a piece of a stream brings.
pub(crate) struct Portion<'p, 'w>(pub(crate) &'p mut Piece<'w>);

impl Sink for All<'_, '_> {
    fn take(&mut self, delivery: Delivery<'_>) -> Flow {
        write(delivery, self.0);
        Flow::Continue
    }
}

impl Sink for Portion<'_, '_> {
    fn take(&mut self, delivery: Delivery<'_>) -> Flow {
        write(delivery, self.0);
        if self.0.is_full() {
            Flow::Stop
        } else {
            Flow::Continue
        }
    }
}

fn write(delivery: Delivery<'_>, piece: &mut Piece<'_>) {
    match delivery {
        Delivery::Event(channel, event, _) => {
            #[cfg(feature = "mux")]
            piece.begin(channel);
            let _ = channel;
            piece.event(&event);
        }
        Delivery::Comment(text) => piece.told(Record::Comment, 0, text),
        Delivery::Gap(SOLE, _) => piece.told(Record::Missing, 0, ""),
        Delivery::Skipped(channel, _) => {
            #[cfg(feature = "mux")]
            piece.begin(channel);
            let _ = channel;
            piece.told(Record::TooLarge, 0, "");
        }
        Delivery::State(state) => write_state(state, piece),
        Delivery::Ended(end) => {
            let reason = match end.reason {
                EndReason::Body => 0,
                EndReason::NoContent => 1,
                // `Until`.
                _ => 2,
            };
            write_unfinished(end.unfinished.as_deref(), piece);
            piece.told(Record::Over, reason, "");
        }
        #[cfg(feature = "mux")]
        Delivery::Gap(channel, _) => piece.told(Record::Gap, channel.0, ""),
        #[cfg(feature = "mux")]
        Delivery::InForce(channel, true) => piece.told(Record::InForce, channel.0, ""),
        #[cfg(feature = "mux")]
        Delivery::InForce(channel, false) => piece.told(Record::NotInForce, channel.0, ""),
        #[cfg(feature = "mux")]
        Delivery::End(channel, error) => {
            if let Some(error) = &error {
                write_error(error, piece);
            }
            piece.told(Record::End, channel.0, "");
        }
        #[cfg(feature = "mux")]
        Delivery::Failed(error) => {
            write_error(&error, piece);
            piece.told(Record::Broken, 0, "");
        }
        #[cfg(feature = "tabs")]
        Delivery::Sharing(sharing) => {
            let role = match sharing.role {
                Role::Leader => 0,
                Role::Follower => 1,
                // `Alone`.
                _ => 2,
            };
            #[allow(clippy::cast_possible_truncation)] // Memory is addressed by 32 bits.
            let tabs = sharing.tabs as u32;
            piece.told(Record::Sharing, tabs * 4 + role, "");
        }
        // The other deliveries never occur in this core.
        _ => {}
    }
}

fn write_state(state: &State, piece: &mut Piece<'_>) {
    let status = match state {
        State::Idle => Status::Idle,
        State::Open { resumed, .. } => {
            let resumed = match resumed {
                Resumed::No => 0,
                Resumed::Asked => 1,
                // `Confirmed`.
                _ => 2,
            };
            piece.told(Record::Argument, resumed, "");
            Status::Open
        }
        State::Waiting {
            retry_in, error, ..
        } => {
            // JavaScript reads a number below zero as no time at all.
            let wait = retry_in.map_or(u32::MAX, |wait| {
                i32::try_from(wait.as_millis())
                    .unwrap_or(i32::MAX)
                    .unsigned_abs()
            });
            piece.told(Record::Argument, wait, "");
            write_error(error, piece);
            Status::Waiting
        }
        State::Paused => Status::Paused,
        State::Closed { error } => {
            if let Some(error) = error {
                piece.told(Record::Argument, 0, "");
                write_error(error, piece);
            }
            Status::Closed
        }
        // `Connecting`, `Subscribing`.
        _ => Status::Connecting,
    };
    piece.told(Record::State, status as u32, "");
}

/// Writes an error as numbers and texts: its code and its detail, then what else it carries.
fn write_error(error: &Error, piece: &mut Piece<'_>) {
    let (code, detail) = describe(error);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // The cast saturates.
    let detail = detail as u32;
    match error {
        #[cfg(feature = "mux")]
        Error::Channel {
            channel,
            code: reason,
            message,
        } => {
            piece.told(Record::Argument, code as u32, channel);
            piece.told(Record::Argument, 0, reason);
            piece.told(Record::Argument, 0, message);
        }
        #[cfg(feature = "mux")]
        Error::Protocol {
            event_type,
            data,
            reason,
        } => {
            piece.told(Record::Argument, code as u32, reason);
            let event_type = event_type.as_deref().unwrap_or_default();
            piece.told(Record::Argument, 0, event_type);
            piece.told(Record::Argument, 0, data);
        }
        // The connection may be another tab's, and then this page has not seen the answer.
        #[cfg(feature = "mux")]
        Error::Response(unexpected) => {
            let content_type = unexpected.response.header("content-type");
            piece.told(Record::Argument, code as u32, &unexpected.excerpt);
            let content_type = content_type.unwrap_or_default();
            piece.told(Record::Argument, detail, content_type);
        }
        _ => {
            piece.told(Record::Argument, code as u32, "");
            piece.told(Record::Argument, detail, "");
        }
    }
    if let Error::Disconnected { unfinished, .. } | Error::Ended { unfinished } = error {
        write_unfinished(unfinished.as_deref(), piece);
    }
}

fn write_unfinished(unfinished: Option<&UnfinishedEvent>, piece: &mut Piece<'_>) {
    if let Some(event) = unfinished {
        piece.told(Record::Argument, 0, &event.event_type);
        piece.told(Record::Argument, 0, &event.data);
    }
}

/// Returns an error's code, and its detail: a status or milliseconds. The package makes the sentence.
pub(crate) fn describe(error: &Error) -> (Code, f64) {
    match error {
        Error::Ended { .. } => (Code::Ended, 0.0),
        Error::Disconnected { .. } => (Code::Disconnected, 0.0),
        Error::Response(unexpected) => (Code::Response, f64::from(unexpected.response.status)),
        Error::OpenTimeout { after } => (Code::OpenTimeout, after.as_secs_f64() * 1000.0),
        Error::HeartbeatTimeout { silent_for } => {
            (Code::HeartbeatTimeout, silent_for.as_secs_f64() * 1000.0)
        }
        Error::Distrusted { .. } => (Code::Replaced, 0.0),
        Error::Headers { .. } => (Code::Headers, 0.0),
        Error::PreflightRefused => (Code::Preflight, 0.0),
        Error::EventTooLarge(_) => (Code::EventTooLarge, 0.0),
        #[cfg(feature = "mux")]
        Error::Channel { .. } => (Code::Channel, 0.0),
        #[cfg(feature = "mux")]
        Error::Protocol { .. } => (Code::Protocol, 0.0),
        _ => (Code::Unsupported, 0.0),
    }
}
