//! A session that one tab holds for all tabs.

use core::fmt;
use std::collections::VecDeque;

use super::deliveries::Deliveries;
use super::delivery::{Delivery, Flow, Place, SOLE, Sink};
use super::handing::hand_on;
use super::members::{Members, Served};
use super::relay::Relay;
use super::{Input, LinkId, Output, Session};
use crate::connection::{Instant, State, Stats};
use crate::mux::{Request, Start};
use crate::parse::Event;
use crate::tabs::{self, Message, Set, Tab, UpstreamId, read_position};

/// The arguments for opening the session that a leading tab holds for all tabs.
#[derive(Debug)]
pub struct Opening<'a> {
    /// The position to begin from.
    pub position: &'a str,
    /// Names its first connection.
    pub first: LinkId,
}

/// Opens the session that a leading tab holds for all tabs.
pub type Open = Box<dyn FnMut(Opening<'_>) -> Box<dyn Session>>;

/// The configuration of a shared session.
pub struct SharedConfig {
    /// The configuration of the tab's part in sharing.
    pub tab: tabs::Config,
    /// Whether the tabs share channels, rather than the events of one stream.
    pub has_channels: bool,
    /// Opens the connection for all tabs.
    pub open: Open,
}

/// One tab's part in a session that one of the tabs holds for all.
pub struct Shared {
    tab: Tab,
    open: Open,
    has_channels: bool,
    upstream: Option<Upstream>,
    /// Names the first connection of the next session that this tab opens.
    next: LinkId,
    /// The position that this tab was to begin from.
    began: String,
    members: Members,
    deliveries: Deliveries,
    /// A change of this tab's role or of the number of tabs, until it is delivered.
    sharing: Option<tabs::Sharing>,
    outputs: VecDeque<Output>,
    stats: Stats,
}

/// The session that this tab holds for all tabs.
struct Upstream {
    id: UpstreamId,
    session: Box<dyn Session>,
    served: Served,
    place: tabs::Place,
}

impl Upstream {
    fn relay<'t>(&'t mut self, tab: &'t mut Tab) -> (&'t mut dyn Session, Relay<'t>) {
        let relay = Relay {
            tab,
            id: self.id,
            served: &mut self.served,
            place: &mut self.place,
        };
        (&mut *self.session, relay)
    }
}

impl Shared {
    /// Returns the session of a new tab, which looks for the others.
    #[must_use]
    pub fn new(now: Instant, config: SharedConfig) -> Self {
        let SharedConfig {
            tab,
            has_channels,
            open,
        } = config;
        let began = tab.last_event_id.clone();
        let mut members = Members::default();
        let mut channels = None;
        if !has_channels {
            // The only channel of a source has no name.
            members.add("", SOLE);
            channels = Some(Box::default());
        }
        let mut shared = Self {
            tab: Tab::new(now, tab, channels),
            open,
            has_channels,
            upstream: None,
            next: LinkId(0),
            began,
            members,
            deliveries: Deliveries::default(),
            sharing: None,
            outputs: VecDeque::new(),
            stats: Stats::default(),
        };
        shared.settle(now);
        shared
    }

    /// Performs what the tab and its session ask for, until neither asks for more.
    fn settle(&mut self, now: Instant) {
        loop {
            if let Some(output) = self.tab.poll_output() {
                self.perform(now, output);
                continue;
            }
            self.settle_upstream();
            // The session's deliveries may have given the tab something to do.
            let Some(output) = self.tab.poll_output() else {
                break;
            };
            self.perform(now, output);
        }
    }

    fn settle_upstream(&mut self) {
        let Some(upstream) = &mut self.upstream else {
            return;
        };
        while let Some(output) = upstream.session.poll_output() {
            if let Output::Connect(link, _) = &output {
                self.next.0 = self.next.0.max(link.0 + 1);
            }
            self.outputs.push_back(output);
        }
        let (session, mut relay) = upstream.relay(&mut self.tab);
        session.deliver(&mut relay);
        relay.moved(session.place());
    }

    fn perform(&mut self, now: Instant, output: tabs::Output) {
        match output {
            tabs::Output::Send(message) => self.outputs.push_back(Output::Say(message.encode())),
            tabs::Output::RequestLock => self.outputs.push_back(Output::RequestLock),
            tabs::Output::StealLock => self.outputs.push_back(Output::StealLock),
            tabs::Output::ReleaseLock => self.outputs.push_back(Output::ReleaseLock),
            tabs::Output::Open {
                id,
                position,
                channels,
            } => self.lead(now, id, &position, &channels),
            tabs::Output::Channels(channels) => self.serve(now, &channels),
            tabs::Output::Close(id) => {
                if let Some(mut upstream) = self.upstream.take_if(|upstream| upstream.id == id) {
                    upstream.session.handle(now, Input::Close);
                    while let Some(output) = upstream.session.poll_output() {
                        self.outputs.push_back(output);
                    }
                }
            }
            tabs::Output::Sharing(sharing) => self.sharing = Some(sharing),
            delivery => {
                self.note(now, &delivery);
                self.deliveries.push(delivery);
            }
        }
    }

    /// Notes what a delivery on its way to the subscribers means for this tab.
    fn note(&mut self, now: Instant, delivery: &tabs::Output) {
        match delivery {
            tabs::Output::Event(_) => {
                self.stats.events += 1;
                self.stats.last_activity = Some(now);
            }
            tabs::Output::InForce(name) => self.members.come_into_force(name),
            tabs::Output::End(name, _) => self.members.end(name),
            tabs::Output::State(state) => {
                if let State::Waiting { error, .. } = state {
                    self.stats.last_error = Some(error.clone());
                }
                if !matches!(state, State::Open { .. }) {
                    self.members.none_in_force();
                }
            }
            _ => {}
        }
    }

    /// Opens the session for all tabs, since this tab leads.
    fn lead(&mut self, now: Instant, id: UpstreamId, position: &str, channels: &Set<Box<str>>) {
        let (mut position, mut was_behind) = (position, false);
        if self.has_channels {
            (position, was_behind) = read_position(position);
            if channels.is_empty() && position != self.began {
                // Nobody misses events that came while no tab asked for a channel, so there is no position to
                // resume from.
                position = "";
                self.tab.handle_progress(id, position, Vec::new());
            }
        }
        let first = self.next;
        let session = (self.open)(Opening { position, first });
        self.upstream = Some(Upstream {
            id,
            session,
            served: if self.has_channels {
                Served::default()
            } else {
                Served::sole()
            },
            place: tabs::Place::new(position),
        });
        if self.has_channels {
            self.serve(now, channels);
        }
        if was_behind {
            // The position says nothing about channels that were still catching up, so their events may be
            // missing.
            self.tab.handle_gap(id, None);
        }
        if let Some(upstream) = &mut self.upstream {
            upstream.session.handle(now, Input::Start);
        }
    }

    /// Makes the session serve these channels from now on, and no others.
    fn serve(&mut self, now: Instant, channels: &Set<Box<str>>) {
        let Some(Upstream {
            session, served, ..
        }) = &mut self.upstream
        else {
            return;
        };
        let [new, gone] = served.change(channels);
        for (channel, name) in &gone {
            session.handle(now, Input::Unsubscribe(*channel, name));
        }
        for (channel, name) in &new {
            let start = self.tab.take_replay(name);
            session.handle(
                now,
                Input::Subscribe {
                    channel: *channel,
                    name,
                    start: start.map_or(Start::Now, Start::After),
                },
            );
        }
        session.handle(now, Input::Flush);
    }
}

impl Session for Shared {
    fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            // A shared session begins when it is created.
            Input::Start => {}
            Input::Subscribe {
                channel,
                name,
                start,
            } => {
                self.tab.renew(name);
                if let Start::After(id) = start {
                    self.tab.start(name, id);
                }
                if self.members.add(name, channel) {
                    self.deliveries.push(tabs::Output::InForce(name.into()));
                }
            }
            Input::Unsubscribe(channel, name) => {
                if self.members.remove(name, channel) {
                    self.deliveries.forget(name);
                    self.tab.forget_start(name);
                }
            }
            Input::Flush => self.tab.ask_for(self.members.wanted()),
            Input::LockHeld => self.tab.handle_lock(now, true),
            Input::LockLost => self.tab.handle_lock(now, false),
            Input::LockRefused => self.tab.handle_lock_refused(now),
            Input::Heard(bytes) => {
                if let Some(message) = Message::decode(bytes) {
                    self.tab.handle_message(now, &message);
                }
            }
            Input::Leave => self.tab.handle_leave(),
            Input::Return => self.tab.handle_return(now),
            Input::Close => self.tab.close(),
            Input::Timeout => {
                self.tab.handle_timeout(now);
                if let Some(upstream) = &mut self.upstream {
                    upstream.session.handle(now, Input::Timeout);
                }
            }
            of_the_connection => {
                if let Some(upstream) = &mut self.upstream {
                    upstream.session.handle(now, of_the_connection);
                }
            }
        }
        self.settle(now);
    }

    /// Passes the bytes to the session, which writes what they bring into the log. Nothing goes to the sink:
    /// this tab takes its events from the log, as every other tab does.
    fn receive(&mut self, now: Instant, link: LinkId, bytes: &[u8], _: &mut dyn Sink) -> usize {
        if let Some(upstream) = &mut self.upstream {
            let (session, mut relay) = upstream.relay(&mut self.tab);
            let taken = session.receive(now, link, bytes, &mut relay);
            debug_assert_eq!(taken, bytes.len(), "a relay never stops");
        }
        self.settle(now);
        bytes.len()
    }

    fn receive_native(&mut self, now: Instant, link: LinkId, event: &Event<'_>, _: &mut dyn Sink) {
        if let Some(upstream) = &mut self.upstream {
            let (session, mut relay) = upstream.relay(&mut self.tab);
            session.receive_native(now, link, event, &mut relay);
        }
        self.settle(now);
    }

    fn deliver(&mut self, sink: &mut dyn Sink) {
        if let Some(sharing) = self.sharing.take()
            && sink.take(Delivery::Sharing(sharing)) == Flow::Stop
        {
            return;
        }
        while let Some(delivery) = self.deliveries.pop() {
            if hand_on(&mut self.members, &delivery, sink) == Flow::Stop {
                break;
            }
        }
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let upstream = self.upstream.as_ref();
        let due = upstream.and_then(|upstream| upstream.session.poll_timeout());
        due.into_iter().chain(self.tab.poll_timeout()).min()
    }

    fn plan(&mut self, link: LinkId) -> Option<Request> {
        self.upstream.as_mut()?.session.plan(link)
    }

    fn place(&self) -> Place<'_> {
        let (position, is_behind) = read_position(self.tab.last_event_id());
        Place {
            position,
            is_behind,
            is_replaying: false,
        }
    }

    fn stats(&self) -> Stats {
        self.stats.clone()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("tab", &self.tab)
            .field("members", &self.members)
            .field("deliveries", &self.deliveries)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SharedConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedConfig")
            .field("tab", &self.tab)
            .field("has_channels", &self.has_channels)
            .finish_non_exhaustive()
    }
}
