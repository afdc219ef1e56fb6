//! The main page, which assembles the cards and draws them.

use std::rc::Rc;

use gloo_events::EventListener;
use web_sys::Element;

use crate::assembly::{self, Assembly};
use crate::build::{self, Build};
use crate::chat::{self, Chat};
use crate::clock;
use crate::dom::{self, Text};
use crate::faults;
use crate::format;
use crate::link::Link;
use crate::logs::{self, Logs};
use crate::metrics::{self, Metrics};
use crate::proof::Proof;
use crate::strip::Strip;
use crate::theme::ThemeWatch;
use crate::ticker::{self, Ticker};
use crate::timeline::Timeline;
use crate::trouble::Trouble;

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Page {
    ticker: Rc<Ticker>,
    logs: Rc<Logs>,
    metrics: Rc<Metrics>,
    links: Vec<Rc<Link>>,
    strips: Vec<Strip>,
    total: Proof,
    rate: Text,
    connections: Text,
    theme: ThemeWatch,
    /// The listeners of the buttons, which stop working when these are dropped.
    _listeners: Vec<EventListener>,
}

impl Page {
    /// Assembles the page and opens the streams that are always open.
    pub(crate) fn assemble() -> Result<Self, Trouble> {
        let mut assembly = Assembly::default();

        let (card, link) = assembly.card("ticker", Some(ticker::HEARTBEAT), ticker::CODE)?;
        let ticker = Ticker::new(&card)?;
        assembly.keep(&card, &ticker, &link)?.open("");

        let (card, link) = assembly.card("logs", Some(logs::HEARTBEAT), logs::CODE)?;
        let logs = Logs::new(&card)?;
        assembly.keep(&card, &logs, &link)?.open("");

        let (card, link) = assembly.card("build", Some(build::HEARTBEAT), build::CODE)?;
        let build = Build::new(&card)?;
        let keeper = assembly.keep(&card, &build, &link)?;
        assembly
            .listeners
            .push(build::wire(&card, &build, &keeper)?);

        let (card, link) = assembly.card("chat", None, chat::CODE)?;
        let chat = Chat::new(&card, &link)?;
        assembly.listeners.extend(chat.wire(&card)?);

        let (card, link) = assembly.card("metrics", None, metrics::CODE)?;
        let metrics = Metrics::new(&card, &link)?;
        assembly.keep(&card, &metrics, &link)?.open("");
        assembly.listeners.extend(metrics.wire(&card)?);
        metrics.mount_all();

        let summary: Element = dom::by_id("summary")?;
        assembly.listeners.extend(faults::wire(&summary)?);
        assembly::done()?;
        Ok(Self {
            ticker,
            logs,
            metrics,
            links: assembly.links,
            strips: assembly.strips,
            total: Proof::of(&summary)?,
            rate: Text::part(&summary, "rate")?,
            connections: Text::part(&summary, "connections")?,
            theme: ThemeWatch::new()?,
            _listeners: assembly.listeners,
        })
    }

    /// Draws the page until it is closed.
    pub(crate) async fn run(mut self) -> Result<(), Trouble> {
        clock::each_frame(|now| self.draw(now)).await
    }

    fn draw(&mut self, now: f64) -> Result<(), Trouble> {
        let theme = self.theme.theme()?;
        for strip in &self.strips {
            strip.draw(now, theme);
        }
        self.logs.draw(now);
        self.metrics.draw(now)?;
        let streams = self.ticker.proof.ledger().sum(self.logs.proof.ledger());
        self.total.show(streams.sum(self.metrics.ledger()));
        let (mut open, mut rate) = (0, 0.0);
        for link in &self.links {
            link.read(now, |timeline: &Timeline| {
                open += u64::from(timeline.is_open());
                rate += timeline.rate();
            });
        }
        self.connections.set(&format::count(open));
        self.rate.set(&format!("{rate:.1}"));
        Ok(())
    }
}
