//! The parts from which a page assembles its cards.

use core::time::Duration;
use std::rc::Rc;

use gloo_events::EventListener;
use web_sys::{Element, HtmlElement};

use crate::dom::{self, Text};
use crate::faults;
use crate::keeper::{Feed, Keeper};
use crate::link::Link;
use crate::strip::Strip;
use crate::trouble::Trouble;

/// A collection of the page's cards.
#[derive(Default)]
pub(crate) struct Assembly {
    pub(crate) links: Vec<Rc<Link>>,
    pub(crate) strips: Vec<Strip>,
    pub(crate) listeners: Vec<EventListener>,
}

impl Assembly {
    /// Adds a card with its connection and the displayed code that opens it.
    pub(crate) fn card(
        &mut self,
        id: &str,
        heartbeat: Option<Duration>,
        code: &str,
    ) -> Result<(HtmlElement, Rc<Link>), Trouble> {
        let card: HtmlElement = dom::by_id(id)?;
        let link = Link::new(heartbeat);
        self.strips.push(Strip::new(&card, &link)?);
        self.links.push(Rc::clone(&link));
        Text::part(&card, "code")?.set(code.trim());
        Ok((card, link))
    }

    /// Adds a card whose stream can be reopened.
    pub(crate) fn keep<F: Feed>(
        &mut self,
        card: &Element,
        feed: &Rc<F>,
        link: &Rc<Link>,
    ) -> Result<Rc<Keeper<F>>, Trouble> {
        let keeper = Keeper::new(Rc::clone(feed), link);
        self.listeners.extend(keeper.wire(card)?);
        self.listeners.extend(faults::wire(card)?);
        Ok(keeper)
    }
}

/// Marks the page as assembled for the tests that drive it.
pub(crate) fn done() -> Result<(), Trouble> {
    dom::document()?
        .document_element()
        .ok_or_else(|| Trouble::Missing("html".to_owned()))?
        .set_attribute("data-running", "")?;
    Ok(())
}
