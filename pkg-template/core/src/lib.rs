//! What the npm package sees of the core: a few functions over numbers.
//!
//! JavaScript holds everything that has to be an object (requests, readers, timers, listeners) and
//! Rust decides what becomes of it. Sources are numbered. Text passes through two buffers whose
//! addresses are told: `inbox` for what JavaScript writes, the outputs' text for what it reads. So
//! nothing is allocated, wrapped or converted on the way, and a piece of the stream with a thousand
//! events crosses the boundary once.

#![allow(rustdoc::private_intra_doc_links)] // It is read with its source.
#![allow(clippy::must_use_candidate)] // JavaScript calls.
#![allow(unreachable_pub)] // From JavaScript it can be reached.

#[cfg(feature = "mux")]
mod mux;
#[cfg(not(feature = "mux"))]
mod no_mux;
mod outputs;
mod piece;
mod places;
mod source;
#[cfg(feature = "tabs")]
mod tabs;
mod words;

use core::cell::RefCell;
use core::time::Duration;

use wasm_bindgen::prelude::wasm_bindgen;

use everstream_core::connection::{AnswerKind, Clock, Instant};
use everstream_core::parse::Event;
use places::Places;
use source::{Head, Options, Source};
use words::Words;

/// The standard library's allocator is a fifth of the whole; this one is a tenth of that, and takes
/// constant time.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// All there is: one page, one thread, one of these.
#[derive(Default)]
struct Everything {
    sources: Places<Source>,
    clock: Option<Clock>,
    /// What the clock last said.
    latest: Instant,
    /// What JavaScript has written.
    inbox: Vec<u8>,
    words: Words,
}

thread_local! {
    static EVERYTHING: RefCell<Everything> = RefCell::default();
}

impl Everything {
    fn now(&mut self, monotonic: f64, wall: f64) -> Instant {
        let (monotonic, wall) = (milliseconds(monotonic), milliseconds(wall));
        let clock = self
            .clock
            .get_or_insert_with(|| Clock::new(monotonic, wall));
        self.latest = clock.advance(monotonic, wall);
        self.latest
    }
}

/// Two texts that JavaScript has written, one behind the other.
fn texts(bytes: &[u8], first: usize) -> (&str, &str) {
    let (first, second) = bytes.split_at(first.min(bytes.len()));
    let text = |bytes| core::str::from_utf8(bytes).unwrap_or_default();
    (text(first), text(second))
}

/// Runs with everything. JavaScript sees to it that this does not happen within itself: while it is
/// asked to [`decide`], it puts off what it has to say.
fn with<T>(work: impl FnOnce(&mut Everything) -> T) -> T {
    EVERYTHING.with_borrow_mut(work)
}

/// What comes to the same as for ever, and can be reckoned with.
const LONGEST: Duration = Duration::from_secs(1 << 32);

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // It saturates.
fn milliseconds(number: f64) -> Duration {
    // What is not a time, such as the NaN of an option that was left out, is none.
    Duration::from_micros((number * 1000.0) as u64).min(LONGEST)
}

/// Milliseconds; negative if there is nothing to wait for.
fn until(due: Option<Instant>, now: Instant) -> f64 {
    due.map_or(-1.0, |due| (due - now).as_secs_f64() * 1000.0)
}

#[wasm_bindgen]
extern "C" {
    /// Asks the user's `retry` function about a failure; `detail` is its status or its time, `failures` how
    /// many there have been in a row.
    fn decide(source: usize, code: u32, detail: f64, failures: u32) -> f64;

    /// Asks the user's `until` function about an event, whose texts lie at these addresses: 0 goes on, 1 ends
    /// the stream before the event, 2 behind it.
    #[allow(clippy::too_many_arguments)] // Three texts.
    fn ends_at(
        source: usize,
        event_type: usize,
        event_type_length: usize,
        data: usize,
        data_length: usize,
        last_event_id: usize,
        last_event_id_length: usize,
    ) -> u32;

    /// Asks the user's `follows` function whether an ID is the one right behind another; 0 if not.
    fn follows(
        source: usize,
        previous: usize,
        previous_length: usize,
        next: usize,
        next_length: usize,
    ) -> u32;
}

/// Makes room for so many bytes and says where.
#[wasm_bindgen]
pub fn inbox(length: usize) -> usize {
    with(|all| {
        all.inbox.resize(length, 0);
        all.inbox.as_ptr().addr()
    })
}

/// Where the words are by which [`poll`] and [`receive`] answer.
#[wasm_bindgen]
pub fn words() -> usize {
    with(|all| all.words.address())
}

/// A new source, from options in the order of [`Options`], which JavaScript has written into the
/// inbox as 64-bit floats; the last event ID follows them.
#[wasm_bindgen]
pub fn open() -> usize {
    with(|all| {
        let (numbers, text) = all.inbox.split_at(Options::BYTES.min(all.inbox.len()));
        let options = Options::read(numbers);
        let last_event_id = core::str::from_utf8(text).unwrap_or_default();
        all.sources
            .put(|id| Source::new(id, &options, last_event_id))
    })
}

/// Something has happened to a source; see `source::Input`. What follows from it is to be polled
/// for.
#[wasm_bindgen]
pub fn handle(id: usize, input: u32, detail: f64, monotonic: f64, wall: f64) {
    with(|all| {
        let now = all.now(monotonic, wall);
        if let Some(source) = all.sources.get(id) {
            source.handle(now, input, detail);
        }
    });
}

/// An answer has come. `kind` is what JavaScript reads it as, by the rules of [`Response::kind`]: 0 as an event
/// stream, 1 in one piece, else not at all. In the inbox lie, behind one another, its content type and its
/// `Last-Event-ID` header, of these lengths, and behind them the beginning of its body if it is not read.
/// `retry_after` is in milliseconds from now, negative where the server did not say.
///
/// [`Response::kind`]: everstream_core::http::Response::kind
#[wasm_bindgen]
#[allow(clippy::too_many_arguments)] // Numbers cross the boundary for nothing.
pub fn respond(
    id: usize,
    status: u16,
    kind: u32,
    type_length: usize,
    id_length: usize,
    retry_after: f64,
    monotonic: f64,
    wall: f64,
) {
    with(|all| {
        let now = all.now(monotonic, wall);
        let Everything { sources, inbox, .. } = all;
        if let Some(source) = sources.get(id) {
            let (content_type, rest) = texts(inbox, type_length);
            let (last_event_id, excerpt) = texts(rest.as_bytes(), id_length);
            let head = Head {
                kind: match kind {
                    0 => AnswerKind::EventStream,
                    1 => AnswerKind::Whole,
                    _ => AnswerKind::Unexpected,
                },
                content_type,
                last_event_id,
                excerpt,
            };
            source.respond(now, status, &head, retry_after);
        }
    });
}

/// The inbox holds a piece of the stream. Returns how many records it makes; see [`piece`].
#[wasm_bindgen]
pub fn receive(id: usize, monotonic: f64, wall: f64) -> usize {
    with(|all| {
        let now = all.now(monotonic, wall);
        let Everything {
            sources,
            inbox,
            words,
            ..
        } = all;
        match sources.get(id) {
            Some(source) => source.receive(now, inbox, words),
            None => 0,
        }
    })
}

/// The native `EventSource` has delivered an event, whose type, ID and data lie in the inbox behind one
/// another. Returns whether it is to be delivered: 0 not, 1 as it is, 2 behind a gap. Afterwards the words
/// tell the position.
#[wasm_bindgen]
pub fn receive_native(
    id: usize,
    type_length: usize,
    id_length: usize,
    monotonic: f64,
    wall: f64,
) -> u32 {
    with(|all| {
        let now = all.now(monotonic, wall);
        let Everything {
            sources,
            inbox,
            words,
            ..
        } = all;
        let Some(source) = sources.get(id) else {
            return 0;
        };
        let (event_type, rest) = texts(inbox, type_length);
        let (last_event_id, data) = texts(rest.as_bytes(), id_length);
        let event = Event {
            event_type,
            data,
            last_event_id,
        };
        source.receive_native(now, &event, words)
    })
}

/// Whether [`poll`] has something to say, as behind a piece in which the stream has ended.
#[wasm_bindgen]
pub fn has_output(id: usize) -> bool {
    with(|all| {
        all.sources
            .get(id)
            .is_some_and(|source| source.has_output())
    })
}

/// What is to be done next; see [`outputs`]. Zero: nothing for now.
#[wasm_bindgen]
pub fn poll(id: usize) -> u32 {
    with(|all| {
        let now = all.latest;
        let Everything { sources, words, .. } = all;
        match sources.get(id) {
            Some(source) => source.poll(now, words),
            None => 0,
        }
    })
}

/// How many milliseconds from now a source wants to be told that its time has come; negative if
/// never.
#[wasm_bindgen]
pub fn timeout(id: usize, monotonic: f64, wall: f64) -> f64 {
    with(|all| {
        let now = all.now(monotonic, wall);
        let due = all.sources.get(id).and_then(|source| source.due());
        until(due, now)
    })
}

/// Forgets a source.
#[wasm_bindgen]
pub fn forget(id: usize) {
    with(|all| {
        all.sources.take(id);
    });
}
