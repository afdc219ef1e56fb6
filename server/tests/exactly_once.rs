//! Each channel's events arrive once and in order, from where the channel began. That holds for any
//! order of publishing, changes of the set and cut connections.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use everstream_server::{hub::Hub, sse::Event};
use proptest::prelude::*;
use serde_json::json;
use support::{Served, Stream, field, position};

const CHANNELS: [&str; 4] = ["a", "b", "c", "d"];

/// One step of a client or of a publisher.
#[derive(Clone, Debug)]
enum Step {
    /// Publishes events to a channel.
    Publish(usize, u8),
    /// Asks for a set, with one bit for each channel. The request before may arrive later.
    Control { set: u8, overtaken: bool },
    /// Breaks the connection, and opens another from the last event ID.
    Reconnect,
    /// Reads what there is, up to this number of frames.
    Read(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..CHANNELS.len(), 1..20_u8).prop_map(|(channel, n)| Step::Publish(channel, n)),
        2 => (0..16_u8, any::<bool>())
            .prop_map(|(set, overtaken)| Step::Control { set, overtaken }),
        1 => Just(Step::Reconnect),
        3 => (1..30_u8).prop_map(Step::Read),
    ]
}

/// The knowledge of a client, and a model of the events that it must receive.
struct Client<'a> {
    served: &'a Served,
    stream: Stream,
    revision: u64,
    /// The sets that were asked for and haven't been announced yet.
    asked: BTreeMap<u64, BTreeSet<&'static str>>,
    in_force: BTreeSet<&'static str>,
    position: String,
    seq: u64,
    /// The channel of each entry of the log.
    log: Vec<&'static str>,
}

fn channels(set: u8) -> BTreeSet<&'static str> {
    let bits = CHANNELS.into_iter().enumerate();
    bits.filter(|(bit, _)| set & (1 << bit) != 0)
        .map(|(_, channel)| channel)
        .collect()
}

impl Client<'_> {
    async fn publish(&mut self, channel: usize, count: u8) {
        for _ in 0..count {
            let channel = CHANNELS[channel];
            self.served
                .hub
                .publish(channel, Event::new("x"))
                .await
                .unwrap();
            self.log.push(channel);
        }
    }

    async fn control(&mut self, set: u8, overtaken: bool) {
        let set = channels(set);
        let names: Vec<_> = set.iter().copied().collect();
        let older: Vec<_> = CHANNELS.to_vec();
        self.revision += 2;
        let newer = self.served.control(&self.stream, self.revision, &names);
        assert_eq!(newer.status().await, 202);
        self.asked.insert(self.revision, set);
        if overtaken {
            let late = self.served.control(&self.stream, self.revision - 1, &older);
            assert_eq!(late.status().await, 202);
        }
    }

    async fn reconnect(&mut self) {
        // The set that the client asked for last is in force, announced or not. Its new channels
        // begin at the connection's last event ID, since the client was never without them.
        if let Some((_, set)) = self.asked.pop_last() {
            self.in_force = set;
        }
        self.asked.clear();
        self.revision = 0;
        let query: Vec<_> = self
            .in_force
            .iter()
            .map(|c| format!("channel={c}"))
            .collect();
        let query = format!("?{}", query.join("&"));
        let request = self
            .served
            .get(&query)
            .header("Last-Event-ID", &self.position);
        self.stream = Stream::of(request.send().await.unwrap()).await;
    }

    async fn read(&mut self, count: u8) {
        for _ in 0..count {
            if !self.has_more() {
                return;
            }
            self.read_one().await;
        }
    }

    /// Whether the model still expects an announcement or an event.
    fn has_more(&self) -> bool {
        !self.asked.is_empty() || self.next_event().is_some()
    }

    /// Returns the next entry of the set in force.
    fn next_event(&self) -> Option<u64> {
        let after = usize::try_from(self.seq).unwrap();
        let entries = self.log.iter().enumerate().skip(after);
        let mut wanted = entries.filter(|(_, channel)| self.in_force.contains(*channel));
        wanted.next().map(|(at, _)| at as u64 + 1)
    }

    async fn read_one(&mut self) {
        let frame = self.stream.next().await;
        position(&frame).clone_into(&mut self.position);
        let seq: u64 = self.position.rsplit_once('-').unwrap().1.parse().unwrap();
        if field(&frame, "event") == Some("@subscribed") {
            let revision = support::data(&frame)["revision"].as_u64().unwrap();
            let newer = self.asked.split_off(&(revision + 1));
            let older = std::mem::replace(&mut self.asked, newer);
            // The old set holds up to this frame, so none of its events may be missing. An
            // announcement may stand for several sets; then only the events of channels that are in
            // all of them must have arrived.
            if older.len() > 1 {
                let in_all = |channel: &&str| older.values().all(|set| set.contains(channel));
                self.in_force.retain(in_all);
            }
            assert!(
                self.next_event().is_none_or(|next| next > seq),
                "{frame} leaves out {:?} of {:?}",
                self.next_event(),
                self.in_force
            );
            let (announced, set) = older.into_iter().next_back().unwrap();
            assert_eq!(announced, revision);
            self.in_force = set;
        } else {
            assert_eq!(
                Some(seq),
                self.next_event(),
                "{frame} in {:?}",
                self.in_force
            );
        }
        self.seq = seq;
    }
}

async fn run(steps: Vec<Step>, queue: usize) {
    let served = Served::start(Hub::builder().client_queue(queue, 1 << 20)).await;
    let stream = served.open("?channel=a").await;
    let mut client = Client {
        served: &served,
        revision: 0,
        asked: BTreeMap::new(),
        in_force: BTreeSet::from(["a"]),
        position: position(&stream.first).to_owned(),
        seq: 0,
        log: Vec::new(),
        stream,
    };
    for step in steps {
        match step {
            Step::Publish(channel, count) => client.publish(channel, count).await,
            Step::Control { set, overtaken } => client.control(set, overtaken).await,
            Step::Reconnect => client.reconnect().await,
            Step::Read(count) => client.read(count).await,
        }
    }
    while client.has_more() {
        client.read_one().await;
    }
    // No other frame may be on its way: the next frame is the next event published.
    client.in_force = channels(15);
    client.control(15, false).await;
    client.publish(0, 1).await;
    let last = json!({ "revision": client.revision });
    assert_eq!(support::data(&client.stream.next().await), last);
    let frame = client.stream.next().await;
    assert!(
        position(&frame).ends_with(&format!("-{}", client.log.len())),
        "{frame}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn each_event_once_and_in_order(
        steps in prop::collection::vec(step(), 1..40),
        queue in 1..20_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run(steps, queue));
    }
}

#[tokio::test]
async fn control_requests_in_any_order_leave_the_newest_in_force() {
    let served = Served::start(Hub::builder()).await;
    let mut stream = served.open("").await;
    let sets = [&["a"][..], &["b"], &["c"], &["d"]];
    let requests = (1_u64..)
        .zip(sets)
        .map(|(revision, set)| served.control(&stream, revision, set));
    // All requests are on their way at once, on four connections.
    let statuses = futures_util::future::join_all(requests.map(support::Request::status)).await;
    assert_eq!(statuses, [202; 4]);
    for channel in CHANNELS {
        served.publish(channel, &[channel]).await;
    }
    loop {
        let brief = stream.brief().await;
        if !brief.starts_with("@subscribed") {
            assert_eq!(brief, "d 4: d");
            break;
        }
    }
    assert_eq!(served.hub.connections()[0].revision, 4);
}
