//! The strip below a card: the state of its connection in words and numbers, and the plot.

use core::time::Duration;
use std::rc::Rc;

use everstream::{State, TransportKind};
use web_sys::{Element, HtmlButtonElement};

use crate::dom::{self, Text};
use crate::format;
use crate::link::{Condition, Ending, Link};
use crate::plot::Plot;
use crate::theme::Theme;
use crate::trouble::Trouble;

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Strip {
    card: Element,
    link: Rc<Link>,
    state: Text,
    countdown: Text,
    detail: Text,
    transport: Text,
    rate: Text,
    id: Text,
    silence: Text,
    attempts: Text,
    controls: [HtmlButtonElement; 3],
    plot: Plot,
}

impl Strip {
    /// Puts the strip of a connection into its card.
    pub(crate) fn new(card: &Element, link: &Rc<Link>) -> Result<Self, Trouble> {
        dom::part::<Element>(card, "strip")?.replace_with_with_node_1(&*dom::stamp("strip")?)?;
        let control = |name| dom::part::<HtmlButtonElement>(card, name);
        if let Some(limit) = link.heartbeat {
            let limit = format!("of {}", format::whole_seconds(limit));
            Text::part(card, "limit")?.set(&limit);
        }
        Ok(Self {
            link: Rc::clone(link),
            state: Text::part(card, "state")?,
            countdown: Text::part(card, "countdown")?,
            detail: Text::part(card, "detail")?,
            transport: Text::part(card, "transport")?,
            rate: Text::part(card, "rate")?,
            id: Text::part(card, "id")?,
            silence: Text::part(card, "silence")?,
            attempts: Text::part(card, "attempts")?,
            controls: [control("reconnect")?, control("close")?, control("open")?],
            plot: Plot::new(card, link.heartbeat)?,
            card: card.clone(),
        })
    }

    /// Brings the strip up to date.
    pub(crate) fn draw(&self, now: f64, theme: &Theme) {
        let condition = self.link.condition();
        self.name(&condition, now);
        self.explain(&condition);
        self.count(&condition, now);
        self.offer(&condition);
        self.link.read(now, |timeline| {
            self.plot.draw(now, timeline, theme);
        });
    }

    /// Shows the state's name. The countdown is separate, so that screen readers skip it.
    fn name(&self, condition: &Condition, now: f64) {
        let (key, name) = match &condition.state {
            None => ("none", "not started"),
            Some(State::Idle) => ("idle", "idle"),
            Some(State::Open { .. }) => ("open", "open"),
            Some(State::Waiting { .. }) => ("waiting", "waiting"),
            Some(State::Paused) => ("paused", "paused"),
            Some(State::Closed { error: None }) if condition.ending == Ending::Complete => {
                ("complete", "complete")
            }
            Some(State::Closed { .. }) => ("closed", "closed"),
            Some(_) => ("connecting", "connecting"),
        };
        dom::mark(&self.card, "data-state", key);
        self.state.set(name);
        self.countdown.set(&match condition.state {
            Some(State::Waiting {
                retry_in: Some(delay),
                ..
            }) => {
                let waited = Duration::from_secs_f64((now - condition.since).max(0.0) / 1000.0);
                format::seconds(delay.saturating_sub(waited))
            }
            _ => String::new(),
        });
    }

    /// Shows the state in a sentence.
    fn explain(&self, condition: &Condition) {
        let text = match &condition.state {
            Some(State::Idle) => "nothing is asked for".to_owned(),
            Some(State::Connecting { attempt, .. }) => format!("attempt {attempt}"),
            Some(State::Paused) => "closed while nobody looks".to_owned(),
            Some(State::Open { resumed, .. }) if resumed.is_resumed() => {
                "resumed behind the last event ID".to_owned()
            }
            Some(State::Waiting {
                retry_in: None,
                error,
                ..
            }) => format!("{error}; it reconnects by itself"),
            Some(State::Waiting { error, .. } | State::Closed { error: Some(error) }) => {
                error.to_string()
            }
            Some(State::Closed { error: None }) => match condition.ending {
                Ending::Server => "the server said that there is no more",
                Ending::Visitor => "closed by you",
                Ending::Complete => "all there is has arrived",
            }
            .to_owned(),
            _ => String::new(),
        };
        self.detail.set(&text);
        self.detail.mark("title", &text);
    }

    fn count(&self, condition: &Condition, now: f64) {
        let stats = self.link.stats();
        let is_open = matches!(condition.state, Some(State::Open { .. }));
        self.transport.set(match condition.transport {
            None => "–",
            Some(TransportKind::Native) => "native",
            Some(TransportKind::Fetch) => "fetch",
        });
        let rate = self.link.read(now, crate::timeline::Timeline::rate);
        self.rate.set(&format!("{rate:.1}/s"));
        let id = self.link.last_event_id();
        self.id.set(if id.is_empty() { "–" } else { &id });
        self.attempts
            .set(&format!("{} of {}", stats.opened, stats.attempts));
        match stats.silent_for.filter(|_| is_open) {
            Some(silence) => {
                self.silence.set(&format::seconds(silence));
                let worrying = self
                    .link
                    .heartbeat
                    .is_some_and(|limit| silence > limit.mul_f64(0.6));
                self.silence
                    .mark("data-level", if worrying { "high" } else { "low" });
            }
            None => {
                self.silence.set("–");
                self.silence.mark("data-level", "low");
            }
        }
    }

    /// Shows the buttons that apply to the current state.
    fn offer(&self, condition: &Condition) {
        let [reconnect, close, open] = &self.controls;
        let (started, closed) = match &condition.state {
            None => (false, false),
            Some(State::Closed { .. }) => (true, true),
            Some(_) => (true, false),
        };
        let complete = closed && condition.ending == Ending::Complete;
        for (button, wanted) in [
            (reconnect, started && !closed),
            (close, started && !closed),
            (open, closed && !complete),
        ] {
            if button.hidden() == wanted {
                button.set_hidden(!wanted);
            }
        }
    }
}
