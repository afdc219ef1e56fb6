//! The fixed properties of a schedule.

use core::time::Duration;

use everstream_core::connection::{Config, RetryPolicy, Transport};
use everstream_core::tabs::{Election, Timing};

use crate::hub::habits::{Habits, Kind, LARGEST};
use crate::queue::Time;
use crate::random::Random;

#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // Each is an independent habit.
pub(crate) struct Plan {
    pub(crate) habits: Habits,
    pub(crate) election: Election,
    /// The browser has no locks, which shows only when one is requested.
    pub(crate) refuses_locks: bool,
    /// Tabs open and close, and nothing else happens.
    pub(crate) calm: bool,
    /// How many tabs open.
    pub(crate) tabs: usize,
    /// How many entries a tab keeps for others.
    pub(crate) kept: usize,
    /// The longest latency of a message between two tabs.
    pub(crate) latency: Time,
    /// The time at which the server ends for good.
    pub(crate) ends: Option<Time>,
    /// One in this many messages meets subscribers with little room.
    pub(crate) full_once_in: u64,
    /// The schedule continues until crashed tabs are forgotten.
    pub(crate) lingers: bool,
    /// No fault begins from this time on.
    pub(crate) healthy_from: Time,
}

impl Plan {
    pub(crate) fn draw(random: &mut Random) -> Self {
        let calm = random.one_in(16);
        let healthy_from = random.pick(&[1_000, 4_000, 4_000, 12_000]);
        let kinds: &[Kind] = if crate::HAS_CHANNELS {
            &[
                Kind::Hub,
                Kind::Hub,
                Kind::Hub,
                Kind::WithoutControl,
                Kind::OpaqueIds,
                Kind::NoIds,
            ]
        } else {
            &[
                Kind::Source,
                Kind::Source,
                Kind::Source,
                Kind::Source,
                Kind::SourceWithoutIds,
            ]
        };
        let kind = random.pick(kinds);
        let channels = if crate::HAS_CHANNELS {
            random.pick(&[2, 2, 4])
        } else {
            1
        };
        let habits = Habits {
            kind,
            channels,
            capacity: if kind.has_log() && !calm {
                random.pick(&[4, 1_000])
            } else {
                1_000
            },
            positions_on_control: random.one_in(2),
            refuses_first: random.one_in(2),
            short_gaps: random.one_in(2),
            forbidden: None,
            refuses_preflight: !calm && random.one_in(12),
            reads_query: random.one_in(2),
            one_stream: !calm && kind.has_channels() && random.one_in(12),
            ping: random.one_in(3).then(|| random.within(500..=4_000)),
            has_large_events: !calm && random.one_in(8),
            type_last: random.one_in(3),
            line_end: random.pick(&["\n", "\r\n", "\r"]),
            latency: random.pick(&[5, 60]),
        };
        Self {
            habits,
            election: random.pick(&[Election::Lock, Election::Lease]),
            refuses_locks: random.one_in(20),
            calm,
            tabs: {
                let largest = random.pick(&[2, 2, 4, 4, 11]);
                random.index(largest) + 2
            },
            kept: if calm {
                1024
            } else {
                random.pick(&[2, 8, 1024, 1024])
            },
            latency: random.pick(&[1, 5, 20, 150]),
            ends: (!calm && random.one_in(25)).then(|| random.within(0..=healthy_from)),
            full_once_in: random.pick(&[8, 1_000]),
            lingers: random.one_in(20),
            healthy_from,
        }
    }

    /// Returns the way in which the tabs finally elect.
    pub(crate) fn elects_by(&self) -> Election {
        if self.refuses_locks {
            Election::Lease
        } else {
            self.election
        }
    }

    /// Returns the time without a disturbance after which every awake tab receives each published event.
    pub(crate) fn stated(&self) -> Time {
        let timing = Timing::of(self.elects_by());
        let hand_over = timing.hand_over() + 2 * timing.welcome + timing.resend;
        milliseconds(hand_over) + 4 * (self.latency + self.habits.latency) + self.recovery()
    }

    /// Returns how long a connection needs to recover from any fault: every timeout and retry in a row.
    fn recovery(&self) -> Time {
        let silence = self.habits.ping.map_or(0, |ping| 3 * ping);
        let open = 8_000 + 4 * 500;
        // Hanging control requests, followed by a refused successor.
        let changes = if crate::HAS_CHANNELS { 25_000 } else { 0 };
        silence + open + changes
    }

    /// Returns how long two awake tabs may hold a connection at once.
    pub(crate) fn overlap(&self) -> Time {
        let assertion = milliseconds(Timing::of(self.elects_by()).alone);
        2 * self.latency + assertion + 2
    }

    pub(crate) fn probe(&self) -> Time {
        self.healthy_from + self.stated()
    }

    pub(crate) fn end(&self) -> Time {
        let timing = Timing::of(self.elects_by());
        let forgotten = if self.lingers {
            4 * milliseconds(timing.roll)
        } else {
            0
        };
        self.probe() + forgotten + 1_000
    }

    /// Returns the options of each connection.
    pub(crate) fn connection(&self, last_event_id: String) -> Config {
        let heartbeat = self.habits.ping.map(|ping| 3 * ping);
        Config {
            transport: Transport::Fetch,
            open_timeout: Some(Duration::from_secs(1)),
            heartbeat: heartbeat.map(Duration::from_millis),
            retry: RetryPolicy::default()
                .initial_delay(Duration::from_millis(100))
                .max_delay(Duration::from_millis(500)),
            cross_origin: self.habits.refuses_preflight,
            max_event_size: LARGEST,
            last_event_id,
            ..Config::default()
        }
    }
}

pub(crate) fn milliseconds(duration: Duration) -> Time {
    Time::try_from(duration.as_millis()).expect("a time that fits")
}
