//! A record of what a source did, for the tests to read.

use everstream::{Error, State, TransportKind};
use serde::Serialize;

use crate::Tick;

/// Every item and state of a source, in order.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ledger {
    /// The numbers of the events.
    numbers: Vec<u64>,
    /// The number of gaps reported.
    gaps: u32,
    /// All other errors between the events.
    errors: Vec<String>,
    states: Vec<Passage>,
    /// The longest time between two events, in milliseconds.
    longest_silence: f64,
    #[serde(skip)]
    last_event_at: Option<f64>,
    /// Whether the stream has ended.
    pub(crate) ended: bool,
}

/// A state that the source went through.
#[derive(Debug, Serialize)]
#[serde(
    tag = "name",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
enum Passage {
    Idle,
    Connecting {
        attempt: u32,
        transport: &'static str,
    },
    Open {
        transport: &'static str,
        resumed: bool,
    },
    Waiting {
        retry_in_ms: Option<u128>,
        failures: u32,
        error: String,
    },
    Paused,
    Closed {
        error: Option<String>,
    },
    /// A state that a later version of the library has added.
    Unknown,
}

impl Ledger {
    pub(crate) fn note_item(&mut self, item: Result<Tick, Error>) {
        match item {
            Ok(Tick { n }) => {
                self.numbers.push(n);
                let now = js_sys::Date::now();
                let before = self.last_event_at.replace(now);
                let silence = now - before.unwrap_or(now);
                self.longest_silence = self.longest_silence.max(silence);
            }
            Err(Error::Gap { .. }) => self.gaps += 1,
            Err(error) => self.errors.push(spell(&error)),
        }
    }

    pub(crate) fn note_state(&mut self, state: &State) {
        self.states.push(match state {
            State::Idle => Passage::Idle,
            State::Connecting { attempt, transport } => Passage::Connecting {
                attempt: *attempt,
                transport: name(*transport),
            },
            State::Open {
                transport, resumed, ..
            } => Passage::Open {
                transport: name(*transport),
                resumed: resumed.is_resumed(),
            },
            State::Waiting {
                retry_in,
                failures,
                error,
            } => Passage::Waiting {
                retry_in_ms: retry_in.map(|wait| wait.as_millis()),
                failures: *failures,
                error: spell(error),
            },
            State::Paused => Passage::Paused,
            State::Closed { error } => Passage::Closed {
                error: error.as_ref().map(spell),
            },
            _ => Passage::Unknown,
        });
    }
}

/// Names an error by its variant, which its message doesn't give.
pub(crate) fn spell(error: &Error) -> String {
    format!("{error:?}")
}

fn name(transport: TransportKind) -> &'static str {
    match transport {
        TransportKind::Native => "native",
        TransportKind::Fetch => "fetch",
    }
}
