//! What the npm package sees of the multiplexer. Multiplexers and their channels are numbered as
//! sources are; the number of a channel is never given again.

mod multiplexer;
#[cfg(not(feature = "tabs"))]
mod no_relay;
mod outputs;
mod owner;
mod records;
#[cfg(test)]
mod tests;

use core::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::wasm_bindgen;

use super::places::Places;
use super::source::Options;
use super::{Everything, texts, until, with};
use everstream_core::mux::{Answer, Start};
#[cfg(not(feature = "tabs"))]
use multiplexer::Mux;

#[cfg(feature = "tabs")]
use super::tabs::Relay;
#[cfg(feature = "tabs")]
pub(super) use multiplexer::Mux;
#[cfg(not(feature = "tabs"))]
use no_relay::Relay;
pub(super) use owner::Owner;
#[cfg(feature = "tabs")]
pub(super) use records::{CHANNEL, END, GAP, IN_FORCE, Notice, Notices, POSITION, arguments};

thread_local! {
    static MUXES: RefCell<Places<Rc<RefCell<Mux>>>> = RefCell::default();
}

/// Runs with everything and one of the multiplexers, if it is there.
fn with_mux<T: Default>(id: usize, work: impl FnOnce(&mut Everything, &mut Mux) -> T) -> T {
    let mux = MUXES.with_borrow_mut(|muxes| muxes.get(id).cloned());
    mux.map_or_else(T::default, |mux| {
        with(|all| work(all, &mut mux.borrow_mut()))
    })
}

/// Numbers a multiplexer.
#[cfg(feature = "tabs")]
pub(super) fn put(mux: Rc<RefCell<Mux>>) -> usize {
    MUXES.with_borrow_mut(|muxes| muxes.put(|_| mux))
}

/// A new multiplexer, from the options of its sources; behind the last event ID, so many bytes of the
/// inbox, comes the URL.
#[wasm_bindgen]
pub fn mux_open(id_length: usize) -> usize {
    with(|all| {
        let (numbers, rest) = all.inbox.split_at(Options::BYTES.min(all.inbox.len()));
        let (last_event_id, url) = texts(rest, id_length);
        let mux = Mux::new(Options::read(numbers), last_event_id, url);
        MUXES.with_borrow_mut(|muxes| muxes.put(|_| Rc::new(RefCell::new(mux))))
    })
}

/// Asks for a channel, whose name lies in the inbox behind the ID of the event that it is to begin
/// behind, so many bytes. Returns its number; zero if the name can't be one.
#[wasm_bindgen]
pub fn mux_subscribe(id: usize, id_length: usize) -> u32 {
    with_mux(id, |all, mux| {
        let (after, name) = texts(&all.inbox, id_length);
        let start = match after {
            "" => Start::Now,
            id => Start::After(id.into()),
        };
        mux.subscribe(name, start).unwrap_or_default()
    })
}

/// Gives a channel up, whose name lies in the inbox, unless its number stands for another meanwhile.
#[wasm_bindgen]
pub fn mux_unsubscribe(id: usize, number: u32) {
    with_mux(id, |all, mux| {
        mux.unsubscribe(texts(&all.inbox, 0).1, number);
    });
}

/// Goes on: time has passed, channels have come or gone, or streams have brought something.
#[wasm_bindgen]
pub fn mux_flush(id: usize, monotonic: f64, wall: f64) {
    with_mux(id, |all, mux| {
        let now = all.now(monotonic, wall);
        mux.machine.handle_timeout(now);
    });
}

/// What is to be done next; see [`outputs`]. Zero: nothing for now.
#[wasm_bindgen]
pub fn mux_poll(id: usize) -> u32 {
    let Some(mux) = MUXES.with_borrow_mut(|muxes| muxes.get(id).cloned()) else {
        return outputs::NOTHING;
    };
    with(|all| {
        let Everything { sources, words, .. } = all;
        outputs::poll(&mux, sources, words)
    })
}

/// What there is to tell the channels beside what streams bring. Returns how many records it makes; see
/// [`records`].
#[wasm_bindgen]
pub fn mux_tell(id: usize) -> usize {
    with_mux(id, |all, mux| mux.tell(&mut all.words))
}

/// What a source of a multiplexer is to request, as outputs have it. Returns whether there is anything.
#[wasm_bindgen]
pub fn mux_request(source: usize) -> bool {
    with(|all| {
        let Everything { sources, words, .. } = all;
        let owner = sources.get(source).and_then(|source| source.owner());
        owner.is_some_and(|owner| owner.request(words))
    })
}

/// The answer to a request that changes the set; its body lies in the inbox. Status zero: there was none.
#[wasm_bindgen]
pub fn mux_answer(id: usize, control: usize, status: u16, monotonic: f64, wall: f64) {
    with_mux(id, |all, mux| {
        let now = all.now(monotonic, wall);
        let answer = Answer {
            status: (status > 0).then_some(status),
            body: texts(&all.inbox, 0).1.to_owned(),
        };
        mux.answer(now, control, &answer);
    });
}

/// Whether a source is that of the stream in use.
#[wasm_bindgen]
pub fn mux_is_in_use(id: usize, source: usize) -> bool {
    with_mux(id, |_, mux| mux.is_in_use(source))
}

/// As `timeout` says it of a source.
#[wasm_bindgen]
pub fn mux_timeout(id: usize, monotonic: f64, wall: f64) -> f64 {
    with_mux(id, |all, mux| {
        let now = all.now(monotonic, wall);
        until(mux.machine.poll_timeout(), now)
    })
}

/// Forgets a multiplexer.
#[wasm_bindgen]
pub fn mux_forget(id: usize) {
    MUXES.with_borrow_mut(|muxes| muxes.take(id));
}
