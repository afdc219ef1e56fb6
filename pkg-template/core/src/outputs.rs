//! What a source wants done, as numbers.

use super::piece::utf16_length;
use super::words::Words;
use everstream_core::Error;
use everstream_core::connection::{
    Attempt, End, EndReason, Output, OwnedEvent, Resume, Resumed, State, TransportKind,
};
use everstream_core::parse::UnfinishedEvent;

/// Nothing to do.
pub(super) const NOTHING: u32 = 0;

/// The kinds of output. Text, if any, is the text of the words; the numbers follow behind it.
pub(super) enum Kind {
    /// Number of the attempt, transport, way to resume (0: by none), unauthorized, continues; text: the
    /// position.
    Connect = 1,
    Disconnect = 2,
    Connecting = 3,
    /// 0: not resumed, 1: asked for, 2: confirmed.
    Open = 4,
    /// Wait in milliseconds or −1, failures, error code, detail, where type and data of the unfinished event
    /// end in the text, or −1 if there is none.
    Waiting = 5,
    Paused = 6,
    /// Error code, detail; the third number is free, then as of `Waiting`.
    Closed = 7,
    Gap = 8,
    /// An event to be delivered: where its type and its data end in the text, whose rest is the last event ID.
    Event = 9,
    /// The server is done: 0 by the body's end, 1 by status 204, 2 at an event; then, in the places of
    /// `Waiting`, the unfinished event.
    End = 10,
}

/// In which words an unfinished event is told.
const UNFINISHED: usize = 7;

/// Writes an output into the words and returns its kind.
pub(super) fn write(output: Output, words: &mut Words) -> u32 {
    words.text.clear();
    let kind = match output {
        Output::Connect(attempt) => connect(attempt, words),
        Output::Disconnect => Kind::Disconnect,
        Output::Gap => Kind::Gap,
        Output::Event(event) => write_event(&event, words),
        Output::End(end) => write_end(&end, words),
        Output::State(state) => {
            write_state(&state, words);
            kind_of(&state)
        }
    };
    words.tell();
    kind as u32
}

pub(super) fn kind_of(state: &State) -> Kind {
    match state {
        State::Open { .. } => Kind::Open,
        State::Waiting { .. } => Kind::Waiting,
        State::Paused => Kind::Paused,
        State::Closed { .. } => Kind::Closed,
        // `Idle`, `Connecting`, `Subscribing`.
        _ => Kind::Connecting,
    }
}

fn write_event(event: &OwnedEvent, words: &mut Words) -> Kind {
    let end = write_texts(&event.event_type, &event.data, words);
    words.set(3, end.0);
    words.set(4, end.1);
    words.text.push_str(&event.last_event_id);
    Kind::Event
}

fn write_end(end: &End, words: &mut Words) -> Kind {
    let reason = match end.reason {
        EndReason::Body => 0,
        EndReason::NoContent => 1,
        // `Until`.
        _ => 2,
    };
    words.set(3, f64::from(reason));
    write_unfinished(end.unfinished.as_deref(), words);
    Kind::End
}

fn write_unfinished(unfinished: Option<&UnfinishedEvent>, words: &mut Words) {
    let end = unfinished.map_or((-1.0, -1.0), |event| {
        write_texts(&event.event_type, &event.data, words)
    });
    words.set(UNFINISHED, end.0);
    words.set(UNFINISHED + 1, end.1);
}

/// Appends two texts and says where they end.
fn write_texts(first: &str, second: &str, words: &mut Words) -> (f64, f64) {
    words.text.push_str(first);
    words.text.push_str(second);
    let end = utf16_length(first);
    (f64::from(end), f64::from(end + utf16_length(second)))
}

fn write_state(state: &State, words: &mut Words) {
    match state {
        State::Open { resumed, .. } => words.set(
            3,
            match resumed {
                Resumed::No => 0.0,
                Resumed::Asked => 1.0,
                // `Confirmed`.
                _ => 2.0,
            },
        ),
        State::Waiting {
            retry_in,
            failures,
            error,
        } => {
            let wait = retry_in.map_or(-1.0, |wait| wait.as_secs_f64() * 1000.0);
            words.set(3, wait);
            words.set(4, f64::from(*failures));
            write_error(Some(error), 5, words);
            write_unfinished(unfinished(error), words);
        }
        State::Closed { error } => {
            write_error(error.as_ref(), 3, words);
            write_unfinished(error.as_ref().and_then(unfinished), words);
        }
        _ => {}
    }
}

fn unfinished(error: &Error) -> Option<&UnfinishedEvent> {
    match error {
        Error::Disconnected { unfinished, .. } | Error::Ended { unfinished } => {
            unfinished.as_deref()
        }
        _ => None,
    }
}

fn connect(attempt: Attempt, words: &mut Words) -> Kind {
    words.set(3, f64::from(attempt.number));
    let native = attempt.transport == TransportKind::Native;
    words.set(4, f64::from(u8::from(native)));
    let (way, id) = match attempt.resume {
        // A continuation may tell it in a way of its own.
        Resume::None => (0, attempt.position),
        Resume::Header(id) => (1, id),
        Resume::Query(id) => (2, id),
    };
    words.set(5, f64::from(way));
    words.set(6, f64::from(u8::from(attempt.unauthorized)));
    words.set(7, f64::from(u8::from(attempt.continues)));
    words.text = id;
    Kind::Connect
}

fn write_error(error: Option<&Error>, place: usize, words: &mut Words) {
    let (code, detail) = error.map_or((0, 0.0), describe);
    words.set(place, f64::from(code));
    words.set(place + 1, detail);
}

/// An error as a number, in the order of `codes` in the package, and what it says besides: a status or
/// milliseconds. The package makes the sentence.
pub(super) fn describe(error: &Error) -> (u32, f64) {
    match error {
        Error::Ended { .. } => (9, 0.0),
        Error::Disconnected { .. } => (1, 0.0),
        Error::Response(unexpected) => (2, f64::from(unexpected.response.status)),
        Error::OpenTimeout { after } => (3, after.as_secs_f64() * 1000.0),
        Error::HeartbeatTimeout { silent_for } => (4, silent_for.as_secs_f64() * 1000.0),
        Error::Distrusted { .. } => (5, 0.0),
        Error::Headers { .. } => (6, 0.0),
        Error::PreflightRefused => (7, 0.0),
        Error::EventTooLarge(_) => (10, 0.0),
        _ => (8, 0.0),
    }
}
