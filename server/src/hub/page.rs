//! Reading the log for a connection that is behind.

use std::sync::Arc;

use super::{
    Position,
    archive::Archive,
    outbox::Outbox,
    subscriber::{Behind, Reading, Replay, Set, Subscriber},
    telemetry::Telemetry,
    window::Entry,
    wire,
};

/// How many entries are read under one lock, so that it is never held for long.
pub(crate) const SCAN: usize = 1024;

/// A stretch of the log.
pub(crate) struct Page<'a, I> {
    pub(crate) epoch: &'a Arc<str>,
    pub(crate) telemetry: &'a Telemetry,
    /// The entries that are left of those up to [`base`](Self::base).
    pub(crate) archive: &'a Archive,
    /// The number before that of the first entry. The log no longer has the entries before it.
    pub(crate) base: u64,
    pub(crate) entries: I,
}

impl<I> Page<'_, I> {
    /// Returns the number up to which entries of the archive are read at once.
    fn older_until(&self, after: u64, base: u64) -> u64 {
        let mut older = self.archive.between(after, base);
        older.nth(SCAN - 1).map_or(base, |(seq, _)| seq)
    }
}

impl Subscriber {
    /// Queues what the connection wants of a page that begins at its cursor, as far as there is room.
    /// Returns the channels that have ended with it.
    pub(crate) fn read<'a>(
        &mut self,
        page: Page<'a, impl Iterator<Item = (u64, &'a Entry)>>,
    ) -> Vec<Arc<str>> {
        let mut to = To {
            connection: &self.connection,
            outbox: &self.outbox,
            set: &mut self.set,
            ended: Vec::new(),
        };
        if let Reading::Behind(behind) = &mut self.reading {
            if behind.replay.is_some() {
                read_replay(&mut to, behind, page);
            } else {
                read_on(&mut to, behind, page);
            }
        }
        to.ended
    }
}

/// The connection that a page is read for.
struct To<'a> {
    connection: &'a str,
    outbox: &'a Outbox,
    set: &'a mut Arc<Set>,
    ended: Vec<Arc<str>>,
}

impl To<'_> {
    /// Queues an entry, if there is room.
    fn offer(&mut self, entry: &Entry) -> bool {
        if !self.outbox.has_room_for(&entry.frame) {
            return false;
        }
        self.outbox.offer(entry.frame.clone());
        if entry.ends
            && let Some((channel, _)) = Arc::make_mut(self.set).remove_entry(&entry.channel)
        {
            self.ended.push(channel);
        }
        true
    }

    /// Returns the channels that miss entries before a page. They begin where nothing is missing any more,
    /// so that they aren't among those of the next page.
    fn missed<I>(&mut self, behind: &Behind, page: &Page<'_, I>) -> Vec<Arc<str>> {
        let missing = page.archive.missing(self.connection);
        let missing = |channel: &str| missing(channel).min(page.base);
        let missed = self.set.iter().filter(|(channel, start)| {
            if behind.lost {
                start.is_none_or(|start| start < page.base)
            } else {
                start.unwrap_or(0).max(behind.at) < missing(channel)
            }
        });
        let missed: Vec<Arc<str>> = missed.map(|(channel, _)| Arc::clone(channel)).collect();
        for channel in &missed {
            let missing = missing(channel);
            if missing > behind.at
                && let Some(start) = Arc::make_mut(self.set).get_mut(channel)
            {
                *start = Some(missing.max(start.unwrap_or(0)));
            }
        }
        missed
    }

    /// Announces a gap of some channels, unless there are none.
    fn announce<I>(&self, missed: &mut Vec<Arc<str>>, page: &Page<'_, I>, at: Option<u64>) {
        if missed.is_empty() {
            return;
        }
        missed.sort_unstable();
        let channels: Vec<&str> = missed.iter().map(|channel| &**channel).collect();
        let position = at.map(|at| Position::new(Arc::clone(page.epoch), at));
        page.telemetry.gaps.increment(1);
        self.outbox
            .push_gap(wire::gap(&channels, position.as_ref()));
        missed.clear();
    }

    /// Whether an entry is of one of the connection's channels, and after the channel's beginning.
    fn has(&self, seq: u64, entry: &Entry) -> bool {
        let start = self.set.get(&entry.channel);
        start.is_some_and(|start| start.is_none_or(|start| start < seq))
            && entry.is_for(self.connection)
    }
}

fn read_replay<'a>(
    to: &mut To<'_>,
    behind: &mut Behind,
    page: Page<'a, impl Iterator<Item = (u64, &'a Entry)>>,
) {
    let Some(replay) = &mut behind.replay else {
        return;
    };
    let base = page.base.min(behind.at);
    // A page that begins where the last one ended misses nothing.
    let trimmed = replay.at < base;
    let missing = page.archive.missing(to.connection);
    let mut missed = Vec::new();
    for (channel, from) in &mut replay.from {
        let missing = if trimmed {
            missing(channel).min(base)
        } else {
            0
        };
        if from.lost || from.seq < missing {
            missed.push(Arc::clone(channel));
        }
        from.lost = false;
        from.seq = from.seq.max(missing);
    }
    to.announce(&mut missed, &page, (!behind.lost).then_some(behind.at));
    let older = page.older_until(replay.at, base);
    for (seq, entry) in page.archive.between(replay.at, older) {
        if !replay.read(to, seq, entry) {
            return;
        }
    }
    replay.at = replay.at.max(older);
    if older < base {
        return;
    }
    for (seq, entry) in page.entries {
        if seq > behind.at {
            break;
        }
        if !replay.read(to, seq, entry) {
            return;
        }
    }
    if replay.at >= behind.at || replay.from.is_empty() {
        behind.replay = None;
    }
}

impl Replay {
    /// Queues an entry if it belongs to the replay. Returns whether there was room.
    fn read(&mut self, to: &mut To<'_>, seq: u64, entry: &Entry) -> bool {
        let from = self.from.get(&entry.channel);
        if from.is_some_and(|from| from.seq < seq) && entry.is_for(to.connection) {
            if !to.offer(entry) {
                return false;
            }
            if entry.ends {
                self.from.remove(&entry.channel);
            }
        }
        self.at = seq;
        true
    }
}

fn read_on<'a>(
    to: &mut To<'_>,
    behind: &mut Behind,
    page: Page<'a, impl Iterator<Item = (u64, &'a Entry)>>,
) {
    if (behind.lost || behind.at < page.base) && !read_older(to, behind, &page) {
        return;
    }
    for (seq, entry) in page.entries {
        if to.has(seq, entry) && !to.offer(entry) {
            return;
        }
        behind.at = seq;
    }
}

/// Queues what is left of the entries before a page, after a gap of the channels that miss some of them.
/// Returns whether that is done.
fn read_older<I>(to: &mut To<'_>, behind: &mut Behind, page: &Page<'_, I>) -> bool {
    let mut missed = to.missed(behind, page);
    behind.lost = false;
    let until = page.older_until(behind.at, page.base);
    for (seq, entry) in page.archive.between(behind.at, until) {
        if to.has(seq, entry) {
            // Everything before this entry is missing, or of no concern to the connection.
            behind.at = seq - 1;
            to.announce(&mut missed, page, Some(behind.at));
            if !to.offer(entry) {
                return false;
            }
        }
        behind.at = seq;
    }
    behind.at = behind.at.max(until);
    to.announce(&mut missed, page, Some(behind.at));
    until == page.base
}
