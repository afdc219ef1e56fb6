//! Access: which principal may have which channel.

use std::{collections::HashMap, future::Future, pin::Pin, sync::Arc, time::SystemTime};

use axum::{
    Json,
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use super::grant::{Floor, Grant};

/// Decides which principal a request comes from, and which channels that principal may have.
///
/// Each request is judged anew, for every channel of the set: both a request that opens a stream and one
/// that changes its set. The application tells the hub what changes between two requests.
/// [`Hub::revoke`](super::Hub::revoke) takes a channel from a principal, and
/// [`Hub::disconnect`](super::Hub::disconnect) ends streams.
///
/// ```
/// use axum::http::request::Parts;
/// use everstream_server::hub::{Access, Grant, Hub, Refusal};
///
/// struct Sessions;
///
/// impl Access for Sessions {
///     type Principal = String;
///
///     async fn principal(&self, request: &Parts) -> Result<String, Refusal> {
///         let user = request.headers.get("x-user").and_then(|user| user.to_str().ok());
///         user.map(str::to_owned).ok_or_else(Refusal::unauthenticated)
///     }
///
///     fn identity(&self, user: &String) -> String {
///         user.clone()
///     }
///
///     async fn may_subscribe(&self, user: &String, channel: &str) -> Result<Grant, Refusal> {
///         match channel.strip_prefix("inbox:") {
///             Some(owner) if owner != user => {
///                 Err(Refusal::new("forbidden", "this inbox is somebody else's"))
///             }
///             _ => Ok(Grant::with_history()),
///         }
///     }
/// }
///
/// let hub = Hub::builder().access(Sessions).build();
/// ```
pub trait Access: Send + Sync + 'static {
    /// The application's knowledge of the sender of a request.
    type Principal: Send + Sync + 'static;

    /// Finds the sender of a request, by its cookies or other headers.
    ///
    /// An error refuses the request as a whole.
    fn principal(
        &self,
        request: &Parts,
    ) -> impl Future<Output = Result<Self::Principal, Refusal>> + Send;

    /// Returns the text that tells a principal from others. Only requests with the identity that
    /// opened a connection may change it.
    ///
    /// The empty identity stands for all unidentified senders, so the limit of connections for each
    /// identity doesn't apply to it.
    fn identity(&self, principal: &Self::Principal) -> String;

    /// Returns when the credentials of a principal expire: never, unless implemented.
    ///
    /// The stream ends at that time. The client opens another one with its present credentials, and
    /// resumes from where it was.
    fn expires_at(&self, principal: &Self::Principal) -> Option<SystemTime> {
        let _ = principal;
        None
    }

    /// Decides whether a principal may have a channel, and how much of its past.
    ///
    /// The hub asks for each channel of each request, including those in force. An error refuses this
    /// channel alone: it becomes the data of `@error <channel>`, and a channel that was in force leaves
    /// the set.
    fn may_subscribe(
        &self,
        principal: &Self::Principal,
        channel: &str,
    ) -> impl Future<Output = Result<Grant, Refusal>> + Send;
}

/// The reason why a request or a channel is refused: a code for programs and a message for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    code: String,
    message: String,
    #[serde(skip)]
    status: StatusCode,
}

impl Refusal {
    /// Returns a refusal. As the answer to a request, its status is 403.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            status: StatusCode::FORBIDDEN,
        }
    }

    /// Returns the refusal of a request that doesn't say who sends it: 401.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::new("unauthenticated", "this needs credentials").with_status(StatusCode::UNAUTHORIZED)
    }

    /// Returns the refusal of credentials that have expired: 401.
    pub(crate) fn expired() -> Self {
        Self::new("expired", "these credentials have expired").with_status(StatusCode::UNAUTHORIZED)
    }

    /// Sets the status that answers a request. The status of a refused channel isn't visible.
    #[must_use]
    pub fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(self)).into_response()
    }
}

/// How many channels are judged before other tasks get their turn.
const AT_ONCE: usize = 256;

/// The verdict of [`Access`] on a request.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(crate) allowed: Vec<Arc<str>>,
    /// The channels whose past isn't open as a whole.
    pub(crate) floors: HashMap<String, Floor>,
    pub(crate) refused: Vec<(String, Refusal)>,
}

type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// [`Access`] without its types.
pub(crate) trait Gate: Send + Sync {
    fn identify<'a>(
        &'a self,
        request: &'a Parts,
    ) -> Pending<'a, Result<Box<dyn Admit + 'a>, Refusal>>;
}

/// A principal that asks for channels.
pub(crate) trait Admit: Send + Sync {
    fn identity(&self) -> String;

    fn expires_at(&self) -> Option<SystemTime>;

    /// Judges each channel.
    fn admit<'a>(&'a self, channels: &'a [Arc<str>]) -> Pending<'a, Admission>;
}

struct Principal<'a, A: Access> {
    access: &'a A,
    principal: A::Principal,
}

impl<A: Access> Gate for A {
    fn identify<'a>(
        &'a self,
        request: &'a Parts,
    ) -> Pending<'a, Result<Box<dyn Admit + 'a>, Refusal>> {
        Box::pin(async move {
            let principal = self.principal(request).await?;
            let access = self;
            Ok(Box::new(Principal { access, principal }) as Box<dyn Admit>)
        })
    }
}

impl<A: Access> Admit for Principal<'_, A> {
    fn identity(&self) -> String {
        self.access.identity(&self.principal)
    }

    fn expires_at(&self) -> Option<SystemTime> {
        self.access.expires_at(&self.principal)
    }

    fn admit<'a>(&'a self, channels: &'a [Arc<str>]) -> Pending<'a, Admission> {
        Box::pin(async move {
            let mut admission = Admission {
                allowed: Vec::with_capacity(channels.len()),
                floors: HashMap::new(),
                refused: Vec::new(),
            };
            for (number, channel) in channels.iter().enumerate() {
                // A request for many channels must let other tasks have their turn.
                if number % AT_ONCE == AT_ONCE - 1 {
                    tokio::task::yield_now().await;
                }
                match self.access.may_subscribe(&self.principal, channel).await {
                    Ok(Grant(floor)) => {
                        admission.allowed.push(Arc::clone(channel));
                        if floor != Floor::None {
                            admission.floors.insert(channel.to_string(), floor);
                        }
                    }
                    Err(refusal) => admission.refused.push((channel.to_string(), refusal)),
                }
            }
            admission
        })
    }
}

/// The default access: all senders are one principal, which may have every channel.
#[derive(Debug)]
pub(crate) struct Everybody;

impl Access for Everybody {
    type Principal = ();

    async fn principal(&self, _: &Parts) -> Result<(), Refusal> {
        Ok(())
    }

    fn identity(&self, (): &()) -> String {
        String::new()
    }

    async fn may_subscribe(&self, (): &(), _: &str) -> Result<Grant, Refusal> {
        Ok(Grant::with_history())
    }
}
