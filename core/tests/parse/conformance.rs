//! Runs each case of the table whole, cut in two at every byte, and byte by byte.

use everstream_core::parse::Parser;

use crate::cases::{CASES, Case};
use crate::run::{Outcome, run};

fn parser() -> Parser {
    Parser::new().with_last_event_id("seed")
}

fn expected(case: &Case) -> Outcome {
    Outcome {
        events: case
            .events
            .iter()
            .map(|(event_type, data, id)| {
                Ok((
                    (*event_type).to_owned(),
                    (*data).to_owned(),
                    (*id).to_owned(),
                ))
            })
            .collect(),
        comments: case.comments.iter().map(|&text| text.to_owned()).collect(),
        retries: case.retries.to_vec(),
        last_event_id: case.last_event_id.to_owned(),
    }
}

#[test]
fn the_table_is_large_enough() {
    assert!(CASES.len() >= 60, "{} cases", CASES.len());
}

#[test]
fn whole() {
    for case in CASES {
        assert_eq!(run(parser(), [case.body]), expected(case), "{}", case.name);
    }
}

#[test]
fn cut_in_two_at_every_byte() {
    for case in CASES {
        for at in 0..=case.body.len() {
            let (head, tail) = case.body.split_at(at);
            let outcome = run(parser(), [head, tail]);
            assert_eq!(outcome, expected(case), "{} cut at {at}", case.name);
        }
    }
}

#[test]
fn cut_in_three_at_every_pair_of_bytes() {
    for case in CASES {
        for second in 0..=case.body.len() {
            for first in 0..=second {
                let (head, tail) = case.body.split_at(second);
                let (start, middle) = head.split_at(first);
                let outcome = run(parser(), [start, middle, tail]);
                assert_eq!(
                    outcome,
                    expected(case),
                    "{} cut at {first} and {second}",
                    case.name
                );
            }
        }
    }
}

#[test]
fn byte_by_byte() {
    for case in CASES {
        let outcome = run(parser(), case.body.chunks(1));
        assert_eq!(outcome, expected(case), "{}", case.name);
    }
}

#[test]
fn the_reference_model_agrees_with_the_table() {
    for case in CASES {
        let outcome = crate::reference::interpret(case.body, "seed");
        assert_eq!(outcome, expected(case), "{}", case.name);
    }
}

#[test]
fn an_event_ended_by_cr_does_not_wait_for_the_next_byte() {
    let outcome = run(parser(), [&b"data: now\r\r"[..]]);
    assert_eq!(outcome.events.len(), 1);
}

#[test]
fn the_last_event_id_outlives_a_restart() {
    use everstream_core::parse::Frame;

    let mut parser = Parser::new();
    assert!(
        parser
            .feed(b"id: 4\ndata: a\n\nid: 5\ndata: lost")
            .next()
            .is_some()
    );
    assert_eq!(parser.last_event_id(), "4");
    parser.restart();
    let mut frames = parser.feed(b"data: b\n\n");
    let Some(Ok(Frame::Event(event))) = frames.next() else {
        panic!("an event")
    };
    assert_eq!((event.data, event.last_event_id), ("b", "4"));
}
