//! The rules that hold at the end of a schedule.

use super::{Counts, World};
use crate::coverage::Mark;
use crate::hub::habits::Kind;
use crate::hub::truth::Number;

/// The most characters of a printed session, apart from its channels.
const MOST_KEPT: usize = 4_000;
const MOST_KEPT_A_CHANNEL: usize = 100;

impl World {
    /// Checks the final state: after a long healthy time, everything must have recovered.
    pub(super) fn check_the_end(&mut self) {
        if self.violation.is_some() {
            return;
        }
        let Counts {
            reasons,
            attempts,
            controls,
        } = self.counts;
        self.demand(attempts <= 12 * (1 + reasons), || {
            format!("{attempts} attempts were made for {reasons} reasons")
        });
        self.demand(controls <= 8 * (1 + reasons), || {
            format!("{controls} control requests were sent for {reasons} reasons")
        });
        if self.plan.calm {
            self.coverage.reach(Mark::Calm);
        }
        let alive: Vec<_> = self.lives.iter().filter(|life| life.is_alive()).collect();
        let mut broken = None;
        for life in &alive {
            self.coverage.reach(Mark::InForceAtTheEnd);
            let channel = life.channel;
            if !life.is_in_force() {
                broken = Some(format!("channel {channel} is not in force at the end"));
            } else if let Err(rule) = life.check_tail(&self.net.server.truth, Number::MAX) {
                broken = Some(rule);
            }
        }
        let channels = alive.len();
        let (is_alive, links) = (channels > 0, self.edge.links.len());
        self.demand(broken.is_none(), || broken.unwrap_or_default());
        self.demand(!(self.closed && is_alive), || {
            "it is closed, and a subscriber does not know".to_owned()
        });
        self.demand(links == usize::from(is_alive), || {
            format!("{links} connections at the end")
        });
        let waits = self.edge.waits_for_answer();
        self.demand(!waits, || {
            "a control request is under way at the end".to_owned()
        });
        let is_calm_hub = self.plan.calm && self.plan.habits.kind == Kind::Hub;
        self.demand(!is_calm_hub || attempts <= 1 + reasons / 2, || {
            "nothing went wrong, and more than one attempt was made".to_owned()
        });
        let kept = format!("{:?}", self.edge.session).len();
        self.demand(kept <= MOST_KEPT + channels * MOST_KEPT_A_CHANNEL, || {
            format!("the session keeps {kept} characters' worth at the end")
        });
    }
}
