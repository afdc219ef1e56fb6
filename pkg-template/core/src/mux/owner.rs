//! Between a source and its multiplexer: what the source requests, and where its events go.

use core::cell::RefCell;
use std::rc::Rc;

use super::super::piece::Piece;
use super::super::words::Words;
use super::multiplexer::Mux;
use super::outputs;
use super::records::{self, CHANNEL, POSITION};
use everstream_core::connection::{Arrival, Instant, Output, Received, State};
use everstream_core::mux::{Handled, StreamId};

/// No channel has this number.
const NONE: u32 = 0;

pub(crate) struct Owner {
    mux: Rc<RefCell<Mux>>,
    stream: StreamId,
}

impl Owner {
    pub(super) fn new(mux: Rc<RefCell<Mux>>, stream: StreamId) -> Self {
        Self { mux, stream }
    }

    /// Writes the records of those events that somebody needs.
    pub(crate) fn receive(&self, mut received: Received<'_, '_>, words: &mut Words) -> usize {
        let mut mux = self.mux.borrow_mut();
        if let Some(mut relayed) = mux.relayed() {
            relayed.receive(self.stream, received);
            return 0;
        }
        let Mux {
            machine,
            notices,
            types,
            last_event_id,
            position,
            ..
        } = &mut *mux;
        let mut piece = Piece::new(words, types, last_event_id);
        // What was to be told before comes before.
        records::notices(notices, &mut piece);
        let mut channel = NONE;
        while let Some(arrival) = received.next() {
            match arrival {
                Arrival::Event(event) => {
                    let take = |channel: &records::Channel, _: &str| Some(channel.number);
                    let handled = machine.handle_event(self.stream, &event, take);
                    // An event may be what tells that something is missing before it.
                    records::notices(notices, &mut piece);
                    let Handled::For {
                        takers,
                        event_type,
                        data,
                    } = handled
                    else {
                        continue;
                    };
                    if takers != channel {
                        channel = takers;
                        piece.told(CHANNEL, channel, "");
                    }
                    piece.event(&everstream_core::parse::Event {
                        event_type,
                        data: &data,
                        last_event_id: event.last_event_id,
                    });
                }
                // A multiplexer knows by itself where something is missing.
                Arrival::Comment(_) | Arrival::Gap => {}
                Arrival::TooLarge(too_large) => {
                    let told = machine.handle_skipped(self.stream, &too_large);
                    if let Some(told) = told.map(|channel| channel.number) {
                        channel = told;
                        piece.told(CHANNEL, channel, "");
                        piece.too_large();
                    }
                    records::notices(notices, &mut piece);
                }
            }
        }
        machine.handle_position(self.stream, received.last_event_id());
        // Another epoch is a gap.
        records::notices(notices, &mut piece);
        if position != machine.last_event_id() {
            machine.last_event_id().clone_into(position);
            piece.told(POSITION, 0, position);
        }
        piece.finish()
    }

    /// Tells the multiplexer what becomes of its source, before it is done.
    pub(crate) fn tell(&self, now: Instant, output: &mut Output) {
        let mux = &mut *self.mux.borrow_mut();
        let machine = &mut mux.machine;
        match output {
            Output::Connect(attempt) => attempt.resume.set_position(machine.last_event_id()),
            // Only sources that stand by themselves are told when to end.
            Output::Disconnect | Output::Event(_) | Output::End(_) => {}
            Output::Gap => machine.handle_gap(self.stream),
            Output::State(state) => match state {
                State::Open { .. } => machine.handle_open(now, self.stream),
                State::Connecting { .. } | State::Waiting { .. } | State::Paused => {
                    machine.handle_lost(self.stream);
                }
                State::Closed { error } => {
                    machine.handle_closed(now, self.stream, error.clone());
                    mux.close(self.stream);
                }
                // `Idle`, `Subscribing`.
                _ => {}
            },
        }
        // The tabs see the stream in use, not the one that is to replace it.
        if let Output::State(state) = output
            && mux.machine.is_in_use(self.stream)
            && let Some(mut relayed) = mux.relayed()
        {
            relayed.state(state);
        }
    }

    /// Writes what the attempt that begins is to request.
    pub(crate) fn request(&self, words: &mut Words) -> bool {
        let machine = &mut self.mux.borrow_mut().machine;
        // This protocol asks for nothing before.
        let _ = machine.begin_attempt(self.stream);
        let Some(opening) = machine.opening(self.stream) else {
            return false;
        };
        outputs::request(&opening.request, words);
        true
    }
}
