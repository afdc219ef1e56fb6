//! The metrics card: a dashboard with a hundred channels on one connection, one for each widget.

mod board;
mod slot;
mod source;
mod widget;

use core::cell::RefCell;
use core::future::Future;
use std::rc::Rc;

use everstream::{Error, Mux};
use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlButtonElement, HtmlElement};

use self::board::{Board, Change};
use crate::census::Census;
use crate::dom::{self, Text};
use crate::keeper::Feed;
use crate::ledger::Ledger;
use crate::link::Link;
use crate::proof::Proof;
use crate::timeline::Timeline;
use crate::trouble::Trouble;
use crate::visibility::Visibility;

/// The code on the card, which is the code that runs.
pub(crate) const CODE: &str = include_str!("source.rs");

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Metrics {
    link: Rc<Link>,
    mux: RefCell<Option<Mux>>,
    board: RefCell<Board>,
    grid: HtmlElement,
    visibility: Visibility,
    census: Census,
    connections: Text,
    channels: Text,
    throughput: Text,
    proof: Proof,
}

impl Metrics {
    pub(crate) fn new(card: &Element, link: &Rc<Link>) -> Result<Rc<Self>, Trouble> {
        let grid: HtmlElement = dom::part(card, "grid")?;
        Ok(Rc::new(Self {
            link: Rc::clone(link),
            mux: RefCell::default(),
            board: RefCell::new(Board::new(&grid)?),
            visibility: Visibility::of(&grid)?,
            grid,
            census: Census::begin("/demo/hub/connections"),
            connections: Text::part(card, "connections")?,
            channels: Text::part(card, "channels")?,
            throughput: Text::part(card, "throughput")?,
            proof: Proof::of(card)?,
        }))
    }

    /// Mounts a widget for each metric.
    pub(crate) fn mount_all(&self) {
        self.change(Change::ALL);
    }

    /// Wires the buttons that mount and unmount, and the slots.
    pub(crate) fn wire(self: &Rc<Self>, card: &Element) -> Result<Vec<EventListener>, Trouble> {
        let buttons = [
            ("fewer", Change::Unmount(10)),
            ("more", Change::Mount(10)),
            ("none", Change::NONE),
            ("all", Change::ALL),
        ];
        let mut listeners = Vec::new();
        for (name, change) in buttons {
            let button: HtmlButtonElement = dom::part(card, name)?;
            let metrics = Rc::clone(self);
            let click = move |_: &_| metrics.change(change);
            listeners.push(EventListener::new(&button, "click", click));
        }
        // One listener for all slots.
        let metrics = Rc::clone(self);
        let click = move |event: &web_sys::Event| {
            if let Some(id) = slot_of(event) {
                metrics.change(Change::Toggle(id));
            }
        };
        listeners.push(EventListener::new(&self.grid, "click", click));
        Ok(listeners)
    }

    /// Brings the card up to date.
    pub(crate) fn draw(&self, now: f64) -> Result<(), Trouble> {
        let board = self.board.borrow();
        let (in_force, mounted) = board.channels();
        self.channels.set(&format!("{in_force} of {mounted}"));
        self.census.show(&self.connections);
        let rate = self.link.read(now, Timeline::rate);
        self.throughput.set(&format!("{rate:.0}"));
        self.proof.show(board.ledger());
        if self.visibility.get() {
            board.draw()?;
        }
        Ok(())
    }

    /// Returns the counts of all channels.
    pub(crate) fn ledger(&self) -> Ledger {
        self.board.borrow().ledger()
    }

    fn change(&self, change: Change) {
        if let Some(mux) = &*self.mux.borrow() {
            let changed = self.board.borrow_mut().change(change, mux, &self.link);
            crate::report(changed);
        }
    }
}

impl Feed for Metrics {
    type Connection = Mux;

    fn open(&self, last_event_id: &str) -> Result<Mux, Error> {
        source::open(last_event_id)
    }

    /// Lets each widget read its own channel.
    fn read(self: Rc<Self>, mux: &Mux, link: Rc<Link>) -> impl Future<Output = ()> + 'static {
        self.mux.replace(Some(mux.clone()));
        crate::report(self.board.borrow_mut().move_to(mux, &link));
        core::future::ready(())
    }
}

/// Returns the slot in which a click happened.
fn slot_of(event: &web_sys::Event) -> Option<usize> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let slot = target.closest("[data-slot]").ok()??;
    slot.get_attribute("data-slot")?.parse().ok()
}
