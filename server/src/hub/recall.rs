//! Access that was taken back, and the requests that must be judged again because of that.
//!
//! The application judges a request while the log goes on. If access is taken back meanwhile, the
//! judgement may be from before. Each request therefore notes the position at which its judging began.
//! Before the request takes effect, recalls after that position are looked up here.

use std::collections::VecDeque;

/// How many recalls are remembered. A request whose judging began before the oldest of them is judged
/// again.
const REMEMBERED: usize = 1024;

/// The last entries of the log that took access back.
#[derive(Debug, Default)]
pub(crate) struct Recalls {
    /// The number of each entry and the identity concerned, in order.
    recent: VecDeque<(u64, Box<str>)>,
    /// The number of the last entry that is no longer remembered.
    forgotten: u64,
}

impl Recalls {
    /// Remembers that the entry of this number took access back from an identity.
    pub(crate) fn push(&mut self, seq: u64, identity: &str) {
        if self.recent.len() == REMEMBERED
            && let Some((oldest, _)) = self.recent.pop_front()
        {
            self.forgotten = oldest;
        }
        self.recent.push_back((seq, identity.into()));
    }

    /// Whether access may have been taken back from an identity after an entry.
    pub(crate) fn concern(&self, identity: &str, after: u64) -> bool {
        if after < self.forgotten {
            return true;
        }
        let later = self.recent.iter().rev();
        let mut later = later.take_while(|(seq, _)| *seq > after);
        later.any(|(_, concerned)| **concerned == *identity)
    }

    /// Notes that entries up to a number were not read. Each of them may have taken access back from
    /// any identity.
    #[cfg(any(test, feature = "redis"))]
    pub(crate) fn skip_to(&mut self, seq: u64) {
        self.recent.clear();
        self.forgotten = seq;
    }

    /// Forgets everything, because the log is another one.
    #[cfg(any(test, feature = "redis"))]
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_taken_back_behind_the_judgement_counts() {
        let mut recalls = Recalls::default();
        recalls.push(5, "alice");
        recalls.push(9, "bob");
        assert!(recalls.concern("alice", 4));
        assert!(!recalls.concern("alice", 5), "it was judged behind it");
        assert!(recalls.concern("bob", 8));
        assert!(!recalls.concern("carol", 0));
    }

    #[test]
    fn what_was_never_read_may_concern_everybody() {
        let mut recalls = Recalls::default();
        recalls.push(5, "alice");
        recalls.skip_to(9);
        assert!(recalls.concern("carol", 8));
        assert!(!recalls.concern("carol", 9));
    }

    #[test]
    fn what_is_no_longer_remembered_concerns_everybody() {
        let mut recalls = Recalls::default();
        for seq in 1..=REMEMBERED as u64 + 2 {
            recalls.push(seq, "alice");
        }
        assert!(recalls.concern("carol", 1));
        assert!(!recalls.concern("carol", 2));
        assert_eq!(recalls.recent.len(), REMEMBERED);
    }
}
