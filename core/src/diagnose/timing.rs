//! Rules about time: bursts, silence and cuts.

use core::time::Duration;

use super::{Connection, Facts, Finding};

/// Bytes that follow one another more closely than this are one burst.
const BURST: Duration = Duration::from_millis(300);

/// The least size of a burst that a full buffer makes. The smallest buffers of proxies have 1 KiB.
const BUFFER: usize = 1024;

/// The silence that follows the burst of a full buffer: what fills it next takes a while.
const REFILL: Duration = Duration::from_secs(1);

/// The silence in which several comments gather. No server sends its comments more often than that.
const GATHER: Duration = Duration::from_secs(2);

/// The silence before an answer that arrives as a whole, and its least number of events.
const HELD_BACK: (Duration, usize) = (Duration::from_secs(3), 5);

/// The standard advises a comment every 15 s. A second more is the network's.
const HEARTBEAT: Duration = Duration::from_secs(16);

/// The read timeout that most proxies have. A heartbeat must be more frequent.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// The shortest silence that a timeout may have ended.
const CUT: Duration = Duration::from_secs(1);

/// Judges when the bytes came and how the connections ended.
pub(super) fn judge(facts: &Facts, findings: &mut Vec<Finding>) {
    let connections = &facts.connections;
    findings.extend(connections.iter().find_map(buffered));
    let cut = cut(connections);
    let is_cut_in_silence = matches!(cut, Some(Finding::CutInSilence { .. }));
    findings.extend(cut);
    if !is_cut_in_silence {
        findings.extend(connections.iter().find_map(without_heartbeat));
    }
}

/// A run of arrivals without a pause.
#[derive(Clone, Copy, Debug, Default)]
struct Burst {
    /// The silence before it.
    before: Duration,
    /// The silence after it.
    after: Duration,
    bytes: usize,
    events: usize,
    comments: usize,
    is_within_event: bool,
}

impl Burst {
    /// Whether the burst ended within an event and at a size as full buffers have it. Servers write whole
    /// events, so that only a buffer ends there.
    fn is_full_buffer(&self) -> bool {
        self.is_within_event && self.bytes >= BUFFER && self.after >= REFILL
    }

    /// Whether comments came together. A server sends them one by one, to break a silence.
    fn is_gathered(&self) -> bool {
        self.events == 0 && self.comments > 1 && self.before >= GATHER
    }
}

fn bursts(connection: &Connection) -> Vec<Burst> {
    let mut bursts: Vec<Burst> = Vec::new();
    let mut previous = Duration::ZERO;
    for arrival in &connection.arrivals {
        let silence = arrival.at.saturating_sub(previous);
        previous = arrival.at;
        if bursts.is_empty() || silence >= BURST {
            if let Some(last) = bursts.last_mut() {
                last.after = silence;
            }
            let before = silence;
            bursts.push(Burst {
                before,
                ..Burst::default()
            });
        }
        if let Some(burst) = bursts.last_mut() {
            burst.bytes += arrival.bytes;
            burst.events += arrival.events;
            burst.comments += arrival.comments;
            burst.is_within_event = arrival.is_within_event;
        }
    }
    if let Some(last) = bursts.last_mut() {
        last.after = connection.watched.saturating_sub(previous);
    }
    bursts
}

fn buffered(connection: &Connection) -> Option<Finding> {
    let bursts = bursts(connection);
    let full: Vec<&Burst> = bursts
        .iter()
        .filter(|burst| burst.is_full_buffer())
        .collect();
    let gathered = bursts.iter().filter(|burst| burst.is_gathered());
    let whole = bursts.iter().filter(|burst| {
        let (silence, events) = HELD_BACK;
        let is_complete = connection.end.is_some_and(|end| end.is_clean);
        bursts.len() == 1 && is_complete && burst.before >= silence && burst.events >= events
    });
    // A slow line may stall once within an event, but not twice.
    let full = if full.len() > 1 { full } else { Vec::new() };
    let suspects: Vec<&Burst> = full.into_iter().chain(gathered).chain(whole).collect();
    let silence = |burst: &Burst| burst.before.max(burst.after);
    Some(Finding::Buffered {
        bytes: suspects.iter().map(|burst| burst.bytes).max()?,
        silence: suspects.iter().map(|burst| silence(burst)).max()?,
    })
}

fn cut(connections: &[Connection]) -> Option<Finding> {
    let broken = connections.iter().filter_map(|connection| {
        let end = connection.end.filter(|end| !end.is_clean)?;
        Some((end.at, end.at.saturating_sub(connection.last_byte())))
    });
    let broken: Vec<(Duration, Duration)> = broken.collect();
    let (first, _) = *broken.first()?;
    if let Some((_, after)) = broken.iter().find(|(_, silence)| *silence >= CUT) {
        return Some(Finding::CutInSilence { after: *after });
    }
    let is_same = |age: Duration| age.abs_diff(first) * 10 <= first;
    if broken.len() > 1 && first >= CUT && broken.iter().all(|(age, _)| is_same(*age)) {
        return Some(Finding::CutAtAge { after: first });
    }
    Some(Finding::BrokenOff { after: first })
}

fn without_heartbeat(connection: &Connection) -> Option<Finding> {
    let silence = connection.longest_silence();
    // A comment shows that there is a heartbeat, whose interval may be longer than the standard advises.
    let is_fault = match connection.comments() {
        0 => silence >= HEARTBEAT,
        _ => silence >= READ_TIMEOUT,
    };
    is_fault.then_some(Finding::NoHeartbeat { silence })
}
