//! A source whose connection is shared with other tabs.

mod driver;
mod member;
mod relay;

use std::rc::Rc;

use super::event_source::EventSource;
use super::handle::{Handle, Shared};
use super::template::{Share, Template};
use crate::browser::BrowserClock;
use crate::sharing::Pulse;
use driver::Driver;
use everstream_core::Error;
use everstream_core::tabs::{Role, Sharing};
use member::SourceMember;

/// The name of a source's only channel.
const CHANNEL: &str = "";

/// Opens a source that shares its connection with those of the same key in other tabs, or stands by itself
/// where nothing can be shared.
pub(super) fn open(template: Template, share: &Share) -> Result<EventSource, Error> {
    let scope = template.request.scope.clone();
    let clock = BrowserClock::new(&scope);
    let url = template.request.url.clone();
    let shared = Rc::new(Shared::new(url, template.buffer, false, clock));
    let position = template.config.last_event_id.clone();
    position.clone_into(&mut shared.last_event_id.borrow_mut());
    let template = Rc::new(template);
    let member = Rc::new(SourceMember::new(Rc::clone(&template), &shared));
    let channels = [CHANNEL.into()].into_iter().collect();
    let Some(group) = (share.join)(&scope, &share.key, &position, channels, member) else {
        let alone = template.open_alone()?;
        alone.set_sharing(Sharing::new(Role::Alone, 1));
        return Ok(alone);
    };
    // So that who asks at once is told how it is shared.
    group.pump();
    let pulse = Pulse::new(Rc::clone(&group))?;
    let driver = Driver::new(Rc::clone(&shared), group, pulse);
    let task = Rc::clone(&shared);
    wasm_bindgen_futures::spawn_local(async move { task.until_closed(driver.run()).await });
    Ok(EventSource::of(Rc::new(Handle(shared))))
}
