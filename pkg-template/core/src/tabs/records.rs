//! What the listeners of this tab are told, in order with their events.
//!
//! The records of a [`piece`](super::super::piece), and these, which have a number in the second place and in
//! the third where their text ends.

use super::super::mux::{CHANNEL, END, GAP, IN_FORCE, arguments};
use super::super::outputs;
use super::super::piece::Piece;
use super::channels::Channels;
use super::deliveries::Deliveries;
use everstream_core::connection::State;
use everstream_core::parse::Event;
use everstream_core::tabs::{Fact, Output};

/// The number is the state, as the kind of output that a source has for it; zero: a multiplexer has no
/// channel. Arguments: those of an error, if
/// there is one.
const STATE: u32 = u32::MAX - 11;

/// So much text and so many records are written at a time: what is not written yet can still give way.
const TEXT: usize = 64 * 1024;
const RECORDS: usize = 1024;

/// Writes what comes next.
pub(super) fn write(deliveries: &mut Deliveries, piece: &mut Piece<'_>) {
    while !piece.is_over(RECORDS, TEXT) {
        let Some(delivery) = deliveries.pop() else {
            break;
        };
        match delivery {
            Output::Event(entry) => {
                if let Fact::Event {
                    event_type,
                    data,
                    id,
                    ..
                } = &entry.fact
                {
                    piece.event(&Event {
                        event_type,
                        data,
                        last_event_id: id,
                    });
                }
            }
            Output::Gap(_) => piece.told(GAP, 0, ""),
            Output::Skipped(..) => piece.too_large(),
            Output::State(state) => tell_state(&state, piece),
            Output::End(_, error) | Output::Closed(error) => {
                tell_state(&State::Closed { error }, piece);
            }
            // They were done when they came.
            _ => {}
        }
    }
}

/// Writes what comes next to a multiplexer.
pub(super) fn write_channels(
    deliveries: &mut Deliveries,
    channels: &mut Channels,
    piece: &mut Piece<'_>,
) {
    let mut present = None;
    while !piece.is_over(RECORDS, TEXT) {
        let Some(delivery) = deliveries.pop() else {
            break;
        };
        let _ = write_to_channel(&delivery, channels, &mut present, piece);
    }
}

/// `None`: nobody asks for its channel any more. `present` is the channel to which the last event went.
fn write_to_channel(
    delivery: &Output,
    channels: &mut Channels,
    present: &mut Option<u32>,
    piece: &mut Piece<'_>,
) -> Option<()> {
    match delivery {
        Output::Event(entry) => {
            if let Fact::Event {
                channel,
                event_type,
                data,
                id,
            } = &entry.fact
            {
                begin(channels.number(channel)?, present, piece);
                piece.event(&Event {
                    event_type,
                    data,
                    last_event_id: id,
                });
            }
        }
        Output::Skipped(name, _) => {
            begin(channels.number(name)?, present, piece);
            piece.too_large();
        }
        Output::InForce(name) => piece.told(IN_FORCE, channels.number(name)?, ""),
        Output::Gap(name) => piece.told(GAP, channels.number(name)?, ""),
        Output::End(name, error) => {
            let number = channels.take(name)?;
            if let Some(error) = error {
                arguments(error, piece);
            }
            piece.told(END, number, "");
        }
        Output::State(State::Idle) => piece.told(STATE, outputs::NOTHING, ""),
        Output::State(state) => tell_state(state, piece),
        Output::Closed(error) => {
            let error = error.clone();
            tell_state(&State::Closed { error }, piece);
        }
        // They were done when they came.
        _ => {}
    }
    Some(())
}

/// What follows is the channel's with this number.
fn begin(number: u32, present: &mut Option<u32>, piece: &mut Piece<'_>) {
    if present.replace(number) != Some(number) {
        piece.told(CHANNEL, number, "");
    }
}

fn tell_state(state: &State, piece: &mut Piece<'_>) {
    let kind = outputs::kind_of(state);
    match state {
        State::Waiting { error, .. } | State::Closed { error: Some(error) } => {
            arguments(error, piece);
        }
        _ => {}
    }
    piece.told(STATE, kind as u32, "");
}
