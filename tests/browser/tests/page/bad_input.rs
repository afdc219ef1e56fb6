//! Mistakes in a call yield a typed error with the reason, before anything is sent.

use everstream::{Error, EventSource, EventSourceBuilder, Overflow, Transport};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::Duration;

fn refused(builder: EventSourceBuilder) -> Error {
    builder.build().expect_err("a mistake")
}

fn builder() -> EventSourceBuilder {
    EventSource::builder("/stream")
}

#[wasm_bindgen_test]
fn urls() {
    for url in ["http://[", "http://", "//"] {
        let error = refused(EventSource::builder(url));
        assert!(matches!(error, Error::InvalidUrl { .. }), "{url}: {error}");
        assert!(error.to_string().contains(url));
    }
}

#[wasm_bindgen_test]
fn headers() {
    for (name, value) in [
        ("", "a"),
        ("a b", "a"),
        ("a", "b\r\nc: d"),
        ("Cookie", "a=b"),
        ("Last-Event-ID", "1"),
    ] {
        let error = refused(builder().header(name, value));
        assert!(
            matches!(error, Error::InvalidHeader { .. }),
            "{name}: {error}"
        );
    }
}

#[wasm_bindgen_test]
fn options() {
    for (option, builder) in [
        ("method", builder().method("GE T")),
        ("method", builder().method("connect")),
        ("body", builder().body("x")),
        (
            "transport",
            builder().transport(Transport::Native).header("x-a", "b"),
        ),
        (
            "transport",
            builder()
                .transport(Transport::Native)
                .buffer(4, Overflow::Backpressure),
        ),
        ("open_timeout", builder().open_timeout(Duration::ZERO)),
        (
            "heartbeat_timeout",
            builder().heartbeat_timeout(Duration::ZERO),
        ),
        ("max_event_size", builder().max_event_size(0)),
        ("buffer", builder().buffer(0, Overflow::Error)),
        ("last_event_id", builder().last_event_id("a\nb")),
        (
            "last_event_id_param",
            builder().last_event_id_param(Some("")),
        ),
    ] {
        let error = refused(builder);
        let Error::InvalidOption { option: named, .. } = &error else {
            panic!("{option}: {error}")
        };
        assert_eq!(*named, option, "{error}");
    }
}

#[wasm_bindgen_test]
fn subscriptions() {
    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code)]
    struct NotAnEnum {
        a: u8,
    }
    let source = builder().build().expect("a source");
    assert!(matches!(
        source.events::<NotAnEnum>(),
        Err(Error::InvalidOption {
            option: "events",
            ..
        })
    ));
    let native = builder()
        .transport(Transport::Native)
        .build()
        .expect("a source");
    assert!(matches!(native.raw(), Err(Error::Unsupported { .. })));
    assert!(matches!(native.comments(), Err(Error::Unsupported { .. })));
}
