//! The fixed properties of a schedule.

use core::time::Duration;

use everstream_core::connection::{Config, RetryPolicy, Transport};

use crate::hub::habits::{Habits, Kind, LARGEST};
use crate::queue::Time;
use crate::random::Random;

/// How long the world stays healthy at the end: longer than every timeout and retry in a row.
pub(crate) const RECOVERY: Time = 150_000;

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) habits: Habits,
    /// Nothing goes wrong in this schedule.
    pub(crate) calm: bool,
    /// How many events were published before the client opened.
    pub(crate) events_before: u64,
    /// The position that the client starts with.
    pub(crate) begins_behind: Option<u64>,
    /// The heartbeat timeout set by the user. It holds even before the server advertises its interval.
    pub(crate) heartbeat: Option<Duration>,
    /// One in this many pieces meets subscribers with little room.
    pub(crate) full_once_in: u64,
    /// No fault begins from this time on.
    pub(crate) healthy_from: Time,
}

impl Plan {
    pub(crate) fn draw(random: &mut Random) -> Self {
        let kind = random.pick(&[
            Kind::Hub,
            Kind::Hub,
            Kind::Hub,
            Kind::WithoutControl,
            Kind::OpaqueIds,
            Kind::OpaqueIds,
            Kind::NoIds,
        ]);
        let calm = random.one_in(20);
        let channels = random.index(4) + 2;
        let events_before = random.within(0..=8);
        let comes_back = kind != Kind::NoIds && random.one_in(4) && events_before > 0;
        let has_log = kind.has_log();
        let habits = Habits {
            kind,
            channels,
            capacity: if has_log && !calm {
                random.pick(&[4, 12, 1_000])
            } else {
                1_000
            },
            positions_on_control: random.one_in(2),
            refuses_first: random.one_in(2),
            short_gaps: random.one_in(2),
            forbidden: (!calm && random.one_in(12)).then(|| random.index(channels)),
            refuses_preflight: !calm && has_log && random.one_in(8),
            reads_query: random.one_in(2),
            one_stream: !calm && random.one_in(8),
            ping: (has_log && random.one_in(2)).then(|| random.within(500..=8_000)),
            has_large_events: random.one_in(4),
            type_last: random.one_in(3),
            line_end: random.pick(&["\n", "\r\n", "\r"]),
            latency: random.pick(&[2, 40, 400]),
        };
        let heartbeat = habits.ping.filter(|_| random.one_in(2));
        Self {
            heartbeat: heartbeat.map(|ping| Duration::from_millis(3 * ping)),
            habits,
            calm,
            events_before,
            begins_behind: comes_back.then(|| random.within(1..=events_before)),
            full_once_in: random.pick(&[4, 20]),
            healthy_from: random.pick(&[1_500, 6_000, 30_000]),
        }
    }

    pub(crate) fn end(&self) -> Time {
        self.healthy_from + RECOVERY
    }

    /// Returns the options of each connection.
    pub(crate) fn connection(&self, last_event_id: String) -> Config {
        Config {
            transport: Transport::Fetch,
            open_timeout: Some(Duration::from_secs(2)),
            retry: RetryPolicy::default()
                .initial_delay(Duration::from_millis(500))
                .max_delay(Duration::from_secs(5)),
            heartbeat: self.heartbeat,
            cross_origin: self.habits.refuses_preflight,
            max_event_size: LARGEST,
            last_event_id,
            ..Config::default()
        }
    }
}
