//! The live demo of Everstream: four streams, a hundred channels, and buttons that break them.
//!
//! This crate holds the page's behaviour. `index.html` has the markup, `tabs.html` that of the page on
//! sharing, and `style.css` the style. Each card opens its stream in its `source.rs`, which the page also
//! shows.

mod assembly;
mod build;
mod census;
mod chat;
mod clock;
mod connection;
mod dom;
mod faults;
mod format;
mod keeper;
mod ledger;
mod link;
mod logs;
mod metrics;
mod numbered;
mod page;
mod plot;
mod proof;
mod server;
mod sparkline;
mod strip;
mod tabs;
mod task;
mod theme;
mod ticker;
mod timeline;
mod trouble;
mod visibility;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::page::Page;
use crate::tabs::TabsPage;
use crate::trouble::Trouble;

/// Starts the page. `index.html` shows an error.
#[wasm_bindgen(start)]
fn start() -> Result<(), JsValue> {
    console_error_panic_hook::set_once();
    if dom::document()?.get_element_by_id(tabs::CARD).is_some() {
        let page = TabsPage::assemble()?;
        wasm_bindgen_futures::spawn_local(async move { report(page.run().await) });
    } else {
        let page = Page::assemble()?;
        wasm_bindgen_futures::spawn_local(async move { report(page.run().await) });
    }
    Ok(())
}

/// Logs an error of one part of the page without stopping the rest.
fn report(result: Result<(), Trouble>) {
    if let Err(trouble) = result {
        web_sys::console::error_1(&trouble.to_string().into());
    }
}
