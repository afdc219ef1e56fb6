//! A chat whose answers stream token by token over `POST`, and can be stopped.

mod exchange;

use exchange::Exchange;
use leptos::prelude::*;

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(Chat);
}

#[component]
fn Chat() -> impl IntoView {
    let questions = RwSignal::new(Vec::<String>::new());
    let draft = RwSignal::new(String::new());
    let ask = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let question = draft.get().trim().to_owned();
        if !question.is_empty() {
            questions.update(|questions| questions.push(question));
            draft.set(String::new());
        }
    };
    view! {
        <main>
            <header>
                <h1>"Chat"</h1>
                // Removing an exchange from the page aborts its request.
                <button class="clear" on:click=move |_| questions.set(Vec::new())>"Clear"</button>
            </header>
            <For
                each=move || questions.get().into_iter().enumerate()
                key=|(index, question)| (*index, question.clone())
                let((_, question))
            >
                <Exchange question/>
            </For>
            <form on:submit=ask>
                <input placeholder="Ask about event streams" aria-label="Question" bind:value=draft/>
                <button>"Ask"</button>
            </form>
        </main>
    }
}
