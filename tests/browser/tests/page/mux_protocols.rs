//! The multiplexer with third-party servers: the npm package `graphql-sse`, and servers that follow the
//! published protocols of PocketBase and Mercure.

use everstream::mux::{GraphqlSse, Mercure, PocketBase, Protocol};
use everstream::{Channel, Error, Mux, State, Subscription, Transport};
use gloo_net::http::Request;
use serde::Deserialize;
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::on_both_transports;
use crate::support::wait::eventually;
use crate::support::{all, seconds, source, until, within};

const SERVERS: Option<&str> = option_env!("EVERSTREAM_PROTOCOLS");

/// A server of the test's own, at a path of the protocol server.
struct World {
    server: &'static str,
    path: String,
}

#[derive(Debug, Deserialize)]
struct Report {
    streams: u32,
    opened: u32,
    requests: Value,
    #[serde(default)]
    subscribers: Value,
}

impl World {
    /// Returns `None` where the servers are missing, which `cargo xtask test` reports.
    fn of(protocol: &str) -> Option<Self> {
        let random = js_sys::Math::random().to_bits();
        Some(Self {
            server: SERVERS?,
            path: format!("{protocol}/{random:x}"),
        })
    }

    fn mux(&self, transport: Transport, protocol: impl Protocol + Clone + 'static) -> Mux {
        let Self { server, path } = self;
        let builder = source(&format!("{server}/{path}/"), transport);
        builder.multiplex_with(protocol).expect("a multiplexer")
    }

    async fn tell(&self, action: &str, what: Value) {
        let Self { server, path } = self;
        let request = Request::post(&format!("{server}/control/{path}/{action}"));
        let request = request.body(what.to_string()).expect("a request");
        assert!(request.send().await.expect("an answer").ok(), "{action}");
    }

    async fn publish(&self, topic: &str, data: &str) {
        self.tell("publish", json!({ "topic": topic, "data": data }))
            .await;
    }

    async fn report(&self) -> Report {
        let Self { server, path } = self;
        let request = Request::get(&format!("{server}/control/{path}/report"));
        let answer = request.send().await.expect("an answer");
        answer.json().await.expect("a report")
    }

    /// Polls the report until it fits.
    async fn reports(&self, what: &str, fits: impl Fn(&Report) -> bool) -> Report {
        eventually(what, || self.report(), fits).await
    }
}

/// Waits until the server sends a channel's events.
async fn live(channel: &Channel) {
    let is_open = |state: &State| {
        assert!(!matches!(state, State::Closed { .. }), "{state:?}");
        matches!(state, State::Open { .. })
    };
    until(&mut channel.states(), "the channel is live", is_open).await;
}

/// Waits until the connection is lost.
async fn lost(channel: &Channel) {
    let is_lost = |state: &State| !matches!(state, State::Open { .. });
    until(&mut channel.states(), "the connection is lost", is_lost).await;
}

async fn next<T>(events: &mut Subscription<T>) -> Result<T, Error> {
    let next = within(seconds(20), "an event", events.next()).await;
    next.expect("an event, not the end")
}

fn news(topic: &str) -> String {
    let query = "subscription News($topic: String!) { news(topic: $topic) }";
    GraphqlSse::operation(query, &json!({ "topic": topic })).expect("an operation")
}

fn news_result(text: &str) -> Value {
    json!({ "data": { "news": text } })
}

#[wasm_bindgen_test]
async fn graphql_operations_share_a_stream_and_end_by_themselves() {
    let Some(world) = World::of("graphql-sse") else {
        return;
    };
    let mux = world.mux(Transport::Auto, GraphqlSse::new());
    let count = GraphqlSse::operation("subscription { count(to: 3) }", &()).unwrap();
    let hello = GraphqlSse::operation("{ hello }", &()).unwrap();
    let count = mux.channel(&count).unwrap().on::<Value>("message");
    let hello = mux.channel(&hello).unwrap().on::<Value>("message");
    let waiting = mux.channel(&news("a")).unwrap();
    live(&waiting).await;
    let values = |results: Vec<Result<Value, Error>>| -> Vec<Value> {
        results.into_iter().map(Result::unwrap).collect()
    };
    assert_eq!(
        values(all(count).await),
        [1, 2, 3].map(|n| json!({ "data": { "count": n } }))
    );
    assert_eq!(
        values(all(hello).await),
        [json!({ "data": { "hello": "world" } })]
    );
    let report = world.report().await;
    assert_eq!(report.opened, 1);
    assert_eq!(report.requests, json!({ "PUT": 1, "GET": 1, "POST": 3 }));
}

#[wasm_bindgen_test]
async fn graphql_subscriptions_survive_their_stream_with_a_gap() {
    let Some(world) = World::of("graphql-sse") else {
        return;
    };
    let mux = world.mux(Transport::Auto, GraphqlSse::new());
    let channels = ["a", "b"].map(|topic| mux.channel(&news(topic)).unwrap());
    let mut subscriptions = channels.each_ref().map(|channel| channel.on("message"));
    for round in 0..3 {
        for (channel, subscription) in channels.iter().zip(&mut subscriptions) {
            live(channel).await;
            if round > 0 {
                let gap = next::<Value>(subscription).await;
                assert!(matches!(gap, Err(Error::Gap { .. })), "{gap:?}");
            }
        }
        for (topic, subscription) in ["a", "b"].iter().zip(&mut subscriptions) {
            let text = format!("{topic}{round}");
            world.publish(topic, &text).await;
            assert_eq!(next(subscription).await.unwrap(), news_result(&text));
        }
        world.tell("cut", Value::Null).await;
        lost(&channels[0]).await;
    }
    live(&channels[0]).await;
    let report = world.report().await;
    assert_eq!((report.opened, report.streams), (4, 1));
    assert_eq!(report.subscribers, json!({ "a": 1, "b": 1 }));
}

#[wasm_bindgen_test]
async fn a_graphql_subscription_that_is_dropped_is_stopped() {
    let Some(world) = World::of("graphql-sse") else {
        return;
    };
    let mux = world.mux(Transport::Auto, GraphqlSse::new());
    let kept = mux.channel(&news("kept")).unwrap();
    let dropped = mux.channel(&news("dropped")).unwrap();
    live(&dropped).await;
    drop(dropped);
    let is_stopped = |report: &Report| report.subscribers["dropped"] == 0;
    let report = world.reports("the server has stopped it", is_stopped).await;
    assert_eq!(report.requests["DELETE"], 1);
    assert_eq!(report.subscribers["kept"], 1);

    let mut results = kept.on::<Value>("message");
    world.publish("kept", "hello").await;
    assert_eq!(next(&mut results).await.unwrap(), news_result("hello"));
}

#[wasm_bindgen_test]
async fn a_graphql_operation_that_is_refused_ends_alone() {
    let Some(world) = World::of("graphql-sse") else {
        return;
    };
    let mux = world.mux(Transport::Auto, GraphqlSse::new());
    let good = mux.channel(&news("a")).unwrap();
    let bad = GraphqlSse::operation("subscription { nonsense }", &()).unwrap();
    let bad = all(mux.channel(&bad).unwrap().on_text("message")).await;
    let [Err(error)] = &bad[..] else {
        panic!("one error: {bad:?}");
    };
    let Error::Response(unexpected) = error else {
        panic!("{error}");
    };
    assert_eq!(unexpected.response.status, 400);
    // The excerpt carries the server's text, and the message doesn't.
    assert!(unexpected.excerpt.contains("Cannot query field"));
    live(&good).await;
    let mut results = good.on::<Value>("message");
    world.publish("a", "hello").await;
    assert_eq!(next(&mut results).await.unwrap(), news_result("hello"));
    assert_eq!(world.report().await.opened, 1);
}

#[wasm_bindgen_test]
fn a_protocol_that_needs_fetch_says_so() {
    let builder = source("http://127.0.0.1:9/", Transport::Native);
    let error = builder.multiplex_with(GraphqlSse::new()).unwrap_err();
    assert!(matches!(
        error,
        Error::InvalidOption {
            option: "transport",
            ..
        }
    ));
}

on_both_transports! {
    async fn pocketbase_topics_come_and_go_on_one_connection(transport: Transport) {
        let Some(world) = World::of("pocketbase") else { return };
        let mux = world.mux(transport, PocketBase::new());
        let prices = mux.channel("prices/*").unwrap();
        let mut records = prices.on::<Value>("message");
        live(&prices).await;
        let one = mux.channel("news/1").unwrap();
        let mut news = one.on::<Value>("message");
        live(&one).await;
        world.publish("prices/*", r#"{"action":"create"}"#).await;
        world.publish("news/1", r#"{"action":"update"}"#).await;
        assert_eq!(next(&mut records).await.unwrap(), json!({ "action": "create" }));
        assert_eq!(next(&mut news).await.unwrap(), json!({ "action": "update" }));
        drop((one, news));
        let report = world
            .reports("the topic is given up", |report| report.subscribers["news/1"].is_null())
            .await;
        assert_eq!(report.subscribers, json!({ "prices/*": 1 }));
        assert_eq!((report.opened, report.streams), (1, 1));
    }

    async fn a_lost_pocketbase_connection_is_a_gap(transport: Transport) {
        let Some(world) = World::of("pocketbase") else { return };
        let mux = world.mux(transport, PocketBase::new());
        let channel = mux.channel("prices/*").unwrap();
        let mut records = channel.on::<u32>("message");
        live(&channel).await;
        world.publish("prices/*", "1").await;
        assert_eq!(next(&mut records).await.unwrap(), 1);
        world.tell("cut", Value::Null).await;
        let gap = next(&mut records).await;
        assert!(matches!(gap, Err(Error::Gap { .. })), "{gap:?}");
        // Events after the gap still arrive.
        world.publish("prices/*", "2").await;
        assert_eq!(next(&mut records).await.unwrap(), 2);
        assert_eq!(mux.last_event_id(), "");
    }

    async fn a_forgotten_pocketbase_client_connects_anew(transport: Transport) {
        let Some(world) = World::of("pocketbase") else { return };
        let mux = world.mux(transport, PocketBase::new());
        let first = mux.channel("a").unwrap();
        let mut records = first.on::<u32>("message");
        live(&first).await;
        world.tell("forget", Value::Null).await;
        let second = mux.channel("b").unwrap();
        let gap = next(&mut records).await;
        assert!(matches!(gap, Err(Error::Gap { .. })), "{gap:?}");
        live(&second).await;
        world.publish("a", "1").await;
        assert_eq!(next(&mut records).await.unwrap(), 1);
        let report = world.report().await;
        assert_eq!((report.opened, report.streams), (2, 1));
    }

    async fn mercure_topics_resume_and_change(transport: Transport) {
        let Some(world) = World::of("mercure") else { return };
        let publish = async |topic: &str, n: u32| {
            let update = json!({ "topic": topic, "type": topic, "data": n.to_string() });
            world.tell("publish", update).await;
        };
        let mux = world.mux(transport, Mercure::by_type());
        let first = mux.channel("https://example.com/1").unwrap();
        let mut one = first.on::<u32>("message");
        live(&first).await;
        publish("https://example.com/1", 1).await;
        assert_eq!(next(&mut one).await.unwrap(), 1);
        world.tell("cut", Value::Null).await;
        publish("https://example.com/1", 2).await;
        assert_eq!(next(&mut one).await.unwrap(), 2);

        let second = mux.channel("https://example.com/2").unwrap();
        let mut two = second.on::<u32>("message");
        live(&second).await;
        world.reports("the connection before is closed", |report| report.streams == 1).await;
        for n in 3..6 {
            publish("https://example.com/1", n).await;
            publish("https://example.com/2", n).await;
        }
        for n in 3..6 {
            assert_eq!(next(&mut one).await.unwrap(), n);
            assert_eq!(next(&mut two).await.unwrap(), n);
        }
    }

    async fn mercure_documents_name_their_topic(transport: Transport) {
        let Some(world) = World::of("mercure") else { return };
        let protocol = Mercure::by_id().relative_to("https://example.com");
        let mux = world.mux(transport, protocol);
        let mut errors = mux.errors();
        let channels = ["https://example.com/books/1", "https://example.com/books/2"]
            .map(|topic| mux.channel(topic).unwrap());
        let mut documents = channels.each_ref().map(|channel| channel.on::<Value>("message"));
        live(&channels[1]).await;
        for (topic, id) in [
            (channels[1].name(), "/books/2"),
            (channels[0].name(), "https://example.com/books/1"),
        ] {
            world.publish(topic, &json!({ "@id": id }).to_string()).await;
        }
        assert_eq!(next(&mut documents[1]).await.unwrap()["@id"], "/books/2");
        assert_eq!(
            next(&mut documents[0]).await.unwrap()["@id"],
            "https://example.com/books/1"
        );
        world.publish(channels[0].name(), "{}").await;
        let error = within(seconds(10), "an error", errors.next()).await.unwrap();
        assert!(matches!(error, Error::Protocol { .. }), "{error:?}");
    }

    async fn one_mercure_topic_may_be_many(transport: Transport) {
        let Some(world) = World::of("mercure") else { return };
        let template = "https://example.com/books/{id}";
        let mux = world.mux(transport, Mercure::one_topic(template));
        let channel = mux.channel(template).unwrap();
        let mut books = channel.on::<u32>("message");
        live(&channel).await;
        world.publish("https://example.com/books/1", "1").await;
        world.publish("https://example.com/films/1", "2").await;
        world.publish("https://example.com/books/3", "3").await;
        assert_eq!(next(&mut books).await.unwrap(), 1);
        assert_eq!(next(&mut books).await.unwrap(), 3);
        assert!(mux.channel("https://example.com/films/1").is_err());
    }
}

#[wasm_bindgen_test]
async fn a_mercure_hub_that_has_forgotten_says_so() {
    let Some(world) = World::of("mercure") else {
        return;
    };
    let mux = world.mux(Transport::Fetch, Mercure::one_topic("a"));
    let channel = mux.channel("a").unwrap();
    let mut events = channel.on::<u32>("message");
    live(&channel).await;
    world.publish("a", "1").await;
    assert_eq!(next(&mut events).await.unwrap(), 1);
    world.tell("forget", Value::Null).await;
    world.tell("cut", Value::Null).await;
    let gap = next(&mut events).await;
    assert!(matches!(gap, Err(Error::Gap { .. })), "{gap:?}");
    world.publish("a", "2").await;
    assert_eq!(next(&mut events).await.unwrap(), 2);
}
