//! The recipes of `docs/servers.md`: servers of a few lines, without a hub.
//!
//! `cargo xtask test` reports a server that is missing; its tests then return at once.

use everstream::{Error, EventSource, Mux, Subscription, Transport};
use futures_util::future::join;
use gloo_net::http::Request;
use serde::Deserialize;
use serde_json::{Value, json};

use super::in_force;
use crate::on_both_transports;
use crate::support::wait::eventually;
use crate::support::{Tick, quick, seconds, within};

const FASTAPI: Option<&str> = option_env!("EVERSTREAM_FASTAPI");
const EXPRESS: Option<&str> = option_env!("EVERSTREAM_EXPRESS");
const NGINX: Option<&str> = option_env!("EVERSTREAM_NGINX");

/// A recipe's server, and the requests by which a test controls it.
#[derive(Clone, Copy)]
struct Recipe(&'static str);

#[derive(Debug, Deserialize)]
struct Report {
    /// Streams with the channel that are open now.
    open: u32,
    /// Streams with the channel that were opened so far.
    opened: u32,
}

impl Recipe {
    fn url(self) -> String {
        format!("{}/channels", self.0)
    }

    async fn order(self, what: &str, body: &Value) {
        let request = Request::post(&format!("{}/{what}", self.url()));
        let answer = request.json(body).expect("JSON").send().await;
        let answer = answer.expect("the server answers");
        assert!(answer.ok(), "{what}: {:?}", answer.text().await);
    }

    /// Publishes `{"n":…}` on each of the channels, one number after another.
    async fn publish(self, channels: &[&str], numbers: impl Iterator<Item = u64>) {
        for n in numbers {
            for channel in channels {
                let event = json!({ "channel": channel, "data": { "n": n } });
                self.order("publish", &event).await;
            }
        }
    }

    /// Cuts the open streams that have this channel.
    async fn cut(self, channel: &str) {
        self.order("cut", &json!({ "channel": channel })).await;
    }

    async fn report(self, channel: &str) -> Report {
        let report = Request::get(&format!("{}/report", self.url()));
        let answer = report.query([("channel", channel)]).send().await;
        let answer = answer.expect("the server answers");
        answer.json().await.expect("a report")
    }
}

/// A name that no earlier test has used, because the servers and their logs outlive a test.
fn unique(name: &str) -> String {
    format!("{name}:{}", js_sys::Math::random())
}

fn mux(recipe: Recipe, transport: Transport) -> Mux {
    EventSource::builder(recipe.url())
        .transport(transport)
        .retry(quick())
        .multiplex()
        .expect("a multiplexer")
}

/// Reads exactly these numbers, in order.
async fn read(subscription: &mut Subscription<Tick>, numbers: impl Iterator<Item = u64>) {
    for n in numbers {
        let tick = within(seconds(20), "a tick", subscription.next()).await;
        assert_eq!(tick.expect("an item").expect("a tick"), Tick { n });
    }
}

async fn each_event_arrives_once(recipe: Recipe, transport: Transport) {
    let [prices, chat, late] = ["prices", "chat", "late"].map(unique);
    let mux = mux(recipe, transport);
    let channels = [&prices, &chat].map(|name| mux.channel(name).expect("a channel"));
    let [mut price, mut said] = [0, 1].map(|at: usize| channels[at].on::<Tick>("message"));
    in_force(&channels[1]).await;
    let first = [&*prices, &*chat];
    recipe.publish(&first, 1..=10).await;
    assert_eq!(recipe.report(&prices).await.opened, 1);

    // Events published while the client is disconnected arrive after it reconnects.
    recipe.cut(&prices).await;
    recipe.publish(&first, 11..=20).await;

    // Without a control URL a new connection changes the set, while events continue on the old one.
    read(&mut price, 1..=20).await;
    let replaced = recipe.report(&prices).await.opened;
    let added = mux.channel(&late).expect("a channel");
    let mut third = added.on::<Tick>("message");
    join(in_force(&added), recipe.publish(&first, 21..=30)).await;
    assert_eq!(recipe.report(&prices).await.opened, replaced + 1);
    eventually(
        "the old one is closed",
        || recipe.report(&prices),
        |report| report.open == 1,
    )
    .await;

    let all = [&*prices, &*chat, &*late];
    recipe.publish(&all, 31..=40).await;
    recipe.cut(&prices).await;
    recipe.publish(&all, 41..=50).await;
    read(&mut price, 21..=50).await;
    read(&mut said, 1..=50).await;
    read(&mut third, 31..=50).await;
}

/// The last event ID belongs to a log that the server doesn't have, as after a restart.
async fn a_restart_is_a_gap(recipe: Recipe, transport: Transport) {
    let name = unique("prices");
    let mux = EventSource::builder(recipe.url())
        .transport(transport)
        .last_event_id("elsewhere-5")
        .multiplex()
        .expect("a multiplexer");
    let channel = mux.channel(&name).expect("a channel");
    let mut numbers = channel.on::<Tick>("message");
    let gap = within(seconds(10), "a gap", numbers.next()).await;
    assert!(matches!(gap, Some(Err(Error::Gap { .. }))), "{gap:?}");
    recipe.publish(&[&name], 1..=3).await;
    // The first event of the new log may report the gap again, if the first report has been read by then.
    let tick = within(seconds(10), "a tick", async {
        loop {
            match numbers.next().await.expect("the channel goes on") {
                Err(Error::Gap { .. }) => {}
                item => return item,
            }
        }
    });
    assert_eq!(tick.await.expect("a tick"), Tick { n: 1 });
    read(&mut numbers, 2..=3).await;
}

on_both_transports! {
    async fn fastapi_recipe(transport: Transport) {
        let Some(server) = FASTAPI else { return };
        each_event_arrives_once(Recipe(server), transport).await;
        a_restart_is_a_gap(Recipe(server), transport).await;
    }

    // The settings of `docs/production/nginx.md` before the FastAPI recipe, over HTTP/1.1. Over HTTP/2, WebKitGTK
    // doesn't report a stream that nginx resets, so only the heartbeat would end it.
    async fn nginx_recipe(transport: Transport) {
        let Some(server) = NGINX else { return };
        each_event_arrives_once(Recipe(server), transport).await;
    }

    async fn express_recipe(transport: Transport) {
        let Some(server) = EXPRESS else { return };
        each_event_arrives_once(Recipe(server), transport).await;
        a_restart_is_a_gap(Recipe(server), transport).await;
    }
}
