//! Bursts, silence and cuts.

use super::Then::{Broken, Clean, Open};
use super::{STREAM, connection, facts, found, ms, ticks};
use crate::diagnose::Finding;

/// A stream of 100 bytes each 50 ms that a buffer hands on in pieces.
fn through_a_buffer(size: usize) -> Vec<(u64, Vec<u8>)> {
    let event = |n: u32| format!("id: {n:<5}\ndata: {}\n\n", "x".repeat(80));
    let all = (0..400).map(event).collect::<Vec<_>>().concat();
    let full = |(at, bytes): (usize, &[u8])| ((at as u64 + 1) * 3000, bytes.to_vec());
    all.as_bytes()
        .chunks_exact(size)
        .enumerate()
        .map(full)
        .collect()
}

#[test]
fn bursts_that_end_within_an_event_come_from_a_buffer() {
    for (size, silence) in [(15_000, 3000), (4096, 3000), (1024, 3000)] {
        let chunks: Vec<_> = through_a_buffer(size).into_iter().take(2).collect();
        let seen = connection(STREAM, chunks, Open(9000));
        let silence = ms(silence);
        let bytes = size;
        assert_eq!(
            facts([seen]),
            [Finding::Buffered { bytes, silence }],
            "{size}"
        );
    }
    // A slow line stalls within an event once.
    let chunks: Vec<_> = through_a_buffer(15_000).into_iter().take(1).collect();
    assert_eq!(facts([connection(STREAM, chunks, Open(9000))]), []);
    // A server that sends whole events in batches, of whatever size.
    let batch = |n: u64| (n * 3000, format!("id: {n}\ndata: a\n\n").repeat(1000));
    let batches = (1..5).map(batch);
    assert_eq!(facts([connection(STREAM, batches, Open(15_000))]), []);
}

#[test]
fn comments_that_come_together_were_held_back() {
    let pings = ": ping\n\n".repeat(3);
    let bytes = pings.len();
    let silence = ms(9000);
    assert_eq!(
        found(&[(0, "id: 1\ndata: a\n\n"), (9000, &pings)], Open(10_000)),
        [Finding::Buffered { bytes, silence }]
    );
    // Padding at the beginning, for browsers and proxies that wait for the first 2 KiB.
    assert_eq!(found(&[(5, &":\n".repeat(1024))], Open(10_000)), []);
    assert_eq!(found(&[(9000, ": ping\n\n")], Open(10_000)), []);
}

#[test]
fn an_answer_that_comes_as_a_whole_after_a_while_was_held_back() {
    let whole = "data: token\n\n".repeat(40);
    let silence = ms(8000);
    let bytes = whole.len();
    let with_id = format!("id: 1\n{whole}");
    assert_eq!(
        found(&[(8000, &with_id)], Clean(8010)),
        [Finding::Buffered {
            bytes: bytes + 6,
            silence
        }]
    );
    // A result that takes a while to compute.
    assert_eq!(found(&[(8000, "id: 1\ndata: 42\n\n")], Clean(8010)), []);
    assert_eq!(found(&[(100, &with_id)], Clean(110)), []);
}

#[test]
fn cuts_are_told_apart_by_what_came_before_them() {
    let event = [(100, "id: 1\ndata: a\n\n")];
    let cut = |at| connection(STREAM, event, Broken(at));
    let after = ms(60_000);
    assert_eq!(
        facts([cut(60_100), cut(60_100)]),
        [Finding::CutInSilence { after }]
    );
    let after = ms(2000);
    assert_eq!(facts([cut(2100)]), [Finding::CutInSilence { after }]);
    let busy = |at| connection(STREAM, ticks(10), Broken(at));
    let after = ms(10_100);
    assert_eq!(
        facts([busy(10_100), busy(10_500)]),
        [Finding::CutAtAge { after }]
    );
    assert_eq!(facts([busy(10_100)]), [Finding::BrokenOff { after }]);
    // A server that crashes comes back, and stays.
    let stays = connection(STREAM, ticks(10), Open(10_500));
    assert_eq!(facts([busy(10_100), stays]), [Finding::BrokenOff { after }]);
    // The end of a stream is the server's business.
    let ends = || connection(STREAM, event, Clean(9000));
    assert_eq!(facts([ends(), ends()]), []);
}

#[test]
fn silence_without_a_comment_is_no_heartbeat() {
    let event = (100, "id: 1\ndata: a\n\n");
    let silence = |silence| {
        [Finding::NoHeartbeat {
            silence: ms(silence),
        }]
    };
    assert_eq!(found(&[event], Open(16_100)), silence(16_000));
    assert_eq!(found(&[], Open(19_800)), silence(19_800));
    assert_eq!(found(&[event], Open(16_000)), []);
    let ping = |at| (at, ": ping\n\n");
    assert_eq!(found(&[event, ping(15_100)], Open(19_800)), []);
    // A heartbeat of 40 s, as Mercure has it.
    assert_eq!(found(&[event, ping(40_100)], Open(70_000)), []);
    assert_eq!(found(&[event, ping(60_100)], Open(70_000)), silence(60_000));
}
