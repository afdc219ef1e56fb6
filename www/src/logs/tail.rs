//! The end of a log, which follows new lines unless the visitor reads further up.

use web_sys::HtmlElement;

use super::source::Line;
use crate::dom;
use crate::trouble::Trouble;

/// How many lines are kept.
const KEPT: u32 = 200;

/// How far from the end still counts as the end, in pixels.
const NEAR: i32 = 24;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Tail(pub(super) HtmlElement);

impl Tail {
    /// Appends a line of the log.
    pub(super) fn line(&self, id: u64, line: &Line) -> Result<(), Trouble> {
        self.append("line", |item| {
            item.set_attribute("data-level", &line.level)?;
            dom::append(item, "span", "number", &id.to_string())?;
            dom::append(item, "span", "level", &line.level)?;
            dom::append(item, "span", "target", &line.target)?;
            dom::append(item, "span", "message", &line.message)?;
            Ok(())
        })
    }

    /// Appends a remark about the connection between the lines.
    pub(super) fn remark(&self, kind: &str, text: &str) -> Result<(), Trouble> {
        self.append("remark", |item| {
            item.set_attribute("data-kind", kind)?;
            dom::append(item, "span", "", text)?;
            Ok(())
        })
    }

    fn append(
        &self,
        class: &str,
        fill: impl FnOnce(&HtmlElement) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let Self(list) = self;
        let follows = list.scroll_height() - list.scroll_top() - list.client_height() < NEAR;
        let item = dom::element("li", class)?;
        fill(&item)?;
        list.append_child(&item)?;
        while list.child_element_count() > KEPT {
            let Some(first) = list.first_element_child() else {
                break;
            };
            first.remove();
        }
        if follows {
            list.set_scroll_top(list.scroll_height());
        }
        Ok(())
    }
}
