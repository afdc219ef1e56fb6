//! The findings as text and as JSON. URLs are shown without the values of their queries.

use std::fmt::Write;

use everstream_core::diagnose::{Facts, Finding, masked};
use serde_json::{Value, json};

use crate::text::printable;

/// Returns the findings for people.
pub(super) fn text(facts: &Facts, findings: &[Finding]) -> String {
    let mut text = format!("{}\n  {}\n", masked(&facts.requested), summary(facts));
    for finding in findings {
        // Writing to a string can't fail.
        let _ = write!(
            text,
            "\n✗ {finding} [{}]\n  {}\n  Change: {}\n",
            finding.code(),
            finding.meaning(),
            finding.remedy()
        );
    }
    let _ = match findings.len() {
        0 => write!(text, "\nNo fault found.\n"),
        1 => write!(text, "\n1 fault found.\n"),
        count => write!(text, "\n{count} faults found.\n"),
    };
    printable(&text)
}

/// Returns the findings for programs.
pub(super) fn json(facts: &Facts, findings: &[Finding]) -> String {
    let findings: Vec<Value> = findings
        .iter()
        .map(|finding| {
            json!({
                "code": finding.code(),
                "what": finding.to_string(),
                "meaning": finding.meaning(),
                "remedy": finding.remedy(),
            })
        })
        .collect();
    let seen = seen(facts);
    let report = json!({
        "url": masked(&facts.requested),
        "status": seen.status,
        "events": seen.events,
        "comments": seen.comments,
        "connections": facts.connections.len(),
        "seconds": seen.seconds,
        "findings": findings,
    });
    format!("{report}\n")
}

/// The sums over all connections.
#[derive(Default)]
struct Seen {
    status: Option<u16>,
    events: usize,
    comments: usize,
    seconds: f64,
}

fn seen(facts: &Facts) -> Seen {
    let mut seen = Seen::default();
    for connection in &facts.connections {
        let response = connection.response.as_ref();
        seen.status = seen.status.or(response.map(|response| response.status));
        seen.events += connection.events;
        seen.comments += connection.comments();
        seen.seconds += connection.watched.as_secs_f64();
    }
    seen
}

fn summary(facts: &Facts) -> String {
    let seen = seen(facts);
    let Some(status) = seen.status else {
        return "no answer".to_owned();
    };
    let redirects = facts.connections.first();
    let redirects = redirects.map_or(0, |first| first.redirects.len());
    let counted = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    };
    let mut summary = format!(
        "status {status}, {}, {}, {:.1} s watched",
        counted(seen.events, "event"),
        counted(seen.comments, "comment"),
        seen.seconds
    );
    if redirects > 0 {
        summary = format!("{summary}, {}", counted(redirects, "redirect"));
    }
    if facts.connections.len() > 1 {
        summary = format!(
            "{summary}, {}",
            counted(facts.connections.len(), "connection")
        );
    }
    summary
}
