//! Hooks of a framework whose feature is not switched on.
//= could not find `dioxus` in `everstream`
//= the item is gated behind the `dioxus` feature

use everstream::dioxus::use_event_source;

fn main() {
    let _ = use_event_source("/prices");
}
