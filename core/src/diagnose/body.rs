//! Rules about the bytes: blank lines, UTF-8 and the last block.

use core::time::Duration;

use super::{Connection, Facts, Finding};

/// How long a block may stay open behind a complete data line. Servers write an event at once.
const OPEN: Duration = Duration::from_secs(2);

/// Judges the bytes of all connections, each fault once.
pub(super) fn judge(facts: &Facts, findings: &mut Vec<Finding>) {
    let connections = &facts.connections;
    if let Some(lines) = connections.iter().find_map(without_blank_line) {
        findings.push(Finding::NoBlankLine { lines });
    } else if connections.iter().any(is_unfinished) {
        findings.push(Finding::Unfinished);
    }
    if connections
        .iter()
        .any(|connection| connection.is_ill_formed)
    {
        findings.push(Finding::NotUtf8);
    }
}

/// Returns how many times a data line was the last thing to arrive, if no blank line ever closes an event.
fn without_blank_line(connection: &Connection) -> Option<usize> {
    let open = connection.open?;
    let waited = connection.watched.saturating_sub(open.since);
    let is_left_open = connection.end.is_none() && waited >= OPEN;
    let is_fault = connection.events == 0 && (open.pauses > 1 || is_left_open);
    is_fault.then_some(open.pauses)
}

/// Returns whether a complete answer ended within an event. One that broke off is another fault.
fn is_unfinished(connection: &Connection) -> bool {
    connection.is_unfinished && connection.end.is_some_and(|end| end.is_clean)
}
