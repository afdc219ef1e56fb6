//! A checked description of sources, from which any number can be opened.

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
    /// Opens the session of a source. Programs that never share have no trace of this and of what follows,
    /// since they are reached by these pointers only.
    open: fn(&Template, &Rc<Inner>, &mut SourceClient) -> Opened,
    /// Joins the others.
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

/// A session, and the way to the other tabs where it is shared.
pub(crate) struct Opened {
    pub(crate) session: Box<dyn Session>,
    pub(crate) tabs: Option<Box<dyn Neighbours>>,
}

impl Template {
    /// Opens a source.
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

    /// The session: one that is shared, or what `open` opens where nothing is to be shared or can be.
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
                // So that who asks at once is told how it is shared.
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
