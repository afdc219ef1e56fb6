//! The measured hub: one channel, and a route that publishes to it.

use anyhow::Result;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::serve::ListenerExt;
use everstream_server::{hub::Hub, sse::Event};
use serde::Deserialize;
use tokio::net::TcpListener;

#[derive(Deserialize)]
struct Order {
    count: u32,
}

/// Serves until the process is killed.
pub(crate) async fn serve() -> Result<()> {
    let hub = Hub::builder().build();
    let app = Router::new()
        .nest("/stream", hub.router())
        .route("/publish", post(publish))
        .with_state(hub);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on {}", listener.local_addr()?);
    // better-sse also sends each event at once.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, app).await?)
}

async fn publish(State(hub): State<Hub>, Query(order): Query<Order>) -> StatusCode {
    for _ in 0..order.count {
        let n = hub.head().seq() + 1;
        let data = format!(
            r#"{{"symbol":"ACME","bid":100.25,"ask":100.5,"volume":1200,"n":{n},"mark":"^"}}"#
        );
        if hub.publish("prices", Event::new(data)).await.is_err() {
            return StatusCode::SERVICE_UNAVAILABLE;
        }
    }
    StatusCode::NO_CONTENT
}
