//! One share: its price, its last change, and where it has been lately.

use core::fmt::Write;
use std::collections::VecDeque;

use web_sys::{Element, HtmlElement};

use super::source::Quote;
use crate::dom::{self, Text};
use crate::format;
use crate::trouble::Trouble;

/// How many prices the sparkline shows.
const KEPT: usize = 30;

/// The sparkline's view box, as in `index.html`.
const WIDTH: f64 = 100.0;
const HEIGHT: f64 = 24.0;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Row {
    element: HtmlElement,
    price: Text,
    change: Text,
    line: Element,
    prices: VecDeque<f64>,
    /// Flips with each price: a new name begins the animation anew.
    flip: bool,
}

impl Row {
    pub(super) fn new(symbol: &str) -> Result<Self, Trouble> {
        let element = dom::stamp("ticker-row")?;
        Text::part(&element, "symbol")?.set(symbol);
        Ok(Self {
            price: Text::part(&element, "price")?,
            change: Text::part(&element, "change")?,
            line: dom::part(&element, "line")?,
            prices: VecDeque::new(),
            flip: false,
            element,
        })
    }

    pub(super) fn element(&self) -> &HtmlElement {
        &self.element
    }

    pub(super) fn update(&mut self, quote: &Quote) -> Result<(), Trouble> {
        self.price.set(&format!("{:.2}", quote.price));
        self.change.set(&format::change(quote.change));
        self.flip = !self.flip;
        let direction = if quote.change < 0.0 { "down" } else { "up" };
        let flash = format!("{direction}-{}", u8::from(self.flip));
        self.element.set_attribute("data-flash", &flash)?;
        if self.prices.len() == KEPT {
            self.prices.pop_front();
        }
        self.prices.push_back(quote.price);
        self.line.set_attribute("points", &self.points())?;
        Ok(())
    }

    /// The prices as the points of a polyline that fills the view box.
    fn points(&self) -> String {
        let (low, high) = self
            .prices
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &price| {
                (low.min(price), high.max(price))
            });
        let range = (high - low).max(0.01);
        let step = WIDTH / 29.0;
        let mut x = WIDTH;
        let mut points = String::new();
        for price in self.prices.iter().rev() {
            let y = HEIGHT - 2.0 - (price - low) / range * (HEIGHT - 4.0);
            // Writing to a string does not fail.
            let _ = write!(points, "{x:.1},{y:.1} ");
            x -= step;
        }
        points
    }
}
