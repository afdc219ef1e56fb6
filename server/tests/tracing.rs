//! Spans and events that a hub reports through `tracing`.

mod support;

use std::{
    io::{self, Write},
    sync::Arc,
};

use everstream_server::hub::Hub;
use parking_lot::Mutex;
use support::Served;
use tracing_subscriber::fmt::format::FmtSpan;

/// Collects the output of the subscriber.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<u8>>>);

impl Write for Told {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

// The test needs a single thread, since the subscriber is set for this thread alone.
#[tokio::test]
async fn requests_and_publishing_have_spans_without_what_they_carry() {
    let told = Told::default();
    let writer = told.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::DEBUG)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _subscribed = tracing::subscriber::set_default(subscriber);
    let served = Served::start(Hub::builder()).await;
    let stream = served.open("?channel=a-channel").await;
    served.publish("a-channel", &["what is published"]).await;
    assert_eq!(served.control(&stream, 1, &["b"]).status().await, 202);
    assert_eq!(served.get("?channel=%40x").status().await, 400);
    let told = String::from_utf8(told.0.lock().clone()).unwrap();
    for expected in [
        "open: everstream_server::hub::http: close",
        "publish{records=1}",
        "control:",
    ] {
        assert!(told.contains(expected), "{expected} in\n{told}");
    }
    assert!(
        told.contains("refused code=\"malformed_channel\""),
        "{told}"
    );
    let connection = stream.connection();
    for secret in ["what is published", "a-channel", &*connection] {
        assert!(!told.contains(secret), "{secret} in\n{told}");
    }
}
