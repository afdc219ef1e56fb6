//! As JavaScript would: one multiplexer, its outputs and its records.

use core::cell::RefCell;
use std::rc::Rc;

use super::super::places::Places;
use super::super::source::{Head, Options, Source};
use super::super::words::Words;
use super::multiplexer::Mux;
use super::outputs;
use super::records::CHANNEL_FAILED;
use crate::outputs::describe;
use everstream_core::Error;
use everstream_core::connection::Instant;
use everstream_core::mux::{Answer, Start};
use everstream_core::parse::EventTooLarge;

const NOW: Instant = Instant::from_origin(core::time::Duration::ZERO);

/// A page with one multiplexer.
struct Page {
    mux: Rc<RefCell<Mux>>,
    sources: Places<Source>,
    words: Words,
    /// Of the source that was opened last.
    url: String,
}

/// What is told, as the records say it: kind or type, number, text.
#[derive(Debug, PartialEq)]
enum Told {
    Event(String, String, String),
    Type(String),
    Channel(u32),
    InForce(u32),
    Gap(u32),
    Argument(u32, String),
    End(u32),
    Position(String),
    Failed,
    NotInForce(u32),
    TooLarge,
}

impl Page {
    fn new() -> Self {
        let mut numbers = [f64::NAN; Options::BYTES / 8];
        // The flags, and the seed.
        numbers[0] = 0.0;
        numbers[7] = 1000.0;
        numbers[8] = 0.5;
        let bytes: Vec<u8> = numbers
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect();
        let mux = Mux::new(Options::read(&bytes), "", "https://h/mux");
        Self {
            mux: Rc::new(RefCell::new(mux)),
            sources: Places::default(),
            words: Words::default(),
            url: String::new(),
        }
    }

    fn subscribe(&self, name: &str) -> u32 {
        let taken = self.mux.borrow_mut().subscribe(name, Start::Now);
        taken.unwrap_or_default()
    }

    fn flush(&self) {
        self.mux.borrow_mut().machine.handle_timeout(NOW);
    }

    /// The next output: its kind, and its number.
    fn poll(&mut self) -> (u32, usize) {
        let kind = outputs::poll(&self.mux, &mut self.sources, &mut self.words);
        (kind, self.word(3))
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Small whole numbers.
    fn word(&self, place: usize) -> usize {
        self.words.get(place) as usize
    }

    /// The request that the words tell of.
    fn request(&self) -> [&str; 4] {
        let text = &*self.words.text;
        let [method, url, content_type] = [3, 4, 5].map(|place| self.word(place));
        [
            &text[..method],
            &text[method..url],
            &text[url..content_type],
            &text[content_type..],
        ]
    }

    /// Opens the source that is asked for, up to its answer.
    fn connect(&mut self) -> usize {
        self.flush();
        let (kind, number) = self.poll();
        assert_eq!(kind, 1, "a source is to be opened");
        let Self { sources, words, .. } = self;
        let source = sources.get(number).expect("a source");
        source.handle(NOW, 0, 0.0);
        while source.poll(NOW, words) > 0 {}
        assert!(source.owner().expect("an owner").request(words));
        let [_, url, ..] = self.request();
        self.url = url.to_owned();
        let Self { sources, words, .. } = self;
        let source = sources.get(number).expect("a source");
        let head = Head::STREAM;
        source.respond(NOW, 200, &head, -1.0);
        while source.poll(NOW, words) > 0 {}
        number
    }

    fn receive(&mut self, source: usize, text: &str) -> Vec<Told> {
        let Self { sources, words, .. } = self;
        let source = sources.get(source).expect("a source");
        let count = source.receive(NOW, text.as_bytes(), words);
        self.told(count)
    }

    fn told(&self, count: usize) -> Vec<Told> {
        let records = self.words.records.chunks(3);
        assert_eq!(records.len(), count);
        let (mut begin, mut types, mut id) = (0, Vec::new(), String::new());
        let mut cut = |end: u32| {
            let text = &self.words.text[begin..end as usize];
            begin = end as usize;
            text.to_owned()
        };
        let tell = |record: &[u32]| {
            let (kind, number) = (record[0], record[1]);
            if kind < 1000 {
                let data = cut(number);
                if record[2] != u32::MAX {
                    id = cut(record[2]);
                }
                let event_type: &String = &types[kind as usize];
                return Told::Event(event_type.clone(), data, id.clone());
            }
            let text = cut(record[2]);
            match u32::MAX - kind {
                0 => {
                    types.push(text.clone());
                    Told::Type(text)
                }
                2 => Told::TooLarge,
                3 => Told::Channel(number),
                4 => Told::InForce(number),
                5 => Told::Gap(number),
                6 => Told::End(number),
                7 => Told::Argument(number, text),
                8 => Told::Position(text),
                9 => Told::Failed,
                10 => Told::NotInForce(number),
                other => panic!("no kind {other}"),
            }
        };
        records.map(tell).collect()
    }

    fn tell(&mut self) -> Vec<Told> {
        let count = self.mux.borrow_mut().tell(&mut self.words);
        self.told(count)
    }
}

fn event(event_type: &str, data: &str, id: &str) -> Told {
    Told::Event(event_type.into(), data.into(), id.into())
}

#[test]
fn events_are_told_by_channel_and_only_those_that_are_new() {
    let mut page = Page::new();
    let [one, two] = ["one", "two"].map(|name| page.subscribe(name));
    let source = page.connect();
    assert_eq!(page.url, "https://h/mux?channel=one&channel=two");
    let hello = "id: e-1\nevent: @connected\ndata: {\"protocol\":1}\n\n";
    let told = page.receive(source, hello);
    // The set is in no order.
    assert_eq!(told.len(), 3);
    assert!(told.contains(&Told::InForce(one)) && told.contains(&Told::InForce(two)));
    assert_eq!(told[2], Told::Position("e-1".into()));
    let piece = "id: e-2\nevent: one\ndata: a\n\nid: e-3\nevent: one tick\ndata: b\n\n\
        id: e-4\nevent: other\ndata: no\n\nid: e-4\nevent: two\ndata: c\n\nid: e-2\nevent: one\ndata: a\n\n";
    let expected = [
        Told::Channel(one),
        Told::Type("message".into()),
        event("message", "a", "e-2"),
        Told::Type("tick".into()),
        event("tick", "b", "e-3"),
        Told::Channel(two),
        event("message", "c", "e-4"),
        Told::Position("e-4".into()),
    ];
    assert_eq!(page.receive(source, piece), expected);
}

#[test]
fn what_channels_are_told_is_in_order_with_their_events() {
    let mut page = Page::new();
    let [one, two] = ["one", "two"].map(|name| page.subscribe(name));
    let source = page.connect();
    let _ = page.receive(source, "event: @connected\ndata: {\"protocol\":1}\n\n");
    let piece = "event: one\ndata: a\n\nevent: @gap\ndata: {\"channels\":[\"one\"]}\n\nevent: one\ndata: b\n\n\
        event: @error two\ndata: {\"code\":\"forbidden\",\"message\":\"no\"}\n\nevent: @complete one\ndata: {}\n\n\
        event: @subscribed\ndata: x\n\n";
    let expected = [
        Told::Channel(one),
        Told::Type("message".into()),
        event("message", "a", ""),
        Told::Gap(one),
        event("message", "b", ""),
        Told::Argument(CHANNEL_FAILED, "two".into()),
        Told::Argument(0, "forbidden".into()),
        Told::Argument(0, "no".into()),
        Told::End(two),
        Told::End(one),
    ];
    assert_eq!(page.receive(source, piece), expected);
    // What concerns no channel is told behind it.
    assert_eq!(page.poll().0, outputs::NOTHING);
    let told = page.tell();
    assert_eq!(told.last(), Some(&Told::Failed));
    assert_eq!(told[2], Told::Argument(0, "x".into()));
}

#[test]
fn a_change_of_the_set_is_a_request_with_a_number() {
    let mut page = Page::new();
    let _ = page.subscribe("one");
    let source = page.connect();
    let hello = r#"{"protocol":1,"connection":"c","control":"./control"}"#;
    let _ = page.receive(source, &format!("event: @connected\ndata: {hello}\n\n"));
    page.flush();
    assert_eq!(page.poll().0, outputs::NOTHING);
    let two = page.subscribe("zwei/ö");
    page.flush();
    assert_eq!(page.poll().0, 3);
    let body = r#"{"connection":"c","revision":1,"channels":["one","zwei/ö"]}"#;
    assert_eq!(
        page.request(),
        ["POST", "./control", "application/json", body]
    );
    assert_eq!((page.word(6), page.word(7)), (0, 0));
    let refused = Answer {
        status: Some(413),
        body: "too many".into(),
    };
    page.mux.borrow_mut().answer(NOW, 0, &refused);
    // The answer counts once.
    page.mux.borrow_mut().answer(NOW, 0, &refused);
    let told = page.tell();
    assert_eq!(
        told,
        [
            Told::Argument(2, "too many".into()),
            Told::Argument(413, String::new()),
            Told::End(two),
        ]
    );
}

#[test]
fn a_channel_that_is_given_up_leaves_and_the_last_one_the_connection() {
    let mut page = Page::new();
    let one = page.subscribe("one");
    assert_eq!(page.subscribe("one"), one, "it is there already");
    assert_eq!(page.subscribe("not one"), 0, "no name");
    let source = page.connect();
    assert!(page.mux.borrow().is_in_use(source));
    page.mux.borrow_mut().unsubscribe("one", one + 1);
    page.flush();
    assert_eq!(page.poll().0, outputs::NOTHING, "another has that number");
    page.mux.borrow_mut().unsubscribe("one", one);
    page.flush();
    assert_eq!(page.poll(), (2, source));
    assert!(!page.mux.borrow().is_in_use(source));
    assert!(page.subscribe("one") > one, "numbers are not given again");
}

#[test]
fn an_event_that_is_too_large_is_its_channels() {
    let mut page = Page::new();
    let [one, two] = ["one", "two"].map(|name| page.subscribe(name));
    let source = page.connect();
    let _ = page.receive(source, "event: @connected\ndata: {\"protocol\":1}\n\n");
    let large = format!("event: one\ndata: {}\n\n", "x".repeat(2000));
    assert_eq!(
        page.receive(source, &large),
        [Told::Channel(one), Told::TooLarge]
    );
    // It may have been either's: each has a gap, and the error is the multiplexer's.
    let unknown = format!("data: {}\n\n", "x".repeat(2000));
    let told = page.receive(source, &unknown);
    for number in [one, two] {
        assert!(told.contains(&Told::Gap(number)), "{told:?}");
    }
    assert!(!told.contains(&Told::TooLarge), "{told:?}");
    // A channel that nobody has.
    let other = format!("event: other\ndata: {}\n\n", "x".repeat(2000));
    assert_eq!(page.receive(source, &other), []);
}

#[test]
fn the_id_of_a_skipped_event_and_of_a_block_without_data_is_the_position() {
    let mut page = Page::new();
    let one = page.subscribe("one");
    let source = page.connect();
    let hello = "id: e-1\nevent: @connected\ndata: {\"protocol\":1}\n\n";
    let _ = page.receive(source, hello);
    let large = format!("id: e-2\nevent: one\ndata: {}\n\n", "x".repeat(2000));
    assert_eq!(
        page.receive(source, &large),
        [
            Told::Channel(one),
            Told::TooLarge,
            Told::Position("e-2".to_owned())
        ]
    );
    let told = page.receive(source, "id: e-3\n\n");
    assert_eq!(told, [Told::Position("e-3".to_owned())]);
}

/// JavaScript would take one for the other.
#[test]
fn no_error_of_a_source_has_the_code_of_one_that_only_a_multiplexer_knows() {
    let errors = [
        Error::disconnected("x"),
        Error::Ended { unfinished: None },
        Error::EventTooLarge(EventTooLarge {
            limit: 1,
            event_type: None,
        }),
        Error::PreflightRefused,
        Error::Gap,
    ];
    for error in errors {
        let (code, _) = describe(&error);
        assert!(code < CHANNEL_FAILED, "{error}");
    }
}

#[test]
fn the_error_of_an_event_of_an_unknown_channel_has_its_own_code() {
    let mut page = Page::new();
    page.subscribe("one");
    let source = page.connect();
    let large = format!("data: {}\n\n", "x".repeat(2000));
    page.receive(source, &large);
    while page.poll().0 > 0 {}
    let count = page.mux.borrow_mut().tell(&mut page.words);
    let told = page.told(count);
    let [.., first, _, last] = &told[..] else {
        panic!("{told:?}");
    };
    assert_eq!(first, &Told::Argument(10, String::new()), "{told:?}");
    assert_eq!(last, &Told::Failed, "{told:?}");
}
