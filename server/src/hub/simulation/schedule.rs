//! One schedule: its nodes and clients, and what happens to them.

use std::{
    collections::BTreeSet,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Waker},
    time::Duration,
};

use axum::{body::Body, extract::Request, http::request::Parts};
use parking_lot::Mutex;
use serde_json::json;

use super::{
    super::{
        Access, Disconnect, Grant, Hub, PublishError, Refusal, http::bare, log::Record,
        stream::Line, switchboard::Switchboard, window::Capacity,
    },
    Coverage,
    client::{Asked, Client},
    count,
    log::{Common, Modelled, breathe, read_one},
    random::Random,
    world::{Place, place},
};
use crate::sse::Event;

const CHANNELS: [&str; 4] = ["a", "b", "c", "d"];
const IDENTITIES: [&str; 2] = ["alice", "bob"];
const HEARTBEAT: Duration = Duration::from_secs(10);

/// The application's answers, with a pause before and after.
struct Rights(Arc<Common>);

impl Access for Rights {
    type Principal = String;

    async fn principal(&self, request: &Parts) -> Result<String, Refusal> {
        breathe().await;
        let user = request.headers.get("x-user").expect("it is there");
        Ok(user.to_str().expect("it is text").to_owned())
    }

    fn identity(&self, user: &String) -> String {
        user.clone()
    }

    async fn may_subscribe(&self, user: &String, channel: &str) -> Result<Grant, Refusal> {
        let right = (user.clone(), channel.to_owned());
        let may = self.0.world.lock().rights.contains(&right);
        breathe().await;
        if may {
            Ok(Grant::with_history())
        } else {
            Err(Refusal::new("forbidden", "not yours"))
        }
    }
}

struct Node {
    hub: Hub,
    switchboard: Arc<Mutex<Switchboard>>,
}

type Opening = Pin<Box<dyn Future<Output = Result<Line, (u16, &'static str)>>>>;
type Changing = Pin<Box<dyn Future<Output = Result<(), (u16, &'static str)>>>>;

/// A client, and its requests under way.
struct Player {
    client: Client,
    opening: Option<(usize, Opening)>,
    changing: Vec<Changing>,
}

/// The state of a schedule.
pub(super) struct Schedule {
    random: Random,
    pub(super) common: Arc<Common>,
    nodes: Vec<Node>,
    players: Vec<Player>,
    /// Whether nothing goes wrong and nothing is trimmed, so that there must be no gap.
    pub(super) is_calm: bool,
    window: usize,
    queue: usize,
    names: usize,
    published: usize,
}

fn poll_once<T>(future: &mut Pin<Box<dyn Future<Output = T>>>) -> Option<T> {
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

/// Returns the result of a future that doesn't wait.
fn now<T>(future: impl Future<Output = T>) -> T {
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
        let is_calm = random.once_in(4);
        let common = Arc::new(Common::default());
        {
            let mut world = common.world.lock();
            (world.epoch, world.newest) = (1, 1);
            world.capacity = if is_calm {
                10_000
            } else {
                4 + random.below(30)
            };
            for identity in IDENTITIES {
                for channel in CHANNELS {
                    if is_calm || !random.once_in(5) {
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
            is_calm,
            window: 1 + random.below(12),
            queue: 1 + random.below(4),
            names: 0,
            published: 0,
            random,
        };
        for _ in 0..=schedule.random.below(2) {
            let node = schedule.start_node();
            schedule.nodes.push(node);
        }
        schedule
    }

    /// Starts a node that knows the log as it is now, as a node does that connects.
    fn start_node(&mut self) -> Node {
        self.names += 1;
        let name = format!("n{}.", self.names);
        let head = {
            let mut world = self.common.world.lock();
            world.touch((0, 0));
            world.head()
        };
        let capacity = Capacity {
            events: self.window,
            bytes: 1 << 20,
        };
        let epoch = head.0.to_string().into();
        let switchboard = Switchboard::new(epoch, head.1, capacity, true);
        let switchboard = Arc::new(Mutex::new(switchboard));
        let log = Modelled {
            common: Arc::clone(&self.common),
            switchboard: Arc::clone(&switchboard),
            name: name.clone(),
        };
        let builder = Hub::builder()
            .access(Rights(Arc::clone(&self.common)))
            .heartbeat(HEARTBEAT)
            .client_queue(self.queue, 1 << 20)
            .limits(|limits| limits.control_requests = u32::MAX);
        let hub = builder.build_on(Arc::clone(&switchboard), Arc::new(log));
        let named = (name, Arc::downgrade(&hub.shared));
        self.common.nodes.lock().push(named);
        Node { hub, switchboard }
    }

    fn some_channels(&mut self) -> BTreeSet<String> {
        let bits = self.random.below(1 << CHANNELS.len());
        let channels = CHANNELS.iter().enumerate();
        let channels = channels.filter(|(bit, _)| bits & (1 << bit) != 0);
        channels.map(|(_, channel)| (*channel).to_owned()).collect()
    }

    fn some_node(&mut self) -> usize {
        self.random.below(self.nodes.len())
    }

    fn publish(&mut self) {
        let node = self.some_node();
        let channel = CHANNELS[self.random.below(CHANNELS.len())];
        self.published += 1;
        let event = Event::new(self.published.to_string());
        // An event that fails is published by somebody else, or not at all.
        let _ = now(self.nodes[node].hub.publish(channel, event));
    }

    fn open(&mut self, player: usize, coverage: &Coverage) {
        let node = self.some_node();
        let Player {
            client, opening, ..
        } = &mut self.players[player];
        if client.stream.is_some() || opening.is_some() {
            return;
        }
        count(&coverage.opens);
        let asked = client.reopening();
        let mut pairs: Vec<String> = asked
            .channels
            .iter()
            .map(|channel| format!("channel={channel}"))
            .collect();
        for (channel, from) in &asked.from {
            pairs.push(format!("from={}%20{channel}", begin(*from)));
        }
        if let Some((epoch, seq)) = client.position {
            pairs.push(format!("lastEventId={epoch}-{seq}"));
        }
        let request = Request::builder()
            .uri(format!("/?{}", pairs.join("&")))
            .header("x-user", &client.identity)
            .body(Body::empty())
            .expect("it is a request");
        self.common
            .world
            .lock()
            .say(|| format!("{} opens at {node}: {}", client.identity, request.uri()));
        client.opened = asked;
        let hub = Arc::clone(&self.nodes[node].hub.shared);
        *opening = Some((node, Box::pin(bare::open(hub, request))));
    }

    /// Asks for another set, at any node, and perhaps for a channel from an earlier place.
    fn change(&mut self, player: usize, coverage: &Coverage) {
        let (node, mut channels) = (self.some_node(), self.some_channels());
        let from = self.random.below(3);
        let is_opening = self.players[player].opening.is_some();
        let client = &mut self.players[player].client;
        if client.stream.is_none() && !is_opening {
            client.wanted = channels;
            return;
        }
        if is_opening || client.connection.is_empty() {
            return;
        }
        channels.retain(|channel| !client.may_have_had(channel));
        count(&coverage.changes);
        let mut asked = Asked {
            channels: channels.clone(),
            ..Asked::default()
        };
        // Each order repeats where channels begin until such a set is in force: one may stand for others.
        if let Some((_, last)) = client.asked.last_key_value() {
            let stays = |(channel, _): &(&String, &Option<Place>)| channels.contains(*channel);
            let begins = last.from.iter().filter(stays);
            asked.from = begins
                .map(|(channel, from)| (channel.clone(), *from))
                .collect();
        }
        if let (Some(channel), Some(at)) = (channels.first().cloned(), client.position) {
            let earlier = (at.0, at.1.saturating_sub(from as u64 * 2));
            match from {
                // A channel that is about to come may go on or begin anew, which can't be told apart.
                1 if client.asked.is_empty() || !client.may_have(&channel) => {
                    asked.from.insert(channel, Some(earlier));
                }
                // A channel that is about to come may go on or begin now, which can't be told apart.
                2 if !client.may_have(&channel) => {
                    asked.from.insert(channel, None);
                }
                _ => {}
            }
        }
        client.wanted = channels;
        let next = client.asked.keys().next_back().copied();
        let revision = next.unwrap_or(client.revision).max(client.revision) + 1;
        let from: serde_json::Map<_, _> = asked
            .from
            .iter()
            .map(|(channel, from)| (channel.clone(), begin(*from).into()))
            .collect();
        let order = json!({
            "connection": client.connection, "revision": revision,
            "channels": asked.channels, "from": from,
        });
        self.common
            .world
            .lock()
            .say(|| format!("{} orders {order}", client.identity));
        client.asked.insert(revision, asked);
        let request = Request::builder()
            .method("POST")
            .header("content-type", "application/json")
            .header("x-user", &client.identity)
            .body(Body::from(order.to_string()))
            .expect("it is a request");
        let hub = Arc::clone(&self.nodes[node].hub.shared);
        if !client.connection.starts_with(hub.log.node()) {
            count(&coverage.forwarded);
        }
        let changing: Changing = Box::pin(bare::control(hub, request));
        self.players[player].changing.push(changing);
    }

    /// Lets everything that a player waits for go on by a step. Returns whether something has come of it.
    fn step(&mut self, player: usize) -> bool {
        let Player {
            client,
            opening,
            changing,
        } = &mut self.players[player];
        let mut moved = false;
        if let Some((node, future)) = opening
            && let Some(opened) = poll_once(future)
        {
            moved = true;
            let node = *node;
            *opening = None;
            if let Ok(line) = opened {
                client.connection.clear();
                client.stream = Some((node, Box::pin(line.into_stream())));
            }
        }
        let mut is_lost = false;
        changing.retain_mut(|future| match poll_once(future) {
            None => true,
            Some(changed) => {
                moved = true;
                // A client whose request fails, however it fails, doesn't know which set is in force, and
                // opens another stream.
                is_lost |= changed.is_err();
                false
            }
        });
        if is_lost {
            client.lose_stream();
        }
        let nodes = &self.nodes;
        let head = |node: usize| place(&nodes[node].switchboard.lock().head());
        moved | client.read(&self.common, head)
    }

    fn fault(&mut self, coverage: &Coverage) {
        let kind = self.random.below(12);
        let identity = IDENTITIES[self.random.below(IDENTITIES.len())];
        let channel = CHANNELS[self.random.below(CHANNELS.len())];
        let right = (identity.to_owned(), channel.to_owned());
        match kind {
            0 | 1 => self.revoke(identity, channel, coverage),
            2 => {
                let mut world = self.common.world.lock();
                world.revoked.remove(&right);
                world.rights.insert(right);
            }
            3 => {
                let node = self.some_node();
                let _ = now(self.nodes[node].hub.complete(channel));
            }
            4 => {
                let node = self.some_node();
                let whom = Disconnect::Identity(identity);
                let _ = now(recalled(&self.nodes[node].hub, whom));
            }
            5 => {
                count(&coverage.restores);
                self.common.world.lock().restore();
            }
            6 => self.common.world.lock().save(),
            7 => {
                count(&coverage.poisons);
                self.common.world.lock().poison();
            }
            8 => {
                let mut world = self.common.world.lock();
                world.is_down = !world.is_down;
            }
            9 => self.common.world.lock().loses_answer = true,
            _ => self.kill(coverage),
        }
    }

    /// Takes a channel from an identity: first in the application's rights, and then in the log.
    fn revoke(&mut self, identity: &str, channel: &str, coverage: &Coverage) {
        let right = (identity.to_owned(), channel.to_owned());
        self.common.world.lock().rights.remove(&right);
        count(&coverage.revocations);
        let node = self.some_node();
        let records = [Record::Revoke { identity, channel }];
        let _ = now(self.nodes[node].hub.append(&records, None));
    }

    fn kill(&mut self, coverage: &Coverage) {
        count(&coverage.kills);
        let number = self.some_node();
        for player in &mut self.players {
            if player
                .client
                .stream
                .as_ref()
                .is_some_and(|(node, _)| *node == number)
            {
                player.client.lose_stream();
            }
            if player
                .opening
                .as_ref()
                .is_some_and(|(node, _)| *node == number)
            {
                player.opening = None;
            }
            // No node answers requests that went through this node.
            if !player.changing.is_empty() {
                player.changing.clear();
                player.client.lose_stream();
            }
        }
        self.nodes[number] = self.start_node();
    }

    fn reply(&mut self, player: usize, coverage: &Coverage) {
        let client = &self.players[player].client;
        let Some(channel) = client.in_force.keys().next() else {
            return;
        };
        count(&coverage.replies);
        let record = Record::Reply {
            connection: &client.connection,
            channel,
            kind: None,
            data: "reply",
        };
        let node = self.random.below(self.nodes.len());
        let _ = now(self.nodes[node].hub.append(&[record], None));
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
                10 if !self.is_calm => self.fault(coverage),
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
                self.published += 1;
                let event = Event::new(self.published.to_string());
                let _ = now(self.nodes[0].hub.publish(channel, event));
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
            if self.is_calm {
                assert_eq!(client.told_gaps, 0, "nothing was missing");
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

/// Does what `Hub::disconnect` does, without waiting for this node to have read the entry.
async fn recalled(hub: &Hub, whom: Disconnect<'_>) -> Result<(), PublishError> {
    let Disconnect::Identity(identity) = whom else {
        return Ok(());
    };
    hub.append(&[Record::DisconnectIdentity { identity }], None)
        .await?;
    Ok(())
}

fn begin(from: Option<Place>) -> String {
    from.map_or_else(|| "now".to_owned(), |(epoch, seq)| format!("{epoch}-{seq}"))
}
