//! The colours of the style sheet, for drawings on the canvas.

use core::cell::Cell;
use std::rc::Rc;

use gloo_events::EventListener;
use web_sys::CssStyleDeclaration;

use crate::dom;
use crate::trouble::Trouble;

/// The style sheet's custom properties, read when the colour scheme changes.
#[derive(Debug)]
pub(crate) struct Theme {
    pub(crate) event: String,
    pub(crate) silence: String,
    pub(crate) down: String,
    pub(crate) lost: String,
    pub(crate) back: String,
    pub(crate) grid: String,
    /// A number that differs between any two readings.
    pub(crate) edition: u32,
}

impl Theme {
    fn read(edition: u32) -> Result<Self, Trouble> {
        let root = dom::document()?
            .document_element()
            .ok_or_else(|| Trouble::Missing("html".to_owned()))?;
        let style = dom::window()?
            .get_computed_style(&root)?
            .ok_or_else(|| Trouble::Missing("the style of html".to_owned()))?;
        let colour = |name: &str| property(&style, name);
        Ok(Self {
            event: colour("--plot-event")?,
            silence: colour("--plot-silence")?,
            down: colour("--plot-down")?,
            lost: colour("--bad")?,
            back: colour("--good")?,
            grid: colour("--plot-grid")?,
            edition,
        })
    }
}

fn property(style: &CssStyleDeclaration, name: &str) -> Result<String, Trouble> {
    Ok(style.get_property_value(name)?.trim().to_owned())
}

/// Watches the system's colour scheme, and reads the theme again when it changes.
#[derive(Debug)]
pub(crate) struct ThemeWatch {
    theme: Theme,
    stale: Rc<Cell<bool>>,
    _listener: Option<EventListener>,
}

impl ThemeWatch {
    pub(crate) fn new() -> Result<Self, Trouble> {
        let stale = Rc::new(Cell::new(false));
        let changed = Rc::clone(&stale);
        let listener = dom::window()?
            .match_media("(prefers-color-scheme: dark)")?
            .map(|query| EventListener::new(&query, "change", move |_| changed.set(true)));
        Ok(Self {
            theme: Theme::read(0)?,
            stale,
            _listener: listener,
        })
    }

    /// Returns the current theme.
    pub(crate) fn theme(&mut self) -> Result<&Theme, Trouble> {
        if self.stale.take() {
            self.theme = Theme::read(self.theme.edition + 1)?;
        }
        Ok(&self.theme)
    }
}
