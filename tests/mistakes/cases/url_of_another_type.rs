//! A number for a URL.
//= the trait bound `String: From<{integer}>` is not satisfied
//= required by a bound in `EventSource::new`

use everstream::EventSource;

fn open() {
    let source = EventSource::new(42);
    drop(source);
}

fn main() {}
