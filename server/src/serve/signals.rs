//! The signals that ask a process to end.

use std::io;

/// Listens for the signals that ask this process to end, from the call on: the future resolves at ctrl-c, and at
/// SIGTERM where there is one.
///
/// # Errors
///
/// Where the system takes no handler for them.
///
/// # Panics
///
/// Outside a Tokio runtime whose I/O driver is enabled.
#[cfg(unix)]
pub fn terminated() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Listens for ctrl-c, from the first poll on: the future resolves when it comes.
///
/// # Errors
///
/// None here; elsewhere the system may take no handler.
#[cfg(not(unix))]
pub fn terminated() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a handler there is no signal to wait for, and the process is stopped from outside.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
