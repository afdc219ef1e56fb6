//! What can be wrong with the options of a source.

use core::cell::Cell;

use super::EventSourceBuilder;
use crate::connection::Transport;
use crate::error::Error;
use crate::subscribe::Overflow;

impl EventSourceBuilder {
    /// What can be wrong without a browser.
    pub(super) fn check(&self) -> Result<(), Error> {
        if let Some(mistake) = &self.mistake {
            return Err(mistake.clone());
        }
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if self.method.is_empty() || !self.method.bytes().all(token) {
            let reason = format!("`{}` is not a token of RFC 9110", self.method);
            return Err(Error::invalid_option("method", reason));
        }
        let upper = self.method.to_ascii_uppercase();
        if matches!(upper.as_str(), "CONNECT" | "TRACE" | "TRACK") {
            let reason = format!("the Fetch standard forbids `{}`", self.method);
            return Err(Error::invalid_option("method", reason));
        }
        if self.body.is_some() && matches!(upper.as_str(), "GET" | "HEAD") {
            let reason = "a GET or HEAD request has no body; set `method(\"POST\")`";
            return Err(Error::invalid_option("body", reason));
        }
        if self.last_event_id_param.as_deref() == Some("") {
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

    /// What can't be had on a connection that is not the tab's own.
    fn check_sharing(&self) -> Result<(), Error> {
        let reason = if self.method != "GET" {
            "only what is asked for by GET can be shared"
        } else if self.config.transport == Transport::Native {
            "what is shared is read by fetch; use Transport::Auto or Transport::Fetch"
        } else if self.config.pause_when_hidden {
            "the connection is not paused for a hidden tab: others may be visible"
        } else if self.buffer.overflow == Overflow::Backpressure {
            "a tab can't make the others wait: use another `Overflow`"
        } else {
            return Ok(());
        };
        Err(Error::invalid_option("shared", reason))
    }
}

/// Once a page is enough.
pub(super) fn warn_of_hidden_comments() {
    thread_local! {
        static WARNED: Cell<bool> = const { Cell::new(false) };
    }
    if !WARNED.replace(true) {
        web_sys::console::warn_1(
            &"everstream: the native EventSource does not show comments, so that only events count for the \
              heartbeat timeout; use Transport::Auto if the server keeps alive by comments"
                .into(),
        );
    }
}
