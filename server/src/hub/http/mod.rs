//! The hub's routes.
//!
//! A request is judged by its headers before its body is read, and by its body before the application is
//! asked about its channels. The costliest step comes last.

mod asked;
mod failure;
mod site;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    extract::{OriginalUri, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    response::Response,
    routing::{get, post},
};
use tokio::time::Instant;

use self::{
    asked::{Asked, Order, begin_after, body, too_long},
    failure::Failure,
};
use super::{
    Position, Refusal, Shared,
    access::Admit,
    stream::Line,
    switchboard::{self, Begin, Change, Joined, Newcomer, NoRoom, Wish},
    wire,
};
use crate::{
    random,
    serve::Hangup,
    sse::{LastEventId, event_stream},
};

pub(crate) use self::{failure::CODES, site::Origins};

const CONTROL: &str = "control";

pub(super) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The most times that a request is judged, since access may be taken back meanwhile.
const JUDGEMENTS: usize = 5;

/// Returns the routes, relative to where they are nested.
pub(crate) fn router<S: Clone + Send + Sync + 'static>(hub: Arc<Shared>) -> Router<S> {
    let cors = hub.origins.cors();
    let mut router = Router::new().route("/", get(open).post(open));
    if hub.control {
        router = router.route("/control", post(control));
    }
    let router = router.with_state(hub);
    match cors {
        Some(cors) => router.layer(cors),
        None => router,
    }
}

/// Opens a stream.
#[cfg_attr(
    feature = "tracing",
    tracing::instrument(name = "open", level = "debug", skip_all)
)]
async fn open(State(hub): State<Arc<Shared>>, request: Request) -> Result<Response, Failure> {
    let opened = try_open(&hub, request).await;
    let (line, head) = opened.inspect_err(|failure| hub.note(failure))?;
    let mut response = event_stream(line.into_stream());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Some(Ok(position)) = head.map(|head| head.to_string().parse()) {
        headers.insert(LAST_EVENT_ID, position);
    }
    Ok(response)
}

/// Opens a stream. If the stream begins with a gap, also returns the head of the log, which is never the client's
/// position then. The answer names it, because a client that reads the stream as plain events doesn't know
/// `@gap`.
async fn try_open(
    hub: &Arc<Shared>,
    request: Request,
) -> Result<(Line, Option<Position>), Failure> {
    let (parts, content) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default();
    hub.check_room("")?;
    let judged = hub.head();
    let principal = hub.gate.identify(&parts).await.map_err(Failure::Refused)?;
    let expires = expiry(&*principal)?;
    hub.check_room(&principal.identity())?;

    let left = hub.limits.set.checked_sub(query.len());
    let left = left.ok_or_else(|| too_long(&hub.limits))?;
    let content = match parts.method {
        Method::POST => body(content, left, &hub.limits).await?,
        _ => bytes::Bytes::new(),
    };
    let asked = Asked::parse(query.as_bytes(), &content, &hub.limits)?;
    let begin = match LastEventId::of(&parts.headers, Some(query)).as_str() {
        Some(id) => begin_after(id, &hub.limits),
        None => match &asked.position {
            Some(id) => begin_after(id, &hub.limits),
            None => Begin::Now,
        },
    };

    let control = hub.control.then(|| control_reference(&parts));
    let caller = Caller {
        parts: &parts,
        principal,
        judged,
    };
    let line = admit(hub, caller, expires, &asked, &begin, control.as_deref()).await?;
    let has_position = !matches!(begin, Begin::Now);
    let has_gap = has_position && line.begins_with_gap().await;
    Ok((line, has_gap.then(|| hub.head())))
}

/// The sender of a request, as the application identified it before anything else of the request was
/// read.
struct Caller<'a> {
    parts: &'a Parts,
    principal: Box<dyn Admit + 'a>,
    /// The head of the log before the application was asked.
    judged: Position,
}

/// Asks the application about the channels, and adds the connection.
async fn admit<'a>(
    hub: &'a Arc<Shared>,
    mut caller: Caller<'a>,
    mut expires: Option<Instant>,
    asked: &Asked,
    begin: &Begin,
    control: Option<&str>,
) -> Result<Line, Failure> {
    for _ in 0..JUDGEMENTS {
        let wish = judge(&caller, &asked.channels, &asked.from).await;
        hub.reach(wish.positions().chain(begin.position())).await?;
        let connection: Arc<str> = format!("{}{}", hub.log.node(), random::name()).into();
        let newcomer = Newcomer {
            connection: Arc::clone(&connection),
            begin: begin.clone(),
            bound: hub.bound,
            expires,
            hangup: caller.parts.extensions.get::<Hangup>().cloned(),
        };
        let connected = |position: Option<&Position>| {
            let connected = wire::Connected {
                connection: &connection,
                control,
                heartbeat_ms: hub.heartbeat,
            };
            connected.encode(position)
        };
        let joining = switchboard::join(&hub.switchboard, newcomer, &wish, &hub.limits, connected);
        match joining.await {
            Joined::In(key, outbox) => {
                hub.keep_sweeping();
                return Ok(Line::new(Arc::clone(hub), key, outbox, expires));
            }
            Joined::NoRoom(reason) => return Err(reason.into()),
            Joined::Outdated => {}
        }
        caller.ask_again(hub).await?;
        expires = expiry(&*caller.principal)?;
    }
    Err(Failure::Outdated)
}

impl<'a> Caller<'a> {
    /// Makes the application identify the sender again, because access was taken back since.
    async fn ask_again(&mut self, hub: &'a Shared) -> Result<(), Failure> {
        self.judged = hub.head();
        let identified = hub.gate.identify(self.parts).await;
        self.principal = identified.map_err(Failure::Refused)?;
        Ok(())
    }
}

/// Returns where the control is, as a relative reference. Such a reference also holds behind a proxy
/// that serves the hub under another path.
fn control_reference(parts: &Parts) -> String {
    let original = parts.extensions.get::<OriginalUri>();
    let path = original.map_or_else(|| parts.uri.path(), |uri| uri.path());
    match path.rsplit('/').next() {
        // The `./` keeps a colon in the segment from being read as the end of a scheme.
        Some(last) if !last.is_empty() => format!("./{last}/{CONTROL}"),
        _ => CONTROL.to_owned(),
    }
}

/// Changes a connection's set.
#[cfg_attr(
    feature = "tracing",
    tracing::instrument(name = "control", level = "debug", skip_all)
)]
async fn control(State(hub): State<Arc<Shared>>, request: Request) -> Result<StatusCode, Failure> {
    let changed = try_control(&hub, request).await;
    changed.inspect_err(|failure| hub.note(failure))
}

async fn try_control(hub: &Shared, request: Request) -> Result<StatusCode, Failure> {
    let (parts, content) = request.into_parts();
    if hub.switchboard.lock().is_closed() {
        return Err(Failure::ShutDown);
    }
    site::check(&parts.headers, &hub.origins)?;
    let judged = hub.head();
    let principal = hub.gate.identify(&parts).await.map_err(Failure::Refused)?;
    expiry(&*principal)?;
    let identity = principal.identity();
    if !identity.is_empty() {
        hub.check_rate(&identity)?;
    }

    let content = body(content, hub.limits.set, &hub.limits).await?;
    let order = {
        let large = hub.switchboard.lock().large.clone();
        let _place = large.bytes(content.len()).await;
        Order::parse(&content, &hub.limits)?
    };
    if identity.is_empty() {
        hub.check_rate(&order.connection)?;
    }
    let caller = Caller {
        parts: &parts,
        principal,
        judged,
    };
    obey(hub, caller, &order).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Asks the application about the channels, and changes the set.
async fn obey<'a>(hub: &'a Shared, mut caller: Caller<'a>, order: &Order) -> Result<(), Failure> {
    for _ in 0..JUDGEMENTS {
        let wish = judge(&caller, &order.channels, &order.from).await;
        match hub.change(&order.connection, order.revision, &wish).await? {
            Change::Taken => return Ok(()),
            Change::Forbidden => return Err(Failure::Forbidden),
            Change::NotFound => return Err(Failure::NotFound),
            Change::Outdated => {}
        }
        caller.ask_again(hub).await?;
        expiry(&*caller.principal)?;
    }
    Err(Failure::Outdated)
}

/// Asks the application about each channel.
async fn judge(caller: &Caller<'_>, channels: &[Arc<str>], from: &HashMap<String, Begin>) -> Wish {
    let admission = caller.principal.admit(channels).await;
    Wish {
        identity: caller.principal.identity(),
        judged: caller.judged.clone(),
        channels: admission.allowed,
        from: from.clone(),
        floors: admission.floors,
        refused: admission.refused,
    }
}

/// Returns when the credentials of a principal expire, or a failure if they have expired.
fn expiry(principal: &dyn Admit) -> Result<Option<Instant>, Failure> {
    let Some(time) = principal.expires_at() else {
        return Ok(None);
    };
    let left = time.duration_since(SystemTime::now()).unwrap_or_default();
    if left == Duration::ZERO {
        return Err(Failure::Refused(Refusal::expired()));
    }
    // Credentials that expire later than an `Instant` can tell hold for good.
    Ok(Instant::now().checked_add(left))
}

impl From<NoRoom> for Failure {
    fn from(reason: NoRoom) -> Self {
        match reason {
            NoRoom::Closed => Self::ShutDown,
            NoRoom::Full => Self::Full,
            NoRoom::OfIdentity => Self::TooManyConnections,
        }
    }
}

impl Shared {
    /// Counts a request that was refused.
    fn note(&self, failure: &Failure) {
        self.telemetry.refused(failure.counted_as());
        traced!(debug, code = failure.counted_as(), "refused");
    }

    fn head(&self) -> Position {
        self.switchboard.lock().head()
    }

    /// Checks that there is room for another connection of an identity, as far as can be said by now.
    fn check_room(&self, identity: &str) -> Result<(), Failure> {
        let room = self.switchboard.lock().check_room(identity, &self.limits);
        Ok(room?)
    }

    fn check_rate(&self, who: &str) -> Result<(), Failure> {
        let rate = self.limits.control_requests;
        if self.rates.lock().take(who, rate, Instant::now()) {
            Ok(())
        } else {
            Err(Failure::TooManyRequests)
        }
    }

    /// Waits until this node knows the positions that a client has from another node.
    async fn reach(&self, positions: impl Iterator<Item = &Position>) -> Result<(), Failure> {
        // Logs follow one another, so the last position stands for all. The log is asked at most once,
        // however many positions a client sends.
        if let Some(last) = positions.max_by_key(|position| position.rank()) {
            self.log.reach(last).await?;
        }
        Ok(())
    }

    async fn change(
        &self,
        connection: &str,
        revision: u64,
        wish: &Wish,
    ) -> Result<Change, Failure> {
        if connection.starts_with(self.log.node()) {
            self.reach(wish.positions()).await?;
            return Ok(switchboard::change(&self.switchboard, connection, revision, wish).await);
        }
        Ok(self.log.forward(connection, revision, wish).await?)
    }
}

/// The handlers without a server around them. A failure is returned as its status and code.
#[cfg(test)]
pub(crate) mod bare {
    use super::{Arc, Failure, Line, Request, Shared};

    fn brief(failure: &Failure) -> (u16, &'static str) {
        let (status, code) = failure.status_and_code();
        (status.as_u16(), code)
    }

    pub(crate) async fn open(
        hub: Arc<Shared>,
        request: Request,
    ) -> Result<Line, (u16, &'static str)> {
        let opened = super::try_open(&hub, request).await;
        let opened = opened.map(|(line, _)| line);
        opened.map_err(|failure| brief(&failure))
    }

    pub(crate) async fn control(
        hub: Arc<Shared>,
        request: Request,
    ) -> Result<(), (u16, &'static str)> {
        let changed = super::try_control(&hub, request).await;
        changed.map(|_| ()).map_err(|failure| brief(&failure))
    }
}
