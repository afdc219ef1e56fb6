//! The ticker card: share prices over the native transport.

mod row;
mod source;

use core::cell::RefCell;
use core::future::Future;
use std::collections::BTreeMap;
use std::rc::Rc;

use everstream::{Error, EventSource};
use futures_util::StreamExt;
use futures_util::future::join;
use web_sys::Element;

use self::row::Row;
use self::source::Quote;
use crate::dom;
use crate::keeper::Feed;
use crate::link::Link;
use crate::numbered::{Item, numbered};
use crate::proof::Proof;
use crate::trouble::Trouble;

pub(crate) use self::source::HEARTBEAT;

/// The code on the card, which is the code that runs.
pub(crate) const CODE: &str = include_str!("source.rs");

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Ticker {
    rows: RefCell<BTreeMap<String, Row>>,
    table: Element,
    pub(crate) proof: Proof,
}

impl Ticker {
    pub(crate) fn new(card: &Element) -> Result<Rc<Self>, Trouble> {
        Ok(Rc::new(Self {
            rows: RefCell::default(),
            table: dom::part(card, "rows")?,
            proof: Proof::of(card)?,
        }))
    }

    fn show(&self, quote: &Quote) -> Result<(), Trouble> {
        let mut rows = self.rows.borrow_mut();
        if !rows.contains_key(&quote.symbol) {
            let row = Row::new(&quote.symbol)?;
            // Rows are in alphabetical order, like the map.
            let next = rows.range(quote.symbol.clone()..).next();
            self.table
                .insert_before(row.element(), next.map(|(_, row)| row.element().as_ref()))?;
            rows.insert(quote.symbol.clone(), row);
        }
        match rows.get_mut(&quote.symbol) {
            Some(row) => row.update(quote),
            None => Ok(()),
        }
    }
}

impl Feed for Ticker {
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
        let mut pings = source.on_text("ping");
        async move {
            let show_prices = async {
                while let Some(item) = prices.next().await {
                    self.proof.enter(&item);
                    if let Item::Event { data, .. } = item {
                        link.event();
                        crate::report(self.show(&data));
                    }
                }
            };
            let feel_pulse = async {
                while let Some(Ok(_)) = pings.next().await {
                    link.heartbeat();
                }
            };
            join(show_prices, feel_pulse).await;
        }
    }
}
