//! Seconds as a number.
//= expected `Duration`, found integer

use everstream::EventSource;

fn open() {
    let builder = EventSource::builder("/logs").heartbeat_timeout(45);
    drop(builder);
}

fn main() {}
