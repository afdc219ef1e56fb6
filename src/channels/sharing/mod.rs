//! A multiplexer whose connection is shared with other tabs.
//!
//! Each tab has the channels that it asks for. The one that leads has beside them a multiplexer that stands
//! by itself, with the channels of all tabs. What that brings goes to the others, and reaches this tab's
//! subscribers as it does those of the others.

mod driver;
mod leader;
mod member;
mod relay;

use core::cell::RefCell;
use std::rc::{Rc, Weak};

use super::handle::Shared;
use super::mux::Mux;
use crate::sharing::{Channels, Group, Pulse};
use crate::source::{Share, Template};
use driver::Driver;
use everstream_core::Error;
use everstream_core::connection::Stats;
use everstream_core::tabs::{Role, Sharing, read_position};
use member::MuxMember;
pub(super) use relay::Relay;

/// Makes a multiplexer that is still to be driven.
pub(super) type Make = Rc<dyn Fn(Template) -> Rc<Shared>>;

/// What a multiplexer has that shares its connection.
pub(super) struct Shares {
    group: Rc<dyn Group>,
    /// The connection for all tabs, as long as this one leads.
    upstream: RefCell<Weak<Shared>>,
    /// Of what this tab was handed.
    stats: RefCell<Stats>,
}

impl Shares {
    /// Where the connection would resume.
    pub(super) fn last_event_id(&self) -> String {
        let position = self.group.last_event_id();
        read_position(&position).0.to_owned()
    }

    pub(super) fn stats(&self) -> Stats {
        self.stats.borrow().clone()
    }

    /// How many connections this tab has.
    pub(super) fn connections(&self) -> usize {
        let upstream = self.upstream.borrow().upgrade();
        upstream.map_or(0, |upstream| upstream.sources.borrow().len())
    }

    pub(super) fn reconnect(&self) {
        self.group.reconnect();
    }
}

/// Opens a multiplexer that shares its connection with those of the same key in other tabs, or stands by
/// itself where nothing can be shared.
pub(super) fn open(template: Template, share: &Share, make: Make) -> Result<Mux, Error> {
    let mux = make(template.clone());
    let scope = template.request.scope.clone();
    let position = template.config.last_event_id.clone();
    let member = Rc::new(MuxMember::new(template, make, &mux));
    let joined = (share.join)(&scope, &share.key, &position, Channels::new(), member);
    let Some(group) = joined else {
        mux.sharing.change(Sharing::new(Role::Alone, 1));
        return Ok(Mux::start(mux));
    };
    // So that who asks at once is told how it is shared.
    group.pump();
    let pulse = Pulse::new(Rc::clone(&group))?;
    let driver = Driver::new(Rc::clone(&mux), Rc::clone(&group), pulse);
    let shares = Shares {
        group,
        upstream: RefCell::default(),
        stats: RefCell::default(),
    };
    let first = mux.shares.set(shares).is_ok();
    debug_assert!(first, "it is new");
    wasm_bindgen_futures::spawn_local(driver.run());
    Ok(Mux::of(mux))
}
