//! A source moved to another thread: it belongs to the page's.
//= cannot be sent between threads safely

use everstream::EventSource;

fn watch(source: EventSource) {
    std::thread::spawn(move || source.close());
}

fn main() {}
