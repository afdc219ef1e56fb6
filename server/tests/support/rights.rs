//! Rights that change while a hub runs.
#![allow(
    dead_code,
    reason = "each test binary uses its own part of this module"
)]

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::http::request::Parts;
use everstream_server::hub::{Access, Grant, Refusal};
use parking_lot::Mutex;
use tokio::sync::Semaphore;

/// The rights as an application's database has them. Clones share them, as nodes do.
#[derive(Clone, Default)]
pub(crate) struct Rights(Arc<Inner>);

#[derive(Default)]
struct Inner {
    granted: Mutex<HashMap<(String, String), Grant>>,
    banned: Mutex<HashSet<String>>,
    /// A barrier that the next judgement waits at after it was made.
    barrier: Mutex<Option<Arc<Barrier>>>,
}

/// A point at which judgements wait until the test goes on.
pub(crate) struct Barrier {
    arrived: Semaphore,
    released: Semaphore,
}

impl Barrier {
    /// Waits until a judgement has been made.
    pub(crate) async fn arrived(&self) {
        self.arrived.acquire().await.unwrap().forget();
    }

    /// Lets the judgement take effect.
    pub(crate) fn release(&self) {
        self.released.add_permits(1);
    }
}

impl Rights {
    pub(crate) fn grant(&self, user: &str, channel: &str) {
        self.grant_as(user, channel, Grant::with_history());
    }

    pub(crate) fn grant_as(&self, user: &str, channel: &str, grant: Grant) {
        let right = (user.to_owned(), channel.to_owned());
        self.0.granted.lock().insert(right, grant);
    }

    pub(crate) fn withdraw(&self, user: &str, channel: &str) {
        let right = (user.to_owned(), channel.to_owned());
        self.0
            .granted
            .lock()
            .remove(&right)
            .expect("it was granted");
    }

    pub(crate) fn ban(&self, user: &str) {
        self.0.banned.lock().insert(user.to_owned());
    }

    /// Makes the next judgement wait.
    pub(crate) fn hold_one(&self) -> Arc<Barrier> {
        let barrier = Arc::new(Barrier {
            arrived: Semaphore::new(0),
            released: Semaphore::new(0),
        });
        *self.0.barrier.lock() = Some(Arc::clone(&barrier));
        barrier
    }
}

/// The sender of a request: its name from `X-User`, and the milliseconds for which that holds from
/// `X-Expires-In`.
pub(crate) struct User {
    name: String,
    expires: Option<SystemTime>,
}

impl Access for Rights {
    type Principal = User;

    async fn principal(&self, request: &Parts) -> Result<User, Refusal> {
        let header = |name| {
            request
                .headers
                .get(name)
                .map(|value| value.to_str().unwrap())
        };
        let name = header("x-user").ok_or_else(Refusal::unauthenticated)?;
        if self.0.banned.lock().contains(name) {
            return Err(Refusal::unauthenticated());
        }
        let expires = header("x-expires-in").map(|milliseconds| {
            SystemTime::now() + Duration::from_millis(milliseconds.parse().unwrap())
        });
        Ok(User {
            name: name.to_owned(),
            expires,
        })
    }

    fn identity(&self, user: &User) -> String {
        user.name.clone()
    }

    fn expires_at(&self, user: &User) -> Option<SystemTime> {
        user.expires
    }

    async fn may_subscribe(&self, user: &User, channel: &str) -> Result<Grant, Refusal> {
        let right = (user.name.clone(), channel.to_owned());
        let grant = self.0.granted.lock().get(&right).cloned();
        let barrier = self.0.barrier.lock().take();
        if let Some(barrier) = barrier {
            barrier.arrived.add_permits(1);
            barrier.released.acquire().await.unwrap().forget();
        }
        grant.ok_or_else(|| Refusal::new("forbidden", "not yours"))
    }
}
