//! The life of a node, from its start to its end.

use std::{io, time::Duration};

use axum::Router;
use everstream_server::{
    hub::{Hub, LogError},
    serve::{Server, terminated},
};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use thiserror::Error;
use tokio::{
    net::TcpListener,
    sync::oneshot,
    time::{interval, sleep},
};

use crate::{
    config::Config,
    routes::{self, Leaving, Node},
    tokens::Gate,
};

/// How often the recorder tidies up what its histograms have collected.
const UPKEEP: Duration = Duration::from_secs(5);

/// Bucket bounds of the metrics that are measured in seconds.
const SECONDS: [f64; 12] = [
    0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0,
];

/// The reason why a node doesn't start, or ends by itself.
#[derive(Debug, Error)]
pub(crate) enum RunError {
    #[error("can't listen on `{0}`: {1}")]
    Listen(std::net::SocketAddr, io::Error),
    #[error("can't wait for signals: {0}")]
    Signals(io::Error),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error("can't collect metrics: {0}")]
    Metrics(#[from] BuildError),
    #[error("the server has failed: {0}")]
    Serve(io::Error),
}

/// Runs a node until a signal asks it to end.
pub(crate) async fn run(config: Config) -> Result<(), RunError> {
    let terminated = terminated().map_err(RunError::Signals)?;
    let metrics = record_metrics()?;
    let listener = listen(config.listen).await?;
    let internal = listen(config.internal).await?;
    let (drain, grace) = (config.drain, config.grace);
    let path = config.path.clone();
    let node = node(config, metrics).await?;
    let (public_at, internal_at) = (local(&listener)?, local(&internal)?);
    tracing::info!(
        "streams at http://{public_at}{path}, health and metrics at http://{internal_at}"
    );

    let server = Server::new().grace(grace);
    let leaving = node.leaving.clone();
    let hub = node.hub.clone();
    let shutdown = async move {
        terminated.await;
        leave(&hub, &leaving, drain).await;
    };
    let (ended, has_ended) = oneshot::channel::<()>();
    let app = routes::public(&node, &path);
    let public = async {
        let result = server.run(listener, app, shutdown).await;
        drop(ended);
        result
    };
    // The internal server reports the node's health until the public server has ended.
    let internal = serve_internal(internal, routes::internal(&node), has_ended);
    tokio::try_join!(public, internal).map_err(RunError::Serve)?;
    tracing::info!("ended");
    Ok(())
}

async fn listen(address: std::net::SocketAddr) -> Result<TcpListener, RunError> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| RunError::Listen(address, error))
}

fn local(listener: &TcpListener) -> Result<std::net::SocketAddr, RunError> {
    listener.local_addr().map_err(RunError::Serve)
}

async fn serve_internal(
    listener: TcpListener,
    app: Router,
    has_ended: oneshot::Receiver<()>,
) -> io::Result<()> {
    let shutdown = async {
        // The public server drops the sender when it ends, so an error is the signal.
        let _ = has_ended.await;
    };
    let server = Server::new().grace(Duration::from_secs(1));
    server.run(listener, app, shutdown).await
}

/// Shuts down in an order in which no client is sent to a node that is gone. The load balancer learns
/// of the shutdown first; then the streams end, and their clients resume at another node.
async fn leave(hub: &Hub, leaving: &Leaving, drain: Duration) {
    tracing::info!(seconds = drain.as_secs_f64(), "leaving");
    leaving.set();
    sleep(drain).await;
    hub.shutdown();
}

async fn node(config: Config, metrics: PrometheusHandle) -> Result<Node, RunError> {
    let (longest, body) = (config.limits.event, config.limits.body);
    let limits = config.limits;
    let builder = Hub::builder()
        .heartbeat(config.heartbeat)
        .log_capacity(config.log.events, config.log.bytes)
        .channel_history(
            config.history.events,
            config.history.bytes,
            config.history.age,
        )
        .client_queue(config.queue.0, config.queue.1)
        .limits(|set| *set = limits)
        .allow_origins(config.origins)
        .access(Gate::new(config.tokens, config.anonymous));
    let hub = match config.log.redis {
        Some(url) => builder.build_on_redis(&url, &config.log.prefix).await?,
        None => builder.build(),
    };
    Ok(Node {
        hub,
        leaving: Leaving::default(),
        key: config.key.map(Into::into),
        longest,
        body,
        metrics,
    })
}

/// Installs the recorder, which collects metrics from here on.
fn record_metrics() -> Result<PrometheusHandle, RunError> {
    let builder = PrometheusBuilder::new();
    let builder =
        builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?;
    let metrics = builder.install_recorder()?;
    let handle = metrics.clone();
    tokio::spawn(async move {
        let mut ticks = interval(UPKEEP);
        loop {
            ticks.tick().await;
            handle.run_upkeep();
        }
    });
    Ok(metrics)
}
