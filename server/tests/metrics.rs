//! Metrics of a hub.

mod support;

use std::time::Duration;

use everstream_server::hub::{Hub, HubBuilder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use support::{Served, Stream};

/// Starts a hub whose metrics go to a recorder of its own.
async fn counted(configure: impl FnOnce(HubBuilder) -> HubBuilder) -> (Served, PrometheusHandle) {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let builder = configure(Hub::builder());
    let hub = metrics::with_local_recorder(&recorder, || builder.build());
    (Served::of(hub).await, handle)
}

/// Returns the value of a metric, whose labels follow its name.
fn value(metrics: &PrometheusHandle, name: &str) -> f64 {
    let text = metrics.render();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in\n{text}"))
        .parse()
        .unwrap()
}

#[track_caller]
fn assert_counts(metrics: &PrometheusHandle, expected: &[(&str, u32)]) {
    for (name, expected) in expected {
        let counted = value(metrics, &format!("everstream_{name}"));
        assert!(
            (counted - f64::from(*expected)).abs() < 0.5,
            "{name}: {counted}"
        );
    }
}

#[tokio::test]
async fn streams_sets_and_events_are_counted() {
    let (served, metrics) = counted(|builder| builder).await;
    let mut one = served.open("?channel=a&channel=b").await;
    let other = served.open("?channel=a").await;
    assert_counts(&metrics, &[("connections", 2), ("channels", 2)]);
    served.publish("a", &["1", "2"]).await;
    served.publish("c", &["3"]).await;
    assert_eq!(one.briefs(2).await, ["a 1: 1", "a 2: 2"]);
    let status = served.control(&one, 1, &["a", "b", "c"]).status().await;
    assert_eq!(status, 202);
    let expected = [
        ("delivered_total", 3),
        ("fanned_out_total", 4),
        ("changes_total", 1),
        ("channels", 3),
        ("log_entries", 3),
        ("publish_seconds_count", 3),
        ("publish_errors_total", 0),
        ("gaps_total", 0),
    ];
    assert_counts(&metrics, &expected);
    assert!(value(&metrics, "everstream_log_bytes") > 60.0);
    assert!(value(&metrics, "everstream_sent_bytes_total") > 200.0);
    drop((one, other));
    served.hub.shutdown();
    // The gauge of connections falls only once the streams have ended.
    while !served.hub.connections().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_counts(&metrics, &[("connections", 0)]);
}

#[tokio::test]
async fn what_goes_wrong_is_counted() {
    let small = |builder: HubBuilder| {
        let builder = builder.log_capacity(2, 1 << 20).client_queue(1, 1 << 20);
        builder.channel_history(0, 0, Duration::ZERO)
    };
    let (served, metrics) = counted(small).await;
    assert_eq!(served.get("?channel=%40x").status().await, 400);
    let control = served.post("/control").body("{}");
    assert_eq!(control.status().await, 415);
    let expected = [
        ("refused_total{code=\"malformed_channel\"}", 1),
        ("refused_total{code=\"content_type\"}", 1),
        ("refused_total{code=\"full\"}", 0),
    ];
    assert_counts(&metrics, &expected);
    let stream = served.open("?channel=a").await;
    served.publish("a", &["1", "2", "3", "4", "5"]).await;
    let epoch = served.hub.head().epoch().to_owned();
    let mut resumed: Stream = served
        .open(&format!("?channel=a&lastEventId={epoch}-1"))
        .await;
    assert!(resumed.brief().await.starts_with("@gap"));
    assert!(value(&metrics, "everstream_fallen_behind_total") >= 1.0);
    assert!(value(&metrics, "everstream_gaps_total") >= 1.0);
    drop(stream);
}

#[tokio::test]
async fn every_metric_is_described_and_named_alike() {
    let (_served, metrics) = counted(|builder| builder).await;
    let text = metrics.render();
    let described: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# HELP "))
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    let typed: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(described, typed);
    // The README must list all metrics.
    let readme = include_str!("../README.md");
    for name in typed {
        assert!(readme.contains(&format!("| `{name}` |")), "{name}");
    }
}
