//! How many connections there are, by the server's count.

use core::cell::Cell;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use serde::Deserialize;

use crate::clock;
use crate::server;
use crate::task::Task;
use crate::trouble::Trouble;

/// Between two questions.
const PAUSE_MS: u32 = 500;

/// See the [module](self). Dropping it ends the asking.
#[derive(Debug)]
pub(super) struct Census {
    open: Rc<Cell<Option<u64>>>,
    _asking: Task,
}

#[derive(Deserialize)]
struct Answer {
    open: u64,
}

impl Census {
    pub(super) fn begin() -> Self {
        let open = Rc::new(Cell::new(None));
        let asking = ask(Rc::clone(&open));
        Self {
            open,
            _asking: Task::spawn(async move { crate::report(asking.await) }),
        }
    }

    /// The last answer; `None` while the server does not answer.
    pub(super) fn open(&self) -> Option<u64> {
        self.open.get()
    }
}

async fn ask(open: Rc<Cell<Option<u64>>>) -> Result<(), Trouble> {
    loop {
        // A hidden page has no frames, and does not ask.
        clock::next_frame().await?;
        let answer = server::get_as::<Answer>("/demo/hub/connections").await;
        // The server may be restarting, and is asked again.
        open.set(answer.ok().map(|answer| answer.open));
        TimeoutFuture::new(PAUSE_MS).await;
    }
}
