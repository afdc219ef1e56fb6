//! The decoding table: JSON to a typed value, by every route from a browser's transport.

#[cfg(target_arch = "wasm32")]
mod javascript;
mod payload;
mod route;
mod rust;

use std::hint::black_box;

use crate::clock::now;
use crate::rounds::interleaved;
use crate::table::Table;
use payload::{Chat, Payload, Price, chat, price, prices};
use route::Route;

/// The intended length of a turn, in seconds: far above the clock's resolution.
const TURN: f64 = 0.005;

/// Measures every route for every payload.
pub(crate) fn run(print: &mut dyn FnMut(&str)) {
    print("# JSON to a typed value\n");
    print("Microseconds per event, and the fastest and the slowest round.\n");
    let columns = [
        measure::<Price>(&price()),
        measure::<Chat>(&chat()),
        measure::<Vec<Price>>(&prices()),
    ];
    let mut table = Table::new(&["", "small", "chat delta", "32 KiB array"]);
    for (at, (name, _)) in columns[0].iter().enumerate() {
        let cells = columns.iter().map(|column| column[at].1.clone());
        table.row([(*name).to_owned()].into_iter().chain(cells).collect());
    }
    table.print(print);
}

fn measure<T: Payload>(text: &str) -> Vec<(&'static str, String)> {
    let expected: T = serde_json::from_str(text).expect("the payload is valid");
    let routes = routes::<T>(text);
    for route in &routes {
        assert_eq!((route.decode)(), expected, "{}", route.name);
    }

    let repeats: Vec<u32> = routes.iter().map(repeats).collect();
    let times = interleaved(routes.len(), |turn| {
        for _ in 0..repeats[turn] {
            black_box((routes[turn].decode)());
        }
    });
    let names = routes.iter().map(|route| route.name);
    let cells = times.into_iter().zip(repeats).map(|(times, repeats)| {
        let each = times.per(f64::from(repeats) / 1e6);
        format!(
            "{:.3} ({:.3} – {:.3})",
            each.median, each.fastest, each.slowest
        )
    });
    names.zip(cells).collect()
}

fn routes<T: Payload>(text: &str) -> Vec<Route<'_, T>> {
    let routes = rust::routes(text);
    #[cfg(target_arch = "wasm32")]
    let routes = routes.into_iter().chain(javascript::routes(text)).collect();
    routes
}

/// Returns how often a route runs in one turn.
fn repeats<T>(route: &Route<'_, T>) -> u32 {
    let mut repeats = 1;
    loop {
        let start = now();
        for _ in 0..repeats {
            black_box((route.decode)());
        }
        if now() - start >= TURN {
            return repeats;
        }
        repeats *= 2;
    }
}
