//! A slot on the board, with or without a mounted widget.

use core::cell::RefCell;
use std::rc::Rc;

use everstream::Mux;
use web_sys::HtmlElement;

use super::widget::Widget;
use crate::dom::{self, Text};
use crate::ledger::Ledger;
use crate::link::Link;
use crate::trouble::Trouble;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Slot {
    id: usize,
    /// The button that holds the widget, and that mounts and unmounts it.
    button: HtmlElement,
    /// The counts outlive the widgets, so that an event that two of them see counts as repeated.
    ledger: Rc<RefCell<Ledger>>,
    widget: Option<Widget>,
}

impl Slot {
    pub(super) fn new(grid: &HtmlElement, id: usize) -> Result<Self, Trouble> {
        let item = dom::stamp("metric-slot")?;
        let button: HtmlElement = dom::part(&item, "slot")?;
        Text::part(&button, "name")?.set(&id.to_string());
        button.set_attribute("data-slot", &id.to_string())?;
        button.set_attribute("aria-label", &format!("metric:{id}"))?;
        grid.append_child(&item)?;
        Ok(Self {
            id,
            button,
            ledger: Rc::default(),
            widget: None,
        })
    }

    pub(super) fn is_mounted(&self) -> bool {
        self.widget.is_some()
    }

    /// Mounts a widget.
    pub(super) fn mount(&mut self, mux: &Mux, link: &Rc<Link>) -> Result<(), Trouble> {
        // Events from the time without a widget are no loss.
        self.ledger.borrow_mut().skip();
        self.mount_again(mux, link)
    }

    /// Replaces a widget with another that continues after the same events.
    pub(super) fn mount_again(&mut self, mux: &Mux, link: &Rc<Link>) -> Result<(), Trouble> {
        self.unmount();
        let widget = Widget::mount(&self.button, self.id, mux, link, &self.ledger)?;
        self.widget = Some(widget);
        dom::mark(&self.button, "aria-pressed", "true");
        Ok(())
    }

    /// Drops the widget and thereby its channel.
    pub(super) fn unmount(&mut self) {
        self.widget = None;
        dom::mark(&self.button, "aria-pressed", "false");
    }

    /// Shows the events that have arrived.
    pub(super) fn draw(&self) -> Result<(), Trouble> {
        self.widget.as_ref().map_or(Ok(()), Widget::draw)
    }

    pub(super) fn is_in_force(&self) -> bool {
        self.widget.as_ref().is_some_and(Widget::is_in_force)
    }

    pub(super) fn ledger(&self) -> Ledger {
        *self.ledger.borrow()
    }
}
