//! What the npm package sees of the core: a few functions over numbers.
//!
//! JavaScript holds everything that has to be an object (requests, readers, timers, listeners) and
//! Rust decides what becomes of it. Sessions are numbered. Text passes through two buffers whose
//! addresses are told: `inbox` for what JavaScript writes, a session's own text for what it reads. So
//! nothing is allocated, wrapped or converted on the way, and a piece of the stream with a thousand
//! events crosses the boundary once.

#![allow(clippy::must_use_candidate)] // JavaScript calls.
#![allow(unreachable_pub)] // From JavaScript it can be reached.

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

/// The standard library's allocator is a fifth of the whole; this one is a tenth of that, and takes
/// constant time.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

thread_local! {
    static SESSIONS: RefCell<Places<Box<Held>>> = RefCell::default();
    static CLOCK: Cell<Option<Clock>> = const { Cell::new(None) };
    /// What JavaScript has written.
    static INBOX: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

fn now(monotonic: f64, wall: f64) -> Instant {
    let (monotonic, wall) = (milliseconds(monotonic), milliseconds(wall));
    let mut clock = CLOCK.take().unwrap_or_else(|| Clock::new(monotonic, wall));
    let now = clock.advance(monotonic, wall);
    CLOCK.set(Some(clock));
    now
}

/// Works with a session, which nobody else can meanwhile: JavaScript sees to it that the core is not called
/// while it asks the user something. Where the work ends in a trap, only this session is gone.
fn with<T: Default>(id: usize, work: impl FnOnce(&mut Held) -> T) -> T {
    let taken = SESSIONS.with_borrow_mut(|sessions| sessions.take(id));
    let Some(mut held) = taken else {
        return T::default();
    };
    let result = work(&mut held);
    SESSIONS.with_borrow_mut(|sessions| sessions.put(id, held));
    result
}

/// The same, with what JavaScript has written.
fn with_inbox<T: Default>(id: usize, work: impl FnOnce(&mut Held, &mut &[u8]) -> T) -> T {
    let inbox = INBOX.take();
    let result = with(id, |held| work(held, &mut &inbox[..]));
    INBOX.set(inbox);
    result
}

/// The next of the texts that JavaScript has written behind one another, of this length; none has what is behind
/// the last.
fn text<'t>(bytes: &mut &'t [u8], length: usize) -> &'t str {
    let (text, rest) = bytes.split_at(length.min(bytes.len()));
    *bytes = rest;
    core::str::from_utf8(text).unwrap_or_default()
}

/// As the length of the last text: whatever is left.
const REST: usize = usize::MAX;

/// What comes to the same as for ever, and can be reckoned with.
const LONGEST: Duration = Duration::from_secs(1 << 32);

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // It saturates.
fn milliseconds(number: f64) -> Duration {
    // What is not a time, such as the NaN of an option that was left out, is none.
    Duration::from_micros((number * 1000.0) as u64).min(LONGEST)
}

#[wasm_bindgen]
extern "C" {
    /// Asks the user's `retry` function about a failure; `detail` is its status or its time, `failures` how
    /// many there have been in a row.
    fn decide(session: usize, code: u32, detail: f64, failures: u32) -> f64;

    /// Asks the user's `until` function about an event, whose texts lie at these addresses: 0 goes on, 1 ends
    /// the stream before the event, 2 behind it.
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

    /// Asks the user's `follows` function whether an ID is the one right behind another; 0 if not.
    fn follows(
        session: usize,
        previous: usize,
        previous_length: usize,
        next: usize,
        next_length: usize,
    ) -> u32;
}

/// Makes room for so many bytes and says where.
#[wasm_bindgen]
pub fn inbox(length: usize) -> usize {
    let mut inbox = INBOX.take();
    inbox.resize(length, 0);
    let place = inbox.as_ptr().addr();
    INBOX.set(inbox);
    place
}

/// A new session of a kind of `SessionKind`. In the inbox lie its options, by the places of `Setting`, and
/// behind them the last event ID and the text that ends the stream, of these lengths, and the URL.
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

/// Where the words of a session are, by which the functions below answer.
#[wasm_bindgen]
pub fn words(id: usize) -> usize {
    with(id, |held| held.words.address())
}

/// Something has happened, see `Input`, to one of its connections if it is about one.
#[wasm_bindgen]
pub fn handle(id: usize, input: i32, link: u32, detail: f64, monotonic: f64, wall: f64) {
    let now = now(monotonic, wall);
    with(id, |held| held.handle(now, input, LinkId(link), detail));
}

/// What an answer is read as, see `Kind`. In the inbox lies its content type, of this length, and behind it the
/// `Accept` header of the request.
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

/// An answer has come, which is read as `kind`. In the inbox lie, behind one another, its content type and its
/// `Last-Event-ID` header, of these lengths, and behind them the beginning of its body if it is not read.
/// `retry_after` is in milliseconds from now, negative where the server did not say.
#[wasm_bindgen]
#[allow(clippy::too_many_arguments)] // Numbers cross the boundary for nothing.
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

/// The inbox holds a piece of a stream. Returns how many records it makes, see `Record`.
#[wasm_bindgen]
pub fn receive(id: usize, link: u32, monotonic: f64, wall: f64) -> usize {
    let now = now(monotonic, wall);
    with_inbox(id, |held, inbox| held.receive(now, LinkId(link), inbox))
}

/// The native `EventSource` has delivered an event, whose type, ID and data lie in the inbox behind one
/// another. Returns whether it is to be delivered: 0 not, 1 as it is, 2 behind a gap. Afterwards the words
/// tell the position.
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

/// What is to be done next, see `Output`. Zero: nothing for now.
#[wasm_bindgen]
pub fn poll(id: usize) -> i32 {
    with(id, |held| Some(held.poll())).unwrap_or(Output::Nothing) as i32
}

/// What there is for the listeners and came with no piece of a stream, up to about a piece of it. Returns how
/// many records it makes, see `Record`.
#[wasm_bindgen]
pub fn tell(id: usize) -> usize {
    with(id, Held::tell)
}

/// How many milliseconds from now a session wants to be told that its time has come; negative if never.
#[wasm_bindgen]
pub fn timeout(id: usize, monotonic: f64, wall: f64) -> f64 {
    let now = now(monotonic, wall);
    let wait = with(id, |held| {
        let due = held.session.poll_timeout()?;
        Some((due - now).as_secs_f64() * 1000.0)
    });
    wait.unwrap_or(-1.0)
}

/// The counters of a session, in its words: attempts, those that opened, events, bytes, and the milliseconds since
/// something arrived, negative if nothing has.
#[wasm_bindgen]
pub fn stats(id: usize, monotonic: f64, wall: f64) {
    let now = now(monotonic, wall);
    with(id, |held| held.count(now));
}

/// Forgets a session.
#[wasm_bindgen]
pub fn forget(id: usize) {
    SESSIONS.with_borrow_mut(|sessions| sessions.forget(id));
}

/// Asks for a channel by a number that was never given before. In the inbox lies the ID of the event that it is
/// to begin behind, of this length, and behind it its name.
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

/// Gives a channel up, whose name lies in the inbox.
#[cfg(feature = "mux")]
#[wasm_bindgen]
pub fn unsubscribe(id: usize, channel: u32) {
    with_inbox(id, |held, inbox| {
        let name = text(inbox, REST);
        let input = Input::Unsubscribe(ChannelId(channel), name);
        held.session.handle(Instant::default(), input);
    });
}

/// Writes what an attempt is to ask for, with the channels as they are now: the text is its method, URL, content
/// type and body, and the words tell where the first three end. Returns whether there is anything.
#[cfg(feature = "mux")]
#[wasm_bindgen]
pub fn plan(id: usize, link: u32) -> bool {
    with(id, |held| held.plan(LinkId(link)))
}

/// The answer to a request that changes the channels; its body lies in the inbox. Status zero: there was none.
#[cfg(feature = "mux")]
#[wasm_bindgen]
pub fn answer(id: usize, number: f64, status: u16, monotonic: f64, wall: f64) {
    let now = now(monotonic, wall);
    with_inbox(id, |held, inbox| {
        let body = text(inbox, REST);
        held.answer(now, number, status, body);
    });
}

/// Another tab has said what lies in the inbox.
#[cfg(feature = "tabs")]
#[wasm_bindgen]
pub fn hear(id: usize, monotonic: f64, wall: f64) {
    let now = now(monotonic, wall);
    with_inbox(id, |held, inbox| {
        held.session.handle(now, Input::Heard(inbox));
    });
}

/// The version of the messages, which is part of the channel's name.
#[cfg(feature = "tabs")]
#[wasm_bindgen]
pub fn version() -> u32 {
    everstream_core::tabs::Message::VERSION
}
