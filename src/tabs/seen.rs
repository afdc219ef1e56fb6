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
    /// The last of what a tab alone has had where that was more than it keeps. The log begins before these,
    /// with what it has forgotten.
    ahead: VecDeque<Rc<Entry>>,
    /// At most so many come before them.
    forgotten: u64,
    /// The position behind them.
    behind: Box<str>,
    /// What was had on a log that has nothing to do with the present one, which may begin anywhere.
    elsewhere: VecDeque<Rc<Entry>>,
    /// The channels of which something of that has come again.
    found: Set<Box<str>>,
}

impl Seen {
    /// Adds what was had beyond the part that the log from now on has in common with the one before. Says
    /// whether something was missing in it.
    pub(super) fn add_beyond(&mut self, entries: VecDeque<Rc<Entry>>) -> bool {
        // Of these too some may have been forgotten.
        self.forgotten += entries.len() as u64;
        let (whole, behind_break) = split_at_break(entries);
        let is_broken = !behind_break.is_empty();
        // What was still to come comes behind it: it would not be in its place if it did not.
        let to_come = core::mem::take(&mut self.beyond);
        add(&mut self.beyond, whole);
        add(&mut self.beyond, to_come);
        add(&mut self.elsewhere, behind_break);
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
        add(&mut self.ahead, whole);
        self.forgotten = between;
        self.behind = position.into();
        add(&mut self.elsewhere, behind_break);
        is_broken
    }

    /// Whether something of this channel is still to come again that was had.
    pub(super) fn is_ahead(&self, channel: &str) -> bool {
        self.ahead.iter().any(|had| is_of(had, channel))
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
        let mut ahead = match channel {
            Some(channel) => take(&mut self.ahead, channel),
            None => core::mem::take(&mut self.ahead),
        };
        self.elsewhere.append(&mut ahead);
    }

    /// Adds what was had on another log.
    pub(super) fn add_elsewhere(&mut self, entries: VecDeque<Rc<Entry>>) {
        let of_found = |entry: &Rc<Entry>| self.found.iter().any(|channel| is_of(entry, channel));
        let (again, others) = entries.into_iter().partition(of_found);
        // What is still to come of those comes behind what has come again.
        let to_come = core::mem::take(&mut self.elsewhere);
        add(&mut self.elsewhere, again);
        add(&mut self.elsewhere, to_come);
        for had in [&mut self.ahead, &mut self.beyond] {
            add(&mut self.elsewhere, core::mem::take(had));
        }
        add(&mut self.elsewhere, others);
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
        let mut ahead = take(&mut self.ahead, channel);
        if let Some(found) = position(&ahead, entry) {
            // From here on everything is known.
            let mut beyond = take(&mut self.beyond, channel);
            self.beyond.extend(ahead.drain(found + 1..));
            self.beyond.append(&mut beyond);
            return News::Again;
        }
        if !ahead.is_empty() {
            if self.forgotten > 0 {
                self.forgotten -= 1;
                self.ahead.append(&mut ahead);
                return News::Again;
            }
            self.elsewhere.append(&mut ahead);
            self.elsewhere.append(&mut take(&mut self.beyond, channel));
            return News::Unexpected;
        }
        let mut of_channel = take(&mut self.beyond, channel);
        if of_channel.is_empty() {
            return News::New;
        }
        if let Some(found) = position(&of_channel, entry) {
            // What was had before it is behind us.
            self.beyond.extend(of_channel.drain(found + 1..));
            return News::Again;
        }
        self.elsewhere.append(&mut of_channel);
        News::Unexpected
    }
}

/// Takes out what is of a channel.
fn take(had: &mut VecDeque<Rc<Entry>>, channel: &str) -> VecDeque<Rc<Entry>> {
    // Nearly always there is nothing.
    if had.is_empty() {
        return VecDeque::new();
    }
    let (of_channel, others) = had.drain(..).partition(|had| is_of(had, channel));
    *had = others;
    of_channel
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
}
