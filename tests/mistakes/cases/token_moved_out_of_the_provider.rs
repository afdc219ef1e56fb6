//! A provider of headers that gives its token away, though it is asked before each attempt.
//= cannot move out of `token`, a captured variable in an `Fn` closure

use everstream::{EventSource, HeadersRequest};

fn open(token: String) {
    let builder = EventSource::builder("/logs").headers_with(move |_: HeadersRequest| async move {
        Ok::<_, std::io::Error>([("authorization", token)])
    });
    drop(builder);
}

fn main() {}
