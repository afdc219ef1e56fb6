//! Turns checked options into a source.

use super::{EventSourceBuilder, LAST_EVENT_ID, Parameter, check};
use crate::source::event_source::EventSource;
use crate::source::template::Template;
use crate::subscribe::Overflow;
use crate::web::{Request, Scope};
use everstream_core::Error;
use everstream_core::connection::{Continuation, OnEnd, Transport};
use everstream_core::http::is_safe_method;
use everstream_core::mux::Protocol;
use web_sys::{RequestCache, RequestCredentials};

impl EventSourceBuilder {
    /// Builds the source. The connection attempt starts after the code that is running now.
    ///
    /// # Errors
    ///
    /// Returns [`Error::InvalidUrl`], [`Error::InvalidHeader`], [`Error::InvalidOption`], and
    /// [`Error::Unsupported`] outside a browser.
    pub fn build(self) -> Result<EventSource, Error> {
        self.template()?.open()
    }

    /// Checks the options and resolves those that depend on the environment.
    pub(crate) fn template(self) -> Result<Template, Error> {
        self.check()?;
        let scope = Scope::current()?;
        let url = scope.resolve(&self.url)?;
        let mut config = self.config;
        config.cross_origin = url.origin() != scope.origin();
        config.query_named = matches!(self.last_event_id_param, Parameter::Named(_));
        let parameter = match self.last_event_id_param {
            Parameter::Usual => Some(LAST_EVENT_ID.to_owned()),
            Parameter::Named(name) => Some(name),
            Parameter::Off => None,
        };
        config.resume_by_query = parameter.is_some();
        config.refreshable = self.provider.is_some() || self.prepare.is_some();
        // A response handed in is read once: the source reconnects only if `idempotent` says so.
        config.repeatable = self.idempotent || self.given.is_none() && is_safe_method(&self.method);
        let goes_on = config.repeatable || config.continuation != Continuation::None;
        config.on_end = self.on_end.unwrap_or(if goes_on {
            OnEnd::Reconnect
        } else {
            OnEnd::Close
        });
        config.open_timeout = match self.open_timeout {
            None if !config.repeatable => None,
            None => config.open_timeout,
            given => given,
        };
        config.needs_fetch = self.method != "GET"
            || !self.headers.is_empty()
            || self.provider.is_some()
            || self.prepare.is_some()
            || self.accepts.is_some()
            || self.given.is_some()
            || config.continuation != Continuation::None
            || self.body.is_some()
            || self.credentials == RequestCredentials::Omit
            || self.cache != RequestCache::NoStore
            || self.referrer_policy.is_some()
            || self.redirect.is_some()
            || self.buffer.overflow == Overflow::Backpressure;
        config.validate()?;
        config.needs_fetch |= self.share.is_some();
        let native_only = config.transport == Transport::Native;
        if native_only && !scope.has_event_source() {
            return Err(Error::Unsupported {
                what: "the native EventSource",
                remedy: "use Transport::Auto or Transport::Fetch",
            });
        }
        if native_only && config.heartbeat.is_some() {
            check::warn_of_hidden_comments();
        }
        if config.heartbeat.is_some() || !scope.has_event_source() {
            config.needs_fetch |= !native_only;
        }
        let share = self.share.map(|mut share| {
            let credentials = self.credentials;
            // Spaces separate the parts unambiguously, since a serialised URL has none.
            share.key = format!("{credentials:?} {} {}", url.href(), share.key);
            share
        });
        if let Some(given) = &self.given
            && !given.claim()
        {
            let reason = "another source has it, which was built by a clone of this builder";
            return Err(Error::invalid_option("response", reason));
        }
        let request = Request {
            scope,
            url: url.href(),
            method: self.method,
            idempotent: self.idempotent,
            headers: self.headers,
            provider: self.provider,
            body: self.body,
            credentials: self.credentials,
            cache: self.cache,
            redirect: self.redirect,
            referrer_policy: self.referrer_policy,
            last_event_id_param: parameter,
            prepare: self.prepare,
            proceed: self.proceed,
            accepts: self.accepts,
            given: self.given,
        };
        Ok(Template {
            request,
            config,
            buffer: self.buffer,
            native_only,
            share,
        })
    }

    /// Like [`template`](Self::template), for a multiplexer, whose protocol makes the requests.
    pub(crate) fn template_for(self, protocol: &dyn Protocol) -> Result<Template, Error> {
        if self.method != "GET" || self.body.is_some() {
            let reason = "a multiplexer's requests are made by its protocol";
            return Err(Error::invalid_option("method", reason));
        }
        self.check_multiplexing()?;
        let needs_fetch = protocol.needs_fetch();
        if needs_fetch && self.config.transport == Transport::Native {
            let reason =
                "the multiplexer's protocol needs fetch; use Transport::Auto or Transport::Fetch";
            return Err(Error::invalid_option("transport", reason));
        }
        let mut template = self.template()?;
        if let Some(share) = &mut template.share {
            let Some(protocol) = protocol.share_key() else {
                let reason =
                    "the protocol does not say which tabs may share; see `Protocol::share_key`";
                return Err(Error::invalid_option("shared", reason));
            };
            // `{:?}` quotes and escapes the protocol's key, so that two different pairs can't give the same
            // text.
            share.key = format!("{protocol:?} {}", share.key);
        }
        template.config.needs_fetch |= needs_fetch;
        template.config.resumes = protocol.resumes();
        // The protocol defines which parameter the server reads, so the server is known to read it.
        template.config.query_named = true;
        if let Some(parameter) = &mut template.request.last_event_id_param
            && parameter == LAST_EVENT_ID
            && let Some(name) = protocol.last_event_id_param()
        {
            name.clone_into(parameter);
        }
        Ok(template)
    }
}
