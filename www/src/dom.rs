//! The few things that are done to the page.
//!
//! `index.html` holds all markup; what code fills in is found by its `id`, or inside a card by its
//! `data-part`.

use core::cell::RefCell;

use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlElement, HtmlTemplateElement, Window};

use crate::trouble::Trouble;

/// The window.
pub(crate) fn window() -> Result<Window, Trouble> {
    web_sys::window().ok_or_else(|| Trouble::Missing("window".to_owned()))
}

/// The document.
pub(crate) fn document() -> Result<Document, Trouble> {
    window()?
        .document()
        .ok_or_else(|| Trouble::Missing("document".to_owned()))
}

/// The element with this `id`.
pub(crate) fn by_id<T: JsCast>(id: &str) -> Result<T, Trouble> {
    document()?
        .get_element_by_id(id)
        .and_then(|element| element.dyn_into().ok())
        .ok_or_else(|| Trouble::Missing(format!("#{id}")))
}

/// The element with this `data-part`, within another.
pub(crate) fn part<T: JsCast>(root: &Element, name: &str) -> Result<T, Trouble> {
    let selector = format!("[data-part={name}]");
    root.query_selector(&selector)?
        .and_then(|element| element.dyn_into().ok())
        .ok_or(Trouble::Missing(selector))
}

/// All elements within another that match.
pub(crate) fn all<T: JsCast>(root: &Element, selector: &str) -> Result<Vec<T>, Trouble> {
    let found = root.query_selector_all(selector)?;
    Ok((0..found.length())
        .filter_map(|index| found.item(index)?.dyn_into().ok())
        .collect())
}

/// A new element.
pub(crate) fn element(tag: &str, class: &str) -> Result<HtmlElement, Trouble> {
    let element = document()?.create_element(tag)?;
    element.set_class_name(class);
    element
        .dyn_into()
        .map_err(|_| Trouble::Missing(tag.to_owned()))
}

/// A new element with text, appended to another.
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

/// A copy of the first element of a `<template>`.
pub(crate) fn stamp(template: &str) -> Result<HtmlElement, Trouble> {
    by_id::<HtmlTemplateElement>(template)?
        .content()
        .first_element_child()
        .ok_or_else(|| Trouble::Missing(format!("#{template} > *")))?
        .clone_node_with_deep(true)?
        .dyn_into()
        .map_err(|_| Trouble::Missing(format!("#{template} > *")))
}

/// An element whose text is touched only when it changes, so that it may be set in each frame.
#[derive(Debug)]
pub(crate) struct Text {
    element: Element,
    shown: RefCell<String>,
}

impl Text {
    /// The text of the element with this `data-part`.
    pub(crate) fn part(root: &Element, name: &str) -> Result<Self, Trouble> {
        Ok(Self::of(part(root, name)?))
    }

    /// The text of an element.
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

    /// Sets an attribute of the element, where it changes.
    pub(crate) fn mark(&self, name: &str, value: &str) {
        mark(&self.element, name, value);
    }
}

/// Sets an attribute, where it changes.
pub(crate) fn mark(element: &Element, name: &str, value: &str) {
    if element.get_attribute(name).as_deref() != Some(value) {
        // Refused for names that are none, and ours are.
        let _ = element.set_attribute(name, value);
    }
}
