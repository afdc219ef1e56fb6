//! As JavaScript would: a multiplexer that shares, and leads.

use super::super::mux::{mux_flush, mux_poll, mux_request};
use super::super::source::Options;
use super::super::{handle, poll, receive, respond, with};
use super::{
    tab_flush, tab_handle, tab_open, tab_poll, tab_subscribe, tab_tell, tab_timeout,
    tab_unsubscribe,
};

/// The kinds of output and the inputs, as the package has them.
const OPEN: u32 = 5;
const CHANNELS: u32 = 8;
const HELD: u32 = 0;
const TIMEOUT: u32 = 5;
const WALL: f64 = 1e12;

/// What is told, by kind, number and text; of an event its data.
type Told = (i32, u32, String);

struct Page {
    room: usize,
    /// Of the multiplexer for all tabs.
    mux: usize,
    source: usize,
    now: f64,
}

fn write(bytes: &[u8]) {
    with(|all| all.inbox = bytes.to_vec());
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Small whole numbers.
fn word(place: usize) -> usize {
    with(|all| all.words.get(place) as usize)
}

fn subscribe(room: usize, name: &str) -> u32 {
    write(name.as_bytes());
    tab_subscribe(room)
}

impl Page {
    /// Leads, with these channels.
    fn new(channels: &[&str]) -> Self {
        let mut numbers = [f64::NAN; Options::BYTES / 8];
        numbers[0] = 0.0;
        numbers[7] = 1000.0;
        numbers[8] = 0.5;
        let mut bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        bytes.extend(b"https://h/mux");
        write(&bytes);
        let room = tab_open(true, true, 0, 0.0, WALL);
        for name in channels {
            assert!(subscribe(room, name) > 0);
        }
        tab_flush(room);
        while tab_poll(room) > 0 {}
        tab_handle(room, HELD, 0.0, WALL);
        let mut now = 0.0;
        let mux = loop {
            match tab_poll(room) {
                0 => {
                    now += tab_timeout(room, now, WALL + now).max(1.0);
                    tab_handle(room, TIMEOUT, now, WALL + now);
                }
                OPEN => break word(3),
                _ => {}
            }
        };
        let source = Self::open(mux, now);
        while tab_poll(room) > 0 {}
        Self {
            room,
            mux,
            source,
            now,
        }
    }

    /// Opens the source that the multiplexer asks for.
    fn open(mux: usize, now: f64) -> usize {
        mux_flush(mux, now, WALL + now);
        assert_eq!(mux_poll(mux), 1, "a source is to be opened");
        let source = word(3);
        handle(source, 0, 0.0, now, WALL + now);
        while poll(source) > 0 {}
        assert!(mux_request(source));
        write(b"text/event-stream");
        respond(source, 200, 0, 17, 0, -1.0, now, WALL + now);
        while poll(source) > 0 {}
        source
    }

    fn receive(&mut self, text: &str) -> Vec<Told> {
        self.now += 1.0;
        write(text.as_bytes());
        let records = receive(self.source, self.now, WALL + self.now);
        assert_eq!(records, 0, "it goes into the log");
        mux_flush(self.mux, self.now, WALL + self.now);
        while mux_poll(self.mux) > 0 {}
        while tab_poll(self.room) > 0 {}
        self.told()
    }

    #[allow(clippy::cast_possible_wrap)] // As JavaScript reads them.
    fn told(&self) -> Vec<Told> {
        let count = tab_tell(self.room);
        with(|all| {
            let mut begin = 0;
            let mut cut = |end: u32| {
                let text = &all.words.text[begin..end as usize];
                begin = end as usize;
                text.to_owned()
            };
            let records = all.words.records.chunks(3).take(count);
            let told = records.map(|record| {
                let kind = record[0] as i32;
                if kind < 0 {
                    return (kind, record[1], cut(record[2]));
                }
                let data = cut(record[1]);
                if record[2] != u32::MAX {
                    cut(record[2]);
                }
                (0, 0, data)
            });
            // The names of types are told once.
            told.filter(|(kind, ..)| *kind != -1).collect()
        })
    }
}

fn told(kind: i32, number: u32, text: &str) -> Told {
    (kind, number, text.to_owned())
}

#[test]
fn what_comes_for_all_tabs_is_told_by_channel() {
    let mut page = Page::new(&["a", "b"]);
    let states = page.told();
    assert!(states.contains(&told(-12, 4, "")), "open: {states:?}");
    let events = page.receive("event: a\nid: 1\ndata: one\n\nevent: b\nid: 2\ndata: two\n\n");
    let of_events: Vec<_> = events
        .iter()
        .filter(|(kind, ..)| [0, -4, -9].contains(kind))
        .cloned()
        .collect();
    let wanted = [
        told(-4, 1, ""),
        told(0, 0, "one"),
        told(-4, 2, ""),
        told(0, 0, "two"),
        // The position, once all is told.
        told(-9, 0, "2"),
    ];
    assert_eq!(of_events, wanted);
    let large = format!("event: a\ndata: {}\n\n", "x".repeat(1001));
    let skipped = page.receive(&large);
    assert_eq!(skipped, [told(-4, 1, ""), told(-3, 0, "")]);
    let gap = page.receive("event: @gap\ndata: {\"channels\":[\"b\"]}\n\n");
    assert_eq!(gap, [told(-6, 2, "")]);
}

#[test]
fn a_channel_that_has_ended_is_another_when_it_is_asked_for_again() {
    let mut page = Page::new(&["a", "b"]);
    page.receive("event: a\nid: 1\ndata: one\n\n");
    let end = page.receive("event: @error b\ndata: {\"code\":\"no\",\"message\":\"not you\"}\n\n");
    let wanted = [
        told(-8, 100, "b"),
        told(-8, 0, "no"),
        told(-8, 0, "not you"),
        told(-7, 2, ""),
    ];
    assert_eq!(end, wanted);
    assert_eq!(subscribe(page.room, "b"), 3);
    tab_flush(page.room);
    let mut outputs = core::iter::from_fn(|| Some(tab_poll(page.room)).filter(|kind| *kind > 0));
    assert!(outputs.any(|kind| kind == CHANNELS), "it is asked for");
}

#[test]
fn what_is_for_a_channel_that_is_given_up_is_for_nobody() {
    let mut page = Page::new(&["a", "b"]);
    page.told();
    write(b"event: a\nid: 1\ndata: one\n\nevent: b\nid: 2\ndata: two\n\n");
    receive(page.source, page.now, WALL + page.now);
    while tab_poll(page.room) > 0 {}
    write(b"a");
    tab_unsubscribe(page.room);
    assert_eq!(subscribe(page.room, "a"), 3);
    tab_flush(page.room);
    let told = page.receive("");
    let data: Vec<_> = told
        .iter()
        .filter(|(kind, ..)| *kind == 0)
        .map(|(.., data)| &**data)
        .collect();
    assert_eq!(data, ["two"]);
}

#[test]
fn what_is_skipped_is_its_channels_and_moves_the_position() {
    let mut page = Page::new(&["a", "b"]);
    page.told();
    page.receive("id: e-1\nevent: @connected\ndata: {\"protocol\":1}\n\n");
    let large = "x".repeat(2000);
    let skipped = page.receive(&format!("id: e-2\nevent: a\ndata: {large}\n\n"));
    let wanted = [told(-4, 1, ""), told(-3, 0, ""), told(-9, 0, "e-2")];
    assert_eq!(kinds(&skipped), kinds(&wanted), "{skipped:?}");
    assert_eq!(skipped[0], wanted[0]);
    assert_eq!(skipped[2], wanted[2]);
    // It may have been either's: each has a gap.
    let unknown = page.receive(&format!("data: {large}\n\n"));
    assert_eq!(kinds(&unknown), [-6, -6], "{unknown:?}");
    let position = page.receive("id: e-3\n\n");
    assert_eq!(position, [told(-9, 0, "e-3")]);
}

fn kinds(told: &[Told]) -> Vec<i32> {
    told.iter().map(|(kind, ..)| *kind).collect()
}
