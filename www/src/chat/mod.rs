//! The chat card: an answer streamed token by token.

mod source;
mod transcript;

use core::cell::RefCell;
use std::rc::Rc;

use everstream::{EventSource, State};
use gloo_events::{EventListener, EventListenerOptions};
use web_sys::{Element, HtmlButtonElement, HtmlFormElement, HtmlInputElement};

use self::source::Chunk;
use self::transcript::{Answer, Transcript};
use crate::dom;
use crate::link::{Ending, Link};
use crate::task::Task;
use crate::trouble::Trouble;

/// The code on the card, which is the code that runs.
pub(crate) const CODE: &str = include_str!("source.rs");

/// The data of the stream's last event.
const DONE: &str = "[DONE]";

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Chat {
    link: Rc<Link>,
    transcript: Transcript,
    input: HtmlInputElement,
    send: HtmlButtonElement,
    stop: HtmlButtonElement,
    /// The current answer, and the task that writes it down.
    present: RefCell<Option<(Rc<Answer>, Task)>>,
}

impl Chat {
    pub(crate) fn new(card: &Element, link: &Rc<Link>) -> Result<Rc<Self>, Trouble> {
        Ok(Rc::new(Self {
            link: Rc::clone(link),
            transcript: Transcript(dom::part(card, "transcript")?),
            input: dom::part(card, "prompt")?,
            send: dom::part(card, "send")?,
            stop: dom::part(card, "stop")?,
            present: RefCell::default(),
        }))
    }

    /// Wires the form, its stop button, and the suggested prompts.
    pub(crate) fn wire(self: &Rc<Self>, card: &Element) -> Result<Vec<EventListener>, Trouble> {
        let form: HtmlFormElement = dom::part(card, "form")?;
        let chat = Rc::clone(self);
        let options = EventListenerOptions::enable_prevent_default();
        let submit = EventListener::new_with_options(&form, "submit", options, move |event| {
            event.prevent_default();
            let prompt = chat.input.value();
            if !prompt.trim().is_empty() {
                chat.input.set_value("");
                crate::report(chat.ask(prompt.trim()));
            }
        });
        let chat = Rc::clone(self);
        let stop = EventListener::new(&self.stop, "click", move |_| chat.stop());
        let mut listeners = vec![submit, stop];
        for button in dom::all::<HtmlButtonElement>(card, "button[data-prompt]")? {
            let chat = Rc::clone(self);
            let prompt = button.text_content().unwrap_or_default();
            listeners.push(EventListener::new(&button, "click", move |_| {
                crate::report(chat.ask(prompt.trim()));
            }));
        }
        Ok(listeners)
    }

    fn ask(self: &Rc<Self>, prompt: &str) -> Result<(), Trouble> {
        if self.present.borrow().is_some() {
            self.stop();
        }
        let answer = Rc::new(self.transcript.ask(prompt)?);
        let source = match source::ask(prompt) {
            Ok(source) => source,
            Err(error) => {
                answer.fail(&error.to_string());
                return Ok(());
            }
        };
        let task = Task::spawn(Rc::clone(self).write_down(&source, Rc::clone(&answer)));
        self.link.attach(source, |_: &State| {});
        *self.present.borrow_mut() = Some((answer, task));
        self.offer(true);
        Ok(())
    }

    /// Writes the answer down as it arrives.
    fn write_down(
        self: Rc<Self>,
        source: &EventSource,
        answer: Rc<Answer>,
    ) -> impl Future<Output = ()> + 'static {
        let mut events = source.on_text("message");
        async move {
            let mut complete = false;
            while let Some(event) = events.next().await {
                match event {
                    Ok(event) if event.data == DONE => {
                        complete = true;
                        break;
                    }
                    Ok(event) => {
                        self.link.event();
                        match serde_json::from_str::<Chunk>(&event.data) {
                            Ok(chunk) => {
                                for choice in chunk.choices {
                                    answer.add(&choice.delta.content);
                                }
                                self.transcript.follow();
                            }
                            Err(error) => answer.fail(&error.to_string()),
                        }
                    }
                    Err(error) => answer.fail(&error.to_string()),
                }
            }
            if complete {
                answer.complete();
            } else {
                answer.fail("The answer is not complete.");
            }
            self.transcript.follow();
            drop(events);
            self.link.release(Ending::Complete);
            self.offer(false);
            // This call drops the current task, so it must be the last.
            self.present.take();
        }
    }

    /// Stops the answer. Dropping the source and the subscription closes the connection.
    fn stop(&self) {
        if let Some((answer, task)) = self.present.take() {
            drop(task);
            self.link.release(Ending::Visitor);
            answer.stopped();
        }
        self.offer(false);
    }

    fn offer(&self, answering: bool) {
        self.send.set_hidden(answering);
        self.stop.set_hidden(!answering);
    }
}
