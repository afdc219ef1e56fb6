//! Drives the core's session: opens, reads and sets its timer. Every decision is the session's.

use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::pin::Pin;
use std::time::{Duration, Instant as Monotonic, SystemTime};

use everstream_core::connection::{Attempt, Clock, Config, Instant, Resume};
use everstream_core::http::{AnswerKind, with_query_parameter};
use everstream_core::session::{Input, LinkId, Output, Session, Solo};
use reqwest::{Response, Url};
use tokio::time::sleep;

use super::show::Show;
use crate::client::{Client, Encodings, head, reason};

/// The query parameter that takes an ID which no header can carry, as in Everstream's other clients.
const LAST_EVENT_ID: &str = "lastEventId";

/// The wait for a timer that isn't set.
const LONG: Duration = Duration::from_secs(60 * 60);

type Opening<'a> = Pin<Box<dyn Future<Output = Result<Response, String>> + 'a>>;

/// The connection as it is now.
enum Line<'a> {
    None,
    Opening(LinkId, Opening<'a>),
    Open(LinkId, Response),
}

/// Something that has happened on the connection.
enum Happened {
    Answered(LinkId, Result<Response, String>),
    Read(LinkId, reqwest::Result<Option<bytes::Bytes>>),
}

impl Line<'_> {
    /// Waits for what happens next. Without a connection nothing ever does.
    async fn next(&mut self) -> Happened {
        match self {
            Line::None => std::future::pending().await,
            Line::Opening(link, opening) => Happened::Answered(*link, opening.await),
            Line::Open(link, response) => Happened::Read(*link, response.chunk().await),
        }
    }
}

/// A session and its connection.
pub(super) struct Edge<'a> {
    client: &'a Client,
    url: &'a Url,
    session: Solo,
    line: Line<'a>,
    clock: Clock,
    began: Monotonic,
}

impl<'a> Edge<'a> {
    pub(super) fn new(client: &'a Client, url: &'a Url, config: Config) -> Self {
        // The state of a new hasher is random, which is enough to keep clients apart.
        let seed = RandomState::new().hash_one(url.as_str());
        Self {
            client,
            url,
            session: Solo::new(config, seed, LinkId(0)),
            line: Line::None,
            clock: Clock::new(Duration::ZERO, wall()),
            began: Monotonic::now(),
        }
    }

    /// Follows the stream until it is closed for good.
    pub(super) async fn follow(mut self, show: &mut Show) -> io::Result<()> {
        let now = self.now();
        self.session.handle(now, Input::Start);
        loop {
            self.perform(show);
            self.session.deliver(show);
            show.flush()?;
            if show.is_over() {
                return Ok(());
            }
            let now = self.now();
            let due = self.session.poll_timeout();
            let wait = due.map_or(LONG, |due| due.saturating_since(now));
            tokio::select! {
                happened = self.line.next() => self.happened(happened, show),
                () = sleep(wait) => {
                    let now = self.now();
                    self.session.handle(now, Input::Timeout);
                }
                // Without the signal's handler, the system ends the program at the signal.
                Ok(()) = tokio::signal::ctrl_c() => {
                    let now = self.now();
                    self.session.handle(now, Input::Close);
                }
            }
        }
    }

    fn now(&mut self) -> Instant {
        self.clock.advance(self.began.elapsed(), wall())
    }

    fn perform(&mut self, show: &mut Show) {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Connect(link, attempt) => {
                    show.connecting(&attempt);
                    let opening = open(self.client, self.url, attempt);
                    self.line = Line::Opening(link, Box::pin(opening));
                }
                Output::Disconnect(_) => self.line = Line::None,
                // The others concern channels, tabs and the native `EventSource`.
                _ => {}
            }
        }
    }

    fn happened(&mut self, happened: Happened, show: &mut Show) {
        let now = self.now();
        match happened {
            Happened::Answered(link, Ok(response)) => {
                let head = head(&response);
                let kind = head.kind("");
                let retry_after = head.retry_after(wall());
                self.line = match kind {
                    AnswerKind::EventStream => Line::Open(link, response),
                    _ => Line::None,
                };
                let input = Input::Response {
                    link,
                    response: head,
                    kind,
                    excerpt: String::new(),
                    retry_after,
                };
                self.session.handle(now, input);
            }
            Happened::Answered(link, Err(reason)) => {
                self.line = Line::None;
                self.session.handle(now, Input::Failed(link, &reason));
            }
            Happened::Read(link, Ok(Some(bytes))) => {
                // The sink has room for all, so that nothing is left.
                self.session.receive(now, link, &bytes, show);
            }
            Happened::Read(link, Ok(None)) => {
                self.line = Line::None;
                self.session.handle(now, Input::Ended(link));
            }
            Happened::Read(link, Err(error)) => {
                self.line = Line::None;
                self.session
                    .handle(now, Input::Failed(link, &reason(error)));
            }
        }
    }
}

/// Returns the time since the Unix epoch.
fn wall() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}

/// Opens the stream as an attempt asks for it.
async fn open(client: &Client, url: &Url, attempt: Attempt) -> Result<Response, String> {
    let (url, header) = match &attempt.resume {
        Resume::None => (url.clone(), None),
        Resume::Header(id) => (url.clone(), Some(id.as_str())),
        Resume::Query(id) => {
            let url = with_query_parameter(url.as_str(), LAST_EVENT_ID, id);
            let url = Url::parse(&url).map_err(|error| error.to_string())?;
            (url, None)
        }
    };
    client.open(&url, header, Encodings::None, |_, _| ()).await
}
