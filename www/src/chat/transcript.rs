//! The transcript of questions and answers.

use core::cell::{Cell, RefCell};

use web_sys::HtmlElement;

use crate::clock;
use crate::dom;
use crate::trouble::Trouble;

/// How many questions and answers are kept.
const KEPT: u32 = 40;

/// The list of bubbles.
#[derive(Debug)]
pub(super) struct Transcript(pub(super) HtmlElement);

impl Transcript {
    /// Appends a question, and an empty answer.
    pub(super) fn ask(&self, prompt: &str) -> Result<Answer, Trouble> {
        let Self(list) = self;
        dom::append(list, "li", "question", prompt)?;
        let bubble = dom::append(list, "li", "answer", "")?;
        bubble.set_attribute("data-status", "coming")?;
        let answer = Answer {
            text: dom::append(&bubble, "p", "", "")?,
            note: dom::append(&bubble, "small", "", "")?,
            written: RefCell::default(),
            tokens: Cell::new(0),
            asked_at: clock::now(),
            bubble,
        };
        while list.child_element_count() > KEPT {
            let Some(first) = list.first_element_child() else {
                break;
            };
            first.remove();
        }
        self.follow();
        Ok(answer)
    }

    /// Scrolls to the end.
    pub(super) fn follow(&self) {
        self.0.set_scroll_top(self.0.scroll_height());
    }
}

/// An answer in progress.
#[derive(Debug)]
pub(super) struct Answer {
    bubble: HtmlElement,
    text: HtmlElement,
    note: HtmlElement,
    written: RefCell<String>,
    tokens: Cell<u32>,
    asked_at: f64,
}

impl Answer {
    pub(super) fn add(&self, token: &str) {
        let mut written = self.written.borrow_mut();
        written.push_str(token);
        self.text.set_text_content(Some(&written));
        self.tokens.set(self.tokens.get() + 1);
    }

    pub(super) fn complete(&self) {
        self.end("complete", &self.measure());
    }

    pub(super) fn stopped(&self) {
        self.end("stopped", &format!("{}, stopped by you", self.measure()));
    }

    /// Shows a failure. The first reason stays.
    pub(super) fn fail(&self, reason: &str) {
        if self.bubble.get_attribute("data-status").as_deref() != Some("failed") {
            self.end("failed", reason);
        }
    }

    fn measure(&self) -> String {
        let seconds = (clock::now() - self.asked_at) / 1000.0;
        format!("{} tokens in {seconds:.1} s", self.tokens.get())
    }

    fn end(&self, status: &str, note: &str) {
        dom::mark(&self.bubble, "data-status", status);
        self.note.set_text_content(Some(note));
    }
}
