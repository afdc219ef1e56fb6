//! The figures, and whether they keep the promises.

use crate::contender::Contender;
use crate::table::Table;

/// The figures of a server at a number of connections.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figures {
    /// Events delivered per second if many are published at once.
    pub(crate) bursts: f64,
    /// The server's CPU time per event in bursts, in microseconds.
    pub(crate) burst_cpu: f64,
    /// Events delivered per second if each reaches every connection before the next is published.
    pub(crate) singles: f64,
    /// The server's CPU time per event that is published alone, in microseconds.
    pub(crate) single_cpu: f64,
    /// The growth of the process per connection when all are open, in bytes.
    pub(crate) memory: f64,
    /// The greatest growth of the process per connection, in bytes.
    pub(crate) peak: f64,
}

/// All figures of a run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<(usize, &'static str, Figures)>,
}

/// A promised figure: its name, how to read it, and whether more is better.
type Owed = (&'static str, fn(&Figures) -> f64, bool);

/// The figures in which the hub is at least as good as better-sse.
const OWED: [Owed; 4] = [
    ("events/s in bursts", |figures| figures.bursts, true),
    ("events/s one by one", |figures| figures.singles, true),
    ("memory per connection", |figures| figures.memory, false),
    ("memory at its greatest", |figures| figures.peak, false),
];

impl Report {
    pub(crate) fn add(&mut self, connections: usize, name: &'static str, figures: Figures) {
        self.rows.push((connections, name, figures));
    }

    /// Prints the table and the promises. Returns whether all of them hold.
    pub(crate) fn print(&self, print: &mut dyn FnMut(&str)) -> bool {
        print("# Hub: fan-out to all connections of one channel\n");
        let mut table = Table::new(&[
            "connections",
            "server",
            "events/s in bursts",
            "CPU, µs",
            "events/s one by one",
            "CPU, µs",
            "KiB per connection",
            "at most",
        ]);
        for (connections, name, figures) in &self.rows {
            table.row(vec![
                connections.to_string(),
                (*name).to_owned(),
                format!("{:.0}", figures.bursts),
                format!("{:.2}", figures.burst_cpu),
                format!("{:.0}", figures.singles),
                format!("{:.2}", figures.single_cpu),
                format!("{:.1}", figures.memory / 1024.0),
                format!("{:.1}", figures.peak / 1024.0),
            ]);
        }
        table.print(print);
        let mut holds = true;
        for (connections, ours, theirs) in self.pairs() {
            for (what, figure, more_is_better) in OWED {
                let ratio = figure(ours) / figure(theirs);
                let (holds_here, limit) = if more_is_better {
                    (ratio >= 1.0, "at least")
                } else {
                    (ratio <= 1.0, "at most")
                };
                holds &= holds_here;
                let label = if holds_here { "PASS" } else { "FAIL" };
                print(&format!(
                    "With {connections} connections, {what}: {ratio:.2} times that of better-sse (owed: {limit} 1): {label}."
                ));
            }
        }
        print("");
        holds
    }

    /// Returns the hub's figures beside those of better-sse, for each number of connections.
    fn pairs(&self) -> impl Iterator<Item = (usize, &Figures, &Figures)> {
        let find = |connections: usize, name: &str| {
            let mut rows = self.rows.iter();
            rows.find(|row| row.0 == connections && row.1 == name)
                .map(|row| &row.2)
        };
        self.rows
            .iter()
            .filter_map(move |(connections, name, ours)| {
                (*name == Contender::Hub.name())
                    .then(|| find(*connections, Contender::BetterSse("").name()))
                    .flatten()
                    .map(|theirs| (*connections, ours, theirs))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIGURES: Figures = Figures {
        bursts: 100.0,
        burst_cpu: 1.0,
        singles: 100.0,
        single_cpu: 1.0,
        memory: 100.0,
        peak: 100.0,
    };

    fn holds(ours: Figures) -> bool {
        let mut report = Report::default();
        report.add(10, Contender::Hub.name(), ours);
        report.add(10, Contender::BetterSse("").name(), FIGURES);
        report.print(&mut |_| {})
    }

    #[test]
    fn each_promise_can_be_broken() {
        assert!(holds(FIGURES));
        assert!(!holds(Figures {
            bursts: 99.0,
            ..FIGURES
        }));
        assert!(!holds(Figures {
            singles: 99.0,
            ..FIGURES
        }));
        assert!(!holds(Figures {
            memory: 101.0,
            ..FIGURES
        }));
        assert!(!holds(Figures {
            peak: 101.0,
            ..FIGURES
        }));
        assert!(!holds(Figures {
            memory: f64::NAN,
            ..FIGURES
        }));
    }
}
