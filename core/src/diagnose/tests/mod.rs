//! Each fault from the facts that show it, and healthy facts that show none.

mod timing;

use core::time::Duration;

use super::{Compression, Connection, Facts, Finding, Replay, Watch, diagnose};
use crate::http::Response;

const URL: &str = "https://example.com/events";
const STREAM: &[(&str, &str)] = &[("Content-Type", "text/event-stream")];

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// How a connection goes on after its last bytes.
#[derive(Clone, Copy)]
enum Then {
    /// It stays open, and is watched until then.
    Open(u64),
    /// It ends cleanly.
    Clean(u64),
    /// It breaks off.
    Broken(u64),
}
use Then::{Broken, Clean, Open};

fn response(status: u16, headers: &[(&str, &str)], url: &str) -> Response {
    let own = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
    Response::new(status, headers.iter().map(own).collect(), url.to_owned())
}

/// Watches a connection whose bytes come at these times, in milliseconds.
fn connection<B: AsRef<[u8]>>(
    headers: &[(&str, &str)],
    chunks: impl IntoIterator<Item = (u64, B)>,
    then: Then,
) -> Connection {
    let mut watch = Watch::new();
    watch.answered(response(200, headers, URL));
    for (at, bytes) in chunks {
        watch.received(ms(at), bytes.as_ref());
    }
    match then {
        Open(at) => watch.finish(ms(at)),
        Clean(at) | Broken(at) => {
            watch.ended(ms(at), matches!(then, Clean(_)));
            watch.finish(ms(at))
        }
    }
}

/// Returns what is found in a single connection with an event stream.
fn found(chunks: &[(u64, &str)], then: Then) -> Vec<Finding> {
    facts([connection(STREAM, chunks.iter().copied(), then)])
}

fn facts(connections: impl IntoIterator<Item = Connection>) -> Vec<Finding> {
    let mut facts = Facts::new(URL);
    facts.connections.extend(connections);
    diagnose(&facts)
}

/// An event a second, with IDs from 1.
fn ticks(seconds: u64) -> impl Iterator<Item = (u64, String)> {
    (1..=seconds).map(|n| (n * 1000, format!("id: {n}\ndata: tick\n\n")))
}

#[test]
fn an_answer_that_is_no_stream_is_one_fault() {
    let html = [("content-type", "Text/HTML; charset=utf-8")];
    let json = [("content-type", "application/json")];
    let content_type = |content_type: &str| Finding::ContentType {
        content_type: Some(content_type.to_owned()),
    };
    let status = |status| Finding::Status { status };
    let login = |url: &str| Finding::LoginPage {
        url: url.to_owned(),
    };
    let elsewhere = "https://id.example/login?next=/events&state=secret";
    let masked = "https://id.example/login?next=…&state=…";
    for (answer, redirects, wanted) in [
        (response(200, &html, URL), 0, Finding::Html),
        (response(200, &html, elsewhere), 1, login(masked)),
        (response(401, &json, elsewhere), 2, login(masked)),
        (response(401, &json, URL), 0, status(401)),
        (response(404, &html, URL), 0, status(404)),
        (response(204, &[], URL), 0, status(204)),
        (response(503, STREAM, URL), 1, status(503)),
        (
            response(200, &json, URL),
            0,
            content_type("application/json"),
        ),
        (
            response(200, &json, elsewhere),
            1,
            content_type("application/json"),
        ),
        (
            response(200, &[], URL),
            0,
            Finding::ContentType { content_type: None },
        ),
    ] {
        let mut watch = Watch::new();
        for _ in 0..redirects {
            watch.redirected(302, &*answer.url);
        }
        watch.answered(answer.clone());
        watch.received(ms(1), b"no event, and no blank line");
        assert_eq!(facts([watch.finish(ms(20_000))]), [wanted], "{answer:?}");
    }
}

#[test]
fn without_an_answer_the_reason_is_told() {
    let mut refused = Watch::new();
    refused.failed("connection refused");
    let reason = "connection refused".to_owned();
    assert_eq!(
        facts([refused.finish(ms(1))]),
        [Finding::Unreachable { reason }]
    );
    let after = ms(20_000);
    assert_eq!(
        facts([Watch::new().finish(after)]),
        [Finding::NoAnswer { after }]
    );
    let mut circle = Watch::new();
    for _ in 0..20 {
        circle.redirected(302, URL);
    }
    circle.failed("too many redirects");
    assert_eq!(
        facts([circle.finish(ms(1))]),
        [Finding::RedirectLoop { count: 20 }]
    );
    assert_eq!(diagnose(&Facts::new(URL)), []);
}

#[test]
fn headers_that_do_not_belong_to_a_stream_are_found() {
    let of = |headers: &[(&str, &str)]| facts([connection(headers, ticks(2), Clean(2000))]);
    let content_type = |value| of(&[("content-type", value)]);
    let charset = |charset: &str| Finding::Charset {
        charset: charset.to_owned(),
    };
    assert_eq!(
        content_type("text/event-stream; charset=ISO-8859-1"),
        [charset("ISO-8859-1")]
    );
    assert_eq!(
        content_type("text/event-stream;a=b; Charset=\"latin1\""),
        [charset("latin1")]
    );
    for healthy in [
        "text/event-stream",
        "text/event-stream; charset=utf-8",
        "text/event-stream;charset=\"UTF-8\"",
        "Text/Event-Stream; charset=utf8; version=1",
    ] {
        assert_eq!(content_type(healthy), [], "{healthy}");
    }
    let length = "58".to_owned();
    assert_eq!(
        of(&[STREAM[0], ("CONTENT-LENGTH", "58")]),
        [Finding::ContentLength { length }]
    );
    let mut facts = Facts::new(URL);
    facts
        .connections
        .push(connection(STREAM, ticks(2), Clean(2000)));
    facts.compressed = Some(Compression::Named("gzip".to_owned()));
    let encoding = Some("gzip".to_owned());
    assert_eq!(diagnose(&facts), [Finding::Compressed { encoding }]);
    facts.compressed = Some(Compression::Withheld);
    let encoding = None;
    assert_eq!(diagnose(&facts), [Finding::Compressed { encoding }]);
}

#[test]
fn data_without_a_blank_line_is_found() {
    let lines = |lines| [Finding::NoBlankLine { lines }];
    let each_second = [
        (1000, "data: 1\n"),
        (2000, "data: 2\n"),
        (3000, "data: 3\n"),
    ];
    assert_eq!(found(&each_second, Open(3500)), lines(3));
    assert_eq!(found(&each_second, Clean(3000)), lines(3));
    assert_eq!(found(&[(0, "id: 1\ndata: 1\n")], Open(2000)), lines(1));
    // It might be under way.
    assert_eq!(found(&[(0, "id: 1\ndata: 1\n")], Open(1900)), []);
    // A large event comes in pieces that end anywhere.
    let pieces = [
        (0, "data: a"),
        (1000, "b\nda"),
        (2000, "ta: c"),
        (3000, "\n\n"),
    ];
    assert_eq!(found(&pieces, Open(6000)), []);
    // A server that writes the lines of an event one by one.
    let lines_of_one = [
        (0, "id: 1\n"),
        (1, "data: 1\n"),
        (50, "data: 2\n"),
        (60, "\n"),
    ];
    assert_eq!(found(&lines_of_one, Open(6000)), []);
    // One event without its blank line among others is no rule.
    let one_of_two = [
        (0, "id: 1\ndata: 1\n\n"),
        (1000, "data: 2\n"),
        (2000, "data: 3\n"),
    ];
    assert_eq!(found(&one_of_two, Open(6000)), []);
    let open = |chunks: &[(u64, &str)]| connection(STREAM, chunks.iter().copied(), Open(6000)).open;
    assert_eq!(open(&one_of_two).map(|open| open.pauses), Some(2));
    assert_eq!(open(&lines_of_one), None);
}

#[test]
fn an_unfinished_event_is_found_at_a_clean_end_alone() {
    let chunks = [(0, "id: 1\ndata: a\n\nid: 2\ndata: b\n")];
    assert_eq!(found(&chunks, Clean(10)), [Finding::Unfinished]);
    assert_eq!(
        found(&[(0, "data: [DONE]")], Clean(10)),
        [Finding::Unfinished]
    );
    // Without data it is no event.
    assert_eq!(found(&[(0, "id: 1\ndata: a\n\nid: 2\n")], Clean(10)), []);
    let after = ms(10);
    assert_eq!(found(&chunks, Broken(10)), [Finding::BrokenOff { after }]);
}

#[test]
fn bytes_that_are_not_utf8_are_found() {
    let of = |chunks: &[&[u8]]| {
        let chunks = chunks.iter().enumerate();
        let chunks = chunks.map(|(at, bytes)| (at as u64 * 100, *bytes));
        facts([connection(STREAM, chunks, Clean(1000))])
    };
    assert_eq!(of(&[b"id: 1\ndata: Stra\xDFe\n\n"]), [Finding::NotUtf8]);
    assert_eq!(of(&[b"id: 1\ndata: \xE2", b"\n\n"]), [Finding::NotUtf8]);
    assert_eq!(of(&[b"id: 1\ndata: \xE2", b"\x82", b"\xAC\n\n"]), []);
}

#[test]
fn ids_and_what_they_are_good_for() {
    let event = [(1, "data: a\n\n"), (2, "data: b\n\n")];
    assert_eq!(found(&event, Open(1000)), [Finding::NoIds { events: 2 }]);
    // A greeting.
    assert_eq!(found(&event[..1], Open(1000)), []);
    let with_replay = |missed: &[&str], received: &[&str], is_stream| {
        let own = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect();
        let mut facts = Facts::new(URL);
        facts
            .connections
            .push(connection(STREAM, ticks(3), Open(5000)));
        facts.replay = Some(Replay {
            asked: "2".to_owned(),
            missed: own(missed),
            received: own(received),
            is_stream,
        });
        diagnose(&facts)
    };
    let asked = || "2".to_owned();
    let not_replayed = [Finding::NotReplayed { asked: asked() }];
    let starts_over = [Finding::StartsOver { asked: asked() }];
    assert_eq!(with_replay(&["3"], &["3", "4"], true), []);
    assert_eq!(with_replay(&["3", "4"], &["5"], true), not_replayed);
    assert_eq!(with_replay(&["3", "4"], &["4"], true), not_replayed);
    assert_eq!(with_replay(&["3"], &[], true), not_replayed);
    assert_eq!(with_replay(&["3"], &["1", "2", "3"], true), starts_over);
    // A greeting with the ID that was asked for.
    assert_eq!(with_replay(&["3"], &["2", "3"], true), []);
    assert_eq!(with_replay(&["3"], &["2", "4"], true), not_replayed);
    assert_eq!(with_replay(&[], &["5"], true), []);
    assert_eq!(with_replay(&["3"], &[], false), []);
}

#[test]
fn healthy_streams_have_no_fault() {
    assert_eq!(facts([connection(STREAM, ticks(20), Open(20_000))]), []);
    // CRLF, a byte order mark, the ID behind the data, comments each 15 s.
    let chunks = [
        (0, "\u{FEFF}: hello\r\n\r\n"),
        (10, "retry: 2000\r\ndata: a\r\nid: 1\r\n\r\n"),
        (15_000, ": ping\r\n\r\n"),
    ];
    assert_eq!(found(&chunks, Open(19_900)), []);
    // A fast stream, in chunks that end anywhere.
    let event = |n: u32| format!("id: {n}\ndata: {n}\n\n");
    let all = (0..5000).map(event).collect::<Vec<_>>().concat();
    let chunks = all.as_bytes().chunks(1400).enumerate();
    let chunks = chunks.map(|(at, bytes)| (at as u64 * 5, bytes));
    assert_eq!(facts([connection(STREAM, chunks, Open(10_000))]), []);
    // An answer that ends.
    assert_eq!(facts([connection(STREAM, ticks(3), Clean(3000))]), []);
}

#[test]
fn each_finding_says_what_it_means_and_what_to_change() {
    let seconds = ms(60_000);
    let text = String::new;
    let findings = [
        Finding::Unreachable { reason: text() },
        Finding::NoAnswer { after: seconds },
        Finding::RedirectLoop { count: 20 },
        Finding::LoginPage { url: text() },
        Finding::Status { status: 500 },
        Finding::Html,
        Finding::ContentType { content_type: None },
        Finding::NoBlankLine { lines: 1 },
        Finding::NotUtf8,
        Finding::Unfinished,
        Finding::Buffered {
            bytes: 1,
            silence: seconds,
        },
        Finding::CutInSilence { after: seconds },
        Finding::CutAtAge { after: seconds },
        Finding::BrokenOff { after: seconds },
        Finding::NoHeartbeat { silence: seconds },
        Finding::Compressed { encoding: None },
        Finding::ContentLength { length: text() },
        Finding::Charset { charset: text() },
        Finding::NoIds { events: 2 },
        Finding::NotReplayed { asked: text() },
        Finding::StartsOver { asked: text() },
    ];
    let mut codes: Vec<&str> = findings.iter().map(Finding::code).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), findings.len(), "a code names one fault");
    for finding in findings {
        for sentence in [&finding.to_string(), finding.meaning(), finding.remedy()] {
            assert!(sentence.ends_with('.'), "{finding:?}: {sentence}");
        }
    }
}
