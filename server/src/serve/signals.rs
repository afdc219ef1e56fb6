//! The signals that ask a process to end.

use std::io;

/// Listens, from the call on, for the signals that ask this process to end.
///
/// The future resolves at ctrl-c, and at SIGTERM where the platform has it.
///
/// # Errors
///
/// Fails when the system accepts no handler for the signals.
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

/// Listens for ctrl-c from the first poll on; the future resolves when ctrl-c arrives.
///
/// # Errors
///
/// Never fails on this platform; on others, the system may accept no handler.
#[cfg(not(unix))]
pub fn terminated() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a handler no signal can arrive, so the future stays pending; the process is stopped
        // from outside.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
