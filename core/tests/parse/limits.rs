//! Limits of event size, memory and work.

use std::time::{Duration, Instant};

use everstream_core::parse::{Frame, Parser, RETAINED_CAPACITY};

use crate::run::run;

#[test]
fn an_oversized_event_is_skipped_and_the_next_one_received() {
    let body = b"id: 1\ndata: a\n\nid: 2\nevent: big\ndata: 0123456789012345678901234567890\n\nid: 3\ndata: c\n\n";
    let parser = Parser::new().with_max_event_size(32);
    let outcome = run(parser, [&body[..]]);
    let event = |data: &str, id: &str| Ok(("message".to_owned(), data.to_owned(), id.to_owned()));
    assert_eq!(
        outcome.events,
        [
            event("a", "1"),
            Err(Some("big".to_owned())),
            event("c", "3")
        ]
    );
}

#[test]
fn the_position_moves_past_an_oversized_event() {
    let body = b"data: 0123456789\ndata: 0123456789\nid: 9\n\n";
    let parser = Parser::new().with_max_event_size(20);
    let outcome = run(parser, [&body[..]]);
    assert_eq!(outcome.events, [Err(None)]);
    assert_eq!(outcome.last_event_id, "9");
}

#[test]
fn an_endless_line_is_held_within_the_limit() {
    let limit = 1024 * 1024;
    let mut parser = Parser::new().with_max_event_size(limit);
    // The odd chunk size keeps doubling from hitting the limit exactly.
    let chunk = vec![b'x'; 60_001];
    let mut errors = 0;
    for _ in 0..1000 {
        let mut frames = parser.feed(&chunk);
        while let Some(frame) = frames.next() {
            assert!(frame.is_err());
            errors += 1;
        }
        drop(frames);
        assert!(parser.buffered_capacity() <= limit);
    }
    assert_eq!(errors, 1);
}

#[test]
fn comments_and_other_lines_do_not_count_for_the_size_of_their_event() {
    let [note, more] = ["y".repeat(50), "z".repeat(50)];
    let body = format!("data: 0123456789\n: {note}\nretry: 1\nother: {more}\ndata: 0123456789\n\n");
    let whole = (
        "message".to_owned(),
        "0123456789\n0123456789".to_owned(),
        String::new(),
    );
    for chunk in [1, 2, 3, 7, body.len()] {
        let parser = Parser::new().with_max_event_size(60);
        let outcome = run(parser, body.as_bytes().chunks(chunk));
        assert_eq!(outcome.events, [Ok(whole.clone())], "in chunks of {chunk}");
    }
}

#[test]
fn a_line_larger_than_the_limit_is_told_and_the_event_around_it_received() {
    let note = "y".repeat(50);
    let body = format!("data: a\n: {note}\n\n");
    let event = ("message".to_owned(), "a".to_owned(), String::new());
    for chunk in [1, 2, 3, 7, body.len()] {
        let parser = Parser::new().with_max_event_size(40);
        let outcome = run(parser, body.as_bytes().chunks(chunk));
        assert_eq!(
            outcome.events,
            [Err(None), Ok(event.clone())],
            "in chunks of {chunk}"
        );
    }
}

#[test]
fn an_event_of_exactly_the_limit_is_received() {
    let body = b"data: 0123456789\n\n";
    for (limit, is_received) in [(16, true), (15, false)] {
        let parser = Parser::new().with_max_event_size(limit);
        let outcome = run(parser, [&body[..]]);
        assert_eq!(outcome.events[0].is_ok(), is_received, "limit {limit}");
    }
}

#[test]
fn the_event_in_the_middle_of_which_a_stream_ends_can_be_had() {
    for (body, expected) in [
        (
            "event: done\ndata: a\ndata: b",
            Some(("done", "a\nb", None)),
        ),
        ("id: 7\ndata: a\n", Some(("message", "a", Some("7")))),
        ("data: a\n\ndat", None),
        ("event: done\n", None),
        ("data: a\n\n", None),
    ] {
        for chunk in [1, 3, body.len()] {
            let mut parser = Parser::new();
            for bytes in body.as_bytes().chunks(chunk) {
                drop(parser.feed(bytes));
            }
            let unfinished = parser.take_unfinished();
            let found = unfinished
                .as_ref()
                .map(|event| (&*event.event_type, &*event.data, event.id.as_deref()));
            assert_eq!(found, expected, "{body:?} in chunks of {chunk}");
            assert_eq!(parser.take_unfinished(), None);
            assert_eq!(parser.last_event_id(), "");
        }
    }
}

#[test]
fn endless_comments_take_no_memory_and_hit_no_limit() {
    let mut parser = Parser::new().with_max_event_size(4096);
    let chunk = b": ping\n".repeat(1000);
    for _ in 0..1000 {
        let mut frames = parser.feed(&chunk);
        while let Some(frame) = frames.next() {
            assert!(matches!(frame, Ok(Frame::Comment("ping"))));
        }
        drop(frames);
        assert!(parser.buffered_capacity() <= 4096);
    }
}

#[test]
fn capacity_is_given_back_after_a_large_event() {
    let mut parser = Parser::new();
    let mut body = b"data: ".to_vec();
    body.resize(8 * 1024 * 1024, b'x');
    body.extend_from_slice(b"\n\n");
    for chunk in body.chunks(4096) {
        let _ = parser.feed(chunk).next();
    }
    drop(parser.feed(b": next\n"));
    assert!(parser.buffered_capacity() <= 4 * RETAINED_CAPACITY);
}

/// An event within one chunk borrows its text: the address lies inside the chunk.
#[test]
fn an_event_within_a_chunk_is_borrowed() {
    let chunk = b"event: tick\ndata: payload\n\n";
    let mut parser = Parser::new();
    let mut frames = parser.feed(chunk);
    let Some(Ok(Frame::Event(event))) = frames.next() else {
        panic!("an event")
    };
    let within = chunk.as_ptr_range();
    assert!(within.contains(&event.data.as_ptr()));
    assert!(within.contains(&event.event_type.as_ptr()));
    drop(frames);
    assert_eq!(parser.buffered_capacity(), 0);
}

/// Returns the shortest of several timings, since other work on the machine only adds time.
fn fastest(body: &[u8], chunk: usize) -> Duration {
    (0..5)
        .map(|_| {
            let start = Instant::now();
            let outcome = run(Parser::new(), body.chunks(chunk));
            assert_eq!(outcome.events.len(), 1);
            start.elapsed()
        })
        .min()
        .expect("five timings")
}

fn event_of(size: usize) -> Vec<u8> {
    let mut body = b"data: ".to_vec();
    body.resize(size, b'x');
    body.extend_from_slice(b"\n\n");
    body
}

#[test]
fn work_is_linear_for_chunks_of_4_kib() {
    let ratio = fastest(&event_of(8 << 20), 4096).as_secs_f64()
        / fastest(&event_of(1 << 20), 4096).as_secs_f64();
    // The input grows eightfold: quadratic work would take 64 times as long.
    assert!(
        ratio < 24.0,
        "8 times the input took {ratio:.1} times as long"
    );
}

#[test]
fn work_is_linear_byte_by_byte() {
    let ratio =
        fastest(&event_of(1 << 20), 1).as_secs_f64() / fastest(&event_of(1 << 17), 1).as_secs_f64();
    assert!(
        ratio < 24.0,
        "8 times the input took {ratio:.1} times as long"
    );
}
