//! What a tab has had beyond the log that it now follows.

use core::hash::{Hash, Hasher};
use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;

use super::entry::{Entry, Fact};

/// So many events are remembered, in all channels together. More are there only if leaders follow each other
/// without a new event. Behind so many new events of a channel, nothing of another log is waited for any more.
const REMEMBERED: usize = 4096;

/// Events that may come again, each channel's in the order in which they were had.
#[derive(Debug, Default)]
pub(super) struct Seen {
    channels: HashMap<Box<str>, Had>,
    /// At most so many events come before those that are `ahead`.
    forgotten: u64,
    /// The position behind the events that are `ahead`.
    behind: Box<str>,
    /// Counts what was added, so that the oldest can be told.
    added: u64,
}

/// What was had of one channel.
#[derive(Debug, Default)]
struct Had {
    /// The next leader resumes from what it knows. What a tab alone has had behind that comes to it a
    /// second time, in its place and before anything new.
    beyond: Events,
    /// The last of what a tab alone has had where that was more than it keeps. The log begins before these,
    /// with what it has forgotten.
    ahead: Events,
    /// What was had on logs that have nothing to do with the present one, which may begin anywhere: for each
    /// log what was had on it.
    elsewhere: Vec<Elsewhere>,
}

/// What was had on another log.
#[derive(Debug, Default)]
struct Elsewhere {
    events: Events,
    /// Something of it has come again: the present log has come to where the tab was on that one.
    is_found: bool,
    /// So many new events have come meanwhile.
    passed: usize,
    age: u64,
}

/// Events in their order.
#[derive(Debug, Default)]
struct Events {
    entries: VecDeque<Rc<Entry>>,
    /// The hashes of their IDs, and perhaps of some that are gone: nearly every event that is looked for is
    /// new, and its ID is not among these.
    ids: HashSet<u64>,
}

impl Events {
    fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn len(&self) -> usize {
        self.entries.len()
    }

    fn push(&mut self, entry: Rc<Entry>) {
        self.ids.insert(hash(entry.event_id()));
        self.entries.push_back(entry);
    }

    fn append(&mut self, mut others: Self) {
        self.entries.append(&mut others.entries);
        self.ids.extend(others.ids);
    }

    fn find(&self, entry: &Entry) -> Option<usize> {
        if !self.ids.contains(&hash(entry.event_id())) {
            return None;
        }
        self.entries.iter().position(|had| is_same(had, entry))
    }

    /// Takes out what comes behind a place, and forgets what comes before.
    fn split_behind(&mut self, place: usize) -> Self {
        let events = core::mem::take(self);
        let mut behind = Self::default();
        for entry in events.entries.into_iter().skip(place + 1) {
            behind.push(entry);
        }
        behind
    }
}

impl Had {
    fn is_empty(&self) -> bool {
        self.beyond.is_empty() && self.ahead.is_empty() && self.elsewhere.is_empty()
    }

    fn len(&self) -> usize {
        let elsewhere = self.elsewhere.iter().map(|other| other.events.len());
        self.beyond.len() + self.ahead.len() + elsewhere.sum::<usize>()
    }

    fn add_elsewhere(&mut self, events: Events, age: u64) {
        if !events.is_empty() {
            self.elsewhere.push(Elsewhere {
                events,
                is_found: false,
                passed: 0,
                age,
            });
        }
    }

    /// What is still to come again need not be in its place any more. Says whether there was something.
    fn wait_for_none(&mut self, age: u64) -> bool {
        let mut events = core::mem::take(&mut self.ahead);
        events.append(core::mem::take(&mut self.beyond));
        let any = !events.is_empty();
        self.add_elsewhere(events, age);
        any
    }

    /// The same of what was had and forgotten, and of what was had behind that.
    fn wait_for_none_ahead(&mut self, age: u64) {
        let ahead = core::mem::take(&mut self.ahead);
        self.add_elsewhere(ahead, age);
    }

    /// Something new has come. Where the log has gone beyond what was found again, what looks the same from
    /// now on is another event.
    fn pass(&mut self) {
        self.elsewhere.retain_mut(|other| {
            other.passed += 1;
            !other.is_found && other.passed < REMEMBERED
        });
    }

    fn check(&mut self, entry: &Entry, forgotten: &mut u64, age: u64) -> News {
        for other in &mut self.elsewhere {
            if let Some(found) = other.events.find(entry) {
                // What it had before is behind it.
                other.events = other.events.split_behind(found);
                other.is_found = true;
                return News::Again;
            }
        }
        if let Some(found) = self.ahead.find(entry) {
            // From here on everything is known.
            let mut beyond = self.ahead.split_behind(found);
            beyond.append(core::mem::take(&mut self.beyond));
            self.beyond = beyond;
            return News::Again;
        }
        if !self.ahead.is_empty() {
            if *forgotten > 0 {
                *forgotten -= 1;
                return News::Again;
            }
        } else if let Some(found) = self.beyond.find(entry) {
            self.beyond = self.beyond.split_behind(found);
            return News::Again;
        }
        self.pass();
        if self.wait_for_none(age) {
            News::Unexpected
        } else {
            News::New
        }
    }
}

impl Seen {
    fn of(&mut self, channel: &str) -> &mut Had {
        self.channels.entry(channel.into()).or_default()
    }

    fn age(&mut self) -> u64 {
        self.added += 1;
        self.added
    }

    /// Adds what was had beyond the part that the log from now on has in common with the one before. Says
    /// whether something was missing in it.
    pub(super) fn add_beyond(&mut self, entries: VecDeque<Rc<Entry>>) -> bool {
        // Of these too some may have been forgotten.
        self.forgotten += entries.len() as u64;
        let (whole, behind_break) = split_at_break(entries);
        let is_broken = !behind_break.is_empty();
        for (channel, mut events) in by_channel(whole) {
            let had = self.of(&channel);
            // What was still to come comes behind it: it would not be in its place if it did not.
            events.append(core::mem::take(&mut had.beyond));
            had.beyond = events;
        }
        self.add_others(behind_break);
        self.keep_within_bounds();
        is_broken
    }

    /// The same where the tab does not keep all of that, but only these, up to a position, and so many come
    /// before them.
    pub(super) fn add_ahead(
        &mut self,
        entries: VecDeque<Rc<Entry>>,
        between: u64,
        position: &str,
    ) -> bool {
        let (whole, behind_break) = split_at_break(entries);
        let is_broken = !behind_break.is_empty();
        self.add_elsewhere(VecDeque::new());
        for (channel, events) in by_channel(whole) {
            self.of(&channel).ahead.append(events);
        }
        self.forgotten = between;
        self.behind = position.into();
        self.add_others(behind_break);
        self.keep_within_bounds();
        is_broken
    }

    /// Whether something of this channel is still to come again that was had.
    pub(super) fn is_ahead(&self, channel: &str) -> bool {
        let had = self.channels.get(channel);
        had.is_some_and(|had| !had.ahead.is_empty())
    }

    /// The log goes on from a position. If that is behind what the tab has had, nothing comes again.
    pub(super) fn resume(&mut self, position: &str) {
        if *self.behind == *position {
            self.wait_no_longer(None);
        }
    }

    /// There is a gap, in one channel or in all: what is remembered of it may not come again, and what comes
    /// need not be what was forgotten.
    pub(super) fn wait_no_longer(&mut self, channel: Option<&str>) {
        let age = self.age();
        match channel {
            Some(channel) => {
                if let Some(had) = self.channels.get_mut(channel) {
                    had.wait_for_none_ahead(age);
                }
            }
            None => {
                for had in self.channels.values_mut() {
                    had.wait_for_none_ahead(age);
                }
            }
        }
    }

    /// The connection begins with a channel now: nothing of it that was still to come again comes in its
    /// place. Says whether there was something, and so something is missing.
    pub(super) fn begins_anew(&mut self, channel: &str) -> bool {
        let age = self.age();
        let had = self.channels.get_mut(channel);
        had.is_some_and(|had| had.wait_for_none(age))
    }

    /// Adds what was had on another log.
    pub(super) fn add_elsewhere(&mut self, entries: VecDeque<Rc<Entry>>) {
        let age = self.age();
        for had in self.channels.values_mut() {
            had.wait_for_none(age);
        }
        let age = self.age();
        for (channel, mut events) in by_channel(entries) {
            let had = self.of(&channel);
            let found = had.elsewhere.iter_mut().rev().find(|other| other.is_found);
            if let Some(other) = found {
                // What is still to come of that log comes behind what has come again.
                events.append(core::mem::take(&mut other.events));
                other.events = events;
                other.age = age;
            } else {
                had.add_elsewhere(events, age);
            }
        }
        // The next log may begin anywhere once more.
        for other in self
            .channels
            .values_mut()
            .flat_map(|had| &mut had.elsewhere)
        {
            (other.is_found, other.passed) = (false, 0);
        }
        self.keep_within_bounds();
    }

    /// Adds what may not come again.
    fn add_others(&mut self, entries: VecDeque<Rc<Entry>>) {
        let age = self.age();
        for (channel, events) in by_channel(entries) {
            self.of(&channel).add_elsewhere(events, age);
        }
    }

    /// Forgets the oldest of what is too much.
    fn keep_within_bounds(&mut self) {
        let mut excess = self.len().saturating_sub(REMEMBERED);
        while excess > 0 {
            let elsewhere = self.channels.values().flat_map(|had| &had.elsewhere);
            let Some(age) = elsewhere.map(|other| other.age).min() else {
                break;
            };
            for had in self.channels.values_mut() {
                had.elsewhere.retain(|other| other.age != age);
            }
            excess = self.len().saturating_sub(REMEMBERED);
        }
        for had in self.channels.values_mut() {
            for events in [&mut had.beyond, &mut had.ahead] {
                let some = excess.min(events.len());
                events.entries.drain(..some);
                excess -= some;
            }
        }
        self.channels.retain(|_, had| !had.is_empty());
    }

    fn len(&self) -> usize {
        self.channels.values().map(Had::len).sum()
    }

    /// What an event is to this tab.
    pub(super) fn check(&mut self, entry: &Entry) -> News {
        // Nearly always there is nothing.
        if self.channels.is_empty() {
            return News::New;
        }
        let Fact::Event { channel, .. } = &entry.fact else {
            return News::New;
        };
        let age = self.added;
        let Some(had) = self.channels.get_mut(channel) else {
            return News::New;
        };
        let news = had.check(entry, &mut self.forgotten, age);
        if had.is_empty() {
            self.channels.remove(channel);
        }
        news
    }
}

/// The events with an ID, by their channels. Without an ID nothing is resumed: what looks the same is another
/// event.
fn by_channel(entries: VecDeque<Rc<Entry>>) -> HashMap<Box<str>, Events> {
    let mut by_channel: HashMap<Box<str>, Events> = HashMap::new();
    for entry in entries {
        if let Fact::Event { channel, id, .. } = &entry.fact
            && !id.is_empty()
        {
            let channel = channel.clone();
            by_channel.entry(channel).or_default().push(entry);
        }
    }
    by_channel
}

/// Divides what is known to come again from what may not.
fn split_at_break(mut entries: VecDeque<Rc<Entry>>) -> (VecDeque<Rc<Entry>>, VecDeque<Rc<Entry>>) {
    let whole = entries.iter().take_while(|entry| !is_break(entry)).count();
    let behind_break = entries.split_off(whole);
    (entries, behind_break)
}

/// What an event is to a tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    New,
    /// It was had.
    Again,
    /// It was not had, and does not come where it should: something else should have come again before.
    Unexpected,
}

/// Events may be missing there, which the log from now on may have.
fn is_break(entry: &Entry) -> bool {
    matches!(entry.fact, Fact::Gap(_) | Fact::Left(_))
}

fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// IDs alone do not tell: an event without one has that of the event before.
fn is_same(had: &Entry, entry: &Entry) -> bool {
    match (&had.fact, &entry.fact) {
        (
            Fact::Event {
                channel,
                event_type,
                data,
                id,
            },
            Fact::Event {
                channel: other_channel,
                event_type: other_type,
                data: other_data,
                id: other_id,
            },
        ) => {
            id == other_id
                && channel == other_channel
                && event_type == other_type
                && data == other_data
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
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
        // The one before is another now.
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

    /// The tab was on two logs that knew nothing of each other, and of the third.
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
        // An event that looks like one of a lifetime ago is another.
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

    /// Remembering costs a look into a table, whatever is remembered. The control is what a look through all
    /// of it costs.
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
}
