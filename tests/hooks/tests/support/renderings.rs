//! Counts how often a page's components render when one more is added.

use core::cell::RefCell;

use wasm_bindgen_test::wasm_bindgen_test;

use super::Wanted;
use super::hub::Hub;
use super::page::Page;

/// The limit on renderings of an added component: the first, while its channel is pending, when the channel
/// is in force, and for an event. Leptos has no renderings and runs two parts of the view at first.
const MOST: u32 = 5;

thread_local! {
    static RENDERED: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// Counts a rendering of a widget, or of a part of it.
pub(crate) fn rendered(widget: usize) {
    RENDERED.with_borrow_mut(|rendered| {
        if rendered.len() <= widget {
            rendered.resize(widget + 1, 0);
        }
        rendered[widget] += 1;
    });
}

pub(crate) fn channel(widget: usize) -> String {
    format!("widget:{widget}")
}

async fn open(page: &Page, widget: usize) {
    page.until(&format!("state-{widget}"), |state| {
        state.starts_with("open")
    })
    .await;
}

/// Publishes a number for widgets and waits until each shows it, so that earlier renderings are over.
async fn settle(page: &Page, hub: &Hub, widgets: core::ops::Range<usize>, n: u64) {
    let channels: Vec<_> = widgets.clone().map(channel).collect();
    hub.publish_number(&channels, n).await;
    for widget in widgets {
        page.shows(&format!("latest-{widget}"), &n.to_string())
            .await;
    }
}

/// Mounts `count` widgets and then one more, and returns how often the added one rendered.
async fn renderings_of_one_more_than(count: usize) -> u32 {
    let hub = Hub::new().await;
    let widgets = |count| Wanted::Widgets {
        url: hub.url(),
        count,
    };
    let page = Page::new(widgets(count));
    for widget in 0..count {
        open(&page, widget).await;
    }
    settle(&page, &hub, 0..count, 1).await;
    RENDERED.with_borrow_mut(|rendered| rendered.fill(0));
    page.want(widgets(count + 1));
    open(&page, count).await;
    settle(&page, &hub, count..count + 1, 2).await;
    let mut rendered = RENDERED.with_borrow_mut(core::mem::take);
    let of_new = rendered.pop().expect("the new one was rendered");
    assert_eq!(rendered.len(), count);
    assert_eq!(rendered.iter().sum::<u32>(), 0, "of {count}, the others");

    settle(&page, &hub, 0..count + 1, 3).await;
    let rendered = RENDERED.with_borrow_mut(core::mem::take);
    assert!(rendered.iter().all(|times| *times == 1), "{rendered:?}");
    of_new
}

async fn one_more_than(count: usize) {
    let rendered = renderings_of_one_more_than(count).await;
    wasm_bindgen_test::console_log!("renderings of one more than {count}: {rendered}");
    assert!((2..=MOST).contains(&rendered), "{rendered} renderings");
}

#[wasm_bindgen_test]
async fn one_more_than_1_widget_is_rendered_alone() {
    one_more_than(1).await;
}

#[wasm_bindgen_test]
async fn one_more_than_20_widgets_is_rendered_alone() {
    one_more_than(20).await;
}

#[wasm_bindgen_test]
async fn one_more_than_100_widgets_is_rendered_alone() {
    one_more_than(100).await;
}

#[wasm_bindgen_test]
async fn one_more_than_500_widgets_is_rendered_alone() {
    one_more_than(500).await;
}
