//! What a tab has had beyond the log that it now follows.

use std::collections::VecDeque;
use std::rc::Rc;

use super::entry::{Entry, Fact};
use super::sorted::Set;

/// So many are remembered. More are there only if leaders follow each other without a new event.
const REMEMBERED: usize = 4096;

/// Events that may come again, in the order in which they were had.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The next leader resumes from what it knows. What a tab alone has had behind that comes to it a
    /// second time, each event of a channel in its place and before anything new of that channel.
    beyond: VecDeque<Rc<Entry>>,
    /// What was had on a log that has nothing to do with the present one, which may begin anywhere.
    elsewhere: VecDeque<Rc<Entry>>,
    /// The channels of which something of that has come again.
    found: Set<Box<str>>,
}

impl Seen {
    /// Adds what was had beyond the part that the log from now on has in common with the one before. Says
    /// whether something was missing in it.
    pub(super) fn add_beyond(&mut self, mut entries: VecDeque<Rc<Entry>>) -> bool {
        let whole = entries.iter().take_while(|entry| !is_break(entry)).count();
        let behind_break = entries.split_off(whole);
        let is_broken = !behind_break.is_empty();
        add(&mut self.beyond, entries);
        add(&mut self.elsewhere, behind_break);
        is_broken
    }

    /// Adds what was had on another log.
    pub(super) fn add_elsewhere(&mut self, entries: VecDeque<Rc<Entry>>) {
        let beyond = core::mem::take(&mut self.beyond);
        add(&mut self.elsewhere, beyond);
        add(&mut self.elsewhere, entries);
    }

    /// What an event is to this tab.
    pub(super) fn check(&mut self, entry: &Entry) -> News {
        let Fact::Event { channel, .. } = &entry.fact else {
            return News::New;
        };
        if let Some(found) = position(&self.elsewhere, entry) {
            // The log has come to where this tab was. What it had before is behind it.
            let mut before: VecDeque<_> = self.elsewhere.drain(..=found).collect();
            before.retain(|had| !is_of(had, channel));
            before.append(&mut self.elsewhere);
            self.elsewhere = before;
            self.found.insert(channel.clone());
            return News::Again;
        }
        if self.found.remove(channel) {
            // And has gone beyond: what looks the same from now on is another event.
            self.elsewhere.retain(|had| !is_of(had, channel));
        }
        if !self.beyond.iter().any(|had| is_of(had, channel)) {
            return News::New;
        }
        let of_channel = self
            .beyond
            .iter()
            .filter(|had| is_of(had, channel))
            .cloned();
        let mut of_channel: VecDeque<_> = of_channel.collect();
        self.beyond.retain(|had| !is_of(had, channel));
        if let Some(found) = position(&of_channel, entry) {
            // What was had before it is behind us.
            self.beyond.extend(of_channel.drain(found + 1..));
            return News::Again;
        }
        self.elsewhere.append(&mut of_channel);
        News::Unexpected
    }
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

fn position(had: &VecDeque<Rc<Entry>>, entry: &Entry) -> Option<usize> {
    had.iter().position(|had| is_same(had, entry))
}

/// Events may be missing there, which the log from now on may have.
fn is_break(entry: &Entry) -> bool {
    matches!(entry.fact, Fact::Gap(_) | Fact::Left(_))
}

fn add(had: &mut VecDeque<Rc<Entry>>, mut entries: VecDeque<Rc<Entry>>) {
    // Without an ID nothing is resumed: what looks the same is another event.
    entries.retain(|entry| matches!(&entry.fact, Fact::Event { id, .. } if !id.is_empty()));
    // What was still to come was had before.
    had.append(&mut entries);
    let excess = had.len().saturating_sub(REMEMBERED);
    had.drain(..excess);
}

fn is_of(entry: &Entry, name: &str) -> bool {
    matches!(&entry.fact, Fact::Event { channel, .. } if **channel == *name)
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
    fn what_comes_too_early_is_told_apart() {
        let mut seen = seen(&[("a", "1", "x"), ("b", "1", "x")]);
        assert_eq!(seen.check(&event("a", "0", "x")), News::Unexpected);
        assert_eq!(seen.check(&event("a", "1", "x")), News::Again);
        assert_eq!(seen.check(&event("a", "2", "x")), News::New);
        assert_eq!(seen.check(&event("b", "1", "x")), News::Again);
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
}
