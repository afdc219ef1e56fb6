//! A chat that knows about one subject.

use std::{sync::Arc, time::Duration};

use axum::{body::Bytes, extract::State, http::StatusCode, response::Response};
use futures_util::stream;
use serde::Deserialize;
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use super::Demo;
use crate::{
    problem::Problem,
    sse::{Event, event_stream},
};

const PACE: Duration = Duration::from_millis(40);

/// Keywords that a prompt may contain, and the answer to them.
const ANSWERS: [(&[&str], &str); 6] = [
    (
        &["websocket", "socket", "bidirectional", "duplex"],
        "A WebSocket carries messages both ways and leaves everything else to you: reconnecting, \
         resuming, keeping order across a broken line. Server-sent events go one way only, but \
         they are plain HTTP. Proxies, cookies, compression and status codes work as they always \
         do, and the browser reconnects by itself and tells the server where it left off. If your \
         page mostly listens, and answers with an ordinary request now and then, the simpler \
         protocol is usually enough.",
    ),
    (
        &[
            "reconnect",
            "resume",
            "lost",
            "lose",
            "id",
            "replay",
            "missed",
        ],
        "Every event may carry an ID, and the client remembers the last one it saw. When the \
         connection breaks, it asks again with that ID in the Last-Event-ID header, so a server \
         which keeps a short log can continue with the very next event. Nothing arrives twice \
         and nothing is skipped. Should the log no longer reach back that far, an honest server \
         says so, because a gap that is announced can be repaired, while a silent one is found by \
         your users.",
    ),
    (
        &[
            "header",
            "token",
            "auth",
            "authorization",
            "bearer",
            "login",
        ],
        "The browser's own EventSource cannot send a header, which is why so many tokens end up \
         in query strings and then in log files. A client built on fetch can set Authorization \
         like any other request. Better still, it can ask for a fresh token before each attempt: \
         streams tend to outlive the tokens that opened them, so the reconnect is exactly when the \
         old one has expired. After a second refusal it should stop, since asking forever will \
         not make a wrong password right.",
    ),
    (
        &[
            "heartbeat",
            "dead",
            "silence",
            "silent",
            "timeout",
            "ping",
            "alive",
        ],
        "A connection can die without anybody noticing. A laptop sleeps, a router forgets its \
         table, and the socket stays open with nothing ever coming through it. TCP will not tell \
         the reader, for waiting looks the same as being cut off. So the server sends a comment \
         every few seconds, and a client that has heard nothing for two or three of those periods \
         hangs up and connects again. With resuming by ID, the reader loses a moment and no \
         events.",
    ),
    (
        &["format", "wire", "field", "parse", "grammar", "protocol"],
        "The format fits on a postcard. Each line is a field: data holds the payload, event names \
         its type, id marks the position, and retry sets the pause before reconnecting. A blank \
         line sends the event off, and a line beginning with a colon is a comment. Several data \
         lines are joined by line feeds. It is text, so you can watch a stream with curl. The hard \
         part is not the grammar but reading it correctly however the network slices it, even in \
         the middle of a character.",
    ),
    (
        &["stream", "sse", "event", "server-sent", "hello", "what"],
        "Server-sent events are a long response that never quite ends. The client makes an \
         ordinary GET request, the server answers with the type text/event-stream, and from then \
         on writes a few lines whenever something happens. This very answer reaches you that way, \
         one word per event. It suits prices, logs, progress bars, notifications and language \
         models alike: anywhere the server talks and the page listens. All it asks of you is a \
         server that flushes and a client that notices when the line goes dead.",
    ),
];

#[derive(Debug, Deserialize)]
struct Question {
    prompt: String,
}

pub(super) async fn answer(
    State(demo): State<Arc<Demo>>,
    body: Bytes,
) -> Result<Response, Problem> {
    let Question { prompt } =
        serde_json::from_slice(&body).map_err(|error| Problem::bad_json(&error))?;
    if prompt.trim().is_empty() {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "empty_prompt",
        ));
    }
    let frames = tokens(choose(&prompt))
        .map(|token| json!({ "choices": [{ "delta": { "content": token } }] }).to_string())
        .chain(["[DONE]".to_owned()])
        .map(|data| Event::new(data).encode());
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let counted = demo.chat.enter();
    Ok(event_stream(stream::unfold(
        (frames, pace, counted),
        async |(mut frames, mut pace, counted)| {
            pace.tick().await;
            Some((frames.next()?, (frames, pace, counted)))
        },
    )))
}

/// Returns the answer with the most keywords in the prompt. The prompt also decides between equals.
fn choose(prompt: &str) -> &'static str {
    let prompt = prompt.to_lowercase();
    let words: Vec<_> = prompt
        .split(|c: char| !c.is_alphanumeric() && c != '-')
        .filter(|w| !w.is_empty())
        .collect();
    let matches = |keys: &[&str]| {
        words
            .iter()
            .filter(|word| keys.iter().any(|key| is_form_of(word, key)))
            .count()
    };
    let most = ANSWERS
        .iter()
        .map(|(keys, _)| matches(keys))
        .max()
        .unwrap_or(0);
    let best: Vec<_> = ANSWERS
        .iter()
        .filter(|(keys, _)| matches(keys) == most)
        .collect();
    let sum: usize = prompt.bytes().map(usize::from).sum();
    best[sum % best.len()].1
}

/// Whether a word is the key, or the key with a short ending such as `s` or `ing`.
fn is_form_of(word: &str, key: &str) -> bool {
    word.strip_prefix(key)
        .is_some_and(|ending| ending.len() <= 3 && key.len() + ending.len() > 2)
        || word == key
}

/// Returns an answer's words, each with the space before it.
fn tokens(answer: &'static str) -> impl Iterator<Item = &'static str> {
    let mut rest = answer;
    std::iter::from_fn(move || {
        let end = rest
            .get(1..)?
            .find(' ')
            .map_or(rest.len(), |space| space + 1);
        let (token, tail) = rest.split_at(end);
        rest = tail;
        Some(token)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_of_a_readable_length() {
        for (_, answer) in ANSWERS {
            let count = tokens(answer).count();
            assert!((60..=120).contains(&count), "{count} tokens: {answer}");
            assert_eq!(tokens(answer).collect::<String>(), answer);
        }
    }

    #[test]
    fn the_answer_fits_the_prompt() {
        assert!(choose("How do tokens in HEADERS work?").contains("Authorization"));
        assert!(choose("and websockets?").contains("WebSocket"));
        assert_eq!(choose("xyzzy"), choose("xyzzy"));
    }
}
