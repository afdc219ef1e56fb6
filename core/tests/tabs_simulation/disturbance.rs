//! The actions of users, pages, the network and the server.

use crate::hub::net::{Fault, Mood};
use crate::plan::Plan;
use crate::queue::{Queue, Time};
use crate::random::Random;
use crate::world::Happening;

/// A change of a tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The tab closes or reloads, and announces it.
    Close,
    /// The tab's process is gone.
    Crash,
    /// The tab's thread is busy.
    Hang,
    /// The browser freezes the tab without notice. `loses`: the messages of the meantime are lost to it.
    Freeze {
        loses: bool,
    },
    Wake,
    /// The tab goes into the back/forward cache and is notified.
    Leave,
    Return,
    /// The tab's timers fire only at multiples of this time.
    Hide(Time),
    Show,
    /// The tab's clock jumps ahead by this much.
    Jump(Time),
    Subscribe(usize),
    Unsubscribe(usize),
}

/// Plans everything that doesn't depend on earlier happenings.
pub(crate) fn plan(plan: &Plan, random: &mut Random, queue: &mut Queue<Happening>) {
    let end = plan.healthy_from;
    let channels = plan.habits.channels;
    for tab in 0..plan.tabs {
        // Some tabs open together, as when a browser restores its windows.
        let at = match random.within(0..=3) {
            0 => 0,
            1 => random.within(0..=plan.latency),
            _ => random.within(0..=end),
        };
        queue.plan(at, Happening::Come(tab));
        lead_a_life(plan, random, queue, tab, at);
    }
    for _ in 0..random.within(4..=14) {
        let at = match random.within(0..=2) {
            0 => random.within(0..=end + plan.stated()),
            _ => random.within(0..=end),
        };
        // Events come alone or in bursts.
        for _ in 0..random.pick(&[1, 1, 2, 6]) {
            queue.plan(at, Happening::Publish(random.index(channels)));
        }
    }
    if !plan.calm {
        faults(plan, random, queue);
    }
    if let Some(at) = plan.ends {
        queue.plan(at, Happening::EndAll);
    }
    if let Some(interval) = plan.habits.ping {
        queue.plan(interval, Happening::Ping);
    }
    queue.plan(end, Happening::AllWake);
    for channel in 0..channels {
        queue.plan(plan.probe(), Happening::Publish(channel));
    }
}

fn faults(plan: &Plan, random: &mut Random, queue: &mut Queue<Happening>) {
    let end = plan.healthy_from;
    let channels = plan.habits.channels;
    for _ in 0..random.within(0..=2) {
        let fault = match random.within(0..=7) {
            0 => Fault::Ends,
            1 | 2 if plan.habits.kind.has_log() => {
                random.pick(&[Fault::Restarts, Fault::RestartsWithLog])
            }
            3 if plan.habits.kind.has_log() => Fault::Forgets,
            // Only a heartbeat notices a silent connection.
            4 if plan.habits.ping.is_some() => Fault::Silences,
            _ => Fault::Drops,
        };
        queue.plan(random.within(0..=end), Happening::Fault(fault));
    }
    if random.one_in(3) {
        let mood = match random.within(0..=5) {
            0 => Mood::Delays,
            1 => Mood::Hangs,
            2 => Mood::Answers(random.pick(&[404, 500, 503])),
            _ => Mood::Loses,
        };
        let from = random.within(0..=end - 1);
        queue.plan(from, Happening::Mood(mood));
        queue.plan(random.within(from..=end), Happening::Mood(Mood::Healthy));
    }
    queue.plan(end, Happening::Mood(Mood::Healthy));
    if plan.habits.kind.has_channels() && random.one_in(3) {
        let channel = random.index(channels);
        let what = match random.within(0..=3) {
            0 => Happening::Refusing(channel, true),
            1 => Happening::Fail(channel),
            _ => Happening::Complete(channel),
        };
        queue.plan(random.within(0..=end), what);
    }
    for channel in 0..channels {
        queue.plan(end, Happening::Refusing(channel, false));
    }
    if random.one_in(6) {
        queue.plan(random.within(0..=end), Happening::Rob);
    }
    if random.one_in(10) {
        let by = random.pick(&[500, 3_600_000]);
        queue.plan(random.within(0..=end), Happening::SetWallBack(by));
    }
}

fn lead_a_life(
    plan: &Plan,
    random: &mut Random,
    queue: &mut Queue<Happening>,
    tab: usize,
    from: Time,
) {
    let end = plan.healthy_from;
    let mut to = |at: Time, fate: Fate| queue.plan(at, Happening::Fate(tab, fate));
    if plan.habits.kind.has_channels() {
        for _ in 0..random.within(0..=3) {
            let channel = random.index(plan.habits.channels);
            let at = random.within(from..=end);
            to(at, Fate::Subscribe(channel));
            if random.one_in(2) {
                let until = random.within(at..=end);
                to(until, Fate::Unsubscribe(channel));
                if random.one_in(3) {
                    // The tab subscribes again in the same turn, or soon after.
                    to(until + random.within(0..=2), Fate::Subscribe(channel));
                }
            }
        }
    }
    if random.one_in(3) {
        to(random.within(from..=end), Fate::Close);
    }
    if plan.calm {
        return;
    }
    for _ in 0..random.within(0..=2) {
        let at = random.within(from..=end);
        let until = random.within(at..=end);
        match random.within(0..=10) {
            0 | 1 => to(at, Fate::Crash),
            2 | 3 => {
                to(at, Fate::Hang);
                to(until, Fate::Wake);
            }
            4 | 5 => {
                let loses = random.one_in(2);
                to(at, Fate::Freeze { loses });
                to(until, Fate::Wake);
            }
            6 => {
                to(at, Fate::Leave);
                to(until, Fate::Return);
            }
            7 => {
                to(at, Fate::Hide(random.pick(&[1_000, 60_000])));
                to(until, Fate::Show);
            }
            8 => to(at, Fate::Jump(random.pick(&[300, 6_000, 3_600_000]))),
            _ => {}
        }
    }
}
