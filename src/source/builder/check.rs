//! Checks of a source's options.

use core::cell::Cell;

use super::{EventSourceBuilder, Parameter};
use crate::subscribe::Overflow;
use everstream_core::Error;
use everstream_core::connection::{Continuation, OnEnd, Transport};
use everstream_core::http::check_method;
use web_sys::RequestCredentials;

impl EventSourceBuilder {
    /// Checks what needs no browser.
    pub(super) fn check(&self) -> Result<(), Error> {
        if let Some(mistake) = &self.mistake {
            return Err(mistake.clone());
        }
        check_method(&self.method)?;
        let upper = self.method.to_ascii_uppercase();
        if self.body.is_some() && matches!(upper.as_str(), "GET" | "HEAD") {
            let reason = "a GET or HEAD request has no body; set `method(\"POST\")`";
            return Err(Error::invalid_option("body", reason));
        }
        if matches!(&self.last_event_id_param, Parameter::Named(name) if name.is_empty()) {
            let reason = "the name is empty; `None` turns it off";
            return Err(Error::invalid_option("last_event_id_param", reason));
        }
        if self.config.last_event_id.contains(['\0', '\n', '\r']) {
            let reason = "an ID has no NUL, LF or CR";
            return Err(Error::invalid_option("last_event_id", reason));
        }
        if self.share.is_some() {
            self.check_sharing()?;
        }
        if self.buffer.capacity == 0 {
            return Err(Error::invalid_option("buffer", "no event fits in 0"));
        }
        Ok(())
    }

    /// Refuses options that a multiplexer's protocol controls itself.
    pub(super) fn check_multiplexing(&self) -> Result<(), Error> {
        let config = &self.config;
        let option = if self.given.is_some() {
            "response"
        } else if config.continuation != Continuation::None {
            "resume_by_get"
        } else if self.prepare.is_some() {
            "request_with"
        } else if self.on_end == Some(OnEnd::Close) {
            "on_end"
        } else if config.until.is_some() {
            "until"
        } else if config.follows.is_some() {
            "follows"
        } else if !config.replays {
            "replays"
        } else if config.deliver_unfinished {
            "deliver_unfinished"
        } else {
            return Ok(());
        };
        let reason = "a multiplexer's protocol sees to requests, ends and gaps by itself";
        Err(Error::invalid_option(option, reason))
    }

    /// Whether the request may carry one user's secrets.
    fn has_secrets(&self) -> bool {
        !self.headers.is_empty()
            || self.provider.is_some()
            || self.prepare.is_some()
            || self.credentials == RequestCredentials::Include
    }

    /// Refuses options that don't work on a connection shared by several tabs.
    fn check_sharing(&self) -> Result<(), Error> {
        let reason = if self.given.is_some() {
            "an answer that is this tab's can't be shared"
        } else if self.method != "GET" {
            "only what is asked for by GET can be shared"
        } else if self.config.transport == Transport::Native {
            "what is shared is read by fetch; use Transport::Auto or Transport::Fetch"
        } else if self.config.pause_when_hidden {
            "the connection is not paused for a hidden tab: others may be visible"
        } else if self.buffer.overflow == Overflow::Backpressure {
            "a tab can't make the others wait: use another `Overflow`"
        } else if self.has_secrets()
            && self
                .share
                .as_ref()
                .is_some_and(|share| share.key.is_empty())
        {
            "an empty scope is everybody's who uses this browser, and the request carries headers or credentials; \
             have the scope name the user"
        } else {
            return Ok(());
        };
        Err(Error::invalid_option("shared", reason))
    }
}

/// Warns at most once per page.
pub(super) fn warn_of_hidden_comments() {
    thread_local! {
        static WARNED: Cell<bool> = const { Cell::new(false) };
    }
    if !WARNED.replace(true) {
        crate::console::warn(
            "the native EventSource does not show comments, so that only events count for the heartbeat \
             timeout; use Transport::Auto if the server keeps alive by comments",
        );
    }
}
