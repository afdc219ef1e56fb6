//! The progress of a build: one enum, and a stream that ends.

mod output;
mod source;

use core::cell::RefCell;
use core::future::Future;
use core::time::Duration;
use std::rc::Rc;

use everstream::{Error, EventSource};
use gloo_events::EventListener;
use serde::Deserialize;
use web_sys::{Element, HtmlButtonElement, HtmlElement};

use self::output::Output;
use self::source::Build as Event;
use crate::dom::{self, Text};
use crate::format;
use crate::keeper::{Feed, Keeper};
use crate::link::{Ending, Link};
use crate::server;
use crate::task::Task;
use crate::trouble::Trouble;

pub(crate) use self::source::HEARTBEAT;

/// The code on the card, which is the code that runs.
pub(crate) const CODE: &str = include_str!("source.rs");

/// The answer to a request for a build.
#[derive(Debug, Deserialize)]
struct Started {
    id: String,
}

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Build {
    id: RefCell<String>,
    bar: HtmlElement,
    percent: Text,
    steps: Vec<Element>,
    output: Output,
}

impl Build {
    pub(crate) fn new(card: &Element) -> Result<Rc<Self>, Trouble> {
        Ok(Rc::new(Self {
            id: RefCell::default(),
            bar: dom::part(card, "bar")?,
            percent: Text::part(card, "percent")?,
            steps: dom::all(card, "[data-step]")?,
            output: Output(dom::part(card, "output")?),
        }))
    }

    /// Shows the build's progress. The steps before the current one are done.
    fn show(&self, step: &str, percent: u8) -> Result<(), Trouble> {
        self.percent.set(&format!("{percent} %"));
        let value = percent.to_string();
        self.bar.set_attribute("aria-valuenow", &value)?;
        self.bar.style().set_property("--percent", &value)?;
        let mut status = "done";
        for element in &self.steps {
            let present = element.get_attribute("data-step").as_deref() == Some(step);
            if present {
                status = "running";
            }
            dom::mark(element, "data-status", status);
            if present {
                status = "ahead";
            }
        }
        Ok(())
    }

    fn finish(&self, time: Duration, recoveries: u32) -> Result<(), Trouble> {
        for element in &self.steps {
            dom::mark(element, "data-status", "done");
        }
        let time = format::seconds(time);
        let text = match recoveries {
            0 => format!("Done in {time}."),
            1 => format!("Done in {time}, across a reconnect."),
            more => format!("Done in {time}, across {more} reconnects."),
        };
        self.output.line("done", &text)
    }
}

impl Feed for Build {
    type Connection = EventSource;

    fn open(&self, last_event_id: &str) -> Result<EventSource, Error> {
        source::open(&self.id.borrow(), last_event_id)
    }

    fn read(
        self: Rc<Self>,
        source: &EventSource,
        link: Rc<Link>,
    ) -> impl Future<Output = ()> + 'static {
        let events = source.events::<Event>();
        async move {
            let mut events = match events {
                Ok(events) => events,
                Err(error) => return link.refuse(error),
            };
            while let Some(event) = events.next().await {
                let Ok(event) = event else { continue };
                link.event();
                match event {
                    Event::Progress { step, percent } => crate::report(self.show(&step, percent)),
                    Event::Log { line } => crate::report(self.output.line("log", &line)),
                    Event::Done { duration_ms } => {
                        let time = Duration::from_millis(duration_ms.into());
                        crate::report(self.finish(time, link.recoveries()));
                        // This call and the drop of the subscription, which follows, close the connection.
                        link.release(Ending::Complete);
                        return;
                    }
                }
            }
        }
    }
}

/// Wires the button that starts a build.
pub(crate) fn wire(
    card: &Element,
    build: &Rc<Build>,
    keeper: &Rc<Keeper<Build>>,
) -> Result<EventListener, Trouble> {
    let button: HtmlButtonElement = dom::part(card, "start")?;
    let (build, keeper) = (Rc::clone(build), Rc::clone(keeper));
    let under_way = RefCell::new(None);
    Ok(EventListener::new(&button, "click", move |_| {
        let (build, keeper) = (Rc::clone(&build), Rc::clone(&keeper));
        let start = Task::spawn(async move {
            match server::post_for::<Started>("/demo/build/start").await {
                Ok(Started { id }) => {
                    build.id.replace(id);
                    crate::report(build.show("fetch", 0));
                    build.output.clear();
                    keeper.open("");
                }
                Err(trouble) => {
                    let text = format!("Not started: {trouble}");
                    crate::report(build.output.line("trouble", &text));
                }
            }
        });
        *under_way.borrow_mut() = Some(start);
    }))
}
