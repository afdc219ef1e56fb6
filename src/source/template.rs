//! A checked set of options, from which any number of sources can be opened.

use std::rc::Rc;

use super::client::SourceClient;
use super::event_source::EventSource;
use super::inner::{Handle, Inner};
use crate::subscribe::intake::BufferDefaults;
use crate::web::tabs::{Join, Joining, Neighbours, join};
use crate::web::{BrowserClock, Inbox, Parts, Request, random_seed};
use everstream_core::Error;
use everstream_core::connection::Config;
use everstream_core::session::{Delivery, LinkId, Open, Opening, Session, Sink, Solo};
use everstream_core::tabs::{Role, Sharing};

/// The builder's checked options.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) request: Request,
    pub(crate) config: Config,
    pub(crate) buffer: BufferDefaults,
    pub(crate) native_only: bool,
    /// How the connection is shared. `None` if it isn't.
    pub(crate) share: Option<Share>,
}

/// How a source shares its connection.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    /// Equal in all tabs that share the connection.
    pub(crate) key: String,
    /// Opens the session of a shared source. Programs reach the sharing code only through this pointer
    /// and `join`, so a program that never shares doesn't link it.
    open: fn(&Template, &Rc<Inner>, &mut SourceClient) -> Opened,
    /// Joins the other tabs.
    join: Join,
}

impl Share {
    pub(super) fn new(key: String) -> Self {
        Self {
            key,
            open: open_shared,
            join,
        }
    }
}

/// Opens the session of a source that shares its connection.
fn open_shared(template: &Template, inner: &Rc<Inner>, client: &mut SourceClient) -> Opened {
    let config = template.config.clone();
    let open: Open = Box::new(move |opening: Opening<'_>| {
        let config = Config {
            last_event_id: opening.position.to_owned(),
            ..config.clone()
        };
        Box::new(Solo::new(config, random_seed(), opening.first))
    });
    template.session(false, &inner.clock, &inner.inbox, open, client)
}

/// A session, and its link to the other tabs if it is shared.
pub(crate) struct Opened {
    pub(crate) session: Box<dyn Session>,
    pub(crate) tabs: Option<Box<dyn Neighbours>>,
}

impl Template {
    pub(super) fn open(self) -> Result<EventSource, Error> {
        let scope = self.request.scope.clone();
        let inner = Rc::new(Inner::new(
            self.request.url.clone(),
            self.buffer,
            self.native_only,
            BrowserClock::new(&scope),
            self.config.last_event_id.clone(),
        ));
        let mut client = SourceClient::new(Rc::clone(&inner), self.share.is_none());
        let Opened { session, tabs } = match &self.share {
            Some(share) => (share.open)(&self, &inner, &mut client),
            None => Opened {
                session: Box::new(Solo::new(self.config, random_seed(), LinkId(0))),
                tabs: None,
            },
        };
        let parts = Parts {
            session,
            client: Box::new(client),
            inbox: Rc::clone(&inner.inbox),
            clock: Rc::clone(&inner.clock),
            request: self.request,
            requests: None,
            tabs,
        };
        crate::web::start(parts, &scope)?;
        Ok(EventSource::of(Rc::new(Handle(inner))))
    }

    /// Returns a shared session, or the result of `open` if the source isn't shared or the browser can't
    /// share.
    pub(crate) fn session(
        &self,
        has_channels: bool,
        clock: &BrowserClock,
        inbox: &Rc<Inbox>,
        mut open: Open,
        client: &mut dyn Sink,
    ) -> Opened {
        let first = |open: &mut Open| {
            let position = &*self.config.last_event_id;
            let first = LinkId(0);
            open(Opening { position, first })
        };
        let Some(share) = &self.share else {
            let session = first(&mut open);
            return Opened {
                session,
                tabs: None,
            };
        };
        let joining = Joining {
            scope: &self.request.scope,
            key: &share.key,
            clock,
            inbox,
            last_event_id: self.config.last_event_id.clone(),
            has_channels,
            open,
        };
        match (share.join)(joining) {
            Ok((mut session, tabs)) => {
                // Delivers now, so that code that asks for `sharing` right after `build` gets an answer.
                session.deliver(client);
                Opened {
                    session,
                    tabs: Some(tabs),
                }
            }
            Err(mut open) => {
                let sharing = Sharing::new(Role::Alone, 1);
                let _ = client.take(Delivery::Sharing(sharing));
                Opened {
                    session: first(&mut open),
                    tabs: None,
                }
            }
        }
    }
}
