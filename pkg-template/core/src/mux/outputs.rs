//! What a multiplexer wants done, as numbers.

use core::cell::RefCell;
use std::rc::Rc;

use super::super::piece::utf16_length;
use super::super::places::Places;
use super::super::source::Source;
use super::super::words::Words;
use super::multiplexer::Mux;
use super::owner::Owner;
use super::records::Notice;
use everstream_core::connection::State;
use everstream_core::mux::{Output, Request};

/// Nothing to do.
pub(super) const NOTHING: u32 = 0;

/// The kinds of output. A source's number is the fourth word.
enum Kind {
    /// Drive a source.
    Open = 1,
    /// Drop a source.
    Close = 2,
    /// Send a request; see [`request`]. The seventh word is its number, the eighth whether new headers are
    /// to be asked for.
    Control = 3,
    /// The time may be another at which a source wants to be told.
    Schedule = 4,
    /// It is over.
    Closed = 5,
}

/// Writes the next output into the words and returns its kind.
pub(super) fn poll(
    shared: &Rc<RefCell<Mux>>,
    sources: &mut Places<Source>,
    words: &mut Words,
) -> u32 {
    let mux = &mut *shared.borrow_mut();
    if let Some(mut relayed) = mux.relayed() {
        relayed.settle();
    }
    while let Some(output) = mux.machine.poll_output() {
        words.text.clear();
        let (kind, number) = match output {
            Output::Open(stream, position) => {
                let owner = Owner::new(Rc::clone(shared), stream);
                (
                    Kind::Open,
                    Some(mux.open(stream, owner, &position, sources)),
                )
            }
            Output::Close(stream) => {
                let number = mux.close(stream);
                if mux.is_idle()
                    && let Some(mut relayed) = mux.relayed()
                {
                    relayed.state(&State::Idle);
                }
                (Kind::Close, number)
            }
            Output::Control {
                id,
                request: wanted,
                unauthorized,
            } => {
                request(&wanted, words);
                words.set(6, index(mux.controls.put(|_| id)));
                words.set(7, f64::from(u8::from(unauthorized)));
                words.tell();
                return Kind::Control as u32;
            }
            Output::Heartbeat(stream, limit) => {
                (Kind::Schedule, mux.set_heartbeat(stream, limit, sources))
            }
            // JavaScript aborts its requests by a timer of its own, and answers each. The native `EventSource` is
            // not used.
            Output::Abort(_) | Output::Listen(_) => continue,
            Output::Error(error) => {
                mux.notices.borrow_mut().push((0, Notice::Failed(error)));
                continue;
            }
            Output::Closed(error) => {
                if let Some(mut relayed) = mux.relayed() {
                    relayed.state(&State::Closed { error });
                }
                return Kind::Closed as u32;
            }
        };
        if let Some(number) = number {
            words.set(3, index(number));
            return kind as u32;
        }
    }
    NOTHING
}

/// Writes a request: its method, URL, content type and body are the text, and where the first three end,
/// in UTF-16 code units, the words from the fourth on.
pub(super) fn request(request: &Request, words: &mut Words) {
    words.text.clear();
    let content_type = request.headers.first().map(|(_, value)| &**value);
    let parts = [
        request.method,
        &request.url,
        content_type.unwrap_or_default(),
    ];
    let mut end = 0;
    for (place, part) in parts.iter().enumerate() {
        words.text.push_str(part);
        end += utf16_length(part);
        words.set(3 + place, f64::from(end));
    }
    words
        .text
        .push_str(request.body.as_deref().unwrap_or_default());
    words.tell();
}

#[allow(clippy::cast_precision_loss)] // Memory is addressed by 32 bits.
fn index(number: usize) -> f64 {
    number as f64
}
