//! The sessions that this core can open.

use core::time::Duration;

use everstream_core::connection::{Config, Instant};
#[cfg(feature = "mux")]
use everstream_core::session::Session;
use everstream_core::session::{LinkId, Solo};

#[cfg(feature = "mux")]
use everstream_core::mux::EverstreamProtocol;
#[cfg(feature = "mux")]
use everstream_core::session::{Muxed, MuxedConfig};
#[cfg(feature = "tabs")]
use everstream_core::session::{Opening, Shared, SharedConfig};
#[cfg(feature = "tabs")]
use everstream_core::tabs;

use crate::held::Held;
use crate::options::Options;
#[cfg(feature = "mux")]
use crate::tables::SessionKind;

/// Arguments for opening a session.
#[allow(dead_code)] // Some cores use only a part of it.
pub(crate) struct Wanted<'a> {
    pub(crate) kind: i32,
    pub(crate) options: Options,
    pub(crate) last_event_id: &'a str,
    pub(crate) until: &'a str,
    /// An absolute URL.
    pub(crate) url: &'a str,
    pub(crate) has_locks: bool,
    pub(crate) now: Instant,
    pub(crate) wall: Duration,
}

/// The only kind in this core. As a concrete type, it lets the linker drop whatever is not called.
#[cfg(not(feature = "mux"))]
pub(crate) type AnySession = Solo;
/// Any of this core's several kinds.
#[cfg(feature = "mux")]
pub(crate) type AnySession = Box<dyn Session>;

#[cfg(feature = "tabs")]
/// Number of log entries that a tab keeps for others.
const KEPT: usize = 1024;

pub(crate) fn open(id: usize, wanted: &Wanted<'_>) -> Held {
    let config = wanted
        .options
        .config(id, wanted.last_event_id, wanted.until);
    let seed = wanted.options.seed();
    #[cfg(feature = "mux")]
    let kind = SessionKind::of(wanted.kind);
    #[cfg(feature = "mux")]
    let has_channels = matches!(kind, Some(SessionKind::Muxed | SessionKind::SharedMuxed));
    #[cfg(not(feature = "mux"))]
    let has_channels = false;
    #[cfg(feature = "tabs")]
    if matches!(
        kind,
        Some(SessionKind::SharedSolo | SessionKind::SharedMuxed)
    ) {
        let session = shared(wanted, config, seed, has_channels);
        return Held::new(Box::new(session), wanted.last_event_id, has_channels);
    }
    let session = alone(wanted.url, config, seed, LinkId(0), has_channels);
    Held::new(session, wanted.last_event_id, has_channels)
}

/// Opens a session that a page has for itself, or that one tab holds for all.
#[cfg_attr(not(feature = "mux"), allow(unused_variables))]
fn alone(url: &str, config: Config, seed: u64, first: LinkId, has_channels: bool) -> AnySession {
    #[cfg(feature = "mux")]
    if has_channels {
        let config = MuxedConfig {
            url: url.to_owned(),
            connection: config,
            seed,
            first,
        };
        return Box::new(Muxed::new(config, EverstreamProtocol::new()));
    }
    let solo = Solo::new(config, seed, first);
    #[cfg(feature = "mux")]
    let solo = Box::new(solo);
    solo
}

#[cfg(feature = "tabs")]
fn shared(wanted: &Wanted<'_>, config: Config, seed: u64, has_channels: bool) -> Shared {
    let url = wanted.url.to_owned();
    let mut opened = 0;
    let open = move |Opening { position, first }: Opening<'_>| {
        opened += 1;
        let mut config = config.clone();
        position.clone_into(&mut config.last_event_id);
        alone(&url, config, seed.wrapping_add(opened), first, has_channels)
    };
    let tab = tabs::Config {
        election: if wanted.has_locks {
            tabs::Election::Lock
        } else {
            tabs::Election::Lease
        },
        last_event_id: wanted.last_event_id.to_owned(),
        seed,
        wall: wanted.wall,
        kept: KEPT,
    };
    let config = SharedConfig {
        tab,
        has_channels,
        open: Box::new(open),
    };
    Shared::new(wanted.now, config)
}
