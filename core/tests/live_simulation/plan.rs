//! What a seed draws before anything happens.

use core::time::Duration;

use everstream_core::live::LiveConfig;

use crate::queue::Time;
use crate::random::Random;

/// What the server tells about the order of its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The snapshot has the position that it stands for.
    Position,
    /// The snapshot has a position from before it was read, and items have versions.
    PositionBefore,
    /// Items have versions.
    Version,
    /// Nothing. The events set values, so that repeating one changes nothing.
    Nothing,
}

#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // Each is an independent fact.
pub(crate) struct Plan {
    pub(crate) kind: Kind,
    /// Whether the server keeps a log from which it resumes.
    pub(crate) has_log: bool,
    /// Whether the epochs are numbers.
    pub(crate) ordered_epochs: bool,
    /// Nothing goes wrong.
    pub(crate) calm: bool,
    /// Loads may answer with older data.
    pub(crate) lags: bool,
    pub(crate) keys: usize,
    /// The longest way of an event to the client.
    pub(crate) latency: Time,
    /// The longest time that a load takes.
    pub(crate) load_time: Time,
    pub(crate) capacity: usize,
    /// From then on nothing goes wrong.
    pub(crate) healthy_from: Time,
}

impl Plan {
    pub(crate) fn draw(random: &mut Random) -> Self {
        let kind = random.pick(&[
            Kind::Position,
            Kind::Position,
            Kind::PositionBefore,
            Kind::Version,
            Kind::Nothing,
        ]);
        let has_positions = matches!(kind, Kind::Position | Kind::PositionBefore);
        let calm = random.one_in(8);
        Self {
            kind,
            has_log: !random.one_in(3),
            ordered_epochs: random.one_in(2),
            calm,
            lags: !calm && has_positions && random.one_in(3),
            keys: random.index(4) + 1,
            latency: random.pick(&[1, 20, 300]),
            load_time: random.pick(&[5, 200, 3000]),
            capacity: random.pick(&[1, 4, 1000]),
            healthy_from: random.within(2_000..=30_000),
        }
    }

    /// The time at which everything is checked: after the longest wait and another load.
    pub(crate) fn end(&self) -> Time {
        self.healthy_from + 300_000
    }

    pub(crate) fn config(&self) -> LiveConfig {
        let mut config = LiveConfig::default();
        config.capacity = self.capacity;
        config.load_timeout = Duration::from_secs(10);
        config
    }
}
