//! The proof that nothing is lost: the server numbers its events, so a hole or a repetition is visible.

/// Counts of received, missed and repeated events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ledger {
    /// Events that arrived for the first time.
    pub(crate) received: u64,
    /// Events that were skipped without an announcement.
    pub(crate) missed: u64,
    /// Events that had arrived before.
    pub(crate) duplicates: u64,
    /// Announced gaps: events were lost, but not silently.
    pub(crate) gaps: u64,
    /// The next expected ID; `None` if any ID may come.
    expected: Option<u64>,
    /// The ID at which the stream continues after an announced gap.
    announced: Option<u64>,
    /// Whether the next ID may be any that hasn't arrived yet.
    skips: bool,
}

impl Ledger {
    /// Records an event.
    pub(crate) fn record(&mut self, id: u64) {
        // The announcement may overtake events from before the gap, so it counts at its own ID.
        if self.announced == Some(id) {
            self.announced = None;
            self.expected = None;
        }
        match self.expected {
            Some(expected) if id < expected => {
                self.duplicates += 1;
                return;
            }
            Some(_) if self.skips => {}
            Some(expected) => self.missed += id - expected,
            None => {}
        }
        self.received += 1;
        self.expected = Some(id + 1);
        self.skips = false;
    }

    /// Records a gap that the server announced: the stream continues at `oldest`.
    pub(crate) fn announce(&mut self, oldest: u64) {
        self.gaps += 1;
        self.announced = Some(oldest);
    }

    /// Records a gap that the client announced: the stream may continue anywhere.
    pub(crate) fn interrupt(&mut self) {
        self.gaps += 1;
        self.expected = None;
    }

    /// Records a gap that the client announced for a server that never restarts its count. An event from
    /// before would still be a repetition.
    pub(crate) fn tell(&mut self) {
        self.gaps += 1;
        self.skips = true;
    }

    /// Allows for skipped events before the next one, since they weren't requested.
    pub(crate) fn skip(&mut self) {
        self.skips = true;
    }

    /// Returns the sum of both ledgers' counts, which expects no ID.
    pub(crate) fn sum(self, other: Self) -> Self {
        Self {
            received: self.received + other.received,
            missed: self.missed + other.missed,
            duplicates: self.duplicates + other.duplicates,
            gaps: self.gaps + other.gaps,
            expected: None,
            announced: None,
            skips: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(ids: &[u64]) -> (u64, u64, u64) {
        let mut ledger = Ledger::default();
        for &id in ids {
            ledger.record(id);
        }
        (ledger.received, ledger.missed, ledger.duplicates)
    }

    #[test]
    fn consecutive_ids_are_complete_wherever_they_begin() {
        assert_eq!(counts(&[]), (0, 0, 0));
        assert_eq!(counts(&[41, 42, 43]), (3, 0, 0));
    }

    #[test]
    fn a_hole_is_as_many_missed_events() {
        assert_eq!(counts(&[1, 2, 6, 7]), (4, 3, 0));
    }

    #[test]
    fn a_repeat_is_no_event_and_moves_nothing() {
        assert_eq!(counts(&[1, 2, 3, 2, 3, 4]), (4, 0, 2));
    }

    #[test]
    fn an_announced_gap_is_not_missed() {
        let mut ledger = Ledger::default();
        ledger.record(1);
        ledger.announce(500);
        // Event 2 is still from before the gap.
        ledger.record(2);
        ledger.record(500);
        ledger.record(501);
        assert_eq!((ledger.received, ledger.missed, ledger.gaps), (4, 0, 1));
    }

    #[test]
    fn a_server_that_counts_anew_says_so() {
        let mut ledger = Ledger::default();
        ledger.record(900);
        ledger.announce(1);
        ledger.record(1);
        ledger.record(2);
        assert_eq!((ledger.received, ledger.duplicates), (3, 0));
    }

    #[test]
    fn a_gap_noticed_by_the_client_is_not_missed() {
        let mut ledger = Ledger::default();
        ledger.record(1);
        ledger.interrupt();
        ledger.record(9);
        assert_eq!((ledger.missed, ledger.gaps), (0, 1));
    }

    #[test]
    fn a_told_gap_hides_no_repeat() {
        let mut ledger = Ledger::default();
        ledger.record(5);
        ledger.tell();
        ledger.record(5);
        ledger.record(9);
        ledger.record(11);
        assert_eq!((ledger.received, ledger.missed), (3, 1));
        assert_eq!((ledger.duplicates, ledger.gaps), (1, 1));
    }

    #[test]
    fn what_nobody_asked_for_is_neither_missed_nor_a_gap() {
        let mut ledger = Ledger::default();
        ledger.record(5);
        ledger.skip();
        ledger.record(9);
        assert_eq!((ledger.missed, ledger.gaps), (0, 0));
    }

    #[test]
    fn sums_add_the_counts() {
        let mut one = Ledger::default();
        one.record(1);
        one.record(3);
        let sum = one.sum(one);
        assert_eq!((sum.received, sum.missed), (4, 2));
    }
}
