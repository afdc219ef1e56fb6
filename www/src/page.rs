//! The page as a whole: it puts the cards together and draws them.

use core::time::Duration;
use std::rc::Rc;

use gloo_events::EventListener;
use gloo_timers::future::TimeoutFuture;
use web_sys::{Element, HtmlElement};

use crate::build::{self, Build};
use crate::chat::{self, Chat};
use crate::clock;
use crate::dom::{self, Text};
use crate::faults;
use crate::format;
use crate::keeper::{Feed, Keeper};
use crate::link::Link;
use crate::logs::{self, Logs};
use crate::metrics::{self, Metrics};
use crate::proof::Proof;
use crate::strip::Strip;
use crate::theme::ThemeWatch;
use crate::ticker::{self, Ticker};
use crate::timeline::Timeline;
use crate::trouble::Trouble;

/// The pause between two frames that are drawn: the plots move by a pixel in about this time, and
/// no number changes faster.
const PAUSE_MS: u32 = 50;

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
    /// Dropping them would make the buttons deaf.
    _listeners: Vec<EventListener>,
}

/// What the cards are collected in.
#[derive(Default)]
struct Assembly {
    links: Vec<Rc<Link>>,
    strips: Vec<Strip>,
    listeners: Vec<EventListener>,
}

impl Assembly {
    /// A card, its connection, and the code that opens it.
    fn card(
        &mut self,
        id: &str,
        heartbeat: Option<Duration>,
        code: &str,
    ) -> Result<(HtmlElement, Rc<Link>), Trouble> {
        let card: HtmlElement = dom::by_id(id)?;
        let link = Link::new(heartbeat);
        self.strips.push(Strip::new(&card, &link)?);
        self.links.push(Rc::clone(&link));
        Text::part(&card, "code")?.set(code.trim());
        Ok((card, link))
    }

    /// The parts of a card whose stream can be opened anew.
    fn keep<F: Feed>(
        &mut self,
        card: &Element,
        feed: &Rc<F>,
        link: &Rc<Link>,
    ) -> Result<Rc<Keeper<F>>, Trouble> {
        let keeper = Keeper::new(Rc::clone(feed), link);
        self.listeners.extend(keeper.wire(card)?);
        self.listeners.extend(faults::wire(card)?);
        Ok(keeper)
    }
}

impl Page {
    /// Puts the page together and opens the streams that are always open.
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
        dom::document()?
            .document_element()
            .ok_or_else(|| Trouble::Missing("html".to_owned()))?
            .set_attribute("data-running", "")?;
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

    /// Draws, for as long as the page is there.
    pub(crate) async fn run(mut self) -> Result<(), Trouble> {
        loop {
            TimeoutFuture::new(PAUSE_MS).await;
            clock::next_frame().await?;
            self.draw(clock::now())?;
        }
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
