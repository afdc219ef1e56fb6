//! The faults of a schedule, and the changes of the page.

use everstream_core::connection::{Signal, Transport};

use crate::plan::{Engine, Plan};
use crate::queue::Queue;
use crate::random::Random;
use crate::world::Happening;

/// How the server treats requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Healthy,
    /// The server refuses connections.
    Refuses,
    /// The connection breaks before the answer.
    Resets,
    /// The server accepts the connection and stays silent.
    Hangs,
    /// The answer is no event stream.
    Answers(u16, Option<u64>),
    /// Status 200 with another content type.
    Misconfigured,
    /// The stream ends as soon as it begins.
    AcceptsAndCloses,
    /// 401 unless the headers are new.
    Expired,
}

/// A fault of the open streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection breaks, even in the middle of an event.
    Drops,
    /// The server ends the stream cleanly.
    Ends,
    /// A proxy cuts the stream, so that it ends cleanly in the middle.
    Truncates,
    /// The connection goes silent without an error.
    Stalls,
}

/// A way for a page to sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sleep {
    /// Chromium freezes the page: streams read by fetch die.
    Frozen,
    /// The page enters the back/forward cache: every connection dies.
    Cached,
    /// The machine sleeps, and its connections survive.
    Asleep,
    /// The machine sleeps, and its connections die.
    AsleepTooLong,
}

/// A change of the page, or a call on the session.
#[derive(Clone, Debug)]
pub(crate) enum PageChange {
    Signal(Signal),
    NetworkLost,
    NetworkFound,
    FallsAsleep(Sleep),
    /// The page wakes up, with the signals it receives in this order.
    WakesUp(Vec<Signal>),
    Closes,
    Reconnects,
    RequiresFetch,
}

/// Plans all faults.
pub(crate) fn plan(plan: &Plan, random: &mut Random, queue: &mut Queue<Happening>) {
    if plan.calm {
        return;
    }
    let end = plan.healthy_from;
    for _ in 0..random.within(0..=6) {
        let mood = mood(random);
        let from = if random.one_in(8) {
            0
        } else {
            random.within(0..=end - 1)
        };
        let until = random.within(from..=end.min(from + 40_000));
        queue.plan(from, Happening::Mood(mood));
        queue.plan(until, Happening::Mood(Mood::Healthy));
    }
    queue.plan(end, Happening::Mood(Mood::Healthy));
    for _ in 0..random.within(0..=6) {
        let fault = fault(plan, random);
        queue.plan(random.within(0..=end), Happening::Fault(fault));
    }
    if random.one_in(4) {
        let change = match random.within(0..=5) {
            0 => PageChange::Closes,
            1 | 2 => PageChange::RequiresFetch,
            _ => PageChange::Reconnects,
        };
        queue.plan(random.within(0..=end), Happening::Page(change));
    }
    page(plan, random, queue);
}

fn mood(random: &mut Random) -> Mood {
    match random.within(0..=19) {
        0..=3 => Mood::Refuses,
        4..=5 => Mood::Resets,
        6..=8 => Mood::Hangs,
        9..=11 => Mood::AcceptsAndCloses,
        12..=15 => {
            let status = random.pick(&[408, 425, 429, 500, 502, 503, 503]);
            let retry_after = random.pick(&[None, None, Some(1), Some(20)]);
            Mood::Answers(status, retry_after)
        }
        16 => Mood::Answers(random.pick(&[204, 400, 403, 404, 501]), None),
        17 => Mood::Misconfigured,
        _ => Mood::Expired,
    }
}

fn fault(plan: &Plan, random: &mut Random) -> Fault {
    match random.within(0..=3) {
        0 => Fault::Ends,
        1 => Fault::Truncates,
        // Only a heartbeat notices a stalled connection.
        2 if plan.config.heartbeat.is_some() => Fault::Stalls,
        _ => Fault::Drops,
    }
}

/// Plans the changes of the page, one after the other.
fn page(plan: &Plan, random: &mut Random, queue: &mut Queue<Happening>) {
    let mut at = random.within(0..=plan.healthy_from);
    while at < plan.healthy_from {
        let is_long = random.one_in(6);
        let length = if is_long {
            random.within(120_000..=200_000)
        } else {
            random.within(10..=30_000)
        };
        let until = (at + length).min(plan.healthy_from);
        let is_long = until - at >= 120_000;
        let begin = |queue: &mut Queue<Happening>, change| queue.plan(at, Happening::Page(change));
        let end = |queue: &mut Queue<Happening>, change| queue.plan(until, Happening::Page(change));
        match random.within(0..=4) {
            0 => {
                begin(queue, PageChange::Signal(Signal::Hidden));
                end(queue, PageChange::Signal(Signal::Visible));
            }
            1 | 2 => {
                begin(queue, PageChange::NetworkLost);
                end(queue, PageChange::NetworkFound);
            }
            _ => {
                let (sleep, signals) = sleep(plan, random, is_long);
                if signals.contains(&Signal::Visible) {
                    begin(queue, PageChange::Signal(Signal::Hidden));
                }
                begin(queue, PageChange::FallsAsleep(sleep));
                end(queue, PageChange::WakesUp(signals));
            }
        }
        at = until + random.within(1..=60_000);
    }
}

fn sleep(plan: &Plan, random: &mut Random, is_long: bool) -> (Sleep, Vec<Signal>) {
    let (sleep, mut signals) = match random.within(0..=3) {
        0 => (Sleep::Cached, vec![Signal::Restored]),
        // The page notices a long sleep without a heartbeat.
        1 if plan.config.heartbeat.is_some() || is_long => (Sleep::AsleepTooLong, vec![]),
        2 if plan.engine == Engine::Chromium => (Sleep::Frozen, vec![Signal::Thawed]),
        _ => (Sleep::Asleep, vec![]),
    };
    if random.one_in(2) {
        signals.push(Signal::Visible);
    }
    if random.one_in(3) {
        signals.push(Signal::Online);
    }
    // No standard defines the order of these signals.
    random.shuffle(&mut signals);
    (sleep, signals)
}

/// Returns whether the plan never uses the native source, so its events need not be visible there.
pub(crate) fn is_fetch_only(plan: &Plan) -> bool {
    plan.config.needs_fetch || plan.config.transport == Transport::Fetch
}
