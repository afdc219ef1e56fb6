//! Hubs of the library that tests of clients create and break.
//!
//! `POST /hub` creates a hub and answers `{"id":"…"}`. Every field has a default, here spelt out:
//!
//! ```json
//! {
//!   "heartbeatMs": 15000, "capacity": 10000, "queue": 256, "maxChannels": 10000,
//!   "refused": [], "control": true, "origins": null
//! }
//! ```
//!
//! `capacity` and `queue` count events. `refused` are channels that no client gets (`@error` with the
//! code `forbidden`). `origins` are the origins whose pages may use the hub; unless given, all may.
//! The header `X-Principal` names the sender of a request.
//!
//! | route | what it does |
//! |---|---|
//! | `GET`, `POST /hub/{id}/stream` | the hub's stream; its control URL is one level below |
//! | `POST /hub/{id}/publish` | publishes `{"channel":"a","type":null,"data":"…","count":1,"intervalMs":0}`, or an array of such; `{n}` in the data becomes the number of the event, from 1; `{"channel":"a","complete":true}` ends the channel. Events without an interval have been published when the request is answered. |
//! | `POST /hub/{id}/restart` | closes all connections, and begins a new log |
//! | `POST /hub/{id}/drop` | closes all connections |
//! | `POST /hub/{id}/shutdown` | ends all streams, and refuses new ones until a restart |
//! | `POST /hub/{id}/raw` | writes the body into all open streams, as it is |
//! | `GET /hub/{id}/report` | the hub's state and its past requests |
//!
//! The report:
//!
//! ```json
//! {
//!   "head": "e7-120", "open": 1, "opened": 3,
//!   "opens": [{ "atMs": 3, "method": "GET", "query": "channel=a", "lastEventId": null, "body": "" }],
//!   "connections": [{ "id": "…", "revision": 2, "channels": ["a", "b"] }],
//!   "controls": [{ "atMs": 12, "body": "{…}", "status": 202 }]
//! }
//! ```

mod instance;
mod publish;
mod routes;
mod settings;

pub(crate) use instance::Instance;
pub(crate) use routes::at;
pub use routes::router;
pub(crate) use settings::Settings;
