//! What a schedule is like, as far as it stands from the beginning.

use std::time::Duration;

use everstream_core::tabs::{Election, Timing};

use crate::queue::Time;
use crate::random::Random;

#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // Each is a habit of its own.
pub(crate) struct Plan {
    pub(crate) election: Election,
    /// Tabs come and close, and nothing else happens.
    pub(crate) calm: bool,
    /// How many tabs come.
    pub(crate) tabs: usize,
    /// One: a plain source, whose channel has no name.
    pub(crate) channels: usize,
    /// Events have IDs, from which the server resumes.
    pub(crate) has_ids: bool,
    /// How many entries a tab keeps for others.
    pub(crate) kept: usize,
    /// The longest time that a message is under way between two tabs.
    pub(crate) latency: Time,
    /// And between the server and a tab.
    pub(crate) distance: Time,
    /// Messages go through their text.
    pub(crate) in_writing: bool,
    /// When the server ends it for good.
    pub(crate) ends: Option<Time>,
    /// It goes on until who has crashed is forgotten.
    pub(crate) lingers: bool,
    /// From then on nothing goes wrong.
    pub(crate) healthy_from: Time,
}

impl Plan {
    pub(crate) fn draw(random: &mut Random) -> Self {
        let calm = random.one_in(16);
        let healthy_from = random.pick(&[1_000, 4_000, 4_000, 12_000]);
        Self {
            election: random.pick(&[Election::Lock, Election::Lease]),
            calm,
            tabs: {
                let largest = random.pick(&[2, 2, 4, 4, 11]);
                random.index(largest) + 2
            },
            channels: random.pick(&[1, 1, 2, 4]),
            has_ids: !random.one_in(6),
            kept: if calm {
                1024
            } else {
                random.pick(&[2, 8, 1024, 1024])
            },
            latency: random.pick(&[1, 5, 20, 150]),
            distance: random.pick(&[5, 60]),
            in_writing: random.one_in(50),
            ends: (!calm && random.one_in(25)).then(|| random.within(0..=healthy_from)),
            lingers: random.one_in(20),
            healthy_from,
        }
    }

    /// After that much time without a disturbance, every tab that is awake gets what is published.
    pub(crate) fn stated(&self) -> Time {
        let timing = Timing::of(self.election);
        let hand_over = timing.hand_over() + 2 * timing.welcome + timing.resend;
        milliseconds(hand_over) + 4 * (self.latency + self.distance)
    }

    /// So long two tabs may hold a connection at once, as long as both are awake.
    pub(crate) fn overlap(&self) -> Time {
        let assertion = milliseconds(Timing::of(self.election).alone);
        2 * self.latency + assertion + 2
    }

    pub(crate) fn probe(&self) -> Time {
        self.healthy_from + self.stated()
    }

    pub(crate) fn end(&self) -> Time {
        let timing = Timing::of(self.election);
        let forgotten = if self.lingers {
            4 * milliseconds(timing.roll)
        } else {
            0
        };
        self.probe() + forgotten + 1_000
    }
}

pub(crate) fn milliseconds(duration: Duration) -> Time {
    Time::try_from(duration.as_millis()).expect("a time that fits")
}

/// The name of a channel.
pub(crate) fn name(plan: &Plan, channel: usize) -> Box<str> {
    if plan.channels == 1 {
        "".into()
    } else {
        format!("channel {channel}").into()
    }
}

/// The channel of a name.
pub(crate) fn channel(name: &str) -> usize {
    name.strip_prefix("channel ")
        .map_or(0, |number| number.parse().expect("a name of ours"))
}
