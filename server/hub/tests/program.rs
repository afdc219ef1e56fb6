//! The program as an operator runs it: one node with a configuration file.

mod support;

use std::process::Stdio;

use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::Value;
use support::{Folder, HubProcess, KEY, PATIENCE, config, field, run, token};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    time::{Instant, sleep_until, timeout},
};

async fn start(top: &str, sections: &str) -> (HubProcess, Folder) {
    let folder = Folder::new();
    let path = folder.write("hub.toml", &config(top, sections));
    (HubProcess::start(&path).await, folder)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn what_is_published_reaches_those_with_a_token() {
    let (hub, _folder) = start("", "").await;
    let alice = token("alice", &["prices", "chat:*"], 60);
    let mut stream = hub
        .open("?channel=prices&channel=chat:1&channel=secret", &alice)
        .await;
    let refused = stream.frame().await.unwrap().unwrap();
    assert_eq!(field(&refused, "event"), Some("@error secret"), "{refused}");
    let (status, answer) = hub
        .publish("?channel=prices", r#"{"ACME":123}"#)
        .whole()
        .await;
    assert_eq!(status, 200, "{answer}");
    let typed = hub.publish("?channel=chat:1&type=message%20edited", "line\nline");
    assert_eq!(typed.whole().await.0, 200);
    let event = stream.frame().await.unwrap().unwrap();
    assert_eq!(field(&event, "id"), json(&answer)["id"].as_str());
    assert!(event.ends_with("data: {\"ACME\":123}"), "{event}");
    let event = stream.frame().await.unwrap().unwrap();
    assert!(
        event.starts_with("event: chat:1 message edited\n"),
        "{event}"
    );
    assert!(event.ends_with("data: line\ndata: line"), "{event}");
    let complete = hub
        .request("POST", "/complete?channel=prices")
        .bearer(support::KEY);
    assert_eq!(complete.whole().await.0, 200);
    let end = stream.frame().await.unwrap().unwrap();
    assert_eq!(field(&end, "event"), Some("@complete prices"));
    let presence = hub
        .request("GET", "/presence?channel=chat:1")
        .bearer(support::KEY);
    let present = json(&presence.whole().await.1);
    assert_eq!(present["present"][0]["identity"], "alice");
}

#[tokio::test]
async fn a_key_is_published_once() {
    let (hub, _folder) = start("", "").await;
    let publish = |key: &str| {
        let request = hub.publish("?channel=a", "x");
        request.header("Idempotency-Key", key).whole()
    };
    let first = publish("order-17").await;
    assert_eq!(first.0, 200);
    assert_eq!(publish("order-17").await, first);
    assert_eq!(
        publish("\"order-17\"").await,
        first,
        "quoted, as the draft has it"
    );
    assert_ne!(publish("order-18").await.1, first.1);
    assert_eq!(publish(&"x".repeat(256)).await.0, 400);
}

#[tokio::test]
async fn publishers_without_the_key_and_bad_requests_are_refused() {
    let (hub, _folder) = start("", "[limits]\nevent = 10\nbody_seconds = 0.2\n").await;
    let publish = |query: &str, body: &str| hub.publish(query, body).whole();
    for (answer, status, code) in [
        (
            hub.request("POST", "/publish?channel=a").whole().await,
            401,
            "unauthenticated",
        ),
        (
            hub.request("POST", "/publish?channel=a")
                .bearer("no")
                .whole()
                .await,
            401,
            "unauthenticated",
        ),
        (
            hub.request("POST", "/complete?channel=a").whole().await,
            401,
            "unauthenticated",
        ),
        (
            hub.request("GET", "/presence?channel=a").whole().await,
            401,
            "unauthenticated",
        ),
        (publish("", "x").await, 400, "malformed_channel"),
        (
            publish("?channel=%40a", "x").await,
            400,
            "malformed_channel",
        ),
        (
            publish("?channel=a&type=x%0Ay", "x").await,
            400,
            "malformed_type",
        ),
        (
            publish("?channel=a", "more than ten").await,
            413,
            "event_too_large",
        ),
        (
            publish("?channel=a&type=nine", "not ten").await,
            413,
            "event_too_large",
        ),
    ] {
        assert_eq!(answer.0, status, "{}", answer.1);
        assert_eq!(json(&answer.1)["code"], code);
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_token() {
    let (hub, _folder) = start("", "").await;
    let (begun, alice) = (Instant::now(), token("alice", &["a"], 2));
    let mut stream = hub.open("?channel=a", &alice).await;
    assert_eq!(stream.frame().await.unwrap(), None);
    // `exp` is in whole seconds, so the token may be valid for almost a second less than two.
    assert!(begun.elapsed().as_secs_f64() > 0.9, "{:?}", begun.elapsed());
    let again = hub.request("GET", "/events?channel=a").bearer(&alice);
    let (status, answer) = again.whole().await;
    assert_eq!(
        (status, json(&answer)["code"].as_str()),
        (401, Some("expired"))
    );
}

#[tokio::test]
async fn tokens_signed_by_a_private_key_are_verified_by_the_public_one() {
    for (algorithm, make) in [
        (
            Algorithm::RS256,
            "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048",
        ),
        (
            Algorithm::ES256,
            "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1",
        ),
    ] {
        let folder = Folder::new();
        let (private, public) = (
            folder.write("private.pem", ""),
            folder.write("public.pem", ""),
        );
        let (private, public) = (private.to_str().unwrap(), public.to_str().unwrap());
        let script =
            format!("{make} -out {private} && openssl pkey -in {private} -pubout -out {public}");
        let made = Command::new("sh")
            .args(["-c", &script])
            .output()
            .await
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let text = format!(
            "listen = '127.0.0.1:0'\ninternal = '127.0.0.1:0'\n[publish]\nkey = '{KEY}'\n\
             [tokens]\nalgorithm = '{algorithm:?}'\npublic_key_file = '{public}'\n"
        );
        let hub = HubProcess::start(&folder.write("hub.toml", &text)).await;
        let pem = std::fs::read(private).unwrap();
        let key = match algorithm {
            Algorithm::RS256 => EncodingKey::from_rsa_pem(&pem),
            _ => EncodingKey::from_ec_pem(&pem),
        };
        let signed = support::signed(algorithm, &key.unwrap(), "alice", &["a"], 60);
        hub.open("?channel=a", &signed).await;
        // The public key isn't secret, so a token signed with it as a secret must be refused.
        let pem = std::fs::read(public).unwrap();
        let secret = EncodingKey::from_secret(&pem).unwrap();
        let forged = support::signed(Algorithm::HS256, &secret, "alice", &["a"], 60);
        let request = hub.request("GET", "/events?channel=a").bearer(&forged);
        assert_eq!(request.whole().await.0, 401);
    }
}

#[tokio::test]
async fn those_without_a_token_have_what_is_for_everybody() {
    let (hub, _folder) = start("", "[anonymous]\nchannels = ['public:*']\n").await;
    let request = hub.request("GET", "/events?channel=public:a&channel=b");
    let mut stream = request.send().await.unwrap();
    assert_eq!(stream.status, 200);
    stream.frame().await.unwrap();
    let refused = stream.frame().await.unwrap().unwrap();
    assert_eq!(field(&refused, "event"), Some("@error b"));
    let (hub, _folder) = start("", "").await;
    assert_eq!(
        hub.request("GET", "/events?channel=public:a")
            .whole()
            .await
            .0,
        401
    );
}

#[tokio::test]
async fn health_and_metrics_are_for_those_inside() {
    let (hub, _folder) = start("", "").await;
    let _stream = hub.open("?channel=a", &token("alice", &["a"], 60)).await;
    assert_eq!(hub.publish("?channel=a", "x").whole().await.0, 200);
    for target in ["/healthz", "/readyz"] {
        assert_eq!(hub.internal(target).whole().await, (200, "ok\n".to_owned()));
    }
    let (status, metrics) = hub.internal("/metrics").whole().await;
    assert_eq!(status, 200);
    for line in ["everstream_connections 1", "everstream_fanned_out_total 1"] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line} in\n{metrics}"
        );
    }
    assert!(
        metrics.contains("everstream_publish_seconds_bucket{le="),
        "{metrics}"
    );
    assert_eq!(hub.request("GET", "/healthz").whole().await.0, 200);
    assert_eq!(hub.request("GET", "/metrics").whole().await.0, 404);
}

#[tokio::test]
async fn a_roll_is_announced_and_then_the_streams_end() {
    let (mut hub, _folder) = start("", "[shutdown]\ndrain_seconds = 1\n").await;
    let mut stream = hub.open("?channel=a", &token("alice", &["a"], 60)).await;
    let begun = Instant::now();
    hub.signal("TERM").await;
    let announced = async { while hub.request("GET", "/healthz").whole().await.0 != 503 {} };
    timeout(PATIENCE, announced).await.unwrap();
    // Publishers and streams must go on until the drain time is over.
    assert_eq!(hub.publish("?channel=a", "last").whole().await.0, 200);
    let last = stream.frame().await.unwrap().unwrap();
    assert!(last.ends_with("data: last"), "{last}");
    assert_eq!(
        stream.frame().await.unwrap(),
        None,
        "it ends as HTTP has it"
    );
    assert!(
        begun.elapsed().as_secs_f64() >= 0.99,
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(hub.ended().await, Some(0));
}

#[tokio::test]
async fn a_wrong_configuration_is_told_in_one_line() {
    let folder = Folder::new();
    let path = folder.write("hub.toml", &config("lisen = '127.0.0.1:1'", ""));
    let path = path.to_str().unwrap();
    for arguments in [&[path][..], &["--check", path]] {
        let (status, said) = run(arguments).await;
        assert_eq!(status, Some(2));
        let line = format!(
            "everstream-hub: {path}:3: there is no key `lisen` at the top. Did you mean `listen`?\n"
        );
        assert_eq!(said, line);
    }
    let (status, said) = run(&["/no/such/file"]).await;
    assert_eq!((status, said.lines().count()), (Some(2), 1), "{said}");
    let (status, said) = run(&["--port"]).await;
    assert_eq!((status, said.lines().count()), (Some(2), 1), "{said}");
    let sound = folder.write("sound.toml", &config("", ""));
    assert_eq!(run(&["--check", sound.to_str().unwrap()]).await.0, Some(0));
}

#[tokio::test]
async fn what_keeps_a_node_from_starting_is_told_in_one_line() {
    let folder = Folder::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let text = config(&format!("listen = '{address}'\nlog_level = 'off'"), "");
    let path = folder.write("hub.toml", &text);
    let (status, said) = run(&[path.to_str().unwrap()]).await;
    assert_eq!((status, said.lines().count()), (Some(1), 1), "{said}");
    assert!(
        said.contains(&format!("can't listen on `{address}`")),
        "{said}"
    );
    let nobody = support::free_address();
    let log = format!("[log]\nredis = 'redis://{nobody}/'\n");
    let path = folder.write("hub.toml", &config("log_level = 'off'", &log));
    let (status, said) = run(&[path.to_str().unwrap()]).await;
    assert_eq!((status, said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains("the hub's log can't be reached"), "{said}");
}

#[tokio::test]
async fn the_commands_of_the_readme_work() {
    let readme = include_str!("../README.md");
    let hub = HubProcess::dev().await;
    // The commands are the README's, except for the port.
    let curl = async |line: &str| {
        let line = readme
            .lines()
            .find(|found| found.starts_with(line))
            .expect("it is there");
        let line = line.replace("127.0.0.1:8080", &hub.address.to_string());
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &line])
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        shell.spawn().unwrap()
    };
    assert!(readme.contains("everstream-hub --dev"));
    let mut reading = curl("curl -N ").await;
    let mut lines = BufReader::new(reading.stdout.take().unwrap()).lines();
    let mut line = async || {
        timeout(PATIENCE, lines.next_line())
            .await
            .unwrap()
            .unwrap()
            .unwrap()
    };
    assert_eq!(line().await, "event: @connected");
    let published = curl("curl -H 'Authorization: Bearer ")
        .await
        .wait_with_output()
        .await
        .unwrap();
    let answer = String::from_utf8(published.stdout).unwrap();
    assert!(answer.starts_with("{\"id\":\""), "{answer}");
    while line().await != "event: prices" {}
    line().await;
    assert_eq!(line().await, "data: {\"ACME\":123}");
    reading.kill().await.unwrap();
}

#[tokio::test]
async fn requests_that_come_at_once_are_all_served() {
    let (hub, _folder) = start("", "").await;
    let alice = token("alice", &["a"], 60);
    let mut stream = hub.open("?channel=a", &alice).await;
    let publishing = (0..50).map(|n| hub.publish("?channel=a", &n.to_string()).whole());
    for publishing in publishing {
        assert_eq!(publishing.await.0, 200);
    }
    let until = Instant::now() + PATIENCE;
    for n in 0..50 {
        let frame = tokio::select! {
            frame = stream.frame() => frame.unwrap().unwrap(),
            () = sleep_until(until) => panic!("{n} events arrived"),
        };
        assert!(frame.ends_with(&format!("data: {n}")), "{frame}");
    }
}
