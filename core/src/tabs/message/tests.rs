//! Messages as bytes, with arbitrary content.

use core::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::connection::Instant;
use crate::stopwatch::fastest;
use crate::tabs::codec::Wire;
use crate::tabs::entry::Fact;
use crate::tabs::{Config, Election, Tab};

#[test]
fn what_a_later_version_adds_is_ignored() {
    let message = Message::decode(b"\x07\x02and more").expect("a message");
    assert_eq!(message.from, TabId(7));
    assert!(matches!(message.body, Body::Ping));
    assert!(Message::decode(b"\x07\x63").is_none());
    assert!(Message::decode(b"").is_none());
}

fn term(number: u64) -> Term {
    let leader = TabId(2);
    Term { number, leader }
}

fn standing(end: u64, number: u64, base: u64) -> Standing {
    let mut history = super::super::history::History::default();
    history.begin(term(number), base);
    Standing {
        history,
        end,
        ..Standing::default()
    }
}

/// Returns a message with these numbers in every place.
fn messages([a, b, c]: [u64; 3], names: &[&str], kind: u8) -> Message {
    let channels: Set<Box<str>> = names.iter().map(|name| (*name).into()).collect();
    let fact = match kind % 6 {
        0 => Fact::Added(channels.iter().cloned().collect()),
        1 => Fact::Left(channels.iter().cloned().collect()),
        2 => Fact::Gap(None),
        3 => Fact::Replay(Some(("a".into(), b.to_string().into()))),
        4 => Fact::Replay(None),
        _ => Fact::Event {
            channel: "a".into(),
            event_type: "message".into(),
            data: "x".into(),
            id: a.to_string().into(),
        },
    };
    let position = kind.is_multiple_of(3).then(|| b.to_string().into());
    let entry = Rc::new(Entry { fact, position });
    let entries = names.iter().map(|_| Rc::clone(&entry)).collect();
    let standing = standing(a, b, c);
    let body = match kind / 6 % 12 {
        0 => Body::Hello {
            channels,
            term: Some(term(a)),
            after: Some("5".into()),
            starts: vec![("a".into(), "5".into())],
        },
        1 => Body::Want {
            channels,
            starts: vec![("b".into(), a.to_string().into())],
        },
        2 => Body::Ping,
        3 => Body::Here,
        4 => Body::Beat(Box::new(Beat {
            term: term(b),
            end: c,
            tabs: [TabId(a), TabId(1)].into_iter().collect(),
            roll: true,
            state_number: a,
            state: State::Idle,
            standing: kind.is_multiple_of(2).then_some(standing),
            to: Some(TabId(1)),
            begin: Some(Begin::Behind(c)),
        })),
        5 => Body::Batch(Batch {
            term: term(b),
            first: a,
            entries,
            to: kind.is_multiple_of(2).then_some(TabId(1)),
            before: Some("7".into()),
        }),
        6 => Body::Resend {
            term: term(b),
            after: a,
        },
        7 => Body::Claim(Claim {
            term: term(b),
            standing,
        }),
        8 => Body::Have(Box::new(Have {
            term: Term {
                number: b,
                leader: TabId(1),
            },
            channels,
            has_leader: kind.is_multiple_of(2),
            standing: Some(standing),
            first: c,
            entries,
        })),
        9 => Body::Ask(TabId(a)),
        10 => Body::Replay(Box::new(Replay {
            term: term(b),
            to: TabId(a),
            start: ("a".into(), "5".into()),
            end: c,
            first: a,
            events: entries,
        })),
        _ => Body::Bye,
    };
    let from = TabId(3);
    Message { from, body }
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        0..20u64,
        (MOST - 5)..(MOST + 5),
        Just(1_700_000_000_000),
        Just(u64::MAX - 1),
        Just(u64::MAX),
    ]
}

proptest! {
    /// Tests check for overflow, so no sum may overflow either.
    #[test]
    fn no_message_makes_a_tab_panic(
        said in proptest::collection::vec((any::<[bool; 2]>(), [number(), number(), number()], any::<u8>()), 1..40),
        lease: bool,
    ) {
        let at = |seconds| Instant::from_origin(Duration::from_secs(seconds));
        let config = Config {
            election: if lease { Election::Lease } else { Election::Lock },
            last_event_id: "5".to_owned(),
            seed: 1,
            wall: Duration::from_secs(1_700_000_000),
            kept: 10,
        };
        let mut tab = Tab::new(at(1), config, [Box::from("a")]);
        let mut now = 1;
        for ([waits, locks], numbers, kind) in said {
            if waits {
                now += 2;
                tab.handle_timeout(at(now));
            }
            if locks {
                tab.handle_lock(at(now), numbers[0] % 2 == 0);
            }
            let bytes = messages(numbers, &["a", "b", "c"], kind).encode();
            if let Some(message) = Message::decode(&bytes) {
                tab.handle_message(at(now), &message);
            }
            while tab.poll_output().is_some() {}
        }
    }
}

/// The control is the time that it takes to sort the names.
#[test]
fn decoding_many_names_takes_hardly_longer_than_sorting_them() {
    let names: Vec<Box<str>> = (0..200_000u64)
        .map(|n| format!("{:x}", n.wrapping_mul(0x9E37_79B9_7F4A_7C15)).into())
        .collect();
    let (sorted, control) = fastest(|| {
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted
    });
    let mut bytes = b"\x07\x01".to_vec();
    names.write(&mut bytes);
    bytes.push(0);
    let (message, took) = fastest(|| Message::decode(&bytes).expect("a message"));
    let Body::Want { channels, .. } = message.body else {
        panic!("another");
    };
    assert!(channels.iter().eq(&sorted));
    assert!(took < control * 10, "{took:?} against {control:?}");
}
