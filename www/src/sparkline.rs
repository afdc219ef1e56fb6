//! The recent values of a number, as a line.

use core::fmt::Write;
use std::collections::VecDeque;

use web_sys::Element;

use crate::trouble::Trouble;

/// How many values a sparkline shows.
const KEPT: usize = 30;

/// The size of the view box, as in `index.html`.
const WIDTH: f64 = 100.0;
const HEIGHT: f64 = 24.0;

/// The values to show.
#[derive(Debug)]
pub(crate) struct Sparkline {
    numbers: VecDeque<f64>,
    /// The least range that fills the height, so that a small change looks small.
    least_range: f64,
}

impl Sparkline {
    pub(crate) fn new(least_range: f64) -> Self {
        Self {
            numbers: VecDeque::with_capacity(KEPT),
            least_range,
        }
    }

    /// Adds a value and drops the oldest if the sparkline is full.
    pub(crate) fn push(&mut self, number: f64) {
        if self.numbers.len() == KEPT {
            self.numbers.pop_front();
        }
        self.numbers.push_back(number);
    }

    /// Draws the values as a `<polyline>`.
    pub(crate) fn draw(&self, line: &Element) -> Result<(), Trouble> {
        line.set_attribute("points", &self.points())?;
        Ok(())
    }

    /// Returns points that fill the view box. The latest is on the right.
    fn points(&self) -> String {
        let (low, high) = self.numbers.iter().fold(
            (f64::INFINITY, f64::NEG_INFINITY),
            |(low, high), &number| (low.min(number), high.max(number)),
        );
        let range = (high - low).max(self.least_range);
        let middle = f64::midpoint(low, high);
        let step = WIDTH / 29.0;
        let mut x = WIDTH;
        let mut points = String::new();
        for number in self.numbers.iter().rev() {
            let y = HEIGHT / 2.0 - (number - middle) / range * (HEIGHT - 4.0);
            // Writing to a string never fails.
            let _ = write!(points, "{x:.1},{y:.1} ");
            x -= step;
        }
        points
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(least_range: f64, numbers: &[f64]) -> String {
        let mut line = Sparkline::new(least_range);
        for &number in numbers {
            line.push(number);
        }
        line.points()
    }

    #[test]
    fn the_latest_is_at_the_right_and_the_range_fills_the_height() {
        assert_eq!(points(1.0, &[10.0, 30.0]), "100.0,2.0 96.6,22.0 ");
    }

    #[test]
    fn small_changes_stay_small() {
        assert_eq!(points(20.0, &[50.0, 52.0]), "100.0,11.0 96.6,13.0 ");
        assert_eq!(points(20.0, &[50.0]), "100.0,12.0 ");
    }

    #[test]
    fn the_oldest_makes_room() {
        let numbers: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(points(1.0, &numbers).split_whitespace().count(), KEPT);
        assert_eq!(points(1.0, &numbers), points(1.0, &numbers[70..]));
    }
}
