//! The last minute of a connection: what arrived when, and when it was up or down.
//!
//! This module uses no browser API: times are arguments, in milliseconds of the page's clock.

use std::collections::VecDeque;

/// How far back a timeline goes, in milliseconds.
pub(crate) const SPAN: f64 = 60_000.0;

/// The length of a bin, in milliseconds.
pub(crate) const BIN: f64 = 500.0;

/// A bin for each half second, and one that is leaving the span.
const BINS: usize = 121;

/// How many bins the rate averages.
const RATE_BINS: usize = 10;

/// The length of those bins in seconds.
const RATE_SECONDS: f64 = 5.0;

/// The least time between two recorded arrivals, so that a burst costs no memory.
const RESOLUTION: f64 = 50.0;

/// A happening of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Happening {
    Opened,
    /// The connection has received bytes or an event.
    Active,
    /// The connection was lost and is retried.
    Lost,
    /// The connection is closed for good.
    Ended,
}

/// A stretch of time in which the connection didn't change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Stretch {
    /// The connection was open and silent.
    Silent { from: f64, to: f64 },
    /// The connection was down. `back`: it was open again afterwards.
    Down { from: f64, to: f64, back: bool },
}

/// See the [module](self).
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    happenings: VecDeque<(f64, Happening)>,
    /// The beginning of each half second, and its number of events.
    bins: VecDeque<(f64, u32)>,
}

impl Timeline {
    /// Records an event.
    pub(crate) fn event(&mut self, now: f64) {
        self.advance(now);
        if let Some((_, events)) = self.bins.back_mut() {
            *events += 1;
        }
        self.active(now);
    }

    /// Records an arrival that isn't necessarily an event.
    pub(crate) fn active(&mut self, now: f64) {
        if let Some((at, Happening::Active)) = self.happenings.back()
            && now - at < RESOLUTION
        {
            return;
        }
        self.note(now, Happening::Active);
    }

    /// Records that the connection has opened.
    pub(crate) fn opened(&mut self, now: f64) {
        self.note(now, Happening::Opened);
    }

    /// Records that the connection is down. Has no effect if that is recorded already.
    pub(crate) fn lost(&mut self, now: f64) {
        if !matches!(self.happenings.back(), Some((_, Happening::Lost))) {
            self.note(now, Happening::Lost);
        }
    }

    /// Records that the connection is closed for good.
    pub(crate) fn ended(&mut self, now: f64) {
        self.note(now, Happening::Ended);
    }

    /// Returns whether the connection is open.
    pub(crate) fn is_open(&self) -> bool {
        matches!(
            self.happenings.back(),
            Some((_, Happening::Opened | Happening::Active))
        )
    }

    /// Advances the timeline to `now`.
    pub(crate) fn advance(&mut self, now: f64) {
        let present = (now / BIN).floor() * BIN;
        let mut next = match self.bins.back() {
            Some((start, _)) if present - start <= SPAN => start + BIN,
            _ => {
                self.bins.clear();
                present
            }
        };
        while next <= present {
            self.bins.push_back((next, 0));
            next += BIN;
        }
        while self.bins.len() > BINS {
            self.bins.pop_front();
        }
        // The last happening before the span tells the state at its beginning.
        while self
            .happenings
            .get(1)
            .is_some_and(|(at, _)| now - at > SPAN)
        {
            self.happenings.pop_front();
        }
    }

    /// Returns the events per second over the last five seconds.
    pub(crate) fn rate(&self) -> f64 {
        let last = self.bins.iter().rev().take(RATE_BINS);
        let events: u32 = last.map(|(_, events)| events).sum();
        f64::from(events) / RATE_SECONDS
    }

    /// Returns the beginning of each half second, and its number of events.
    pub(crate) fn bins(&self) -> impl Iterator<Item = (f64, u32)> {
        self.bins.iter().copied()
    }

    /// Returns the stretches up to now. A stretch may begin before the span.
    pub(crate) fn stretches(&self, now: f64) -> impl Iterator<Item = Stretch> {
        let ends = self
            .happenings
            .iter()
            .skip(1)
            .map(|&(at, what)| (at, Some(what)))
            .chain([(now, None)]);
        self.happenings
            .iter()
            .zip(ends)
            .filter_map(|(&(from, what), (to, next))| match what {
                Happening::Opened | Happening::Active => Some(Stretch::Silent { from, to }),
                Happening::Lost => Some(Stretch::Down {
                    from,
                    to,
                    back: next == Some(Happening::Opened),
                }),
                Happening::Ended => None,
            })
    }

    fn note(&mut self, now: f64, what: Happening) {
        self.advance(now);
        self.happenings.push_back((now, what));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretches(timeline: &Timeline, now: f64) -> Vec<Stretch> {
        timeline.stretches(now).collect()
    }

    #[test]
    fn events_fall_into_half_seconds() {
        let mut timeline = Timeline::default();
        for at in [1000.0, 1499.0, 1500.0] {
            timeline.event(at);
        }
        timeline.advance(2100.0);
        let bins: Vec<_> = timeline.bins().collect();
        assert_eq!(bins, [(1000.0, 2), (1500.0, 1), (2000.0, 0)]);
    }

    #[test]
    fn the_rate_is_that_of_five_seconds() {
        let mut timeline = Timeline::default();
        for at in 0..50 {
            timeline.event(f64::from(at) * 100.0);
        }
        assert!((timeline.rate() - 10.0).abs() < 1e-9);
        timeline.advance(20_000.0);
        assert!(timeline.rate() < 1e-9);
    }

    #[test]
    fn silence_is_what_lies_between_arrivals() {
        let mut timeline = Timeline::default();
        timeline.opened(0.0);
        timeline.event(400.0);
        timeline.active(900.0);
        assert_eq!(
            stretches(&timeline, 1000.0),
            [
                Stretch::Silent {
                    from: 0.0,
                    to: 400.0
                },
                Stretch::Silent {
                    from: 400.0,
                    to: 900.0
                },
                Stretch::Silent {
                    from: 900.0,
                    to: 1000.0
                },
            ]
        );
    }

    #[test]
    fn an_outage_lasts_until_it_is_open_again() {
        let mut timeline = Timeline::default();
        timeline.opened(0.0);
        timeline.lost(1000.0);
        timeline.lost(1500.0);
        assert!(!timeline.is_open());
        timeline.opened(3000.0);
        assert!(timeline.is_open());
        let down = Stretch::Down {
            from: 1000.0,
            to: 3000.0,
            back: true,
        };
        assert!(stretches(&timeline, 3000.0).contains(&down));
    }

    #[test]
    fn what_has_ended_is_neither_silent_nor_down() {
        let mut timeline = Timeline::default();
        timeline.lost(0.0);
        timeline.ended(1000.0);
        let down = Stretch::Down {
            from: 0.0,
            to: 1000.0,
            back: false,
        };
        assert_eq!(stretches(&timeline, 9000.0), [down]);
    }

    #[test]
    fn memory_is_bounded_by_the_span() {
        let mut timeline = Timeline::default();
        timeline.opened(0.0);
        for at in 0..200_000 {
            timeline.event(f64::from(at));
        }
        assert!(timeline.bins.len() <= BINS);
        // One happening in each 50 ms of a minute, the one before, and the last.
        assert!(timeline.happenings.len() <= 1202);
        // After a night's sleep, only the current bin is left.
        timeline.advance(1e9);
        assert_eq!(timeline.bins().count(), 1);
        assert_eq!(timeline.happenings.len(), 1);
    }
}
