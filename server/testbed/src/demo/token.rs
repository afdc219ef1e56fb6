//! Access tokens that expire.

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    Json,
    extract::{Query, State},
    http::{HeaderMap, header},
};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Demo;
use crate::random;

const LIFETIME_MS: u32 = 60_000;
/// Number of tokens that are kept; the token next to expire makes room.
const CAPACITY: usize = 1000;

/// The valid tokens, and when they expire.
#[derive(Debug, Default)]
pub(super) struct Tokens(Mutex<HashMap<String, Instant>>);

impl Tokens {
    fn issue(&self, lifetime: Duration, now: Instant) -> String {
        let mut tokens = self.0.lock();
        tokens.retain(|_, expiry| *expiry > now);
        if tokens.len() == CAPACITY {
            let next = tokens.iter().min_by_key(|(_, expiry)| **expiry);
            if let Some(token) = next.map(|(token, _)| token.clone()) {
                tokens.remove(&token);
            }
        }
        let token = random::name();
        tokens.insert(token.clone(), now + lifetime);
        token
    }

    /// Returns when the request's bearer token expires, if it is valid now.
    pub(super) fn expiry(&self, headers: &HeaderMap, now: Instant) -> Option<Instant> {
        let token = headers
            .get(header::AUTHORIZATION)?
            .to_str()
            .ok()?
            .strip_prefix("Bearer ")?;
        self.0
            .lock()
            .get(token)
            .copied()
            .filter(|expiry| *expiry > now)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Options {
    ttl_ms: Option<u32>,
}

pub(super) async fn issue(
    State(demo): State<Arc<Demo>>,
    Query(options): Query<Options>,
) -> Json<Value> {
    let lifetime = options.ttl_ms.unwrap_or(LIFETIME_MS);
    let token = demo
        .tokens
        .issue(Duration::from_millis(lifetime.into()), Instant::now());
    Json(json!({ "token": token, "expiresInMs": lifetime }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearing(token: &str) -> HeaderMap {
        [(
            header::AUTHORIZATION,
            format!("Bearer {token}").parse().unwrap(),
        )]
        .into_iter()
        .collect()
    }

    #[test]
    fn a_token_is_valid_until_it_expires() {
        let (tokens, now) = (Tokens::default(), Instant::now());
        let second = Duration::from_secs(1);
        let headers = bearing(&tokens.issue(second, now));
        assert_eq!(tokens.expiry(&headers, now), Some(now + second));
        assert_eq!(tokens.expiry(&headers, now + second), None);
        assert_eq!(tokens.expiry(&bearing("guess"), now), None);
        assert_eq!(tokens.expiry(&HeaderMap::new(), now), None);
    }

    #[test]
    fn there_are_only_so_many() {
        let (tokens, now) = (Tokens::default(), Instant::now());
        let first = bearing(&tokens.issue(Duration::from_secs(1), now));
        for _ in 0..CAPACITY {
            tokens.issue(Duration::from_secs(2), now);
        }
        assert_eq!(tokens.expiry(&first, now), None);
    }
}
