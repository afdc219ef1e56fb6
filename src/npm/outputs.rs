//! What a source wants done, as numbers.

use super::words::Words;
use crate::connection::{Attempt, Output, Resume, State, TransportKind};
use crate::error::Error;

/// Nothing to do.
pub(super) const NOTHING: u32 = 0;

/// The kinds of output. Text, if any, is the text of the words; the numbers follow behind it.
pub(super) enum Kind {
    /// Number of the attempt, transport, way to resume, unauthorized; text: the position.
    Connect = 1,
    Disconnect = 2,
    Connecting = 3,
    /// Whether it was resumed.
    Open = 4,
    /// Wait in milliseconds or −1, failures, error code, detail.
    Waiting = 5,
    Paused = 6,
    /// Error code, detail.
    Closed = 7,
    Gap = 8,
}

/// Writes an output into the words and returns its kind.
pub(super) fn write(output: Output, words: &mut Words) -> u32 {
    words.text.clear();
    let kind = match output {
        Output::Connect(attempt) => connect(attempt, words),
        Output::Disconnect => Kind::Disconnect,
        Output::Gap => Kind::Gap,
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
        State::Idle | State::Connecting { .. } | State::Subscribing => Kind::Connecting,
        State::Open { .. } => Kind::Open,
        State::Waiting { .. } => Kind::Waiting,
        State::Paused => Kind::Paused,
        State::Closed { .. } => Kind::Closed,
    }
}

fn write_state(state: &State, words: &mut Words) {
    match state {
        State::Open { resumed, .. } => words.set(3, f64::from(u8::from(*resumed))),
        State::Waiting {
            retry_in,
            failures,
            error,
        } => {
            let wait = retry_in.map_or(-1.0, |wait| wait.as_secs_f64() * 1000.0);
            words.set(3, wait);
            words.set(4, f64::from(*failures));
            write_error(Some(error), 5, words);
        }
        State::Closed { error } => write_error(error.as_ref(), 3, words),
        _ => {}
    }
}

fn connect(attempt: Attempt, words: &mut Words) -> Kind {
    words.set(3, f64::from(attempt.number));
    let native = attempt.transport == TransportKind::Native;
    words.set(4, f64::from(u8::from(native)));
    let (way, id) = match attempt.resume {
        Resume::None => (0, String::new()),
        Resume::Header(id) => (1, id),
        Resume::Query(id) => (2, id),
    };
    words.set(5, f64::from(way));
    words.set(6, f64::from(u8::from(attempt.unauthorized)));
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
        Error::Disconnected { .. } => (1, 0.0),
        Error::Response(unexpected) => (2, f64::from(unexpected.response.status)),
        Error::OpenTimeout { after } => (3, after.as_secs_f64() * 1000.0),
        Error::HeartbeatTimeout { silent_for } => (4, silent_for.as_secs_f64() * 1000.0),
        Error::Distrusted { .. } => (5, 0.0),
        Error::Headers { .. } => (6, 0.0),
        Error::PreflightRefused => (7, 0.0),
        _ => (8, 0.0),
    }
}
