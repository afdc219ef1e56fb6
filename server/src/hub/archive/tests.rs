use super::*;

const AGE: Duration = Duration::from_secs(60);

fn archive(of_channel: (usize, usize), total: (usize, usize)) -> Archive {
    let capacity = |(events, bytes)| Capacity { events, bytes };
    let history = History {
        channel: capacity(of_channel),
        total: capacity(total),
        age: AGE,
    };
    Archive::new(0, history)
}

fn pushed(seq: u64, channel: &str, length: usize) -> Pushed {
    Pushed {
        seq,
        published: Instant::now(),
        entry: Entry {
            channel: channel.into(),
            frame: vec![b'x'; length].into(),
            ends: false,
            only: None,
        },
    }
}

fn reply(seq: u64, connection: &str, channel: &str) -> Pushed {
    let mut pushed = pushed(seq, channel, 1);
    pushed.entry.only = Some(connection.into());
    pushed
}

fn kept(archive: &Archive) -> Vec<u64> {
    archive.between(0, u64::MAX).map(|(seq, _)| seq).collect()
}

fn missing(archive: &Archive, channel: &str) -> u64 {
    archive.missing("c")(channel)
}

#[test]
fn each_channel_keeps_its_newest() {
    let mut archive = archive((2, 10), (100, 100));
    archive.push(pushed(1, "quiet", 1));
    for seq in 2..=9 {
        archive.push(pushed(seq, "noisy", 1));
    }
    assert_eq!(kept(&archive), [1, 8, 9]);
    assert_eq!(missing(&archive, "quiet"), 0);
    assert_eq!(missing(&archive, "noisy"), 7);
    archive.push(pushed(10, "noisy", 10));
    assert_eq!(kept(&archive), [1, 10], "ten bytes are the bound");
    assert_eq!((archive.len(), archive.bytes()), (2, 11));
    let some: Vec<_> = archive.between(1, 9).map(|(seq, _)| seq).collect();
    assert_eq!(some, [0; 0]);
}

#[test]
fn the_channel_with_the_most_gives_way() {
    for total in [(6, 100), (100, 6)] {
        let mut archive = archive((100, 100), total);
        for (seq, channel) in (1..).zip(["a", "b", "b"]) {
            archive.push(pushed(seq, channel, 1));
        }
        for seq in 4..=20 {
            archive.push(pushed(seq, "noisy", 1));
        }
        assert_eq!(kept(&archive), [1, 2, 3, 18, 19, 20], "{total:?}");
        assert_eq!(missing(&archive, "noisy"), 17);
        assert_eq!((missing(&archive, "a"), missing(&archive, "b")), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_too_old_goes() {
    let mut archive = archive((100, 100), (100, 100));
    archive.push(pushed(1, "a", 1));
    archive.push(pushed(2, "b", 1));
    tokio::time::advance(AGE).await;
    archive.push(pushed(3, "a", 1));
    archive.expire(Instant::now(), 10);
    assert_eq!(kept(&archive), [1, 2, 3], "they are exactly old enough");
    tokio::time::advance(Duration::from_millis(1)).await;
    archive.expire(Instant::now(), 1);
    assert_eq!(kept(&archive), [2, 3], "one at once was asked for");
    archive.expire(Instant::now(), 10);
    assert_eq!(kept(&archive), [3]);
    assert_eq!((missing(&archive, "a"), missing(&archive, "b")), (1, 2));
}

#[test]
fn what_is_known_of_channels_without_entries_is_bounded() {
    let mut archive = archive((0, 0), (3, 100));
    for seq in 1..=5 {
        archive.push(pushed(seq, &format!("channel {seq}"), 1));
    }
    assert_eq!(archive.channels.len(), 3);
    assert_eq!(missing(&archive, "channel 5"), 5);
    assert_eq!(missing(&archive, "channel 1"), 2, "it may have had it");
    archive.push(pushed(6, "channel 1", 1));
    assert_eq!(missing(&archive, "channel 1"), 6);
    assert_eq!((archive.len(), archive.bytes()), (0, 0));
    assert_eq!((archive.by_share.len(), archive.emptied.len()), (0, 3));
}

#[test]
fn replies_do_not_take_the_place_of_events() {
    let mut archive = archive((2, 100), (100, 100));
    archive.push(pushed(1, "a", 1));
    for seq in 2..=9 {
        archive.push(reply(seq, "c", "a"));
    }
    assert_eq!(kept(&archive), [1, 8, 9]);
    assert_eq!(archive.missing("c")("a"), 7, "replies to it are missing");
    assert_eq!(archive.missing("other")("a"), 0);
}

#[test]
fn nothing_is_known_of_what_was_skipped() {
    let mut archive = archive((2, 100), (100, 100));
    archive.push(pushed(1, "a", 1));
    archive.skip_to(7);
    archive.push(pushed(8, "a", 1));
    assert_eq!(kept(&archive), [8]);
    assert_eq!((missing(&archive, "a"), missing(&archive, "b")), (7, 7));
}
