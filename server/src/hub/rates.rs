//! Rate limits: how often a client may ask.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

/// How many buckets are kept before those that have been unused for a while are dropped.
const SWEEP_AT: usize = 1024;

/// How much of the rate may come at once.
const BURST: Duration = Duration::from_secs(2);

/// Token buckets, one for each `who` that asks.
#[derive(Debug)]
pub(crate) struct Rates {
    buckets: HashMap<Box<str>, Bucket>,
    sweep_at: usize,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    fn fill(&mut self, rate: f64, now: Instant) {
        let passed = now.saturating_duration_since(self.filled);
        self.tokens = (self.tokens + passed.as_secs_f64() * rate).min(rate * BURST.as_secs_f64());
        self.filled = now;
    }
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            buckets: HashMap::new(),
            sweep_at: SWEEP_AT,
        }
    }
}

impl Rates {
    /// Takes a token. Returns whether `who` may ask once more, where `rate` times a second are allowed.
    pub(crate) fn take(&mut self, who: &str, rate: u32, now: Instant) -> bool {
        let rate = f64::from(rate);
        if let Some(bucket) = self.buckets.get_mut(who) {
            bucket.fill(rate, now);
            let may = bucket.tokens >= 1.0;
            bucket.tokens -= if may { 1.0 } else { 0.0 };
            return may;
        }
        if self.buckets.len() >= self.sweep_at {
            // A bucket that is full again is as good as none.
            self.buckets
                .retain(|_, bucket| now.saturating_duration_since(bucket.filled) < BURST);
            self.sweep_at = SWEEP_AT.max(self.buckets.len() * 2);
        }
        let tokens = rate * BURST.as_secs_f64() - 1.0;
        if tokens < 0.0 {
            return false;
        }
        let filled = now;
        self.buckets.insert(who.into(), Bucket { tokens, filled });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_the_rate_may_come_at_once_and_then_the_rate() {
        let (mut rates, start) = (Rates::default(), Instant::now());
        let mut taken = |who: &str, at: u64| {
            let now = start + Duration::from_millis(at);
            (0..100).filter(|_| rates.take(who, 10, now)).count()
        };
        assert_eq!(taken("a", 0), 20);
        assert_eq!(taken("b", 0), 20, "each has a bucket");
        assert_eq!(taken("a", 500), 5);
        assert_eq!(taken("a", 10_000), 20);
    }

    #[test]
    fn those_who_ask_no_more_are_forgotten() {
        let (mut rates, start) = (Rates::default(), Instant::now());
        for who in 0..SWEEP_AT * 4 {
            let now = start + Duration::from_millis(4 * who as u64);
            assert!(rates.take(&who.to_string(), 10, now));
        }
        assert!(
            rates.buckets.len() <= SWEEP_AT * 2,
            "{}",
            rates.buckets.len()
        );
    }

    #[test]
    fn a_rate_of_nothing_lets_nobody_ask() {
        assert!(!Rates::default().take("a", 0, Instant::now()));
    }
}
