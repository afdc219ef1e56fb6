//! A source that records every event and state.

use std::cell::RefCell;
use std::rc::Rc;

use everstream::EventSource;
use serde::Serialize;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;

use crate::ledger::{Ledger, spell};
use crate::options::Options;
use crate::{TICK, Tick};

/// A recorded source. It continues without this handle until it ends or is stopped.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Watch {
    source: EventSource,
    ledger: Rc<RefCell<Ledger>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    #[serde(flatten)]
    ledger: &'a Ledger,
    attempts: u32,
    last_error: Option<String>,
    /// The tab's role among those that share, and the number of tabs.
    sharing: Option<(String, usize)>,
}

#[wasm_bindgen]
impl Watch {
    /// Opens a source.
    ///
    /// # Errors
    ///
    /// Returns an error when the options are invalid or the source can't be built with them.
    #[wasm_bindgen(constructor)]
    pub fn new(url: &str, options: &str) -> Result<Watch, JsError> {
        let source = Options::read(options)?.open(url)?;
        let ledger = Rc::new(RefCell::new(Ledger::default()));

        let mut states = source.states();
        let book = Rc::clone(&ledger);
        spawn_local(async move {
            while let Some(state) = states.next().await {
                book.borrow_mut().note_state(&state);
            }
        });

        let mut ticks = source.on::<Tick>(TICK);
        let book = Rc::clone(&ledger);
        spawn_local(async move {
            while let Some(item) = ticks.next().await {
                book.borrow_mut().note_item(item);
            }
            book.borrow_mut().ended = true;
        });

        Ok(Self { source, ledger })
    }

    /// Returns the record so far, in JSON.
    ///
    /// # Errors
    ///
    /// Never fails: JSON can express everything in the record.
    pub fn report(&self) -> Result<String, JsError> {
        let stats = self.source.stats();
        let sharing = self.source.sharing();
        Ok(serde_json::to_string(&Report {
            ledger: &self.ledger.borrow(),
            attempts: stats.attempts,
            last_error: stats.last_error.as_ref().map(spell),
            sharing: sharing.map(|sharing| (format!("{:?}", sharing.role), sharing.tabs)),
        })?)
    }

    /// Closes the source.
    pub fn stop(&self) {
        self.source.close();
    }
}
