//! A question and its answer.
#![expect(
    unreachable_pub,
    reason = "`component` repeats `pub` without its restriction"
)]

use everstream::leptos::{use_event_reduce, use_event_source};
use everstream::{Error, EventSource, MessageEvent, State};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Question<'a> {
    prompt: &'a str,
}

/// A piece of an answer, in the form that language model servers use.
#[derive(Deserialize)]
struct Chunk {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    delta: Delta,
}

#[derive(Deserialize)]
struct Delta {
    content: String,
}

/// The received part of an answer.
#[derive(Default)]
struct Answer {
    text: String,
    /// Whether the server has marked the end. Without its mark, the answer is incomplete.
    is_complete: bool,
    error: Option<String>,
}

impl Answer {
    fn take(&mut self, item: Result<MessageEvent, Error>) {
        match item {
            Ok(event) if event.data == "[DONE]" => self.is_complete = true,
            Ok(event) => match serde_json::from_str::<Chunk>(&event.data) {
                Ok(chunk) => self
                    .text
                    .extend(chunk.choices.into_iter().map(|choice| choice.delta.content)),
                Err(error) => self.error = Some(error.to_string()),
            },
            Err(error) => self.error = Some(error.to_string()),
        }
    }
}

/// Sends the request when mounted, and aborts it when unmounted.
#[component]
pub(crate) fn Exchange(question: String) -> impl IntoView {
    let request = EventSource::builder("/demo/chat").method("POST");
    let source = use_event_source(request.json(&Question { prompt: &question }));
    let answer = use_event_reduce(
        source,
        |source| source.on_text("message"),
        Answer::default,
        Answer::take,
    );
    let is_over = move || matches!(source.state().get(), State::Closed { .. });
    let verdict = move || {
        answer.with(|answer| match &answer.error {
            Some(error) => error.clone(),
            None if answer.is_complete => "done".to_owned(),
            None if is_over() => "stopped".to_owned(),
            None => "…".to_owned(),
        })
    };
    view! {
        <section>
            <p class="question">{question}</p>
            <p class="answer">{move || answer.with(|answer| answer.text.clone())}</p>
            <p class="verdict" role="status">{verdict}</p>
            <Show when=move || !is_over()>
                <button class="stop" on:click=move |_| source.close()>"Stop"</button>
            </Show>
        </section>
    }
}
