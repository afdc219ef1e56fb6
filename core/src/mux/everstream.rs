//! The project's own multiplex protocol, as described in `docs/multiplex-protocol.md`.

mod json;
#[cfg(test)]
mod tests;

use core::time::Duration;

use json::Reader;

use super::protocol::{
    Begin, Change, Control, InForce, Opening, Protocol, Request, Route, Update, Wanted,
};
use super::{Position, names};
use crate::http::{stays_at, with_query};
use crate::parse::Event;
use crate::text::{cut, write_number};

/// The longest query that goes into a URL, in bytes: 6 KiB, since many servers and proxies accept 8 KiB for
/// the whole request line. A longer query becomes the body of a `POST`.
pub const MAX_QUERY: usize = 6 * 1024;

/// How long to wait for a hub's `@connected`. A server that sends none looks like one whose first event is
/// still under way.
const INTRODUCTION: Duration = Duration::from_secs(1);

/// The protocol of `everstream-server`. A server may implement as little of it as it likes: channels in the
/// query, and events whose type is the channel.
#[derive(Clone, Debug, Default)]
pub struct EverstreamProtocol {
    /// Whether an event has arrived: `@connected`, or any other from a server that doesn't send it.
    heard: bool,
    /// Whether the server keeps a log and assigns its IDs, so that they can be ordered.
    has_log: bool,
    /// The address at which to change the set, and the connection's name there.
    control: Option<(String, String)>,
    /// The multiplexer's URL.
    url: String,
    /// Origins other than the stream's to which control requests may be sent, with the source's headers.
    trusted: Vec<String>,
}

impl EverstreamProtocol {
    /// Creates the protocol with default options.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Allows the server to name a control address of this origin, such as `https://control.example.com`, in
    /// addition to the stream's own origin. Control requests carry the headers and credentials of the source.
    #[must_use]
    pub fn trust_control_origin(mut self, origin: impl Into<String>) -> Self {
        self.trusted.push(origin.into());
        self
    }

    fn connected(&mut self, data: &str) -> Route<'static> {
        let (mut protocol, mut connection, mut control, mut heartbeat) = (None, None, None, None);
        let text = |reader: &mut Reader<'_>| Some(reader.string()?.into_owned());
        let read = Reader::document(data, &mut |name, reader| {
            match name {
                "protocol" => protocol = Some(reader.number()?),
                "connection" => reader.optional(&mut connection, text)?,
                "control" => reader.optional(&mut control, text)?,
                "heartbeatMs" => reader.optional(&mut heartbeat, Reader::number)?,
                _ => reader.skip()?,
            }
            Some(())
        });
        match read.and(protocol) {
            Some(1) => {}
            Some(_) => return malformed("a version of the protocol other than 1"),
            None => return malformed("it is not JSON with a `protocol`"),
        }
        self.has_log = true;
        if let Some(control) = &control
            && !stays_at(&self.url, control)
            && !self.trusted.iter().any(|origin| stays_at(origin, control))
        {
            return malformed(
                "its `control` is of another origin than the stream, to which nothing is sent",
            );
        }
        self.control = control.zip(connection);
        Route::Connected {
            // An interval of 0 means that the server sends no heartbeats.
            heartbeat: heartbeat
                .filter(|milliseconds| *milliseconds > 0)
                .map(Duration::from_millis),
        }
    }

    fn control_event<'e>(&mut self, event: &Event<'e>, is_first: bool) -> Route<'e> {
        let (name, channel) = match cut(event.event_type, b' ') {
            Some((name, channel)) => (name, Some(channel)),
            None => (event.event_type, None),
        };
        match (name, channel) {
            ("@connected", None) if is_first => self.connected(event.data),
            ("@connected", None) => {
                malformed("only the first event of a stream introduces the server")
            }
            ("@subscribed", None) => revision(event.data).map_or_else(
                || malformed("it is not JSON with a `revision`"),
                |revision| Route::InForce { revision },
            ),
            ("@gap", None) => Route::Gap {
                channels: gap(event.data),
            },
            ("@ping", None) => Route::Heartbeat,
            ("@complete", Some(channel)) => Route::Complete {
                channel: channel.to_owned(),
            },
            ("@error", Some(channel)) => {
                // The channel has ended even if the event's data are malformed.
                let Failure {
                    code,
                    message,
                    revision,
                } = Failure::read(event.data).unwrap_or_else(|| Failure {
                    code: "unknown".to_owned(),
                    message: event.data.to_owned(),
                    revision: None,
                });
                Route::Error {
                    channel: channel.to_owned(),
                    code,
                    message,
                    revision,
                }
            }
            ("@complete" | "@error", None) => malformed("it names no channel"),
            // Later versions of the protocol may add control events.
            _ => Route::Ignored,
        }
    }
}

fn malformed<'e>(reason: &str) -> Route<'e> {
    Route::Malformed(reason.to_owned())
}

fn revision(data: &str) -> Option<u64> {
    let mut revision = None;
    Reader::document(data, &mut |name, reader| {
        match name {
            "revision" => revision = Some(reader.number()?),
            _ => reader.skip()?,
        }
        Some(())
    })?;
    revision
}

/// Returns the channels of a gap; `None` means all. A malformed gap counts for all channels, since none must
/// miss it.
fn gap(data: &str) -> Option<Vec<String>> {
    let mut channels = None;
    Reader::document(data, &mut |name, reader| {
        match name {
            "channels" => reader.optional(&mut channels, Reader::strings)?,
            _ => reader.skip()?,
        }
        Some(())
    })?;
    channels
}

/// The reason why a channel was refused or has failed.
struct Failure {
    code: String,
    message: String,
    revision: Option<u64>,
}

impl Failure {
    fn read(data: &str) -> Option<Self> {
        let (mut code, mut message, mut revision) = (None, String::new(), None);
        Reader::document(data, &mut |name, reader| {
            match name {
                "code" => code = Some(reader.string()?.into_owned()),
                "message" => message = reader.string()?.into_owned(),
                "revision" => reader.optional(&mut revision, Reader::number)?,
                _ => reader.skip()?,
            }
            Some(())
        })?;
        Some(Self {
            code: code?,
            message,
            revision,
        })
    }
}

impl Protocol for EverstreamProtocol {
    fn check(&self, name: &str) -> Result<(), String> {
        names::check(name)
    }

    fn open(&mut self, url: &str, channels: &[Wanted<'_>]) -> Opening {
        url.clone_into(&mut self.url);
        let starts: Vec<String> = channels.iter().filter_map(start).collect();
        let names = channels.iter().map(|channel| ("channel", channel.name));
        let starts = starts.iter().map(|start| ("from", start.as_str()));
        let query = crate::http::form_urlencoded(names.chain(starts));
        let request = if query.len() > MAX_QUERY {
            // This content type needs no preflight.
            Request::new("POST", url).body("application/x-www-form-urlencoded", query)
        } else {
            Request::get(with_query(url, &query))
        };
        Opening::with_channels(request)
    }

    fn route<'e>(&mut self, event: &Event<'e>) -> Route<'e> {
        let is_first = !core::mem::replace(&mut self.heard, true);
        let name = event.event_type;
        if name.starts_with('@') {
            return self.control_event(event, is_first);
        }
        let (channel, event_type) = cut(name, b' ').unwrap_or((name, "message"));
        Route::Event {
            channel: channel.into(),
            event_type,
            data: event.data.into(),
        }
    }

    fn change(&mut self, change: &Change<'_>) -> Update {
        let Some((control, connection)) = &self.control else {
            let patience = INTRODUCTION.saturating_sub(change.open_for);
            return if self.heard || patience.is_zero() {
                Update::Reopen
            } else {
                Update::Later(Some(patience))
            };
        };
        let body = body(connection, change);
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
            _ => [channel, " ", event_type].concat(),
        })
    }

    fn control_types(&self, channel: Option<&str>) -> Vec<String> {
        match channel {
            None => ["@connected", "@subscribed", "@gap", "@ping"]
                .map(str::to_owned)
                .into(),
            Some(channel) => ["@complete", "@error"]
                .map(|name| [name, " ", channel].concat())
                .into(),
        }
    }

    fn replays(&self) -> bool {
        true
    }

    fn position<'i>(&self, id: &'i str) -> Option<Position<'i>> {
        // A date or a UUID may look like `<epoch>-<seq>`, so only a hub's IDs are read as one.
        if self.has_log {
            Position::parse(id)
        } else {
            None
        }
    }

    fn share_key(&self) -> Option<String> {
        Some("everstream".to_owned())
    }
}

/// Returns the JSON of a control request: the full set, and `from` for channels that begin after an ID.
fn body(connection: &str, change: &Change<'_>) -> String {
    let mut body = "{\"connection\":".to_owned();
    json::write(connection, &mut body);
    body.push_str(",\"revision\":");
    write_number(change.revision, &mut body);
    let mut joint = ",\"channels\":[";
    for channel in change.channels {
        body.push_str(joint);
        json::write(channel.name, &mut body);
        joint = ",";
    }
    body.push_str(if change.channels.is_empty() {
        ",\"channels\":[]"
    } else {
        "]"
    });
    joint = ",\"from\":{";
    for channel in change.added {
        // A channel that is new to a connection begins now.
        let Begin::After(id) = channel.begin else {
            continue;
        };
        body.push_str(joint);
        json::write(channel.name, &mut body);
        body.push(':');
        json::write(id, &mut body);
        joint = ",";
    }
    body.push_str(if joint == "," { "}}" } else { "}" });
    body
}

/// Returns the `from` value of a channel's start, if it differs from the connection's.
fn start(channel: &Wanted<'_>) -> Option<String> {
    let position = match channel.begin {
        Begin::Position => return None,
        Begin::Now => "now",
        Begin::After(id) => id,
    };
    Some([position, " ", channel.name].concat())
}
