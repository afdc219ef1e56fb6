//! A client of a schedule, and what it asks of the nodes.

use std::{
    collections::BTreeSet,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use axum::{body::Body, extract::Request};
use serde_json::json;

use super::{
    super::{http::bare, log::Record, stream::Line},
    Coverage,
    client::{Asked, Client},
    count,
    schedule::{CHANNELS, Schedule, now},
    world::{Place, place},
};

type Opening = Pin<Box<dyn Future<Output = Result<Line, (u16, &'static str)>>>>;
type Changing = Pin<Box<dyn Future<Output = Result<(), (u16, &'static str)>>>>;

/// A client, and its requests under way.
pub(super) struct Player {
    pub(super) client: Client,
    pub(super) opening: Option<(usize, Opening)>,
    pub(super) changing: Vec<Changing>,
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

impl Schedule {
    fn some_channels(&mut self) -> BTreeSet<String> {
        let bits = self.random.below(1 << CHANNELS.len());
        let channels = CHANNELS.iter().enumerate();
        let channels = channels.filter(|(bit, _)| bits & (1 << bit) != 0);
        channels.map(|(_, channel)| (*channel).to_owned()).collect()
    }

    pub(super) fn open(&mut self, player: usize, coverage: &Coverage) {
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
    pub(super) fn change(&mut self, player: usize, coverage: &Coverage) {
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
    pub(super) fn step(&mut self, player: usize) -> bool {
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

    /// Sends a client an event for itself alone.
    pub(super) fn reply(&mut self, player: usize, coverage: &Coverage) {
        if !self.may_be_quiet() {
            return;
        }
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
        self.keep_up();
    }
}

fn begin(from: Option<Place>) -> String {
    from.map_or_else(|| "now".to_owned(), |(epoch, seq)| format!("{epoch}-{seq}"))
}
