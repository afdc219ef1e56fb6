//! An edge without a browser: it performs nothing, and notes what it is told and asked to do.

use core::time::Duration;

use crate::connection::{Config, Instant, RetryPolicy, State, Transport};
use crate::error::Error;
use crate::http::Response;
use crate::mux::{Answer, EverstreamProtocol, GraphqlSse, Protocol, Request, Start};
use crate::session::{
    ChannelId, Delivery, Flow, Input, LinkId, Muxed, MuxedConfig, Output, SendId, Session, Sink,
    Solo,
};

/// The name of the first connection.
pub(super) const FIRST: LinkId = LinkId(5);

pub(super) struct Edge<S> {
    pub(super) session: S,
    pub(super) now: Instant,
    /// How many more deliveries have room, or `None` for all.
    pub(super) room: Option<usize>,
    /// The bodies of the requests that were to be sent, with the requests' names.
    pub(super) sends: Vec<(SendId, String)>,
    /// The request of the last attempt.
    pub(super) plan: Option<Request>,
    /// The position that the last attempt resumes from.
    pub(super) resumes: String,
    /// The messages that were sent to the other tabs.
    pub(super) said: Vec<Vec<u8>>,
    lines: Vec<String>,
}

struct Ears<'e> {
    lines: &'e mut Vec<String>,
    room: &'e mut Option<usize>,
}

impl Sink for Ears<'_> {
    fn take(&mut self, delivery: Delivery<'_>) -> Flow {
        assert_ne!(
            *self.room,
            Some(0),
            "{delivery:?} comes though there is no room"
        );
        self.lines.push(told(&delivery));
        match self.room {
            None => Flow::Continue,
            Some(room) => {
                *room -= 1;
                if *room == 0 {
                    Flow::Stop
                } else {
                    Flow::Continue
                }
            }
        }
    }
}

fn told(delivery: &Delivery<'_>) -> String {
    let fate = |error: &Option<Error>| match error {
        None => "ends".to_owned(),
        Some(Error::Channel { code, .. }) => format!("fails: {code}"),
        Some(error) => match error.status() {
            Some(status) => format!("fails: {status}"),
            None => format!("fails: {error}"),
        },
    };
    match delivery {
        Delivery::Event(ChannelId(channel), event, place) => {
            format!(
                "{channel}: {} {} at {}",
                event.event_type, event.data, place.position
            )
        }
        Delivery::Comment(text) => format!("comment {text}"),
        Delivery::Gap(ChannelId(channel), _) => format!("{channel}: gap"),
        Delivery::Skipped(ChannelId(channel), _) => format!("{channel}: skipped"),
        Delivery::InForce(ChannelId(channel), true) => format!("{channel}: in force"),
        Delivery::InForce(ChannelId(channel), false) => format!("{channel}: not in force"),
        Delivery::End(ChannelId(channel), error) => format!("{channel}: {}", fate(error)),
        Delivery::Failed(error) => format!("failed: {error}"),
        Delivery::State(State::Closed { error }) => format!("closed, {}", fate(error)),
        Delivery::State(State::Waiting { .. }) => "waiting".to_owned(),
        Delivery::State(State::Open { .. }) => "open".to_owned(),
        Delivery::State(State::Connecting { .. }) => "connecting".to_owned(),
        Delivery::State(state) => format!("{state:?}").to_lowercase(),
        Delivery::Ended(end) => format!("ended: {:?}", end.reason),
        Delivery::Sharing(sharing) => format!("{:?} of {}", sharing.role, sharing.tabs),
    }
}

impl<S: Session> Edge<S> {
    pub(super) fn new(session: S) -> Self {
        Self {
            session,
            now: Instant::default(),
            room: None,
            sends: Vec::new(),
            plan: None,
            said: Vec::new(),
            resumes: String::new(),
            lines: Vec::new(),
        }
    }

    /// Hands in an input. Returns what follows.
    pub(super) fn handle(&mut self, input: Input<'_>) -> Vec<String> {
        self.session.handle(self.now, input);
        self.settle()
    }

    /// Lets the next timeout come. Returns what follows.
    pub(super) fn time_out(&mut self) -> Vec<String> {
        self.now = self.session.poll_timeout().expect("something is due");
        self.handle(Input::Timeout)
    }

    /// Hands in a piece of a stream. Returns how many of its bytes were taken, and what follows.
    pub(super) fn receive_some(&mut self, link: u32, piece: &str) -> (usize, Vec<String>) {
        let mut ears = Ears {
            lines: &mut self.lines,
            room: &mut self.room,
        };
        let taken = self
            .session
            .receive(self.now, LinkId(link), piece.as_bytes(), &mut ears);
        (taken, self.settle())
    }

    /// Hands in a piece of a stream that must be taken as a whole. Returns what follows.
    pub(super) fn receive(&mut self, link: u32, piece: &str) -> Vec<String> {
        let (taken, lines) = self.receive_some(link, piece);
        assert_eq!(taken, piece.len());
        lines
    }

    /// Hands in an event of a native `EventSource`.
    pub(super) fn receive_native(
        &mut self,
        link: u32,
        event: &crate::parse::Event<'_>,
    ) -> Vec<String> {
        let mut ears = Ears {
            lines: &mut self.lines,
            room: &mut self.room,
        };
        self.session
            .receive_native(self.now, LinkId(link), event, &mut ears);
        self.settle()
    }

    /// Opens a stream.
    pub(super) fn open(&mut self, link: u32) -> Vec<String> {
        self.respond(link, 200)
    }

    pub(super) fn respond(&mut self, link: u32, status: u16) -> Vec<String> {
        self.handle(answer(LinkId(link), status))
    }

    /// Answers the request that was to be sent last.
    pub(super) fn answer(&mut self, status: u16, body: &str) -> Vec<String> {
        let (id, _) = self.sends.last().expect("one was sent").clone();
        let body = body.to_owned();
        let status = Some(status);
        self.handle(Input::Answer(id, &Answer { status, body }))
    }

    pub(super) fn subscribe(&mut self, channel: u32, name: &str) {
        let lines = self.handle(Input::Subscribe {
            channel: ChannelId(channel),
            name,
            start: Start::Now,
        });
        assert_eq!(lines, [""; 0], "nothing is asked before the flush");
    }

    pub(super) fn unsubscribe(&mut self, channel: u32, name: &str) {
        let lines = self.handle(Input::Unsubscribe(ChannelId(channel), name));
        assert_eq!(lines, [""; 0], "nothing is asked before the flush");
    }

    /// Returns what is to be done, and what is told.
    pub(super) fn settle(&mut self) -> Vec<String> {
        while let Some(output) = self.session.poll_output() {
            let line = match output {
                Output::Connect(LinkId(link), attempt) => {
                    attempt.resume.position().clone_into(&mut self.resumes);
                    self.plan = self.session.plan(LinkId(link));
                    format!("connect {link}")
                }
                Output::Disconnect(LinkId(link)) => format!("disconnect {link}"),
                Output::Listen(LinkId(link)) => format!("listen {link}"),
                Output::Send { id, request, .. } => {
                    let line = format!("send {} {}", request.method, request.url);
                    self.sends.push((id, request.body.unwrap_or_default()));
                    line
                }
                Output::Abort(id) => {
                    let at = self.sends.iter().position(|(sent, _)| *sent == id);
                    format!("abort request {}", at.expect("it was sent") + 1)
                }
                Output::Say(bytes) => {
                    self.said.push(bytes);
                    continue;
                }
                Output::RequestLock => "request the lock".to_owned(),
                Output::StealLock => "steal the lock".to_owned(),
                Output::ReleaseLock => "release the lock".to_owned(),
            };
            self.lines.push(line);
        }
        if self.room != Some(0) {
            let mut ears = Ears {
                lines: &mut self.lines,
                room: &mut self.room,
            };
            self.session.deliver(&mut ears);
        }
        core::mem::take(&mut self.lines)
    }
}

pub(super) fn answer(link: LinkId, status: u16) -> Input<'static> {
    let content_type = if status == 200 {
        "text/event-stream"
    } else {
        "text/plain"
    };
    let response = Response {
        status,
        headers: vec![("content-type".to_owned(), content_type.to_owned())],
        url: String::new(),
    };
    Input::Response {
        link,
        kind: response.kind("text/event-stream"),
        excerpt: String::new(),
        retry_after: None,
        response,
    }
}

pub(super) fn config() -> Config {
    Config {
        transport: Transport::Fetch,
        retry: RetryPolicy::default()
            .initial_delay(Duration::from_secs(1))
            .jitter(false),
        max_event_size: 100,
        ..Config::default()
    }
}

/// Returns a session of one connection, with these options.
pub(super) fn solo(config: Config) -> Edge<Solo> {
    Edge::new(Solo::new(config, 1, FIRST))
}

fn multiplexer(connection: Config, protocol: impl Protocol + Clone + 'static) -> Edge<Muxed> {
    let config = MuxedConfig {
        url: "https://h/mux".to_owned(),
        connection,
        seed: 1,
        first: FIRST,
    };
    Edge::new(Muxed::new(config, protocol))
}

/// Returns a session of a multiplexer without channels.
pub(super) fn muxed() -> Edge<Muxed> {
    muxed_with(config())
}

/// Returns a session of a multiplexer with these options.
pub(super) fn muxed_with(connection: Config) -> Edge<Muxed> {
    multiplexer(connection, EverstreamProtocol::new())
}

/// Returns a session of a multiplexer whose server speaks graphql-sse.
pub(super) fn graphql() -> Edge<Muxed> {
    multiplexer(config(), GraphqlSse::new())
}

/// The greeting of a hub that can change sets.
pub(super) const HUB: &str =
    "event: @connected\ndata: {\"protocol\":1,\"connection\":\"c\",\"control\":\"/control\"}\n\n";
