use core::time::Duration;
use std::rc::Rc;

use everstream::{Error, EventSource, HeadersRequest, RetryPolicy};

use super::tokens::Tokens;
use crate::trouble::Trouble;

#[derive(Debug, serde::Deserialize)]
pub(crate) struct Line {
    pub(crate) level: String,
    pub(crate) target: String,
    pub(crate) message: String,
}

/// The token expires. It is asked for before each attempt, and anew where the
/// last one was refused.
pub(crate) fn open(tokens: &Rc<Tokens>, last_event_id: &str) -> Result<EventSource, Error> {
    let tokens = Rc::clone(tokens);
    EventSource::builder("/demo/logs")
        .headers_with(move |request: HeadersRequest| {
            let tokens = Rc::clone(&tokens);
            async move {
                let token = tokens.get(request.unauthorized).await?;
                Ok::<_, Trouble>([("authorization", format!("Bearer {token}"))])
            }
        })
        .heartbeat_timeout(HEARTBEAT)
        .retry(
            RetryPolicy::default()
                .initial_delay(Duration::from_millis(500))
                .max_delay(Duration::from_secs(5)),
        )
        .last_event_id(last_event_id)
        .build()
}

// The server sends a comment each 5 s.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(8);
