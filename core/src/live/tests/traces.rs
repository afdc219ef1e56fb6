//! Random inputs, which reach what no one thought of. They needn't make sense.

use core::fmt::Write;

use super::line::Machine;
use crate::connection::Jitter;

/// The number of recorded traces, and the inputs of each.
const TRACES: u64 = 60;
const INPUTS: usize = 30;

struct Draw(Jitter);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        (self.0.next_bits() >> 16) % bound
    }

    fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

/// Returns the traces as the lines of a file.
pub(super) fn draw() -> String {
    let mut text = String::new();
    for seed in 0..TRACES {
        writeln!(text, "# {seed}").expect("a text has room");
        trace(&mut Draw(Jitter::new(seed)), &mut text);
    }
    text
}

fn trace(draw: &mut Draw, text: &mut String) {
    let mut machine = Machine::new();
    let (mut now, mut seq, mut loads) = (0, 1, 0);
    // Some servers have positions, some versions, some both and some neither.
    let (has_positions, has_versions) = (!draw.one_in(3), draw.one_in(3));
    let mut epoch = "a";
    for _ in 0..INPUTS {
        now += draw.below(2) * draw.below(40) * 25;
        let known = |draw: &mut Draw, seq: u64| {
            let at = seq.saturating_sub(draw.below(3));
            let mut known = String::new();
            if has_positions && !draw.one_in(12) {
                write!(known, " @{epoch}-{at}").expect("a text has room");
            }
            if has_versions {
                write!(known, " k{}={at}", draw.below(2)).expect("a text has room");
            }
            known
        };
        let input = match draw.below(16) {
            0 | 1 => "open".to_owned(),
            2 => "lost".to_owned(),
            3 => "gap".to_owned(),
            4..=7 => {
                seq += 1;
                let known = known(draw, seq);
                format!("event e{seq}{known}")
            }
            8..=10 if loads > 0 => {
                let known = known(draw, seq);
                format!("loaded {loads} s{seq}{known}")
            }
            11 if loads > 0 => format!("failed {loads}"),
            12 if draw.one_in(3) => {
                epoch = if epoch == "a" { "b" } else { "a" };
                "gap".to_owned()
            }
            12 if draw.one_in(2) => "not-applied".to_owned(),
            13 if draw.one_in(4) => "reload".to_owned(),
            13 if draw.one_in(6) => format!("given-up {loads}"),
            14 if draw.one_in(20) => "broken".to_owned(),
            14 if draw.one_in(20) => "closed".to_owned(),
            _ => {
                now = machine.timeout().map_or(now, |next| next.max(now));
                "timeout".to_owned()
            }
        };
        let random = ["0", "0.25", "0.5", "0.75"]
            [usize::from(draw.one_in(2)) + 2 * usize::from(draw.one_in(2))];
        let line = machine.step(&format!("{now} {random} {input}"));
        if line.contains("load ") {
            loads += u64::from(line.contains("-> load ") || line.contains(", load "));
        }
        writeln!(text, "{line}").expect("a text has room");
    }
}
