//! The tabs page: any number of tabs share one connection.

mod card;
mod source;

use std::rc::Rc;

use gloo_events::EventListener;

use self::card::Tabs;
use crate::assembly::{self, Assembly};
use crate::clock;
use crate::strip::Strip;
use crate::theme::ThemeWatch;
use crate::trouble::Trouble;

/// The card that only this page has.
pub(crate) const CARD: &str = "tabs";

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct TabsPage {
    tabs: Rc<Tabs>,
    strips: Vec<Strip>,
    theme: ThemeWatch,
    /// The listeners of the buttons, which stop working when these are dropped.
    _listeners: Vec<EventListener>,
}

impl TabsPage {
    /// Assembles the page and opens its stream.
    pub(crate) fn assemble() -> Result<Self, Trouble> {
        let mut assembly = Assembly::default();
        let (card, link) = assembly.card(CARD, Some(source::HEARTBEAT), card::CODE)?;
        let tabs = Tabs::new(&card)?;
        assembly.keep(&card, &tabs, &link)?.open("");
        assembly::done()?;
        Ok(Self {
            tabs,
            strips: assembly.strips,
            theme: ThemeWatch::new()?,
            _listeners: assembly.listeners,
        })
    }

    /// Draws the page until it is closed.
    pub(crate) async fn run(mut self) -> Result<(), Trouble> {
        clock::each_frame(|now| {
            let theme = self.theme.theme()?;
            for strip in &self.strips {
                strip.draw(now, theme);
            }
            self.tabs.draw();
            Ok(())
        })
        .await
    }
}
