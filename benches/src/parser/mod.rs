//! The parser table: bytes in, events out.

mod contender;
mod eventsource_stream;
mod everstream;
mod input;
mod promise;
mod scan;
mod seen;
mod sse_core;
mod sse_stream;
mod sseer;
mod streams;

use std::hint::black_box;

use crate::rounds::{Times, interleaved};
use crate::table::Table;
use crate::verdict::Verdict;
use contender::{CONTENDERS, Contender, OURS};
use input::{INPUTS, Input};

/// The results for one input: the contenders, the times of each, and the time of the scan.
struct Measured {
    input: &'static str,
    events: usize,
    bytes: usize,
    scan: Times,
    parsers: Vec<(&'static str, Times)>,
}

/// Measures every parser on every input.
pub(crate) fn run(print: &mut dyn FnMut(&str)) -> Verdict {
    print("# Parser\n");
    let mut all = Vec::new();
    for input in INPUTS {
        let measured = measure(&(input.make)());
        report(&measured, input.title, print);
        all.push(measured);
    }
    promise::judge(&all, print)
}

/// Parses an input repeatedly with one parser. Returns false if there is no such parser or input.
#[must_use]
pub fn repeat(contender: &str, input: &str, times: usize) -> bool {
    let contender = CONTENDERS.iter().find(|known| known.name == contender);
    let input = INPUTS.iter().find(|known| known.name == input);
    let (Some(contender), Some(input)) = (contender, input) else {
        return false;
    };
    let input = (input.make)();
    for _ in 0..times {
        black_box((contender.tally)(&input));
    }
    true
}

fn measure(input: &Input) -> Measured {
    let contenders: Vec<&Contender> = CONTENDERS
        .iter()
        .filter(|contender| contender.can_finish(input))
        .collect();
    // All parsers must do the same work, or the comparison is void.
    let expected = (contenders[OURS].digest)(input);
    assert_eq!(expected.events, input.events, "{}: events", input.name);
    for contender in &contenders {
        let digest = (contender.digest)(input);
        assert_eq!(digest, expected, "{} on {}", contender.name, input.name);
    }
    let expected = (contenders[OURS].tally)(input);

    let mut times = interleaved(contenders.len() + 1, |turn| match contenders.get(turn) {
        Some(contender) => {
            let tally = (contender.tally)(black_box(input));
            assert_eq!(tally, expected, "{} on {}", contender.name, input.name);
        }
        None => {
            black_box(scan::lines(black_box(input)));
        }
    });
    let scan = times.pop().expect("the scan took the last turn");
    let names = contenders.iter().map(|contender| contender.name);
    Measured {
        input: input.name,
        events: input.events,
        bytes: input.bytes.len(),
        scan,
        parsers: names.zip(times).collect(),
    }
}

#[allow(clippy::cast_precision_loss)] // Counts stay far below 2⁵².
fn report(measured: &Measured, title: &str, print: &mut dyn FnMut(&str)) {
    let bytes = measured.bytes as f64;
    let row = |name: &str, times: Times| {
        let each = times.per(measured.events as f64 / 1e9);
        vec![
            name.to_owned(),
            format!("{:.0}", bytes / times.median / 1e6),
            format!("{:.1}", each.median),
            format!("{:.1} – {:.1}", each.fastest, each.slowest),
            format!("{:.0} %", 100.0 * measured.scan.median / times.median),
        ]
    };
    print(&format!("## {}: {title}\n", measured.input));
    let mut table = Table::new(&[
        "",
        "MB/s",
        "ns per event",
        "fastest – slowest",
        "of the scan",
    ]);
    table.row(row("memchr scan", measured.scan));
    for (name, times) in &measured.parsers {
        table.row(row(name, *times));
    }
    for contender in CONTENDERS {
        if measured
            .parsers
            .iter()
            .all(|(name, _)| *name != contender.name)
        {
            let mut cells = vec![contender.name.to_owned(), "quadratic: not run".to_owned()];
            cells.resize(5, String::new());
            table.row(cells);
        }
    }
    table.print(print);
}
