//! `FastAPI` under uvicorn, as its tutorial has it.

use everstream::Transport;

use crate::on_both_transports;
use crate::support::{all, each_once, source};

#[derive(Debug, serde::Deserialize)]
#[allow(clippy::struct_field_names)] // The server's names.
struct Price {
    symbol: String,
    price: f64,
    n: u64,
}

on_both_transports! {
    async fn fastapi_under_uvicorn(transport: Transport) {
        let Some(server) = option_env!("EVERSTREAM_FASTAPI") else {
            // `cargo xtask test` reports it as skipped, or failed in CI.
            return;
        };
        let url = format!("{server}/prices?count=30&close_every=8");
        let source = source(&url, transport).build().expect("a source");
        let prices = all(source.on::<Price>("priceUpdate")).await;
        let prices: Vec<Price> = prices.into_iter().map(|price| price.expect("a price")).collect();
        assert_eq!(prices.iter().map(|price| price.n).collect::<Vec<_>>(), each_once(30));
        assert!(prices.iter().all(|price| price.symbol == "ACME" && price.price > 100.0));
    }
}
