//! Watches a stream for a limited time: its connections, and beside them a request that asks for a replay.

use std::time::Duration;

use everstream_core::diagnose::{Compression, Connection, Facts, Replay, Watch};
use everstream_core::http::AnswerKind;
use reqwest::{Response, Url};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout_at};

use crate::client::{Client, Encodings, head};

/// The number of connections to watch. Two that end alike show a rule.
const MAX_CONNECTIONS: usize = 5;

/// The wait before a connection that broke off is made again.
const PAUSE: Duration = Duration::from_secs(1);

/// The time that a connection must have left to be worth making.
const WORTHWHILE: Duration = Duration::from_secs(2);

/// How long a server may take to begin with the events that were missed.
const REPLAY: Duration = Duration::from_secs(5);

/// How long events are awaited before a replay of the last one is asked for.
const SETTLED: Duration = Duration::from_secs(1);

/// The part of the time in which an answer is awaited that may be compressed.
const COMPRESSED: u32 = 3;

/// Watches a stream for at most this time.
pub(super) async fn examine(client: &Client, url: &Url, limit: Duration) -> Facts {
    let began = Instant::now();
    let until = began + limit;
    let mut facts = Facts::new(url.as_str());
    let (watch, answer) = match first(client, url, limit, &mut facts).await {
        (watch, Some(answer)) if is_readable(&answer) => (watch, answer),
        (watch, answer) => {
            let watched = match answer {
                Some(_) => Duration::ZERO,
                None => began.elapsed(),
            };
            facts.connections.push(watch.finish(watched));
            return facts;
        }
    };
    let (ask, asked) = oneshot::channel();
    let (connections, replay) = tokio::join!(
        connections(client, url, until, (watch, answer), ask),
        replay(client, url, until, asked)
    );
    facts.connections = connections;
    facts.replay = replay;
    facts
}

/// Opens the first connection as browsers do. If its answer is compressed, it can't be read: then the
/// connection is opened anew without compression.
async fn first(
    client: &Client,
    url: &Url,
    limit: Duration,
    facts: &mut Facts,
) -> (Watch, Option<Response>) {
    let began = Instant::now();
    let patience = began + limit / COMPRESSED;
    let (watch, answer) = open(client, url, Encodings::Browsers, patience).await;
    let until = began + limit;
    let is_late = answer.is_none() && Instant::now() >= patience;
    match answer.as_ref().and_then(encoding) {
        Some(encoding) => facts.compressed = Some(Compression::Named(encoding)),
        None if is_late => {}
        None => return (watch, answer),
    }
    let opened = Instant::now();
    let (plain, plain_answer) = open(client, url, Encodings::None, until).await;
    if is_late {
        // A compressor may hold the headers back. A server that is slow is as slow without compression.
        let is_prompt = opened.elapsed() * 2 < limit / COMPRESSED;
        if plain_answer.as_ref().is_some_and(is_stream) && is_prompt {
            facts.compressed = Some(Compression::Withheld);
        }
        return (plain, plain_answer);
    }
    if plain_answer.as_ref().is_some_and(is_readable) {
        (plain, plain_answer)
    } else {
        (watch, answer)
    }
}

/// Opens a connection and notes its answer, if there is one in time.
async fn open(
    client: &Client,
    url: &Url,
    encodings: Encodings,
    until: Instant,
) -> (Watch, Option<Response>) {
    let mut watch = Watch::new();
    let opening = client.open(url, None, encodings, |status, to| {
        watch.redirected(status, to.as_str());
    });
    let answer = timeout_at(until, opening).await;
    match answer {
        Ok(Ok(response)) => {
            watch.answered(head(&response));
            (watch, Some(response))
        }
        Ok(Err(reason)) => {
            watch.failed(reason);
            (watch, None)
        }
        Err(_) => (watch, None),
    }
}

/// Returns whether an answer is an event stream that isn't compressed.
fn is_readable(response: &Response) -> bool {
    is_stream(response) && encoding_of_stream(response).is_none()
}

fn is_stream(response: &Response) -> bool {
    head(response).kind("") == AnswerKind::EventStream
}

/// Returns the encoding of an event stream, if it has one.
fn encoding(response: &Response) -> Option<String> {
    is_stream(response).then(|| encoding_of_stream(response))?
}

fn encoding_of_stream(response: &Response) -> Option<String> {
    let head = head(response);
    let encoding = head.header("content-encoding")?.trim();
    (!encoding.eq_ignore_ascii_case("identity")).then(|| encoding.to_owned())
}

/// The IDs by which to ask for a replay.
struct Ask {
    asked: String,
    missed: Vec<String>,
}

/// Watches the first connection, and further ones while they break off.
async fn connections(
    client: &Client,
    url: &Url,
    until: Instant,
    first: (Watch, Response),
    ask: oneshot::Sender<Ask>,
) -> Vec<Connection> {
    let mut connections = Vec::new();
    let mut ask = Some(ask);
    let (mut watch, mut response) = first;
    loop {
        let connection = follow(watch, response, until, &mut ask).await;
        // Nobody asks for a replay if it hasn't been asked for by now.
        ask = None;
        let is_broken = connection.end.is_some_and(|end| !end.is_clean);
        connections.push(connection);
        let is_worthwhile = Instant::now() + PAUSE + WORTHWHILE < until;
        if !is_broken || !is_worthwhile || connections.len() == MAX_CONNECTIONS {
            return connections;
        }
        sleep(PAUSE).await;
        let (next, answer) = open(client, url, Encodings::None, until).await;
        match answer.filter(is_stream) {
            Some(answer) => (watch, response) = (next, answer),
            None => return connections,
        }
    }
}

/// Watches one connection until it ends or time is up.
async fn follow(
    mut watch: Watch,
    mut response: Response,
    until: Instant,
    ask: &mut Option<oneshot::Sender<Ask>>,
) -> Connection {
    let began = Instant::now();
    let mut settled = None;
    loop {
        // A stream may pause for ever after its second event: the replay is asked for beside it.
        let wake = settled
            .filter(|_| ask.is_some())
            .unwrap_or(until)
            .min(until);
        let chunk = timeout_at(wake, response.chunk()).await;
        let at = began.elapsed();
        let is_over = match chunk {
            Ok(Ok(Some(bytes))) => {
                watch.received(at, &bytes);
                if settled.is_none() && watch.seen().ids.len() > 1 {
                    settled = Some(Instant::now() + SETTLED);
                }
                Instant::now() >= until
            }
            Ok(Ok(None)) => {
                watch.ended(at, true);
                true
            }
            Ok(Err(_)) => {
                watch.ended(at, false);
                true
            }
            Err(_) => Instant::now() >= until,
        };
        let is_settled = settled.is_some_and(|settled| Instant::now() >= settled);
        if (is_settled || is_over)
            && let [.., asked, missed] = &*watch.seen().ids
            && let Some(ask) = ask.take()
        {
            // If the receiver is gone, time is up.
            let _ = ask.send(Ask {
                asked: asked.clone(),
                missed: vec![missed.clone()],
            });
        }
        if is_over {
            return watch.finish(at);
        }
    }
}

/// Asks for what followed an event, and returns what came.
async fn replay(
    client: &Client,
    url: &Url,
    until: Instant,
    asked: oneshot::Receiver<Ask>,
) -> Option<Replay> {
    let Ask { asked, missed } = asked.await.ok()?;
    let until = until.min(Instant::now() + REPLAY);
    if Instant::now() + WORTHWHILE > until {
        return None;
    }
    let opening = client.open(url, Some(&asked), Encodings::None, |_, _| ());
    let mut response = timeout_at(until, opening).await.ok()?.ok()?;
    let is_stream = is_readable(&response);
    let mut watch = Watch::new();
    let (mut until, mut settled) = (until, None);
    while is_stream && !is_decided(&watch.seen().ids, &asked, &missed) {
        match timeout_at(until, response.chunk()).await {
            Ok(Ok(Some(bytes))) => watch.received(Duration::ZERO, &bytes),
            _ => break,
        }
        // The first ID may be a greeting's. What begins with the second comes without a pause.
        if watch.seen().ids.len() > 1 {
            until = until.min(*settled.get_or_insert_with(|| Instant::now() + SETTLED));
        }
    }
    Some(Replay {
        received: watch.seen().ids.clone(),
        asked,
        missed,
        is_stream,
    })
}

/// Returns whether more IDs would change nothing.
fn is_decided(received: &[String], asked: &str, missed: &[String]) -> bool {
    received.iter().any(|id| missed.contains(id)) || received.iter().skip(1).any(|id| id == asked)
}
