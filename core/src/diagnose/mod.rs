//! Diagnosis of a stream: what was observed of it goes in, and what is wrong comes out.
//!
//! An edge records its observations as [`Facts`]: a [`Watch`] turns the bytes of one connection and their
//! times into a [`Connection`]. [`diagnose`] is pure and returns one [`Finding`] for each fault. A finding
//! says what is wrong, what it means, and what to change.
//!
//! ```
//! use core::time::Duration;
//!
//! use everstream_core::diagnose::{Facts, Finding, Watch, diagnose};
//! use everstream_core::http::Response;
//!
//! let headers = vec![("content-type".to_owned(), "text/event-stream".to_owned())];
//! let mut watch = Watch::new();
//! watch.answered(Response::new(200, headers, "https://example.com/events".to_owned()));
//! watch.received(Duration::from_secs(1), b"data: 1\n");
//! watch.received(Duration::from_secs(2), b"data: 2\n");
//! let mut facts = Facts::new("https://example.com/events");
//! facts.connections.push(watch.finish(Duration::from_secs(5)));
//! assert_eq!(diagnose(&facts), [Finding::NoBlankLine { lines: 2 }]);
//! ```

mod advice;
mod answer;
mod body;
mod facts;
mod finding;
mod masked;
mod replay;
#[cfg(test)]
mod tests;
mod timing;
mod watch;

pub use facts::{Arrival, Compression, Connection, End, Facts, Open, Redirect, Replay};
pub use finding::Finding;
pub use masked::masked;
pub use watch::Watch;

/// Returns the faults that the facts show, the gravest first. A healthy stream has none.
///
/// An answer that is no event stream is one fault: nothing else can be said of it.
#[must_use]
pub fn diagnose(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(first) = facts.connections.first() else {
        return findings;
    };
    if let Some(refusal) = answer::refusal(first) {
        findings.push(refusal);
        return findings;
    }
    body::judge(facts, &mut findings);
    timing::judge(facts, &mut findings);
    answer::judge_headers(facts, first, &mut findings);
    replay::judge(facts, &mut findings);
    findings
}
