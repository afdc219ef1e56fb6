//! A source whose connection is shared with other tabs: what carries messages between the core in
//! [`tabs`](crate::tabs) and the browser.

mod driver;
mod room;
mod upstream;

use std::rc::Rc;

use super::event_source::EventSource;
use super::handle::{Handle, Shared};
use super::template::Template;
use crate::browser::BrowserClock;
use crate::error::Error;
use crate::tabs::{Role, Sharing};
use driver::Driver;
use room::Room;

/// Opens a source that shares its connection with those of the same key in other tabs, or stands by itself
/// where nothing can be shared.
pub(super) fn open(template: Template, key: &str) -> Result<EventSource, Error> {
    let scope = template.request.scope.clone();
    let clock = BrowserClock::new(&scope);
    let url = template.request.url.clone();
    let shared = Rc::new(Shared::new(url, template.buffer, false, clock));
    let position = &template.config.last_event_id;
    position.clone_into(&mut shared.last_event_id.borrow_mut());
    let template = Rc::new(template);
    let Some(room) = Room::open(&scope, key, Rc::clone(&template), &shared) else {
        let alone = template.open_alone()?;
        alone.set_sharing(Sharing::new(Role::Alone, 1));
        return Ok(alone);
    };
    // So that who asks at once is told how it is shared.
    room.pump();
    let driver = Driver::new(Rc::clone(&shared), room)?;
    let task = Rc::clone(&shared);
    wasm_bindgen_futures::spawn_local(async move { task.until_closed(driver.run()).await });
    Ok(EventSource::of(Rc::new(Handle(shared))))
}
