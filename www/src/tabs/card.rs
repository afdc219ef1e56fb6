//! The tabs card: this tab's role among those that share, and its events.

use core::future::Future;
use std::rc::Rc;

use everstream::{Error, EventSource, Role, Sharing};
use futures_util::StreamExt;
use futures_util::future::join;
use web_sys::Element;

use super::source::{self, Quote};
use crate::census::Census;
use crate::dom::{self, Text};
use crate::format;
use crate::keeper::Feed;
use crate::link::Link;
use crate::numbered::{Item, numbered};
use crate::proof::Proof;
use crate::trouble::Trouble;

/// The code on the card, which is the code that runs.
pub(super) const CODE: &str = include_str!("source.rs");

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Tabs {
    line: Element,
    role: Text,
    tabs: Text,
    connections: Text,
    latest: Text,
    census: Census,
    proof: Proof,
}

impl Tabs {
    pub(super) fn new(card: &Element) -> Result<Rc<Self>, Trouble> {
        Ok(Rc::new(Self {
            line: dom::part(card, "sharing")?,
            role: Text::part(card, "role")?,
            tabs: Text::part(card, "tabs")?,
            connections: Text::part(card, "connections")?,
            latest: Text::part(card, "latest")?,
            census: Census::begin("/demo/shared/connections"),
            proof: Proof::of(card)?,
        }))
    }

    pub(super) fn draw(&self) {
        self.census.show(&self.connections);
    }

    fn show(&self, sharing: Sharing) -> Result<(), Trouble> {
        let name = match sharing.role {
            Role::Leader => "leader",
            Role::Follower => "follower",
            _ => "alone",
        };
        let tabs = format::count(u64::try_from(sharing.tabs).unwrap_or(u64::MAX));
        dom::mark(&self.line, "data-role", name);
        self.role.set(name);
        self.tabs.set(&tabs);
        // The title lets the visitor find the leader among the tabs.
        dom::document()?.set_title(&format!("{name} of {tabs} – Everstream"));
        Ok(())
    }
}

impl Feed for Tabs {
    type Connection = EventSource;

    fn open(&self, last_event_id: &str) -> Result<EventSource, Error> {
        source::open(last_event_id)
    }

    fn read(
        self: Rc<Self>,
        source: &EventSource,
        link: Rc<Link>,
    ) -> impl Future<Output = ()> + 'static {
        let mut prices = numbered::<Quote>(source, "priceUpdate");
        let mut changes = source.sharing_changes();
        async move {
            let show_prices = async {
                while let Some(item) = prices.next().await {
                    self.proof.enter(&item);
                    if let Item::Event { id, data } = item {
                        link.event();
                        let Quote { symbol, price } = data;
                        self.latest.set(&format!("#{id} {symbol} {price:.2}"));
                    }
                }
            };
            let show_changes = async {
                while let Some(sharing) = changes.next().await {
                    crate::report(self.show(sharing));
                }
            };
            join(show_prices, show_changes).await;
        }
    }
}
