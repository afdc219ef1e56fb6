//! Streams that fail on a script, for tests of clients.
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
//! Its stream is at `/scenario/{key}/stream`. The n-th connection meets the n-th attempt, and after
//! the last attempt the last one again:
//!
//! | `kind` | what happens | fields |
//! |---|---|---|
//! | `serve` | events from the client's position on | `stopAfter`, `stop` (`end`, `cut`, `reset`, `silence`), `requireToken`, `delayHeadersMs`, `lastEventId`, `contentType`, `endAfterMs` |
//! | `status` | a plain answer | `status`, `headers`, `body` |
//! | `redirect` | a redirect | `status`, `to` |
//! | `hang` | no answer, ever | |
//! | `drop` | the connection is closed without an answer | |
//!
//! What the server saw of its clients is at `/scenario/{key}/report`:
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
//! Times are in milliseconds since the scenario was created. `attempts` lists every connection,
//! refused ones too; its `lastEventId` is the position which the client asked to resume from, by
//! header or query; `sent` counts whole events; `closedAtMs` is when the stream ended or the
//! client's leaving was noticed; `preflights` counts those that came before it.
//!
//! `GET /hostile/{kind}` has bodies that are not worth a script: endless lines and the like.
//!
//! Pages of any origin may use all this, unless a script has its preflights refused.

mod delivery;
mod hostile;
mod routes;
mod run;
mod script;
mod values;

pub use routes::router;
