//! A component on the page, observed from outside.

use gloo_timers::future::TimeoutFuture;
use web_sys::wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::Wanted;
use super::wait::eventually;
use crate::Host;

/// Milliseconds between two looks at the page.
const PAUSE: u32 = 10;

/// The number of looks before a wait fails, enough for a loaded machine.
const LOOKS: u32 = 1500;

/// An element on the page, and the host in it while the component is shown.
pub(crate) struct Page {
    root: HtmlElement,
    host: Option<Host>,
}

impl Page {
    /// Creates a page that shows the component.
    pub(crate) fn new(wanted: Wanted) -> Self {
        let document = web_sys::window().and_then(|window| window.document());
        let document = document.expect("a document");
        let root: Element = document.create_element("div").expect("an element");
        let body = document.body().expect("a body");
        body.append_child(&root).expect("the body takes it");
        let root: HtmlElement = root.unchecked_into();
        let host = Some(Host::new(&root, wanted));
        Self { root, host }
    }

    fn host(&self) -> &Host {
        self.host.as_ref().expect("there until the page is dropped")
    }

    /// Changes the source or channel that the component opens, and mounts the component if it isn't mounted.
    pub(crate) fn want(&self, wanted: Wanted) {
        self.host().show(Some(wanted));
    }

    pub(crate) async fn unmount(&self) {
        self.host().show(None);
        let gone = "the component is gone";
        eventually(gone, async || self.text("state"), Option::is_none).await;
    }

    /// Returns the text of an element of the component, or `None` while it isn't there.
    pub(crate) fn text(&self, class: &str) -> Option<String> {
        let element = self.root.query_selector(&format!(".{class}"));
        element.expect("a selector")?.text_content()
    }

    /// Waits until an element's text fits. Polling is needed because frameworks don't announce when they
    /// change the page.
    pub(crate) async fn until(&self, class: &str, fits: impl Fn(&str) -> bool) -> String {
        for _ in 0..LOOKS {
            if let Some(text) = self.text(class).filter(|text| fits(text)) {
                return text;
            }
            TimeoutFuture::new(PAUSE).await;
        }
        panic!("waited in vain: `{class}` is still {:?}", self.text(class));
    }

    pub(crate) async fn shows(&self, class: &str, text: &str) {
        self.until(class, |shown| shown == text).await;
    }

    pub(crate) fn click(&self, class: &str) {
        let button = self.root.query_selector(&format!("button.{class}"));
        let button = button.expect("a selector").expect("a button");
        button.unchecked_into::<HtmlElement>().click();
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        if let Some(host) = self.host.take() {
            host.remove();
        }
        self.root.remove();
    }
}
