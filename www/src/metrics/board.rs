//! The board: a slot for each metric, with or without a widget.

use std::rc::Rc;

use everstream::Mux;
use web_sys::HtmlElement;

use super::slot::Slot;
use crate::ledger::Ledger;
use crate::link::Link;
use crate::trouble::Trouble;

/// How many metrics the server has.
const METRICS: usize = 100;

/// A visitor's change of the board.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    /// Mounts the first so many unmounted widgets.
    Mount(usize),
    /// Unmounts the last so many mounted widgets.
    Unmount(usize),
    /// Mounts or unmounts one widget.
    Toggle(usize),
}

impl Change {
    /// Mounts all widgets.
    pub(super) const ALL: Self = Self::Mount(METRICS);
    /// Unmounts all widgets.
    pub(super) const NONE: Self = Self::Unmount(METRICS);
}

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Board {
    slots: Vec<Slot>,
}

impl Board {
    pub(super) fn new(grid: &HtmlElement) -> Result<Self, Trouble> {
        let slots = (0..METRICS).map(|id| Slot::new(grid, id));
        Ok(Self {
            slots: slots.collect::<Result<_, _>>()?,
        })
    }

    /// Applies a change. The multiplexer turns all its subscriptions into one change of the set and one
    /// request.
    pub(super) fn change(
        &mut self,
        change: Change,
        mux: &Mux,
        link: &Rc<Link>,
    ) -> Result<(), Trouble> {
        match change {
            Change::Mount(count) => {
                let free = self.slots.iter_mut().filter(|slot| !slot.is_mounted());
                for slot in free.take(count) {
                    slot.mount(mux, link)?;
                }
            }
            Change::Unmount(count) => {
                let taken = self.slots.iter_mut().rev().filter(|slot| slot.is_mounted());
                taken.take(count).for_each(Slot::unmount);
            }
            Change::Toggle(id) => match self.slots.get_mut(id) {
                Some(slot) if slot.is_mounted() => slot.unmount(),
                Some(slot) => slot.mount(mux, link)?,
                None => {}
            },
        }
        Ok(())
    }

    /// Mounts the existing widgets anew, on a connection that resumes the previous one.
    pub(super) fn move_to(&mut self, mux: &Mux, link: &Rc<Link>) -> Result<(), Trouble> {
        let mut taken = self.slots.iter_mut().filter(|slot| slot.is_mounted());
        taken.try_for_each(|slot| slot.mount_again(mux, link))
    }

    /// Shows the events that have arrived.
    pub(super) fn draw(&self) -> Result<(), Trouble> {
        self.slots.iter().try_for_each(Slot::draw)
    }

    /// Returns how many channels the server sends, and how many are requested.
    pub(super) fn channels(&self) -> (usize, usize) {
        let in_force = self.slots.iter().filter(|slot| slot.is_in_force()).count();
        let mounted = self.slots.iter().filter(|slot| slot.is_mounted()).count();
        (in_force, mounted)
    }

    /// Returns the counts of all channels.
    pub(super) fn ledger(&self) -> Ledger {
        let ledgers = self.slots.iter().map(Slot::ledger);
        ledgers.fold(Ledger::default(), Ledger::sum)
    }
}
