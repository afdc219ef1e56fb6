//! The measurement of one server at one number of connections.

use std::time::Duration;

use anyhow::Result;
use tokio::task::LocalSet;

use crate::contender::Contender;
use crate::crowd::Crowd;
use crate::figures::Figures;
use crate::process::Server;

/// How many events are published at once, to show what a server gains by writing several together.
const BURST: usize = 100;

/// How many events are delivered in bursts, and how many one by one, over all connections.
const IN_BURSTS: usize = 1_000_000;
const ONE_BY_ONE: usize = 200_000;

/// Starts a server and measures it.
pub(crate) async fn run(contender: Contender<'_>, connections: usize) -> Result<Figures> {
    let server = Server::start(contender.command()?)?;
    LocalSet::new().run_until(load(&server, connections)).await
}

async fn load(server: &Server, connections: usize) -> Result<Figures> {
    let empty = server.resident()?;
    let mut crowd = Crowd::gather(server.address, connections).await?;
    // A connection is surely in the channel once it has received an event.
    crowd.receive(1).await?;
    let open = server.resident()?;

    // The first burst isn't measured: code gets compiled, and buffers get allocated.
    crowd.receive(BURST).await?;
    let before = server.cpu()?;
    let bursts = repeat(&mut crowd, BURST, IN_BURSTS / connections / BURST).await?;
    let between = server.cpu()?;
    let singles = repeat(&mut crowd, 1, ONE_BY_ONE / connections).await?;
    let after = server.cpu()?;

    Ok(Figures {
        bursts: rate(IN_BURSTS, bursts),
        burst_cpu: micros(between.saturating_sub(before), IN_BURSTS),
        singles: rate(ONE_BY_ONE, singles),
        single_cpu: micros(after.saturating_sub(between), ONE_BY_ONE),
        memory: share(open.saturating_sub(empty), connections),
        peak: share(server.peak()?.saturating_sub(empty), connections),
    })
}

/// Publishes events repeatedly, each time after the last has reached every connection.
async fn repeat(crowd: &mut Crowd, events: usize, times: usize) -> Result<Duration> {
    let mut total = Duration::ZERO;
    for _ in 0..times {
        total += crowd.receive(events).await?;
    }
    Ok(total)
}

#[allow(clippy::cast_precision_loss)] // Counts stay far below 2⁵².
fn rate(events: usize, time: Duration) -> f64 {
    events as f64 / time.as_secs_f64()
}

#[allow(clippy::cast_precision_loss)]
fn micros(time: Duration, events: usize) -> f64 {
    time.as_secs_f64() * 1e6 / events as f64
}

#[allow(clippy::cast_precision_loss)]
fn share(bytes: u64, connections: usize) -> f64 {
    bytes as f64 / connections as f64
}
