//! GraphQL over Server-Sent Events, in its [single connection mode].
//!
//! [single connection mode]: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#single-connection-mode

mod document;
mod operation;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::protocol::{
    Answer, Change, Control, InForce, Opening, Protocol, Request, Route, Update, Verdict, Wanted,
};
use crate::error::Error;
use crate::http::{form_urlencoded, with_query};
use crate::parse::Event;
use operation::Operation;

/// The header that names the stream to which a request belongs.
const TOKEN: &str = "x-graphql-event-stream-token";

/// The protocol of `graphql-sse` servers, in single connection mode: all operations of a page share one
/// stream. A channel is an operation.
///
/// ```
/// use everstream_core::mux::GraphqlSse;
///
/// let query = "subscription Price($of: String!) { price(of: $of) }";
/// let operation = GraphqlSse::operation(query, &serde_json::json!({ "of": "ACME" }))?;
/// // The name of a channel: `mux.channel(&operation)`.
/// assert!(operation.contains("ACME"));
/// # Ok::<(), everstream_core::Error>(())
/// ```
///
/// Choose it for a `Mux` with `EventSource::builder("/graphql/stream").multiplex_with(GraphqlSse::new())`.
///
/// Each result is an event of type `message`, whose data is the execution result as the server wrote it:
/// `{"data":…}` or `{"errors":…}`. The channel ends when the operation does. A server that refuses an
/// operation ends its channel with [`Error::Response`], whose excerpt contains the errors. A server that
/// reports errors as a result delivers them in an event.
///
/// The server keeps nothing of a lost stream. After a reconnect each operation is asked for again, and its
/// channel is told of a gap. A mutation can't be a channel because it might be executed twice. Send it by a
/// plain `POST`.
#[derive(Clone, Debug, Default)]
pub struct GraphqlSse {
    /// The token of the reserved stream.
    token: String,
    /// The operations that the stream was asked for, by their IDs on the wire. Each ID is used once, so that
    /// a late result of an abandoned operation doesn't count as its successor's.
    operations: BTreeMap<u64, Box<str>>,
    /// The last ID that was used.
    last: u64,
}

impl GraphqlSse {
    /// Creates the protocol.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the name of the channel for an operation. Equal operations have the same channel.
    ///
    /// You can also write a name by hand: it is the JSON of a [GraphQL request], with `query` and, if needed,
    /// `variables`, `operationName` and `extensions`.
    ///
    /// [GraphQL request]: https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters
    ///
    /// # Errors
    ///
    /// [`Error::InvalidOption`] if the variables are not a JSON object, or if the query has a mutation.
    pub fn operation(query: &str, variables: &impl Serialize) -> Result<String, Error> {
        operation::name(query, variables).map_err(|reason| Error::invalid_option("channel", reason))
    }

    fn request(&self, method: &'static str, url: &str) -> Request {
        Request::new(method, url).header(TOKEN, &self.token)
    }

    /// Creates the request that begins an operation.
    fn begin(&mut self, url: &str, name: &str) -> Option<Control> {
        self.last += 1;
        // `check` has accepted the name before.
        let operation = Operation::parse(name).ok()?;
        let body = operation.with_id(&self.last.to_string())?;
        self.operations.insert(self.last, name.into());
        let request = self.request("POST", url);
        Some(Control {
            request: request.body("application/json", body),
            channel: Some(name.to_owned()),
        })
    }

    /// Creates the requests that stop the operations of these names.
    fn stop(&mut self, url: &str, names: &HashSet<&str>) -> Vec<Control> {
        // `BTreeMap::extract_if` needs Rust 1.91.
        let operations = self.operations.iter();
        let ids = operations.filter(|(_, name)| names.contains(&***name));
        let ids: Vec<_> = ids.map(|(id, _)| *id).collect();
        let mut stopped = Vec::with_capacity(ids.len());
        for id in ids {
            stopped.extend(self.operations.remove(&id).map(|name| (id, name)));
        }
        let requests = stopped.into_iter().map(|(id, name)| {
            let id = id.to_string();
            let query = form_urlencoded([("operationId", id.as_str())].into_iter());
            Control {
                request: self.request("DELETE", &with_query(url, &query)),
                channel: Some(name.into()),
            }
        });
        requests.collect()
    }

    fn next<'e>(&self, data: &'e str) -> Route<'e> {
        #[derive(Deserialize)]
        struct Next<'a> {
            #[serde(borrow)]
            id: Cow<'a, str>,
            #[serde(borrow)]
            payload: &'a RawValue,
        }
        let Next { id, payload } = match serde_json::from_str(data) {
            Ok(next) => next,
            Err(error) => return Route::Malformed(error.to_string()),
        };
        let name = id.parse().ok().and_then(|id: u64| self.operations.get(&id));
        match name {
            Some(name) => Route::Event {
                channel: Cow::Owned(name.to_string()),
                event_type: "message",
                data: payload.get().into(),
            },
            // The result was under way when the operation was given up.
            None => Route::Ignored,
        }
    }

    fn complete(&mut self, data: &str) -> Route<'static> {
        #[derive(Deserialize)]
        struct Complete<'a> {
            #[serde(borrow)]
            id: Cow<'a, str>,
        }
        let Complete { id } = match serde_json::from_str(data) {
            Ok(complete) => complete,
            Err(error) => return Route::Malformed(error.to_string()),
        };
        let id = id.parse().ok();
        match id.and_then(|id: u64| self.operations.remove(&id)) {
            Some(name) => Route::Complete {
                channel: name.into(),
            },
            None => Route::Ignored,
        }
    }
}

impl Protocol for GraphqlSse {
    fn check(&self, name: &str) -> Result<(), String> {
        Operation::parse(name)?.check()
    }

    fn prepare(&mut self, url: &str) -> Option<Request> {
        Some(Request::new("PUT", url))
    }

    fn prepared(&mut self, answer: &Answer) -> Result<(), String> {
        match answer.status {
            Some(200 | 201) => {}
            Some(409) => return Err("the server has a stream for this client already".to_owned()),
            Some(status) => return Err(format!("the stream was not reserved: status {status}")),
            None => return Err("the stream was not reserved: no answer".to_owned()),
        }
        let token = answer.body.trim();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("the answer to the reservation is no token".to_owned());
        }
        token.clone_into(&mut self.token);
        Ok(())
    }

    fn open(&mut self, url: &str, _: &[Wanted<'_>]) -> Opening {
        Opening::without_channels(self.request("GET", url))
    }

    fn route<'e>(&mut self, event: &Event<'e>) -> Route<'e> {
        match event.event_type {
            "next" => self.next(event.data),
            "complete" => self.complete(event.data),
            _ => Route::Ignored,
        }
    }

    fn change(&mut self, change: &Change<'_>) -> Update {
        // An operation that was refused and is asked for again is still in `operations`.
        let names = change.removed.iter().copied();
        let names = names.chain(change.added.iter().map(|channel| channel.name));
        let mut requests = self.stop(change.url, &names.collect());
        for channel in change.added {
            requests.extend(self.begin(change.url, channel.name));
        }
        Update::Requests {
            requests,
            in_force: InForce::Delivered,
        }
    }

    fn resumes(&self) -> bool {
        false
    }

    fn judge(&self, control: &Control, answer: &Answer) -> Verdict {
        let is_stop = control.request.method == "DELETE";
        match (answer.status, Verdict::by_status(control, answer)) {
            (Some(404), _) => Verdict::ConnectionGone,
            // A refused stop means that the operation has already ended.
            (_, Verdict::Refused) if is_stop => Verdict::Accepted,
            // 409 means that the operation runs: it was sent again because its answer was lost.
            (Some(409), _) => Verdict::Accepted,
            (_, verdict) => verdict,
        }
    }

    fn share_key(&self) -> Option<String> {
        Some("graphql-sse".to_owned())
    }
}
