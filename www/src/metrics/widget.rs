//! A widget, which has a channel of its own while it is mounted.

use core::cell::{Cell, RefCell};
use std::rc::Rc;

use everstream::{Channel, Error, Mux, ReadyState, Subscription};
use web_sys::{Element, HtmlElement};

use super::source::{self, Metric};
use crate::dom::{self, Text};
use crate::ledger::Ledger;
use crate::link::Link;
use crate::sparkline::Sparkline;
use crate::task::Task;
use crate::trouble::Trouble;

/// The least range that fills a sparkline. Values go from 0 to 100.
const LEAST_RANGE: f64 = 20.0;

/// See the [module](self). Dropping it unmounts it.
#[derive(Debug)]
#[must_use = "a widget that is dropped is unmounted"]
pub(super) struct Widget {
    element: HtmlElement,
    value: Text,
    line: Element,
    channel: Channel,
    readings: Rc<Readings>,
    _reader: Task,
}

/// The readings to show in the next frame.
#[derive(Debug)]
struct Readings {
    latest: Cell<Option<u8>>,
    lately: RefCell<Sparkline>,
}

impl Widget {
    /// Mounts a widget in its slot.
    pub(super) fn mount(
        slot: &Element,
        id: usize,
        mux: &Mux,
        link: &Rc<Link>,
        ledger: &Rc<RefCell<Ledger>>,
    ) -> Result<Self, Trouble> {
        let (channel, events) = source::mount(mux, id)?;
        let readings = Rc::new(Readings {
            latest: Cell::new(None),
            lately: RefCell::new(Sparkline::new(LEAST_RANGE)),
        });
        let reading = read(
            events,
            Rc::clone(&readings),
            Rc::clone(ledger),
            Rc::clone(link),
        );
        let element = dom::stamp("metric-widget")?;
        slot.append_child(&element)?;
        Ok(Self {
            value: Text::part(&element, "value")?,
            line: dom::part(&element, "line")?,
            element,
            channel,
            readings,
            _reader: Task::spawn(reading),
        })
    }

    /// Returns whether the server sends the channel.
    pub(super) fn is_in_force(&self) -> bool {
        self.channel.ready_state() == ReadyState::Open
    }

    /// Shows the readings since the last frame.
    pub(super) fn draw(&self) -> Result<(), Trouble> {
        let Some(value) = self.readings.latest.take() else {
            return Ok(());
        };
        self.value.set(&value.to_string());
        self.readings.lately.borrow().draw(&self.line)
    }
}

impl Drop for Widget {
    fn drop(&mut self) {
        self.element.remove();
    }
}

async fn read(
    mut events: Subscription<Metric>,
    readings: Rc<Readings>,
    ledger: Rc<RefCell<Ledger>>,
    link: Rc<Link>,
) {
    while let Some(item) = events.next().await {
        match item {
            Ok(Metric { number, value }) => {
                ledger.borrow_mut().record(number);
                link.event();
                readings.latest.set(Some(value));
                readings.lately.borrow_mut().push(f64::from(value));
            }
            Err(Error::Gap { .. } | Error::Lagged { .. }) => ledger.borrow_mut().tell(),
            // The strip explains why the connection is closed. An unreadable event counts as missed.
            Err(_) => {}
        }
    }
}
