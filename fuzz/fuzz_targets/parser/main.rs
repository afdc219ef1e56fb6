//! Any bytes in any chunks: the parser agrees with the standard, and its memory is bounded.

#![no_main]

#[path = "../../../core/tests/parse/reference.rs"]
mod reference;
#[path = "../../../core/tests/parse/run.rs"]
mod run;

use arbitrary::Arbitrary;
use everstream_core::parse::Parser;
use libfuzzer_sys::fuzz_target;

use reference::interpret;
use run::{Outcome, cut, run};

/// The last event ID that each stream begins with.
const SEED: &str = "seed";

/// The number of buffers: the line, the last event ID, and the data, type and ID of the event under
/// construction.
const BUFFERS: usize = 5;

/// The least capacity of a non-empty string.
const LEAST_CAPACITY: usize = 8;

#[derive(Arbitrary, Debug)]
struct Stream<'b> {
    /// The size limit, small enough to be reached.
    limit: u8,
    /// The offset at which the connection breaks and is made anew.
    restart: u16,
    /// The ends of the chunks.
    places: Vec<u16>,
    body: &'b [u8],
}

fuzz_target!(|stream: Stream<'_>| {
    let places: Vec<usize> = stream.places.iter().map(|&place| place.into()).collect();
    let limit = usize::from(stream.limit);
    let restart = usize::from(stream.restart) % (stream.body.len() + 1);

    let expected = interpret(stream.body, SEED);
    is_what_the_standard_says(stream.body, &places, &expected);
    skips_only_what_it_reports(stream.body, &places, limit, &expected);
    holds_no_more_than_the_limit(stream.body, &places, limit);
    begins_anew(stream.body.split_at(restart), &places, limit);
});

fn parser() -> Parser {
    Parser::new().with_last_event_id(SEED)
}

fn is_what_the_standard_says(body: &[u8], places: &[usize], expected: &Outcome) {
    assert_eq!(run(parser(), [body]), *expected, "in one chunk");
    assert_eq!(run(parser(), cut(body, places)), *expected, "in chunks");
}

/// Checks that a limit keeps the order of the events, and that the parser reports each missing one.
fn skips_only_what_it_reports(body: &[u8], places: &[usize], limit: usize, expected: &Outcome) {
    let limited = || parser().with_max_event_size(limit);
    let outcome = run(limited(), [body]);
    assert_eq!(run(limited(), cut(body, places)), outcome, "in chunks");

    // The IDs may differ, since an oversized ID is skipped as well.
    let mut whole = expected.events.iter().flatten();
    for (event_type, data, _) in outcome.events.iter().flatten() {
        let known = whole.any(|whole| (&whole.0, &whole.1) == (event_type, data));
        assert!(known, "{event_type:?} with {data:?} is not in the stream");
    }
    assert!(
        outcome.events.len() >= expected.events.len(),
        "an event is lost and nothing is said"
    );
}

fn holds_no_more_than_the_limit(body: &[u8], places: &[usize], limit: usize) {
    // A growing string doubles its capacity.
    let most = BUFFERS * LEAST_CAPACITY.max(2 * limit);
    let mut parser = Parser::new().with_max_event_size(limit);
    for chunk in cut(body, places) {
        drop(parser.feed(chunk));
        let held = parser.buffered_capacity();
        assert!(held <= most, "{held} bytes are held, {most} at most");
    }
}

/// Checks that a broken connection leaves nothing behind except the last event ID.
fn begins_anew((before, after): (&[u8], &[u8]), places: &[usize], limit: usize) {
    let broken = |mut parser: Parser| {
        drop(parser.feed(before));
        parser.restart();
        parser
    };
    let position = interpret(before, SEED).last_event_id;
    let expected = interpret(after, &position);
    assert_eq!(run(broken(parser()), cut(after, places)), expected);

    let limited = broken(parser().with_max_event_size(limit));
    let fresh = Parser::new()
        .with_max_event_size(limit)
        .with_last_event_id(limited.last_event_id());
    assert_eq!(run(limited, [after]), run(fresh, [after]), "under a limit");
}
