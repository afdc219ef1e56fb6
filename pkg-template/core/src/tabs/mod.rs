//! What the npm package sees of the tabs that share a connection. A room is this tab among the others, for
//! one source; rooms are numbered as sources are.

mod channels;
mod deliveries;
#[cfg(test)]
mod mux_tests;
mod outputs;
mod owner;
mod records;
mod relay;
mod room;
#[cfg(test)]
mod tests;

use core::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::wasm_bindgen;

use super::places::Places;
use super::source::Options;
use super::{Everything, milliseconds, texts, until, with};
use everstream_core::tabs::Message;
use room::{Kind, Room};

pub(super) use owner::Owner;
pub(super) use relay::Relay;

thread_local! {
    static ROOMS: RefCell<Places<Rc<RefCell<Room>>>> = RefCell::default();
}

/// Runs with everything and one of the rooms, if it is there.
fn with_room<T: Default>(id: usize, work: impl FnOnce(&mut Everything, &mut Room) -> T) -> T {
    let room = ROOMS.with_borrow_mut(|rooms| rooms.get(id).cloned());
    room.map_or_else(T::default, |room| {
        with(|all| work(all, &mut room.borrow_mut()))
    })
}

/// The version of the messages, which is part of the channel's name.
#[wasm_bindgen]
#[must_use]
pub fn tab_version() -> u32 {
    Message::VERSION
}

/// A new room, from the options of its sources, behind which lie the last event ID, so many bytes, and the URL.
/// `is_mux`: it is for a multiplexer, and has no channel yet. `has_locks`: whether there are any, to elect the
/// leader by.
#[wasm_bindgen]
pub fn tab_open(
    is_mux: bool,
    has_locks: bool,
    id_length: usize,
    monotonic: f64,
    wall: f64,
) -> usize {
    with(|all| {
        let now = all.now(monotonic, wall);
        let (numbers, rest) = all.inbox.split_at(Options::BYTES.min(all.inbox.len()));
        let (last_event_id, url) = texts(rest, id_length);
        let options = Options::read(numbers);
        let kind = if is_mux { Kind::mux(url) } else { Kind::Source };
        let wall = milliseconds(wall);
        let room = Room::new(now, wall, has_locks, options, last_event_id, kind);
        ROOMS.with_borrow_mut(|rooms| rooms.put(|_| Rc::new(RefCell::new(room))))
    })
}

/// Adds a channel, whose name lies in the inbox, to those that this tab asks for. Returns its number.
#[wasm_bindgen]
pub fn tab_subscribe(id: usize) -> u32 {
    with_room(id, |all, room| room.subscribe(texts(&all.inbox, 0).1))
}

/// Gives a channel up, whose name lies in the inbox.
#[wasm_bindgen]
pub fn tab_unsubscribe(id: usize) {
    with_room(id, |all, room| room.unsubscribe(texts(&all.inbox, 0).1));
}

/// Asks for the channels that there are by now.
#[wasm_bindgen]
pub fn tab_flush(id: usize) {
    with_room(id, |_, room| room.ask_for());
}

/// Something has happened to a tab; see [`room::Input`].
#[wasm_bindgen]
pub fn tab_handle(id: usize, input: u32, monotonic: f64, wall: f64) {
    with_room(id, |all, room| {
        let now = all.now(monotonic, wall);
        room.handle(now, input);
    });
}

/// Another tab has said what lies in the inbox.
#[wasm_bindgen]
pub fn tab_hear(id: usize, monotonic: f64, wall: f64) {
    with_room(id, |all, room| {
        let now = all.now(monotonic, wall);
        room.hear(now, &all.inbox);
    });
}

/// What is to be done next; see [`outputs`]. Zero: nothing for now.
#[wasm_bindgen]
pub fn tab_poll(id: usize) -> u32 {
    let Some(room) = ROOMS.with_borrow_mut(|rooms| rooms.get(id).cloned()) else {
        return outputs::NOTHING;
    };
    with(|all| {
        let Everything { sources, words, .. } = all;
        outputs::poll(&room, sources, words)
    })
}

/// What there is for the listeners, up to about a piece of it. Returns how many records it makes; see
/// [`records`].
#[wasm_bindgen]
pub fn tab_tell(id: usize) -> usize {
    with_room(id, |all, room| room.tell(&mut all.words))
}

/// As `timeout` says it of a source.
#[wasm_bindgen]
pub fn tab_timeout(id: usize, monotonic: f64, wall: f64) -> f64 {
    with_room(id, |all, room| {
        let now = all.now(monotonic, wall);
        until(room.tab.poll_timeout(), now)
    })
}

/// Forgets a room.
#[wasm_bindgen]
pub fn tab_forget(id: usize) {
    ROOMS.with_borrow_mut(|rooms| rooms.take(id));
}
