//! Runs the README's recipes. Each block is a file of its own in `recipes`, and the code here calls its
//! function as the text beside the block says.

use everstream::{Error, EventSource};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

mod answer {
    include!("recipes/an_answer_from_a_language_model_token_by_token.rs");

    pub(super) async fn recipe() -> Result<(), everstream::Error> {
        run("secret", |token| super::show("answer", token)).await
    }
}

mod gaps {
    include!("recipes/gaps_and_other_items.rs");

    pub(super) async fn recipe() -> Result<(), Error> {
        let show = |price: f64| super::show("gaps", &price.to_string());
        run(show, || super::show("gaps", "reload")).await
    }
}

mod build {
    include!("recipes/several_types_in_one_stream_in_order.rs");

    pub(super) async fn recipe() -> Result<(), everstream::Error> {
        run(|text| super::show("build", text)).await
    }
}

mod channels {
    include!("recipes/many_channels_one_connection.rs");

    pub(super) async fn recipe() -> Result<(), everstream::Error> {
        run(|price| super::show("channels", &price.to_string())).await
    }
}

mod states {
    include!("recipes/show_the_state_of_the_connection.rs");

    pub(super) async fn recipe(source: EventSource) {
        run(source, |text| super::show("states", text)).await;
    }
}

mod task {
    include!("recipes/in_a_component.rs");

    pub(super) fn recipe() -> Result<EventSource, everstream::Error> {
        watch(|price| super::show("task", &price.to_string()))
    }
}

#[wasm_bindgen(start)]
fn start() -> Result<(), JsError> {
    run("answer", answer::recipe());
    run("gaps", gaps::recipe());
    run("build", build::recipe());
    run("channels", channels::recipe());
    let source = EventSource::new("/states")?;
    spawn_local(states::recipe(source));
    // The recipe's source may be dropped, because the task holds its subscription.
    task::recipe()?;
    Ok(())
}

/// Runs a recipe and shows how it ends.
fn run(id: &'static str, recipe: impl Future<Output = Result<(), Error>> + 'static) {
    spawn_local(async move {
        match recipe.await {
            Ok(()) => show(id, "ended"),
            Err(error) => show(id, &error.to_string()),
        }
    });
}

/// Adds a line to an element.
fn show(id: &str, text: &str) {
    let document = web_sys::window().and_then(|window| window.document());
    if let Some(element) = document.and_then(|document| document.get_element_by_id(id)) {
        let lines = element.text_content().unwrap_or_default();
        element.set_text_content(Some(&format!("{lines}{text}\n")));
    }
}
