//! A state that was forgotten.
//= non-exhaustive patterns

use everstream::State;

fn text(state: &State) -> &'static str {
    match state {
        State::Open { .. } => "live",
        State::Closed { .. } => "closed",
    }
}

fn main() {}
