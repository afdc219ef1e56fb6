//! The npm package's core, as WebAssembly exports it: a few functions over numbers.
//!
//! JavaScript holds everything that has to be an object (requests, readers, timers, listeners), and Rust
//! makes the decisions. Sessions are numbered. Text passes through two buffers whose addresses JavaScript
//! knows: `inbox` for what it writes, a session's own text for what it reads. This way nothing is
//! allocated, wrapped or converted, and a piece of the stream with a thousand events crosses the boundary
//! once.

#![allow(clippy::must_use_candidate)] // JavaScript calls these.
#![allow(unreachable_pub)] // JavaScript reaches these.

mod held;
mod options;
mod piece;
mod places;
mod records;
mod sessions;
mod tables;
mod words;

use core::cell::{Cell, RefCell};
use core::time::Duration;

use everstream_core::connection::{Clock, Instant};
use everstream_core::http::{AnswerKind, kind_of};
use everstream_core::parse::Event;
use everstream_core::session::LinkId;
#[cfg(not(feature = "mux"))]
use everstream_core::session::Session as _;
use wasm_bindgen::prelude::wasm_bindgen;

#[cfg(feature = "mux")]
use everstream_core::mux::Start;
#[cfg(feature = "mux")]
use everstream_core::session::{ChannelId, Input};

use held::{Head, Held};
use options::Options;
use places::Places;
use tables::{Kind, Output};

/// The standard library's allocator would be a fifth of the binary. This one is a tenth of that, and takes
/// constant time.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

thread_local! {
    static SESSIONS: RefCell<Places<Box<Held>>> = RefCell::default();
    static CLOCK: Cell<Option<Clock>> = const { Cell::new(None) };
    /// Bytes that JavaScript has written for the next call.
    static INBOX: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

fn now(monotonic: f64, wall: f64) -> Instant {
    let (monotonic, wall) = (milliseconds(monotonic), milliseconds(wall));
    let mut clock = CLOCK.take().unwrap_or_else(|| Clock::new(monotonic, wall));
    let now = clock.advance(monotonic, wall);
    CLOCK.set(Some(clock));
    now
}

/// Runs `work` on a session, which nothing else can use meanwhile: `driver.ts` defers calls that are made
/// while the core asks the user something. If `work` traps, only this session is gone.
fn with<T: Default>(id: usize, work: impl FnOnce(&mut Held) -> T) -> T {
    let taken = SESSIONS.with_borrow_mut(|sessions| sessions.take(id));
    let Some(mut held) = taken else {
        return T::default();
    };
    let result = work(&mut held);
    SESSIONS.with_borrow_mut(|sessions| sessions.put(id, held));
    result
}

/// Runs `work` as `with` does, and passes the bytes that JavaScript has written.
fn with_inbox<T: Default>(id: usize, work: impl FnOnce(&mut Held, &mut &[u8]) -> T) -> T {
    let inbox = INBOX.take();
    let result = with(id, |held| work(held, &mut &inbox[..]));
    INBOX.set(inbox);
    result
}

/// Returns the next text of this length from those that JavaScript has written one after the other. A text
/// ends at the last byte at the latest.
fn text<'t>(bytes: &mut &'t [u8], length: usize) -> &'t str {
    let (text, rest) = bytes.split_at(length.min(bytes.len()));
    *bytes = rest;
    core::str::from_utf8(text).unwrap_or_default()
}

/// Length for the last text: all that is left.
const REST: usize = usize::MAX;

/// A duration that amounts to forever, but that arithmetic can handle.
const LONGEST: Duration = Duration::from_secs(1 << 32);

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // The cast saturates.
fn milliseconds(number: f64) -> Duration {
    // A number that is no time, such as the NaN of an option left out, becomes zero.
    Duration::from_micros((number * 1000.0) as u64).min(LONGEST)
}

#[wasm_bindgen]
extern "C" {
    /// Asks the user's `retry` function about a failure. `detail` is its status or its time, and `failures`
    /// the number of failures in a row.
    fn decide(session: usize, code: u32, detail: f64, failures: u32) -> f64;

    /// Asks the user's `until` function about an event, whose texts lie at these addresses. Returns 0 to go
    /// on, 1 to end the stream before the event, 2 to end it after the event.
    #[allow(clippy::too_many_arguments)] // Three texts.
    fn ends_at(
        session: usize,
        event_type: usize,
        event_type_length: usize,
        data: usize,
        data_length: usize,
        last_event_id: usize,
        last_event_id_length: usize,
    ) -> u32;

    /// Asks the user's `follows` function whether one ID directly follows another. Returns 0 if not.
    fn follows(
        session: usize,
        previous: usize,
        previous_length: usize,
        next: usize,
        next_length: usize,
    ) -> u32;
}

/// Makes room for `length` bytes in the inbox, and returns their address.
#[wasm_bindgen]
pub fn inbox(length: usize) -> usize {
    let mut inbox = INBOX.take();
    inbox.resize(length, 0);
    let place = inbox.as_ptr().addr();
    INBOX.set(inbox);
    place
}

/// Opens a session of a kind of `SessionKind`, and returns its number. The inbox holds the options in the
/// order of `Setting`. After them come the last event ID and the text that ends the stream, of these
/// lengths, and the URL.
#[wasm_bindgen]
pub fn open(
    kind: i32,
    id_length: usize,
    until_length: usize,
    has_locks: bool,
    monotonic: f64,
    wall: f64,
) -> usize {
    let inbox = INBOX.take();
    let (numbers, mut rest) = inbox.split_at(Options::BYTES.min(inbox.len()));
    let last_event_id = text(&mut rest, id_length);
    let until = text(&mut rest, until_length);
    let url = text(&mut rest, REST);
    let wanted = sessions::Wanted {
        kind,
        options: Options::read(numbers),
        last_event_id,
        until,
        url,
        has_locks,
        now: now(monotonic, wall),
        wall: milliseconds(wall),
    };
    let id = SESSIONS.with_borrow_mut(Places::reserve);
    let held = sessions::open(id, &wanted);
    SESSIONS.with_borrow_mut(|sessions| sessions.put(id, Box::new(held)));
    INBOX.set(inbox);
    id
}

/// Returns the address of a session's words, in which the functions below leave their answers.
#[wasm_bindgen]
pub fn words(id: usize) -> usize {
    with(id, |held| held.words.address())
}

/// Passes an `Input` to a session. `link` is the connection that it concerns, if it concerns one.
#[wasm_bindgen]
pub fn handle(id: usize, input: i32, link: u32, detail: f64, monotonic: f64, wall: f64) {
    let now = now(monotonic, wall);
    with(id, |held| held.handle(now, input, LinkId(link), detail));
}

/// Returns how to read an answer, see `Kind`. The inbox holds its content type, of this length, and then
/// the `Accept` header of the request.
#[wasm_bindgen]
pub fn answer_kind(status: u16, type_length: usize) -> i32 {
    let inbox = INBOX.take();
    let mut rest = &inbox[..];
    let content_type = text(&mut rest, type_length);
    let accept = text(&mut rest, REST);
    let kind = match kind_of(status, content_type, accept) {
        AnswerKind::EventStream => Kind::EventStream,
        AnswerKind::Whole => Kind::Whole,
        AnswerKind::Unexpected => Kind::Unexpected,
    };
    INBOX.set(inbox);
    kind as i32
}

/// Handles an answer, which is read as `kind`. The inbox holds its content type and its `Last-Event-ID`
/// header, of these lengths, and then the beginning of its body if that is not read. `retry_after` is in
/// milliseconds from now, and negative if the server did not say.
#[wasm_bindgen]
#[allow(clippy::too_many_arguments)] // Passing numbers costs nothing.
pub fn respond(
    id: usize,
    link: u32,
    status: u16,
    kind: i32,
    type_length: usize,
    id_length: usize,
    retry_after: f64,
    monotonic: f64,
    wall: f64,
) {
    let now = now(monotonic, wall);
    with_inbox(id, |held, inbox| {
        let content_type = text(inbox, type_length);
        let last_event_id = text(inbox, id_length);
        let excerpt = text(inbox, REST);
        let head = Head {
            kind: Kind::of(kind),
            content_type,
            last_event_id,
            excerpt,
        };
        held.respond(now, LinkId(link), status, &head, retry_after);
    });
}

/// Receives a piece of a stream, which the inbox holds. Returns how many records it makes, see `Record`.
#[wasm_bindgen]
pub fn receive(id: usize, link: u32, monotonic: f64, wall: f64) -> usize {
    let now = now(monotonic, wall);
    with_inbox(id, |held, inbox| held.receive(now, LinkId(link), inbox))
}

/// Receives an event of the native `EventSource`, whose type, ID and data lie in the inbox one after the
/// other. Returns 0 if the event must not be delivered, 1 if it is delivered as it is, 2 if it follows a
/// gap. Afterwards the session's text is the last event ID.
#[wasm_bindgen]
pub fn receive_native(
    id: usize,
    link: u32,
    type_length: usize,
    id_length: usize,
    monotonic: f64,
    wall: f64,
) -> u32 {
    let now = now(monotonic, wall);
    with_inbox(id, |held, inbox| {
        let event_type = text(inbox, type_length);
        let last_event_id = text(inbox, id_length);
        let data = text(inbox, REST);
        let event = Event {
            event_type,
            data,
            last_event_id,
        };
        held.receive_native(now, LinkId(link), &event)
    })
}

/// Returns the next output, see `Output`. Zero means that there is none for now.
#[wasm_bindgen]
pub fn poll(id: usize) -> i32 {
    with(id, |held| Some(held.poll())).unwrap_or(Output::Nothing) as i32
}

/// Writes the deliveries that no piece of a stream brought, up to about the size of a piece. Returns how
/// many records they make, see `Record`.
#[wasm_bindgen]
pub fn tell(id: usize) -> usize {
    with(id, Held::tell)
}

/// Returns after how many milliseconds a session wants `Input::Timeout`; negative if never.
#[wasm_bindgen]
pub fn timeout(id: usize, monotonic: f64, wall: f64) -> f64 {
    let now = now(monotonic, wall);
    let wait = with(id, |held| {
        let due = held.session.poll_timeout()?;
        Some((due - now).as_secs_f64() * 1000.0)
    });
    wait.unwrap_or(-1.0)
}

/// Writes a session's counters into its words: attempts, those that opened, events, bytes, and the
/// milliseconds since the last arrival. The last is negative if nothing has arrived. Returns false if the session is at
/// work or gone, which leaves the words as they are.
#[wasm_bindgen]
pub fn stats(id: usize, monotonic: f64, wall: f64) -> bool {
    let now = now(monotonic, wall);
    with(id, |held| {
        held.count(now);
        true
    })
}

/// Forgets a session.
#[wasm_bindgen]
pub fn forget(id: usize) {
    SESSIONS.with_borrow_mut(|sessions| sessions.forget(id));
}

/// Subscribes to a channel, under a number that was never given before. The inbox holds the ID of the event
/// after which it begins, of this length, and then its name.
#[cfg(feature = "mux")]
#[wasm_bindgen]
pub fn subscribe(id: usize, channel: u32, id_length: usize) {
    with_inbox(id, |held, inbox| {
        let after = text(inbox, id_length);
        let name = text(inbox, REST);
        let start = match after {
            "" => Start::Now,
            id => Start::After(id.into()),
        };
        let channel = ChannelId(channel);
        let input = Input::Subscribe {
            channel,
            name,
            start,
        };
        held.session.handle(Instant::default(), input);
    });
}

/// Unsubscribes from a channel, whose name lies in the inbox.
#[cfg(feature = "mux")]
#[wasm_bindgen]
pub fn unsubscribe(id: usize, channel: u32) {
    with_inbox(id, |held, inbox| {
        let name = text(inbox, REST);
        let input = Input::Unsubscribe(ChannelId(channel), name);
        held.session.handle(Instant::default(), input);
    });
}

/// Writes the request of an attempt, with the channels as they are now. The text is its method, URL,
/// content type and body, and the words tell where the first three end. Returns whether there is such a
/// request.
#[cfg(feature = "mux")]
#[wasm_bindgen]
pub fn plan(id: usize, link: u32) -> bool {
    with(id, |held| held.plan(LinkId(link)))
}

/// Handles the answer to a request that changes the channels. The inbox holds its body. Status zero means
/// that there was no answer.
#[cfg(feature = "mux")]
#[wasm_bindgen]
pub fn answer(id: usize, number: f64, status: u16, monotonic: f64, wall: f64) {
    let now = now(monotonic, wall);
    with_inbox(id, |held, inbox| {
        let body = text(inbox, REST);
        held.answer(now, number, status, body);
    });
}

/// Handles a message of another tab, which the inbox holds.
#[cfg(feature = "tabs")]
#[wasm_bindgen]
pub fn hear(id: usize, monotonic: f64, wall: f64) {
    let now = now(monotonic, wall);
    with_inbox(id, |held, inbox| {
        held.session.handle(now, Input::Heard(inbox));
    });
}

/// Returns the version of the messages between tabs, which is part of the `BroadcastChannel`'s name.
#[cfg(feature = "tabs")]
#[wasm_bindgen]
pub fn version() -> u32 {
    everstream_core::tabs::Message::VERSION
}
