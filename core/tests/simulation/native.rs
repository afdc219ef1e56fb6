//! The browser's own `EventSource`, with the observed behaviour of the engines in failures.

use everstream_core::parse::{Frame, Parser};

use crate::plan::Engine;
use crate::queue::Time;
use crate::wire::{LinkId, Message};

pub(crate) struct Native {
    engine: Engine,
    /// The attempt of the connection that created this source.
    pub(crate) attempt: u32,
    /// The position in the source's URL.
    pub(crate) query: Option<String>,
    pub(crate) link: Option<LinkId>,
    state: ReadyState,
    parser: Parser,
    reconnection_time: Time,
    /// Connections in a row that broke before the answer.
    resets: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReadyState {
    Connecting,
    Open,
    Closed,
}

/// A visible effect of the source, or an action of the browser.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Opens,
    Event {
        event_type: String,
        data: String,
        last_event_id: String,
    },
    /// The source fires `error` and is CONNECTING.
    Errs,
    /// The source fires `error` and is CLOSED.
    GivesUp,
    /// The browser reconnects after this time.
    Reconnects(Time),
}

impl Native {
    pub(crate) fn new(engine: Engine, attempt: u32, query: Option<String>) -> Self {
        Self {
            engine,
            attempt,
            query,
            link: None,
            state: ReadyState::Connecting,
            parser: Parser::new(),
            reconnection_time: match engine {
                Engine::Firefox => 5_000,
                Engine::Chromium | Engine::WebKit => 3_000,
            },
            resets: 0,
        }
    }

    /// Returns the `Last-Event-ID` header of the next request.
    pub(crate) fn last_event_id(&self) -> Option<String> {
        let id = self.parser.last_event_id();
        (!id.is_empty()).then(|| id.to_owned())
    }

    pub(crate) fn handle(&mut self, message: Message) -> Vec<Act> {
        match (self.state, message) {
            (ReadyState::Closed, _) => vec![],
            (ReadyState::Connecting, Message::Head(head)) if head.event_stream => {
                self.state = ReadyState::Open;
                self.resets = 0;
                self.parser.restart();
                vec![Act::Opens]
            }
            (_, Message::Head(_)) => self.give_up(),
            (_, Message::Bytes(bytes)) => self.read(&bytes),
            (ReadyState::Connecting, Message::Refused) if self.engine == Engine::Firefox => {
                self.give_up()
            }
            (ReadyState::Connecting, Message::Reset) if self.engine == Engine::Firefox => {
                self.resets += 1;
                if self.resets < 10 {
                    vec![Act::Reconnects(0)]
                } else {
                    self.give_up()
                }
            }
            (_, Message::Refused | Message::Reset | Message::End) => {
                self.state = ReadyState::Connecting;
                vec![Act::Errs, Act::Reconnects(self.reconnection_time)]
            }
        }
    }

    fn give_up(&mut self) -> Vec<Act> {
        self.state = ReadyState::Closed;
        vec![Act::GivesUp]
    }

    fn read(&mut self, bytes: &[u8]) -> Vec<Act> {
        let mut acts = Vec::new();
        let mut frames = self.parser.feed(bytes);
        while let Some(frame) = frames.next() {
            match frame {
                Ok(Frame::Event(event)) => acts.push(Act::Event {
                    event_type: event.event_type.to_owned(),
                    data: event.data.to_owned(),
                    last_event_id: event.last_event_id.to_owned(),
                }),
                Ok(Frame::Retry(time)) => {
                    let floor = match self.engine {
                        Engine::Chromium => 5,
                        Engine::Firefox => 500,
                        Engine::WebKit => 3,
                    };
                    let asked = Time::try_from(time.as_millis()).unwrap_or(Time::MAX);
                    self.reconnection_time = asked.max(floor);
                }
                _ => {}
            }
        }
        acts
    }
}
