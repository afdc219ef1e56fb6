//! The edge of a page: opens, reads, times and says. The session alone decides, as in a browser.

use core::fmt::Debug;
use std::collections::VecDeque;

use everstream_core::Error;
use everstream_core::connection::{Attempt, End, Instant, State};
use everstream_core::http::Response;
use everstream_core::mux::Answer;
use everstream_core::parse::EventTooLarge;
use everstream_core::session::{
    ChannelId, Delivery, Flow, Input, LinkId, Output, SendId, Session, Sink,
};
use everstream_core::tabs::Sharing;

use super::net::{Incoming, Net, SendNumber};
use super::wire::{Message, WireId};
use crate::queue::Time;
use crate::random::Random;

/// A session that can be printed, so that tests can measure how much state it keeps.
pub(crate) trait Printed: Session + Debug {}

impl<S: Session + Debug> Printed for S {}

/// A delivery to the subscribers, recorded for the rules.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    Event {
        channel: ChannelId,
        event_type: String,
        data: String,
        position: String,
    },
    Gap(ChannelId),
    Skipped(ChannelId, EventTooLarge),
    InForce(ChannelId, bool),
    End(ChannelId, Option<Error>),
    Failed(Error),
    State(State),
    Ended(End),
    Sharing(Sharing),
}

/// An output of the session that the page carries out.
#[derive(Clone, Debug)]
pub(crate) enum Wish {
    /// Sends the request of an attempt when it is ready.
    Connect(LinkId, Attempt),
    Say(Vec<u8>),
    RequestLock,
    StealLock,
    ReleaseLock,
}

/// The current time, the page's clock and the random source of one step.
pub(crate) struct Moment<'a> {
    pub(crate) now: Time,
    /// The page's own clock, which may jump.
    pub(crate) instant: Instant,
    pub(crate) random: &'a mut Random,
}

pub(crate) struct Edge {
    pub(crate) session: Box<dyn Printed>,
    page: usize,
    /// The session's open connections, and the attempts whose requests have not been sent.
    pub(crate) links: Vec<Open>,
    names: Vec<LinkId>,
    /// The control requests that are neither answered nor aborted.
    sends: Vec<(SendId, SendNumber)>,
    /// The rest of a piece, which waits while the subscribers have no room.
    rest: Option<(WireId, Vec<u8>)>,
    /// How many more events the subscribers have room for. `usize::MAX`: no limit.
    room: usize,
    /// Whether the page stops reading while there is no room, as where it alone uses the connection.
    pub(crate) holds: bool,
    /// Reads from the network that wait behind `rest`.
    waiting: VecDeque<Incoming>,
    pub(crate) told: Vec<Told>,
    pub(crate) wishes: VecDeque<Wish>,
    /// Violations of the session's own terms.
    pub(crate) faults: Vec<String>,
    /// Whether the session was told to close.
    pub(crate) is_closed: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Open {
    pub(crate) link: LinkId,
    pub(crate) wire: Option<WireId>,
}

/// Receives the session's deliveries as long as there is room.
struct Ears<'e> {
    told: &'e mut Vec<Told>,
    faults: &'e mut Vec<String>,
    room: &'e mut usize,
    is_full: bool,
}

impl Sink for Ears<'_> {
    fn take(&mut self, delivery: Delivery<'_>) -> Flow {
        if self.is_full {
            self.faults
                .push(format!("{delivery:?} comes though there is no room"));
        }
        self.told.push(match delivery {
            Delivery::Event(channel, event, place) => Told::Event {
                channel,
                event_type: event.event_type.to_owned(),
                data: event.data.to_owned(),
                position: place.position.to_owned(),
            },
            Delivery::Gap(channel, _) => Told::Gap(channel),
            Delivery::Skipped(channel, too_large) => Told::Skipped(channel, too_large),
            Delivery::InForce(channel, yes) => Told::InForce(channel, yes),
            Delivery::End(channel, error) => Told::End(channel, error),
            Delivery::Failed(error) => Told::Failed(error),
            Delivery::State(state) => Told::State(state.clone()),
            Delivery::Ended(end) => Told::Ended(end),
            Delivery::Sharing(sharing) => Told::Sharing(sharing),
            _ => return Flow::Continue,
        });
        if *self.room < usize::MAX {
            *self.room = self.room.saturating_sub(1);
            self.is_full = *self.room == 0;
        }
        if self.is_full {
            Flow::Stop
        } else {
            Flow::Continue
        }
    }
}

impl Edge {
    pub(crate) fn new(session: Box<dyn Printed>, page: usize) -> Self {
        Self {
            session,
            page,
            links: Vec::new(),
            names: Vec::new(),
            sends: Vec::new(),
            rest: None,
            room: usize::MAX,
            holds: true,
            waiting: VecDeque::new(),
            told: Vec::new(),
            wishes: VecDeque::new(),
            faults: Vec::new(),
            is_closed: false,
        }
    }

    /// Returns whether the subscribers have no room left.
    pub(crate) fn is_full(&self) -> bool {
        self.room == 0
    }

    /// Gives the subscribers room for `room` more deliveries.
    pub(crate) fn make_room(&mut self, room: usize) {
        self.room = room;
    }

    // Inputs

    pub(crate) fn input(&mut self, moment: &mut Moment<'_>, net: &mut Net, input: Input<'_>) {
        self.is_closed |= matches!(input, Input::Close);
        self.session.handle(moment.instant, input);
        self.settle(moment, net);
    }

    /// Sends the request of an attempt, unless the attempt is over.
    pub(crate) fn send(
        &mut self,
        moment: &mut Moment<'_>,
        net: &mut Net,
        link: LinkId,
        attempt: &Attempt,
    ) -> Option<WireId> {
        let page = self.page;
        let open = self.links.iter_mut().find(|open| open.link == link)?;
        let request = self.session.plan(link);
        if request.is_none() && net.habits.kind.has_channels() {
            self.faults.push(format!("there is no plan for {link:?}"));
            return None;
        }
        let time = (moment.now, &mut *moment.random);
        let wire = net.open(time, page, link, attempt, request.as_ref());
        open.wire = Some(wire);
        self.settle(moment, net);
        Some(wire)
    }

    /// Takes a message that reaches the page. Returns it if the page can read it at once.
    pub(crate) fn come(
        &mut self,
        moment: &mut Moment<'_>,
        net: &mut Net,
        incoming: Incoming,
    ) -> Option<Incoming> {
        match incoming {
            Incoming::Answer(number, status) => {
                self.answer(moment, net, number, status);
                None
            }
            message @ Incoming::Message(..)
                if self.holds
                    && (self.is_full() || self.rest.is_some() || !self.waiting.is_empty()) =>
            {
                self.waiting.push_back(message);
                None
            }
            message @ Incoming::Message(..) => Some(message),
        }
    }

    /// Returns the next waiting message that the page can read.
    pub(crate) fn next_waiting(&mut self) -> Option<Incoming> {
        if self.is_full() || self.rest.is_some() {
            return None;
        }
        self.waiting.pop_front()
    }

    /// Reads a message of a connection.
    pub(crate) fn read(
        &mut self,
        moment: &mut Moment<'_>,
        net: &mut Net,
        wire: WireId,
        message: &Message,
    ) {
        let link = net.wires[wire].link;
        let is_known = self.links.iter().any(|open| open.wire == Some(wire));
        if !is_known {
            // An abort doesn't recall messages that are already on their way: some still arrive.
            if moment.random.one_in(4) {
                self.come_late(moment, link, message);
            }
            return;
        }
        match message {
            Message::Head(status, _) => {
                let input = answer(link, *status);
                self.input(moment, net, input);
            }
            Message::Piece(bytes, _) => self.receive(moment, net, wire, bytes),
            Message::End => self.input(moment, net, Input::Ended(link)),
            Message::Lost => self.input(moment, net, Input::Failed(link, "network error")),
        }
    }

    fn receive(&mut self, moment: &mut Moment<'_>, net: &mut Net, wire: WireId, bytes: &[u8]) {
        let link = net.wires[wire].link;
        let mut ears = Ears {
            told: &mut self.told,
            faults: &mut self.faults,
            room: &mut self.room,
            is_full: false,
        };
        let taken = self.session.receive(moment.instant, link, bytes, &mut ears);
        let is_full = ears.is_full;
        if is_full {
            self.rest = Some((wire, bytes[taken..].to_vec()));
        } else if taken < bytes.len() {
            self.faults
                .push("bytes are left though there is room".to_owned());
        }
        self.settle(moment, net);
    }

    /// Delivers what has waited in the session, then the rest of the piece, now that there is room.
    pub(crate) fn go_on(&mut self, moment: &mut Moment<'_>, net: &mut Net) {
        if let Some((wire, bytes)) = self.rest.take() {
            let link = net.wires[wire].link;
            self.input(moment, net, Input::ReadingResumed(link));
            if self.is_full() {
                self.rest.get_or_insert((wire, bytes));
            } else {
                self.receive(moment, net, wire, &bytes);
            }
        } else {
            self.settle(moment, net);
        }
    }

    /// Passes in a late message of a dropped connection. The session must ignore it.
    fn come_late(&mut self, moment: &Moment<'_>, link: LinkId, message: &Message) {
        let due = self.session.poll_timeout();
        let before = self.told.len();
        match message {
            Message::Head(status, _) => self.session.handle(moment.instant, answer(link, *status)),
            Message::Piece(bytes, _) => {
                let mut told = Vec::new();
                let mut sink = |delivery: Delivery<'_>| {
                    told.push(format!("{delivery:?}"));
                    Flow::Continue
                };
                let taken = self.session.receive(moment.instant, link, bytes, &mut sink);
                if taken < bytes.len() || !told.is_empty() {
                    self.faults.push(format!("late bytes: {told:?}"));
                }
            }
            Message::End => self.session.handle(moment.instant, Input::Ended(link)),
            Message::Lost => self
                .session
                .handle(moment.instant, Input::Failed(link, "late")),
        }
        if let Some(output) = self.session.poll_output() {
            self.faults.push(format!("{output:?} follows what is late"));
        }
        if self.told.len() > before || self.session.poll_timeout() != due {
            self.faults
                .push(format!("{message:?} comes late, and counts"));
        }
    }

    fn answer(
        &mut self,
        moment: &mut Moment<'_>,
        net: &mut Net,
        number: SendNumber,
        status: Option<u16>,
    ) {
        let Some(at) = self.sends.iter().position(|(_, other)| *other == number) else {
            return;
        };
        let (id, _) = self.sends.remove(at);
        net.sends[number].is_done = true;
        let body = String::new();
        self.input(moment, net, Input::Answer(id, &Answer { status, body }));
    }

    // Outputs

    /// Carries out the session's outputs, then hands its deliveries to the subscribers.
    pub(crate) fn settle(&mut self, moment: &mut Moment<'_>, net: &mut Net) {
        while let Some(output) = self.session.poll_output() {
            self.perform(moment, net, output);
        }
        if !self.is_full() {
            let mut ears = Ears {
                told: &mut self.told,
                faults: &mut self.faults,
                room: &mut self.room,
                is_full: false,
            };
            self.session.deliver(&mut ears);
        }
    }

    fn perform(&mut self, moment: &mut Moment<'_>, net: &mut Net, output: Output) {
        match output {
            Output::Connect(link, attempt) => {
                if self.names.contains(&link) {
                    self.faults.push(format!("{link:?} once more"));
                }
                self.names.push(link);
                self.links.push(Open { link, wire: None });
                self.wishes.push_back(Wish::Connect(link, attempt));
            }
            Output::Disconnect(link) => {
                let Some(at) = self.links.iter().position(|open| open.link == link) else {
                    self.faults
                        .push(format!("{link:?} is not there to be disconnected"));
                    return;
                };
                if let Some(wire) = self.links.remove(at).wire {
                    net.abort(wire);
                    self.rest.take_if(|(other, _)| *other == wire);
                }
            }
            Output::Send { id, request, .. } => {
                let time = (moment.now, &mut *moment.random);
                let number = net.control(time, self.page, &request);
                self.sends.push((id, number));
                if self.sends.len() > 1 {
                    self.faults
                        .push("two control requests hold a connection each".to_owned());
                }
            }
            Output::Abort(id) => {
                let Some(at) = self.sends.iter().position(|(other, _)| *other == id) else {
                    self.faults
                        .push(format!("{id:?} is not there to be aborted"));
                    return;
                };
                let (_, number) = self.sends.remove(at);
                net.sends[number].is_done = true;
            }
            Output::Listen(link) => {
                if !self.links.iter().any(|open| open.link == link) {
                    self.faults
                        .push(format!("{link:?} is to listen, and is not there"));
                }
            }
            Output::Say(bytes) => self.wishes.push_back(Wish::Say(bytes)),
            Output::RequestLock => self.wishes.push_back(Wish::RequestLock),
            Output::StealLock => self.wishes.push_back(Wish::StealLock),
            Output::ReleaseLock => self.wishes.push_back(Wish::ReleaseLock),
            other => self.faults.push(format!("{other:?} is unknown")),
        }
    }

    /// Removes the page and closes all its connections.
    pub(crate) fn vanish(&mut self, net: &mut Net) {
        for open in self.links.drain(..) {
            if let Some(wire) = open.wire {
                net.abort(wire);
            }
        }
        for (_, number) in self.sends.drain(..) {
            net.sends[number].is_done = true;
        }
        self.rest = None;
        self.waiting.clear();
    }

    /// Returns whether a control request is still unanswered.
    pub(crate) fn waits_for_answer(&self) -> bool {
        !self.sends.is_empty()
    }
}

/// Returns an answer as the edge reads it.
fn answer(link: LinkId, status: u16) -> Input<'static> {
    let content_type = if status == 200 {
        "text/event-stream"
    } else {
        "text/html"
    };
    let headers = vec![("content-type".to_owned(), content_type.to_owned())];
    let response = Response::new(status, headers, String::new());
    Input::Response {
        link,
        kind: response.kind("text/event-stream"),
        excerpt: String::new(),
        retry_after: None,
        response,
    }
}
