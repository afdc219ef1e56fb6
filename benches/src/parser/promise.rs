//! The parser's promises, and whether they were kept.

use super::Measured;
use super::contender::OURS;
use crate::table::Table;
use crate::verdict::Verdict;

/// For streams of small events: at least this many times the speed of the fastest peer.
const SMALL_EVENTS: (&[&str], f64) = (&["a", "a64", "b", "b64"], 1.5);

/// For streams of large events and of many lines: as fast as the fastest peer. Medians of equals differ by a
/// few per cent from run to run.
const LARGE_EVENTS: (&[&str], f64) = (&["c", "c64", "d", "d64"], 0.97);

/// For four times the bytes: at most this many times the time per byte. A quadratic parser takes four times.
/// The margin allows for a large buffer that no longer fits the cache.
const LINEAR: (&[(&str, &str)], f64) = (&[("e1", "e"), ("f1", "f")], 1.5);

/// Judges the promises and prints a line for each.
pub(crate) fn judge(all: &[Measured], print: &mut dyn FnMut(&str)) -> Verdict {
    let find = |name: &str| {
        let found = all.iter().find(|measured| measured.input == name);
        found.expect("promises are about inputs that are measured")
    };
    print("## Owed\n");
    let mut verdict = Verdict::Pass;
    let mut table = Table::new(&["", "measured", "owed", ""]);
    let mut row = |what: String, measured: String, owed: String, holds: bool| {
        verdict = verdict.and(Verdict::of(holds));
        let label = Verdict::of(holds).label().to_owned();
        table.row(vec![what, measured, owed, label]);
    };
    for (inputs, owed) in [SMALL_EVENTS, LARGE_EVENTS] {
        for name in inputs {
            let (peer, ratio) = against_fastest_peer(find(name));
            row(
                format!("{name}: speed over {peer}"),
                format!("{ratio:.2}"),
                format!("≥ {owed}"),
                ratio >= owed,
            );
        }
    }
    let (pairs, owed) = LINEAR;
    for (short, long) in pairs {
        let growth = time_per_byte(find(long)) / time_per_byte(find(short));
        row(
            format!("{long}: time per byte over {short}"),
            format!("{growth:.2}"),
            format!("≤ {owed}"),
            growth <= owed,
        );
    }
    table.print(print);
    verdict
}

fn against_fastest_peer(measured: &Measured) -> (&'static str, f64) {
    let peers = &measured.parsers[OURS + 1..];
    let (peer, times) = peers
        .iter()
        .min_by(|a, b| a.1.median.total_cmp(&b.1.median))
        .expect("each input has peers that can finish it");
    (peer, times.median / measured.parsers[OURS].1.median)
}

#[allow(clippy::cast_precision_loss)] // Sizes stay far below 2⁵².
fn time_per_byte(measured: &Measured) -> f64 {
    measured.parsers[OURS].1.median / measured.bytes as f64
}
