//! A share: its price, its last change, and its recent course.

use web_sys::{Element, HtmlElement};

use super::source::Quote;
use crate::dom::{self, Text};
use crate::format;
use crate::sparkline::Sparkline;
use crate::trouble::Trouble;

/// The least change of price that fills the sparkline: a cent.
const LEAST_RANGE: f64 = 0.01;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Row {
    element: HtmlElement,
    price: Text,
    change: Text,
    line: Element,
    prices: Sparkline,
    /// A flag that flips with each price, since a new animation name restarts the animation.
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
            prices: Sparkline::new(LEAST_RANGE),
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
        self.prices.push(quote.price);
        self.prices.draw(&self.line)
    }
}
