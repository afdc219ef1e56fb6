//! Publishing over HTTP, simple enough for `curl`.

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Uri},
};
use everstream_server::sse::{Event, OneLine};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use tokio::time::timeout;

use super::{Node, failure::Failure};
use crate::tokens::bearer;

/// Handles `POST /publish?channel=prices&type=trade`, whose body is the data. The content type is ignored.
///
/// A request with an `Idempotency-Key` publishes its event once, however often it is sent within five
/// minutes.
pub(super) async fn publish(
    State(node): State<Node>,
    request: Request,
) -> Result<Json<Value>, Failure> {
    check_key(&node, request.headers())?;
    let (parts, body) = request.into_parts();
    let channel = parameter(&parts.uri, "channel").ok_or(Failure::NoChannel)?;
    let kind = parameter(&parts.uri, "type")
        .map(OneLine::try_from)
        .transpose();
    let kind = kind.map_err(|_| Failure::EventType)?;
    let once = parts.headers.get("idempotency-key").map(once).transpose()?;
    let body = Limited::new(body, node.longest).collect();
    let body = timeout(node.body, body).await.map_err(|_| Failure::Slow)?;
    let body = body.map_err(|error| {
        if error.is::<LengthLimitError>() {
            Failure::TooLarge(node.longest)
        } else {
            Failure::Unreadable
        }
    })?;
    let data = String::from_utf8(body.to_bytes().into()).map_err(|_| Failure::NoText)?;
    let mut event = Event::new(data);
    if let Some(kind) = kind {
        event = event.with_type(kind);
    }
    let position = match once {
        Some(key) => node.hub.publish_once(key, &channel, event).await?,
        None => node.hub.publish(&channel, event).await?,
    };
    Ok(Json(json!({ "id": position.to_string() })))
}

/// Handles `POST /complete?channel=prices`, which ends the channel.
pub(super) async fn complete(
    State(node): State<Node>,
    request: Request,
) -> Result<Json<Value>, Failure> {
    check_key(&node, request.headers())?;
    let channel = parameter(request.uri(), "channel").ok_or(Failure::NoChannel)?;
    let position = node.hub.complete(&channel).await?;
    Ok(Json(json!({ "id": position.to_string() })))
}

/// Handles `GET /presence?channel=chat:42`, which lists the subscribers of the channel on all nodes.
pub(super) async fn presence(
    State(node): State<Node>,
    request: Request,
) -> Result<Json<Value>, Failure> {
    check_key(&node, request.headers())?;
    let channel = parameter(request.uri(), "channel").ok_or(Failure::NoChannel)?;
    let present = node.hub.presence(&channel).await?;
    let present: Vec<_> = present
        .iter()
        .map(|present| json!({ "identity": present.identity, "connections": present.connections }))
        .collect();
    Ok(Json(json!({ "present": present })))
}

/// Checks that a request carries the publish key.
fn check_key(node: &Node, headers: &HeaderMap) -> Result<(), Failure> {
    let shown = bearer(headers).unwrap_or_default().as_bytes();
    // The comparison takes constant time, so its duration doesn't tell how much of the key is right.
    match &node.key {
        Some(key) if bool::from(key.as_bytes().ct_eq(shown)) => Ok(()),
        _ => Err(Failure::Unauthenticated),
    }
}

fn parameter(uri: &Uri, name: &str) -> Option<String> {
    let query = uri.query()?.as_bytes();
    let mut pairs = form_urlencoded::parse(query);
    let (_, value) = pairs.find(|(key, _)| key == name)?;
    Some(value.into_owned())
}

/// Returns the idempotency key of a header. The key may be quoted, as structured fields have it (RFC
/// 8941, section 3.3.3).
fn once(value: &HeaderValue) -> Result<&str, Failure> {
    let text = value.to_str().map_err(|_| Failure::Key)?;
    let quoted = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    Ok(quoted.unwrap_or(text))
}
