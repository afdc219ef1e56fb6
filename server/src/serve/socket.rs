//! A socket whose writes fail when its peer doesn't read.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};

use super::connection::State;

/// A TCP connection that fails when its peer has taken no bytes for `write`.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    write: Duration,
    /// The timer that runs while a write waits for the peer.
    waiting: Option<Pin<Box<Sleep>>>,
    state: Arc<State>,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, write: Duration, state: Arc<State>) -> Self {
        Self {
            stream,
            write,
            waiting: None,
            state,
        }
    }

    /// Turns a write that has waited for too long into an error.
    fn bounded<T>(
        &mut self,
        written: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let write = self.write;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(write)));
        if waiting.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        self.state.set_hung_up();
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.state.is_hung_up() {
            // Without the reset, bytes that the peer doesn't read would stay in the system's memory.
            // An error means that the connection is already gone.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.bounded(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.bounded(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
