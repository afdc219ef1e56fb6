//! The hub's counters, kept by the `metrics` facade where that feature is on, and not at all where it is
//! off.
//!
//! Each hub asks the recorder for its handles when it is built. After that, counting is an addition to
//! an atomic number, even under the lock of the switchboard.

#[cfg(feature = "metrics")]
use metrics::{
    Counter, Gauge, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram,
    gauge, histogram,
};

#[cfg(not(feature = "metrics"))]
use self::nothing::{Counter, Gauge, Histogram};

/// The handles of one hub.
#[derive(Clone, Debug)]
pub(crate) struct Telemetry {
    /// Streams that are open on this node.
    pub(crate) connections: Gauge,
    /// Channels that some connection has on this node.
    pub(crate) channels: Gauge,
    /// Entries of the log that this node keeps in memory, and their bytes.
    pub(crate) log_entries: Gauge,
    pub(crate) log_bytes: Gauge,
    /// Entries that this node has read from the log or put into it.
    pub(crate) delivered: Counter,
    /// Entries that were queued for a connection as they were delivered.
    pub(crate) fanned_out: Counter,
    /// Bytes handed to the server to be sent to clients.
    pub(crate) sent_bytes: Counter,
    /// How often a client was slower than its queue, and was served from the log.
    pub(crate) fallen_behind: Counter,
    /// Gaps that clients were told of.
    pub(crate) gaps: Counter,
    /// Streams that ended because their clients read nothing.
    pub(crate) unread: Counter,
    /// Sets that have come into force on open streams.
    pub(crate) changes: Counter,
    /// How often the log was another one than before.
    #[cfg_attr(not(any(test, feature = "redis")), expect(dead_code))]
    pub(crate) renewals: Counter,
    /// How often entries could not be read, or were gone before they were read.
    #[cfg_attr(not(any(test, feature = "redis")), expect(dead_code))]
    pub(crate) skips: Counter,
    /// Events, batches and ends of channels that were not published, or may not have been.
    pub(crate) publish_errors: Counter,
    /// The time that it took to publish.
    pub(crate) publish_seconds: Histogram,
    refused: Refused,
}

/// Requests of clients that were refused, by the code of the answer.
#[derive(Clone, Debug)]
struct Refused {
    #[cfg(feature = "metrics")]
    by_code: std::collections::HashMap<&'static str, Counter>,
}

impl Telemetry {
    /// Returns the handles of the recorder that is in use now.
    #[cfg(feature = "metrics")]
    pub(crate) fn new(codes: &[&'static str]) -> Self {
        describe();
        let refused =
            |code: &'static str| (code, counter!("everstream_refused_total", "code" => code));
        Self {
            connections: gauge!("everstream_connections"),
            channels: gauge!("everstream_channels"),
            log_entries: gauge!("everstream_log_entries"),
            log_bytes: gauge!("everstream_log_bytes"),
            delivered: counter!("everstream_delivered_total"),
            fanned_out: counter!("everstream_fanned_out_total"),
            sent_bytes: counter!("everstream_sent_bytes_total"),
            fallen_behind: counter!("everstream_fallen_behind_total"),
            gaps: counter!("everstream_gaps_total"),
            unread: counter!("everstream_unread_total"),
            changes: counter!("everstream_changes_total"),
            renewals: counter!("everstream_log_renewals_total"),
            skips: counter!("everstream_log_skips_total"),
            publish_errors: counter!("everstream_publish_errors_total"),
            publish_seconds: histogram!("everstream_publish_seconds"),
            refused: Refused {
                by_code: codes.iter().copied().map(refused).collect(),
            },
        }
    }

    /// Returns handles that do nothing.
    #[cfg(not(feature = "metrics"))]
    pub(crate) fn new(_: &[&'static str]) -> Self {
        Self {
            connections: Gauge,
            channels: Gauge,
            log_entries: Gauge,
            log_bytes: Gauge,
            delivered: Counter,
            fanned_out: Counter,
            sent_bytes: Counter,
            fallen_behind: Counter,
            gaps: Counter,
            unread: Counter,
            changes: Counter,
            renewals: Counter,
            skips: Counter,
            publish_errors: Counter,
            publish_seconds: Histogram,
            refused: Refused {},
        }
    }

    /// Counts a request that was refused with a code.
    pub(crate) fn refused(&self, code: &'static str) {
        #[cfg(feature = "metrics")]
        if let Some(counter) = self.refused.by_code.get(code) {
            counter.increment(1);
        }
        #[cfg(not(feature = "metrics"))]
        let _ = (&self.refused, code);
    }
}

/// Converts a number for gauges.
#[allow(
    clippy::cast_precision_loss,
    reason = "what is counted here stays below 2^52"
)]
pub(crate) fn gauged(number: usize) -> f64 {
    number as f64
}

#[cfg(feature = "metrics")]
fn describe() {
    describe_gauge!("everstream_connections", "Streams that are open");
    describe_gauge!("everstream_channels", "Channels that somebody has");
    describe_gauge!("everstream_log_entries", "Entries of the log in memory");
    describe_gauge!(
        "everstream_log_bytes",
        Unit::Bytes,
        "Bytes of the log in memory"
    );
    describe_counter!(
        "everstream_delivered_total",
        "Entries of the log that were delivered"
    );
    describe_counter!(
        "everstream_fanned_out_total",
        "Entries that were queued for a connection"
    );
    describe_counter!(
        "everstream_sent_bytes_total",
        Unit::Bytes,
        "Bytes sent to clients"
    );
    describe_counter!(
        "everstream_fallen_behind_total",
        "Clients that were slower than their queue"
    );
    describe_counter!("everstream_gaps_total", "Gaps that clients were told of");
    describe_counter!(
        "everstream_unread_total",
        "Streams ended because nothing was read"
    );
    describe_counter!(
        "everstream_changes_total",
        "Sets that have come into force on open streams"
    );
    describe_counter!(
        "everstream_log_renewals_total",
        "Logs that have taken the place of another"
    );
    describe_counter!(
        "everstream_log_skips_total",
        "Gaps in what the node has read of the log"
    );
    describe_counter!(
        "everstream_publish_errors_total",
        "What could not be published for sure"
    );
    describe_histogram!(
        "everstream_publish_seconds",
        Unit::Seconds,
        "The time it took to publish"
    );
    describe_counter!(
        "everstream_refused_total",
        "Requests of clients that were refused"
    );
}

/// The handles of a build that counts nothing.
#[cfg(not(feature = "metrics"))]
#[allow(
    clippy::unused_self,
    clippy::trivially_copy_pass_by_ref,
    reason = "they stand for those that count"
)]
mod nothing {
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Counter;

    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Gauge;

    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Histogram;

    impl Counter {
        pub(crate) fn increment(&self, _: u64) {}
    }

    impl Gauge {
        pub(crate) fn set(&self, _: f64) {}
    }

    impl Histogram {
        pub(crate) fn record(&self, _: f64) {}
    }
}
