//! A number for the value of a header.
//= the trait bound `String: From<{integer}>` is not satisfied
//= required by a bound in `EventSourceBuilder::header`

use everstream::EventSource;

fn open() {
    let builder = EventSource::builder("/logs").header("x-version", 2);
    drop(builder);
}

fn main() {}
