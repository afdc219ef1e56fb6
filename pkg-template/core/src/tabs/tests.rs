//! As JavaScript would: two tabs, their outputs and their records.

use core::cell::RefCell;
use core::time::Duration;
use std::rc::Rc;

use super::super::places::Places;
use super::super::source::{Head, Options, Source};
use super::super::words::Words;
use super::outputs;
use super::room::{Kind, Room};
use everstream_core::connection::{AnswerKind, Instant};

/// The kinds of output, and the numbers of inputs, as the package has them.
const SEND: u32 = 1;
const REQUEST_LOCK: u32 = 2;
const RELEASE_LOCK: u32 = 4;
const OPEN: u32 = 5;
const CLOSE: u32 = 6;
const SHARING: u32 = 7;
const HELD: u32 = 0;
const TIMEOUT: u32 = 5;
const CLOSES: u32 = 6;

/// What listeners are told, as the records say it.
#[derive(Debug, PartialEq)]
enum Told {
    Event(String, String),
    Gap,
    State(u32),
    Argument(u32, String),
    TooLarge,
}

struct Tab {
    room: Rc<RefCell<Room>>,
    sources: Places<Source>,
    words: Words,
    now: Instant,
    /// The source that it is to drive.
    source: Option<usize>,
    sharing: (u32, u32),
    /// The outputs that are no messages and no sharing, by their kinds.
    done: Vec<u32>,
    types: Vec<String>,
    id: String,
}

impl Tab {
    fn new(seed: f64) -> Self {
        let mut numbers = [f64::NAN; Options::BYTES / 8];
        // The flags, the largest event, and the seed.
        numbers[0] = 0.0;
        numbers[7] = 1000.0;
        numbers[8] = seed;
        let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        let now = Instant::from_origin(Duration::ZERO);
        let wall = Duration::from_secs(1_000_000);
        let room = Room::new(now, wall, true, Options::read(&bytes), "", Kind::Source);
        Self {
            room: Rc::new(RefCell::new(room)),
            sources: Places::default(),
            words: Words::default(),
            now,
            source: None,
            sharing: (9, 0),
            done: Vec::new(),
            types: Vec::new(),
            id: String::new(),
        }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Small whole numbers.
    fn word(&self, place: usize) -> u32 {
        self.words.get(place) as u32
    }

    fn handle(&mut self, input: u32) {
        self.room.borrow_mut().handle(self.now, input);
    }

    /// Does what is wanted, and returns what was said.
    fn settle(&mut self) -> Vec<Vec<u8>> {
        let mut said = Vec::new();
        loop {
            match outputs::poll(&self.room, &mut self.sources, &mut self.words) {
                outputs::NOTHING => return said,
                SEND => {
                    let bytes = self.room.borrow().said.clone();
                    assert_eq!(self.word(1) as usize, bytes.len());
                    said.push(bytes);
                }
                SHARING => self.sharing = (self.word(3), self.word(4)),
                kind => {
                    let number = self.word(3) as usize;
                    match kind {
                        OPEN => {
                            self.source = Some(number);
                            self.start();
                        }
                        CLOSE => assert_eq!(self.source.take(), Some(number)),
                        _ => {}
                    }
                    self.done.push(kind);
                }
            }
        }
    }

    fn hear(&mut self, said: &[Vec<u8>]) {
        for bytes in said {
            self.room.borrow_mut().hear(self.now, bytes);
        }
    }

    fn with_source(&mut self, work: impl FnOnce(&mut Source, Instant, &mut Words)) {
        let source = self.sources.get(self.source.expect("it leads"));
        let source = source.expect("the source is there");
        work(source, self.now, &mut self.words);
        while source.poll(self.now, &mut self.words) != 0 {}
    }

    /// The source begins, and is answered.
    fn start(&mut self) {
        self.with_source(|source, now, _| source.handle(now, 0, 0.0));
        self.with_source(|source, now, _| {
            let head = Head::STREAM;
            source.respond(now, 200, &head, -1.0);
        });
    }

    fn receive(&mut self, bytes: &[u8]) {
        self.with_source(|source, now, words| {
            assert_eq!(source.receive(now, bytes, words), 0);
        });
    }

    #[allow(clippy::cast_possible_wrap)] // As JavaScript reads them.
    fn told(&mut self) -> Vec<Told> {
        let count = self.room.borrow_mut().tell(&mut self.words);
        let units: Vec<u16> = self.words.text.encode_utf16().collect();
        let mut at = 0;
        let mut told = Vec::new();
        for record in self.words.records.chunks(3).take(count) {
            let mut text = |end: u32| {
                let part = String::from_utf16(&units[at..end as usize]).expect("whole");
                at = end as usize;
                part
            };
            let [kind, second, third] = [record[0], record[1], record[2]];
            match kind as i32 {
                -1 => {
                    let name = text(third);
                    assert_eq!(self.types.len(), second as usize);
                    self.types.push(name);
                }
                -3 => told.push(Told::TooLarge),
                -6 => told.push(Told::Gap),
                -8 => told.push(Told::Argument(second, text(third))),
                -12 => told.push(Told::State(second)),
                _ => {
                    assert_eq!(self.types[kind as usize], "message");
                    let data = text(second);
                    if third != u32::MAX {
                        self.id = text(third);
                    }
                    told.push(Told::Event(data, self.id.clone()));
                }
            }
        }
        told
    }
}

/// What each says is heard by the other, until nobody says anything; time passes if it has to.
fn until(one: &mut Tab, other: &mut Tab, fits: impl Fn(&Tab, &Tab) -> bool) {
    for _ in 0..1000 {
        loop {
            let (first, second) = (one.settle(), other.settle());
            other.hear(&first);
            one.hear(&second);
            if first.is_empty() && second.is_empty() {
                break;
            }
        }
        if fits(one, other) {
            return;
        }
        for tab in [&mut *one, &mut *other] {
            tab.now = tab.now + Duration::from_millis(10);
            tab.handle(TIMEOUT);
        }
    }
    panic!("it never came to that");
}

/// Of which the first leads.
fn two() -> (Tab, Tab) {
    let (mut one, mut other) = (Tab::new(0.25), Tab::new(0.75));
    one.settle();
    assert_eq!(one.done, [REQUEST_LOCK]);
    one.handle(HELD);
    until(&mut one, &mut other, |one, other| {
        one.source.is_some() && one.sharing == (0, 2) && other.sharing == (1, 2)
    });
    assert_eq!(other.source, None);
    (one, other)
}

fn event(data: &str, id: &str) -> Told {
    Told::Event(data.to_owned(), id.to_owned())
}

#[test]
fn what_the_leader_receives_both_are_told() {
    let (mut one, mut other) = two();
    for tab in [&mut one, &mut other] {
        // It connects, and is open.
        let states = tab.told();
        assert_eq!(states.last(), Some(&Told::State(4)), "{states:?}");
    }
    one.receive("id: 1\ndata: grüße\n\nid: 2\ndata: two\n\n".as_bytes());
    let large = format!("data: {}\n\n", "x".repeat(1001));
    one.receive(large.as_bytes());
    until(&mut one, &mut other, |_, _| true);
    let wanted = [event("grüße", "1"), event("two", "2"), Told::TooLarge];
    assert_eq!(one.told(), wanted);
    assert_eq!(other.told(), wanted);
    assert_eq!(one.told(), []);
}

#[test]
fn when_the_leader_closes_the_other_resumes() {
    let (mut one, mut other) = two();
    one.receive(b"id: 1\ndata: one\n\n");
    until(&mut one, &mut other, |_, _| true);
    one.handle(CLOSES);
    let said = one.settle();
    assert_eq!(one.done, [REQUEST_LOCK, OPEN, CLOSE, RELEASE_LOCK]);
    other.hear(&said);
    other.handle(HELD);
    until(&mut one, &mut other, |_, other| other.source.is_some());
    assert_eq!(other.sharing, (0, 1));
    other.receive(b"id: 2\ndata: two\n\n");
    other.settle();
    let events: Vec<_> = other
        .told()
        .into_iter()
        .filter(|told| !matches!(told, Told::State(_)))
        .collect();
    assert_eq!(events, [event("one", "1"), event("two", "2")]);
}

#[test]
fn an_end_is_that_of_all() {
    let (mut one, mut other) = two();
    one.told();
    other.told();
    // The standard's retry policy: it ends at the first answer that is no event stream.
    one.with_source(|source, now, _| source.handle(now, 2, 0.0));
    one.now = one.now + Duration::from_mins(1);
    one.with_source(|source, now, _| source.handle(now, 7, 0.0));
    let head = Head {
        kind: AnswerKind::Unexpected,
        content_type: "text/plain",
        excerpt: "too busy",
        ..Head::STREAM
    };
    one.with_source(|source, now, _| source.respond(now, 503, &head, -1.0));
    until(&mut one, &mut other, |_, _| true);
    for tab in [&mut one, &mut other] {
        let told = tab.told();
        // The code of a response, its status, and that it is over.
        let wanted = [
            Told::Argument(2, "too busy".to_owned()),
            Told::Argument(503, "text/plain".to_owned()),
            Told::State(7),
        ];
        assert!(told.ends_with(&wanted), "{told:?}");
    }
}

#[test]
fn a_position_that_comes_without_an_event_is_that_of_all() {
    let (mut one, mut other) = two();
    one.receive(b"id: 5\ndata: five\n\n");
    let large = format!("id: 6\ndata: {}\n\n", "x".repeat(1001));
    for (bytes, id) in [(large.as_bytes(), "6"), (b"id: 7\n\n", "7")] {
        one.receive(bytes);
        until(&mut one, &mut other, |_, _| true);
        for tab in [&one, &other] {
            assert_eq!(tab.room.borrow().tab.last_event_id(), id);
        }
    }
}
