//! The properties of a schedule: the connection's options, the browser, the server and the network.

use std::time::Duration;

use everstream_core::connection::RetryPolicy;
use everstream_core::connection::{Config, Continuation, Follows, OnEnd, Transport, Until};

use crate::queue::Time;
use crate::random::Random;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    WebKit,
}

/// The parameters of a retry policy, from which the rules compute the waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    pub(crate) initial_delay: Duration,
    pub(crate) max_delay: Duration,
    pub(crate) max_attempts: Option<u32>,
    pub(crate) reset_after: Duration,
    pub(crate) jitter: bool,
}

#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // Each is drawn independently.
pub(crate) struct Plan {
    pub(crate) config: Config,
    pub(crate) policy: Policy,
    pub(crate) engine: Engine,
    /// The events of the log have IDs.
    pub(crate) ids: bool,
    /// The server allows the plain request of another origin but refuses the CORS preflight.
    pub(crate) preflight_refused: bool,
    /// If a request carries two positions, the server takes the one in the query.
    pub(crate) query_first: bool,
    /// The server reads the query parameter at all.
    pub(crate) reads_query: bool,
    /// The server keeps its events and replays those after a position.
    pub(crate) log: bool,
    /// The answer names the position from which the server resumes.
    pub(crate) confirms: bool,
    /// The server's log ends.
    pub(crate) finite: bool,
    /// A server that is done answers 204 instead of ending the stream.
    pub(crate) no_content: bool,
    /// The stream stays open after the server's done marker.
    pub(crate) stays_open: bool,
    /// How many events existed before the connection began.
    pub(crate) events_before: u64,
    /// The latency in one direction.
    pub(crate) latency: Time,
    /// How much longer a chunk may take than the previous one.
    pub(crate) spread: Time,
    /// The time from the request to the first byte of the body.
    pub(crate) first_byte: Time,
    /// How late the page's timers can fire.
    pub(crate) lateness: Time,
    /// The interval that a hidden page's timers are rounded up to.
    pub(crate) throttle: Time,
    /// The time between two keep-alive events.
    pub(crate) keep_alive: Option<Time>,
    /// The `retry` field at the beginning of a stream.
    pub(crate) retry_field: Option<u64>,
    pub(crate) line_end: &'static str,
    /// The `id` line follows the `data` line.
    pub(crate) id_last: bool,
    /// The end of the time in which faults happen.
    pub(crate) healthy_from: Time,
    /// Nothing goes wrong in this schedule.
    pub(crate) calm: bool,
}

/// The data of the server's done marker.
pub(crate) const MARK: &str = "[DONE]";

/// How long the last backoff, attempt and replay may take in a healthy world.
pub(crate) const RECOVERY: Time = 300_000;

impl Plan {
    pub(crate) fn draw(random: &mut Random) -> Self {
        let ids = !random.one_in(4);
        let events_before = random.within(0..=5);
        let policy = Policy::draw(random);
        let mut config = Config {
            retry: policy.build(),
            ..config(random, ids, events_before)
        };
        let reads_query = config.query_named || random.one_in(2);
        let log = !random.one_in(4);
        let mut confirms = random.one_in(4);
        if !log && ids && !confirms {
            // Nothing else reveals lost events of such a server.
            match random.within(0..=1) {
                0 => config.replays = false,
                _ => config.follows = Some(Follows::Integers),
            }
        } else if ids && random.one_in(4) {
            config.follows = Some(Follows::Integers);
        }
        // Native can't see a header of the answer, so the confirmation would stay invisible.
        if config.transport != Transport::Fetch && !config.needs_fetch && !log && confirms {
            confirms = false;
            config.replays = false;
        }
        let finite = random.one_in(3);
        let no_content = random.one_in(2);
        let ends_at_mark = finite && random.one_in(2);
        if ends_at_mark {
            config.until = Some(Until::Text(MARK.to_owned()));
        }
        let open_timeout = config.open_timeout.map_or(10_000, milliseconds);
        let keep_alive = config.heartbeat.map(|limit| milliseconds(limit) / 3);
        let calm = random.one_in(20);
        let engine = random.pick(&[Engine::Chromium, Engine::Firefox, Engine::WebKit]);
        // Where a stream opens without a byte, the first byte must arrive within the heartbeat timeout.
        let slowest_first_byte = match keep_alive {
            Some(interval) if engine != Engine::Firefox => interval,
            _ => open_timeout * 4,
        };
        Self {
            preflight_refused: !calm && config.cross_origin && random.one_in(2),
            engine,
            ids,
            events_before,
            query_first: random.one_in(2),
            reads_query,
            log,
            confirms,
            finite,
            no_content,
            stays_open: ends_at_mark && random.one_in(2),
            latency: random.within(1..=150),
            spread: random.pick(&[0, 5, 60]),
            first_byte: match random.within(0..=7) {
                0 if !calm => random.within(0..=slowest_first_byte),
                _ => random.within(0..=200),
            },
            lateness: random.pick(&[0, 20, 700]),
            throttle: random.pick(&[1_000, 60_000]),
            keep_alive,
            retry_field: random.pick(&[None, None, Some(0), Some(500), Some(5_000), Some(60_000)]),
            line_end: random.pick(&["\n", "\r\n", "\r"]),
            id_last: random.one_in(3),
            healthy_from: random.within(5_000..=150_000),
            calm,
            policy,
            config,
        }
    }

    /// Returns the end of the schedule.
    pub(crate) fn end(&self) -> Time {
        self.healthy_from + RECOVERY + 20_000
    }
}

fn config(random: &mut Random, ids: bool, events_before: u64) -> Config {
    let transport = random.pick(&[Transport::Auto, Transport::Native, Transport::Fetch]);
    let needs_fetch = transport != Transport::Native && random.one_in(4);
    let fetch_only = needs_fetch || transport == Transport::Fetch;
    let cross_origin = random.one_in(2);
    let repeatable = !(fetch_only && random.one_in(3));
    let continuation = if repeatable && !(fetch_only && random.one_in(8)) {
        Continuation::None
    } else {
        random.pick(&[Continuation::None, Continuation::Get, Continuation::Ask])
    };
    let heartbeat = random.pick(&[None, Some(3_000), Some(15_000), Some(30_000)]);
    let last_event_id = if ids && random.one_in(8) {
        random.within(0..=events_before).to_string()
    } else {
        String::new()
    };
    Config {
        transport,
        needs_fetch,
        heartbeat: heartbeat.map(Duration::from_millis),
        open_timeout: random
            .pick(&[Some(2), Some(5), Some(10), None])
            .filter(|_| repeatable || random.one_in(4))
            .or(repeatable.then_some(10))
            .map(Duration::from_secs),
        pause_when_hidden: random.one_in(4),
        repeatable,
        continuation,
        on_end: match continuation {
            Continuation::None if !repeatable || random.one_in(10) => OnEnd::Close,
            _ => OnEnd::Reconnect,
        },
        cross_origin,
        resume_by_query: random.one_in(2),
        query_named: random.one_in(2),
        refreshable: fetch_only && random.one_in(2),
        last_event_id,
        ..Config::default()
    }
}

impl Policy {
    fn draw(random: &mut Random) -> Self {
        Self {
            initial_delay: Duration::from_millis(random.pick(&[50, 500, 1_000, 2_000])),
            max_delay: Duration::from_secs(random.pick(&[2, 10, 30])),
            max_attempts: random
                .one_in(4)
                .then(|| u32::try_from(random.within(0..=8)).expect("it is small")),
            reset_after: Duration::from_secs(random.pick(&[1, 5, 20])),
            jitter: random.one_in(2),
        }
    }

    fn build(self) -> RetryPolicy {
        let policy = RetryPolicy::default()
            .initial_delay(self.initial_delay)
            .max_delay(self.max_delay)
            .reset_after(self.reset_after)
            .jitter(self.jitter);
        match self.max_attempts {
            Some(attempts) => policy.max_attempts(attempts),
            None => policy,
        }
    }

    /// Returns the policy's longest wait after the n-th failure in a row.
    pub(crate) fn backoff(self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(20);
        let bound = self.initial_delay.saturating_mul(1 << doublings);
        bound.min(self.max_delay)
    }
}

pub(crate) fn milliseconds(duration: Duration) -> Time {
    Time::try_from(duration.as_millis()).unwrap_or(Time::MAX)
}
