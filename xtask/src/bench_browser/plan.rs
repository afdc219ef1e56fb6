//! The workloads and readers, and the order of the runs.

use serde_json::{Value, json};

/// A competitor, by its name in `benches/browser/page/readers.js`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reader(pub(super) &'static str);

/// The reader that the others are compared to.
pub(super) const NATIVE: Reader = Reader("native");
/// The reader that the promised figures concern.
pub(super) const OURS: Reader = Reader("everstream");

pub(super) const READERS: [Reader; 7] = [
    NATIVE,
    OURS,
    Reader("everstream-enum"),
    Reader("everstream-native"),
    Reader("gloo-net"),
    Reader("sse-stream"),
    Reader("eventsource-parser"),
];

/// An event stream, by the server's name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Workload {
    pub(super) title: &'static str,
    stream: &'static str,
    event_type: &'static str,
    /// The `count` in the request.
    size: u32,
    /// The number of events that the server sends for it.
    events: u32,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// As fast as possible, to measure the time and the page's lateness.
    Burst,
    /// At the server's pace, to measure CPU time.
    Paced,
}

pub(super) const SMALL: Workload = burst("100 000 small events", "small", "message", 100_000);
pub(super) const TICKER: Workload =
    burst("100 000 ticker events", "ticker", "priceUpdate", 100_000);
pub(super) const LARGE: Workload = burst("1 000 events of 32 KiB", "large", "snapshot", 1000);
pub(super) const DRIP_1: Workload = Workload {
    events: 1,
    ..burst("one event of 1 MiB by 4 KiB", "drip", "snapshot", 256)
};
pub(super) const DRIP_4: Workload = Workload {
    events: 1,
    ..burst("one event of 4 MiB by 4 KiB", "drip", "snapshot", 1024)
};
pub(super) const PACED: Workload = Workload {
    kind: Kind::Paced,
    ..burst("1 000 events/s for 10 s", "paced", "priceUpdate", 10_000)
};

pub(super) const WORKLOADS: [Workload; 6] = [SMALL, TICKER, LARGE, DRIP_1, DRIP_4, PACED];

const fn burst(
    title: &'static str,
    stream: &'static str,
    event_type: &'static str,
    count: u32,
) -> Workload {
    Workload {
        title,
        stream,
        event_type,
        size: count,
        events: count,
        kind: Kind::Burst,
    }
}

impl Workload {
    /// Returns the argument of the page's `run`.
    pub(super) fn task(&self, reader: Reader) -> Value {
        let stream = |size: u32, events: u32| json!({ "url": format!("/bench/{}?count={size}", self.stream), "count": events });
        let is_burst = self.kind == Kind::Burst;
        // The engines compile hot code, so the first tenth doesn't count.
        let warm_up = is_burst.then(|| stream(self.size / 10, self.events.div_ceil(10)));
        json!({
            "reader": reader.0,
            "type": self.event_type,
            "warmUp": warm_up,
            "stream": stream(self.size, self.events),
            "ticker": is_burst,
        })
    }

    pub(super) fn events(&self) -> u32 {
        self.events
    }
}

/// Returns the readers in an order that changes from round to round. Otherwise the same reader would always
/// bear the garbage of the same other.
pub(super) fn order(round: usize) -> impl Iterator<Item = Reader> {
    // The number of readers is prime, so any step visits all of them.
    const _: () = assert!(READERS.len() == 7);
    let step = round % (READERS.len() - 1) + 1;
    (0..READERS.len()).map(move |at| READERS[(round + at * step) % READERS.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reader_has_its_turn_in_every_round() {
        for round in 0..20 {
            let order: Vec<_> = order(round).collect();
            assert!(READERS.iter().all(|reader| order.contains(reader)));
        }
    }

    #[test]
    fn no_reader_follows_the_same_one_in_two_rounds() {
        let before_ours = |round| {
            let order: Vec<_> = order(round).collect();
            let at = order.iter().position(|reader| *reader == OURS);
            at.and_then(|at| at.checked_sub(1)).map(|at| order[at].0)
        };
        let mut seen: Vec<_> = (0..6).filter_map(before_ours).collect();
        let rounds = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), rounds);
    }

    #[test]
    fn a_drip_is_one_event_also_to_warm_up() {
        let task = DRIP_4.task(OURS);
        assert_eq!(task["stream"]["url"], "/bench/drip?count=1024");
        assert_eq!(task["stream"]["count"], 1);
        assert_eq!(task["warmUp"]["url"], "/bench/drip?count=102");
        assert_eq!(task["warmUp"]["count"], 1);
    }
}
