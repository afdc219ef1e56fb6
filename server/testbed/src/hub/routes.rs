//! The routes below `/hub`.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Request, State},
    http::{StatusCode, Uri},
    middleware,
    response::Response,
    routing::{any, get, post},
};
use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    instance::{Instance, Report},
    publish::Publication,
    settings::Settings,
};
use crate::{cors, net::Connection, problem::Problem, registry::Registry};

type Hubs = Arc<Mutex<Registry<Instance>>>;

/// Large enough for thousands of events in one request.
const MAX_BODY: usize = 16 << 20;

/// Returns the routes, which need [`net::Server`](crate::net::Server).
pub fn router() -> Router {
    let tools = Router::new()
        .route("/hub", post(create).options(preflight))
        .route("/hub/{id}/publish", post(publish).options(preflight))
        .route("/hub/{id}/restart", post(restart).options(preflight))
        .route("/hub/{id}/drop", post(drop_connections).options(preflight))
        .route("/hub/{id}/shutdown", post(shutdown).options(preflight))
        .route("/hub/{id}/raw", post(raw).options(preflight))
        .route("/hub/{id}/report", get(report).options(preflight))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(cors::allow));
    // The hub itself decides which pages may use its streams.
    tools
        .route("/hub/{id}/stream", any(stream))
        .route("/hub/{id}/stream/control", any(control))
        .with_state(Hubs::default())
}

async fn preflight() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn create(State(hubs): State<Hubs>, body: Bytes) -> Result<Json<Value>, Problem> {
    let body = if body.is_empty() { &b"{}"[..] } else { &body };
    let settings: Settings =
        serde_json::from_slice(body).map_err(|error| Problem::bad_json(&error))?;
    let instance = Instance::new(settings).map_err(|error| unprocessable(&error))?;
    let id = hubs.lock().create(instance, Instant::now());
    Ok(Json(json!({ "id": id })))
}

async fn stream(
    State(hubs): State<Hubs>,
    Path(id): Path<String>,
    connection: Connection,
    request: Request,
) -> Result<Response, Problem> {
    let instance = find(&hubs, &id)?;
    Ok(instance.answer(connection, at("/", request)).await)
}

async fn control(
    State(hubs): State<Hubs>,
    Path(id): Path<String>,
    connection: Connection,
    request: Request,
) -> Result<Response, Problem> {
    let instance = find(&hubs, &id)?;
    Ok(instance.answer(connection, at("/control", request)).await)
}

/// Replaces the path of a request by the path that the hub's own router knows.
pub(crate) fn at(path: &'static str, mut request: Request) -> Request {
    let uri = match request.uri().query() {
        Some(query) => format!("{path}?{query}").parse(),
        None => Ok(Uri::from_static(path)),
    };
    *request.uri_mut() = uri.expect("the query has been part of a URI before");
    request
}

async fn publish(
    State(hubs): State<Hubs>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let instance = find(&hubs, &id)?;
    let publication: Publication =
        serde_json::from_slice(&body).map_err(|error| Problem::bad_json(&error))?;
    for item in publication.into_items() {
        item.publish(&instance)
            .await
            .map_err(|error| unprocessable(&error))?;
    }
    Ok(Json(json!({ "head": instance.hub().head().to_string() })))
}

async fn restart(State(hubs): State<Hubs>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let restarted = find(&hubs, &id)?.restart();
    restarted.map_err(|error| unprocessable(&error))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn drop_connections(
    State(hubs): State<Hubs>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    find(&hubs, &id)?.drop_connections();
    Ok(StatusCode::NO_CONTENT)
}

async fn shutdown(State(hubs): State<Hubs>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    find(&hubs, &id)?.hub().shutdown();
    Ok(StatusCode::NO_CONTENT)
}

async fn raw(
    State(hubs): State<Hubs>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let streams = find(&hubs, &id)?.write_raw(body);
    Ok(Json(json!({ "streams": streams })))
}

async fn report(State(hubs): State<Hubs>, Path(id): Path<String>) -> Result<Json<Report>, Problem> {
    Ok(Json(find(&hubs, &id)?.report()))
}

fn find(hubs: &Hubs, id: &str) -> Result<Arc<Instance>, Problem> {
    let instance = hubs.lock().get(id, Instant::now());
    instance.ok_or_else(|| Problem::not_found("unknown_hub"))
}

fn unprocessable(reason: &impl ToString) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_body").because(reason)
}
