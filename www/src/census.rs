//! The number of open connections, as the server counts them.

use core::cell::Cell;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use serde::Deserialize;

use crate::clock;
use crate::dom::Text;
use crate::format;
use crate::server;
use crate::task::Task;
use crate::trouble::Trouble;

/// The pause between two requests.
const PAUSE_MS: u32 = 500;

/// See the [module](self). Dropping it ends the requests.
#[derive(Debug)]
pub(crate) struct Census {
    open: Rc<Cell<Option<u64>>>,
    _asking: Task,
}

#[derive(Deserialize)]
struct Answer {
    open: u64,
}

impl Census {
    /// Begins to request the count from this path.
    pub(crate) fn begin(path: &'static str) -> Self {
        let open = Rc::new(Cell::new(None));
        let asking = ask(path, Rc::clone(&open));
        Self {
            open,
            _asking: Task::spawn(async move { crate::report(asking.await) }),
        }
    }

    /// Shows the latest answer, if there is one.
    pub(crate) fn show(&self, place: &Text) {
        place.set(&match self.open.get() {
            Some(open) => format::count(open),
            None => "–".to_owned(),
        });
    }
}

async fn ask(path: &str, open: Rc<Cell<Option<u64>>>) -> Result<(), Trouble> {
    loop {
        // A hidden page gets no frames, so it sends no requests.
        clock::next_frame().await?;
        let answer = server::get_as::<Answer>(path).await;
        // The server may be restarting, so the loop continues.
        open.set(answer.ok().map(|answer| answer.open));
        TimeoutFuture::new(PAUSE_MS).await;
    }
}
