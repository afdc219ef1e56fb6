//! Events that come again, and events that only look like it.

use super::had::is_same;
use super::*;

fn event(channel: &str, id: &str, data: &str) -> Entry {
    Entry {
        fact: Fact::Event {
            channel: channel.into(),
            event_type: "message".into(),
            data: data.into(),
            id: id.into(),
        },
        position: None,
    }
}

fn seen(entries: &[(&str, &str, &str)]) -> Seen {
    let mut seen = Seen::default();
    let entries = entries
        .iter()
        .map(|(channel, id, data)| event(channel, id, data));
    seen.add_beyond(entries.map(Rc::new).collect());
    seen
}

#[test]
fn each_comes_again_once() {
    let mut seen = seen(&[("a", "1", "x"), ("b", "2", "y"), ("a", "3", "z")]);
    assert_eq!(seen.check(&event("a", "1", "x")), News::Again);
    assert_eq!(seen.check(&event("c", "9", "x")), News::New);
    assert_eq!(seen.check(&event("a", "3", "z")), News::Again);
    assert_eq!(seen.check(&event("a", "3", "z")), News::New);
    assert_eq!(seen.check(&event("b", "2", "y")), News::Again);
}

#[test]
fn what_came_again_comes_before_what_has_not() {
    let mut seen = seen(&[("a", "1", "x"), ("a", "2", "x")]);
    let again = Rc::new(event("a", "1", "x"));
    assert_eq!(seen.check(&again), News::Again);
    // The next log begins before both.
    seen.add_beyond([again.clone()].into());
    assert_eq!(seen.check(&again), News::Again);
    assert_eq!(seen.check(&event("a", "2", "x")), News::Again);
    assert_eq!(seen.check(&event("a", "3", "x")), News::New);
}

#[test]
fn what_comes_too_early_is_told_apart() {
    let mut seen = seen(&[("a", "1", "x"), ("b", "1", "x")]);
    assert_eq!(seen.check(&event("a", "0", "x")), News::Unexpected);
    assert_eq!(seen.check(&event("a", "1", "x")), News::Again);
    assert_eq!(seen.check(&event("a", "2", "x")), News::New);
    assert_eq!(seen.check(&event("b", "1", "x")), News::Again);
}

#[test]
fn what_was_had_and_forgotten_comes_again_before_what_is_remembered() {
    let mut seen = Seen::default();
    let had = ["7", "8"].map(|id| Rc::new(event("a", id, "x")));
    seen.add_ahead(VecDeque::from(had), 2, "8");
    assert_eq!(seen.check(&event("a", "5", "x")), News::Again);
    assert_eq!(seen.check(&event("b", "5", "x")), News::New);
    assert_eq!(seen.check(&event("a", "6", "x")), News::Again);
    assert_eq!(seen.check(&event("a", "7", "x")), News::Again);
    assert_eq!(seen.check(&event("a", "8", "x")), News::Again);
    assert_eq!(seen.check(&event("a", "9", "x")), News::New);
}

#[test]
fn what_is_remembered_and_does_not_come_again_is_not_waited_for_for_ever() {
    let mut seen = Seen::default();
    let had = ["7", "8"].map(|id| Rc::new(event("a", id, "x")));
    seen.add_ahead(VecDeque::from(had), 1, "8");
    assert_eq!(seen.check(&event("a", "5", "x")), News::Again);
    assert_eq!(seen.check(&event("a", "9", "x")), News::Unexpected);
    assert_eq!(seen.check(&event("a", "10", "x")), News::New);
}

#[test]
fn another_log_may_begin_before_what_was_had() {
    let mut seen = seen(&[("a", "7", "x"), ("a", "8", "x")]);
    // The previous log is an unrelated one now.
    seen.add_elsewhere(VecDeque::new());
    assert_eq!(seen.check(&event("a", "6", "x")), News::New);
    assert_eq!(seen.check(&event("a", "7", "x")), News::Again);
    assert_eq!(seen.check(&event("a", "8", "x")), News::Again);
    assert_eq!(seen.check(&event("a", "8", "x")), News::New);
}

#[test]
fn what_looks_the_same_once_the_log_is_beyond_is_another_event() {
    let mut seen = seen(&[
        ("a", "7", "x"),
        ("b", "7", "x"),
        ("a", "7", "y"),
        ("a", "7", "z"),
    ]);
    seen.add_elsewhere(VecDeque::new());
    assert_eq!(seen.check(&event("a", "7", "y")), News::Again);
    assert_eq!(seen.check(&event("a", "7", "x")), News::New);
    assert_eq!(seen.check(&event("a", "7", "z")), News::New);
    assert_eq!(seen.check(&event("b", "7", "x")), News::Again);
}

#[test]
fn events_without_an_id_are_never_the_same() {
    let mut seen = seen(&[("a", "", "x")]);
    assert_eq!(seen.check(&event("a", "", "x")), News::New);
}

/// The tab was on two logs that knew nothing of each other, nor of the third.
#[test]
fn what_was_had_on_one_log_is_remembered_when_another_is_behind() {
    let mut seen = Seen::default();
    for id in ["3", "13"] {
        seen.add_elsewhere([Rc::new(event("a", id, "x"))].into());
    }
    assert_eq!(seen.check(&event("a", "2", "x")), News::New);
    assert_eq!(seen.check(&event("a", "3", "x")), News::Again);
    assert_eq!(seen.check(&event("a", "4", "x")), News::New);
    assert_eq!(seen.check(&event("a", "13", "x")), News::Again);
    assert_eq!(seen.check(&event("a", "14", "x")), News::New);
    assert!(seen.channels.is_empty());
}

#[test]
fn a_log_that_follows_one_that_came_to_it_may_begin_before() {
    let mut seen = seen(&[("a", "7", "x"), ("a", "8", "x")]);
    seen.add_elsewhere(VecDeque::new());
    let again = Rc::new(event("a", "7", "x"));
    assert_eq!(seen.check(&again), News::Again);
    seen.add_elsewhere([again.clone()].into());
    assert_eq!(seen.check(&event("a", "6", "x")), News::New);
    assert_eq!(seen.check(&again), News::Again);
    assert_eq!(seen.check(&event("a", "8", "x")), News::Again);
    assert_eq!(seen.check(&event("a", "9", "x")), News::New);
}

#[test]
fn a_channel_that_is_begun_now_swallows_nothing() {
    let mut seen = Seen::default();
    let had = ["7", "8"].map(|id| Rc::new(event("a", id, "x")));
    seen.add_ahead(VecDeque::from(had), 100, "8");
    assert!(!seen.begins_anew("b"));
    assert!(seen.begins_anew("a"));
    assert!(!seen.begins_anew("a"));
    for id in 20..40 {
        assert_eq!(seen.check(&event("a", &id.to_string(), "x")), News::New);
    }
    assert_eq!(seen.check(&event("a", "8", "x")), News::Again);
}

fn many(channel: &str, from: u32, count: u32) -> VecDeque<Rc<Entry>> {
    let ids = from..from + count;
    let events = ids.map(|id| Rc::new(event(channel, &format!("epoch-{id:09}"), "x")));
    events.collect()
}

#[test]
fn what_does_not_come_again_is_forgotten() {
    let mut seen = Seen::default();
    seen.add_elsewhere(many("a", 0, 1000));
    for entry in many("a", 100_000, 4096) {
        assert_eq!(seen.check(&entry), News::New);
    }
    assert!(seen.channels.is_empty());
    // An event that looks like one of a lifetime ago is another event.
    let early = event("a", "epoch-000000500", "x");
    assert_eq!(seen.check(&early), News::New);
}

#[test]
fn only_so_much_is_remembered() {
    let mut seen = Seen::default();
    for round in 0..50 {
        let channel = format!("channel {}", round % 10);
        match round % 3 {
            0 => seen.add_elsewhere(many(&channel, round * 1000, 900)),
            1 => drop(seen.add_beyond(many(&channel, round * 1000, 900))),
            _ => drop(seen.add_ahead(many(&channel, round * 1000, 900), 9, "p")),
        }
        assert!(seen.len() <= REMEMBERED, "{}", seen.len());
    }
    for round in 50..60 {
        seen.add_beyond(many("one", round * 1000, 900));
        assert!(seen.len() <= REMEMBERED, "{}", seen.len());
    }
}

/// Remembering costs one look into a table, however much is remembered. The control is the cost of a look
/// through all of it.
#[test]
fn a_new_event_is_not_compared_with_all_that_was_had() {
    let had = many("a", 0, 4000);
    let new = many("a", 100_000, 4000);
    let began = std::time::Instant::now();
    let mut found = 0;
    for entry in &new {
        found += had.iter().filter(|had| is_same(had, entry)).count();
    }
    let control = began.elapsed();
    let mut seen = Seen::default();
    seen.add_elsewhere(had);
    let began = std::time::Instant::now();
    for entry in &new {
        found += usize::from(seen.check(entry) != News::New);
    }
    let took = began.elapsed();
    assert_eq!(found, 0);
    assert!(took * 10 < control, "{took:?} against {control:?}");
}
