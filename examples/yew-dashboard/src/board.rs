//! Every share with its price and its recent course.

use std::collections::{BTreeMap, VecDeque};

use everstream::Error;
use everstream::yew::use_event_reduce;
use yew::prelude::*;

use crate::{PriceUpdate, SourceProps};

/// How many prices a course has.
const COURSE: usize = 40;

/// The sum of all events so far.
#[derive(Default)]
struct Shares {
    by_symbol: BTreeMap<String, Share>,
    updates: u64,
    gaps: u64,
}

#[derive(Default)]
struct Share {
    change: f64,
    course: VecDeque<f64>,
}

impl Shares {
    fn take(&mut self, item: Result<PriceUpdate, Error>) {
        match item {
            Ok(update) => {
                self.updates += 1;
                let share = self.by_symbol.entry(update.symbol).or_default();
                share.change = update.change;
                if share.course.len() == COURSE {
                    share.course.pop_front();
                }
                share.course.push_back(update.price);
            }
            Err(Error::Gap { .. }) => self.gaps += 1,
            // The headline and the status show errors.
            Err(_) => {}
        }
    }
}

/// Shows all shares. Needs every event, since a course with a missing one would be wrong.
#[component]
pub(crate) fn Board(SourceProps { source }: &SourceProps) -> Html {
    let shares = use_event_reduce(
        source,
        |source| source.on::<PriceUpdate>("priceUpdate"),
        Shares::default,
        Shares::take,
    );
    shares.with(|shares| {
        let rows = shares
            .by_symbol
            .iter()
            .map(|(symbol, share)| share.row(symbol));
        html! {
            <>
                <table><tbody>{ rows.collect::<Html>() }</tbody></table>
                <p class="total">
                    { format!("{} updates, {} gaps", shares.updates, shares.gaps) }
                </p>
            </>
        }
    })
}

impl Share {
    fn row(&self, symbol: &str) -> Html {
        let direction = if self.change < 0.0 { "down" } else { "up" };
        let price = self.course.back().copied().unwrap_or_default();
        // The width matches the course's length, so that even a short course fills its place.
        let width = self.course.len().saturating_sub(1).max(1);
        html! {
            <tr key={symbol} class={direction}>
                <th>{ symbol }</th>
                <td>{ format!("{price:.2}") }</td>
                <td class="change">{ format!("{:+.2}", self.change) }</td>
                <td>
                    <svg viewBox={format!("0 0 {width} 24")} preserveAspectRatio="none">
                        <polyline points={self.points()}/>
                    </svg>
                </td>
            </tr>
        }
    }

    /// Returns the points of the course, one price beside the other, in a box of height 24.
    fn points(&self) -> String {
        let low = self.course.iter().copied().fold(f64::INFINITY, f64::min);
        let high = self
            .course
            .iter()
            .copied()
            .fold(f64::NEG_INFINITY, f64::max);
        let range = (high - low).max(0.01);
        let point = |(index, price): (usize, &f64)| {
            format!("{index},{:.1}", 23.0 - 22.0 * (price - low) / range)
        };
        let points: Vec<_> = self.course.iter().enumerate().map(point).collect();
        points.join(" ")
    }
}
