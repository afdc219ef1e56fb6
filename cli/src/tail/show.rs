//! Shows what a session delivers: events on stdout, everything else on stderr, and all of it in the recording.

use std::io::{self, BufWriter, Stdout, Write};

use everstream_core::Error;
use everstream_core::connection::{Attempt, State};
use everstream_core::diagnose::masked;
use everstream_core::http::Response;
use everstream_core::parse::Event;
use everstream_core::session::{Delivery, Flow, Sink};
use reqwest::Url;
use serde_json::{Value, json};

use super::record::Recording;
use crate::text::printable;

/// Takes the deliveries of a session. A failure to write is kept until [`flush`](Self::flush).
pub(super) struct Show {
    stdout: BufWriter<Stdout>,
    recording: Option<Recording>,
    /// The types to show; all if it is empty.
    types: Vec<String>,
    is_json: bool,
    is_over: bool,
    error: Option<Error>,
    failure: io::Result<()>,
}

impl Show {
    pub(super) fn new(types: Vec<String>, is_json: bool, recording: Option<Recording>) -> Self {
        Self {
            stdout: BufWriter::new(io::stdout()),
            recording,
            types,
            is_json,
            is_over: false,
            error: None,
            failure: Ok(()),
        }
    }

    /// Begins the recording.
    pub(super) fn began(&mut self, url: &Url) -> io::Result<()> {
        match &mut self.recording {
            Some(recording) => recording.begin(&masked(url.as_str())),
            None => Ok(()),
        }
    }

    /// Notes an attempt.
    pub(super) fn connecting(&mut self, attempt: &Attempt) {
        self.record(
            "connect",
            json!({ "attempt": attempt.number, "lastEventId": attempt.position }),
        );
    }

    /// Writes out what is buffered.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        std::mem::replace(&mut self.failure, Ok(()))?;
        self.stdout.flush()?;
        match &mut self.recording {
            Some(recording) => recording.flush(),
            None => Ok(()),
        }
    }

    /// Returns whether the session is closed for good.
    pub(super) const fn is_over(&self) -> bool {
        self.is_over
    }

    /// Returns whether it was closed by an error.
    pub(super) const fn has_failed(&self) -> bool {
        self.error.is_some()
    }

    fn record(&mut self, kind: &str, fields: Value) {
        if let Some(recording) = &mut self.recording
            && self.failure.is_ok()
        {
            self.failure = recording.write(kind, fields);
        }
    }

    fn event(&mut self, event: &Event<'_>) {
        let (event_type, id, data) = (event.event_type, event.last_event_id, event.data);
        let line = json!({ "type": event_type, "id": id, "data": data });
        let is_shown = self.types.is_empty() || self.types.iter().any(|shown| shown == event_type);
        if is_shown && self.failure.is_ok() {
            self.failure = if self.is_json {
                writeln!(self.stdout, "{line}")
            } else {
                let id = if id.is_empty() { "-" } else { id };
                // The data's further lines are indented, so that none looks like another event.
                let data = printable(data).replace('\n', "\n  ");
                let (event_type, id) = (printable(event_type), printable(id));
                writeln!(self.stdout, "{event_type} {id} {data}")
            };
        }
        self.record("event", line);
    }

    fn state(&mut self, state: &State) {
        match state {
            State::Open {
                resumed, answer, ..
            } => {
                let answer = answer.as_deref();
                let status = answer.map(|answer| answer.status);
                let resumed = format!("{resumed:?}").to_lowercase();
                notice("open", &opened(answer));
                self.record(
                    "open",
                    json!({
                        "status": status,
                        "url": answer.map(|answer| masked(&answer.url)),
                        "contentType": answer.and_then(|answer| answer.header("content-type")),
                        "resumed": resumed,
                    }),
                );
            }
            State::Waiting {
                retry_in, error, ..
            } => {
                let wait = retry_in.unwrap_or_default();
                let text = format!("{error}; next attempt in {:.1} s", wait.as_secs_f64());
                notice("lost", &text);
                let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                self.record(
                    "wait",
                    json!({ "retryIn": wait, "error": error.to_string() }),
                );
            }
            State::Closed { error } => {
                let text = error.as_ref().map(ToString::to_string);
                notice("closed", text.as_deref().unwrap_or("without an error"));
                self.record("close", json!({ "error": text }));
                self.is_over = true;
                self.error.clone_from(error);
            }
            _ => {}
        }
    }
}

fn opened(answer: Option<&Response>) -> String {
    answer.map_or_else(String::new, |answer| masked(&answer.url))
}

/// Tells the user something that is no event.
fn notice(what: &str, text: &str) {
    // A closed stderr is no reason to stop.
    let _ = writeln!(io::stderr(), "{what}: {}", printable(text));
}

impl Sink for Show {
    fn take(&mut self, delivery: Delivery<'_>) -> Flow {
        match delivery {
            Delivery::Event(_, event, _) => self.event(&event),
            Delivery::Comment(text) => self.record("comment", json!({ "text": text })),
            Delivery::Gap(_, cause) => {
                let text = format!("events may be missing here: {cause}");
                notice("gap", &text);
                self.record("gap", json!({ "cause": cause.to_string() }));
            }
            Delivery::Skipped(_, too_large) => {
                notice("skipped", &too_large.to_string());
                self.record("skip", json!({ "error": too_large.to_string() }));
            }
            Delivery::State(state) => self.state(state),
            _ => {}
        }
        Flow::Continue
    }
}
