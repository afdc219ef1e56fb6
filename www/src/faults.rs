//! The buttons that cause faults.

use core::cell::RefCell;
use std::rc::Rc;

use gloo_events::EventListener;
use web_sys::{Element, HtmlButtonElement};

use crate::dom::{self, Text};
use crate::server;
use crate::task::Task;
use crate::trouble::Trouble;

/// Wires all buttons with a `data-post` within an element. A click sends that request, and the part `says`
/// shows the button's `data-says`, or the error.
pub(crate) fn wire(root: &Element) -> Result<Vec<EventListener>, Trouble> {
    let says = Rc::new(Text::part(root, "says")?);
    let under_way = Rc::new(RefCell::new(None));
    dom::all::<HtmlButtonElement>(root, "button[data-post]")?
        .into_iter()
        .map(|button| {
            let attribute = |name: &str| {
                button
                    .get_attribute(name)
                    .ok_or_else(|| Trouble::Missing(format!("button[{name}]")))
            };
            let (path, explanation) = (attribute("data-post")?, attribute("data-says")?);
            let says = Rc::clone(&says);
            let under_way = Rc::clone(&under_way);
            Ok(EventListener::new(&button, "click", move |_| {
                let (path, explanation) = (path.clone(), explanation.clone());
                let says = Rc::clone(&says);
                let request = Task::spawn(async move {
                    match server::post(&path).await {
                        Ok(_) => says.set(&explanation),
                        Err(trouble) => says.set(&format!("That failed: {trouble}")),
                    }
                });
                *under_way.borrow_mut() = Some(request);
            }))
        })
        .collect()
}
