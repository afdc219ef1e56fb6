//! The routes of the scenario server.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{
    delivery::Delivery,
    hostile,
    run::{Arrival, Report, Run, Visit},
    script::{Attempt, Preflight, Script, Serve},
};
use crate::{cors, net::Connection, problem::Problem, registry::Registry, sse::event_stream};

type Scenarios = Arc<Mutex<Registry<Run>>>;

/// Large enough for scripts with frames of any size that a client may want to refuse.
const MAX_BODY: usize = 16 << 20;

/// Returns the routes below `/scenario`, which need [`net::Server`](crate::net::Server).
pub fn router() -> Router {
    Router::new()
        .route("/scenario", post(create).options(preflight))
        .route("/scenario/{key}/stream", any(stream))
        .route("/scenario/{key}/report", get(report).options(preflight))
        .route("/hostile/{kind}", get(hostile::hostile).options(preflight))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(cors::allow))
        .with_state(Scenarios::default())
}

async fn preflight() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn create(State(scenarios): State<Scenarios>, body: Bytes) -> Result<Json<Value>, Problem> {
    let script: Script =
        serde_json::from_slice(&body).map_err(|error| Problem::bad_json(&error))?;
    let key = scenarios.lock().create(Run::new(script), Instant::now());
    Ok(Json(json!({ "key": key })))
}

async fn report(
    State(scenarios): State<Scenarios>,
    Path(key): Path<String>,
) -> Result<Json<Report>, Problem> {
    Ok(Json(find(&scenarios, &key)?.report()))
}

async fn stream(
    State(scenarios): State<Scenarios>,
    Path(key): Path<String>,
    connection: Connection,
    arrival: Arrival,
) -> Result<Response, Problem> {
    let run = find(&scenarios, &key)?;
    if cors::is_preflight(&arrival.method, &arrival.headers) {
        run.count_preflight();
        let refused = run.script.preflight == Preflight::Refuse
            && cors::asks_for(&arrival.headers, "last-event-id");
        return Ok(if refused {
            cors::refusal()
        } else {
            preflight().await.into_response()
        });
    }
    let too_many = || Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts");
    let visit = run.enter(&arrival).ok_or_else(too_many)?;
    if !allows(&run.script, &arrival.method) {
        return Err(Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
        ));
    }
    match run.script.attempts.nth(visit.index) {
        Attempt::Serve(plan) => serve(plan, visit, connection, &arrival).await,
        Attempt::Status {
            status,
            headers,
            body,
        } => Ok((status.0, headers.0.clone(), body.clone()).into_response()),
        Attempt::Redirect { status, to } => {
            Ok((status.0, [(header::LOCATION, to.0.clone())]).into_response())
        }
        Attempt::Hang => std::future::pending().await,
        Attempt::Drop => connection.close().await,
    }
}

fn find(scenarios: &Scenarios, key: &str) -> Result<Arc<Run>, Problem> {
    let run = scenarios.lock().get(key, Instant::now());
    run.ok_or_else(|| Problem::not_found("unknown_scenario"))
}

fn allows(script: &Script, method: &Method) -> bool {
    match &script.method {
        Some(only) => *method == only.0,
        None => [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ]
        .contains(method),
    }
}

async fn serve(
    plan: &Serve,
    visit: Visit,
    connection: Connection,
    arrival: &Arrival,
) -> Result<Response, Problem> {
    sleep(plan.delay_headers_ms.duration()).await;
    if let Some(token) = &plan.require_token
        && !carries(&arrival.headers, token)
    {
        return Err(Problem::invalid_token());
    }
    let delivery = Delivery::new(visit, connection, plan.clone(), &arrival.last_event_id);
    if delivery.has_no_content() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let mut response = event_stream(delivery.into_stream());
    if let Some(position) = &plan.last_event_id {
        response
            .headers_mut()
            .insert("last-event-id", position.0.clone());
    }
    if let Some(content_type) = &plan.content_type {
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, content_type.0.clone());
    }
    Ok(response)
}

fn carries(headers: &HeaderMap, token: &str) -> bool {
    headers
        .get(header::AUTHORIZATION)
        .is_some_and(|value| value.as_bytes() == format!("Bearer {token}").as_bytes())
}
