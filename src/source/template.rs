//! A checked description of sources, from which any number can be opened.

use std::rc::Rc;

use super::driver::Driver;
use super::event_source::EventSource;
use super::handle::{Handle, Shared};
use super::inbox::Message;
use super::owner::Owner;
use crate::browser::{BrowserClock, Page};
use crate::sharing::Join;
use crate::subscribe::Sink;
use crate::subscribe::intake::BufferDefaults;
use crate::transport::{Plan, Request};
use everstream_core::Error;
use everstream_core::connection::{Config, Connection};

/// What the builder has made of its options.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) request: Request,
    pub(crate) config: Config,
    pub(crate) buffer: BufferDefaults,
    pub(crate) native_only: bool,
    /// With whom the connection is shared, if it is to be.
    pub(crate) share: Option<Share>,
}

/// How a source shares its connection.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    /// The same for all that share.
    pub(crate) key: String,
    /// Opens a source that shares. Whoever never asks for it has no trace of it in their program: it is
    /// reached from here only, as is what follows.
    pub(crate) open: fn(Template, &Share) -> Result<EventSource, Error>,
    /// Joins the others.
    pub(crate) join: Join,
}

impl Template {
    /// Opens a source that stands by itself.
    pub(super) fn open(mut self) -> Result<EventSource, Error> {
        match self.share.take() {
            Some(share) => (share.open)(self, &share),
            None => self.open_alone(),
        }
    }

    pub(super) fn open_alone(&self) -> Result<EventSource, Error> {
        let request = self.request.clone();
        start(request, self.config.clone(), self.buffer, self.native_only)
    }

    /// Opens a source for `owner` that asks for what this describes, from a position on. All its events go to
    /// the owner.
    pub(super) fn open_for_tabs<O: Owner + Sink + 'static>(
        &self,
        owner: &Rc<O>,
        last_event_id: String,
    ) -> Result<EventSource, Error> {
        let config = Config {
            last_event_id,
            ..self.config.clone()
        };
        let source = start(self.request.clone(), config, self.buffer, false)?;
        source.work_for(owner);
        Ok(source)
    }

    /// Opens a source that works for `owner`, from a position on. All its events go to the owner.
    pub(crate) fn open_for<O: Owner + Sink + 'static>(
        &self,
        owner: &Rc<O>,
        last_event_id: String,
    ) -> Result<EventSource, Error> {
        let request = Request {
            plan: Some(Rc::clone(owner) as Rc<dyn Plan>),
            ..self.request.clone()
        };
        let config = Config {
            last_event_id,
            request_varies: true,
            repeatable: true,
            ..self.config.clone()
        };
        let source = start(request, config, self.buffer, self.native_only)?;
        source.work_for(owner);
        Ok(source)
    }
}

fn start(
    request: Request,
    config: Config,
    buffer: BufferDefaults,
    native_only: bool,
) -> Result<EventSource, Error> {
    let clock = BrowserClock::new(&request.scope);
    let shared = Shared::new(request.url.clone(), buffer, native_only, clock);
    let shared = Rc::new(shared);
    let signals = Rc::downgrade(&shared);
    let page = Page::watch(&request.scope, move |signal| {
        if let Some(shared) = signals.upgrade() {
            shared.inbox.send(Message::Signal(signal));
        }
    });
    config
        .last_event_id
        .clone_into(&mut shared.last_event_id.borrow_mut());
    let connection = Connection::new(config, crate::browser::random_seed());
    let driver = Driver::new(Rc::clone(&shared), request, connection, page)?;
    let task = Rc::clone(&shared);
    wasm_bindgen_futures::spawn_local(async move { task.until_closed(driver.run()).await });
    Ok(EventSource::of(Rc::new(Handle(shared))))
}
