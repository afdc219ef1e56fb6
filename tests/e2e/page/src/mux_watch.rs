//! A multiplexer that records every event by channel.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use everstream::{Channel, EventSource, Mux};
use serde::Serialize;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;

use crate::ledger::Ledger;
use crate::{TICK, Tick};

type Book = Rc<RefCell<Ledger>>;

/// A recorded multiplexer, which shares its connection.
#[wasm_bindgen]
#[derive(Debug)]
pub struct MuxWatch {
    mux: Mux,
    held: BTreeMap<String, Channel>,
    books: BTreeMap<String, Book>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    channels: BTreeMap<&'a str, &'a RefCell<Ledger>>,
    connections: usize,
    sharing: Option<(String, usize)>,
}

#[wasm_bindgen]
impl MuxWatch {
    /// Opens a multiplexer that shares with those of the same scope.
    ///
    /// # Errors
    ///
    /// Returns an error when the multiplexer can't be built.
    #[wasm_bindgen(constructor)]
    pub fn new(url: &str, scope: &str) -> Result<MuxWatch, JsError> {
        let mux = EventSource::builder(url).shared(scope).multiplex()?;
        Ok(Self {
            mux,
            held: BTreeMap::new(),
            books: BTreeMap::new(),
        })
    }

    /// Opens a channel and records its events.
    ///
    /// # Errors
    ///
    /// Returns an error when the channel's name is invalid.
    pub fn open(&mut self, name: String) -> Result<(), JsError> {
        let channel = self.mux.channel(&name)?;
        let mut ticks = channel.on::<Tick>(TICK);
        let mut states = channel.states();
        let book = Book::default();
        let of_states = Rc::clone(&book);
        spawn_local(async move {
            while let Some(state) = states.next().await {
                of_states.borrow_mut().note_state(&state);
            }
        });
        let of_ticks = Rc::clone(&book);
        spawn_local(async move {
            while let Some(item) = ticks.next().await {
                of_ticks.borrow_mut().note_item(item);
            }
            of_ticks.borrow_mut().ended = true;
        });
        self.held.insert(name.clone(), channel);
        self.books.insert(name, book);
        Ok(())
    }

    /// Returns the record so far, in JSON.
    ///
    /// # Errors
    ///
    /// Never fails: JSON can express everything in the record.
    pub fn report(&self) -> Result<String, JsError> {
        let sharing = self.mux.sharing();
        let channels = self.books.iter();
        Ok(serde_json::to_string(&Report {
            channels: channels.map(|(name, book)| (&**name, &**book)).collect(),
            connections: self.mux.stats().connections,
            sharing: sharing.map(|sharing| (format!("{:?}", sharing.role), sharing.tabs)),
        })?)
    }

    /// Closes the multiplexer.
    pub fn stop(&self) {
        self.mux.close();
    }
}
