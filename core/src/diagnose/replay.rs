//! Rules about IDs and what they are good for.

use super::{Facts, Finding};

/// Judges the IDs, and what the request with a last event ID showed.
pub(super) fn judge(facts: &Facts, findings: &mut Vec<Finding>) {
    let events: usize = facts.connections.iter().map(|seen| seen.events).sum();
    // The first event of a server may be a greeting.
    if events > 1 && facts.connections.iter().all(|seen| seen.ids.is_empty()) {
        findings.push(Finding::NoIds { events });
    }
    let Some(replay) = &facts.replay else {
        return;
    };
    // Without an event to send again, a server with a log looks the same as one without.
    if !replay.is_stream || replay.missed.is_empty() {
        return;
    }
    let asked = replay.asked.clone();
    // A greeting, such as that of a hub or an MCP server, may carry the very ID that was asked for.
    let is_again = replay.received.iter().skip(1).any(|id| *id == asked);
    if is_again {
        findings.push(Finding::StartsOver { asked });
    } else if !replay.received.contains(&replay.missed[0]) {
        findings.push(Finding::NotReplayed { asked });
    }
}
