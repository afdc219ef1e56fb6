//! A stream's ledger, as its card shows it.

use core::cell::RefCell;

use everstream::Error;
use web_sys::Element;

use crate::dom::{self, Text};
use crate::format;
use crate::ledger::Ledger;
use crate::numbered::Item;
use crate::trouble::Trouble;

/// A ledger and the elements that show it.
#[derive(Debug)]
pub(crate) struct Proof {
    ledger: RefCell<Ledger>,
    root: Element,
    received: Text,
    missed: Text,
    duplicates: Text,
    gaps: Text,
}

impl Proof {
    /// Finds the part `proof` of an element.
    pub(crate) fn of(root: &Element) -> Result<Self, Trouble> {
        let root: Element = dom::part(root, "proof")?;
        Ok(Self {
            ledger: RefCell::default(),
            received: Text::part(&root, "received")?,
            missed: Text::part(&root, "missed")?,
            duplicates: Text::part(&root, "duplicates")?,
            gaps: Text::part(&root, "gaps")?,
            root,
        })
    }

    /// Records an item.
    pub(crate) fn enter<T>(&self, item: &Item<T>) {
        {
            let mut ledger = self.ledger.borrow_mut();
            match item {
                Item::Event { id, .. } => ledger.record(*id),
                Item::Gap { oldest } => ledger.announce(*oldest),
                Item::Notice(Error::Gap { .. }) => ledger.interrupt(),
                Item::Notice(_) => {}
            }
        }
        self.show(self.ledger());
    }

    /// Returns the counts so far.
    pub(crate) fn ledger(&self) -> Ledger {
        *self.ledger.borrow()
    }

    /// Shows the counts.
    pub(crate) fn show(&self, ledger: Ledger) {
        self.received.set(&format::count(ledger.received));
        self.missed.set(&format::count(ledger.missed));
        self.duplicates.set(&format::count(ledger.duplicates));
        self.gaps.set(&format::count(ledger.gaps));
        let verdict = if ledger.missed + ledger.duplicates > 0 {
            "broken"
        } else {
            "complete"
        };
        dom::mark(&self.root, "data-verdict", verdict);
        dom::mark(
            &self.root,
            "data-gaps",
            if ledger.gaps > 0 { "some" } else { "none" },
        );
    }
}
