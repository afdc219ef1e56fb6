//! One schedule: its nodes and clients, and what happens to them.

use std::{
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Waker},
    time::Duration,
};

use super::{
    super::{archive::History, window::Capacity},
    Coverage,
    client::Client,
    log::{Common, read_one},
    node::Node,
    player::Player,
    random::Random,
};
use crate::sse::Event;

pub(super) const CHANNELS: [&str; 4] = ["a", "b", "c", "d"];
pub(super) const IDENTITIES: [&str; 2] = ["alice", "bob"];
pub(super) const HEARTBEAT: Duration = Duration::from_secs(10);

/// The channel that has the most events where there is noise.
const NOISY: &str = "d";

/// The most events of a quiet channel, and replies, where there is noise: fewer than the archive keeps.
const QUIET: usize = 15;
const KEPT: usize = QUIET + 5;

/// How much goes wrong in a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weather {
    /// Nothing goes wrong and nothing is trimmed, so that there must be no gap.
    Calm,
    /// Nothing goes wrong, but one channel has so many events that the log is trimmed. There must be no
    /// gap on any other channel.
    Noisy,
    /// Anything may happen.
    Rough,
}

/// The state of a schedule.
pub(super) struct Schedule {
    pub(super) random: Random,
    pub(super) common: Arc<Common>,
    pub(super) nodes: Vec<Node>,
    pub(super) players: Vec<Player>,
    pub(super) weather: Weather,
    pub(super) window: usize,
    pub(super) history: History,
    pub(super) queue: usize,
    pub(super) names: usize,
    published: usize,
    /// How many events of quiet channels were published, and replies, where there is noise.
    quiet: usize,
}

/// Returns the result of a future that doesn't wait.
pub(super) fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("it waits"),
    }
}

impl Schedule {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let weather = match random.below(8) {
            0 | 1 => Weather::Calm,
            2 | 3 => Weather::Noisy,
            _ => Weather::Rough,
        };
        let history = history(weather, &mut random);
        let common = Arc::new(Common::default());
        {
            let mut world = common.world.lock();
            (world.epoch, world.newest) = (1, 1);
            world.capacity = if weather == Weather::Calm {
                10_000
            } else {
                4 + random.below(30)
            };
            for identity in IDENTITIES {
                for channel in CHANNELS {
                    if weather != Weather::Rough || !random.once_in(5) {
                        let right = (identity.to_owned(), channel.to_owned());
                        world.rights.insert(right);
                    }
                }
            }
        }
        let players = (0..=random.below(3)).map(|number| Player {
            client: Client::new(IDENTITIES[number % IDENTITIES.len()]),
            opening: None,
            changing: Vec::new(),
        });
        let mut schedule = Self {
            common,
            players: players.collect(),
            nodes: Vec::new(),
            weather,
            window: 1 + random.below(12),
            history,
            queue: 1 + random.below(4),
            names: 0,
            published: 0,
            quiet: 0,
            random,
        };
        for _ in 0..=schedule.random.below(2) {
            let node = schedule.start_node();
            schedule.nodes.push(node);
        }
        schedule
    }

    pub(super) fn some_node(&mut self) -> usize {
        self.random.below(self.nodes.len())
    }

    fn publish(&mut self) {
        if self.weather == Weather::Noisy && (!self.random.once_in(3) || !self.may_be_quiet()) {
            for _ in 0..=self.random.below(8) {
                self.publish_to(NOISY);
            }
            return;
        }
        let channel = CHANNELS[self.random.below(CHANNELS.len())];
        self.publish_to(channel);
    }

    fn publish_to(&mut self, channel: &str) {
        let node = self.some_node();
        self.published += 1;
        let event = Event::new(self.published.to_string());
        // An event that fails is published by somebody else, or not at all.
        let _ = now(self.nodes[node].hub.publish(channel, event));
        self.keep_up();
    }

    /// Returns whether the archive has room for another event of a quiet channel, which then comes.
    pub(super) fn may_be_quiet(&mut self) -> bool {
        self.quiet += 1;
        self.weather != Weather::Noisy || self.quiet <= QUIET
    }

    /// Lets all nodes read the log to its end where there is noise. What is trimmed before a node has read
    /// it would be a gap of all channels.
    pub(super) fn keep_up(&self) {
        if self.weather == Weather::Noisy {
            for node in &self.nodes {
                while read_one(&self.common, &node.switchboard) {}
            }
        }
    }

    fn letter(&mut self) -> bool {
        let mut letters = std::mem::take(&mut *self.common.letters.lock());
        let had = !letters.is_empty();
        letters.retain_mut(|letter| {
            let mut context = Context::from_waker(Waker::noop());
            letter.as_mut().poll(&mut context).is_pending()
        });
        self.common.letters.lock().extend(letters);
        had
    }

    pub(super) async fn run(&mut self, coverage: &Coverage) {
        let steps = 20 + self.random.below(120);
        for _ in 0..steps {
            let player = self.random.below(self.players.len());
            match self.random.below(24) {
                0..=4 => self.publish(),
                5 | 6 => self.open(player, coverage),
                7 | 8 => self.change(player, coverage),
                9 => {
                    if self.random.once_in(3) {
                        self.players[player].client.lose_stream();
                    }
                }
                10 if self.weather == Weather::Rough => self.fault(coverage),
                11 => self.reply(player, coverage),
                12..=15 => {
                    let node = self.some_node();
                    read_one(&self.common, &self.nodes[node].switchboard);
                }
                16 => {
                    self.letter();
                }
                17 if self.random.once_in(4) => tokio::time::advance(HEARTBEAT).await,
                _ => {
                    self.step(player);
                }
            }
        }
        self.settle(coverage).await;
    }

    /// Ends all faults, and checks that every client gets everything there is.
    async fn settle(&mut self, coverage: &Coverage) {
        self.common.world.lock().is_down = false;
        self.common.world.lock().loses_answer = false;
        for _ in 0..2 {
            self.rest(coverage);
            // One more event of each channel reveals what else is missing.
            for channel in CHANNELS {
                self.publish_to(channel);
            }
        }
        self.rest(coverage);
        tokio::time::advance(HEARTBEAT).await;
        self.rest(coverage);
        let world = self.common.world.lock();
        for Player { client, .. } in &self.players {
            assert!(client.stream.is_some(), "it is open");
            assert!(
                client.asked.is_empty(),
                "{:?} never came into force",
                client.asked
            );
            assert!(
                client.in_force.values().all(|track| track.lost.is_none()),
                "{:?}",
                client.in_force
            );
            assert!(
                client.in_force.keys().eq(&client.wanted),
                "{:?}",
                client.wanted
            );
            assert_eq!(
                client.position,
                Some(world.head()),
                "a heartbeat says how far it is"
            );
            match self.weather {
                Weather::Calm => assert_eq!(client.told_gaps, 0, "nothing was missing"),
                Weather::Noisy => {
                    let mut gaps_of = client.gaps_of.iter();
                    assert!(
                        gaps_of.all(|channel| channel == NOISY),
                        "a gap of a quiet channel: {:?}",
                        client.gaps_of
                    );
                    let gaps = &coverage.noisy_gaps;
                    gaps.fetch_add(client.told_gaps, Ordering::Relaxed);
                    let archived = &coverage.archived;
                    archived.fetch_add(client.archived, Ordering::Relaxed);
                }
                Weather::Rough => {}
            }
            coverage
                .delivered
                .fetch_add(client.delivered, Ordering::Relaxed);
            coverage.gaps.fetch_add(client.told_gaps, Ordering::Relaxed);
        }
    }

    /// Goes on until nothing more happens.
    fn rest(&mut self, coverage: &Coverage) {
        let mut quiet = 0;
        for _ in 0..10_000 {
            let mut moved = self.letter();
            for node in &self.nodes {
                moved |= read_one(&self.common, &node.switchboard);
            }
            for player in 0..self.players.len() {
                self.open(player, coverage);
                moved |= self.step(player);
            }
            let is_waiting = self
                .players
                .iter()
                .any(|player| player.opening.is_some() || !player.changing.is_empty());
            // A stream that reads far in the log takes many steps that show nothing.
            let mut nodes = self.nodes.iter();
            let is_reading = nodes.any(|node| !node.switchboard.lock().has_nobody_behind());
            quiet = if moved || is_waiting || is_reading {
                0
            } else {
                quiet + 1
            };
            if quiet > 4 {
                return;
            }
        }
        panic!("it never comes to rest");
    }
}

/// Returns how much the archives keep. Where there is noise, either the bound on each channel or the bound
/// on all of them leaves the quiet ones their events.
fn history(weather: Weather, random: &mut Random) -> History {
    let capacity = |events| Capacity {
        events,
        bytes: 1 << 20,
    };
    let (channel, total) = match weather {
        Weather::Noisy if random.once_in(2) => (KEPT, 10_000),
        Weather::Noisy => (10_000, KEPT * 6),
        Weather::Calm | Weather::Rough => (random.below(5), random.below(9)),
    };
    History {
        channel: capacity(channel),
        total: capacity(total),
        age: HEARTBEAT * 10_000,
    }
}
