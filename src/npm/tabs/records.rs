//! What the listeners of this tab are told, in order with their events.
//!
//! The records of a [`piece`](super::super::piece), and these, which have a number in the second place and in
//! the third where their text ends.

use super::super::mux::{GAP, arguments};
use super::super::outputs;
use super::super::piece::Piece;
use super::deliveries::Deliveries;
use crate::connection::State;
use crate::parse::Event;
use crate::tabs::{Fact, Output};

/// The number is the state, as the kind of output that a source has for it. Arguments: those of an error, if
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
