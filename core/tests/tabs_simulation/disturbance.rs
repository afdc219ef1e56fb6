//! What users, pages and the network do.

use crate::plan::Plan;
use crate::queue::{Queue, Time};
use crate::random::Random;
use crate::world::Happening;

/// What happens to a tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is closed, or reloaded, and says so.
    Close,
    /// Its process is gone.
    Crash,
    /// Its thread does other things.
    Hang,
    /// The browser freezes it, without a word to it; whether what is said meanwhile is lost to it.
    Freeze {
        loses: bool,
    },
    Wake,
    /// It goes into the back/forward cache, and is told.
    Leave,
    Return,
    /// Its timers fire only at multiples of so much time.
    Hide(Time),
    Show,
    Subscribe(usize),
    Unsubscribe(usize),
}

/// Plans everything that does not depend on what happens before.
pub(crate) fn plan(plan: &Plan, random: &mut Random, queue: &mut Queue<Happening>) {
    let end = plan.healthy_from;
    for tab in 0..plan.tabs {
        // Some come together, as when a browser restores its windows.
        let at = match random.within(0..=3) {
            0 => 0,
            1 => random.within(0..=plan.latency),
            _ => random.within(0..=end),
        };
        queue.plan(at, Happening::Come(tab));
        lead_a_life(plan, random, queue, tab, at);
    }
    for _ in 0..random.within(4..=14) {
        let at = random.within(0..=end + plan.stated());
        // Events come alone and in bursts.
        for _ in 0..random.pick(&[1, 1, 2, 6]) {
            queue.plan(at, Happening::Publish(random.index(plan.channels)));
        }
    }
    if !plan.calm {
        for _ in 0..random.within(0..=2) {
            queue.plan(random.within(0..=end), Happening::Cut);
        }
        if plan.channels > 1 && random.one_in(3) {
            let channel = random.index(plan.channels);
            queue.plan(random.within(0..=end), Happening::Complete(channel));
        }
    }
    if let Some(at) = plan.ends {
        queue.plan(at, Happening::EndAll);
    }
    queue.plan(end, Happening::AllWake);
    for channel in 0..plan.channels {
        queue.plan(plan.probe(), Happening::Publish(channel));
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
    if plan.channels > 1 {
        for _ in 0..random.within(0..=3) {
            let channel = random.index(plan.channels);
            let at = random.within(from..=end);
            to(at, Fate::Subscribe(channel));
            if random.one_in(2) {
                to(random.within(at..=end), Fate::Unsubscribe(channel));
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
        match random.within(0..=9) {
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
            _ => {}
        }
    }
}
