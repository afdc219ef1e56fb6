//! Streams that fail according to a script, for tests of clients.
//!
//! `POST /scenario` creates a scenario and answers `{"key":"…"}`. Every field has a default, here
//! spelt out:
//!
//! ```json
//! {
//!   "events": 100, "intervalMs": 0, "eventType": "tick", "retryMs": null, "ids": true,
//!   "log": true, "raw": null, "commentEveryMs": null, "method": null,
//!   "attempts": [{ "kind": "serve", "stopAfter": null, "stop": "end" }],
//!   "preflight": "allow", "finish": "noContent"
//! }
//! ```
//!
//! A scenario's stream is at `/scenario/{key}/stream`. The n-th connection meets the n-th attempt; the last
//! attempt repeats:
//!
//! | `kind` | what happens | fields |
//! |---|---|---|
//! | `serve` | events after the client's last event ID | `stopAfter`, `stop` (`end`, `cut`, `reset`, `silence`), `requireToken`, `delayHeadersMs`, `lastEventId`, `contentType`, `endAfterMs` |
//! | `status` | a plain answer | `status`, `headers`, `body` |
//! | `redirect` | a redirect | `status`, `to` |
//! | `hang` | no answer, ever | |
//! | `drop` | the connection is closed without an answer | |
//!
//! The server's record of its clients is at `/scenario/{key}/report`:
//!
//! ```json
//! {
//!   "attempts": [{
//!     "atMs": 12, "method": "GET", "query": "a=b", "lastEventId": null,
//!     "headers": { "accept": "text/event-stream" }, "body": "", "sent": 7, "closedAtMs": 80,
//!     "preflights": 1
//!   }],
//!   "active": 0, "preflights": 1
//! }
//! ```
//!
//! Times are in milliseconds since the scenario was created.
//!
//! - `attempts` lists every connection, refused ones too.
//! - `lastEventId` is the ID that the client asked to resume from, by header or query.
//! - `sent` counts whole events.
//! - `closedAtMs` is when the stream ended, or when the server noticed that the client had left.
//! - `preflights` of an attempt counts the preflights that came before it.
//!
//! `GET /hostile/{kind}` has bodies that need no script, such as endless lines.
//!
//! Pages of any origin may use all routes, unless a script has its preflights refused.

mod delivery;
mod hostile;
mod routes;
mod run;
mod script;
mod values;

pub use routes::router;
