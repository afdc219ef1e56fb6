//! The script of a scenario, as its creator writes it.

use serde::Deserialize;

use super::values::{
    Attempts, CommentInterval, EventType, FieldValue, Headers, Millis, Status, Verb,
};

/// A script, camelCase in JSON; every field has a default.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Script {
    /// Number of events. Their IDs are 1, 2, 3…, their data `{"n":<id>}`. Default: 100.
    pub(super) events: u64,
    /// Pause between two events. Default: 0 ms, which is as fast as the client reads.
    pub(super) interval_ms: Millis,
    /// Event type, empty for none. Default: `tick`.
    pub(super) event_type: EventType,
    /// Reconnection time that each connection begins with. Default: none.
    pub(super) retry_ms: Option<u64>,
    /// Whether events have IDs. Default: true.
    pub(super) ids: bool,
    /// Whether events are kept. Default: true.
    ///
    /// Without a log, events occur at their interval whether a client is connected or not. Each
    /// connection begins with the next event, whatever last event ID the client sends.
    pub(super) log: bool,
    /// Frames to send verbatim in place of the generated events. The n-th frame counts as event n, so
    /// a client that resumes after event n isn't sent the frames up to it. Default: none.
    pub(super) raw: Option<Vec<String>>,
    /// Interval of the comments. Default: no comments.
    pub(super) comment_every_ms: Option<CommentInterval>,
    /// The only method that isn't answered with 405. Default: any method.
    pub(super) method: Option<Verb>,
    /// Attempts that the first, second, third… connection meets; the last one repeats. Default: one
    /// that serves.
    pub(super) attempts: Attempts,
    /// How CORS preflights of the stream are answered. Default: `allow`.
    pub(super) preflight: Preflight,
    /// The state after the last event. Default: `noContent`.
    pub(super) finish: Finish,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            events: 100,
            interval_ms: Millis::default(),
            event_type: EventType::default(),
            retry_ms: None,
            ids: true,
            log: true,
            raw: None,
            comment_every_ms: None,
            method: None,
            attempts: Attempts::default(),
            preflight: Preflight::default(),
            finish: Finish::default(),
        }
    }
}

/// The fate of one connection, by its `kind`.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
pub(super) enum Attempt {
    /// Events that follow the client's last event ID.
    Serve(Serve),
    /// A plain answer.
    Status {
        /// Status of the answer.
        status: Status,
        /// Headers of the answer.
        #[serde(default)]
        headers: Headers,
        /// Body of the answer.
        #[serde(default)]
        body: String,
    },
    /// No answer: the request is accepted, and the connection stays open.
    Hang,
    /// A redirect.
    Redirect {
        /// Status of the redirect.
        status: Status,
        /// Target of the redirect, a path or an absolute URL.
        to: FieldValue,
    },
    /// No answer: the connection is closed.
    Drop,
}

/// How events are served.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Serve {
    /// Number of events of this connection after which `stop` happens. Default: never.
    pub(super) stop_after: Option<u64>,
    /// The way in which the stream stops then. Default: `end`.
    pub(super) stop: Stop,
    /// Bearer token without which requests are answered with 401. Default: none.
    pub(super) require_token: Option<String>,
    /// How long to wait before sending the response head. Default: 0 ms.
    pub(super) delay_headers_ms: Millis,
    /// Value of the answer's `Last-Event-ID` header. Default: no header.
    pub(super) last_event_id: Option<FieldValue>,
    /// Content type. Default: `text/event-stream`.
    pub(super) content_type: Option<FieldValue>,
    /// Time after which the stream ends cleanly. Default: never.
    pub(super) end_after_ms: Option<Millis>,
}

/// How a stream stops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Stop {
    /// The response ends cleanly.
    #[default]
    End,
    /// The connection is closed in the middle of the next event.
    Cut,
    /// The connection is reset in the middle of the next event.
    Reset,
    /// The connection stays open and carries no more bytes.
    Silence,
}

/// How CORS preflights are answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Preflight {
    /// All preflights are allowed what they ask for.
    #[default]
    Allow,
    /// Preflights that ask for the `Last-Event-ID` header are refused, as by servers that know only
    /// plain `EventSource` requests.
    Refuse,
}

/// The state of a stream after its last event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Finish {
    /// The stream ends, and a connection that resumes there is answered with 204.
    #[default]
    NoContent,
    /// The stream stays open.
    Hold,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(script: &str) -> String {
        serde_json::from_str::<Script>(script)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn everything_has_a_default() {
        let script: Script = serde_json::from_str("{}").unwrap();
        assert_eq!(script.events, 100);
        assert!(matches!(script.attempts.nth(3), Attempt::Serve(_)));
    }

    #[test]
    fn the_last_attempt_repeats() {
        let script: Script =
            serde_json::from_str(r#"{"attempts":[{"kind":"hang"},{"kind":"drop"}]}"#).unwrap();
        assert!(matches!(script.attempts.nth(0), Attempt::Hang));
        assert!(matches!(script.attempts.nth(1), Attempt::Drop));
        assert!(matches!(script.attempts.nth(9), Attempt::Drop));
    }

    #[test]
    fn mistakes_are_named() {
        for (script, reason) in [
            (r#"{"event":1}"#, "unknown field `event`"),
            (r#"{"attempts":[]}"#, "at least one attempt"),
            (
                r#"{"attempts":[{"kind":"explode"}]}"#,
                "unknown variant `explode`",
            ),
            (
                r#"{"attempts":[{"kind":"serve","stopafter":1}]}"#,
                "unknown field `stopafter`",
            ),
            (
                r#"{"attempts":[{"kind":"status","status":99}]}"#,
                "99 is not the status",
            ),
            (
                r#"{"attempts":[{"kind":"redirect","status":307,"to":"a\nb"}]}"#,
                "as a header",
            ),
            (r#"{"intervalMs":3600001}"#, "longer than an hour"),
            (r#"{"commentEveryMs":0}"#, "nonzero"),
            (r#"{"eventType":"a\nb"}"#, "no line break"),
            (r#"{"method":"G T"}"#, "not a method"),
        ] {
            let message = refusal(script);
            assert!(message.contains(reason), "{script}: {message}");
        }
    }
}
