//! The last minute of a connection as a picture.
//!
//! Bars are events per half second. The line is the silence: it rises until something arrives, and the dashed
//! line is the heartbeat timeout. The shaded time is the time without a connection, from the cross to the
//! ring.

use core::cell::Cell;
use core::time::Duration;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement};

use crate::dom;
use crate::theme::Theme;
use crate::timeline::{BIN, SPAN, Stretch, Timeline};
use crate::trouble::Trouble;
use crate::visibility::Visibility;

/// The room above the dashed line for the marks, in CSS pixels.
const HEADROOM: f64 = 16.0;

/// The silence that fills the plot if there is no heartbeat, in milliseconds.
const LONG_SILENCE: f64 = 10_000.0;

/// The least number of events per half second that fills the plot, so that few events look like few.
const MANY_EVENTS: f64 = 8.0;

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Plot {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    visibility: Visibility,
    /// The heartbeat timeout in milliseconds.
    limit: Option<f64>,
    calm: bool,
    /// The state of the picture: time in pixels, width and theme.
    shown: Cell<(f64, f64, u32)>,
}

/// The picture's measures, in CSS pixels.
#[derive(Clone, Copy)]
struct Frame {
    width: f64,
    height: f64,
    now: f64,
}

impl Frame {
    fn x(self, time: f64) -> f64 {
        self.width - (self.now - time) / SPAN * self.width
    }

    fn y(self, share: f64) -> f64 {
        self.height - share.min(1.0) * (self.height - HEADROOM)
    }
}

impl Plot {
    /// Returns the plot on a card's canvas.
    pub(crate) fn new(card: &Element, heartbeat: Option<Duration>) -> Result<Self, Trouble> {
        let canvas: HtmlCanvasElement = dom::part(card, "plot")?;
        let context = canvas
            .get_context("2d")?
            .and_then(|context| context.dyn_into().ok())
            .ok_or_else(|| Trouble::Missing("canvas context".to_owned()))?;
        let calm = dom::window()?
            .match_media("(prefers-reduced-motion: reduce)")?
            .is_some_and(|query| query.matches());
        Ok(Self {
            visibility: Visibility::of(&canvas)?,
            canvas,
            context,
            limit: heartbeat.map(|limit| limit.as_secs_f64() * 1000.0),
            calm,
            shown: Cell::new((0.0, 0.0, 0)),
        })
    }

    /// Redraws the picture if it is visible and would differ.
    pub(crate) fn draw(&self, now: f64, timeline: &Timeline, theme: &Theme) {
        if !self.visibility.get() {
            return;
        }
        let width = f64::from(self.canvas.client_width());
        let height = f64::from(self.canvas.client_height());
        let ratio = web_sys::window().map_or(1.0, |window| window.device_pixel_ratio());
        // The picture moves by whole pixels, or by half seconds if the visitor prefers reduced motion.
        let step = if self.calm {
            BIN
        } else {
            SPAN / (width * ratio).max(1.0)
        };
        let shown = ((now / step).floor(), width * ratio, theme.edition);
        if self.shown.replace(shown) == shown {
            return;
        }
        fit(&self.canvas, width * ratio, height * ratio);
        // `fit` resets the transformation only when the size changes, so each drawing sets it.
        if self
            .context
            .set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0)
            .is_err()
        {
            return;
        }
        self.context.clear_rect(0.0, 0.0, width, height);
        let frame = Frame { width, height, now };
        self.outages(frame, timeline, theme);
        self.events(frame, timeline, theme);
        self.silence(frame, timeline, theme);
        self.patience(frame, theme);
        self.marks(frame, timeline, theme);
    }

    fn outages(&self, frame: Frame, timeline: &Timeline, theme: &Theme) {
        self.context.set_fill_style_str(&theme.down);
        for stretch in timeline.stretches(frame.now) {
            if let Stretch::Down { from, to, .. } = stretch {
                let (left, right) = (frame.x(from).max(0.0), frame.x(to));
                self.context
                    .fill_rect(left, 0.0, (right - left).max(1.0), frame.height);
            }
        }
    }

    fn events(&self, frame: Frame, timeline: &Timeline, theme: &Theme) {
        let most = timeline
            .bins()
            .map(|(_, events)| f64::from(events))
            .fold(MANY_EVENTS, f64::max);
        let bar = (frame.width * BIN / SPAN - 1.0).max(1.0);
        self.context.set_fill_style_str(&theme.event);
        for (start, events) in timeline.bins().filter(|(_, events)| *events > 0) {
            // Bars grow by the root of the number, since a burst would otherwise flatten all others.
            let top = frame.y((f64::from(events) / most).sqrt());
            self.context
                .fill_rect(frame.x(start), top, bar, frame.height - top);
        }
    }

    fn silence(&self, frame: Frame, timeline: &Timeline, theme: &Theme) {
        let full = self.limit.unwrap_or(LONG_SILENCE);
        self.context.set_stroke_style_str(&theme.silence);
        self.context.set_line_width(1.5);
        self.context.begin_path();
        for stretch in timeline.stretches(frame.now) {
            if let Stretch::Silent { from, to } = stretch {
                let top = frame.y((to - from) / full);
                self.context.move_to(frame.x(from), frame.height);
                self.context.line_to(frame.x(to), top);
                if to < frame.now {
                    self.context.line_to(frame.x(to), frame.height);
                }
            }
        }
        self.context.stroke();
    }

    /// Draws the dashed line that the silence must not reach.
    fn patience(&self, frame: Frame, theme: &Theme) {
        if self.limit.is_none() {
            return;
        }
        self.context.set_stroke_style_str(&theme.grid);
        self.context.set_line_width(1.0);
        self.dash(&[3.0, 4.0]);
        self.context.begin_path();
        self.context.move_to(0.0, HEADROOM);
        self.context.line_to(frame.width, HEADROOM);
        self.context.stroke();
        self.dash(&[]);
    }

    /// Draws a cross where the connection was lost, and a ring where it was open again.
    fn marks(&self, frame: Frame, timeline: &Timeline, theme: &Theme) {
        let (middle, size) = (HEADROOM / 2.0, 3.5);
        self.context.set_line_width(1.75);
        for stretch in timeline.stretches(frame.now) {
            let Stretch::Down { from, to, back } = stretch else {
                continue;
            };
            let x = frame.x(from).min(frame.width - size);
            self.context.set_stroke_style_str(&theme.lost);
            self.context.begin_path();
            self.context.move_to(x - size, middle - size);
            self.context.line_to(x + size, middle + size);
            self.context.move_to(x + size, middle - size);
            self.context.line_to(x - size, middle + size);
            self.context.move_to(x, HEADROOM);
            self.context.line_to(x, frame.height);
            self.context.stroke();
            if !back {
                continue;
            }
            // An outage may be shorter than the marks are wide.
            let x = frame.x(to);
            let ring = x.max(frame.x(from) + 3.0 * size);
            self.context.set_stroke_style_str(&theme.back);
            self.context.begin_path();
            self.context.move_to(x, HEADROOM);
            self.context.line_to(x, frame.height);
            self.context.move_to(ring + size, middle);
            // `arc` fails only for a negative radius.
            let _ = self
                .context
                .arc(ring, middle, size, 0.0, core::f64::consts::TAU);
            self.context.stroke();
        }
    }

    fn dash(&self, lengths: &[f64]) {
        let lengths: js_sys::Array = lengths.iter().copied().map(JsValue::from).collect();
        // `set_line_dash` fails only for a value that isn't a list of numbers.
        let _ = self.context.set_line_dash(&lengths);
    }
}

/// Gives the canvas the resolution of the screen.
fn fit(canvas: &HtmlCanvasElement, width: f64, height: f64) {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // `as` saturates.
    let (width, height) = (width.round() as u32, height.round() as u32);
    if (canvas.width(), canvas.height()) != (width, height) {
        canvas.set_width(width);
        canvas.set_height(height);
    }
}
