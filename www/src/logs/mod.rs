//! The logs card: a log tail for bearers of a token that is valid for a minute.

mod source;
mod tail;
mod tokens;

use core::cell::Cell;
use core::future::Future;
use core::time::Duration;
use std::rc::Rc;

use everstream::{Error, EventSource, State};
use futures_util::StreamExt;
use futures_util::future::join;
use web_sys::Element;

use self::source::Line;
use self::tail::Tail;
use self::tokens::Tokens;
use crate::dom::{self, Text};
use crate::format;
use crate::keeper::Feed;
use crate::link::Link;
use crate::numbered::{Item, numbered};
use crate::proof::Proof;
use crate::trouble::Trouble;

pub(crate) use self::source::HEARTBEAT;

/// The code on the card, which is the code that runs.
pub(crate) const CODE: &str = include_str!("source.rs");

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Logs {
    tokens: Rc<Tokens>,
    tail: Tail,
    token: Text,
    last_id: Cell<u64>,
    pub(crate) proof: Proof,
}

impl Logs {
    pub(crate) fn new(card: &Element) -> Result<Rc<Self>, Trouble> {
        Ok(Rc::new(Self {
            tokens: Rc::default(),
            tail: Tail(dom::part(card, "tail")?),
            token: Text::part(card, "token")?,
            last_id: Cell::new(0),
            proof: Proof::of(card)?,
        }))
    }

    /// Shows the token and its remaining lifetime.
    pub(crate) fn draw(&self, now: f64) {
        let Some(token) = self.tokens.present() else {
            return;
        };
        let left = Duration::from_secs_f64((token.expires_at - now).max(0.0) / 1000.0);
        let left = if left.is_zero() {
            "expired".to_owned()
        } else {
            format!("expires in {}", format::whole_seconds(left))
        };
        let start: String = token.text.chars().take(6).collect();
        self.token
            .set(&format!("token {} · {start}… · {left}", token.number));
    }
}

impl Feed for Logs {
    type Connection = EventSource;

    fn open(&self, last_event_id: &str) -> Result<EventSource, Error> {
        source::open(&self.tokens, last_event_id)
    }

    fn read(
        self: Rc<Self>,
        source: &EventSource,
        link: Rc<Link>,
    ) -> impl Future<Output = ()> + 'static {
        let mut lines = numbered::<Line>(source, "log");
        let comments = source.comments();
        async move {
            let show_lines = async {
                while let Some(item) = lines.next().await {
                    self.proof.enter(&item);
                    if let Item::Event { id, data } = item {
                        link.event();
                        self.last_id.set(id);
                        crate::report(self.tail.line(id, &data));
                    }
                }
            };
            let feel_pulse = async {
                let Ok(mut comments) = comments else { return };
                while let Some(Ok(_)) = comments.next().await {
                    link.heartbeat();
                }
            };
            join(show_lines, feel_pulse).await;
        }
    }

    fn changed(&self, state: &State) {
        let said = match state {
            State::Waiting { error, .. } => self.tail.remark("lost", &error.to_string()),
            State::Open { resumed, .. } if resumed.is_resumed() => {
                let text = format!("resumed behind #{}", self.last_id.get());
                self.tail.remark("back", &text)
            }
            _ => Ok(()),
        };
        crate::report(said);
    }
}
