//! Who may have which channel.

use std::{collections::HashSet, future::Future, pin::Pin, sync::Arc};

use axum::{
    Json,
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

/// Decides who a request comes from, and which channels that one may have.
///
/// ```
/// use axum::http::request::Parts;
/// use everstream_server::hub::{Access, Hub, Refusal};
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
///     async fn may_subscribe(&self, user: &String, channel: &str) -> Result<(), Refusal> {
///         match channel.strip_prefix("inbox:") {
///             Some(owner) if owner != user => {
///                 Err(Refusal::new("forbidden", "this inbox is somebody else's"))
///             }
///             _ => Ok(()),
///         }
///     }
/// }
///
/// let hub = Hub::builder().access(Sessions).build();
/// ```
pub trait Access: Send + Sync + 'static {
    /// What is known of whoever sends a request.
    type Principal: Send + Sync + 'static;

    /// Finds out who sends a request, by its cookies or other headers.
    ///
    /// An error refuses the request as a whole.
    fn principal(
        &self,
        request: &Parts,
    ) -> impl Future<Output = Result<Self::Principal, Refusal>> + Send;

    /// What tells a principal from others: a connection is changed only by requests with the
    /// identity that opened it.
    fn identity(&self, principal: &Self::Principal) -> String;

    /// Whether a principal may have a channel.
    ///
    /// An error refuses this channel alone: it becomes the data of `@error <channel>`.
    fn may_subscribe(
        &self,
        principal: &Self::Principal,
        channel: &str,
    ) -> impl Future<Output = Result<(), Refusal>> + Send;
}

/// Why a request or a channel is refused: a code for programs and a message for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    code: String,
    message: String,
    #[serde(skip)]
    status: StatusCode,
}

impl Refusal {
    /// A refusal; as the answer to a request its status is 403.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            status: StatusCode::FORBIDDEN,
        }
    }

    /// The refusal of a request that does not say who sends it: 401.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::new("unauthenticated", "this needs credentials").with_status(StatusCode::UNAUTHORIZED)
    }

    /// Sets the status that answers a request; of a refused channel it is not seen.
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

/// What [`Access`] makes of a request.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(crate) identity: String,
    pub(crate) allowed: Vec<String>,
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

/// A principal who asks for channels.
pub(crate) trait Admit: Send + Sync {
    fn identity(&self) -> String;

    /// Asks for each channel but those that are in force.
    fn admit<'a>(
        &'a self,
        channels: Vec<String>,
        in_force: &'a HashSet<Arc<str>>,
    ) -> Pending<'a, Admission>;
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

    fn admit<'a>(
        &'a self,
        channels: Vec<String>,
        in_force: &'a HashSet<Arc<str>>,
    ) -> Pending<'a, Admission> {
        Box::pin(async move {
            let mut admission = Admission {
                identity: self.identity(),
                allowed: Vec::with_capacity(channels.len()),
                refused: Vec::new(),
            };
            for channel in channels {
                if in_force.contains(&*channel) {
                    admission.allowed.push(channel);
                    continue;
                }
                match self.access.may_subscribe(&self.principal, &channel).await {
                    Ok(()) => admission.allowed.push(channel),
                    Err(refusal) => admission.refused.push((channel, refusal)),
                }
            }
            admission
        })
    }
}

/// Everybody is the same, and may have everything.
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

    async fn may_subscribe(&self, (): &(), _: &str) -> Result<(), Refusal> {
        Ok(())
    }
}
