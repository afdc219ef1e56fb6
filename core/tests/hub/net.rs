//! The network between pages and the server, and its faults.

use everstream_core::connection::{Attempt, Resume};
use everstream_core::mux::Request;
use everstream_core::session::LinkId;

use super::habits::{Habits, Kind};
use super::request::{self, From};
use super::server::{Server, Word};
use super::truth::Number;
use super::wire::{Fact, Message, Noted, Sent, Wire, WireId};
use crate::queue::Time;
use crate::random::Random;

pub(crate) type SendNumber = usize;

/// How the network treats requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Healthy,
    /// Requests or their answers get lost.
    Loses,
    /// Control requests take longer than the client waits.
    Delays,
    /// Requests stay unanswered.
    Hangs,
    /// Control requests get this status. Streams get 503, so the client tries again.
    Answers(u16),
}

/// A fault of the open connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The streams break, and messages on their way are lost.
    Drops,
    /// The streams end, and messages on their way arrive.
    Ends,
    /// The streams go silent without an error.
    Silences,
    /// The hub loses its log and begins another.
    Restarts,
    /// The hub restarts and keeps its log.
    RestartsWithLog,
    /// The hub forgets the connection names that control requests refer to.
    Forgets,
    /// The clients stop reading.
    Stalls,
    /// The clients read again.
    Reads,
    /// The clients read again, after their queues have overflowed.
    Overflows,
}

/// A message on its way.
#[derive(Clone, Debug)]
pub(crate) enum Passage {
    /// The request of a stream reaches the server.
    Arrive(WireId, Option<String>, Vec<(usize, From)>),
    Down(WireId, Message),
    /// A control request reaches the server.
    Control(SendNumber),
    /// The answer of a control request reaches the client.
    Answer(SendNumber, Option<u16>),
}

/// A message that has reached a page.
#[derive(Clone, Debug)]
pub(crate) enum Incoming {
    Message(WireId, Message),
    Answer(SendNumber, Option<u16>),
}

/// A control request.
#[derive(Debug)]
pub(crate) struct Sending {
    pub(crate) page: usize,
    pub(crate) connection: String,
    pub(crate) revision: u64,
    pub(crate) channels: Vec<(usize, From)>,
    answer: Fate,
    /// The client no longer waits for the answer.
    pub(crate) is_done: bool,
}

/// The fate of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Arrives,
    Lost,
    /// The request never arrives, and the client learns of the failure.
    Failed,
    /// The client gets an answer of this status instead.
    Replaced(u16),
}

pub(crate) struct Net {
    pub(crate) habits: Habits,
    pub(crate) server: Server,
    pub(crate) mood: Mood,
    pub(crate) wires: Vec<Wire>,
    pub(crate) sends: Vec<Sending>,
    /// Messages that the world must still schedule.
    pub(crate) out: Vec<(Time, Passage)>,
}

impl Net {
    pub(crate) fn new(habits: &Habits) -> Self {
        Self {
            server: Server::new(habits),
            habits: habits.clone(),
            mood: Mood::Healthy,
            wires: Vec::new(),
            sends: Vec::new(),
            out: Vec::new(),
        }
    }

    fn latency(&self, random: &mut Random) -> Time {
        random.within(1..=self.habits.latency)
    }

    // Streams

    /// Sends the request of a stream. `request` names the channels, if there are any.
    pub(crate) fn open(
        &mut self,
        (now, random): (Time, &mut Random),
        page: usize,
        link: LinkId,
        attempt: &Attempt,
        request: Option<&Request>,
    ) -> WireId {
        let channels = match request {
            Some(request) => request::channels(request),
            None => vec![(0, From::Position)],
        };
        let position = match &attempt.resume {
            Resume::Header(id) => Some(id.clone()),
            Resume::Query(id) if self.habits.reads_query => Some(id.clone()),
            _ => None,
        };
        let by_header = matches!(attempt.resume, Resume::Header(_));
        let is_refused = by_header && self.habits.refuses_preflight;
        let wire = self.wires.len();
        self.wires.push(Wire {
            page,
            link,
            ready_at: now,
            cut: false,
            stalled: false,
            aborted: false,
            resumes: position.is_some(),
            had_position: attempt.resume != Resume::None || !attempt.position.is_empty(),
            by_query: matches!(attempt.resume, Resume::Query(_)),
        });
        let at = now + self.latency(random);
        let passage = if is_refused {
            Passage::Down(wire, Message::Lost)
        } else {
            Passage::Arrive(wire, position, channels)
        };
        self.out.push((at, passage));
        wire
    }

    /// Aborts a stream on the browser's side.
    pub(crate) fn abort(&mut self, wire: WireId) {
        self.wires[wire].aborted = true;
        self.server.close(wire);
    }

    fn arrive(
        &mut self,
        random: &mut Random,
        wire: WireId,
        position: Option<&str>,
        channels: Vec<(usize, From)>,
    ) {
        let Wire {
            aborted,
            stalled,
            page,
            ..
        } = self.wires[wire];
        if aborted || stalled {
            return;
        }
        let has_another = |it: &super::server::Connection| self.wires[it.link].page == page;
        if self.habits.one_stream && self.server.connections.iter().any(has_another) {
            self.server.outbox.push((wire, Word::Head(503, 0)));
            return;
        }
        match self.mood {
            Mood::Answers(_) => self.server.outbox.push((wire, Word::Head(503, 0))),
            Mood::Hangs => {}
            Mood::Loses => {
                if random.one_in(2) {
                    self.server.open(wire, position, channels);
                    self.server.close(wire);
                    self.wires[wire].cut = true;
                }
                self.server.outbox.push((wire, Word::Lost));
            }
            Mood::Healthy | Mood::Delays => self.server.open(wire, position, channels),
        }
    }

    /// Sends the server's messages on their way, in pieces that are cut anywhere.
    pub(crate) fn dispatch(&mut self, now: Time, random: &mut Random) {
        let mut run: Vec<(WireId, Vec<Sent>)> = Vec::new();
        for (wire, word) in core::mem::take(&mut self.server.outbox) {
            let message = match word {
                Word::Event(sent) => {
                    match run.iter_mut().find(|(other, _)| *other == wire) {
                        Some((_, events)) => events.push(sent),
                        None => run.push((wire, vec![sent])),
                    }
                    continue;
                }
                Word::Head(status, head) => Message::Head(status, head),
                Word::End => Message::End,
                Word::Lost => Message::Lost,
            };
            if let Some(at) = run.iter().position(|(other, _)| *other == wire) {
                let (_, events) = run.remove(at);
                self.send_events(now, random, wire, events);
            }
            self.send(now, random, wire, message);
        }
        for (wire, events) in run {
            self.send_events(now, random, wire, events);
        }
    }

    fn send(&mut self, now: Time, random: &mut Random, wire: WireId, message: Message) {
        let at = (now + self.latency(random)).max(self.wires[wire].ready_at);
        self.wires[wire].ready_at = at;
        self.out.push((at, Passage::Down(wire, message)));
    }

    fn send_events(&mut self, now: Time, random: &mut Random, wire: WireId, events: Vec<Sent>) {
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        for sent in events {
            let start = bytes.len();
            sent.write(&self.habits, &mut bytes);
            // The parser reports an oversized event before the event's end.
            let is_large = match sent.fact {
                Fact::Published(_, number) => self.habits.is_large(number),
                _ => false,
            };
            let noted = Noted {
                fact: sent.fact,
                id: sent.id,
            };
            let end = bytes.len();
            // The parser doesn't wait for the LF of a CR LF.
            let last = end - self.habits.line_end.len();
            ends.push((if is_large { start } else { last }, end, noted));
        }
        // Most pieces hold one event, as where a server flushes each. Sometimes a cut splits an event.
        let mut cuts: Vec<usize> = ends.iter().map(|(_, end, _)| *end).collect();
        if random.one_in(3) {
            cuts.retain(|_| random.one_in(3));
        }
        if random.one_in(3) {
            cuts.push(1 + random.index(bytes.len()));
        }
        cuts.push(bytes.len());
        cuts.sort_unstable();
        cuts.dedup();
        let mut begin = 0;
        for cut in cuts {
            let is_told = |(from, end, _): &&(usize, usize, Noted)| *from < cut && *end > begin;
            let told = ends.iter().filter(is_told);
            let facts = told.map(|(_, _, noted)| noted.clone()).collect();
            let piece = bytes[begin..cut].to_vec();
            begin = cut;
            self.send(now, random, wire, Message::Piece(piece, facts));
        }
    }

    /// Moves a message to its destination. Returns the message that reaches a page, if any.
    pub(crate) fn happen(
        &mut self,
        (now, random): (Time, &mut Random),
        passage: Passage,
    ) -> Option<Incoming> {
        match passage {
            Passage::Arrive(wire, position, channels) => {
                self.arrive(random, wire, position.as_deref(), channels);
                None
            }
            Passage::Down(wire, message) => {
                let Wire { cut, stalled, .. } = self.wires[wire];
                let is_end = matches!(message, Message::End | Message::Lost);
                (!stalled && (!cut || is_end)).then_some(Incoming::Message(wire, message))
            }
            Passage::Control(number) => {
                self.control_arrives(now, random, number);
                None
            }
            Passage::Answer(number, status) => Some(Incoming::Answer(number, status)),
        }
    }

    // Control requests

    pub(crate) fn control(
        &mut self,
        (now, random): (Time, &mut Random),
        page: usize,
        request: &Request,
    ) -> SendNumber {
        let (connection, revision, channels) = request::change(request);
        let (delay, answer) = match self.mood {
            Mood::Healthy => (self.latency(random), Fate::Arrives),
            Mood::Delays => (random.within(2_000..=25_000), Fate::Arrives),
            Mood::Answers(status) => (self.latency(random), Fate::Replaced(status)),
            Mood::Loses if random.one_in(2) => (self.latency(random), Fate::Lost),
            // The request never arrives. The client may or may not learn of it.
            Mood::Loses if random.one_in(2) => (self.latency(random), Fate::Failed),
            Mood::Loses | Mood::Hangs => (Time::MAX / 2, Fate::Lost),
        };
        let number = self.sends.len();
        self.sends.push(Sending {
            page,
            connection,
            revision,
            channels,
            answer,
            is_done: false,
        });
        self.out.push((now + delay, Passage::Control(number)));
        number
    }

    fn control_arrives(&mut self, now: Time, random: &mut Random, number: SendNumber) {
        let Sending {
            connection,
            revision,
            channels,
            answer,
            ..
        } = &self.sends[number];
        let (answer, revision) = (*answer, *revision);
        let status = match answer {
            Fate::Replaced(status) => Some(status),
            Fate::Failed => None,
            Fate::Arrives | Fate::Lost => {
                let (connection, channels) = (connection.clone(), channels.clone());
                Some(self.server.change(&connection, revision, channels).0)
            }
        };
        if answer != Fate::Lost {
            let at = now + self.latency(random);
            self.out.push((at, Passage::Answer(number, status)));
        }
    }

    // Faults

    /// Returns whether a queue has overflowed.
    pub(crate) fn strike(&mut self, random: &mut Random, fault: Fault) -> bool {
        match fault {
            Fault::Drops => self.break_streams(true),
            Fault::Ends => self.break_streams(false),
            Fault::Silences => {
                for connection in &self.server.connections {
                    self.wires[connection.link].stalled = true;
                }
                self.server.connections.clear();
            }
            Fault::Restarts | Fault::RestartsWithLog => {
                self.break_streams(random.one_in(2));
                if fault == Fault::Restarts {
                    self.server.restart();
                }
            }
            Fault::Forgets => self.server.forget_connections(),
            Fault::Stalls => self.server.stall(),
            Fault::Reads => {
                self.server.read(|_| 0);
            }
            Fault::Overflows => return self.server.read(|waiting| random.index(waiting + 1)),
        }
        false
    }

    /// Breaks every stream. If it cuts, messages on their way are lost; otherwise the end arrives after them.
    fn break_streams(&mut self, cuts: bool) {
        for connection in core::mem::take(&mut self.server.connections) {
            self.wires[connection.link].cut = cuts;
            let word = if cuts { Word::Lost } else { Word::End };
            self.server.outbox.push((connection.link, word));
        }
    }

    /// Returns the number of an ID, 0 for none.
    pub(crate) fn number(&self, id: &str) -> Number {
        self.server.truth.number(id)
    }

    /// Returns whether an ID belongs to another log than a position.
    pub(crate) fn is_of_another_log(&self, id: &str, position: &str) -> bool {
        let log_of = |id: &str| self.server.truth.find(id).0;
        self.habits.kind != Kind::NoIds && !position.is_empty() && log_of(id) != log_of(position)
    }
}
