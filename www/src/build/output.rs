//! The last lines of a build's output.

use web_sys::HtmlElement;

use crate::dom;
use crate::trouble::Trouble;

/// How many lines are kept, which is how many fit.
const KEPT: u32 = 6;

/// The list of lines.
#[derive(Debug)]
pub(super) struct Output(pub(super) HtmlElement);

impl Output {
    pub(super) fn clear(&self) {
        self.0.set_text_content(None);
    }

    pub(super) fn line(&self, kind: &str, text: &str) -> Result<(), Trouble> {
        let item = dom::append(&self.0, "li", "", text)?;
        item.set_attribute("data-kind", kind)?;
        while self.0.child_element_count() > KEPT {
            let Some(first) = self.0.first_element_child() else {
                break;
            };
            first.remove();
        }
        Ok(())
    }
}
