//! The faults of a schedule, and the actions of the user.

use everstream_core::connection::Signal;

use crate::hub::habits::Kind;
use crate::hub::net::{Fault, Mood};
use crate::plan::Plan;
use crate::queue::Queue;
use crate::random::Random;
use crate::world::Happening;

/// An action of the user within one turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Subscribe(usize),
    /// Subscribes after an event that was published that many events ago.
    SubscribeAfter(usize, u64),
    Unsubscribe(usize),
    Close,
}

/// Plans everything that doesn't depend on earlier happenings.
pub(crate) fn plan(plan: &Plan, random: &mut Random, queue: &mut Queue<Happening>) {
    let end = plan.healthy_from;
    turns(plan, random, queue);
    for _ in 0..random.within(8..=25) {
        let channel = random.index(plan.habits.channels);
        queue.plan(random.within(0..=end), Happening::Publish(channel));
    }
    for _ in 0..random.within(0..=2) {
        let channel = random.index(plan.habits.channels);
        let what = match random.within(0..=2) {
            0 => Happening::Complete(channel),
            1 => Happening::Refusing(channel, true),
            _ => Happening::Fail(channel),
        };
        if !plan.calm {
            queue.plan(random.within(0..=end), what);
        }
    }
    // A late event on each channel makes missing events visible at the end.
    for channel in 0..plan.habits.channels {
        queue.plan(end, Happening::Refusing(channel, false));
        queue.plan(plan.end() - 10_000, Happening::Publish(channel));
    }
    if let Some(interval) = plan.habits.ping {
        queue.plan(interval, Happening::Ping);
    }
    if !plan.calm {
        faults(plan, random, queue);
    }
}

fn turns(plan: &Plan, random: &mut Random, queue: &mut Queue<Happening>) {
    queue.plan(0, Happening::Turn(vec![Op::Subscribe(0)]));
    for _ in 0..random.within(1..=9) {
        let ops = (0..random.within(1..=3))
            .map(|_| op(plan, random))
            .collect();
        queue.plan(random.within(0..=plan.healthy_from), Happening::Turn(ops));
    }
    if random.one_in(20) {
        let at = random.within(0..=plan.healthy_from);
        queue.plan(at, Happening::Turn(vec![Op::Close]));
    }
}

fn op(plan: &Plan, random: &mut Random) -> Op {
    let channel = random.index(plan.habits.channels);
    // Where IDs have no order and the multiplexer has no position, its connection resumes all channels from
    // the last ID of the replay. That ID lies before events that they have already received.
    let can_replay = plan.habits.kind.has_log() || plan.begins_behind.is_some();
    match random.within(0..=7) {
        0..=3 => Op::Subscribe(channel),
        4 if can_replay => Op::SubscribeAfter(channel, random.within(0..=12)),
        _ => Op::Unsubscribe(channel),
    }
}

fn faults(plan: &Plan, random: &mut Random, queue: &mut Queue<Happening>) {
    let end = plan.healthy_from;
    for _ in 0..random.within(0..=3) {
        let mood = match random.within(0..=7) {
            0 | 1 => Mood::Loses,
            2 => Mood::Delays,
            3 => Mood::Hangs,
            _ => Mood::Answers(random.pick(&[401, 404, 413, 500, 503])),
        };
        let from = random.within(0..=end - 1);
        queue.plan(from, Happening::Mood(mood));
        let until = random.within(from..=end);
        queue.plan(until, Happening::Mood(Mood::Healthy));
    }
    queue.plan(end, Happening::Mood(Mood::Healthy));
    for _ in 0..random.within(0..=5) {
        let at = random.within(0..=end);
        let fault = match random.within(0..=8) {
            3 => Fault::Ends,
            4 if plan.habits.kind.has_log() => {
                random.pick(&[Fault::Restarts, Fault::RestartsWithLog])
            }
            // Only a heartbeat notices a silent connection.
            8 if plan.heartbeat.is_some() => Fault::Silences,
            5 if plan.habits.kind == Kind::Hub => Fault::Forgets,
            6 | 7 if plan.habits.kind.has_log() => {
                let until = random.within(at..=end);
                let how = random.pick(&[Fault::Reads, Fault::Overflows]);
                queue.plan(until, Happening::Fault(how));
                Fault::Stalls
            }
            _ => Fault::Drops,
        };
        queue.plan(at, Happening::Fault(fault));
    }
    queue.plan(end, Happening::Fault(Fault::Reads));
    if random.one_in(6) {
        // A sleeping page sleeps for more than 90 seconds.
        let by = random.pick(&[200, 5_000, 3_600_000]);
        queue.plan(random.within(0..=end), Happening::Jump(by));
    }
    for _ in 0..random.within(0..=2) {
        let signal = random.pick(&[
            Signal::Online,
            Signal::Thawed,
            Signal::Restored,
            Signal::Visible,
        ]);
        queue.plan(random.within(0..=end), Happening::Signal(signal));
    }
}
