//! Work that goes on beside the page, for as long as somebody wants it.

use core::future::Future;

use futures_util::future::{AbortHandle, abortable};

/// A future that runs until it is done or this is dropped.
#[derive(Debug)]
#[must_use = "a task ends when it is dropped"]
pub(crate) struct Task(AbortHandle);

impl Task {
    /// Begins to run a future.
    pub(crate) fn spawn(work: impl Future<Output = ()> + 'static) -> Self {
        let (work, handle) = abortable(work);
        wasm_bindgen_futures::spawn_local(async move {
            // An error says that it was aborted, which is as good an end as any.
            let _ = work.await;
        });
        Self(handle)
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}
