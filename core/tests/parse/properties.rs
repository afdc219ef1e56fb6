//! Generated streams: any chunking must give the same outcome as one chunk and as the reference model.

use everstream_core::parse::Parser;
use proptest::prelude::*;

use crate::reference::interpret;
use crate::run::{cut, run};

/// Generates streams from tokens that matter to the grammar, and from noise.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        4 => Just(&b"\n"[..]),
        2 => Just(&b"\r"[..]),
        2 => Just(&b"\r\n"[..]),
        3 => Just(&b"data:"[..]),
        2 => Just(&b"data"[..]),
        2 => Just(&b"event:"[..]),
        2 => Just(&b"id:"[..]),
        1 => Just(&b"id: 7"[..]),
        1 => Just(&b"id: \0"[..]),
        1 => Just(&b"retry: 12"[..]),
        1 => Just(&b"retry:"[..]),
        2 => Just(&b":"[..]),
        2 => Just(&b" "[..]),
        2 => Just(&b"x"[..]),
        1 => Just(&b"\xEF\xBB\xBF"[..]),
        1 => Just(&b"\xE2\x82\xAC"[..]),
        1 => Just(&b"\xF0\x9F"[..]),
        1 => Just(&b"\x80"[..]),
        1 => Just(&b"\xFF"[..]),
    ];
    prop::collection::vec(token, 0..60).prop_map(|tokens| tokens.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn one_chunk_is_what_the_standard_says(body in stream()) {
        let parser = Parser::new().with_last_event_id("seed");
        prop_assert_eq!(run(parser, [&body[..]]), interpret(&body, "seed"));
    }

    #[test]
    fn chunking_changes_nothing(body in stream(), places in prop::collection::vec(any::<usize>(), 0..8)) {
        let whole = run(Parser::new(), [&body[..]]);
        prop_assert_eq!(run(Parser::new(), cut(&body, &places)), whole);
    }

    #[test]
    fn chunking_changes_nothing_under_a_small_limit(
        body in stream(),
        places in prop::collection::vec(any::<usize>(), 0..8),
        limit in 0usize..24,
    ) {
        let parser = || Parser::new().with_max_event_size(limit);
        let whole = run(parser(), [&body[..]]);
        prop_assert_eq!(run(parser(), cut(&body, &places)), whole);
    }

    #[test]
    fn any_bytes_are_taken(body in prop::collection::vec(any::<u8>(), 0..200), places in prop::collection::vec(any::<usize>(), 0..8)) {
        let outcome = run(Parser::new(), cut(&body, &places));
        prop_assert_eq!(outcome, interpret(&body, ""));
    }
}
