//! A task that ends with its owner.

use core::cell::{Cell, RefCell};
use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::{Poll, Waker};
use std::rc::Rc;

/// A spawned future. Dropping this stops further polls, and drops the future soon after.
#[derive(Debug)]
#[must_use = "dropping a task ends it"]
pub(super) struct Task(Rc<Cancel>);

#[derive(Debug, Default)]
struct Cancel {
    is_cancelled: Cell<bool>,
    task: RefCell<Option<Waker>>,
}

impl Task {
    /// Takes a boxed future, so that the code below is compiled once rather than once per future.
    pub(super) fn spawn(mut work: Pin<Box<dyn Future<Output = ()>>>) -> Self {
        let cancel = Rc::new(Cancel::default());
        let seen = Rc::clone(&cancel);
        wasm_bindgen_futures::spawn_local(async move {
            poll_fn(|context| {
                if seen.is_cancelled.get() {
                    return Poll::Ready(());
                }
                *seen.task.borrow_mut() = Some(context.waker().clone());
                work.as_mut().poll(context)
            })
            .await;
        });
        Self(cancel)
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.is_cancelled.set(true);
        if let Some(task) = self.0.task.take() {
            task.wake();
        }
    }
}
