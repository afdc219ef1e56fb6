//! Connections that are behind, and what becomes of them.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::*;
use crate::hub::{
    Limits, Refusal,
    archive::History,
    outbox::{Bound, Outbox, Take},
};

/// A switchboard with one connection, whose queue takes one event.
struct Client {
    switchboard: Mutex<Switchboard>,
    key: Key,
    outbox: Arc<Outbox>,
    revision: u64,
    text: String,
}

fn wish(switchboard: &Mutex<Switchboard>, channels: &[&str]) -> Wish {
    Wish {
        identity: String::new(),
        judged: switchboard.lock().head(),
        channels: channels.iter().map(|channel| (*channel).into()).collect(),
        from: HashMap::new(),
        floors: HashMap::new(),
        refused: Vec::new(),
    }
}

impl Client {
    async fn open(channels: &[&str], kept: usize) -> Self {
        let capacity = Capacity {
            events: kept,
            bytes: 1 << 20,
        };
        let switchboard = Mutex::new(Switchboard::new(
            "e".into(),
            0,
            capacity,
            History::NONE,
            false,
        ));
        let newcomer = Newcomer {
            connection: "c".into(),
            begin: Begin::Now,
            bound: Bound {
                events: 1,
                bytes: 1 << 10,
            },
            expires: None,
            hangup: None,
        };
        let (wish, limits) = (wish(&switchboard, channels), Limits::default());
        let joined = join(&switchboard, newcomer, &wish, &limits, |_| Bytes::new()).await;
        let Joined::In(key, outbox) = joined else {
            panic!("{joined:?}");
        };
        let mut client = Self {
            switchboard,
            key,
            outbox,
            revision: 0,
            text: String::new(),
        };
        client.read();
        client
    }

    /// Publishes to each of these channels.
    fn publish(&self, channels: &[&str]) {
        for channel in channels {
            let mut switchboard = self.switchboard.lock();
            switchboard.deliver(channel, false, |position| {
                wire::event(channel, None, "x", position).at(position)
            });
        }
    }

    fn complete(&self, channel: &str) {
        let mut switchboard = self.switchboard.lock();
        switchboard.deliver(channel, true, |position| {
            wire::complete(channel, position).at(position)
        });
    }

    async fn change(&mut self, channels: &[&str], from: &[(&str, Begin)]) {
        let mut wish = wish(&self.switchboard, channels);
        let from = from.iter();
        wish.from = from
            .map(|(channel, begin)| (channel.to_string(), begin.clone()))
            .collect();
        self.revision += 1;
        let changed = change(&self.switchboard, "c", self.revision, &wish).await;
        assert_eq!(changed, Change::Taken);
    }

    /// Takes what is written at once. Returns whether there was anything.
    fn read_some(&mut self) -> bool {
        match self.outbox.take() {
            Take::Frames(frames) => self.text += std::str::from_utf8(&frames).unwrap(),
            Take::CatchUp => {
                let caught_up = self.switchboard.lock().catch_up(self.key);
                if let CaughtUp::Older { after, until } = caught_up {
                    // A log in memory has nothing older.
                    let mut switchboard = self.switchboard.lock();
                    switchboard.catch_up_with(self.key, "e", after, until, &[]);
                }
            }
            Take::Nothing | Take::Closed => return false,
        }
        true
    }

    /// Takes everything there is, as each frame's event and number.
    fn read(&mut self) -> Vec<String> {
        while self.read_some() {}
        self.briefs()
    }

    fn briefs(&mut self) -> Vec<String> {
        let text = std::mem::take(&mut self.text);
        let frames = text.split("\n\n").filter(|frame| !frame.is_empty());
        let briefs = frames.map(|frame| {
            let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name));
            let id = field("id: e-").unwrap_or("-");
            format!("{} {id}", field("event: ").unwrap())
        });
        briefs.collect()
    }
}

fn after(seq: u64) -> Begin {
    Begin::After(Position::new("e".into(), seq))
}

#[tokio::test]
async fn a_second_and_earlier_replay_repeats_nothing_of_the_first() {
    let mut client = Client::open(&["a"], 100).await;
    client.publish(&["c", "b", "c", "b", "c"]);
    client.change(&["a", "b"], &[("b", after(1))]).await;
    // The first replay has come as far as its first event.
    while !client.text.contains("event: b\n") {
        assert!(client.read_some());
    }
    assert_eq!(client.briefs(), ["@subscribed 5", "b 2"]);
    client.change(&["a", "b", "c"], &[("c", after(0))]).await;
    assert_eq!(client.read(), ["@subscribed 5", "c 1", "c 3", "b 4", "c 5"]);
    client.publish(&["b"]);
    assert_eq!(client.read(), ["b 6"]);
}

#[tokio::test]
async fn a_channel_that_ends_while_its_client_is_behind_ends_where_it_ended() {
    let mut client = Client::open(&["a", "b"], 100).await;
    client.publish(&["a", "a"]);
    client.complete("a");
    client.publish(&["a", "b"]);
    assert_eq!(client.read(), ["a 1", "a 2", "@complete a 3", "b 5"]);
    assert!(client.switchboard.lock().by_channel.get("a").is_none());
    client.publish(&["a", "b"]);
    assert_eq!(client.read(), ["b 7"]);
}

#[tokio::test]
async fn a_channel_that_ends_in_its_replay_ends_there() {
    let mut client = Client::open(&["a"], 100).await;
    client.publish(&["b"]);
    client.complete("b");
    client.publish(&["b"]);
    client.change(&["a", "b"], &[("b", after(0))]).await;
    assert_eq!(client.read(), ["@subscribed 3", "b 1", "@complete b 2"]);
    assert!(client.switchboard.lock().by_channel.get("b").is_none());
}

#[tokio::test]
async fn now_is_now_also_for_a_client_that_is_behind() {
    let mut client = Client::open(&["a"], 100).await;
    client.publish(&["a", "a", "b", "a"]);
    client.change(&["a", "b"], &[("b", Begin::Now)]).await;
    client.publish(&["b"]);
    let expected = ["a 1", "@subscribed 1", "a 2", "a 4", "b 5"];
    assert_eq!(client.read(), expected, "b 3 was before");
}

#[tokio::test]
async fn a_beginning_behind_a_replay_takes_its_place() {
    let mut client = Client::open(&["a"], 100).await;
    client.publish(&["b", "b", "b"]);
    client.change(&["a", "b"], &[("b", after(0))]).await;
    client.change(&["a", "b"], &[("b", after(2))]).await;
    // The channel goes on from now on, so what the replay still has to bring is not skipped.
    client.change(&["a", "b"], &[("b", Begin::Now)]).await;
    assert_eq!(client.read(), ["@subscribed 3", "b 3"]);
    // A channel that leaves takes its replay along.
    client.change(&["a", "b"], &[("b", after(0))]).await;
    client.change(&["a"], &[]).await;
    assert_eq!(client.read(), ["@subscribed 3"]);
}

#[tokio::test]
async fn a_beginning_ahead_of_a_client_that_is_behind_holds() {
    let mut client = Client::open(&["a"], 100).await;
    client.publish(&["a", "a", "b", "b", "a"]);
    client.change(&["a", "b"], &[("b", after(3))]).await;
    assert_eq!(client.read(), ["a 1", "@subscribed 1", "a 2", "b 4", "a 5"]);
}

#[tokio::test]
async fn what_was_trimmed_before_it_was_read_is_a_gap() {
    let mut client = Client::open(&["a", "b"], 2).await;
    client.publish(&["a", "a", "b", "a", "a"]);
    assert_eq!(client.read(), ["a 1", "@gap 3", "a 4", "a 5"]);
}

#[tokio::test]
async fn a_heartbeat_is_for_those_who_have_everything() {
    let mut client = Client::open(&["a"], 100).await;
    let ping = |client: &Client| client.switchboard.lock().ping(client.key).is_some();
    assert!(ping(&client));
    client.publish(&["a"]);
    assert!(!ping(&client), "something waits");
    client.publish(&["a"]);
    assert!(client.read_some());
    assert!(
        !ping(&client),
        "its position would be ahead of what was sent"
    );
    client.read();
    assert!(ping(&client));
}

#[tokio::test]
async fn who_asks_and_asks_and_reads_nothing_is_let_go_of() {
    let mut client = Client::open(&["a"], 100).await;
    let mut asked = 0;
    loop {
        let mut wish = wish(&client.switchboard, &["a"]);
        wish.refused = vec![("b".to_owned(), Refusal::new("no", "x".repeat(100)))];
        client.revision += 1;
        asked += 1;
        change(&client.switchboard, "c", client.revision, &wish).await;
        if client.switchboard.lock().subscribers[&client.key].revision < client.revision {
            break;
        }
        assert!(asked < 100, "two kibibytes are the bound");
    }
    let frames = client.read();
    assert_eq!(client.outbox.take(), Take::Closed);
    assert_eq!(
        frames.len(),
        2 * (asked - 1),
        "what was asked last is not answered"
    );
}
