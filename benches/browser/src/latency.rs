//! The latency of events, over a connection of the page's own and over a shared one.

use core::cell::RefCell;
use std::rc::Rc;

use everstream::{EventSource, Role, Transport};
use serde::Deserialize;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Result;

/// The time at which the server sent the event, in milliseconds since the Unix epoch.
#[derive(Debug, Deserialize)]
struct Stamp {
    at: f64,
}

#[wasm_bindgen]
extern "C" {
    /// Returns the time since the Unix epoch by the page's clock, which is finer than `Date`.
    #[wasm_bindgen(js_name = sinceEpoch)]
    fn since_epoch() -> f64;
}

/// A source, and the latency of each of its events.
#[derive(Debug)]
#[wasm_bindgen]
pub struct Latency {
    source: EventSource,
    late: Rc<RefCell<Vec<f64>>>,
}

#[wasm_bindgen]
impl Latency {
    /// Opens a source, which stays open until the page is closed.
    ///
    /// # Errors
    ///
    /// Only an invalid URL leads to an error.
    #[wasm_bindgen(constructor)]
    pub fn new(url: String, shared: bool) -> Result<Latency> {
        let builder = EventSource::builder(url).transport(Transport::Fetch);
        let source = if shared { builder.shared("") } else { builder }.build()?;
        let mut stamps = source.on::<Stamp>("stamp");
        let late = Rc::new(RefCell::new(Vec::new()));
        let book = Rc::clone(&late);
        wasm_bindgen_futures::spawn_local(async move {
            while let Some(Ok(Stamp { at })) = stamps.next().await {
                book.borrow_mut().push(since_epoch() - at);
            }
        });
        Ok(Self { source, late })
    }

    /// Returns whether the events come from another tab.
    #[must_use]
    #[wasm_bindgen(js_name = isFollower)]
    pub fn is_follower(&self) -> bool {
        let sharing = self.source.sharing();
        sharing.is_some_and(|sharing| sharing.role == Role::Follower && sharing.tabs > 1)
    }

    /// Returns the number of events.
    #[must_use]
    pub fn count(&self) -> usize {
        self.late.borrow().len()
    }

    /// Returns the latency of each event, in milliseconds.
    #[must_use]
    pub fn late(&self) -> Vec<f64> {
        self.late.borrow().clone()
    }
}
