//! The history of a log: which leader has written which part.

use super::codec::wire;
use super::term::Term;

/// How many terms a tab remembers. A tab that was away for more of them is told of a gap.
const REMEMBERED: usize = 16;

/// The terms of a log, the earliest first, each with the index of the last entry before it.
///
/// A leader writes each index once, and begins on top of the log of another. Two logs that have an entry of
/// the same term at the same index are therefore the same up to there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History(Vec<(Term, u64)>);

wire!(struct History { 0 });

impl History {
    /// Returns the latest term, if there is a log.
    #[must_use]
    pub fn last(&self) -> Option<Term> {
        self.0.last().map(|(term, _)| *term)
    }

    /// Returns the term in which the entry `end` was written.
    pub(super) fn writer(&self, end: u64) -> Option<Term> {
        let written = self.0.iter().rev().find(|(_, base)| *base < end);
        written.map(|(term, _)| *term)
    }

    /// Whether all numbers in the history are below `most`, and no more terms are in it than a tab remembers.
    pub(super) fn is_possible(&self, most: u64) -> bool {
        let is_possible = |(term, base): &(Term, u64)| term.number < most && *base < most;
        self.0.len() <= REMEMBERED && self.0.iter().all(is_possible)
    }

    /// Begins a new term after the entry `end`.
    pub(super) fn begin(&mut self, term: Term, end: u64) {
        self.0.push((term, end));
        if self.0.len() > REMEMBERED {
            self.0.remove(0);
        }
    }

    /// Returns the index up to which this log, which ends at `end`, is the same as another. Returns `None` if
    /// the two are known to have nothing in common.
    pub(super) fn common(&self, end: u64, other: &Self, other_end: u64) -> Option<u64> {
        let (mut mine, mut theirs) = (end, other_end);
        let (mut a, mut b) = (self.0.iter().rev(), other.0.iter().rev());
        let (mut left, mut right) = (a.next(), b.next());
        while let (Some((term, base)), Some((other_term, other_base))) = (left, right) {
            if term == other_term {
                return Some(mine.min(theirs));
            }
            // The later term of the two isn't in the other log.
            if term > other_term {
                mine = mine.min(*base);
                left = a.next();
            } else {
                theirs = theirs.min(*other_base);
                right = b.next();
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tabs::TabId;

    fn term(number: u64) -> Term {
        Term {
            number,
            leader: TabId(number),
        }
    }

    fn history(terms: &[(u64, u64)]) -> History {
        History(
            terms
                .iter()
                .map(|(number, base)| (term(*number), *base))
                .collect(),
        )
    }

    #[test]
    fn a_prefix_is_common_up_to_its_end() {
        let long = history(&[(1, 0), (2, 10), (5, 12)]);
        assert_eq!(history(&[(1, 0)]).common(7, &long, 20), Some(7));
        assert_eq!(history(&[(1, 0), (2, 10)]).common(12, &long, 20), Some(12));
        assert_eq!(long.common(20, &long, 31), Some(20));
    }

    #[test]
    fn logs_part_where_the_next_leader_knew_no_more() {
        let leader = history(&[(1, 0), (3, 8)]);
        // The tab has more of the first term than the next leader had.
        assert_eq!(history(&[(1, 0)]).common(11, &leader, 9), Some(8));
        // The tab has followed a leader that the present one hasn't heard of.
        assert_eq!(history(&[(1, 0), (2, 6)]).common(9, &leader, 15), Some(6));
        assert_eq!(history(&[(1, 0), (2, 9)]).common(9, &leader, 15), Some(8));
    }

    #[test]
    fn logs_without_a_term_in_common_are_strangers() {
        let other = history(&[(2, 0)]);
        assert_eq!(history(&[(1, 0)]).common(5, &other, 9), None);
        assert_eq!(History::default().common(0, &other, 9), None);
    }

    #[test]
    fn the_earliest_terms_are_forgotten() {
        let mut history = History::default();
        for number in 1..=40 {
            history.begin(term(number), number * 10);
        }
        assert_eq!(history.0.len(), REMEMBERED);
        assert_eq!(history.last(), Some(term(40)));
    }
}
