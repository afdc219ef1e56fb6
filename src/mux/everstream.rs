//! The project's own protocol; `docs/multiplex-protocol.md` describes it.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::protocol::{
    Begin, Change, Control, InForce, Opening, Protocol, Request, Route, Update, Wanted,
};
use super::{Position, names};
use crate::http::with_query;
use crate::parse::Event;

/// The longest query that goes into a URL, in bytes: many servers and proxies take 8 KiB for the whole
/// request line. A longer one is the body of a `POST`.
pub const MAX_QUERY: usize = 6 * 1024;

/// How long the `@connected` of a hub is waited for. A server that sends none can't be told from one
/// whose first event is under way.
const INTRODUCTION: Duration = Duration::from_secs(1);

/// The protocol of `everstream-server`, of which a server may speak as little as it likes: channels in
/// the query, and events whose type is the channel.
#[derive(Clone, Debug, Default)]
pub struct EverstreamProtocol {
    /// Something has come: either `@connected` or, from a server that sends none, an event.
    heard: bool,
    /// The server keeps a log of its own making, so that IDs can be put in order.
    has_log: bool,
    /// Where and for which connection to change the set.
    control: Option<(String, String)>,
}

impl EverstreamProtocol {
    /// A new one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn connected(&mut self, data: &str) -> Route<'static> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Connected {
            protocol: u32,
            connection: Option<String>,
            control: Option<String>,
            heartbeat_ms: Option<u64>,
        }
        let connected: Connected = match serde_json::from_str(data) {
            Ok(connected) => connected,
            Err(error) => return Route::Malformed(error.to_string()),
        };
        if connected.protocol != 1 {
            let version = connected.protocol;
            return Route::Malformed(format!("protocol {version} is not known, only 1"));
        }
        self.has_log = true;
        self.control = connected.control.zip(connected.connection);
        Route::Connected {
            heartbeat: connected.heartbeat_ms.map(Duration::from_millis),
        }
    }

    fn control_event<'e>(&mut self, event: &Event<'e>) -> Route<'e> {
        let (name, channel) = match event.event_type.split_once(' ') {
            Some((name, channel)) => (name, Some(channel)),
            None => (event.event_type, None),
        };
        match (name, channel) {
            ("@connected", None) => self.connected(event.data),
            ("@subscribed", None) => {
                parse(event, |Subscribed { revision }| Route::InForce { revision })
            }
            // Of which channels can't be known if it is malformed: then of all, since none must miss it.
            ("@gap", None) => Route::Gap {
                channels: serde_json::from_str(event.data)
                    .ok()
                    .and_then(|Gap { channels }| channels),
            },
            ("@ping", None) => Route::Heartbeat,
            ("@complete", Some(channel)) => Route::Complete {
                channel: channel.to_owned(),
            },
            ("@error", Some(channel)) => {
                // Whatever its data are, the channel is over.
                let Failure { code, message } =
                    serde_json::from_str(event.data).unwrap_or_else(|_| Failure {
                        code: "unknown".to_owned(),
                        message: event.data.to_owned(),
                    });
                Route::Error {
                    channel: channel.to_owned(),
                    code,
                    message,
                }
            }
            ("@complete" | "@error", None) => Route::Malformed("it names no channel".to_owned()),
            // Of a later version.
            _ => Route::Ignored,
        }
    }
}

#[derive(Deserialize)]
struct Subscribed {
    revision: u64,
}

#[derive(Deserialize)]
struct Gap {
    channels: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Failure {
    code: String,
    #[serde(default)]
    message: String,
}

fn parse<'e, T: Deserialize<'e>>(
    event: &Event<'e>,
    route: impl FnOnce(T) -> Route<'e>,
) -> Route<'e> {
    match serde_json::from_str(event.data) {
        Ok(value) => route(value),
        Err(error) => Route::Malformed(error.to_string()),
    }
}

impl Protocol for EverstreamProtocol {
    fn check(&self, name: &str) -> Result<(), String> {
        names::check(name)
    }

    fn open(&mut self, url: &str, channels: &[Wanted<'_>]) -> Opening {
        let starts: Vec<String> = channels.iter().filter_map(start).collect();
        let names = channels.iter().map(|channel| ("channel", channel.name));
        let starts = starts.iter().map(|start| ("from", start.as_str()));
        let query = crate::http::form_urlencoded(names.chain(starts));
        let request = if query.len() > MAX_QUERY {
            // A content type that needs no preflight.
            Request::new("POST", url).body("application/x-www-form-urlencoded", query)
        } else {
            Request::get(with_query(url, &query))
        };
        Opening::with_channels(request)
    }

    fn route<'e>(&mut self, event: &Event<'e>) -> Route<'e> {
        self.heard = true;
        let name = event.event_type;
        if name.starts_with('@') {
            return self.control_event(event);
        }
        let (channel, event_type) = name.split_once(' ').unwrap_or((name, "message"));
        Route::Event {
            channel: channel.into(),
            event_type,
            data: event.data.into(),
        }
    }

    fn change(&mut self, change: &Change<'_>) -> Update {
        #[derive(Serialize)]
        struct Body<'a> {
            connection: &'a str,
            revision: u64,
            channels: Vec<&'a str>,
            #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
            from: serde_json::Map<String, serde_json::Value>,
        }
        let Some((control, connection)) = &self.control else {
            let patience = INTRODUCTION.saturating_sub(change.open_for);
            return if self.heard || patience.is_zero() {
                Update::Reopen
            } else {
                Update::Later(Some(patience))
            };
        };
        let from = change
            .added
            .iter()
            .filter_map(|channel| match channel.begin {
                Begin::After(id) => Some((channel.name.to_owned(), id.into())),
                // What is new to a connection begins now.
                Begin::Now | Begin::Position => None,
            });
        let body = Body {
            connection,
            revision: change.revision,
            channels: change.channels.iter().map(|channel| channel.name).collect(),
            from: from.collect(),
        };
        let body = serde_json::to_string(&body).unwrap_or_default();
        let request = Request::new("POST", control).body("application/json", body);
        Update::Requests {
            requests: vec![Control {
                request,
                channel: None,
            }],
            in_force: InForce::Announced,
        }
    }

    fn event_type(&self, channel: &str, event_type: &str) -> Option<String> {
        Some(match event_type {
            "message" => channel.to_owned(),
            _ => format!("{channel} {event_type}"),
        })
    }

    fn control_types(&self, channel: Option<&str>) -> Vec<String> {
        match channel {
            None => ["@connected", "@subscribed", "@gap", "@ping"]
                .map(str::to_owned)
                .into(),
            Some(channel) => ["@complete", "@error"]
                .map(|name| format!("{name} {channel}"))
                .into(),
        }
    }

    fn replays(&self) -> bool {
        true
    }

    fn position<'i>(&self, id: &'i str) -> Option<Position<'i>> {
        // A date or a UUID may look like one: only a hub's are meant so.
        if self.has_log {
            Position::parse(id)
        } else {
            None
        }
    }
}

/// The pair that says where a channel begins, if it is not where the connection does.
fn start(channel: &Wanted<'_>) -> Option<String> {
    let position = match channel.begin {
        Begin::Position => return None,
        Begin::Now => "now",
        Begin::After(id) => id,
    };
    Some(format!("{position} {}", channel.name))
}

#[cfg(test)]
mod tests;
