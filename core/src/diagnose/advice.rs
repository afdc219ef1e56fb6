//! The meaning and the remedy of each finding.

use super::Finding;

impl Finding {
    /// Returns the name of the fault for programs. It doesn't change.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "unreachable",
            Self::NoAnswer { .. } => "no-answer",
            Self::RedirectLoop { .. } => "redirect-loop",
            Self::LoginPage { .. } => "login-page",
            Self::Status { .. } => "status",
            Self::Html => "html",
            Self::ContentType { .. } => "content-type",
            Self::NoBlankLine { .. } => "no-blank-line",
            Self::NotUtf8 => "not-utf8",
            Self::Unfinished => "unfinished",
            Self::Buffered { .. } => "buffered",
            Self::CutInSilence { .. } => "cut-in-silence",
            Self::CutAtAge { .. } => "cut-at-age",
            Self::BrokenOff { .. } => "broken-off",
            Self::NoHeartbeat { .. } => "no-heartbeat",
            Self::Compressed { .. } => "compressed",
            Self::ContentLength { .. } => "content-length",
            Self::Charset { .. } => "charset",
            Self::NoIds { .. } => "no-ids",
            Self::NotReplayed { .. } => "not-replayed",
            Self::StartsOver { .. } => "starts-over",
        }
    }

    /// Returns what the fault means for a client.
    #[must_use]
    pub const fn meaning(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "No client can connect, and each tries again for ever.",
            Self::NoAnswer { .. } => {
                "The server holds its headers back, perhaps until its first event. A client can't tell that from \
                 a server that hangs, and gives the attempt up."
            }
            Self::RedirectLoop { .. } => "Browsers give up, and so does every client.",
            Self::LoginPage { .. } => {
                "The request carries no credentials that the server accepts. A page is no event stream, so the \
                 native `EventSource` closes for good without saying why."
            }
            Self::Status { status: 204 } => {
                "The standard makes a client close for good at this status."
            }
            Self::Status {
                status: 401 | 403, ..
            } => {
                "The server doesn't accept the credentials. The native `EventSource` closes for good."
            }
            Self::Status { .. } => {
                "Only status 200 opens a stream. The native `EventSource` closes for good."
            }
            Self::Html => {
                "The URL leads to a page, perhaps to the application's fallback route. Every client refuses it."
            }
            Self::ContentType { .. } => "The standard makes every client refuse the answer.",
            Self::NoBlankLine { .. } => {
                "A client collects the lines and waits for the end of the event, so that no event is ever \
                 dispatched."
            }
            Self::NotUtf8 => {
                "Clients replace each wrong byte by U+FFFD, whatever the content type says."
            }
            Self::Unfinished => "The standard makes a client discard the event.",
            Self::Buffered { .. } => {
                "Something on the way collects bytes until a buffer is full. Events are late, and so are the \
                 comments that keep the connection alive."
            }
            Self::CutInSilence { .. } => {
                "A proxy or a load balancer has a read timeout of this length. Each quiet time ends in a \
                 reconnect."
            }
            Self::CutAtAge { .. } => {
                "The server's platform or a proxy limits how long an answer may take. Each client reconnects at \
                 that interval."
            }
            Self::BrokenOff { .. } => {
                "The server or a proxy closed the connection in the middle of the answer: it crashed, was \
                 restarted, or gave up."
            }
            Self::NoHeartbeat { .. } => {
                "Proxies cut silent connections, most of them after 60 s. A client can't tell a quiet stream from \
                 a dead connection."
            }
            Self::Compressed { .. } => {
                "Compression collects bytes until a block is full, unless the server flushes after each event."
            }
            Self::ContentLength { .. } => {
                "The stream ends after that many bytes, and the client reconnects. A server that knows the length \
                 has made the whole answer first."
            }
            Self::Charset { .. } => "Clients decode UTF-8 whatever the header says.",
            Self::NoIds { .. } => {
                "After a reconnect a client can't ask for the events that it missed. They are lost."
            }
            Self::NotReplayed { .. } => {
                "The server has IDs and keeps no log, or reads the ID from elsewhere. Events that a client missed \
                 are lost, and nothing tells it."
            }
            Self::StartsOver { .. } => {
                "The server ignores the last event ID. After each reconnect a client gets events twice."
            }
        }
    }

    /// Returns what to change.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "Check the host, the port and the certificate of the URL.",
            Self::NoAnswer { .. } => {
                "Send the headers and a comment (`: hello`) when the stream opens. In Node: \
                 `response.flushHeaders()`."
            }
            Self::RedirectLoop { .. } => {
                "Open the URL that answers, and check what redirects it back."
            }
            Self::LoginPage { .. } => {
                "Send credentials: `--header 'Authorization: Bearer TOKEN'`. Let the server answer 401 where a stream \
                 is asked for (`Accept: text/event-stream`)."
            }
            Self::Status { status: 204 } => "Answer 200 while there are events to come.",
            Self::Status {
                status: 401 | 403, ..
            } => "Send credentials: `--header 'Authorization: Bearer TOKEN'`.",
            Self::Status { status: 404 | 405 } => "Check the path; the route has to accept `GET`.",
            Self::Status { status: 406 } => "Let the server accept `Accept: text/event-stream`.",
            Self::Status {
                status: 502..=504, ..
            } => "Check the server behind the proxy: the proxy got no answer from it.",
            Self::Status { .. } => "Look at the server's log.",
            Self::Html => {
                "Check the path, and put the stream's route before the fallback that serves the application's page."
            }
            Self::ContentType { .. } => "Send `Content-Type: text/event-stream`.",
            Self::NoBlankLine { .. } => {
                "End each event with an empty line: `data: …\\n\\n`, not `data: …\\n`."
            }
            Self::NotUtf8 => "Encode the text as UTF-8 before it is sent.",
            Self::Unfinished => {
                "Send an empty line after the last event. If a gateway cuts it, use the option \
                 `deliverUnfinished`."
            }
            Self::Buffered { .. } => {
                "Send `X-Accel-Buffering: no`. In nginx: `proxy_buffering off; gzip off;`. Exclude the route from \
                 compression."
            }
            Self::CutInSilence { .. } => {
                "Send a comment (`: ping`) more often than that, every 15 s or less. In nginx: \
                 `proxy_read_timeout 75s;`, in HAProxy: `timeout server 75s`."
            }
            Self::CutAtAge { .. } => {
                "Raise the limit, or send IDs and replay from `Last-Event-ID`, so that nothing is lost."
            }
            Self::BrokenOff { .. } => "Look at the server's and the proxy's log at this time.",
            Self::NoHeartbeat { .. } => {
                "Send a comment (`: ping`) every 15 s, as the standard advises. In axum: \
                 `.keep_alive(KeepAlive::default())`. If the interval is longer, watch longer: `--seconds 70`."
            }
            Self::Compressed { .. } => {
                "Exclude `text/event-stream` from compression. In nginx: `gzip off;`. In Express: a `filter` of \
                 `compression()`."
            }
            Self::ContentLength { .. } => {
                "Write each event as it happens, instead of sending one finished body."
            }
            Self::Charset { .. } => {
                "Send `Content-Type: text/event-stream` without a charset, and UTF-8."
            }
            Self::NoIds { .. } => {
                "Send an `id: …` line with each event, and keep a log of the latest."
            }
            Self::NotReplayed { .. } => {
                "Keep a log, and send the events after the ID of the request header `Last-Event-ID`. If you can't, \
                 tell the client: `replays: false`."
            }
            Self::StartsOver { .. } => {
                "Read the request header `Last-Event-ID`, and begin with the event after it."
            }
        }
    }
}
