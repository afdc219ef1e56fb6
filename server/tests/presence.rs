//! The presence of subscribers in a channel.

#[path = "support/rights.rs"]
mod rights;
mod support;

use everstream_server::hub::{Hub, Present};
use rights::Rights;
use support::{Served, Stream};

fn briefs(present: &[Present]) -> Vec<String> {
    let briefs = present
        .iter()
        .map(|present| format!("{} {}", present.identity, present.connections));
    briefs.collect()
}

#[tokio::test]
async fn those_who_have_a_channel_are_present() {
    let rights = Rights::default();
    for user in ["alice", "bob"] {
        for channel in ["a", "b"] {
            rights.grant(user, channel);
        }
    }
    let served = Served::start(Hub::builder().access(rights)).await;
    let open = async |user: &str, query: &str| {
        let request = served.get(query).header("X-User", user);
        Stream::of(request.send().await.unwrap()).await
    };
    let alice = open("alice", "?channel=a").await;
    let _again = open("alice", "?channel=a&channel=b").await;
    let _bob = open("bob", "?channel=a").await;
    let present = served.hub.presence("a").await.unwrap();
    assert_eq!(briefs(&present), ["alice 2", "bob 1"]);
    let present = served.hub.presence("b").await.unwrap();
    assert_eq!(briefs(&present), ["alice 1"]);
    assert_eq!(served.hub.presence("c").await.unwrap(), []);
    assert!(served.hub.presence("@c").await.is_err());
    let leaving = served.control(&alice, 1, &["b"]).header("X-User", "alice");
    assert_eq!(leaving.status().await, 202);
    let present = served.hub.presence("a").await.unwrap();
    assert_eq!(briefs(&present), ["alice 1", "bob 1"]);
}
