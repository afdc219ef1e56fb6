//! Background work that ends with its owner.

use core::future::Future;

use futures_util::future::{AbortHandle, abortable};

/// A future that runs until it is done or its task is dropped.
#[derive(Debug)]
#[must_use = "a task ends when it is dropped"]
pub(crate) struct Task(AbortHandle);

impl Task {
    /// Starts to run a future.
    pub(crate) fn spawn(work: impl Future<Output = ()> + 'static) -> Self {
        let (work, handle) = abortable(work);
        wasm_bindgen_futures::spawn_local(async move {
            // An error only means that the task was aborted.
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
