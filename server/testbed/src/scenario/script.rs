//! What a scenario does, as its creator writes it.

use serde::Deserialize;

use super::values::{
    Attempts, CommentInterval, EventType, FieldValue, Headers, Millis, Status, Verb,
};

/// A script, camelCase in JSON; every field has a default.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Script {
    /// How many events there are. Their ids are 1, 2, 3…, their data `{"n":<id>}`. Default 100.
    pub(super) events: u64,
    /// Pause between two events. Default 0: as fast as the client reads.
    pub(super) interval_ms: Millis,
    /// Event type, empty for none. Default `tick`.
    pub(super) event_type: EventType,
    /// If set, each connection begins with this reconnection time.
    pub(super) retry_ms: Option<u64>,
    /// Whether events have ids. Default true.
    pub(super) ids: bool,
    /// Whether events are kept. If not, the events go on at their interval, heard or not, and each
    /// connection begins with the next one, whatever position the client asks for. Default true.
    pub(super) log: bool,
    /// If set, these frames are sent verbatim in place of the generated events. The n-th counts as
    /// event n, so a resuming client is not sent frames up to its position.
    pub(super) raw: Option<Vec<String>>,
    /// If set, a comment is sent this often.
    pub(super) comment_every_ms: Option<CommentInterval>,
    /// If set, connections with another method are answered with 405.
    pub(super) method: Option<Verb>,
    /// What the first, second, third… connection meets; after the last, the last one repeats.
    /// Default: one that serves.
    pub(super) attempts: Attempts,
    /// How CORS preflights of the stream are answered. Default `allow`.
    pub(super) preflight: Preflight,
    /// What follows the last event. Default `noContent`.
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

/// What one connection meets, by its `kind`.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
pub(super) enum Attempt {
    /// Events, from the client's position on.
    Serve(Serve),
    /// A plain answer.
    Status {
        /// Its status.
        status: Status,
        /// Its headers.
        #[serde(default)]
        headers: Headers,
        /// Its body.
        #[serde(default)]
        body: String,
    },
    /// The request is accepted and never answered.
    Hang,
    /// A redirect.
    Redirect {
        /// Its status.
        status: Status,
        /// Its target, a path or an absolute URL.
        to: FieldValue,
    },
    /// The connection is closed without an answer.
    Drop,
}

/// How events are served.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Serve {
    /// After how many events of this connection to `stop`. Default: never.
    pub(super) stop_after: Option<u64>,
    /// What happens then. Default `end`.
    pub(super) stop: Stop,
    /// If set, requests without this bearer token are answered with 401.
    pub(super) require_token: Option<String>,
    /// How long to wait with the response head.
    pub(super) delay_headers_ms: Millis,
    /// If set, the answer names this position in its `Last-Event-ID` header.
    pub(super) last_event_id: Option<FieldValue>,
    /// Content type, if not `text/event-stream`.
    pub(super) content_type: Option<FieldValue>,
    /// If set, the stream ends cleanly after this time.
    pub(super) end_after_ms: Option<Millis>,
}

/// How a stream stops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Stop {
    /// The response ends as it should.
    #[default]
    End,
    /// The connection is closed in the middle of the next event.
    Cut,
    /// The connection is reset in the middle of the next event.
    Reset,
    /// Nothing more is sent; the connection stays open.
    Silence,
}

/// How CORS preflights are answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Preflight {
    /// Whatever is asked for is allowed.
    #[default]
    Allow,
    /// Those that ask for the `Last-Event-ID` header are refused, as servers do that know of plain
    /// `EventSource` requests only.
    Refuse,
}

/// What follows the last event.
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
