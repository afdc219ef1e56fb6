//! A client that trusts no frame: it compares each with the events that were ever published.

use std::{
    collections::{BTreeMap, BTreeSet},
    pin::Pin,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use serde_json::Value;

use super::{
    log::Common,
    track::Track,
    world::{Place, World},
};

pub(super) type Frames = Pin<Box<dyn Stream<Item = Bytes>>>;

/// A set that was asked for, and where channels were to begin.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) channels: BTreeSet<String>,
    pub(super) from: BTreeMap<String, Option<Place>>,
}

pub(super) struct Client {
    pub(super) identity: String,
    /// The channels that the client wants to have.
    pub(super) wanted: BTreeSet<String>,
    pub(super) in_force: BTreeMap<String, Track>,
    pub(super) position: Option<Place>,
    pub(super) stream: Option<(usize, Frames)>,
    pub(super) connection: String,
    pub(super) revision: u64,
    pub(super) asked: BTreeMap<u64, Asked>,
    /// The set that the client opened the stream with.
    pub(super) opened: Asked,
    pub(super) told_gaps: usize,
    /// The channels that a gap was told of.
    pub(super) gaps_of: BTreeSet<String>,
    /// How many events were delivered that the log no longer had.
    pub(super) archived: usize,
    pub(super) delivered: usize,
}

impl Client {
    pub(super) fn new(identity: &str) -> Self {
        Self {
            identity: identity.to_owned(),
            wanted: BTreeSet::new(),
            in_force: BTreeMap::new(),
            position: None,
            stream: None,
            connection: String::new(),
            revision: 0,
            asked: BTreeMap::new(),
            opened: Asked::default(),
            told_gaps: 0,
            gaps_of: BTreeSet::new(),
            archived: 0,
            delivered: 0,
        }
    }

    /// Whether the client has a channel, or has asked for it.
    pub(super) fn may_have(&self, channel: &str) -> bool {
        let mut asked = self.asked.values();
        self.in_force.contains_key(channel) || asked.any(|asked| asked.channels.contains(channel))
    }

    /// Whether the client has given up a channel by a set that may have been in force or not. If the
    /// client asked for it again, the model couldn't tell whether the channel goes on or begins anew.
    pub(super) fn may_have_had(&self, channel: &str) -> bool {
        let mut had = self.in_force.contains_key(channel);
        for asked in self.asked.values() {
            let has = asked.channels.contains(channel);
            if had && !has {
                return true;
            }
            had |= has;
        }
        false
    }

    /// Drops the stream. What was asked for on it holds for the next one.
    pub(super) fn lose_stream(&mut self) {
        self.stream = None;
        self.asked.clear();
        self.revision = 0;
    }

    /// Returns what the client asks for when it reopens. Channels in a replay begin where they are.
    pub(super) fn reopening(&self) -> Asked {
        let from = self.in_force.iter().filter_map(|(channel, track)| {
            let is_wanted = self.wanted.contains(channel);
            let is_behind = track.replays_until.is_some() && self.position.is_some();
            (is_wanted && is_behind).then(|| (channel.clone(), Some(track.at)))
        });
        Asked {
            channels: self.wanted.clone(),
            from: from.collect(),
        }
    }

    /// Takes what the stream has at the moment. Returns whether there was anything.
    pub(super) fn read(&mut self, common: &Common, node_head: impl Fn(usize) -> Place) -> bool {
        let Some((node, stream)) = &mut self.stream else {
            return false;
        };
        let node = *node;
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match stream.poll_next_unpin(&mut context) {
            std::task::Poll::Pending => false,
            std::task::Poll::Ready(None) => {
                self.lose_stream();
                true
            }
            std::task::Poll::Ready(Some(frames)) => {
                let frames = std::str::from_utf8(&frames)
                    .expect("frames are text")
                    .to_owned();
                // The stream itself locks the model to read in it, so the model must not be locked before.
                let world = common.world.lock();
                for frame in frames.split_terminator("\n\n") {
                    self.take(&world, frame, node_head(node));
                }
                true
            }
        }
    }

    fn take(&mut self, world: &World, frame: &str, node_head: Place) {
        world.say(|| format!("{} {} reads {frame:?}", self.identity, self.connection));
        let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name));
        let event = field("event: ").expect("each frame has a route");
        let data = field("data: ").unwrap_or_default();
        let id = field("id: ").map(|id| {
            let (epoch, seq) = id.rsplit_once('-').expect("it is a position");
            (epoch.parse().unwrap(), seq.parse().unwrap())
        });
        let json = || serde_json::from_str::<Value>(data).expect("it is JSON");
        match event.split_once(' ').unwrap_or((event, "")) {
            ("@connected", "") => self.connected(world, &json(), id),
            ("@subscribed", "") => {
                let revision = json()["revision"].as_u64().unwrap();
                self.subscribed(world, revision, id);
            }
            ("@ping", "") => {
                self.pass(world, id.expect("a heartbeat has an ID"), "");
                for track in self.in_force.values_mut() {
                    track.replays_until = None;
                }
            }
            ("@gap", "") => {
                let channels = json()["channels"].clone();
                let channels = channels.as_array().unwrap().iter();
                let channels: Vec<_> = channels
                    .map(|name| name.as_str().unwrap().to_owned())
                    .collect();
                self.gap(world, &channels, id);
            }
            ("@complete", channel) => self.event(world, channel, None, id, node_head),
            ("@error", channel) => {
                self.end(channel);
            }
            (channel, "") => self.event(world, channel, Some(data), id, node_head),
            _ => panic!("{frame} is no frame of these"),
        }
    }

    /// Removes a channel from the set in force. A channel that was asked for since comes again.
    fn end(&mut self, channel: &str) {
        self.in_force.remove(channel);
        if !self.may_have(channel) {
            self.wanted.remove(channel);
        }
    }

    fn connected(&mut self, world: &World, data: &Value, id: Option<Place>) {
        data["connection"]
            .as_str()
            .unwrap()
            .clone_into(&mut self.connection);
        let asked = std::mem::take(&mut self.opened);
        let begins = self.position.or(id);
        let former = std::mem::take(&mut self.in_force);
        for channel in asked.channels {
            let at = former.get(&channel).map(|track| track.at);
            let mut track = match (self.position, begins) {
                // The channel goes on where the connection is, unless it is behind: then it begins there.
                (Some(_), Some(begins)) => {
                    let track = former.get(&channel).cloned();
                    track.unwrap_or_else(|| Track::begun(begins))
                }
                (_, Some(begins)) => Track::begun(begins),
                (_, None) => Track::begun((0, 0)),
            };
            track.is_anywhere |= begins.is_none();
            if let Some(from) = asked.from.get(&channel) {
                track.begin(from.or(at), self.position.max(Some(world.head())));
            }
            self.in_force.insert(channel, track);
        }
        if self.position.is_none() {
            self.position = id;
        }
    }

    /// Puts a set in force, and with it the sets that were asked for before, which may never have been.
    fn subscribed(&mut self, world: &World, revision: u64, id: Option<Place>) {
        let newer = self.asked.split_off(&(revision + 1));
        let older = std::mem::replace(&mut self.asked, newer);
        let announced = older.last_key_value().map(|(announced, _)| *announced);
        assert_eq!(announced, Some(revision), "it was asked for");
        let is_one = older.len() == 1;
        let mut stays: BTreeSet<String> = self.in_force.keys().cloned().collect();
        for (number, asked) in older {
            stays.retain(|channel| asked.channels.contains(channel));
            if number == revision {
                if let Some(id) = id {
                    // The previous set was in force up to here.
                    let before = if is_one {
                        self.in_force.keys().cloned().collect()
                    } else {
                        stays.clone()
                    };
                    self.pass_some(world, id, |channel| before.contains(channel));
                }
                self.put_in_force(world, asked, &stays, id);
            }
        }
        self.revision = self.revision.max(revision);
    }

    fn put_in_force(
        &mut self,
        world: &World,
        asked: Asked,
        stays: &BTreeSet<String>,
        id: Option<Place>,
    ) {
        let former = std::mem::take(&mut self.in_force);
        for channel in asked.channels {
            let known = former.get(&channel).filter(|_| stays.contains(&channel));
            let is_new = known.is_none();
            let mut track = known.cloned().unwrap_or_else(|| {
                let mut track = Track::begun(id.unwrap_or_default());
                track.is_anywhere = id.is_none();
                track
            });
            match asked.from.get(&channel) {
                Some(Some(from)) => track.begin(Some(*from), self.position.max(Some(world.head()))),
                Some(None) if is_new => track.is_anywhere = true,
                _ => {}
            }
            self.in_force.insert(channel, track);
        }
    }

    /// Checks that nothing is missing up to an ID, except for the channel whose event has it.
    fn pass(&mut self, world: &World, id: Place, but: &str) {
        self.pass_some(world, id, |channel| channel != but);
    }

    fn pass_some(&mut self, world: &World, id: Place, these: impl Fn(&str) -> bool) {
        if self.position.is_none_or(|position| position < id) {
            self.position = Some(id);
        }
        for (channel, track) in &mut self.in_force {
            if track.replays_until.is_some_and(|until| until < id) {
                track.replays_until = None;
            }
            if these(channel) && track.replays_until.is_none() {
                track.pass(world, channel, id, &self.connection);
            }
        }
    }

    fn gap(&mut self, world: &World, channels: &[String], id: Option<Place>) {
        self.told_gaps += 1;
        for channel in channels {
            let track = self.in_force.get_mut(channel);
            let track = track.unwrap_or_else(|| panic!("a gap of {channel}, which it hasn't"));
            track.gap(world, id);
            self.gaps_of.insert(channel.clone());
        }
        if let Some(id) = id {
            self.pass(world, id, "");
        }
    }

    fn event(
        &mut self,
        world: &World,
        channel: &str,
        data: Option<&str>,
        id: Option<Place>,
        node_head: Place,
    ) {
        let id = id.expect("each event has an ID");
        let facts = world.facts.get(channel).map_or(&[][..], Vec::as_slice);
        let fact = facts.iter().find(|fact| fact.place == id);
        let fact = fact.unwrap_or_else(|| panic!("{channel} {id:?} was never published"));
        assert_eq!(fact.data.as_deref(), data, "{channel} {id:?}");
        let only = fact.only.as_deref();
        assert!(
            only.is_none_or(|only| only == self.connection),
            "{id:?} is somebody else's"
        );
        let right = (self.identity.clone(), channel.to_owned());
        // A channel's end may be told after access ended, since there was nothing left to take back.
        if let Some(&revoked) = world.revoked.get(&right).filter(|_| data.is_some()) {
            assert!(
                id < revoked,
                "{channel} {id:?} after access ended at {revoked:?}"
            );
            assert!(
                node_head < revoked,
                "{channel} {id:?} though the node knows that access ended at {revoked:?}"
            );
        }
        // Access that is taken back withdraws what is queued, even of an ended channel, and also if it is given
        // again: that is no loss.
        let taken_back = world.taken_back.get(&right);
        let mut taken_back = taken_back.into_iter().flatten();
        let is_taken_back = taken_back.any(|place| id < *place && *place <= node_head);
        let track = self.in_force.get_mut(channel);
        let track = track.unwrap_or_else(|| panic!("{channel} {id:?} without being subscribed"));
        assert!(
            track.is_anywhere || track.at < id,
            "{channel} {id:?} comes again, or too late: {track:?}"
        );
        if !track.is_anywhere && !is_taken_back {
            track.pass(world, channel, before(id), &self.connection);
        }
        assert_eq!(track.lost, None);
        track.took(id);
        self.delivered += 1;
        self.archived += usize::from(id <= world.base());
        if data.is_none() {
            self.end(channel);
        }
        let is_replayed = self
            .in_force
            .get(channel)
            .is_some_and(|track| track.replays_until.is_some());
        if !is_replayed || self.position.is_some_and(|position| position < id) {
            self.pass(world, id, channel);
        }
    }
}

fn before((epoch, seq): Place) -> Place {
    (epoch, seq - 1)
}
