//! The page's operations on the DOM.
//!
//! `index.html` holds all markup. Code finds an element by its `id`, or inside a card by its `data-part`.

use core::cell::RefCell;

use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlElement, HtmlTemplateElement, Window};

use crate::trouble::Trouble;

/// Returns the window.
pub(crate) fn window() -> Result<Window, Trouble> {
    web_sys::window().ok_or_else(|| Trouble::Missing("window".to_owned()))
}

/// Returns the document.
pub(crate) fn document() -> Result<Document, Trouble> {
    window()?
        .document()
        .ok_or_else(|| Trouble::Missing("document".to_owned()))
}

/// Returns the element with this `id`.
pub(crate) fn by_id<T: JsCast>(id: &str) -> Result<T, Trouble> {
    document()?
        .get_element_by_id(id)
        .and_then(|element| element.dyn_into().ok())
        .ok_or_else(|| Trouble::Missing(format!("#{id}")))
}

/// Returns the element with this `data-part` within another.
pub(crate) fn part<T: JsCast>(root: &Element, name: &str) -> Result<T, Trouble> {
    let selector = format!("[data-part={name}]");
    root.query_selector(&selector)?
        .and_then(|element| element.dyn_into().ok())
        .ok_or(Trouble::Missing(selector))
}

/// Returns all elements within another that match.
pub(crate) fn all<T: JsCast>(root: &Element, selector: &str) -> Result<Vec<T>, Trouble> {
    let found = root.query_selector_all(selector)?;
    Ok((0..found.length())
        .filter_map(|index| found.item(index)?.dyn_into().ok())
        .collect())
}

/// Creates an element.
pub(crate) fn element(tag: &str, class: &str) -> Result<HtmlElement, Trouble> {
    let element = document()?.create_element(tag)?;
    element.set_class_name(class);
    element
        .dyn_into()
        .map_err(|_| Trouble::Missing(tag.to_owned()))
}

/// Creates an element with text and appends it to another.
pub(crate) fn append(
    parent: &Element,
    tag: &str,
    class: &str,
    text: &str,
) -> Result<HtmlElement, Trouble> {
    let child = element(tag, class)?;
    child.set_text_content(Some(text));
    parent.append_child(&child)?;
    Ok(child)
}

/// Copies the first element of a `<template>`.
pub(crate) fn stamp(template: &str) -> Result<HtmlElement, Trouble> {
    by_id::<HtmlTemplateElement>(template)?
        .content()
        .first_element_child()
        .ok_or_else(|| Trouble::Missing(format!("#{template} > *")))?
        .clone_node_with_deep(true)?
        .dyn_into()
        .map_err(|_| Trouble::Missing(format!("#{template} > *")))
}

/// An element whose text is written only when it changes, so that it may be set in each frame.
#[derive(Debug)]
pub(crate) struct Text {
    element: Element,
    shown: RefCell<String>,
}

impl Text {
    /// Returns the text of the element with this `data-part`.
    pub(crate) fn part(root: &Element, name: &str) -> Result<Self, Trouble> {
        Ok(Self::of(part(root, name)?))
    }

    /// Returns the text of an element.
    pub(crate) fn of(element: Element) -> Self {
        let shown = RefCell::new(element.text_content().unwrap_or_default());
        Self { element, shown }
    }

    /// Shows a text.
    pub(crate) fn set(&self, text: &str) {
        let mut shown = self.shown.borrow_mut();
        if *shown != text {
            text.clone_into(&mut shown);
            self.element.set_text_content(Some(text));
        }
    }

    /// Sets an attribute of the element if it changes.
    pub(crate) fn mark(&self, name: &str, value: &str) {
        mark(&self.element, name, value);
    }
}

/// Sets an attribute if it changes.
pub(crate) fn mark(element: &Element, name: &str, value: &str) {
    if element.get_attribute(name).as_deref() != Some(value) {
        // The browser refuses only invalid names, and ours are valid.
        let _ = element.set_attribute(name, value);
    }
}
