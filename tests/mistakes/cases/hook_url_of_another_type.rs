//! A number for a URL in a hook.
//= `{integer}` is not what this hook takes
//= a URL is `&str`, `String`, a builder, an `Option` of these, a signal of one of these, or a function such as `move || format!("/rooms/{}", room.get())`

use everstream::leptos::use_event_source;

fn component() {
    let source = use_event_source(42);
    drop(source);
}

fn main() {}
